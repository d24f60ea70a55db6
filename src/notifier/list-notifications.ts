import type { Pool } from 'pg';
import type { MessageId, PushId } from '../events/ids.ts';
import type { MessageContent } from './content.ts';
import type { NotificationState } from './notification-state.ts';
import { parseContent } from './state.ts';
import * as statements from './statements.ts';

export interface Notification {
  readonly messageId: MessageId;
  readonly version: number;
  readonly room: string;
  readonly pushIds: readonly PushId[];
  readonly state: NotificationState;
  readonly transactionId: string;
  readonly content: MessageContent;
  readonly plannedAt: Date;
  /** Of the last outcome; 0 while there is none. */
  readonly attempts: number;
  readonly remoteId: string | null;
  readonly sentAt: Date | null;
  readonly failedAt: Date | null;
  readonly reason: string | null;
}

interface NotificationRow {
  message_id: MessageId;
  version: number;
  room: string;
  push_ids: PushId[];
  state: NotificationState;
  transaction_id: string;
  content: string;
  planned_at: Date;
  attempts: number;
  remote_id: string | null;
  sent_at: Date | null;
  failed_at: Date | null;
  reason: string | null;
}

export interface NotificationFilter {
  readonly state?: NotificationState | undefined;
  readonly room?: string | undefined;
  readonly limit: number;
}

/** The newest messages first; those of one state or room where it is given. */
export async function listNotifications(
  pool: Pool,
  { state, room, limit }: NotificationFilter,
): Promise<Notification[]> {
  const { rows } = await pool.query<NotificationRow>(...queryOf(state, room, limit));
  return rows.map((row) => ({
    messageId: row.message_id,
    version: row.version,
    room: row.room,
    pushIds: row.push_ids,
    state: row.state,
    transactionId: row.transaction_id,
    content: parseContent(row.content),
    plannedAt: row.planned_at,
    attempts: row.attempts,
    remoteId: row.remote_id,
    sentAt: row.sent_at,
    failedAt: row.failed_at,
    reason: row.reason,
  }));
}

function queryOf(
  state: NotificationState | undefined,
  room: string | undefined,
  limit: number,
): [statement: string, values: unknown[]] {
  if (state && room !== undefined) return [statements.listByRoomAndState, [limit, room, state]];
  if (room !== undefined) return [statements.listByRoom, [limit, room]];
  return state ? [statements.listByState, [limit, state]] : [statements.listAll, [limit]];
}
