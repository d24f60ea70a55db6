import { type Position, type PushId, startOfLog, streamOf } from '../../events/ids.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** So many pushes are remembered; a forgotten one is counted from its beginning again. */
const maxRemembered = 10_000;

interface Count {
  readonly found: number;
  /** The last event that was counted, or where to begin. */
  readonly after: Position;
}

export interface CorrelatedCount {
  count(correlationId: string, type: string, atMost: number): Promise<number>;
}

export interface CountSource {
  /** The event of a stream, or null. */
  readStream(stream: string): Promise<RecordedEvent | null>;
  /**
   * Hands over the events of one type after a position until `take` returns false. May end early when the log is
   * long: what it handed over is then a part.
   */
  readType(after: Position, type: string, take: (event: RecordedEvent) => boolean): Promise<void>;
}

/**
 * Counts the events of a push. KurrentDB has an index for it only where its standard projections run, which nobody
 * promises, so the log is read: by type, from the push on (what belongs to it comes after it), and from the last
 * event counted when it was counted before.
 *
 * The number is exact while the server gets through the log in the time that a read has; over a longer one it is
 * what was found, which is less. It bounds how much is stored and decides nothing else.
 */
export function createCorrelatedCount(source: CountSource): CorrelatedCount {
  const remembered = new Map<string, Count>();

  async function begin(correlationId: string, type: string): Promise<Count> {
    const push = await source.readStream(streamOf.push(correlationId as PushId));
    if (!push) return { found: 0, after: startOfLog };
    return { found: push.event.type === type ? 1 : 0, after: push.event.position };
  }

  return {
    async count(correlationId, type, atMost) {
      const key = `${type} ${correlationId}`;
      let { found, after } = remembered.get(key) ?? (await begin(correlationId, type));
      if (found < atMost) {
        await source.readType(after, type, ({ event }) => {
          if (event.type !== type || correlationIdOf(event.metadata) !== correlationId) return true;
          found++;
          after = event.position;
          return found < atMost;
        });
      }
      remembered.delete(key);
      remembered.set(key, { found, after });
      const [oldest] = remembered.keys();
      if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
      return Math.min(found, atMost);
    },
  };
}

/** Null where there is none, or where the metadata is not ours to understand. */
function correlationIdOf(metadata: string): unknown {
  try {
    const parsed: unknown = JSON.parse(metadata);
    return typeof parsed === 'object' && parsed !== null && '$correlationId' in parsed
      ? parsed.$correlationId
      : null;
  } catch {
    return null;
  }
}
