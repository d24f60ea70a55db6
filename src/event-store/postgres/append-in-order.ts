import type { Pool } from 'pg';
import type { EncodedEvent } from '../../events/codec.ts';
import { inTransaction } from '../../postgres/transaction.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { InOrderOutcome } from '../event-store.ts';
import { appendBatch, isRefusalOfData } from './append-batch.ts';

/**
 * All in one transaction, or none. Not through the batching writer: an append that it gives up after its time may leave
 * a gap that later ones, which still had time, have passed.
 *
 * @see MovableEventStore.appendInOrder
 */
export async function appendInOrder(pool: Pool, events: readonly EncodedEvent[]): Promise<InOrderOutcome> {
  if (events.length === 0) return { outcome: 'stored' };
  try {
    await inTransaction(pool, async (transaction) => {
      // Before the first write: a promise of durability must not hang on the server's own default.
      await transaction.query('set local synchronous_commit = on');
      const outcomes = await appendBatch(transaction, events);
      for (const [index, { stream }] of events.entries()) {
        const outcome = outcomes[index]?.outcome ?? 'id-taken';
        if (outcome !== 'stored') throw new NotTaken({ outcome, stream });
      }
    });
    return { outcome: 'stored' };
  } catch (cause) {
    if (cause instanceof NotTaken) return cause.outcome;
    throw new CodedError('STORE_UNAVAILABLE', messageOf(cause), {
      cause,
      context: { refused: isRefusalOfData(cause) },
    });
  }
}

/** Thrown to roll back. */
class NotTaken extends Error {
  readonly outcome: InOrderOutcome;

  constructor(outcome: InOrderOutcome) {
    super(outcome.outcome);
    this.outcome = outcome;
  }
}
