import type { Pool } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliver } from '../../src/demo/deliver.ts';
import { readFixture } from '../../src/demo/deliveries.ts';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase, testPool } from '../support/database.ts';
import type { RunningService } from '../support/service-process.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();
const secret = 'a-secret-for-these-tests';
let database: TestDatabase;
let pool: Pool;
beforeEach(async () => {
  database = await createDatabase();
  pool = testPool(database.url);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const environment = () => ({
  DATABASE_URL: database.url,
  GITEA_WEBHOOK_SECRET: secret,
  LOG_LEVEL: 'debug',
});
const leads = (service: RunningService) =>
  service.log().some(({ msg, leader }) => msg === 'this process leads' && leader === 'projections');
const template = JSON.parse(readFixture('push-force-rewrite').toString()) as Record<string, unknown>;

async function push(service: RunningService, index: number): Promise<void> {
  const body = Buffer.from(
    JSON.stringify({ ...template, after: `c${index.toString(16).padStart(39, '0')}` }),
  );
  const answer = await deliver(`${service.address}/webhook/gitea`, { body, event: 'push', secret });
  expect(answer).toMatchObject({ status: 200, word: 'accepted' });
}

async function counts(): Promise<Record<string, number> | undefined> {
  const { rows } = await pool.query<Record<string, number>>(
    `select (select count(*)::int from data_factory.runs) as runs,
            (select sum(run_count)::int from data_factory.nodes) as counted,
            (select count(*)::int from pushledger.pushes) as pushes,
            (select count(*)::int from call_monitor.calls where function_name = 'ingest.receive') as received`,
  );
  return rows[0];
}
const allOf = (count: number) => ({ runs: count, counted: count, pushes: count, received: count });
async function projectedAll(count: number): Promise<void> {
  await until(`${count} pushes in every table`, async () => (await counts())?.runs === count, 30_000);
  await until(
    'the same in every table',
    async () => JSON.stringify(await counts()) === JSON.stringify(allOf(count)),
  );
}

test('one of two services projects; killed, its work goes to the other within 5 s, and nothing is lost or doubled', {
  timeout: 90_000,
}, async () => {
  const leader = await machine.serve(environment());
  await until('a leader', () => leads(leader), 30_000);
  const second = await machine.serve(environment());
  for (let index = 0; index < 20; index++) await push(index % 2 === 0 ? leader : second, index);
  await projectedAll(20);
  expect(leads(second)).toBe(false);

  // Killed with work on its way.
  const late = Promise.all(Array.from({ length: 60 }, (_, index) => push(second, 100 + index)));
  const killedAt = performance.now();
  await leader.end('SIGKILL');
  await until('another leader', () => leads(second), 5_000);
  await late;
  await push(second, 999);
  await until('the last push', async () => ((await counts())?.runs ?? 0) === 81);
  expect(performance.now() - killedAt).toBeLessThan(5_000);
  await projectedAll(81);
  expect(await counts()).toEqual(allOf(81));
});
