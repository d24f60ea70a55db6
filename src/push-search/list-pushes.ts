import type { Pool } from 'pg';
import type { DeliveryId, PushId } from '../events/ids.ts';
import type { PushReceived } from '../events/push-received.ts';
import { formatCursor } from './cursor.ts';
import type { PushFilter } from './filter.ts';
import { type AuthorSearch, searchStatement } from './statement.ts';

/** A push as a list shows it. */
export interface ListedPush {
  readonly pushId: PushId;
  readonly receivedAt: Date;
  readonly pushedAt: Date | null;
  readonly source: PushReceived['source'];
  readonly repository: string;
  readonly ref: string;
  readonly refKind: PushReceived['refKind'];
  readonly branch: string | null;
  readonly kind: PushReceived['kind'];
  readonly before: string | null;
  readonly after: string;
  readonly commitCount: number;
  /** True where there may be more commits. */
  readonly commitCountIsFloor: boolean;
  readonly pusher: string | null;
  /** In lower case. */
  readonly authors: readonly string[];
  /** Of all commits, the oldest first; the first 4,000 characters. */
  readonly messages: string;
  readonly compareUrl: string | null;
  readonly ignored: string | null;
  readonly deliveryId: DeliveryId | null;
  /** Whether commits were taken off the branch; null where nobody knows. */
  readonly forced: boolean | null;
}

export interface PushList {
  /** The newest first. */
  readonly pushes: readonly ListedPush[];
  /** Where the next page goes on, or null at the end. */
  readonly nextCursor: string | null;
}

interface PushRow {
  push_id: PushId;
  received_at: Date;
  pushed_at: Date | null;
  source: PushReceived['source'];
  repository: string;
  ref: string;
  ref_kind: PushReceived['refKind'];
  branch: string | null;
  kind: PushReceived['kind'];
  before_sha: string | null;
  after_sha: string;
  commit_count: number;
  commit_count_is_floor: boolean;
  pusher: string | null;
  authors: string[];
  messages: string;
  compare_url: string | null;
  ignored: string | null;
  delivery_id: DeliveryId | null;
  forced: boolean | null;
}

export async function listPushes(pool: Pool, filter: PushFilter): Promise<PushList> {
  // One more than asked for tells whether there are more.
  const rows = await search(pool, { ...filter, limit: filter.limit + 1 });
  const pushes = rows.slice(0, filter.limit).map(listedPush);
  const last = pushes.at(-1);
  return { pushes, nextCursor: last && rows.length > filter.limit ? formatCursor(last) : null };
}

async function search(pool: Pool, filter: PushFilter): Promise<PushRow[]> {
  const found = async (authors: AuthorSearch) => {
    const { text, values } = searchStatement(filter, authors);
    return (await pool.query<PushRow>(text, [...values])).rows;
  };
  if (filter.author === undefined) return found('anywhere');
  const newest = await found('newest');
  return newest.length === filter.limit ? newest : found('index');
}

function listedPush(row: PushRow): ListedPush {
  return {
    pushId: row.push_id,
    receivedAt: row.received_at,
    pushedAt: row.pushed_at,
    source: row.source,
    repository: row.repository,
    ref: row.ref,
    refKind: row.ref_kind,
    branch: row.branch,
    kind: row.kind,
    before: row.before_sha,
    after: row.after_sha,
    commitCount: row.commit_count,
    commitCountIsFloor: row.commit_count_is_floor,
    pusher: row.pusher,
    authors: row.authors,
    messages: row.messages,
    compareUrl: row.compare_url,
    ignored: row.ignored,
    deliveryId: row.delivery_id,
    forced: row.forced,
  };
}
