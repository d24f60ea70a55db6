import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import type { DomainEvent } from '../events/event.ts';
import { type PushId, streamOf } from '../events/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { append, isPassing } from './append.ts';
import { decide, oldestAnnounced } from './decide.ts';
import { plannedDraft } from './drafts.ts';
import { readDue, stillDue } from './state.ts';

/** Due pushes that are read at once; the facts of each are a few kilobytes. */
const batchSize = 100;

export interface PlannerOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly room: string;
  readonly maxAgeMs: number;
}

export interface Planner {
  /**
   * Plans a message for every due push, oldest first. What one call has planned is due, by the tables, until its
   * event came back; the next call leaves it out.
   *
   * @throws CodedError STORE_UNAVAILABLE, or what the database throws; calling again goes on where it stopped
   */
  planDue(signal: AbortSignal): Promise<void>;
}

export function createPlanner(options: PlannerOptions): Planner {
  const { pool, store, clock, logger } = options;
  let looked: Set<PushId> = new Set();

  async function planBatch(pushIds: readonly PushId[], signal: AbortSignal): Promise<void> {
    const events = await readPushes(store, pushIds);
    for (const pushId of pushIds) {
      if (signal.aborted) return;
      await planPush(pushId, events.get(pushId));
      looked.add(pushId);
    }
  }

  async function planPush(pushId: PushId, event: DomainEvent<'PushReceived'> | undefined): Promise<void> {
    if (!event) {
      logger.error({ pushId }, 'a due push is not in the event store; it is not announced');
      return;
    }
    const now = clock.now();
    for (const message of decide([event.data], { ...options, now })) {
      try {
        await append(store, plannedDraft(message, event.id, now));
      } catch (error) {
        if (isPassing(error)) throw error;
        // One push must not hold up the others. It stays due, for a version that can plan it.
        logger.error({ err: error, pushId, room: message.room }, 'a push could not be made a message');
      }
    }
  }

  return {
    async planDue(signal) {
      if (looked.size > 0) looked = await stillDue(pool, looked);
      while (!signal.aborted) {
        const since = oldestAnnounced(clock.now(), options.maxAgeMs);
        const pushIds = await readDue(pool, { since, except: looked, limit: batchSize });
        await planBatch(pushIds, signal);
        if (pushIds.length < batchSize) return;
      }
    },
  };
}

async function readPushes(
  store: EventStore,
  pushIds: readonly PushId[],
): Promise<Map<PushId, DomainEvent<'PushReceived'>>> {
  const stored = pushIds.length > 0 ? await store.readStreams(pushIds.map(streamOf.push)) : [];
  const found = new Map<PushId, DomainEvent<'PushReceived'>>();
  for (const event of stored.map(decodeEvent)) {
    if (event?.type === 'PushReceived') found.set(event.data.pushId, event);
  }
  return found;
}
