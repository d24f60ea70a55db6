import type { EventStore } from '../../event-store/event-store.ts';
import type { StoredEvent } from '../../events/codec.ts';
import type { Position } from '../../events/ids.ts';
import { changesOf } from './changes.ts';
import { frame } from './frames.ts';

/** Whoever missed more events than this is told to read everything again. */
export const maxMissed = 2_000;
const pageSize = 500;

export interface CaughtUp {
  readonly position: bigint;
  /** Null where nothing that concerns a viewer has happened. */
  readonly bytes: Buffer | null;
}

/**
 * What happened between two positions, as one frame; null where it is too much to tell. Goes as far as `to` and no
 * further, so that nothing is told twice.
 */
export async function catchUp(
  store: Pick<EventStore, 'readPage'>,
  from: bigint,
  to: bigint,
): Promise<CaughtUp | null> {
  const missed: StoredEvent[] = [];
  for (let at = from; at < to; ) {
    const page = await store.readPage(at as Position, pageSize);
    const events = page.events.filter(({ position }) => position <= to);
    missed.push(...events);
    const last = events.at(-1);
    if (missed.length > maxMissed) return null;
    if (!last || page.caughtUp || events.length < page.events.length) break;
    at = last.position;
  }
  const changes = changesOf(missed);
  return { position: to, bytes: changes && frame('changes', { ...changes, position: String(to) }, to) };
}
