import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import type { PostgresEventStoreOptions } from '../../../src/event-store/postgres/postgres-event-store.ts';
import { encodeEvent, type StoredEvent } from '../../../src/events/codec.ts';
import { createPool } from '../../../src/postgres/pool.ts';
import { until } from '../../support/condition.ts';
import { testDelivery } from '../../support/event-drafts.ts';
import { createPostgresLog, type PostgresLog, silent } from '../support/postgres-log.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

describe('a subscription on PostgreSQL', () => {
  let log: PostgresLog;
  let proxy: TcpProxy;
  let writer: EventStore;
  let stop: AbortController;
  let reading: Promise<void>;
  let store: EventStore;

  beforeAll(async () => {
    log = await createPostgresLog();
    writer = log.open();
  });
  afterAll(() => log.close());
  beforeEach(async () => {
    proxy = await startTcpProxy(log.url);
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await reading;
    await store.close();
    await until('the end of the listener', async () => (await listeners()) === 0);
    await proxy.close();
  });

  /** Follows the log from its end; `listening` tells that the listener's connection stands. */
  async function follow(options: Partial<PostgresEventStoreOptions>): Promise<StoredEvent[]> {
    store = log.open(options);
    const received: StoredEvent[] = [];
    const after = await writer.head();
    reading = (async () => {
      for await (const page of store.subscribe({ after, signal: stop.signal })) received.push(...page.events);
    })();
    return received;
  }
  const listeners = () => log.connections('pushledger listener');
  const listening = () => until('the listener', async () => (await listeners()) === 1);

  /** How many milliseconds an event takes from its append to the subscriber. */
  async function lagMs(received: readonly StoredEvent[]): Promise<number> {
    const event = encodeEvent(testDelivery());
    await writer.append(event);
    const appended = performance.now();
    await until('the event at the subscriber', () => received.some(({ id }) => id === event.id));
    return performance.now() - appended;
  }

  it('gets an event by the hint, long before it would look for itself', async () => {
    const received = await follow({ pollMs: 60_000 });
    await listening();
    expect(await lagMs(received)).toBeLessThan(2_000);
  });

  it('gets an event by looking for itself while there is no listener', async () => {
    proxy.refuse();
    const received = await follow({ databaseUrl: proxy.url, pollMs: 300 });
    for (let n = 0; n < 3; n++) expect(await lagMs(received)).toBeLessThan(2_000);
    expect(await listeners()).toBe(0);
  });

  it('gets what came while the listener was away as soon as it is back, and hints again afterwards', async () => {
    const received = await follow({ databaseUrl: proxy.url, pollMs: 60_000 });
    await listening();
    expect(await lagMs(received)).toBeLessThan(2_000);

    proxy.refuse();
    const missed = encodeEvent(testDelivery());
    await until('the end of the listener', async () => (await listeners()) === 0);
    await writer.append(missed);
    proxy.restore();
    await until('the missed event', () => received.some(({ id }) => id === missed.id));
    await listening();
    expect(await lagMs(received)).toBeLessThan(2_000);
  });

  it('ends promptly though the database is frozen and does not answer its question', async () => {
    const pool = createPool(proxy.url, 'frozen reader', silent);
    const received = await follow({ pool, databaseUrl: proxy.url, pollMs: 50 });
    await lagMs(received);
    await listening();
    proxy.freeze();
    await until('a question without an answer', () => pool.totalCount > 0 && pool.idleCount === 0);
    const start = performance.now();
    stop.abort();
    await reading;
    await store.close();
    expect(performance.now() - start).toBeLessThan(3_000);
    proxy.refuse();
    await pool.end();
  });
});
