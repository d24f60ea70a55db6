import type { Pool } from 'pg';
import type { MessageId, PushId } from '../events/ids.ts';
import type { MessageContent } from './content.ts';
import { parseContent } from './state.ts';
import * as statements from './statements.ts';

export type NotificationState = 'planned' | 'sent' | 'parked';

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

/** The newest messages first; those of one state where it is given. */
export async function listNotifications(
  pool: Pool,
  { state, limit }: { readonly state?: NotificationState; readonly limit: number },
): Promise<Notification[]> {
  const { rows } = state
    ? await pool.query<NotificationRow>(statements.listByState, [limit, state])
    : await pool.query<NotificationRow>(statements.listAll, [limit]);
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
