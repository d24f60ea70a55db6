import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoints } from '../../src/health/report.ts';
import { createProjectedLog, type ProjectedLog } from './support/projected-log.ts';

let projected: ProjectedLog;
beforeAll(async () => {
  projected = await createProjectedLog();
  await projected.admin.query(`
    insert into pushledger.parked_events
    select projection, gen_random_uuid(), 'stream-' || n, 'PushReceived', repeat('e', 200), 3, now(),
           case when n > 3 then now() end
    from generate_series(1, 4000) as n, unnest(array['call_monitor', 'data_factory', 'hooks', 'push_history']) as projection;
    insert into pushledger.checkpoints (name, ledger_id, store, position)
    select name, gen_random_uuid(), 'postgres', 0 from unnest(array['call_monitor', 'data_factory', 'hooks', 'push_history']) as name;
    analyze pushledger.parked_events, pushledger.checkpoints`);
});
afterAll(() => projected.close());

async function planOf(statement: string): Promise<string> {
  const { rows } = await projected.admin.query<{ 'QUERY PLAN': string }>(`explain ${statement}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test('health counts what is parked by an index, however much was skipped', async () => {
  const plan = await planOf(readCheckpoints);
  expect(plan).toMatch(/Index.* parked_events_open/);
  expect(plan).not.toContain('Seq Scan on parked_events');
});

test('a read without an index does scan, so that this test would see it', async () => {
  expect(await planOf(`select 1 from pushledger.parked_events where error = 'x'`)).toContain('Seq Scan');
});
