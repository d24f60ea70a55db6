import type { Pool } from 'pg';
import type { MessageId, PushId } from '../events/ids.ts';
import type { MessageContent } from './content.ts';
import type { OutgoingMessage } from './sender.ts';
import * as statements from './statements.ts';

/** A message whose plan came back from the log. */
export interface PlannedMessage extends OutgoingMessage {
  readonly messageId: MessageId;
  readonly version: number;
  readonly pushIds: readonly PushId[];
  /** How often it was parked before. */
  readonly failures: number;
}

/**
 * Pushes that no message names yet, oldest first.
 *
 * @param since what was received before is left out
 * @param except pushes to leave out
 */
export async function readDue(
  pool: Pool,
  { since, except, limit }: { since: Date; except: Iterable<PushId>; limit: number },
): Promise<PushId[]> {
  const { rows } = await pool.query<{ push_id: PushId }>(statements.readDue, [since, [...except], limit]);
  return rows.map((row) => row.push_id);
}

/** Which of these pushes are due still. */
export async function stillDue(pool: Pool, pushIds: Iterable<PushId>): Promise<Set<PushId>> {
  const { rows } = await pool.query<{ push_id: PushId }>(statements.stillDue, [[...pushIds]]);
  return new Set(rows.map((row) => row.push_id));
}

export async function roomsWithPlanned(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ room: string }>(statements.roomsWithPlanned);
  return rows.map((row) => row.room);
}

/** The oldest message of a room that is to be sent, but for those with these transaction ids. */
export async function nextPlanned(
  pool: Pool,
  room: string,
  except: Iterable<string>,
): Promise<PlannedMessage | null> {
  const { rows } = await pool.query<{
    message_id: MessageId;
    version: number;
    room: string;
    push_ids: PushId[];
    transaction_id: string;
    content: string;
    planned_at: Date;
    failures: number;
  }>(statements.nextPlanned, [room, [...except]]);
  const [row] = rows;
  if (!row) return null;
  return {
    messageId: row.message_id,
    version: row.version,
    room: row.room,
    pushIds: row.push_ids,
    transactionId: row.transaction_id,
    content: parseContent(row.content),
    plannedAt: row.planned_at,
    failures: row.failures,
  };
}

/** Which of these transaction ids belong to messages whose outcome has not come back from the log. */
export async function stillPlanned(pool: Pool, transactionIds: Iterable<string>): Promise<Set<string>> {
  const { rows } = await pool.query<{ transaction_id: string }>(statements.stillPlanned, [
    [...transactionIds],
  ]);
  return new Set(rows.map((row) => row.transaction_id));
}

export interface OpenCounts {
  /** Planned, not sent. */
  readonly pending: number;
  /** Given up until a person looks. */
  readonly parked: number;
}

export async function countOpen(pool: Pool): Promise<OpenCounts> {
  const { rows } = await pool.query<{ pending: number; parked: number }>(statements.countOpen);
  return rows[0] ?? { pending: 0, parked: 0 };
}

/** The text was made from an event whose schema held, by `record` alone. */
export function parseContent(text: string): MessageContent {
  return JSON.parse(text) as MessageContent;
}
