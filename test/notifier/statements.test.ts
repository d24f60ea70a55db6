import { afterAll, beforeAll, expect, it } from 'vitest';
import * as statements from '../../src/notifier/statements.ts';
import { createLedger, type Ledger } from './support/harness.ts';

let ledger: Ledger;

// As after a year: many messages that were sent, many old pushes that were never announced, and a little news.
beforeAll(async () => {
  ledger = await createLedger();
  await ledger.pool.query(`
    insert into pushledger.notifications
      (message_id, version, room, push_ids, state, transaction_id, content, planned_at, planned_position)
    select gen_random_uuid(), 1, 'room ' || n % 3, '{}', case when n > 19990 then 'planned' else 'sent' end, n::text,
           '{}', now(), n
    from generate_series(1, 20000) as n
  `);
  await ledger.pool.query(`
    insert into pushledger.due_pushes (push_id, received_at, position)
    select gen_random_uuid(), now() - n * interval '1 minute', n from generate_series(1, 20000) as n
  `);
  await ledger.pool.query('analyze pushledger.notifications, pushledger.due_pushes');
});

afterAll(() => ledger.close());

it.each([
  ['readDue', statements.readDue, [new Date(Date.now() - 3_600_000), [], 100]],
  ['roomsWithPlanned', statements.roomsWithPlanned, []],
  ['nextPlanned', statements.nextPlanned, ['room 1', ['19999']]],
  ['stillPlanned', statements.stillPlanned, [['19999']]],
  ['countOpen', statements.countOpen, []],
  ['listAll', statements.listAll, [50]],
  ['listByState', statements.listByState, [50, 'sent']],
] as const)('%s reads by an index and sorts nothing large', async (name, statement, values) => {
  const { rows } = await ledger.pool.query<{ 'QUERY PLAN': string }>(`explain ${statement}`, [...values]);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index');
  expect(plan).not.toContain('Seq Scan');
  if (name === 'nextPlanned' || name.startsWith('list')) expect(plan).not.toContain('Sort');
});
