import type { EncodedEvent } from '../events/codec.ts';
import type { AppendOutcome, MovableEventStore } from './event-store.ts';

/** One append as it went. */
export interface ObservedAppend {
  readonly event: EncodedEvent;
  /** Null where the store threw. */
  readonly outcome: AppendOutcome | null;
  readonly startedAt: Date;
  readonly durationMs: number;
}

/** A store that tells of each append when it has ended, and is the given one otherwise. */
export function observedStore(
  store: MovableEventStore,
  now: () => Date,
  observe: (append: ObservedAppend) => void,
): MovableEventStore {
  async function append(event: EncodedEvent): Promise<AppendOutcome> {
    const startedAt = now();
    const from = performance.now();
    let outcome: AppendOutcome | null = null;
    try {
      outcome = await store.append(event);
      return outcome;
    } finally {
      observe({ event, outcome, startedAt, durationMs: performance.now() - from });
    }
  }
  return {
    kind: store.kind,
    append,
    readStreams: (streams) => store.readStreams(streams),
    readBody: (stream) => store.readBody(stream),
    readPage: (after, limit) => store.readPage(after, limit),
    countCorrelated: (id, type, atMost) => store.countCorrelated(id, type, atMost),
    head: () => store.head(),
    subscribe: (options) => store.subscribe(options),
    close: () => store.close(),
    readWhole: (after, limit) => store.readWhole(after, limit),
    appendInOrder: (events) => store.appendInOrder(events),
  };
}
