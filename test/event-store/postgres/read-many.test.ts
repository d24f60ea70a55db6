import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Position, startOfLog } from '../../../src/events/ids.ts';
import { testPool } from '../../support/database.ts';
import { encodedEvents } from '../../support/event-drafts.ts';
import { createPostgresLog, type PostgresLog } from '../support/postgres-log.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

describe('a page of many events', () => {
  let log: PostgresLog;
  let proxy: TcpProxy;

  beforeAll(async () => {
    log = await createPostgresLog();
    const store = log.open();
    await Promise.all(encodedEvents(600).map((event) => store.append(event)));
  });
  afterAll(() => log.close());
  beforeEach(async () => {
    proxy = await startTcpProxy(log.url);
  });
  afterEach(() => proxy.close());

  it('holds the same events as small pages do, in the same order', async () => {
    const store = log.open();
    const small = [];
    let after: Position = startOfLog;
    for (;;) {
      const { events } = await store.readPage(after, 100);
      small.push(...events);
      const last = events.at(-1);
      if (!last) break;
      after = last.position;
    }
    const { events, caughtUp } = await store.readPage(startOfLog, 1_000);
    expect(events).toHaveLength(600);
    // As copies: what becomes text when it is asked for is part of them.
    expect(events.map((event) => ({ ...event }))).toEqual(small);
    expect(caughtUp).toBe(true);
  });

  it('goes on behind a position, and says whether there is more', async () => {
    const store = log.open();
    const first = await store.readPage(startOfLog, 500);
    expect(first.events).toHaveLength(500);
    expect(first.caughtUp).toBe(false);
    const rest = await store.readPage(first.events[499]?.position ?? startOfLog, 500);
    expect(rest.events).toHaveLength(100);
    expect(rest.caughtUp).toBe(true);
    const none = await store.readPage(rest.events[99]?.position ?? startOfLog, 500);
    expect(none).toEqual({ events: [], caughtUp: true });
  });

  it('is refused as unavailable while the database is away, and can be read when it is back', async () => {
    const pool = testPool(proxy.url);
    try {
      const store = log.open({ pool });
      await store.readPage(startOfLog, 500);
      proxy.refuse();
      await expect(store.readPage(startOfLog, 500)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      proxy.restore();
      expect((await store.readPage(startOfLog, 500)).events).toHaveLength(500);
    } finally {
      await pool.end();
    }
  });
});
