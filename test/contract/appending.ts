import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { encodeEvent } from '../../src/events/codec.ts';
import { type EventId, startOfLog } from '../../src/events/ids.ts';
import { encodedEvents, testDelivery } from '../support/event-drafts.ts';
import type { EventStoreHarness, EventStoreTraits } from './harness.ts';

export function describeAppending(
  makeHarness: () => Promise<EventStoreHarness>,
  traits: EventStoreTraits,
): void {
  describe('appending', () => {
    let harness: EventStoreHarness;
    let store: EventStore;

    beforeAll(async () => {
      harness = await makeHarness();
      store = harness.open();
    });
    afterAll(() => harness.close());

    it('begins with an empty log', async () => {
      expect(await store.head()).toBe(startOfLog);
      expect(await store.readPage(startOfLog, 10)).toEqual({ events: [], caughtUp: true });
    });

    it('refuses another event on a taken stream, and leaves the first as it was', async () => {
      const first = encodeEvent(testDelivery({ sender: 'first' }));
      const { data } = encodeEvent(testDelivery({ sender: 'second' }));
      const stored = await store.append(first);
      const head = await store.head();
      expect(await store.append({ ...first, id: randomUUID() as EventId, data })).toEqual({
        outcome: 'stream-taken',
      });
      expect(await store.head()).toBe(head);
      expect(await store.readStreams([first.stream])).toEqual([
        {
          type: first.type,
          stream: first.stream,
          id: first.id,
          position: 'position' in stored && stored.position,
          data: first.data,
          metadata: first.metadata,
        },
      ]);
    });

    it('answers a repeated append with the first position, though others came between, and adds nothing', async () => {
      const event = encodeEvent(testDelivery());
      const first = await store.append(event);
      expect(first.outcome).toBe('stored');
      await store.append(encodeEvent(testDelivery()));
      const head = await store.head();
      expect(await store.append(event)).toEqual(first);
      expect(await harness.open().append({ ...event, data: '{}' })).toEqual(first);
      expect(await store.head()).toBe(head);
      expect(await store.readStreams([event.stream])).toMatchObject([{ data: event.data }]);
    });

    if (traits.tellsTakenIds) {
      it('tells that an event id is in use in another stream', async () => {
        const first = encodeEvent(testDelivery());
        await store.append(first);
        const other = encodeEvent(testDelivery({ id: first.id }));
        expect(await store.append(other)).toEqual({ outcome: 'id-taken' });
        expect(await store.readStreams([other.stream])).toEqual([]);
      });
    }

    it('lets one of twenty win a stream, from several stores at once', async () => {
      const stores = [store, harness.open(), harness.open(), harness.open()];
      const { stream } = testDelivery();
      const events = encodedEvents(20).map((event) => ({ ...event, stream }));
      const outcomes = await Promise.all(
        events.map((event, index) => (stores[index % stores.length] ?? store).append(event)),
      );
      const winners = events.filter((_, index) => outcomes[index]?.outcome === 'stored');
      expect(winners).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'stream-taken')).toHaveLength(19);
      expect(await store.readStreams([stream])).toMatchObject([{ id: winners[0]?.id }]);
    });

    it('gives every append the position at which the log then shows it', async () => {
      const after = await store.head();
      const other = harness.open();
      const events = encodedEvents(200);
      const outcomes = await Promise.all(
        events.map((event, index) => (index % 2 === 0 ? store : other).append(event)),
      );
      const told = new Map(
        outcomes.map((outcome, index) => ['position' in outcome && outcome.position, events[index]?.id]),
      );
      const page = await store.readPage(after, 1_000);
      expect(page.events.map(({ position, id }) => [position, id])).toEqual(
        [...told].toSorted(([a], [b]) => Number(a) - Number(b)),
      );
      expect(page.events).toHaveLength(200);
      expect(await store.head()).toBe(page.events.at(-1)?.position);
    });

    it('keeps the order of appends that wait for each other', async () => {
      const after = await store.head();
      const events = encodedEvents(20);
      // One function deeper than the port: what comes while the writer is just falling asleep must wake it.
      const append = async (index: number) => {
        const event = events[index];
        return event && (await store.append(event));
      };
      for (let index = 0; index < events.length; index++) {
        expect(await append(index)).toMatchObject({ outcome: 'stored' });
      }
      const { events: read } = await store.readPage(after, 100);
      expect(read.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    });

    it('finishes what it accepted when it is closed, and refuses what comes later', async () => {
      const closing = harness.open();
      const letGo = await harness.holdAppends();
      const events = encodedEvents(300);
      let stored = 0;
      for (const event of events) {
        closing.append(event).then(
          () => stored++,
          () => undefined,
        );
      }
      const closed = closing.close();
      await expect(closing.append(encodeEvent(testDelivery()))).rejects.toMatchObject({
        code: 'SHUTTING_DOWN',
      });
      await letGo();
      await closed;
      expect(stored).toBe(300);
      expect(await store.readStreams(events.map(({ stream }) => stream))).toHaveLength(300);
      await expect(closing.append(encodeEvent(testDelivery()))).rejects.toMatchObject({
        code: 'SHUTTING_DOWN',
      });
    });
  });
}
