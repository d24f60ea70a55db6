import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { decodeEvent } from '../../src/events/codec.ts';
import { startOfLog } from '../../src/events/ids.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { dataFactory } from '../../src/projections/data-factory/data-factory.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { pushHistory } from '../../src/projections/push-history/push-history.ts';
import { putChanges } from '../../src/projections/put-rows.ts';
import { livePlace } from '../../src/projections/table.ts';

const pageSize = 1_000;

/** The rows that the audit compares with the events, and the checkpoints that say how far they go. */
export async function projectAll(store: EventStore, pool: Pool): Promise<void> {
  for (const projection of [dataFactory as Projection, pushHistory as Projection]) {
    await projectOne(store, pool, projection);
  }
  await pool.query('analyze');
}

async function projectOne(store: EventStore, pool: Pool, projection: Projection): Promise<void> {
  let after = startOfLog;
  for (;;) {
    const { events } = await store.readPage(after, pageSize);
    const last = events.at(-1);
    if (!last) break;
    const decoded = events.map(decodeEvent).filter((event) => event !== null);
    await inTransaction(pool, async (transaction) => {
      const state = await projection.load(transaction, livePlace, decoded);
      await putChanges(transaction, livePlace, projection.fold(state, decoded));
    });
    after = last.position;
  }
  await pool.query(
    `insert into pushledger.checkpoints (name, ledger_id, store, position) values ($1, $2, $3, $4)`,
    [projection.name, randomUUID(), store.kind, after],
  );
}
