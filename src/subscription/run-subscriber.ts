import type { StoredEvent } from '../events/codec.ts';
import { decodeEvent } from '../events/codec.ts';
import type { Position } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { advanceCheckpoint } from './checkpoint.ts';
import { type FollowLogOptions, followLog } from './follow-log.ts';
import type { Subscriber } from './subscriber.ts';

export interface RunSubscriberOptions
  extends Omit<FollowLogOptions, 'name' | 'prepare' | 'handle' | 'onCaughtUp'> {
  readonly subscriber: Subscriber;
}

/** Follows the log with a subscriber, each page in one transaction with the checkpoint. */
export function runSubscriber(options: RunSubscriberOptions): Promise<void> {
  const { subscriber, pool, log } = options;
  const { name } = subscriber;

  async function handle(from: Position, stored: readonly StoredEvent[]): Promise<Position> {
    const last = stored.at(-1);
    if (!last) return from;
    const events = stored.map(decodeEvent).filter((event) => event !== null);
    await inTransaction(pool, async (transaction) => {
      await advanceCheckpoint(transaction, { name, log, from, last });
      await subscriber.handle(transaction, events);
    });
    return last.position;
  }

  return followLog({ ...options, name, handle, onCaughtUp: () => subscriber.onCaughtUp?.() });
}
