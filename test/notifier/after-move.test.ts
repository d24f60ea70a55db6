import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepOrderAfterMove } from '../../src/notifier/after-move.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { createLedger, type Ledger } from './support/harness.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});
afterAll(() => ledger.close());

it('puts what is there in front of all that a new store can give, in the order that it has', async () => {
  // As in KurrentDB, where positions count bytes; in Postgres the next event may get a much smaller one.
  await ledger.pool.query(`
    insert into pushledger.notifications
      (message_id, version, room, push_ids, state, transaction_id, content, planned_at, planned_position)
    select gen_random_uuid(), 1, 'room', '{}', 'planned', n::text, '{}', now(), 1000000 + (n * 7919) % 1000
    from generate_series(1, 50) as n
  `);
  await ledger.pool.query(`
    insert into pushledger.due_pushes (push_id, received_at, recorded_at, repository, position)
    select gen_random_uuid(), now(), now(), 'gitea 1', 1000000 + (n * 7919) % 1000 from generate_series(1, 50) as n
  `);
  const order = async () => {
    const { rows: messages } = await ledger.pool.query<{ id: string; place: string }>(
      'select message_id as id, planned_position as place from pushledger.notifications order by planned_position',
    );
    const { rows: pushes } = await ledger.pool.query<{ id: string; place: string }>(
      'select push_id as id, position as place from pushledger.due_pushes order by position',
    );
    return [...messages, ...pushes];
  };
  const before = await order();
  for (let moves = 0; moves < 2; moves++) {
    await inTransaction(ledger.pool, keepOrderAfterMove);
    const after = await order();
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(after.map(({ place }) => Number(place))).toEqual(
      [0, 1].flatMap(() => Array.from({ length: 50 }, (_, index) => index - 49)),
    );
  }
});
