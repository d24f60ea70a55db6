import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore, MovableEventStore } from '../../src/event-store/event-store.ts';
import type { StoredEvent } from '../../src/events/codec.ts';
import { type LedgerId, type Position, startOfLog } from '../../src/events/ids.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import {
  advanceCheckpoint,
  allCheckpoints,
  type LogIdentity,
  loadCheckpoint,
} from '../../src/subscription/checkpoint.ts';
import { moveCheckpoints, refuseMovedCheckpoints } from '../../src/subscription/move-checkpoints.ts';
import { runSubscriber } from '../../src/subscription/run-subscriber.ts';
import type { SubscriberStatus } from '../../src/subscription/subscriber.ts';
import { createPostgresLog, type PostgresLog, silent } from '../event-store/support/postgres-log.ts';
import { rejection, until } from '../support/condition.ts';
import { encodedEvents } from '../support/event-drafts.ts';

describe('moving checkpoints to a copy of the log', () => {
  let here: PostgresLog;
  let there: PostgresLog;
  let old: MovableEventStore;
  let copy: MovableEventStore;
  /** As the old store has them. */
  let events: readonly StoredEvent[];
  let moved: number;
  const log: LogIdentity = { ledgerId: randomUUID() as LedgerId, store: 'postgres' };
  const elsewhere: LogIdentity = { ...log, store: 'kurrentdb' };

  // Two stores of one kind, in which the same events stand at other positions.
  beforeEach(async () => {
    [here, there] = await Promise.all([createPostgresLog(), createPostgresLog()]);
    [old, copy] = [here.open(), there.open()];
    await there.admin.query(`select nextval(pg_get_serial_sequence('pushledger.events', 'position'))`);
    const encoded = encodedEvents(5);
    await old.appendInOrder(encoded);
    await copy.appendInOrder(encoded.slice(0, 4));
    events = (await old.readPage(startOfLog, 10)).events;
    moved = 0;
  });
  afterEach(() => Promise.all([here.close(), there.close()]));

  const eventAt = (index: number): StoredEvent => {
    const event = events[index];
    if (!event) throw new Error(`there is no event ${index}`);
    return event;
  };
  /** A checkpoint that has handled the event with this index; null for the start of the log. */
  async function checkpoint(name: string, index: number | null) {
    await inTransaction(here.pool, async (client) => {
      await loadCheckpoint(client, name, log);
      if (index !== null)
        await advanceCheckpoint(client, { name, log, from: startOfLog, last: eventAt(index) });
    });
  }
  const positions = async () =>
    (await inTransaction(here.pool, allCheckpoints)).map(({ name, position, log: { store } }) => [
      name,
      position,
      store,
    ]);
  const move = (store: EventStore = copy, to: LogIdentity = log, onMove = async () => void moved++) =>
    moveCheckpoints({ pool: here.pool, store, log: to, logger: silent, onMove });

  it('brings each to where its event stands there, and leaves the start of the log alone', async () => {
    await checkpoint('a', 3);
    await checkpoint('b', 0);
    await checkpoint('c', null);
    await move(copy, elsewhere);
    const { events: copied } = await copy.readPage(startOfLog, 10);
    expect(copied[3]?.position).not.toBe(eventAt(3).position);
    expect(await positions()).toEqual([
      ['a', copied[3]?.position, 'kurrentdb'],
      ['b', copied[0]?.position, 'kurrentdb'],
      ['c', startOfLog, 'kurrentdb'],
    ]);
    expect(moved).toBe(1);
  });

  it('sees a move between two stores of one kind', async () => {
    await checkpoint('a', 3);
    await move();
    expect(await positions()).toEqual([
      ['a', (await copy.readPage(startOfLog, 10)).events[3]?.position, 'postgres'],
    ]);
    expect(moved).toBe(1);
  });

  it('does nothing where all stand where they should', async () => {
    await checkpoint('a', 3);
    await checkpoint('b', null);
    const before = await positions();
    await move(old);
    expect(await positions()).toEqual(before);
    expect(moved).toBe(0);
  });

  it('moves none when the copy lacks the event of one, and says what to do', async () => {
    await checkpoint('a', 3);
    await checkpoint('b', 4);
    const before = await positions();
    const error = await rejection(move(copy, elsewhere));
    expect(error).toMatchObject({ code: 'LEDGER_MISMATCH' });
    for (const part of [
      'b has handled event',
      eventAt(4).id,
      eventAt(4).stream,
      'store copy',
      'EVENT_STORE_URL',
    ]) {
      expect(String(error)).toContain(part);
    }
    expect(await positions()).toEqual(before);
  });

  it('takes another event in the stream for another log', async () => {
    await checkpoint('a', 3);
    const changed: EventStore = {
      ...copy,
      readStreams: async (streams) =>
        (await copy.readStreams(streams)).map((event) => ({ ...event, id: eventAt(0).id })),
    };
    expect(await rejection(move(changed))).toMatchObject({ code: 'LEDGER_MISMATCH' });
  });

  it('moves none to another ledger', async () => {
    await checkpoint('a', null);
    const other = { ...log, ledgerId: randomUUID() as LedgerId };
    expect(await rejection(move(copy, other))).toMatchObject({ code: 'LEDGER_MISMATCH' });
    expect(await positions()).toEqual([['a', startOfLog, 'postgres']]);
  });

  it('moves none while a process on the old store still moves one', async () => {
    await checkpoint('a', 0);
    await checkpoint('b', 1);
    const racing: EventStore = {
      ...copy,
      async readStreams(streams) {
        await inTransaction(here.pool, (client) =>
          advanceCheckpoint(client, { name: 'b', log, from: eventAt(1).position, last: eventAt(2) }),
        );
        return copy.readStreams(streams);
      },
    };
    const error = await rejection(move(racing));
    expect(error).toMatchObject({ code: 'CHECKPOINT_CONFLICT' });
    expect(String(error)).toContain('stop every process');
    expect(await positions()).toEqual([
      ['a', eventAt(0).position, 'postgres'],
      ['b', eventAt(2).position, 'postgres'],
    ]);
  });

  it('moves none when what else keeps positions cannot follow', async () => {
    await checkpoint('a', 3);
    const failing = move(copy, log, () => Promise.reject(new Error('no')));
    expect(await rejection(failing)).toMatchObject({ message: 'no' });
    expect(await positions()).toEqual([['a', eventAt(3).position, 'postgres']]);
  });

  it('is left to `serve`: a command that only looks is refused and told so', async () => {
    await checkpoint('a', 3);
    const look = async (store: EventStore, of: LogIdentity) =>
      refuseMovedCheckpoints(store, of, await inTransaction(here.pool, allCheckpoints));
    await look(old, log);
    for (const of of [log, elsewhere]) {
      const error = await rejection(look(copy, of));
      expect(error).toMatchObject({ code: 'LEDGER_MISMATCH' });
      expect(String(error)).toContain('serve');
    }
    expect(await positions()).toEqual([['a', eventAt(3).position, 'postgres']]);
  });

  it('stops a subscriber that still follows the old store, which then handles nothing', async () => {
    await checkpoint('a', 1);
    await move();
    const stop = new AbortController();
    const statuses: SubscriberStatus[] = [];
    const handled: unknown[] = [];
    const running = runSubscriber({
      subscriber: { name: 'a', handle: async (_, page) => void handled.push(...page) },
      store: old,
      pool: here.pool,
      log,
      clock: systemClock,
      logger: silent,
      signal: stop.signal,
      onStatus: (status) => statuses.push(status),
    });
    await until('two failures', () => statuses.filter(({ error }) => error !== null).length >= 2);
    stop.abort();
    await running;
    expect(statuses.at(-1)?.error).toContain('belongs to another ledger: a stands at position');
    expect(handled).toEqual([]);
    const position: Position | undefined = (await copy.readPage(startOfLog, 10)).events[1]?.position;
    expect(await positions()).toEqual([['a', position, 'postgres']]);
  });
});
