import type { Pool } from 'pg';
import type { Position } from '../../events/ids.ts';
import { type Expectation, expectationOf, type KnownHook } from './expectation.ts';
import type { RefState } from './ref-state.ts';
import * as statements from './statements.ts';

/** Of the checkpoint. */
export const subscriberName = 'recovery';

/** A repository whose pushes should arrive here. */
export interface KnownRepository {
  readonly id: number;
  /** As it was called when we last heard of it. */
  readonly fullName: string;
  readonly baselinedAt: Date | null;
  /** Entries of the feed up to this one were there at the baseline. */
  readonly baselineFeedId: number | null;
  readonly expects: Expectation;
}

/** All that are hooked or seen, but for those whose hooks were all removed. */
export async function listKnownRepositories(pool: Pool, instance: string): Promise<KnownRepository[]> {
  const hooks = await pool.query<{
    kind: string;
    repository_id: string | null;
    owner: string | null;
    events: string[];
    branch_filter: string;
    removed_at: Date | null;
  }>(statements.listHooks, [instance]);
  const { rows } = await pool.query<{
    repository_id: string;
    full_name: string;
    seen_at: Date | null;
    baselined_at: Date | null;
    feed_id: string | null;
  }>(statements.listRepositories, [instance]);
  return rows.flatMap((row) => {
    const owner = row.full_name.slice(0, Math.max(0, row.full_name.lastIndexOf('/'))).toLowerCase();
    const serving = hooks.rows.filter((hook) => {
      if (hook.kind === 'repository') return hook.repository_id === row.repository_id;
      return hook.kind === 'system' || hook.owner?.toLowerCase() === owner;
    });
    const expects = expectationOf(serving.map(hookOf), row.seen_at);
    if (expects === null) return [];
    return [
      {
        id: Number(row.repository_id),
        fullName: row.full_name,
        baselinedAt: row.baselined_at,
        baselineFeedId: row.feed_id === null ? null : Number(row.feed_id),
        expects,
      },
    ];
  });
}

function hookOf(row: { events: string[]; branch_filter: string; removed_at: Date | null }): KnownHook {
  return { events: row.events, branchFilter: row.branch_filter, removedAt: row.removed_at };
}

export interface RepositoryState {
  /** By full ref. */
  readonly states: ReadonlyMap<string, RefState>;
  /** The states hold what is in the log up to here. */
  readonly position: Position;
}

export async function readRepositoryState(
  pool: Pool,
  instance: string,
  repositoryId: number,
): Promise<RepositoryState> {
  const { rows } = await pool.query<{ position: string; ref: string | null; state: RefState | null }>(
    statements.readRepositoryState,
    [subscriberName, instance, repositoryId],
  );
  return {
    states: new Map(rows.flatMap(({ ref, state }) => (ref !== null && state !== null ? [[ref, state]] : []))),
    position: BigInt(rows[0]?.position ?? 0) as Position,
  };
}

/** Up to which entry of the feed the last recovery that was complete has looked; null for none. */
export async function readCheckedFeed(
  pool: Pool,
  instance: string,
  repositoryId: number,
): Promise<number | null> {
  const { rows } = await pool.query<{ feed_id: string | null }>(statements.readCheckedFeed, [
    instance,
    repositoryId,
  ]);
  const feedId = rows[0]?.feed_id ?? null;
  return feedId === null ? null : Number(feedId);
}
