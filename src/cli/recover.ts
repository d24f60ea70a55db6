import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { type RepositoryReport, recoverAll } from '../gitea/recovery/recover.ts';
import { createRecoverySubscriber } from '../gitea/recovery/recovery-subscriber.ts';
import { spoolEmptied } from '../gitea/recovery/spool-emptied.ts';
import { spoolPath } from '../ingest/spool/place.ts';
import { openSpool, type Spool } from '../ingest/spool/spool.ts';
import { settlingMs } from '../late-push/late-push.ts';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { createLogger } from '../runtime/logger.ts';
import { ignoreRulesOf, ownAccountOf } from '../service/ignore-rules.ts';
import { withCommandLedger } from './command-ledger.ts';
import { giteaClientOf } from './hooks-session.ts';
import { printJson } from './output.ts';
import { showProgress } from './progress.ts';
import { parseTime } from './pushes-arguments.ts';
import { isChecked, printReports } from './recover-report.ts';

interface RecoverFlags {
  readonly repo?: string[];
  readonly since?: Date;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const clock = systemClock;
/** The token may not be allowed to say whose it is; in milliseconds. */
const accountPatienceMs = 5_000;

export function recoverCommand(): Command {
  return new Command('recover')
    .description(
      'find the pushes that Gitea sent and that never arrived; exit status 1 when a repository could not be checked',
    )
    .option('--repo <owner/name...>', 'these repositories only')
    .option(
      '--since <time>',
      'also what was pushed before the first contact: 2026-02-03, 2026-02-03T04:05:06Z, or an age such as 7d; announced is nothing then',
      (text: string) => parseTime(text),
    )
    .option('--dry-run', 'show what is missing and record nothing')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nNeeds GITEA_URL and GITEA_TOKEN (scope read:repository). `serve` does the same by itself, and may run meanwhile:\n' +
        'each push is recorded once. The first look at a repository only notes where its branches and tags are.\n' +
        'What may still be on its way is looked at again after 30 s.',
    )
    .action((flags: RecoverFlags) =>
      withCommandLedger(async (ledger, config, signal) => {
        const client = giteaClientOf(config);
        await untilSpoolEmptied(config, signal);
        const display = showProgress('repositories');
        const { repo, since = null, dryRun = false } = flags;
        const reports = await recoverAll({
          ...ledger,
          client,
          subscriber: createRecoverySubscriber(ledger.instance),
          owner: config.gitea.owner,
          ignore: await ignoreRules(config, signal),
          announceMaxAgeMs: config.recovery.announceMaxAgeMs,
          silent: since === null ? null : 'recovered by --since',
          since,
          settlingMs,
          dryRun,
          only: repo === undefined ? null : new Set(repo.map((name) => name.toLowerCase())),
          clock,
          logger: createLogger('warn', process.stderr),
          signal,
          onProgress: (progress) => display.update(progress),
        }).finally(() => display.end());
        refuseUnknown(repo ?? [], reports);
        if (flags.json) printJson(reports);
        else printReports(reports, dryRun);
        if (!reports.every(isChecked)) process.exitCode = 1;
      }),
    );
}

async function ignoreRules(config: Config, signal: AbortSignal) {
  const account = ownAccountOf(config, { clock, logger: createLogger('warn', process.stderr) });
  await account?.learn(AbortSignal.any([signal, AbortSignal.timeout(accountPatienceMs)]));
  return ignoreRulesOf(config, account);
}

/** @throws CodedError USAGE for repositories of which nothing is known */
function refuseUnknown(named: readonly string[], reports: readonly RepositoryReport[]): void {
  if (reports.length >= named.length) return;
  const known = new Set(reports.map(({ knownAs }) => knownAs.toLowerCase()));
  const unknown = named.filter((name) => !known.has(name.toLowerCase()));
  if (unknown.length === 0) return;
  throw new CodedError(
    'USAGE',
    `${unknown.join(', ')}: nothing has come from there, and no hook of it is known (see: pushledger hooks list)`,
  );
}

/** A running `serve` empties it. Without one it stays as it is, and is taken at the next start. */
async function untilSpoolEmptied(config: Config, signal: AbortSignal): Promise<void> {
  const path = spoolPath(config.dataDir);
  if (!existsSync(path)) return;
  const logger = createLogger('warn', process.stderr);
  const spool: Spool = openSpool({ path, maxBytes: config.spoolMaxBytes, clock, logger });
  try {
    if (await spoolEmptied({ clock, signal, spooled: () => spool.status().pending })) return;
    const { pending } = spool.status();
    process.stderr.write(
      `${pending} deliveries wait in the spool: start \`serve\`, which takes them. They may be recovered before they are.\n`,
    );
  } finally {
    spool.close();
  }
}
