import type { EventPage, EventStore, SubscribeOptions } from '../../../../src/event-store/event-store.ts';
import {
  createKurrentdbEventStore,
  type KurrentdbEventStoreOptions,
} from '../../../../src/event-store/kurrentdb/kurrentdb-event-store.ts';
import type { StoredEvent } from '../../../../src/events/codec.ts';
import { startOfLog } from '../../../../src/events/ids.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';

export function openStore(
  connectionString: string,
  options: Partial<KurrentdbEventStoreOptions> = {},
): EventStore {
  return createKurrentdbEventStore({
    connectionString,
    clock: systemClock,
    logger: createLogger('silent'),
    ...options,
  });
}

export interface Reader {
  readonly pages: readonly EventPage[];
  readonly events: readonly StoredEvent[];
  stop(): Promise<void>;
}

/** Follows the log and keeps what comes. */
export function follow(store: EventStore, options: Partial<SubscribeOptions> = {}): Reader {
  const stop = new AbortController();
  const pages: EventPage[] = [];
  const events: StoredEvent[] = [];
  const reading = (async () => {
    for await (const page of store.subscribe({ after: startOfLog, ...options, signal: stop.signal })) {
      pages.push(page);
      events.push(...page.events);
    }
  })();
  return {
    pages,
    events,
    async stop() {
      stop.abort();
      await reading;
    },
  };
}
