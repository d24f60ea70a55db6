import type { AppendOutcome, EventStore } from '../../../../src/event-store/event-store.ts';
import type { EncodedEvent, StoredEvent } from '../../../../src/events/codec.ts';
import type { Position } from '../../../../src/events/ids.ts';
import { CodedError } from '../../../../src/runtime/errors.ts';

/**
 * - `takes`: as a store does that is well.
 * - `fails`: says that it is away, and has taken nothing.
 * - `silent`: neither takes nor answers until the mode changes; then all that was asked happens, in order.
 * - `loses-answers`: takes, and never says so.
 * - `refuses`: will never take it.
 */
export type StoreMode = 'takes' | 'fails' | 'silent' | 'loses-answers' | 'refuses';

/** An event store that can be away in every way in which a real one can. */
export interface MemoryStore extends EventStore {
  readonly log: readonly EncodedEvent[];
  /** How many appends were asked for. */
  readonly asked: number;
  mode(mode: StoreMode): void;
}

export function createMemoryStore(): MemoryStore {
  const log: EncodedEvent[] = [];
  let mode: StoreMode = 'takes';
  let held: (() => void)[] = [];
  let asked = 0;

  function take(event: EncodedEvent): AppendOutcome {
    const index = log.findIndex(({ stream }) => stream === event.stream);
    if (index >= 0) {
      const isSame = log[index]?.id === event.id;
      return isSame
        ? { outcome: 'stored', position: BigInt(index + 1) as Position }
        : { outcome: 'stream-taken' };
    }
    if (log.some(({ id }) => id === event.id)) return { outcome: 'id-taken' };
    log.push(event);
    return { outcome: 'stored', position: BigInt(log.length) as Position };
  }

  function answer<T>(work: () => T): Promise<T> {
    switch (mode) {
      case 'takes':
        return Promise.resolve().then(work);
      case 'fails':
        return Promise.reject(new CodedError('STORE_UNAVAILABLE', 'the double is away'));
      case 'refuses':
        return Promise.reject(
          new CodedError('STORE_UNAVAILABLE', 'the double will not have it', { context: { refused: true } }),
        );
      case 'silent':
        return new Promise((resolve) => held.push(() => resolve(work())));
      case 'loses-answers':
        work();
        return new Promise(() => undefined);
    }
  }

  const stored = (event: EncodedEvent): StoredEvent => ({
    ...event,
    position: BigInt(log.indexOf(event) + 1) as Position,
  });
  const unused = () => Promise.reject(new Error('the double has no such part'));
  return {
    kind: 'double',
    log,
    get asked() {
      return asked;
    },
    mode(next) {
      mode = next;
      const asked = held;
      held = [];
      for (const happen of asked) happen();
    },
    append(event) {
      asked++;
      return answer(() => take(event));
    },
    readStreams: (streams) => answer(() => log.filter(({ stream }) => streams.includes(stream)).map(stored)),
    countCorrelated: (id, type) =>
      answer(() => log.filter((event) => event.correlationId === id && event.type === type).length),
    head: () => answer(() => BigInt(log.length) as Position),
    readBody: unused,
    readPage: unused,
    subscribe: () => {
      throw new Error('the double has no subscriptions');
    },
    close: () => Promise.resolve(),
  };
}
