import { Command } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { openDatabase } from '../service/database.ts';
import type { StoreSurroundings } from '../service/event-store.ts';
import { type KnownPlace, openSource, openTarget } from '../service/log-side.ts';
import { type CopyProgress, type CopyResult, copyLog, type Phase } from '../store-copy/copy-log.ts';
import { type Place, parsePlace } from '../store-copy/place.ts';
import { loadProcessConfig } from './load-config.ts';
import { printJson } from './output.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import { untilSignal } from './signals.ts';

interface CopyCommandOptions {
  readonly from: string;
  readonly to: string;
  readonly json?: boolean;
}

export function storeCommand(): Command {
  const store = new Command('store').description('the event store as a whole');
  store
    .command('copy')
    .description('copy the log to another event store or to a file, or from a file, and verify the copy')
    .requiredOption('--from <place>', 'where the log is')
    .requiredOption('--to <place>', 'where it shall be: an empty place, or an earlier copy to go on with')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      `
A place is one of
  postgres://user:password@host/database
  esdb://user:password@host:2113, esdb+discover://…
  file:PATH     compressed JSON Lines: a backup
  configured    what serve uses here: EVENT_STORE_URL, or the PostgreSQL of DATABASE_URL or the data directory
  env:NAME      the environment variable NAME holds one of these; an address on the command line shows its password
                to every user of this machine

It can be interrupted at any time, and goes on where it was when it is called again. Status 1 when what is at --to
afterwards is not the same.`,
    )
    .action(copy);
  return store;
}

async function copy(options: CopyCommandOptions): Promise<void> {
  const parse = (option: 'from' | 'to') =>
    parsePlace(options[option], { env: process.env, cwd: process.cwd(), option: `--${option}` });
  const [from, to] = [parse('from'), parse('to')];
  const { signal } = untilSignal();
  const logger = createLogger('warn', process.stderr);
  const surroundings = { clock: systemClock, logger, signal };
  const begun = Date.now();
  try {
    await withKnown({ from, to }, surroundings, async (knownFrom, knownTo) => {
      const result = await copyBetween(knownFrom, knownTo, surroundings);
      const seconds = (Date.now() - begun) / 1_000;
      if (options.json) printJson({ from: from.name, to: to.name, ...resultJson(result), seconds });
      else process.stdout.write(resultText(from, to, result, seconds));
      if (!result.same) process.exitCode = 1;
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('pushledger: stopped. Call the same command again, and it goes on from here.\n');
    process.exitCode = 1;
  }
}

async function copyBetween(
  fromPlace: KnownPlace,
  toPlace: KnownPlace,
  surroundings: StoreSurroundings,
): Promise<CopyResult> {
  const from = await openSource(fromPlace, surroundings);
  try {
    const to = await openTarget(toPlace, surroundings);
    const progress = showPhases();
    try {
      return await copyLog({ from, to, signal: surroundings.signal, onProgress: progress.show });
    } finally {
      progress.end();
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** A display for each phase, as each has its own rate. */
function showPhases() {
  let shown: { phase: Phase; display: ProgressDisplay } | null = null;
  return {
    show({ phase, ...progress }: CopyProgress) {
      if (shown?.phase !== phase) {
        shown?.display.end();
        shown = { phase, display: showProgress(phase) };
      }
      shown.display.update(progress);
    },
    end: () => shown?.display.end(),
  };
}

/** Puts what is configured in the place of `configured`; an embedded PostgreSQL runs for as long as the work takes. */
async function withKnown(
  { from, to }: { from: Place; to: Place },
  surroundings: StoreSurroundings,
  work: (from: KnownPlace, to: KnownPlace) => Promise<void>,
): Promise<void> {
  const opened: ConfiguredPlace[] = [];
  const known = async (place: Place): Promise<KnownPlace> => {
    if (place.kind !== 'configured') return place;
    const configured = opened[0] ?? (await openConfigured(place.name, surroundings));
    opened[0] = configured;
    return configured.place;
  };
  try {
    await work(await known(from), await known(to));
  } finally {
    await opened[0]?.release();
  }
}

interface ConfiguredPlace {
  readonly place: KnownPlace;
  readonly release: () => Promise<void>;
}

async function openConfigured(name: string, surroundings: StoreSurroundings): Promise<ConfiguredPlace> {
  const config = loadProcessConfig();
  if (config.eventStoreUrl) {
    const url = config.eventStoreUrl.reveal();
    return { place: { kind: 'kurrentdb', url, name }, release: async () => undefined };
  }
  const database = await openDatabase({ config, ...surroundings });
  return { place: { kind: 'postgres', url: database.url, name }, release: () => database.release() };
}

function resultJson({ copied, from, to, same }: CopyResult) {
  return { copied, source: from, target: to, same };
}

function resultText(from: Place, to: Place, { copied, ...result }: CopyResult, seconds: number): string {
  const count = (events: number) => `${events.toLocaleString('en')} event${events === 1 ? '' : 's'}`;
  const lines = [
    `copied ${count(copied)} in ${seconds.toFixed(1)} s`,
    `  ${count(result.from.events)}, SHA-256 ${result.from.sha256}  ${from.name}`,
    `  ${count(result.to.events)}, SHA-256 ${result.to.sha256}  ${to.name}`,
    result.same
      ? 'verified: both hold the same'
      : 'NOT THE SAME: do not use the copy. Does a process write to --to? Stop it, and copy to an empty place.',
  ];
  return `${lines.join('\n')}\n`;
}
