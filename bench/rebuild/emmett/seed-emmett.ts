import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pino from 'pino';
import { createPostgresEventStore } from '../../../src/event-store/postgres/postgres-event-store.ts';
import type { StoredEvent } from '../../../src/events/codec.ts';
import { type Position, startOfLog } from '../../../src/events/ids.ts';
import { createPool } from '../../../src/postgres/pool.ts';
import { systemClock as clock } from '../../../src/runtime/clock.ts';

const logger = pino({ level: 'warn' });
const pageSize = 1_000;

/**
 * Copies the first pushes of our log into an event store of Emmett in the same database: the same ids and JSON, and a
 * stream for each push as we have it. One after the other: Emmett reads in the order of transactions and goes on by
 * position, so that it could pass over events of concurrent appends.
 *
 * @param emmettUrl the same database, with the settings that Emmett is to have
 */
export async function seedEmmett(databaseUrl: string, emmettUrl: string, count: number): Promise<void> {
  const pool = createPool(databaseUrl, 'bench', logger);
  const ours = createPostgresEventStore({ databaseUrl, pool, clock, logger });
  const theirs = getPostgreSQLEventStore(emmettUrl);
  try {
    let after: Position = startOfLog;
    for (let copied = 0; copied < count; ) {
      const { events } = await ours.readPage(after, pageSize);
      const last = events.at(-1);
      if (!last) throw new Error(`only ${copied} pushes of ${count}`);
      const pushes = events.filter(({ type }) => type === 'PushReceived').slice(0, count - copied);
      for (const push of pushes) await theirs.appendToStream(push.stream, [messageOf(push)]);
      copied += pushes.length;
      after = last.position;
    }
    await pool.query('analyze emt_messages');
  } finally {
    await theirs.close();
    await pool.end();
  }
}

function messageOf({ type, id, data, metadata }: StoredEvent) {
  return { type, data: JSON.parse(data), metadata: { ...JSON.parse(metadata), messageId: id } };
}
