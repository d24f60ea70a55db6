import type { EventStore } from '../event-store/event-store.ts';
import type { DataOf } from '../events/catalogue.ts';
import { decodeEvent } from '../events/codec.ts';
import { streamOf } from '../events/ids.ts';

export type Seal = DataOf<'LogSealed'>;

/** So many streams are looked at in one read. */
const streamsPerRead = 64;
/** More seals than any log will ever hold. */
const maxDoublings = 40;

/** The seals of these numbers that the log has. */
export async function readSeals(store: EventStore, sequences: readonly number[]): Promise<Map<number, Seal>> {
  const events = await store.readStreams(sequences.map(streamOf.seal));
  const seals = new Map<number, Seal>();
  for (const stored of events) {
    const event = decodeEvent(stored);
    if (event?.type === 'LogSealed') seals.set(event.data.sequence, event.data);
  }
  return seals;
}

/** The seal with the highest number, or null. It is found by number, so that no log has to be read to find it. */
export async function findLastSeal(store: EventStore): Promise<Seal | null> {
  const doublings = Array.from({ length: maxDoublings }, (_, power) => 2 ** power);
  let last = highest(await readSeals(store, doublings));
  if (!last) return null;
  let beyond = last.sequence * 2;
  while (beyond - last.sequence > 1) {
    const step = Math.max(1, Math.ceil((beyond - last.sequence) / streamsPerRead));
    const from = last.sequence;
    const sequences = Array.from({ length: streamsPerRead }, (_, index) => from + step * (index + 1));
    const found = highest(
      await readSeals(
        store,
        sequences.filter((sequence) => sequence < beyond),
      ),
    );
    beyond = Math.min(beyond, (found?.sequence ?? from) + step);
    last = found ?? last;
  }
  return last;
}

function highest(seals: ReadonlyMap<number, Seal>): Seal | null {
  return seals.get(Math.max(...seals.keys())) ?? null;
}
