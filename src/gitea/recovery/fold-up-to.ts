import type { Pool } from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import type { Position } from '../../events/ids.ts';
import { inTransaction } from '../../postgres/transaction.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type LogIdentity, loadCheckpoint } from '../../subscription/checkpoint.ts';
import type { Subscriber } from '../../subscription/subscriber.ts';
import { takePage } from '../../subscription/take-page.ts';

const pageSize = 1_000;
/** How often we look whether the subscriber gets on, in milliseconds. */
const lookMs = 100;
/** One that does not move for so long runs nowhere, in milliseconds. */
const patienceMs = 2_000;

export interface FoldOptions {
  readonly subscriber: Subscriber;
  readonly store: EventStore;
  readonly pool: Pool;
  readonly log: LogIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the subscriber's tables hold all that is in the log now. Where nobody runs it (a command beside no
 * `serve`) the pages are handled here; should somebody do so after all, the checkpoint lets one of us handle each.
 */
export async function foldUpToNow(options: FoldOptions): Promise<void> {
  const { store, clock, signal } = options;
  const head = await store.head();
  let position = await positionOf(options);
  let unmovedMs = 0;
  while (position < head) {
    signal.throwIfAborted();
    if (unmovedMs >= patienceMs) {
      position = await foldPage(options, position);
      continue;
    }
    await clock.sleep(lookMs, signal);
    const next = await positionOf(options);
    unmovedMs = next === position ? unmovedMs + lookMs : 0;
    position = next;
  }
}

async function positionOf({ pool, subscriber, log }: FoldOptions): Promise<Position> {
  return (await inTransaction(pool, (client) => loadCheckpoint(client, subscriber.name, log))).position;
}

async function foldPage(options: FoldOptions, from: Position): Promise<Position> {
  const { store, subscriber } = options;
  const { events } = await store.readPage(from, pageSize);
  try {
    return await takePage(options, subscriber, from, events);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'CHECKPOINT_CONFLICT') return positionOf(options);
    throw error;
  }
}
