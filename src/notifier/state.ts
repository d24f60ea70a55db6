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

export async function roomsWithPlanned(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ room: string }>(statements.roomsWithPlanned);
  return rows.map((row) => row.room);
}

/** An attempt to send a message: it may be sent once more each time that it was parked. */
export function attemptKey({
  transactionId,
  failures,
}: Pick<PlannedMessage, 'transactionId' | 'failures'>): string {
  return `${transactionId}#${failures}`;
}

/** The oldest message of a room that is to be sent, but for these attempts. */
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

/** Which of these attempts are of messages whose outcome has not come back from the log. */
export async function stillPlanned(pool: Pool, attempts: Iterable<string>): Promise<Set<string>> {
  const { rows } = await pool.query<{ attempt: string }>(statements.stillPlanned, [[...attempts]]);
  return new Set(rows.map((row) => row.attempt));
}

/** The device that the last message was sent from; null where none is known. */
export async function readLastDevice(pool: Pool): Promise<string | null> {
  const { rows } = await pool.query<{ device: string }>(statements.readLastDevice);
  return rows[0]?.device ?? null;
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
