import { z } from 'zod';
import type { Notification, NotificationList, NotificationState } from '../api/schemas/notifications.ts';
import type { DashboardPorts } from '../ports.ts';
import { onlyPosition, pageOf, parseKey } from './cursor.ts';

interface NotificationRow extends Omit<Notification, 'plannedAt' | 'sentAt' | 'failedAt' | 'text'> {
  plannedAt: Date;
  sentAt: Date | null;
  failedAt: Date | null;
  content: string;
  position: string;
}

interface NotificationFilter {
  readonly state?: NotificationState | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export function notificationStatement(filter: NotificationFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const key = parseKey(onlyPosition, filter.cursor);
  const conditions: string[] = [];
  if (filter.state !== undefined) conditions.push(`state = ${value(filter.state)}`);
  if (key) conditions.push(`planned_position < ${value(key[0])}::bigint`);
  return {
    text: `
      select message_id as "messageId", version, room, push_ids as "pushIds", state, planned_at as "plannedAt",
             sent_at as "sentAt", failed_at as "failedAt", attempts, remote_id as "remoteId", reason, content,
             planned_position as position
      from pushledger.notifications
      ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
      order by planned_position desc
      limit ${value(filter.limit + 1)}`,
    values,
  };
}

export async function readNotifications(
  { pool }: DashboardPorts,
  filter: NotificationFilter,
): Promise<Omit<NotificationList, 'counts'>> {
  const { text, values } = notificationStatement(filter);
  const { rows } = await pool.query<NotificationRow>(text, values);
  const page = pageOf(rows, filter.limit, (row) => [row.position]);
  return {
    notifications: page.rows.map(({ content, position: _position, ...row }) => ({
      ...row,
      plannedAt: row.plannedAt.toISOString(),
      sentAt: row.sentAt?.toISOString() ?? null,
      failedAt: row.failedAt?.toISOString() ?? null,
      text: contentSchema.parse(JSON.parse(content)).body,
    })),
    nextCursor: page.nextCursor,
  };
}

const contentSchema = z.object({ body: z.string().catch('') });

/** Those that are on their way or wait for a person: few, and found by their index. */
export const openCountStatement = `
  select count(*) filter (where state = 'planned')::int as planned,
         count(*) filter (where state = 'parked')::int as parked
  from pushledger.notifications
  where state in ('planned', 'parked')`;

export async function countOpen({
  pool,
}: Pick<DashboardPorts, 'pool'>): Promise<{ planned: number; parked: number }> {
  const { rows } = await pool.query<{ planned: number; parked: number }>(openCountStatement);
  return rows[0] ?? { planned: 0, parked: 0 };
}

/** Reads the whole of an index: not to be asked at every turn. */
export async function countClosed({
  pool,
}: Pick<DashboardPorts, 'pool'>): Promise<{ sent: number; superseded: number }> {
  const { rows } = await pool.query<{ sent: number; superseded: number }>(
    `select count(*) filter (where state = 'sent')::int as sent,
            count(*) filter (where state = 'superseded')::int as superseded
     from pushledger.notifications`,
  );
  return rows[0] ?? { sent: 0, superseded: 0 };
}
