import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import { startOfLog } from '../../../src/events/ids.ts';
import { until } from '../../support/condition.ts';
import { idsOf } from '../../support/contract-reading.ts';
import { encodedEvents, testDelivery } from '../../support/event-drafts.ts';
import type { EventLog } from '../../support/kurrentdb/event-log.ts';
import { type KurrentServer, startKurrentServer } from '../../support/kurrentdb/server.ts';
import { follow, openStore } from './support/stores.ts';

/** Straight into the log: so many events, each in a stream of its own. */
function writeMany(log: EventLog, prefix: string, count: number): void {
  const data = Buffer.from(JSON.stringify('x'.repeat(500)));
  const metadata = Buffer.from('{}');
  for (let n = 0; n < count; n++) {
    const id = randomUUID();
    const event = { id, type: 'Other', contentType: 'application/json', data, metadata };
    log.append(`${prefix}${id}`, 'no-stream', [event], Date.now());
  }
}

describe('a subscription', () => {
  let server: KurrentServer;
  let store: EventStore;

  beforeEach(async () => {
    server = await startKurrentServer();
    store = openStore(server.url);
  });
  afterEach(async () => {
    await store.close();
    await server.stop();
  });

  const append = async (count: number) => {
    const events = encodedEvents(count);
    for (const event of events) await store.append(event);
    return events.map(({ id }) => id);
  };

  it.each(['endSubscriptions', 'failSubscriptions', 'cut'] as const)(
    'goes on after the last event when the server does %s',
    async (breaks) => {
      const reader = follow(store);
      const ids = await append(5);
      await until('the first events', () => reader.events.length === 5);
      server[breaks]();
      ids.push(...(await append(5)));
      await until('the rest', () => reader.events.length >= 10);
      await reader.stop();
      expect(idsOf(reader.events)).toEqual(ids);
      expect(server.behaviour.counts.subscriptions).toBeGreaterThan(1);
    },
  );

  it('begins when the server is there, though it was not at first', async () => {
    await server.refuse();
    const reader = follow(store);
    await server.accept();
    const ids = await append(1);
    await until('the event', () => reader.events.length === 1);
    await reader.stop();
    expect(idsOf(reader.events)).toEqual(ids);
  });

  it('is tried again when the server takes it and says nothing', async () => {
    const limits = { startMs: 100 };
    const impatient = openStore(server.url, { subscription: limits });
    server.behaviour.manner = 'stall';
    const reader = follow(impatient);
    await until('a second connection', () => server.connections() >= 2);
    server.behaviour.manner = 'serve';
    await append(1);
    await until('the event', () => reader.events.length === 1);
    await reader.stop();
    await impatient.close();
  });

  it('is held against the log, so that one that went deaf is noticed', async () => {
    const watchful = openStore(server.url, { subscription: { idleMs: 20, probeMs: 40 } });
    const reader = follow(watchful);
    await until('the end of the log', () => reader.pages.some(({ caughtUp }) => caughtUp));
    server.subscriptions.deaf = true;
    const ids = await append(3);
    await until('another subscription', () => server.behaviour.counts.subscriptions > 1);
    await until('the events', () => reader.events.length >= 3);
    await reader.stop();
    await watchful.close();
    expect(idsOf(reader.events)).toEqual(ids);
  });

  it('gives signs of life while nothing happens', async () => {
    const lively = openStore(server.url, { subscription: { idleMs: 10 } });
    const reader = follow(lively);
    await until('some empty pages', () => reader.pages.length >= 5);
    await reader.stop();
    await lively.close();
    expect(reader.pages.every(({ events, caughtUp }) => events.length === 0 && caughtUp)).toBe(true);
  });

  it('tells again that it has caught up after it fell behind', async () => {
    const reader = follow(store);
    await until('the end of the log', () => reader.pages.some(({ caughtUp }) => caughtUp));
    const before = reader.pages.length;
    server.fallBehind();
    await until(
      'the end of the log once more',
      () => reader.pages.slice(before).some(({ caughtUp }) => caughtUp),
      900,
    );
    await reader.stop();
  });

  it('ends when the store is closed', async () => {
    const reader = follow(store);
    await until('the end of the log', () => reader.pages.some(({ caughtUp }) => caughtUp));
    await store.close();
    await reader.stop();
  });

  it('holds the server back while a page is in work', async () => {
    const total = 5_000;
    writeMany(server.log, `pushledger.test-`, total);
    const stop = new AbortController();
    let pages = 0;
    for await (const { events } of store.subscribe({
      after: startOfLog,
      signal: stop.signal,
      pageSize: 10,
    })) {
      if (events.length === 0) continue;
      // Whatever the server is willing to send has arrived before these answers.
      for (let n = 0; n < 20; n++) await store.head();
      expect(server.behaviour.counts.eventsHandedOut).toBeLessThan(pages * 10 + 500);
      if (++pages === 5) stop.abort();
    }
    expect(pages).toBe(5);
  });

  it("passes over other people's streams, and knows the last event of ours", async () => {
    writeMany(server.log, 'other-', 300);
    const ids = await append(3);
    const head = await store.head();
    writeMany(server.log, 'other-', 6_000);
    expect(await store.head()).toBe(head);
    const page = await store.readPage(startOfLog, 10);
    expect(idsOf(page.events)).toEqual(ids);
    expect(page.caughtUp).toBe(true);
    const reader = follow(store);
    await until('the end of the log', () => reader.pages.some(({ caughtUp }) => caughtUp));
    await reader.stop();
    expect(idsOf(reader.events)).toEqual(ids);
  });

  it('keeps ledgers apart that share a server by their prefix', async () => {
    const other = openStore(server.url, { streamPrefix: 'other.' });
    const event = encodeEvent(testDelivery());
    await store.append(event);
    expect(await other.readStreams([event.stream])).toEqual([]);
    expect(await other.head()).toBe(startOfLog);
    await other.append(event);
    expect(await other.readStreams([event.stream])).toMatchObject([{ stream: event.stream, id: event.id }]);
    expect((await store.readPage(startOfLog, 10)).events).toHaveLength(1);
    await other.close();
  });
});
