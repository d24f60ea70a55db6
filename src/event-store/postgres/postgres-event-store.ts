import type { Pool } from 'pg';
import type { StoredEvent } from '../../events/codec.ts';
import type { EventId, Position } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { EventPage, MovableEventStore } from '../event-store.ts';
import { appendInOrder } from './append-in-order.ts';
import { createBatchWriter } from './batch-writer.ts';
import { type Hints, listenForHints } from './hints.ts';
import { readWhole } from './read-whole.ts';
import * as statements from './statements.ts';
import { subscribe } from './subscribe.ts';

export interface PostgresEventStoreOptions {
  readonly databaseUrl: string;
  /** For reading; writing has a connection of its own, so that no reader can starve it. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly logger: Logger;
  /** @see BatchWriterOptions.appendTimeoutMs */
  readonly appendTimeoutMs?: number;
  /** How often a subscription looks for itself, in milliseconds. */
  readonly pollMs?: number;
}

interface EventRow {
  position: string;
  event_id: string;
  stream: string;
  type: string;
  data: string;
  metadata: string;
}

/** The log in the database that the projections use, for a machine without KurrentDB. */
export function createPostgresEventStore(options: PostgresEventStoreOptions): MovableEventStore {
  const { pool, clock, logger } = options;
  const writer = createBatchWriter({ ...options, appendTimeoutMs: options.appendTimeoutMs ?? 4_000 });
  // Only a process that subscribes needs the listener's connection.
  let hints: Hints | null = null;

  async function query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return (await pool.query<Row>(text, [...values])).rows;
    } catch (cause) {
      throw new CodedError('STORE_UNAVAILABLE', messageOf(cause), { cause });
    }
  }

  async function readPage(after: Position, limit: number): Promise<EventPage> {
    const rows = await query<EventRow>(statements.readPage, [after, limit]);
    return { events: rows.map(storedEvent), caughtUp: rows.length < limit };
  }

  return {
    kind: 'postgres',
    append: (event) => writer.append(event),
    readPage,
    async readWhole(after, limit) {
      try {
        return await readWhole(pool, after, limit);
      } catch (cause) {
        throw new CodedError('STORE_UNAVAILABLE', messageOf(cause), { cause });
      }
    },
    appendInOrder: (events) => appendInOrder(pool, events),
    async readStreams(streams) {
      const rows = await query<EventRow>(statements.readStreams, [streams]);
      return rows.map(storedEvent);
    },
    async readBody(stream) {
      const [row] = await query<{ body: Buffer | null }>(statements.readBody, [stream]);
      return row?.body ?? null;
    },
    async countCorrelated(correlationId, type, atMost) {
      const [row] = await query<{ count: number }>(statements.countCorrelated, [correlationId, type, atMost]);
      return row?.count ?? 0;
    },
    async head() {
      const [row] = await query<{ position: string }>(statements.head, []);
      return BigInt(row?.position ?? 0) as Position;
    },
    subscribe(subscription) {
      hints ??= listenForHints(options.databaseUrl, clock, logger);
      return subscribe({ readPage, hints, clock, logger, pollMs: options.pollMs ?? 1_000 }, subscription);
    },
    async close() {
      await Promise.all([writer.close(), hints?.close()]);
    },
  };
}

function storedEvent(row: EventRow): StoredEvent {
  return {
    type: row.type,
    stream: row.stream,
    id: row.event_id as EventId,
    position: BigInt(row.position) as Position,
    data: row.data,
    metadata: row.metadata,
  };
}
