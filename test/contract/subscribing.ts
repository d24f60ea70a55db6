import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppendOutcome, EventPage, EventStore } from '../../src/event-store/event-store.ts';
import { encodeEvent, type StoredEvent } from '../../src/events/codec.ts';
import type { Position } from '../../src/events/ids.ts';
import { until } from '../support/condition.ts';
import { eventsOf, idsOf, inOrder, pagesUntil } from '../support/contract-reading.ts';
import { encodedEvents, testDelivery } from '../support/event-drafts.ts';
import type { EventStoreHarness, EventStoreTraits } from './harness.ts';

export function describeSubscribing(
  makeHarness: () => Promise<EventStoreHarness>,
  traits: EventStoreTraits,
): void {
  describe('subscribing', () => {
    let harness: EventStoreHarness;
    let store: EventStore;

    beforeAll(async () => {
      harness = await makeHarness();
      store = harness.open();
    });
    afterAll(() => harness.close());

    /** Appends so many events one after the other, and says where the log stood before. */
    async function appended(count: number): Promise<{ after: Position; ids: string[] }> {
      const after = await store.head();
      const events = encodedEvents(count);
      for (const event of events) await store.append(event);
      return { after, ids: events.map(({ id }) => id) };
    }

    it('gives exactly the rest, from wherever it resumes and however it is cut into pages', async () => {
      const { after, ids } = await appended(25);
      const whole = await eventsOf(store, after, 25);
      expect(idsOf(whole)).toEqual(ids);
      for (const [index, event] of whole.entries()) {
        const rest = await eventsOf(store, event.position, 24 - index, 1 + (index % 9));
        expect(idsOf(rest)).toEqual(ids.slice(index + 1));
      }
    });

    it('tells that it has caught up when nothing is left, and not before', async () => {
      const { after } = await appended(10);
      const pages = await pagesUntil(store, after, (_, page) => page.caughtUp, 4);
      expect(pages.flatMap((page) => page.events)).toHaveLength(10);
      expect(pages.slice(0, -1).some((page) => page.caughtUp)).toBe(false);
    });

    it('tells that it has caught up on a log that has nothing for it', async () => {
      const pages = await pagesUntil(store, await store.head(), () => true);
      expect(pages).toEqual([{ events: [], caughtUp: true }]);
    });

    it('delivers what another process appends after it has caught up', async () => {
      const other = harness.open();
      const late = encodedEvents(3);
      const received: string[] = [];
      const stop = new AbortController();
      for await (const page of store.subscribe({ after: await store.head(), signal: stop.signal })) {
        received.push(...idsOf(page.events));
        const next = late[received.length];
        if (!next) stop.abort();
        else if (page.caughtUp) await other.append(next);
      }
      expect(received).toEqual(late.map(({ id }) => id));
    });

    it('loses, repeats and swaps nothing when all connections drop in the middle of a burst', async () => {
      const after = await store.head();
      const events = encodedEvents(2_000);
      const received: StoredEvent[] = [];
      const stop = new AbortController();
      const reading = (async () => {
        for await (const page of store.subscribe({ after, signal: stop.signal, pageSize: 50 })) {
          received.push(...page.events);
        }
      })();

      const outcomes: AppendOutcome[] = [];
      const last = encodeEvent(testDelivery());
      try {
        for (let from = 0; from < events.length; from += 100) {
          const burst = Promise.all(events.slice(from, from + 100).map((event) => store.append(event)));
          if ([300, 900, 1_500].includes(from)) await harness.breakConnections();
          outcomes.push(...(await burst));
        }
        await until('all events at the subscriber', () => received.length >= events.length);
        await harness.breakConnections();
        outcomes.push(await store.append(last));
        await until('the event after the last break', () => received.at(-1)?.id === last.id);
      } finally {
        stop.abort();
        await reading;
      }

      expect(outcomes.filter(({ outcome }) => outcome === 'stored')).toHaveLength(2_001);
      expect(received).toHaveLength(2_001);
      expect(inOrder(received)).toBe(true);
      expect(new Set(idsOf(received))).toEqual(new Set([...events, last].map(({ id }) => id)));
    });

    it('hands a slow consumer no more than its pages', async () => {
      // Far more than may be read ahead, so that a store which reads all at once is found out.
      const count = 100 + 4 * traits.readAhead;
      const { after } = await appended(count);
      const before = harness.eventsHandedOut();
      const stop = new AbortController();
      let handled = 0;
      for await (const page of store.subscribe({ after, signal: stop.signal, pageSize: 10 })) {
        expect(page.events.length).toBeLessThanOrEqual(10);
        handled += page.events.length;
        // Whatever would be read ahead of time has been asked for before these answers are here.
        for (let n = 0; n < 5; n++) await store.head();
        expect(harness.eventsHandedOut() - before).toBeLessThanOrEqual(handled + traits.readAhead);
        if (page.caughtUp) stop.abort();
      }
      expect(handled).toBe(count);
    });

    it('gives a page again to a consumer that failed on it and resumes from the last one it handled', async () => {
      const { after, ids } = await appended(30);
      const poison = ids[17];
      const handled: string[] = [];
      let position = after;
      const consume = async () => {
        const stop = new AbortController();
        for await (const page of store.subscribe({ after: position, signal: stop.signal, pageSize: 5 })) {
          if (!healed && idsOf(page.events).some((id) => id === poison)) throw new Error('poison');
          handled.push(...idsOf(page.events));
          position = page.events.at(-1)?.position ?? position;
          if (page.caughtUp) stop.abort();
        }
      };
      let healed = false;
      await expect(consume()).rejects.toThrow('poison');
      await expect(consume()).rejects.toThrow('poison');
      expect(handled).toEqual(ids.slice(0, 15));
      healed = true;
      await consume();
      expect(handled).toEqual(ids);
    });

    it('ends promptly when the signal aborts while it waits for news', async () => {
      const stop = new AbortController();
      const pages: EventPage[] = [];
      const after = await store.head();
      const ended = (async () => {
        for await (const page of store.subscribe({ after, signal: stop.signal })) {
          pages.push(page);
        }
      })();
      // With the second event it has shown that it hears of news, so that nothing but the signal wakes it now.
      for (const event of encodedEvents(2)) {
        await store.append(event);
        await until('the event at the subscription', () =>
          pages.some((page) => idsOf(page.events).includes(event.id)),
        );
      }
      const aborted = performance.now();
      stop.abort();
      await ended;
      expect(performance.now() - aborted).toBeLessThan(1_000);
    });

    it('gives no page when the signal has aborted before', async () => {
      const { after } = await appended(1);
      for await (const page of store.subscribe({ after, signal: AbortSignal.abort() })) {
        expect(page).toBeUndefined();
      }
    });
  });
}
