import type { Pool } from 'pg';
import type { MessageId, PushId } from '../events/ids.ts';
import { bucketHorizon } from './bucket.ts';
import type { NotificationState } from './notification-state.ts';
import { type OpenMessage, openMessageOf } from './open-message.ts';
import { after, type DuePush } from './place-due.ts';
import type { Situation } from './situation.ts';
import * as statements from './statements.ts';
import type { WindowRules } from './window-rules.ts';

/** An enrichment that came later than this after its message changes nothing any more. In milliseconds. */
const refreshMs = 10 * 60_000;
/** An enrichment that could not be told for so long is let go, in milliseconds. */
const refreshPatienceMs = 15 * 60_000;
/** More than what fits into the bucket so many times tells no more of it. */
const burstsRead = 20;
const maxSentRead = 2_000;

/** A push as the tables have it. */
export interface DueRow {
  readonly pushId: PushId;
  readonly repository: string;
  readonly recordedAt: Date;
  /** Null while no message names it. */
  readonly rooms: readonly string[] | null;
}

/**
 * Pushes that are to be named in some room still, oldest first.
 *
 * @param since what was received before is left out
 * @param except pushes to leave out
 */
export async function readDue(
  pool: Pool,
  { since, except }: { since: Date; except: Iterable<PushId> },
): Promise<DueRow[]> {
  const { rows } = await pool.query<{
    push_id: PushId;
    repository: string;
    recorded_at: Date;
    rooms: string[] | null;
  }>(statements.readDue, [since, [...except]]);
  return rows.map((row) => ({
    pushId: row.push_id,
    repository: row.repository,
    recordedAt: row.recorded_at,
    rooms: row.rooms,
  }));
}

export interface Surroundings {
  readonly now: Date;
  readonly rules: WindowRules;
  readonly closedUntil: Date | null;
  readonly isAtOnce: (room: string) => boolean;
}

/** What the tables say about these due pushes and the messages that they may belong to. */
export async function readSituation(
  pool: Pool,
  due: readonly DuePush[],
  { now, rules, closedUntil, isAtOnce }: Surroundings,
): Promise<Situation> {
  const [windows, enriched] = [await readWindows(pool, due), await readRefreshes(pool, now)];
  const messages = await readMessages(pool, [...windows.values(), ...enriched.keys()]);
  const refreshes = [...enriched].flatMap(([messageId, recordedAt]) => {
    const message = messages.get(messageId);
    if (!message || isAtOnce(message.room)) return [];
    return recordedAt < after(message.openedAt, Math.max(rules.windowMs, refreshMs)) ? [message] : [];
  });
  return {
    now,
    due,
    windowOf: (room, repository) => messages.get(windows.get(windowKey(room, repository)) ?? '') ?? null,
    refreshes,
    pending: (await readPending(pool)).filter(({ room }) => !isAtOnce(room)),
    bucket: { closedUntil, ...(await readSent(pool, now, rules, isAtOnce)) },
    isAtOnce,
  };
}

async function readWindows(pool: Pool, due: readonly DuePush[]): Promise<Map<string, MessageId>> {
  const repositories = new Set(due.map(({ repository }) => repository));
  if (repositories.size === 0) return new Map();
  const { rows } = await pool.query<{ room: string; repository: string; message_id: MessageId }>(
    statements.readWindows,
    [[...repositories]],
  );
  return new Map(rows.map((row) => [windowKey(row.room, row.repository), row.message_id]));
}

/** By message: when the first enrichment came that it does not tell. */
async function readRefreshes(pool: Pool, now: Date): Promise<Map<MessageId, Date>> {
  const { rows } = await pool.query<{ message_id: MessageId; recorded_at: Date }>(statements.readRefreshes, [
    after(now, -refreshPatienceMs),
  ]);
  return new Map(rows.map((row) => [row.message_id, row.recorded_at]));
}

async function readMessages(
  pool: Pool,
  messageIds: readonly MessageId[],
): Promise<ReadonlyMap<string, OpenMessage>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await pool.query<{
    message_id: MessageId;
    version: number;
    room: string;
    push_ids: PushId[];
    enriched: PushId[];
    void: boolean;
    state: NotificationState;
    remote_id: string | null;
    planned_at: Date;
  }>(statements.readVersions, [[...new Set(messageIds)]]);
  const versions = rows.map((row) => ({
    messageId: row.message_id,
    version: row.version,
    room: row.room,
    pushIds: row.push_ids,
    enriched: row.enriched,
    void: row.void,
    state: row.state,
    remoteId: row.remote_id,
    plannedAt: row.planned_at,
  }));
  const messages = [...Map.groupBy(versions, ({ messageId }) => messageId).values()].map(openMessageOf);
  return new Map(messages.flatMap((message) => (message ? [[message.messageId, message]] : [])));
}

/** The highest version of each of these messages that has one. */
export async function readLastVersions(
  pool: Pool,
  messageIds: readonly MessageId[],
): Promise<Map<MessageId, number>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await pool.query<{ message_id: MessageId; version: number }>(statements.readLastVersions, [
    messageIds,
  ]);
  return new Map(rows.map((row) => [row.message_id, row.version]));
}

async function readPending(pool: Pool): Promise<{ room: string; plannedAt: Date }[]> {
  const { rows } = await pool.query<{ room: string; planned_at: Date }>(statements.readPending);
  return rows.map((row) => ({ room: row.room, plannedAt: row.planned_at }));
}

async function readSent(
  pool: Pool,
  now: Date,
  rules: WindowRules,
  isAtOnce: (room: string) => boolean,
): Promise<{ since: Date; sentAt: Date[] }> {
  const horizon = bucketHorizon(now, rules);
  const limit = Math.min(maxSentRead, burstsRead * Math.max(1, rules.burst));
  const { rows } = await pool.query<{ room: string; sent_at: Date }>(statements.readSent, [horizon, limit]);
  const oldest = rows.at(-1)?.sent_at;
  return {
    since: rows.length === limit && oldest ? oldest : horizon,
    sentAt: rows.filter(({ room }) => !isAtOnce(room)).map((row) => row.sent_at),
  };
}

function windowKey(room: string, repository: string): string {
  return `${room}\n${repository}`;
}
