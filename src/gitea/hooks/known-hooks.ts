import type { Pool } from 'pg';

/** A hook of which the log says that it is in Gitea. */
export interface KnownHook {
  readonly hookId: number;
  readonly scope: 'repository' | 'organisation' | 'user' | 'system';
  readonly owner: string | null;
  readonly name: string | null;
  readonly repositoryId: number | null;
  readonly url: string;
  readonly secret: string | null;
}

/** Installed and not removed since, as far as the projection `hooks` has followed the log. */
export async function readInstalledHooks(pool: Pool): Promise<KnownHook[]> {
  const { rows } = await pool.query<
    Omit<KnownHook, 'hookId' | 'repositoryId'> & { hook_id: string; repository_id: string | null }
  >(
    `select hook_id, scope, owner, name, repository_id, url, secret from pushledger.hooks
     where state = 'installed' order by scope, owner, name, hook_id`,
  );
  return rows.map(({ hook_id, repository_id, ...hook }) => ({
    ...hook,
    hookId: Number(hook_id),
    repositoryId: repository_id === null ? null : Number(repository_id),
  }));
}

/** A repository whose webhook has called us. */
export interface CallingRepository {
  readonly id: number;
  readonly fullName: string;
  readonly lastPushAt: Date;
}

export async function readCallingRepositories(pool: Pool): Promise<CallingRepository[]> {
  const { rows } = await pool.query<{ repo_id: string; repo_full_name: string; last_run_at: Date }>(
    `select repo_id, repo_full_name, last_run_at from data_factory.nodes
     where recorded_by = 'pushledger' and repo_id is not null
       and exists (select 1 from data_factory.runs
                   where runs.node_id = nodes.node_id and runs.trigger = 'webhook')
     order by repo_full_name`,
  );
  return rows.map((row) => ({
    id: Number(row.repo_id),
    fullName: row.repo_full_name,
    lastPushAt: row.last_run_at,
  }));
}

/** Why the last delivery of a repository was refused, by the repository's id; those that were taken since are left out. */
export async function readRefusals(pool: Pool): Promise<ReadonlyMap<number, string>> {
  const { rows } = await pool.query<{ repository_id: string; code: string; reason: string }>(
    `select refused.repository_id, refused.code, refused.reason
     from pushledger.refused_deliveries refused
     left join data_factory.nodes on nodes.repo_id = refused.repository_id and nodes.recorded_by = 'pushledger'
     where nodes.last_run_at is null or nodes.last_run_at < refused.refused_at`,
  );
  return new Map(rows.map((row) => [Number(row.repository_id), `${row.code}: ${row.reason}`]));
}
