import { Argument, Command } from 'commander';
import { z } from 'zod';
import type { Position } from '../events/ids.ts';
import { allProjections } from '../projections/all.ts';
import type { Projection } from '../projections/projection.ts';
import { buildAsOf, positionAt } from '../projections/rebuild/as-of.ts';
import { isDifferent } from '../projections/rebuild/compare.ts';
import { type Rebuilt, rebuild } from '../projections/rebuild/rebuild.ts';
import { CodedError } from '../runtime/errors.ts';
import type { Ledger } from '../service/ledger.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';
import { showProgress } from './progress.ts';

type RebuildLedger = Ledger & { readonly databaseUrl: string };

interface RebuildFlags {
  readonly dryRun?: boolean;
  readonly until?: string;
  readonly json?: boolean;
}

const names = allProjections.map(({ name }) => name);

export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('make projections anew from the first event, while the service goes on')
    .addArgument(new Argument('[projection...]', 'all of them when none is named').choices(names))
    .option('--dry-run', 'show what differs and change nothing; exit status 1 when something does')
    .option('--until <time|position>', 'as it was then, into a schema of its own')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nBuilds beside the live tables, then changes only what differs, in one short transaction. No message is sent\n' +
        'and nothing is triggered. Interrupted, it goes on where it was when it is called again.\n' +
        'A time (2026-02-03T04:05:06Z) means the last event that was recorded by then, in log order.',
    )
    .action((chosen: string[], flags: RebuildFlags) => {
      const projections = allProjections.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
      return withCommandLedger(async (opened, _config, signal, database) => {
        const ledger = { ...opened, databaseUrl: database.url };
        if (flags.until === undefined) await rebuildNow(ledger, projections, flags, signal);
        else await rebuildUntil(ledger, projections, flags.until, flags, signal);
      });
    });
}

async function rebuildNow(
  ledger: RebuildLedger,
  projections: readonly Projection[],
  flags: RebuildFlags,
  signal: AbortSignal,
): Promise<void> {
  const rebuilt = await withProgress(ledger, (onProgress) =>
    rebuild({ ...ledger, projections, dryRun: flags.dryRun === true, signal, onProgress }),
  );
  if (flags.json) printJson(rebuilt);
  else printDifferences(rebuilt);
  if (flags.dryRun && rebuilt.some(({ differences }) => differences.some(isDifferent))) process.exitCode = 1;
}

async function rebuildUntil(
  ledger: RebuildLedger,
  projections: readonly Projection[],
  until: string,
  flags: RebuildFlags,
  signal: AbortSignal,
): Promise<void> {
  if (flags.dryRun) throw new CodedError('USAGE', '--until and --dry-run do not go together');
  const position = await parseUntil(ledger, until, signal);
  const schema = await withProgress(ledger, (onProgress) =>
    buildAsOf({ ...ledger, projections, position, signal, onProgress }),
  );
  const tables = projections
    .flatMap((projection) => projection.tables)
    .map(({ name }) => `${schema}.${name}`);
  if (flags.json) printJson({ schema, position: String(position), tables });
  else
    process.stdout.write(
      `As of position ${position}: ${tables.join(', ')}\nDrop it with: drop schema ${schema} cascade\n`,
    );
}

/** A day means its first moment, in UTC. */
const timeSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

async function parseUntil(ledger: RebuildLedger, text: string, signal: AbortSignal): Promise<Position> {
  if (/^\d+$/.test(text)) {
    const head = await ledger.store.head();
    if (BigInt(text) <= head) return BigInt(text) as Position;
    throw new CodedError('USAGE', `--until ${text}: the log ends at position ${head}`);
  }
  const time = timeSchema.safeParse(text);
  if (!time.success) {
    throw new CodedError('USAGE', `--until ${text}: a position, or a time such as 2026-02-03T04:05:06Z`);
  }
  return positionAt(ledger.store, new Date(time.data), signal);
}

async function withProgress<T>(
  ledger: RebuildLedger,
  work: (onProgress: (progress: { events: number; position: bigint }) => void) => Promise<T>,
): Promise<T> {
  const display = showProgress('events');
  const head = Number(await ledger.store.head());
  try {
    return await work(({ events, position }) => {
      // Positions are not dense in every store: what is left is told from how far these events went.
      const part = Number(position) / Math.max(1, head);
      display.update({ done: events, total: part > 0 ? Math.max(events, Math.round(events / part)) : null });
    });
  } finally {
    display.end();
  }
}

function printDifferences(rebuilt: readonly Rebuilt[]): void {
  printTable(
    ['projection', 'table', 'added', 'changed', 'removed'],
    rebuilt.flatMap(({ projection, differences }) =>
      differences.map(({ table, added, changed, removed }) => [
        projection,
        table,
        String(added),
        String(changed),
        String(removed),
      ]),
    ),
  );
}
