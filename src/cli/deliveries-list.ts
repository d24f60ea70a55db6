import { Command } from 'commander';
import type { EventStore } from '../event-store/event-store.ts';
import { startOfLog } from '../events/ids.ts';
import { findRejected, type RejectedDelivery } from '../ingest/reprocess/find-rejected.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';
import { showProgress } from './progress.ts';
import { oneLine } from './pushes-text.ts';

export function deliveriesListCommand(): Command {
  return new Command('list')
    .description('those that were rejected, the oldest first, and whether they were taken later')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) =>
      withCommandLedger(async ({ store }, _config, signal) => {
        const found = await findWithProgress(store, signal);
        if (options.json) {
          printJson(
            found.map(({ rejection: { data }, taken }) => ({
              deliveryId: data.deliveryId,
              receivedAt: data.receivedAt,
              event: data.event,
              code: data.code,
              reason: data.reason,
              bytes: data.body.size,
              kept: data.body.stored,
              state: taken ? 'taken' : 'rejected',
              pushId: taken?.pushId ?? null,
            })),
          );
          return;
        }
        printTable(
          ['state', 'received', 'event', 'bytes', 'delivery id', 'reason'],
          found.map(({ rejection: { data }, taken }) => [
            taken ? 'taken' : 'rejected',
            data.receivedAt,
            oneLine(data.event),
            `${data.body.size}${data.body.stored ? '' : ' (not kept)'}`,
            data.deliveryId,
            oneLine(data.reason),
          ]),
        );
      }),
    );
}

/** The log is read from its start, which takes a while where it is long. */
export async function findWithProgress(store: EventStore, signal: AbortSignal): Promise<RejectedDelivery[]> {
  const display = showProgress('log');
  try {
    return await findRejected({
      store,
      signal,
      onProgress: ({ position, head }) =>
        display.update({ done: Number(position - startOfLog), total: Number(head - startOfLog) }),
    });
  } finally {
    display.end();
  }
}
