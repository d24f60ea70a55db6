import type { Pool } from 'pg';

export interface RepositoryHealth {
  readonly fullName: string;
  /** ISO 8601; null while no push of it was seen. */
  readonly lastPushAt: string | null;
  /**
   * `installed`: a hook of ours covers it, of its own, of its owner or of the whole instance. `removed`: we took its
   * own away. `seen`: its webhook calls us, but we did not install it. `unknown`: known from Gitea's API alone.
   */
  readonly hook: 'installed' | 'seen' | 'removed' | 'unknown';
}

/** A repository of which pushes are known. */
export interface SeenRepository {
  readonly id: number;
  readonly fullName: string;
  readonly lastPushAt: Date;
  /** Whether a webhook ever brought one of them. */
  readonly byWebhook: boolean;
}

/** A hook as `pushledger.hooks` has it. */
export interface KnownHook {
  readonly state: 'installed' | 'removed';
  readonly scope: 'repository' | 'organisation' | 'user' | 'system';
  readonly owner: string | null;
  readonly name: string | null;
  readonly repositoryId: number | null;
}

/** Repositories that were seen, the last pushed first, and behind them those that have a hook and no push yet. */
export async function readRepositories(pool: Pool): Promise<RepositoryHealth[]> {
  const seen = await pool.query<{
    repo_id: string;
    repo_full_name: string;
    last_run_at: Date;
    by_webhook: boolean;
  }>(
    `select repo_id, repo_full_name, last_run_at,
            exists (select 1 from data_factory.runs
                    where runs.node_id = nodes.node_id and runs.trigger = 'webhook') as by_webhook
     from data_factory.nodes
     where recorded_by = 'pushledger'
     order by last_run_at desc, node_id`,
  );
  const hooks = await pool.query<Omit<KnownHook, 'repositoryId'> & { repository_id: string | null }>(
    'select state, scope, owner, name, repository_id from pushledger.hooks order by changed_at, hook_id',
  );
  return repositoriesOf(
    seen.rows.map((row) => ({
      id: Number(row.repo_id),
      fullName: row.repo_full_name,
      lastPushAt: row.last_run_at,
      byWebhook: row.by_webhook,
    })),
    hooks.rows.map(({ repository_id: id, ...hook }) => ({
      ...hook,
      repositoryId: id === null ? null : Number(id),
    })),
  );
}

/** @param hooks the last changed one last */
export function repositoriesOf(
  seen: readonly SeenRepository[],
  hooks: readonly KnownHook[],
): RepositoryHealth[] {
  const installed = hooks.filter(({ state }) => state === 'installed');
  const everywhere = installed.some(({ scope }) => scope === 'system');
  const owners = new Set(
    installed.flatMap(({ scope, owner }) =>
      (scope === 'organisation' || scope === 'user') && owner !== null ? [owner.toLowerCase()] : [],
    ),
  );
  const own = new Map<number, KnownHook>();
  for (const hook of [...hooks.filter(({ state }) => state === 'removed'), ...installed]) {
    if (hook.repositoryId !== null) own.set(hook.repositoryId, hook);
  }
  const isCovered = (id: number, fullName: string) =>
    everywhere || owners.has(ownerOf(fullName)) || own.get(id)?.state === 'installed';
  const stateOf = (id: number, fullName: string, otherwise: 'seen' | 'unknown') => {
    if (isCovered(id, fullName)) return 'installed' as const;
    return own.get(id)?.state === 'removed' ? ('removed' as const) : otherwise;
  };
  const seenIds = new Set(seen.map(({ id }) => id));
  const unseen = [...own].filter(([id]) => !seenIds.has(id));
  return [
    ...seen.map(({ id, fullName, lastPushAt, byWebhook }) => ({
      fullName,
      lastPushAt: lastPushAt.toISOString(),
      hook: stateOf(id, fullName, byWebhook ? 'seen' : 'unknown'),
    })),
    ...unseen
      .map(([id, { owner, name }]) => ({ id, fullName: `${owner}/${name}` }))
      .map(({ id, fullName }) => ({ fullName, lastPushAt: null, hook: stateOf(id, fullName, 'unknown') })),
  ];
}

function ownerOf(fullName: string): string {
  return (fullName.split('/', 1)[0] ?? '').toLowerCase();
}
