import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announcedStatement } from '../../src/dashboard/reads/announcements.ts';
import { formatKey } from '../../src/dashboard/reads/cursor.ts';
import { pushesPerDayStatement, repeatsPerDayStatement } from '../../src/dashboard/reads/heat-map.ts';
import { maxMessages, percentileStatement } from '../../src/dashboard/reads/latency.ts';
import { runsPerDayStatement } from '../../src/dashboard/reads/nodes.ts';
import { notificationStatement, openCountStatement } from '../../src/dashboard/reads/notifications.ts';
import { runStatement } from '../../src/dashboard/reads/runs.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { searchStatement } from '../../src/push-search/statement.ts';
import { createDatabase, type TestDatabase, testPool } from '../support/database.ts';
import { seedPushes } from './support/seed.ts';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.url);
  pool = testPool(database.url, 1);
  await seedPushes(pool, 20_000);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function planOf({ text, values }: { text: string; values: readonly unknown[] }): Promise<string> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, [...values]);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const hour = 3_600_000;
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * hour);
const cursor = formatKey([daysAgo(20), '00000000-0000-4000-8000-000000000000']);

describe('a list goes along an index, and neither scans nor sorts', () => {
  it.each<[string, { text: string; values: readonly unknown[] }, string]>([
    ['ignored pushes', searchStatement({ ignored: true, limit: 51 }), 'pushes_ignored'],
    ['all other pushes', searchStatement({ ignored: false, limit: 51 }), 'pushes_received_at'],
    ['runs', runStatement({ limit: 50 }), 'runs_started_at'],
    ['runs behind a cursor', runStatement({ limit: 50, cursor }), 'runs_started_at'],
    [
      'runs of a node behind a cursor',
      runStatement({ limit: 50, node: 'gitea_push_repo-1', cursor }),
      'runs_of_node',
    ],
    ['messages', notificationStatement({ limit: 50 }), 'notifications_planned_position'],
    ['messages of a state', notificationStatement({ limit: 50, state: 'parked' }), 'notifications_state'],
    [
      'messages of a state behind a cursor',
      notificationStatement({ limit: 50, state: 'sent', cursor: formatKey(['15000']) }),
      'notifications_',
    ],
  ])('%s', async (_what, statement, index) => {
    const plan = await planOf(statement);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });
});

describe('an author is looked for', () => {
  it('among the newest pushes first, which stand in an index', async () => {
    const plan = await planOf(searchStatement({ author: 'user-3', limit: 51 }, 'newest'));
    expect(plan).toContain('pushes_received_at');
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });

  it('by the index of authors then, however many the planner believes there are', async () => {
    const plan = await planOf(searchStatement({ author: 'nobody', limit: 51 }, 'index'));
    expect(plan).toContain('pushes_authors');
    expect(plan).not.toMatch(/Seq Scan|pushes_received_at/);
  });
});

describe('what is counted is found by an index', () => {
  it.each<[string, string, readonly unknown[], string]>([
    [
      'messages of pushes',
      announcedStatement,
      [Array.from({ length: 200 }, () => '00000000-0000-4000-8000-000000000000')],
      'notifications_push_ids',
    ],
    ['open messages', openCountStatement, [], 'notifications_state'],
    [
      'runs per day of some nodes',
      runsPerDayStatement,
      [['gitea_push_repo-150', 'gitea_push_repo-180'], 'UTC', daysAgo(29).toISOString().slice(0, 10)],
      'runs_of_node',
    ],
    [
      'pushes per day of a month',
      pushesPerDayStatement,
      [daysAgo(30), new Date(), 'UTC', 20],
      'pushes_received_at',
    ],
    ['repeated deliveries', repeatsPerDayStatement, [daysAgo(30), new Date(), 'UTC'], 'calls_repeated'],
    [
      'latencies of a day',
      percentileStatement,
      [daysAgo(1), new Date(), maxMessages, 'hour', 'UTC'],
      'notifications_sent',
    ],
  ])('%s', async (_what, text, values, index) => {
    const plan = await planOf({ text, values });
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  });
});

it('a read without an index does scan, so that this test would see it', async () => {
  expect(
    await planOf({ text: `select 1 from pushledger.pushes where pusher_name = $1`, values: ['x'] }),
  ).toContain('Seq Scan');
});
