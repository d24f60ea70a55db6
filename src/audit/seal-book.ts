import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import { streamOf } from '../events/ids.ts';
import type { Seal } from './seals.ts';

/** So many streams are looked at in one read. */
const streamsPerRead = 256;

/** The seals of a log in their order, read ahead, for one who walks the log and needs to know where each ends. */
export interface SealBook {
  /** Makes sure that the seals behind this number, for so many events, can be asked for. */
  prepare(sequence: number, events: number): Promise<void>;
  /** The first seal from this number on, or null. */
  from(sequence: number): Seal | null;
  /** Lets go of the seals before this number. */
  forget(sequence: number): void;
}

export function openSealBook(store: EventStore): SealBook {
  const seals = new Map<number, Seal>();
  let readUpTo = 0;
  let atEnd = false;

  return {
    async prepare(sequence, events) {
      // A seal covers at least one event.
      while (!atEnd && readUpTo <= sequence + events) {
        const sequences = Array.from({ length: streamsPerRead }, (_, index) => readUpTo + 1 + index);
        const found = await readValid(store, sequences);
        for (const seal of found) seals.set(seal.sequence, seal);
        readUpTo += streamsPerRead;
        atEnd = found.length === 0;
      }
    },
    from(sequence) {
      for (let number = sequence; number <= readUpTo; number++) {
        const seal = seals.get(number);
        if (seal) return seal;
      }
      return null;
    },
    forget(sequence) {
      for (const number of seals.keys()) {
        if (number >= sequence) break;
        seals.delete(number);
      }
    },
  };
}

/** One whose data was made unreadable, or speaks of another number, is none: it will be found missing. */
async function readValid(store: EventStore, sequences: readonly number[]): Promise<Seal[]> {
  const events = await store.readStreams(sequences.map(streamOf.seal));
  const seals = events.flatMap((stored) => {
    try {
      const event = decodeEvent(stored);
      const valid = event?.type === 'LogSealed' && streamOf.seal(event.data.sequence) === event.stream;
      return valid ? [event.data] : [];
    } catch {
      return [];
    }
  });
  return seals.sort((one, other) => one.sequence - other.sequence);
}
