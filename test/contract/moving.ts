import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MovableEventStore, WholeEvent } from '../../src/event-store/event-store.ts';
import type { EncodedEvent } from '../../src/events/codec.ts';
import { type EventId, type Position, startOfLog } from '../../src/events/ids.ts';
import { CodedError } from '../../src/runtime/errors.ts';
import { until } from '../support/condition.ts';
import { encodedEvents } from '../support/event-drafts.ts';
import type { EventStoreHarness } from './harness.ts';

/** What copying a log from one store to another needs. */
export function describeMoving(makeHarness: () => Promise<EventStoreHarness>): void {
  describe('moving', () => {
    let harness: EventStoreHarness;
    let store: MovableEventStore;

    beforeAll(async () => {
      harness = await makeHarness();
      store = harness.open();
    });
    afterAll(() => harness.close());

    /** Everything after a position, read in pages. */
    async function readAll(after: Position, limit: number, onPage = (_: readonly WholeEvent[]) => {}) {
      const events: WholeEvent[] = [];
      for (let page = await store.readWhole(after, limit); page.length > 0; ) {
        onPage(page);
        events.push(...page);
        page = await store.readWhole(events.at(-1)?.position ?? after, limit);
      }
      return events;
    }
    const withBody = (event: EncodedEvent, bytes: number): EncodedEvent => ({
      ...event,
      body: new Uint8Array(randomBytes(bytes)),
    });

    it('reads whole events: the same as other reads, and their bodies', async () => {
      expect(await store.readWhole(startOfLog, 10)).toEqual([]);
      const [plain, empty, filled] = encodedEvents(3, 'é🚀');
      if (!plain || !empty || !filled) throw new Error('three events are needed');
      const events = [plain, { ...empty, body: new Uint8Array(0) }, withBody(filled, 1_000)];
      for (const event of events) await store.append(event);
      const { events: stored } = await store.readPage(startOfLog, 10);
      for (const limit of [1, 2, 3, 4]) {
        const whole = await readAll(startOfLog, limit);
        expect(whole.map(({ body: _, ...event }) => event)).toEqual(stored);
        expect(whole.map(({ body }) => body && Buffer.from(body).toString('hex'))).toEqual(
          events.map(({ body }) => body && Buffer.from(body).toString('hex')),
        );
      }
    });

    it('keeps pages of large events small, and leaves none out', async () => {
      const after = await store.head();
      const events = encodedEvents(40).map((event) => withBody(event, 500 * 1024));
      await Promise.all(events.map((event) => store.append(event)));
      const whole = await readAll(after, 1_000, (page) => {
        expect(page.length * 500 * 1024).toBeLessThan(10 * 1024 * 1024);
      });
      expect(new Set(whole.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)));
      expect(whole).toHaveLength(40);
      expect(whole.every(({ body }) => body?.length === 500 * 1024)).toBe(true);
    });

    it('appends in order, bodies and all, while others append too', async () => {
      const after = await store.head();
      const events = encodedEvents(300).map((event) => withBody(event, 100));
      const others = encodedEvents(100);
      const other = harness.open();
      const [outcome] = await Promise.all([
        store.appendInOrder(events),
        ...others.map((event) => other.append(event)),
      ]);
      expect(outcome).toEqual({ outcome: 'stored' });
      const whole = await readAll(after, 1_000);
      expect(whole).toHaveLength(400);
      const ours = new Set<string>(events.map(({ id }) => id));
      const found = whole.filter(({ id }) => ours.has(id));
      expect(found.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      expect(found.map(({ body }) => Buffer.from(body ?? []).toString('hex'))).toEqual(
        events.map(({ body }) => Buffer.from(body ?? []).toString('hex')),
      );
    });

    it('stores nothing twice when the same events are appended in order again', async () => {
      const events = encodedEvents(20);
      expect(await store.appendInOrder(events.slice(0, 10))).toEqual({ outcome: 'stored' });
      const after = await store.head();
      expect(await store.appendInOrder(events)).toEqual({ outcome: 'stored' });
      const { events: added } = await store.readPage(after, 100);
      expect(added.map(({ id }) => id)).toEqual(events.slice(10).map(({ id }) => id));
      expect(await store.appendInOrder([])).toEqual({ outcome: 'stored' });
    });

    it('ends at the first event that is not taken: none behind it is in the log', async () => {
      const [taken, before, behind] = encodedEvents(3);
      if (!taken || !before || !behind) throw new Error('three events are needed');
      await store.append(taken);
      const another = { ...taken, id: randomUUID() as EventId };
      expect(await store.appendInOrder([before, another, behind])).toEqual({
        outcome: 'stream-taken',
        stream: taken.stream,
      });
      expect(await store.readStreams([behind.stream])).toEqual([]);
      expect(await store.readStreams([taken.stream])).toMatchObject([{ id: taken.id }]);
    });

    it('keeps the order through lost connections, when it is called again after a failure', async () => {
      const after = await store.head();
      const events = encodedEvents(600);
      for (let from = 0; from < events.length; from += 50) {
        const storing = untilStored(store, events.slice(from, from + 50));
        if ([100, 300, 500].includes(from)) await harness.breakConnections();
        await storing;
      }
      const { events: read } = await until('a read', () => store.readPage(after, 1_000).catch(() => null));
      expect(read.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    });
  });
}

async function untilStored(store: MovableEventStore, events: readonly EncodedEvent[]): Promise<void> {
  for (;;) {
    try {
      expect(await store.appendInOrder(events)).toEqual({ outcome: 'stored' });
      return;
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'STORE_UNAVAILABLE') throw error;
    }
  }
}
