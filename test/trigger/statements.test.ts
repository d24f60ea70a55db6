import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as statements from '../../src/trigger/statements.ts';
import { createTriggerLog, type TriggerLog } from './support/harness.ts';

let log: TriggerLog;
const since = new Date(Date.now() - 3_600_000);

// As after a year: many that were triggered, many that are too old, and a little news.
beforeAll(async () => {
  log = await createTriggerLog();
  await log.pool.query(`
    insert into pushledger.triggers
      (push_id, lane, repository, ref, received_at, state, dag, due_since, attempts, failures, retries, run_id)
    select gen_random_uuid(), 'lane ' || n % 50, 'acme/widgets', 'refs/heads/main', now() - n * interval '1 minute',
           case when n % 500 = 0 then 'parked' when n < 20 or n % 3 = 0 then 'due' else 'triggered' end, 'dag',
           now() - n * interval '1 minute', 0, 0, 0, gen_random_uuid()
    from generate_series(1, 20000) as n
  `);
  await log.pool.query(`
    insert into data_factory.runs (run_id) select gen_random_uuid() from generate_series(1, 20000)
  `);
  await log.pool.query('analyze pushledger.triggers, data_factory.runs');
});
afterAll(() => log.close());

it.each([
  ['readTriggers', statements.readTriggers, [[randomUUID()]]],
  ['nextDue', statements.nextDue, [since, ['lane 1'], [`${randomUUID()}.0.0`]]],
  ['stillDue', statements.stillDue, [[randomUUID()], ['x']]],
  ['countOpen', statements.countOpen, [since]],
  ['isTaken', statements.isTaken, [randomUUID()]],
  ['listAll', statements.listAll, [50, since]],
  ['listByState', statements.listByState, [50, since, 'triggered']],
  ['listDue', statements.listDue, [50, since]],
  ['listExpired', statements.listExpired, [50, since]],
  ['readForRetry', statements.readForRetry, [[randomUUID()], since]],
] as const)('%s reads by an index and sorts nothing large', async (name, statement, values) => {
  const { rows } = await log.pool.query<{ 'QUERY PLAN': string }>(`explain ${statement}`, [...values]);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index');
  expect(plan).not.toContain('Seq Scan');
  if (name === 'nextDue' || name === 'listAll' || name === 'listByState') expect(plan).not.toContain('Sort');
});
