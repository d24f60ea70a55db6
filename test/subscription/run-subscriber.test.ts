import { setImmediate } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { encodeEvent } from '../../src/events/codec.ts';
import type { DomainEvent } from '../../src/events/event.ts';
import type { LedgerId } from '../../src/events/ids.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { openLedger } from '../../src/subscription/ledger.ts';
import { listParked } from '../../src/subscription/parking.ts';
import { runSubscriber } from '../../src/subscription/run-subscriber.ts';
import type { Subscriber, SubscriberStatus } from '../../src/subscription/subscriber.ts';
import { createPostgresLog, type PostgresLog, silent } from '../event-store/support/postgres-log.ts';
import { until } from '../support/condition.ts';
import { encodedEvents, testDelivery } from '../support/event-drafts.ts';
import { undecodable } from '../support/undecodable.ts';

describe('a subscriber', () => {
  let postgres: PostgresLog;
  let store: EventStore;
  let ledgerId: LedgerId;
  let stop: AbortController;
  let running: Promise<void>;
  let statuses: SubscriberStatus[];
  let pauses: number[];

  /** Notes the pauses that were asked for, and takes none. */
  const clock: Clock = {
    now: () => new Date(),
    async sleep(ms, signal) {
      pauses.push(ms);
      await setImmediate();
      signal?.throwIfAborted();
    },
  };

  beforeEach(async () => {
    postgres = await createPostgresLog();
    await postgres.admin.query('create table seen (nr int generated always as identity, event_id uuid)');
    store = postgres.open({ pollMs: 100 });
    stop = new AbortController();
    statuses = [];
    pauses = [];
    ledgerId = (await openLedger(store, clock.now(), 'gitea.test')).ledgerId;
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await postgres.close();
  });

  /** Runs a subscriber that notes in a table what it saw, and then does what the test wants. */
  async function run(
    then: (transaction: PoolClient, events: readonly DomainEvent[]) => unknown = () => null,
  ) {
    const subscriber: Subscriber = {
      name: 'seen',
      async handle(transaction, events) {
        await transaction.query('insert into seen (event_id) select * from unnest($1::uuid[])', [
          events.map(({ id }) => id),
        ]);
        await then(transaction, events);
      },
    };
    running = runSubscriber({
      subscriber,
      store,
      pool: postgres.pool,
      log: { ledgerId, store: store.kind },
      clock,
      logger: silent,
      signal: stop.signal,
      onStatus: (status) => statuses.push(status),
    });
  }

  async function append(count: number): Promise<string[]> {
    const events = encodedEvents(count);
    for (const event of events) await store.append(event);
    return events.map(({ id }) => id);
  }
  const seen = async () => {
    const { rows } = await postgres.admin.query<{ event_id: string }>(
      'select event_id from seen order by nr',
    );
    return rows.map((row) => row.event_id);
  };
  const position = async () => {
    const { rows } = await postgres.admin.query<{ position: string }>(
      `select position from pushledger.checkpoints where name = 'seen'`,
    );
    return BigInt(rows[0]?.position ?? 0);
  };
  const caughtUp = async () => {
    const head = await store.head();
    await until('the subscriber at the head of the log', () => {
      const status = statuses.at(-1);
      return status?.caughtUp === true && status.position >= head;
    });
  };
  const failures = (count: number) => until(`${count} failures`, () => pauses.length >= count);

  it('sees every event once and in order, with its checkpoint at the last one', async () => {
    const ids = await append(20);
    run();
    await caughtUp();
    ids.push(...(await append(20)));
    await caughtUp();
    expect((await seen()).slice(1)).toEqual(ids);
    expect(await position()).toBe(await store.head());
    expect(pauses).toEqual([]);
  });

  it('goes on from its checkpoint when it is started again', async () => {
    await append(3);
    run();
    await caughtUp();
    stop.abort();
    await running;
    stop = new AbortController();
    const before = (await seen()).length;
    const ids = await append(3);
    run();
    await caughtUp();
    expect((await seen()).slice(before)).toEqual(ids);
  });

  it('leaves neither rows nor a moved checkpoint when its handler throws after it has written', async () => {
    let broken = true;
    const ids = await append(5);
    run(() => {
      if (broken) throw new Error('the handler is broken');
    });
    await failures(3);
    expect(await seen()).toEqual([]);
    expect(await position()).toBe(0n);
    expect(statuses.at(-1)).toEqual({
      name: 'seen',
      position: 0n,
      caughtUp: false,
      error: 'the handler is broken',
    });
    broken = false;
    await caughtUp();
    expect((await seen()).slice(1)).toEqual(ids);
    expect(statuses.at(-1)?.error).toBeNull();
  });

  it('pauses longer and longer while nothing works, and starts short again once something did', async () => {
    let broken = true;
    run(() => {
      if (broken) throw new Error('the handler is broken');
    });
    await failures(6);
    broken = false;
    await caughtUp();
    expectDoubling(pauses);

    pauses = [];
    broken = true;
    await append(1);
    await failures(4);
    expectDoubling(pauses);
  });

  it('tells where it stands when it cannot get on from its first page', async () => {
    await append(3);
    run();
    await caughtUp();
    stop.abort();
    await running;
    const stands = await position();
    stop = new AbortController();
    statuses = [];
    await append(1);
    run(() => {
      throw new Error('the handler is broken');
    });
    await until('a status', () => statuses.some(({ error }) => error !== null));
    expect(statuses.at(-1)).toMatchObject({ position: stands, error: 'the handler is broken' });
  });

  it.each(['between two statements', 'in the middle of a statement'])(
    'starts again when its connection is terminated %s, and has everything once',
    async (moment) => {
      let terminations = 0;
      run(async (transaction) => {
        if (terminations++ > 0) return;
        const gone = new Promise((resolve) => transaction.once('end', resolve));
        if (moment === 'between two statements') await postgres.terminate('pushledger reader');
        else await transaction.query('select pg_terminate_backend(pg_backend_pid())');
        await gone;
      });
      const ids = await append(5);
      // Only then is the test's own reading safe: it shares the pool whose connections are terminated.
      await until('the next try', () => terminations > 1);
      await caughtUp();
      expect((await seen()).slice(1)).toEqual(ids);
      expect(await position()).toBe(await store.head());
    },
  );

  it('passes over events of a type that it does not know, and moves on', async () => {
    await store.append({ ...encodeEvent(testDelivery()), type: 'FromTheFuture' });
    const ids = await append(1);
    run();
    await caughtUp();
    expect((await seen()).slice(1)).toEqual(ids);
  });

  it('parks an event that does not fit its schema, says which one, and goes on', async () => {
    const ids = await append(2);
    const bad = undecodable('TestDeliveryReceived');
    await store.append(bad);
    ids.push(...(await append(2)));
    run();
    await caughtUp();
    expect((await seen()).slice(1)).toEqual(ids);
    expect(await position()).toBe(await store.head());
    expect(await listParked(postgres.pool)).toMatchObject([
      {
        subscriber: 'seen',
        eventId: bad.id,
        stream: bad.stream,
        type: 'TestDeliveryReceived',
        attempts: 3,
        error: expect.stringContaining(bad.stream),
        skippedAt: null,
      },
    ]);
    expect(statuses.at(-1)).toMatchObject({ caughtUp: true, error: null });
  });

  it('does nothing on a database whose checkpoints belong to another ledger', async () => {
    await postgres.admin.query(
      `insert into pushledger.checkpoints values ('other', gen_random_uuid(), 'postgres', 0, null)`,
    );
    await append(3);
    run();
    await failures(2);
    expect(statuses.at(-1)?.error).toContain(
      'a checkpoint belongs to another ledger: other stands in ledger',
    );
    expect(await seen()).toEqual([]);
  });

  it('gives way to another one of its name, and neither handles an event twice', async () => {
    const rival = postgres.open({ pollMs: 100 });
    const own = append(30);
    run();
    const first = running;
    run();
    running = Promise.all([first, running]).then(() => undefined);
    const ids = [...(await own), ...(await append(30))];
    await until('all events', async () => (await seen()).length >= ids.length + 1);
    await rival.close();
    expect((await seen()).slice(1)).toEqual(ids);
  });
});

/** Each pause lies in the upper half of a ceiling that doubles, from 100 ms. */
function expectDoubling(pauses: readonly number[]): void {
  for (const [index, pause] of pauses.entries()) {
    const ceiling = Math.min(100 * 2 ** index, 30_000);
    expect(pause).toBeGreaterThanOrEqual(ceiling / 2);
    expect(pause).toBeLessThanOrEqual(ceiling);
  }
}
