import type { EventStore } from '../../src/event-store/event-store.ts';
import type { EncodedEvent, StoredEvent } from '../../src/events/codec.ts';
import type { Position } from '../../src/events/ids.ts';

/** An event store in memory that keeps only what came last: millions of cases are not to fill it. */
export interface LogStore extends EventStore {
  /** The event of a stream, while it is kept. */
  find(stream: string): StoredEvent | undefined;
}

const kept = 20_000;

export function createLogStore(): LogStore {
  // In the order in which they came: a Map keeps it.
  const byStream = new Map<string, StoredEvent & EncodedEvent>();
  const byId = new Map<string, string>();
  let position = 0n;
  const unused = () => Promise.reject(new Error('nothing here asks for that'));

  function forgetOldest(): void {
    const [oldest] = byStream;
    if (byStream.size <= kept || !oldest) return;
    byStream.delete(oldest[0]);
    byId.delete(oldest[1].id);
  }

  return {
    kind: 'memory',
    find: (stream) => byStream.get(stream),
    async append(event) {
      const taken = byStream.get(event.stream);
      if (taken)
        return taken.id === event.id
          ? { outcome: 'stored', position: taken.position }
          : { outcome: 'stream-taken' };
      if (byId.has(event.id)) return { outcome: 'id-taken' };
      position++;
      byStream.set(event.stream, { ...event, position: position as Position });
      byId.set(event.id, event.stream);
      forgetOldest();
      return { outcome: 'stored', position: position as Position };
    },
    readStreams: async (streams) => streams.flatMap((stream) => byStream.get(stream) ?? []),
    countCorrelated: async () => 0,
    head: async () => position as Position,
    readBody: unused,
    readPage: unused,
    subscribe: () => {
      throw new Error('nothing here asks for that');
    },
    close: async () => undefined,
  };
}
