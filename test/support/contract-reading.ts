import type { EventPage, EventStore } from '../../src/event-store/event-store.ts';
import type { StoredEvent } from '../../src/events/codec.ts';
import type { Position } from '../../src/events/ids.ts';

/** The pages of a subscription, until there is enough. */
export async function pagesUntil(
  store: EventStore,
  after: Position,
  enough: (events: readonly StoredEvent[], page: EventPage) => boolean,
  pageSize?: number,
): Promise<EventPage[]> {
  const stop = new AbortController();
  const pages: EventPage[] = [];
  const events: StoredEvent[] = [];
  for await (const page of store.subscribe({ after, signal: stop.signal, ...(pageSize && { pageSize }) })) {
    pages.push(page);
    events.push(...page.events);
    if (enough(events, page)) break;
  }
  stop.abort();
  return pages;
}

/** The events of a subscription, until it has told that it caught up and has at least so many. */
export async function eventsOf(
  store: EventStore,
  after: Position,
  atLeast: number,
  pageSize?: number,
): Promise<StoredEvent[]> {
  const pages = await pagesUntil(
    store,
    after,
    (events, page) => page.caughtUp && events.length >= atLeast,
    pageSize,
  );
  return pages.flatMap((page) => page.events);
}

export const idsOf = (events: readonly StoredEvent[]) => events.map(({ id }) => id);

/** True when each position is greater than the one before it. */
export function inOrder(events: readonly StoredEvent[]): boolean {
  return events.every(({ position }, index) => {
    const before = events[index - 1];
    return before === undefined || before.position < position;
  });
}
