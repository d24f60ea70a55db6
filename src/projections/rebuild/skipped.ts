import type { ClientBase } from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import type { EventId } from '../../events/ids.ts';
import type { Projection } from '../projection.ts';

/** Events that a person decided to do without in this projection: a rebuild does without them too. */
export async function readSkipped(client: ClientBase, projection: string): Promise<ReadonlySet<EventId>> {
  const { rows } = await client.query<{ event_id: EventId }>(
    `select event_id from pushledger.parked_events where projection = $1 and skipped_at is not null`,
    [projection],
  );
  return new Set(rows.map((row) => row.event_id));
}

/** The projection, passing over some events. */
export function foldWithout(projection: Projection, skipped: ReadonlySet<EventId>): Projection {
  if (skipped.size === 0) return projection;
  return {
    ...projection,
    fold: (state, events) =>
      projection.fold(
        state,
        events.filter(({ id }) => !skipped.has(id)),
      ),
  };
}

/** The log, in which some events are there by their place only: they need not even be decodable. */
export function readWithout(store: EventStore, skipped: ReadonlySet<EventId>): EventStore {
  if (skipped.size === 0) return store;
  return {
    ...store,
    async readPage(after, limit) {
      const page = await store.readPage(after, limit);
      // Readers pass over a type that they do not know.
      const events = page.events.map((event) => (skipped.has(event.id) ? { ...event, type: '' } : event));
      return { ...page, events };
    },
  };
}
