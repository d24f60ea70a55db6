import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { type Position, startOfLog } from '../../src/events/ids.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { type LogIdentity, loadCheckpoint } from '../../src/subscription/checkpoint.ts';
import { openLedger } from '../../src/subscription/ledger.ts';
import { listParked } from '../../src/subscription/parking.ts';
import { type Taker, takePage } from '../../src/subscription/take-page.ts';
import { createPostgresLog, type PostgresLog, silent } from '../event-store/support/postgres-log.ts';
import { hastyClock } from '../projections/support/projected-log.ts';
import { rejection } from '../support/condition.ts';
import { encodedEvents } from '../support/event-drafts.ts';
import { undecodable } from '../support/undecodable.ts';

let postgres: PostgresLog;
let store: EventStore;
let log: LogIdentity;
beforeEach(async () => {
  postgres = await createPostgresLog();
  store = postgres.open();
  await postgres.admin.query('create table seen (nr int generated always as identity, event_id uuid)');
  const { ledgerId } = await openLedger(store, hastyClock.now(), 'gitea.test');
  log = { ledgerId, store: store.kind };
  await inTransaction(postgres.pool, (client) => loadCheckpoint(client, 'seen', log));
});
afterEach(() => postgres.close());

/** Notes what it gets. */
const taker: Taker = {
  name: 'seen',
  async handle(transaction, events) {
    await transaction.query('insert into seen (event_id) select * from unnest($1::uuid[])', [
      events.map(({ id }) => id),
    ]);
  },
};

async function take(change: Partial<Taker> = {}): Promise<Position> {
  const { pool } = postgres;
  const context = { pool, log, clock: hastyClock, logger: silent, signal: new AbortController().signal };
  const from = await position();
  const { events } = await store.readPage(from, 100);
  return takePage(context, { ...taker, ...change }, from, events);
}
async function append(count: number): Promise<string[]> {
  const events = encodedEvents(count);
  for (const event of events) await store.append(event);
  return events.map(({ id }) => id);
}
async function position(): Promise<Position> {
  const { rows } = await postgres.admin.query<{ position: string }>(
    `select position from pushledger.checkpoints where name = 'seen'`,
  );
  return BigInt(rows[0]?.position ?? 0) as Position;
}
/** But for the first, `LedgerCreated`. */
async function seen(): Promise<string[]> {
  const { rows } = await postgres.admin.query<{ event_id: string }>('select event_id from seen order by nr');
  return rows.slice(1).map((row) => row.event_id);
}
/** Whatever is parked, this happens to its transaction when it is about to be committed. */
async function beforeCommit(happens: string): Promise<void> {
  await postgres.admin.query(`
    create function at_commit() returns trigger language plpgsql as $$ begin ${happens}; return null; end $$;
    create constraint trigger at_commit after insert or update on pushledger.parked_events
      deferrable initially deferred for each row execute function at_commit()`);
}
const parkedIds = async () => (await listParked(postgres.pool)).map(({ eventId }) => eventId);

describe('an event that cannot be taken', () => {
  test.each([
    ['first', 0],
    ['in the middle', 3],
    ['last', 6],
  ])('is parked where it comes %s in the page, and the others are taken once', async (_, place) => {
    const ids = await append(place);
    const bad = undecodable();
    await store.append(bad);
    ids.push(...(await append(6 - place)));
    expect(await take()).toBe(await store.head());
    expect(await seen()).toEqual(ids);
    expect(await position()).toBe(await store.head());
    expect(await listParked(postgres.pool)).toMatchObject([
      { subscriber: 'seen', eventId: bad.id, attempts: 3, parkedAt: hastyClock.now(), skippedAt: null },
    ]);
  });

  test('is passed over, and not parked, where its type is none that is wanted', async () => {
    const bad = undecodable('HookInstalled');
    await store.append(bad);
    const ids = await append(2);
    await take({ types: new Set(['TestDeliveryReceived', 'LedgerCreated']) });
    expect(await seen()).toEqual(ids);
    expect(await position()).toBe(await store.head());
    expect(await parkedIds()).toEqual([]);
  });

  test.each([
    ['fails', `raise exception 'the disk is full' using errcode = '53100'`, 'the disk is full'],
    ['is killed', 'perform pg_terminate_backend(pg_backend_pid())', 'terminat'],
  ])(
    'is neither parked nor passed over where the transaction that does both %s at its end',
    async (_, happens, text) => {
      const before = await append(2);
      const bad = undecodable();
      await store.append(bad);
      const behind = await append(2);
      await beforeCommit(happens);
      expect(String(await rejection(take()))).toContain(text);
      // What came before it is taken; it and what comes behind it are not, and nothing is lost.
      expect(await seen()).toEqual(before);
      const { events } = await store.readPage(await position(), 10);
      expect(events.map(({ id }) => id)).toEqual([bad.id, ...behind]);
      expect(await parkedIds()).toEqual([]);

      await postgres.admin.query('drop function at_commit cascade');
      await take();
      expect(await seen()).toEqual([...before, ...behind]);
      expect(await parkedIds()).toEqual([bad.id]);
    },
  );

  test('is not parked by a process that may not write any more', async () => {
    await store.append(undecodable());
    const fence = () => Promise.reject(new Error('another version took over'));
    await expect(take({ fence })).rejects.toThrow('another version took over');
    expect(await parkedIds()).toEqual([]);
    expect(await position()).toBe(startOfLog);
  });
});

describe('a failure that is not the event’s own', () => {
  test.each([
    ['a table that is gone', 'alter table seen rename to away', 'does not exist'],
    [
      'a checkpoint that another process moved',
      'update pushledger.checkpoints set position = 1',
      'no longer at',
    ],
  ])('parks nothing, and moves nothing: %s', async (_, happens, text) => {
    await append(3);
    const handle: Taker['handle'] = async (transaction, events) => {
      await taker.handle(transaction, events);
    };
    const from = await position();
    const { events } = await store.readPage(from, 100);
    await postgres.admin.query(happens);
    const context = {
      ...{ pool: postgres.pool, log, clock: hastyClock, logger: silent },
      signal: new AbortController().signal,
    };
    await expect(takePage(context, { name: 'seen', handle }, from, events)).rejects.toThrow(text);
    expect(await parkedIds()).toEqual([]);
  });

  test('parks nothing where the connection is cut, and the page is whole at the next try', async () => {
    const ids = await append(3);
    let cut = false;
    const handle: Taker['handle'] = async (transaction, events) => {
      await taker.handle(transaction, events);
      if (cut) return;
      cut = true;
      await transaction.query('select pg_terminate_backend(pg_backend_pid())');
    };
    await rejection(take({ handle }));
    expect(await parkedIds()).toEqual([]);
    expect(await position()).toBe(startOfLog);
    await take({ handle });
    expect(await seen()).toEqual(ids);
  });
});
