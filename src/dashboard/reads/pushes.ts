import type { PushId } from '../../events/ids.ts';
import { parseCursor } from '../../push-search/cursor.ts';
import { listPushes, type ListedPush as SearchedPush } from '../../push-search/list-pushes.ts';
import type { ListedPush, PushList, PushQuery } from '../api/schemas/pushes.ts';
import type { DashboardPorts } from '../ports.ts';
import { announcementsOf } from './announcements.ts';
import { wrongCursor } from './cursor.ts';

export async function readPushes(ports: DashboardPorts, query: PushQuery): Promise<PushList> {
  const { repo, branch, pusher, author, commit, q, status, since, until, limit } = query;
  const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor);
  if (cursor === null) throw wrongCursor();
  const { pushes, nextCursor } = await listPushes(ports.pool, {
    limit,
    ...(repo !== undefined && { repository: repo }),
    ...(branch !== undefined && { branch }),
    ...(pusher !== undefined && { pusher }),
    ...(author !== undefined && { author }),
    ...(commit !== undefined && { commit }),
    ...(q !== undefined && { text: q }),
    ...(status !== undefined && { ignored: status === 'ignored' }),
    ...(since !== undefined && { since: new Date(since) }),
    ...(until !== undefined && { until: new Date(until) }),
    ...(cursor !== undefined && { cursor }),
  });
  const ids = pushes.map(({ pushId }) => pushId);
  const [announcements, heads] = await Promise.all([announcementsOf(ports, pushes), readHeads(ports, ids)]);
  return {
    pushes: pushes.map((push) => ({
      ...listed(push),
      author: heads.get(push.pushId)?.author ?? null,
      title: heads.get(push.pushId)?.message ?? null,
      announcement: announcements.get(push.pushId) ?? 'none',
    })),
    nextCursor,
  };
}

function listed(push: SearchedPush): Omit<ListedPush, 'author' | 'title' | 'announcement'> {
  const { authors: _authors, messages: _messages, deliveryId: _deliveryId, ...rest } = push;
  return {
    ...rest,
    receivedAt: push.receivedAt.toISOString(),
    pushedAt: push.pushedAt?.toISOString() ?? null,
  };
}

interface Head {
  readonly author: string | null;
  readonly message: string | null;
}

/** What the run of each push says of its newest commit. */
async function readHeads(
  { pool }: DashboardPorts,
  pushIds: readonly PushId[],
): Promise<ReadonlyMap<string, Head>> {
  const { rows } = await pool.query<Head & { run_id: string }>(
    `select run_id, author, message from data_factory.runs
     where run_id = any($1::uuid[]) and recorded_by = 'pushledger'`,
    [pushIds],
  );
  return new Map(rows.map((row) => [row.run_id, row]));
}
