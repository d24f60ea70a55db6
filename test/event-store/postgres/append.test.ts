import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import { until } from '../../support/condition.ts';
import { encodedEvents, testDelivery } from '../../support/event-drafts.ts';
import { createPostgresLog, type PostgresLog } from '../support/postgres-log.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const unavailable = { code: 'STORE_UNAVAILABLE' };

describe('an append to PostgreSQL', () => {
  let log: PostgresLog;
  let proxy: TcpProxy;

  beforeAll(async () => {
    log = await createPostgresLog();
  });
  afterAll(() => log.close());
  beforeEach(async () => {
    proxy = await startTcpProxy(log.url);
  });
  afterEach(() => proxy.close());

  const openBehindProxy = (appendTimeoutMs: number) => log.open({ databaseUrl: proxy.url, appendTimeoutMs });

  const streamsStored = async (streams: readonly string[]) => (await log.open().readStreams(streams)).length;

  it('stores each event once though the connection was terminated while its batch was being written', async () => {
    const store = log.open();
    const letGo = await log.holdAppends();
    const events = encodedEvents(50);
    const appends = Promise.all(events.map((event) => store.append(event)));
    await log.appendsWaiting(1);
    expect(await log.terminate('pushledger writer')).toBe(1);
    await letGo();
    expect((await appends).every(({ outcome }) => outcome === 'stored')).toBe(true);
    expect(await streamsStored(events.map(({ stream }) => stream))).toBe(50);
  });

  it('stores an event once though the answer to the first attempt was lost after the commit', async () => {
    const store = openBehindProxy(4_000);
    await store.append(encodeEvent(testDelivery()));
    const event = encodeEvent(testDelivery());
    proxy.keepAnswersTo('append-batch');
    const append = store.append(event);
    await until('the commit', async () => (await streamsStored([event.stream])) === 1);
    const before = await log.open().head();
    proxy.restoreWithoutAnswers();
    expect(await append).toEqual({ outcome: 'stored', position: before });
    expect(await log.open().head()).toBe(before);
  });

  it.each(['refuse', 'freeze'] as const)(
    'is rejected in its time when the database is away (%s), and works again when it is back',
    async (mode) => {
      const store = openBehindProxy(400);
      await store.append(encodeEvent(testDelivery()));
      proxy[mode]();
      const start = performance.now();
      const lost = await Promise.allSettled(encodedEvents(3).map((event) => store.append(event)));
      const took = performance.now() - start;
      expect(lost).toMatchObject(Array(3).fill({ status: 'rejected', reason: unavailable }));
      expect(took).toBeGreaterThanOrEqual(390);
      expect(took).toBeLessThan(1_500);

      proxy.restore();
      const back = await until('an append that works again', () =>
        store.append(encodeEvent(testDelivery())).catch(() => null),
      );
      expect(back.outcome).toBe('stored');
    },
  );

  it('is refused at once when too many events wait already', async () => {
    proxy.freeze();
    const store = openBehindProxy(1_000);
    const events = encodedEvents(1);
    const waiting = Promise.allSettled(
      Array.from({ length: 20_001 }, () => store.append(events[0] ?? encodeEvent(testDelivery()))),
    );
    await expect(refusedAtOnce(store)).resolves.toMatch(/20000 appends are waiting already/);
    expect((await waiting).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('is refused at once when too many bytes wait already', async () => {
    proxy.freeze();
    const store = openBehindProxy(1_000);
    // The first is on its way and no longer counts; sixteen more are the bound, with what an event adds to its body.
    const body = new Uint8Array(8 * 1024 * 1024 - 2_000);
    const waiting = Promise.allSettled(encodedEvents(17).map((event) => store.append({ ...event, body })));
    await expect(refusedAtOnce(store, new Uint8Array(40_000))).resolves.toMatch(
      /16 appends are waiting already/,
    );
    expect((await waiting).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('that the database refuses does not take its batch with it', async () => {
    const store = log.open();
    const letGo = await log.holdAppends();
    // The first is a batch of its own; while it is on its way the others become the next.
    const first = store.append(encodeEvent(testDelivery()));
    const [before, bad, after] = encodedEvents(3);
    if (!before || !bad || !after) throw new Error('three events were asked for');
    const appends = [before, { ...bad, metadata: 'a\u0000b' }, after].map((event) => store.append(event));
    const settled = Promise.allSettled(appends);
    await letGo();
    expect(await first).toMatchObject({ outcome: 'stored' });
    expect(await settled).toMatchObject([
      { status: 'fulfilled', value: { outcome: 'stored' } },
      { status: 'rejected', reason: { ...unavailable, message: expect.stringContaining(bad.stream) } },
      { status: 'fulfilled', value: { outcome: 'stored' } },
    ]);
  });

  it.each(['refuse', 'freeze'] as const)(
    'does not keep the store from closing when the database is away (%s)',
    async (mode) => {
      const store = openBehindProxy(400);
      await store.append(encodeEvent(testDelivery()));
      proxy[mode]();
      const start = performance.now();
      await store.close();
      expect(performance.now() - start).toBeLessThan(3_000);
    },
  );

  it('leaves no connection behind that was lost while it was set up', async () => {
    const writers = () => log.connections('pushledger writer');
    await log.terminate('pushledger writer');
    await until('the end of all writers', async () => (await writers()) === 0);
    const store = openBehindProxy(1_000);
    proxy.keepAnswersTo('synchronous_commit');
    await expect(store.append(encodeEvent(testDelivery()))).rejects.toMatchObject(unavailable);
    // It was connected, and is stuck in its first statement.
    expect(proxy.keepsAnswers()).toBe(true);
    await until('the end of that connection', async () => (await writers()) === 0);
  });
});

/** The message with which an append is refused before anything else happens. */
async function refusedAtOnce(store: EventStore, body: Uint8Array | null = null): Promise<string> {
  const refused = store.append({ ...encodeEvent(testDelivery()), body }).then(
    () => 'not refused',
    (error: unknown) => String(error),
  );
  const later = new Promise<string>((resolve) => setImmediate(resolve, 'not refused at once'));
  return Promise.race([refused, later]);
}
