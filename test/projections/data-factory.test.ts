import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/events/event.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { dataFactory } from '../../src/projections/data-factory/data-factory.ts';
import { putChanges } from '../../src/projections/put-rows.ts';
import { livePlace } from '../../src/projections/table.ts';
import { createDatabase, type TestDatabase, testPool } from '../support/database.ts';
import { pushEvent } from '../support/push-event.ts';

describe('data_factory', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createDatabase();
    await migrate(database.url);
    pool = testPool(database.url);
  });
  afterEach(() =>
    pool.query(`truncate data_factory.nodes, data_factory.runs, pushledger.repositories cascade`),
  );
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const project = (events: readonly DomainEvent[]) =>
    inTransaction(pool, async (transaction) => {
      const state = await dataFactory.load(transaction, livePlace, events);
      await putChanges(transaction, livePlace, dataFactory.fold(state, events));
    });

  /** All rows of both tables as Postgres prints them. */
  async function tables(): Promise<{ nodes: string[]; runs: string[] }> {
    const nodes = await pool.query<{ row: string }>(
      `select n::text as row from data_factory.nodes n order by node_id`,
    );
    const runs = await pool.query<{ row: string }>(
      `select r::text as row from data_factory.runs r order by run_id`,
    );
    return { nodes: nodes.rows.map(({ row }) => row), runs: runs.rows.map(({ row }) => row) };
  }

  test('gives the same rows however the log is cut into batches', async () => {
    const event = fc.record({
      repositoryId: fc.integer({ min: 1, max: 4 }),
      fullName: fc.constantFrom('acme/widgets', 'acme/gadgets', 'other/widgets'),
      instance: fc.constantFrom('gitea.test', 'forgejo.test'),
      owner: fc.constantFrom('acme', null),
    });
    const log = fc.array(event, { minLength: 1, maxLength: 25 });
    const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 25, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(log, cuts, async (options, sizes) => {
        const events = options.map((option, index) => pushEvent({ ...option, position: index + 1 }));
        await project(events);
        const atOnce = await tables();
        await pool.query(`truncate data_factory.nodes, data_factory.runs, pushledger.repositories cascade`);
        for (let from = 0, cut = 0; from < events.length; cut++) {
          const size = sizes[cut] ?? 1;
          await project(events.slice(from, from + size));
          from += size;
        }
        expect(await tables()).toEqual(atOnce);
        await pool.query(`truncate data_factory.nodes, data_factory.runs, pushledger.repositories cascade`);
      }),
      { numRuns: 30 },
    );
  });

  test('takes all times from the events', async () => {
    await project([pushEvent({ position: 1 })]);
    const { rows } = await pool.query(`select started_at, finished_at, duration_ms from data_factory.runs`);
    expect(rows).toEqual([
      {
        started_at: new Date('2026-02-03T04:05:01.000Z'),
        finished_at: new Date('2026-02-03T04:05:01.007Z'),
        duration_ms: 7,
      },
    ]);
    const nodes = await pool.query(`select created_at, updated_at, last_run_at from data_factory.nodes`);
    const at = new Date('2026-02-03T04:05:01.000Z');
    expect(nodes.rows).toEqual([{ created_at: at, updated_at: at, last_run_at: at }]);
  });

  test('takes a push that waited longer in the spool than the column can tell', async () => {
    const event = pushEvent({ position: 1 });
    const recordedAt = new Date(Date.parse(event.data.receivedAt) + 40 * 24 * 3_600_000).toISOString();
    await project([{ ...event, metadata: { ...event.metadata, recordedAt } }]);
    const { rows } = await pool.query(`select duration_ms from data_factory.runs`);
    expect(rows).toEqual([{ duration_ms: 2_147_483_647 }]);
  });

  test('keeps the node of a repository that is renamed', async () => {
    await project([pushEvent({ position: 1 })]);
    await project([pushEvent({ position: 2, fullName: 'acme/gadgets' })]);
    const { rows } = await pool.query(
      `select node_id, name, repo_full_name, run_count from data_factory.nodes`,
    );
    expect(rows).toEqual([
      { node_id: 'gitea_push_widgets', name: 'gadgets', repo_full_name: 'acme/gadgets', run_count: '2' },
    ]);
  });

  test('gives the second repository of a name its id besides', async () => {
    await project([pushEvent({ position: 1 }), pushEvent({ position: 2, repositoryId: 43 })]);
    await project([
      pushEvent({ position: 3, repositoryId: 43 }),
      pushEvent({ position: 4, instance: 'forgejo.test' }),
    ]);
    await project([pushEvent({ position: 5, instance: 'third.test' })]);
    const { rows } = await pool.query(`select node_id, run_count from data_factory.nodes order by node_id`);
    expect(rows).toEqual([
      { node_id: 'gitea_push_widgets', run_count: '1' },
      { node_id: 'gitea_push_widgets~42', run_count: '1' },
      { node_id: 'gitea_push_widgets~42@third.test', run_count: '1' },
      { node_id: 'gitea_push_widgets~43', run_count: '2' },
    ]);
  });

  test('records an ignored push as such', async () => {
    await project([pushEvent({ position: 1, ignored: 'pusher gitea-actions' })]);
    const { rows } = await pool.query(`select status from data_factory.runs`);
    expect(rows).toEqual([{ status: 'ignored' }]);
    const nodes = await pool.query(`select last_status, run_count from data_factory.nodes`);
    expect(nodes.rows).toEqual([{ last_status: 'ignored', run_count: '1' }]);
  });

  test('leaves the rows of other programs alone, and takes another name for its own', async () => {
    await pool.query(
      `insert into data_factory.nodes (node_id, name, run_count) values ('gitea_push_widgets', 'theirs', 7)`,
    );
    const event = pushEvent({ position: 1 });
    await pool.query(
      `insert into data_factory.runs (run_id, node_id, message) values ($1, 'gitea_push_widgets', 'theirs')`,
      [event.data.pushId],
    );
    await project([event, pushEvent({ position: 2 })]);
    const nodes = await pool.query(
      `select node_id, name, run_count, recorded_by from data_factory.nodes order by 1`,
    );
    expect(nodes.rows).toEqual([
      { node_id: 'gitea_push_widgets', name: 'theirs', run_count: '7', recorded_by: null },
      { node_id: 'gitea_push_widgets~42', name: 'widgets', run_count: '2', recorded_by: 'pushledger' },
    ]);
    const runs = await pool.query(
      `select message, recorded_by from data_factory.runs order by recorded_by nulls first`,
    );
    expect(runs.rows).toEqual([
      { message: 'theirs', recorded_by: null },
      { message: 'rewritten', recorded_by: 'pushledger' },
    ]);
  });
});
