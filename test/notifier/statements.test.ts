import { afterAll, beforeAll, expect, it } from 'vitest';
import * as recording from '../../src/notifier/record-statements.ts';
import * as statements from '../../src/notifier/statements.ts';
import { createLedger, type Ledger } from './support/harness.ts';

let ledger: Ledger;

// As after a year: many messages that were sent, many old pushes that were never announced, and a little news.
beforeAll(async () => {
  ledger = await createLedger();
  await ledger.pool.query(`
    insert into pushledger.notifications
      (message_id, version, room, push_ids, state, transaction_id, content, planned_at, planned_position, sent_at,
       device)
    select gen_random_uuid(), 1, 'room ' || n % 3, array[gen_random_uuid()],
           case when n > 19990 then 'planned' when n < 10 then 'parked' else 'sent' end, n::text, '{}', now(), n,
           case when n <= 19990 then now() - (20000 - n) * interval '1 minute' end, 'DEVICE'
    from generate_series(1, 20000) as n
  `);
  await ledger.pool.query(`
    insert into pushledger.due_pushes (push_id, received_at, recorded_at, position, repository)
    select gen_random_uuid(), now() - n * interval '1 minute', now() - n * interval '1 minute', n, 'gitea 1'
    from generate_series(1, 20000) as n
  `);
  await ledger.pool.query(`
    insert into pushledger.notification_windows (room, repository, message_id)
    select 'room ' || n % 3, 'gitea ' || n, gen_random_uuid() from generate_series(1, 5000) as n
  `);
  await ledger.pool.query(`
    insert into pushledger.enriched_pushes (push_id, recorded_at)
    select push_ids[1], coalesce(sent_at, now()) from pushledger.notifications
  `);
  await ledger.pool.query(`
    insert into pushledger.due_refreshes (message_id, recorded_at)
    select message_id, coalesce(sent_at, now()) from pushledger.notifications where planned_position % 2 = 0
  `);
  await ledger.pool.query('vacuum analyze pushledger.notifications');
  await ledger.pool.query(
    'analyze pushledger.due_pushes, pushledger.notification_windows, pushledger.enriched_pushes, pushledger.due_refreshes',
  );
});

afterAll(() => ledger.close());

const anyId = '00000000-0000-4000-8000-000000000000';
const anHourAgo = new Date(Date.now() - 3_600_000);

it.each([
  ['readDue', statements.readDue, [anHourAgo, []]],
  ['readWindows', statements.readWindows, [['gitea 7']]],
  ['readRefreshes', statements.readRefreshes, [anHourAgo]],
  ['readVersions', statements.readVersions, [[anyId]]],
  ['readLastVersions', statements.readLastVersions, [[anyId]]],
  ['readPending', statements.readPending, []],
  ['readSent', statements.readSent, [anHourAgo, 200]],
  ['countVersions', statements.countVersions, [[anyId], [1]]],
  ['readLastDevice', statements.readLastDevice, []],
  ['readNaming', recording.readNaming, [[anyId]]],
  ['settle', recording.settle, [[anyId]]],
  ['deleteRefreshes', recording.deleteRefreshes, [[anyId]]],
  ['insertRefreshes', recording.insertRefreshes, [[anyId]]],
  ['roomsWithPlanned', statements.roomsWithPlanned, []],
  ['nextPlanned', statements.nextPlanned, ['room 1', ['19999#0']]],
  ['stillPlanned', statements.stillPlanned, [['19999#0']]],
  ['countOpen', statements.countOpen, []],
  ['listAll', statements.listAll, [50]],
  ['listByState', statements.listByState, [50, 'sent']],
  ['listByRoom', statements.listByRoom, [50, 'room 1']],
  ['listByRoomAndState', statements.listByRoomAndState, [50, 'room 1', 'sent']],
  ['readParked', statements.readParked, []],
  ['readVersionsToRetry', statements.readVersionsToRetry, [[anyId]]],
] as const)('%s reads by an index and sorts nothing large', async (name, statement, values) => {
  const { rows } = await ledger.pool.query<{ 'QUERY PLAN': string }>(`explain ${statement}`, [...values]);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index');
  expect(plan).not.toContain('Seq Scan');
  if (name === 'nextPlanned' || name.startsWith('list')) expect(plan).not.toContain('Sort');
});
