import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import type { Position } from '../../../src/events/ids.ts';
import { rejection, until } from '../../support/condition.ts';
import { mixedDrafts } from '../support/facts.ts';
import {
  createProjectedLog,
  noDifference,
  type ProjectedLog,
  type Rows,
  sumOf,
} from '../support/projected-log.ts';

let projected: ProjectedLog;
let right: Rows;
beforeEach(async () => {
  projected = await createProjectedLog();
  await projected.append(...mixedDrafts(20));
  await projected.project();
  right = await projected.rows();
});
afterEach(() => projected.close());

/** Notes behind which positions the log is read. */
function watched(): { store: EventStore; asked: Position[] } {
  const asked: Position[] = [];
  const store: EventStore = {
    ...projected.store,
    readPage(after, limit) {
      asked.push(after);
      return projected.store.readPage(after, limit);
    },
  };
  return { store, asked };
}

test('ended while it builds, it has changed nothing', async () => {
  await projected.admin.query(`update data_factory.nodes set name = 'lies'`);
  const wrong = await projected.rows();
  const stop = new AbortController();
  const reason = new Error('stopped by SIGINT');
  const ended = projected.rebuild({ signal: stop.signal, onProgress: () => stop.abort(reason) });
  expect(await rejection(ended)).toBe(reason);
  expect(await projected.rows()).toEqual(wrong);
});

test('the next one goes on behind what was built', async () => {
  await projected.admin.query(`update data_factory.nodes set name = 'lies'`);
  await projected.leaveBuilt(10n);
  const { store, asked } = watched();
  expect(sumOf(await projected.rebuild({ store }))).toEqual({ added: 0, changed: 3, removed: 0 });
  expect(asked[0]).toBe(10n);
  expect(await projected.rows()).toEqual(right);
  expect(await projected.shadows()).toEqual([]);
});

test('events that came between two tries are in it', async () => {
  await projected.leaveBuilt(10n);
  await projected.append(...mixedDrafts(5, { position: 60 }));
  await projected.project();
  expect(sumOf(await projected.rebuild())).toEqual(noDifference);
});

test('what was built for another ledger, or for a store with other positions, is not used', async () => {
  for (const spoil of [
    `update pushledger_rebuild_data_factory.progress_data_factory set ledger_id = '${randomUUID()}'`,
    `update pushledger_rebuild_data_factory.progress_data_factory set store = 'kurrentdb'`,
    `update pushledger_rebuild_data_factory.progress_data_factory set position = position + 2`,
    `update pushledger_rebuild_data_factory.progress_data_factory set event_id = '${randomUUID()}'`,
  ]) {
    await projected.leaveBuilt(10n);
    // A row that only a new beginning removes.
    await projected.admin.query(`${spoil}; update pushledger_rebuild_data_factory.runs set message = 'old'`);
    expect(sumOf(await projected.rebuild())).toEqual(noDifference);
  }
});

test('a shadow that is beyond the live tables is dropped, and the next try begins anew', async () => {
  await projected.leaveBuilt(10n);
  await projected.admin.query(
    `update pushledger.checkpoints set position = 1, event_id = null, stream = null where name = 'data_factory'`,
  );
  await expect(projected.rebuild()).rejects.toMatchObject({ code: 'CHECKPOINT_CONFLICT' });
  await projected.rebuild();
  await projected.project();
  expect(await projected.rows()).toEqual(right);
});

test('its connection lost in the middle, it says so, has changed nothing, and goes on when it is called again', async () => {
  await projected.admin.query(`update data_factory.nodes set name = 'lies'`);
  const wrong = await projected.rows();
  let reads = 0;
  const store: EventStore = {
    ...projected.store,
    async readPage(after, limit) {
      if (++reads === 2) {
        await projected.admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = 'pushledger rebuild'`,
        );
      }
      return projected.store.readPage(after, limit);
    },
  };
  await expect(projected.rebuild({ store })).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('No live table was changed by halves'),
  });
  expect(await projected.rows()).toEqual(wrong);
  await projected.rebuild();
  expect(await projected.rows()).toEqual(right);
});

test.each([
  ['while it waits for the checkpoint', 'select 1 from pushledger.checkpoints for update'],
  ['while it changes the live tables', `lock table data_factory.runs in share mode`],
])('ended %s, it changes nothing', async (_, hold) => {
  await projected.admin.query(
    `update data_factory.nodes set name = 'lies'; update data_factory.runs set message = 'lies'`,
  );
  const wrong = await projected.rows();
  await projected.admin.query(`begin; ${hold}`);
  const stop = new AbortController();
  const ended = rejection(projected.rebuild({ signal: stop.signal }));
  await until('a rebuild that waits', async () => {
    const { rows } = await projected.pool.query(
      `select 1 from pg_stat_activity
       where datname = current_database() and application_name = 'pushledger rebuild' and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  const reason = new Error('stopped by SIGINT');
  stop.abort(reason);
  expect(await ended).toBe(reason);
  await projected.admin.query(`rollback`);
  expect(await projected.rows()).toEqual(wrong);
  await projected.rebuild();
  expect(await projected.rows()).toEqual(right);
});

test('of two rebuilds of one projection the second is refused, and leaves the first alone', async () => {
  await projected.admin.query(`update data_factory.nodes set name = 'lies'`);
  await projected.admin.query(`begin; select 1 from pushledger.checkpoints for update`);
  const first = projected.rebuild();
  await until('a rebuild that waits for the checkpoint', async () => {
    const { rows } = await projected.pool.query(
      `select 1 from pg_stat_activity
       where datname = current_database() and application_name = 'pushledger rebuild' and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  await expect(projected.rebuild()).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
  await projected.admin.query(`rollback`);
  expect(sumOf(await first)).toEqual({ added: 0, changed: 3, removed: 0 });
  expect(await projected.rows()).toEqual(right);
});
