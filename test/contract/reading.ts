import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { decodeEvent, type EncodedEvent, encodeEvent, type StoredEvent } from '../../src/events/codec.ts';
import type { PushId } from '../../src/events/ids.ts';
import { encodedEvents, pushOf, pushReceived, redelivery, testDelivery } from '../support/event-drafts.ts';
import type { EventStoreHarness } from './harness.ts';

export function describeReading(makeHarness: () => Promise<EventStoreHarness>): void {
  describe('reading', () => {
    let harness: EventStoreHarness;
    let store: EventStore;

    beforeAll(async () => {
      harness = await makeHarness();
      store = harness.open();
    });
    afterAll(() => harness.close());

    /** Appends an event and reads it back by another store. */
    async function roundTrip(event: EncodedEvent): Promise<StoredEvent | undefined> {
      expect(await store.append(event)).toMatchObject({ outcome: 'stored' });
      const [stored] = await harness.open().readStreams([event.stream]);
      return stored;
    }

    it('finds the streams that exist among those it is asked for', async () => {
      const events = encodedEvents(3);
      for (const event of events) await store.append(event);
      const found = await store.readStreams([
        ...events.map(({ stream }) => stream),
        'pushledger.test-nowhere',
      ]);
      expect(new Set(found.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)));
      expect(await store.readStreams([])).toEqual([]);
    });

    it('cuts the log into pages of any size without losing or repeating an event', async () => {
      const after = await store.head();
      const events = encodedEvents(30);
      await Promise.all(events.map((event) => store.append(event)));
      const whole = (await store.readPage(after, 1_000)).events;
      expect(whole).toHaveLength(30);
      for (const limit of [1, 7, 29, 30, 31]) {
        const read: StoredEvent[] = [];
        for (let caughtUp = false; !caughtUp; ) {
          const page = await store.readPage(read.at(-1)?.position ?? after, limit);
          expect(page.events.length).toBeLessThanOrEqual(limit);
          read.push(...page.events);
          caughtUp = page.caughtUp;
          if (caughtUp) expect(read).toHaveLength(30);
        }
        expect(read).toEqual(whole);
      }
    });

    it('gives a large event back whole, and its body by readBody alone', async () => {
      // A view into a larger buffer, which an adapter must not take for the buffer.
      const body = new Uint8Array(randomBytes(700 * 1024 + 64).buffer, 32, 700 * 1024).slice();
      const view = new Uint8Array(
        Buffer.concat([Buffer.alloc(16), body, Buffer.alloc(16)]).buffer,
        16,
        body.length,
      );
      const event = encodeEvent(pushReceived(pushOf('é'.repeat(40 * 1024)), view));
      const stored = await roundTrip({ ...event, body: view });
      expect(Buffer.byteLength(event.data)).toBeGreaterThan(80 * 1024);
      expect(stored?.data).toBe(event.data);
      expect(Object.keys(stored ?? {})).not.toContain('body');
      const read = await store.readBody(event.stream);
      expect(read && Buffer.compare(read, view)).toBe(0);
    });

    it('has no body for an event without one, nor for a stream that does not exist', async () => {
      const event = encodeEvent(testDelivery());
      await store.append(event);
      expect(await store.readBody(event.stream)).toBeNull();
      expect(await store.readBody('pushledger.test-nowhere')).toBeNull();
    });

    it.each([
      ['U+0000', 'a\u0000b'],
      ['emoji', '🚀 👩‍👩‍👧'],
      ['half of a surrogate pair', 'a\ud83db\ude80'],
      ['quotes, backslashes and braces', `"{\\"a\\",NULL}' \\N \\u0000`],
      ['line ends and marks', '\r\n\u2028\ufeff\u202e'],
    ])('gives text with %s back byte for byte', async (_, text) => {
      const event = encodeEvent(pushReceived(pushOf(text)));
      const stored = await roundTrip(event);
      expect(stored?.data).toBe(event.data);
      expect(stored?.metadata).toBe(event.metadata);
      expect(stored && decodeEvent(stored)?.data).toMatchObject({ head: { message: text } });
    });

    it('delivers an event of a type that we do not know as it was stored', async () => {
      const event = { ...encodeEvent(testDelivery()), type: 'FromTheFuture', data: '{ "n" : 1.0 }' };
      const after = await store.head();
      await store.append(event);
      const { events } = await store.readPage(after, 10);
      expect(events).toMatchObject([{ type: 'FromTheFuture', data: '{ "n" : 1.0 }', id: event.id }]);
      expect(events.map(decodeEvent)).toEqual([null]);
    });

    it('counts the events of a push by type, up to a bound', async () => {
      const pushId = randomUUID() as PushId;
      const other = randomUUID() as PushId;
      for (let n = 0; n < 5; n++) await store.append(encodeEvent(redelivery(pushId)));
      await store.append(encodeEvent(redelivery(other)));
      await store.append(encodeEvent(testDelivery({ correlationId: pushId })));
      expect(await store.countCorrelated(pushId, 'PushRedelivered', 100)).toBe(5);
      expect(await store.countCorrelated(pushId, 'PushRedelivered', 5)).toBe(5);
      expect(await store.countCorrelated(pushId, 'PushRedelivered', 3)).toBe(3);
      expect(await store.countCorrelated(pushId, 'PushConfirmed', 100)).toBe(0);
      expect(await store.countCorrelated(other, 'PushRedelivered', 100)).toBe(1);
    });
  });
}
