import type { Pool } from 'pg';
import * as statements from '../../src/event-store/postgres/statements.ts';
import { createPostgresLog } from '../event-store/support/postgres-log.ts';
import { describeEventStore } from './event-store-contract.ts';
import type { EventStoreHarness } from './harness.ts';

/** So rare that what comes sooner came by a hint. */
const pollMs = 5_000;

async function makeHarness(): Promise<EventStoreHarness> {
  const log = await createPostgresLog();
  const handedOut = countPageRows(log.pool);
  return {
    open: () => log.open({ pollMs }),
    async breakConnections() {
      await log.terminate();
    },
    eventsHandedOut: () => handedOut.rows,
    holdAppends: log.holdAppends,
    close: log.close,
  };
}

/** Counts the rows of every page that is read through the pool. */
function countPageRows(pool: Pool): { readonly rows: number } {
  const counted = { rows: 0 };
  const query = pool.query.bind(pool);
  const counting = async (text: string, values: unknown[]) => {
    const result = await query(text, values);
    if (text === statements.readPage) counted.rows += result.rows.length;
    return result;
  };
  Object.assign(pool, { query: counting });
  return counted;
}

describeEventStore('PostgreSQL', makeHarness, { tellsTakenIds: true, readAhead: 0 });
