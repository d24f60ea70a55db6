import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import { startOfLog } from '../../../src/events/ids.ts';
import { rejection, until } from '../../support/condition.ts';
import { encodedEvents, testDelivery } from '../../support/event-drafts.ts';
import type { Manner } from '../../support/kurrentdb/behaviour.ts';
import { type KurrentServer, startKurrentServer } from '../../support/kurrentdb/server.ts';
import { startBlackHole } from './support/black-hole.ts';
import { openStore } from './support/stores.ts';

const passing: Manner[] = [
  'unavailable',
  'not-ready',
  'internal',
  'data-loss',
  'stall',
  'stall-after-append',
];
/** More than one try, less than a test. */
const appendTimeoutMs = 600;

// An unhandled rejection or an uncaught error fails the run by itself.
describe('a store that misbehaves', () => {
  let server: KurrentServer;
  let store: EventStore;
  const opened: EventStore[] = [];
  const open = (options?: Parameters<typeof openStore>[1]) => {
    const another = openStore(server.url, options);
    opened.push(another);
    return another;
  };
  const copies = (stream: string) => server.log.stream(stream).length;

  beforeEach(async () => {
    server = await startKurrentServer();
    store = open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((other) => other.close()));
    await server.stop();
  });

  it.each(passing)(
    'is tried again with the same id while it is %s, and holds the event once',
    async (manner) => {
      const event = encodeEvent(testDelivery());
      server.behaviour.manner = manner;
      const appending = store.append(event);
      await until('an append at the server', () => server.behaviour.counts.appends > 0);
      server.behaviour.manner = 'serve';
      expect(await appending).toMatchObject({ outcome: 'stored' });
      expect(copies(event.stream)).toBe(1);
    },
  );

  it.each(passing)('that stays %s is given up in time, with an error that says so', async (manner) => {
    const impatient = open({ appendTimeoutMs, readTimeoutMs: appendTimeoutMs });
    server.behaviour.manner = manner;
    const event = encodeEvent(testDelivery());
    const started = performance.now();
    const error = await rejection(impatient.append(event));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', context: { refused: false } });
    expect(performance.now() - started).toBeLessThan(appendTimeoutMs * 2);
    server.behaviour.manner = 'serve';
    expect(await impatient.append(event)).toMatchObject({ outcome: 'stored' });
    expect(copies(event.stream)).toBe(1);
  });

  it.each(passing.filter((manner) => manner !== 'stall-after-append'))(
    'that stays %s is not read for ever',
    async (manner) => {
      const impatient = open({ readTimeoutMs: appendTimeoutMs });
      server.behaviour.manner = manner;
      const calls = [
        impatient.readStreams(['pushledger.test-1', 'pushledger.test-2']),
        impatient.readBody('pushledger.test-1'),
        impatient.readPage(startOfLog, 10),
        impatient.head(),
        impatient.countCorrelated('c', 'PushRedelivered', 10),
      ];
      for (const error of await Promise.all(calls.map(rejection))) {
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      }
    },
  );

  it.each<Manner>(['unauthenticated', 'access-denied'])('that is %s is not asked twice', async (manner) => {
    server.behaviour.manner = manner;
    expect(await rejection(store.append(encodeEvent(testDelivery())))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(server.behaviour.counts.appends).toBe(1);
  });

  it.each(['exception', 'unknown'] as const)(
    'that refuses an event as too large (%s) is not asked twice',
    async (how) => {
      server.behaviour.maxAppendSize = 100;
      server.behaviour.tooLargeAs = how;
      const error = await rejection(store.append(encodeEvent(testDelivery())));
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', context: { refused: true } });
      expect(server.behaviour.counts.appends).toBe(1);
    },
  );

  it('takes an append again when it takes connections again', async () => {
    await server.refuse();
    const event = encodeEvent(testDelivery());
    const appending = store.append(event);
    const reading = store.head();
    await server.accept();
    expect(await appending).toMatchObject({ outcome: 'stored' });
    expect(await reading).toBeTypeOf('bigint');
    expect(copies(event.stream)).toBe(1);
  });

  it('that takes no connection is given up in time', async () => {
    const impatient = open({ appendTimeoutMs, readTimeoutMs: appendTimeoutMs });
    await server.refuse();
    const error = await rejection(impatient.append(encodeEvent(testDelivery())));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(String(error)).toContain('ECONNREFUSED');
    await rejection(impatient.head());
    await server.accept();
    expect(await impatient.append(encodeEvent(testDelivery()))).toMatchObject({ outcome: 'stored' });
  });

  it('loses and doubles nothing when its connections are cut under load', async () => {
    const events = encodedEvents(400);
    const appending = Promise.all(events.map((event) => store.append(event)));
    for (const share of [50, 150, 250]) {
      await until('some more appends', () => server.behaviour.counts.appends > share);
      server.cut();
    }
    const outcomes = await appending;
    expect(outcomes.every(({ outcome }) => outcome === 'stored')).toBe(true);
    expect(events.map(({ stream }) => copies(stream))).toEqual(events.map(() => 1));
  });

  it('may answer late', async () => {
    server.behaviour.delayMs = 150;
    const event = encodeEvent(testDelivery());
    expect(await store.append(event)).toMatchObject({ outcome: 'stored' });
    expect(await store.readStreams([event.stream])).toHaveLength(1);
  });

  it.each([30_000, -30_000])('may have a clock that is %i ms off', async (offset) => {
    server.behaviour.clockOffsetMs = offset;
    const events = encodedEvents(20);
    const outcomes = await Promise.all(events.map((event) => store.append(event)));
    expect(outcomes.every(({ outcome }) => outcome === 'stored')).toBe(true);
    expect((await store.readPage(startOfLog, 100)).events).toHaveLength(20);
  });

  it('is reached over another connection when one has died in silence, without waiting for the keep-alive', async () => {
    const hole = await startBlackHole(server.port);
    const behind = openStore(`esdb://127.0.0.1:${hole.port}?tls=false`);
    opened.push(behind);
    await behind.append(encodeEvent(testDelivery()));
    await behind.head();
    hole.swallow();
    const event = encodeEvent(testDelivery());
    expect(await behind.append(event)).toMatchObject({ outcome: 'stored' });
    expect(await behind.readStreams([event.stream])).toHaveLength(1);
    expect(copies(event.stream)).toBe(1);
    await hole.close();
  });

  it('is not asked for more than waits for it already', async () => {
    server.behaviour.manner = 'stall';
    const impatient = open({ appendTimeoutMs });
    const event = encodeEvent(testDelivery());
    const waiting = Array.from({ length: 20_000 + 64 }, () => rejection(impatient.append(event)));
    const error = await rejection(impatient.append(event));
    expect(String(error)).toContain('waiting already');
    await Promise.all(waiting);
    expect(server.behaviour.counts.appends).toBeLessThan(1_000);
  });

  it('is told nothing more after close, and close does not wait for its silence for ever', async () => {
    const impatient = open({ appendTimeoutMs });
    server.behaviour.manner = 'stall';
    const accepted = rejection(impatient.append(encodeEvent(testDelivery())));
    await impatient.close();
    expect(await accepted).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await rejection(impatient.append(encodeEvent(testDelivery())))).toMatchObject({
      code: 'SHUTTING_DOWN',
    });
    expect(await rejection(impatient.head())).toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});
