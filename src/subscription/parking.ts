import type { ClientBase, Pool } from 'pg';
import pg from 'pg';
import type { StoredEvent } from '../events/codec.ts';
import type { EventId } from '../events/ids.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';

/** What is kept of an error, in UTF-16 units. */
const maxErrorLength = 2_000;

/** An event that a subscriber could not take. It went on without it. */
export interface ParkedEvent {
  /** The subscriber's name; the table's column is older than its subscribers other than projections. */
  readonly subscriber: string;
  readonly eventId: EventId;
  readonly stream: string;
  readonly type: string;
  readonly error: string;
  readonly attempts: number;
  readonly parkedAt: Date;
  /** Set when a person decided to do without it. */
  readonly skippedAt: Date | null;
}

/**
 * Whether a failure is the event's own: the same would happen however often it is tried. A lost connection, a full
 * disk, a missing table or a moved checkpoint are not: those stop the subscriber until they are mended, and park
 * nothing.
 */
export function isPoison(error: unknown): boolean {
  // Data that does not fit (22), and constraints that it would break (23).
  if (error instanceof pg.DatabaseError) return /^(22|23)/.test(error.code ?? '');
  if (error instanceof CodedError)
    return error.code === 'EVENT_INVALID' || error.code === 'SCHEMA_INCOMPATIBLE';
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

/** Records it in the transaction that moves the checkpoint past it. */
export async function parkEvent(
  transaction: ClientBase,
  parked: { subscriber: string; event: StoredEvent; error: unknown; attempts: number; now: Date },
): Promise<void> {
  const { subscriber, event, error, attempts, now } = parked;
  await transaction.query(
    `insert into pushledger.parked_events (projection, event_id, stream, type, error, attempts, parked_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (projection, event_id) do update
     set error = excluded.error, attempts = excluded.attempts, parked_at = excluded.parked_at, skipped_at = null`,
    [subscriber, event.id, event.stream, event.type, textOf(error), attempts, now],
  );
}

export async function listParked(pool: Pool, subscriber?: string): Promise<ParkedEvent[]> {
  const { rows } = await pool.query<{
    projection: string;
    event_id: EventId;
    stream: string;
    type: string;
    error: string;
    attempts: number;
    parked_at: Date;
    skipped_at: Date | null;
  }>(
    `select * from pushledger.parked_events
     where $1::text is null or projection = $1
     order by projection, parked_at, event_id`,
    [subscriber ?? null],
  );
  return rows.map((row) => ({
    subscriber: row.projection,
    eventId: row.event_id,
    stream: row.stream,
    type: row.type,
    error: row.error,
    attempts: row.attempts,
    parkedAt: row.parked_at,
    skippedAt: row.skipped_at,
  }));
}

/** The streams of all events of a type that a subscriber is without, the decided ones among them. */
export async function parkedStreams(
  pool: Pool,
  subscriber: string,
  type: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ stream: string }>(
    `select stream from pushledger.parked_events where projection = $1 and type = $2`,
    [subscriber, type],
  );
  return new Set(rows.map(({ stream }) => stream));
}

/** @returns false when no such event is parked */
export async function skipParked(
  pool: Pool,
  subscriber: string,
  eventId: string,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update pushledger.parked_events set skipped_at = $3 where projection = $1 and event_id = $2`,
    [subscriber, eventId, now],
  );
  return rowCount === 1;
}

/** @returns false when it is not, or no longer, parked: of two that retry it at once, one gets it */
export async function unpark(
  transaction: ClientBase,
  subscriber: string,
  eventId: EventId,
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `delete from pushledger.parked_events where projection = $1 and event_id = $2`,
    [subscriber, eventId],
  );
  return rowCount === 1;
}

/** Notes that it could not be taken once more, unless somebody else has taken it meanwhile. */
export async function noteFailedRetry(
  pool: Pool,
  { subscriber, eventId }: ParkedEvent,
  error: unknown,
): Promise<void> {
  await pool.query(
    `update pushledger.parked_events set error = $3, attempts = attempts + 1
     where projection = $1 and event_id = $2`,
    [subscriber, eventId, textOf(error)],
  );
}

function textOf(error: unknown): string {
  return messageOf(error).slice(0, maxErrorLength).toWellFormed().replaceAll('\0', '\uFFFD');
}
