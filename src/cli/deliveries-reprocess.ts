import { Command } from 'commander';
import { type Reprocessed, type ReprocessOutcome, reprocess } from '../ingest/reprocess/reprocess.ts';
import { understandDelivery } from '../ingest/understand-delivery.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { ignoreRulesOf, ownAccountOf } from '../service/ignore-rules.ts';
import { withCommandLedger } from './command-ledger.ts';
import { findWithProgress } from './deliveries-list.ts';
import { printJson, printTable } from './output.ts';
import { showProgress } from './progress.ts';
import { oneLine } from './pushes-text.ts';

/** Gitea need not be there: without it, pushes by our own account are announced like all others. */
const accountPatienceMs = 10_000;

const words: Readonly<Record<ReprocessOutcome, string>> = {
  taken: 'taken',
  'already-taken': 'already taken',
  'still-rejected': 'still rejected',
  'not-kept': 'not kept',
  damaged: 'damaged',
};

export function deliveriesReprocessCommand(): Command {
  return new Command('reprocess')
    .description('take rejected deliveries again, after an upgrade that understands more')
    .option('--dry-run', 'only say what would be taken')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nEach is recorded as it came, with its delivery id and the time when it was received, so that an old one is a\n' +
        'fact and a run, and is announced only when it is not over NOTIFY_MAX_AGE. A second run takes nothing twice.\n' +
        '`serve` may run meanwhile.\n' +
        '\nExit status: 0 good (also where some are still no push), 1 kept bytes are damaged.',
    )
    .action((options: { dryRun?: boolean; json?: boolean }) =>
      withCommandLedger(async ({ store, instance }, config, signal) => {
        const dryRun = options.dryRun === true;
        const account = ownAccountOf(config, { clock: systemClock, logger: createLogger('silent') });
        await account?.learn(AbortSignal.any([signal, AbortSignal.timeout(accountPatienceMs)]));
        const how = { instance, owner: config.gitea.owner, ignore: ignoreRulesOf(config, account) };
        const found = await findWithProgress(store, signal);
        const display = showProgress('deliveries');
        const results: Reprocessed[] = [];
        for (const rejected of found) {
          signal.throwIfAborted();
          results.push(
            await reprocess(rejected, {
              store,
              clock: systemClock,
              understand: (delivery) => understandDelivery(how, delivery),
              dryRun,
              signal,
            }),
          );
          display.update({ done: results.length, total: found.length });
        }
        display.end();
        if (options.json) printJson(results.map(shown));
        else print(results, dryRun);
        if (results.some(({ outcome }) => outcome === 'damaged')) process.exitCode = 1;
      }),
    );
}

function shown({ rejection: { data }, outcome, pushId, reason }: Reprocessed) {
  const { deliveryId, receivedAt, event } = data;
  return { deliveryId, receivedAt, event, outcome, pushId, reason };
}

function print(results: readonly Reprocessed[], dryRun: boolean): void {
  if (results.length > 0) {
    printTable(
      ['outcome', 'received', 'delivery id', 'push id', 'reason'],
      results.map(({ rejection: { data }, outcome, pushId, reason }) => [
        dryRun && outcome === 'taken' ? 'would be taken' : words[outcome],
        data.receivedAt,
        data.deliveryId,
        pushId ?? '-',
        oneLine(reason ?? ''),
      ]),
    );
  }
  const taken = results.filter(({ outcome }) => outcome === 'taken').length;
  process.stderr.write(
    `${results.length} rejected, ${taken} ${dryRun ? 'would be taken' : 'taken'} now, ` +
      `${results.filter(({ outcome }) => outcome === 'already-taken').length} already taken\n`,
  );
}
