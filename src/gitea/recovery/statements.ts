/** One statement each, readable with EXPLAIN. */

export const upsertRepositories = `
  insert into pushledger.recovery_repositories
    (instance, repository_id, full_name, seen_at, baselined_at, feed_id)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[])
  on conflict (instance, repository_id) do update set
    full_name = excluded.full_name,
    seen_at = greatest(recovery_repositories.seen_at, excluded.seen_at),
    baselined_at = coalesce(excluded.baselined_at, recovery_repositories.baselined_at),
    feed_id = case when excluded.baselined_at is null then recovery_repositories.feed_id else excluded.feed_id end
`;

export const upsertHook = `
  insert into pushledger.recovery_hooks
    (instance, hook_id, kind, repository_id, owner, name, events, branch_filter, removed_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, null)
  on conflict (instance, hook_id) do update set
    kind = excluded.kind, repository_id = excluded.repository_id, owner = excluded.owner, name = excluded.name,
    events = excluded.events, branch_filter = excluded.branch_filter, removed_at = null
`;

export const markHookRemoved = `
  update pushledger.recovery_hooks set removed_at = $3 where instance = $1 and hook_id = $2
`;

export const readRefs = `
  select instance, repository_id, ref, state from pushledger.recovery_refs
  join unnest($1::text[], $2::bigint[], $3::text[]) as asked (instance, repository_id, ref)
  using (instance, repository_id, ref)
`;

export const readRefsOfRepository = `
  select ref, state from pushledger.recovery_refs where instance = $1 and repository_id = $2
`;

export const upsertRefs = `
  insert into pushledger.recovery_refs (instance, repository_id, ref, state, broken_since)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::jsonb[], $5::timestamptz[])
  on conflict (instance, repository_id, ref) do update set
    state = excluded.state, broken_since = excluded.broken_since
`;

export const deleteRefs = `
  delete from pushledger.recovery_refs as held
  using unnest($1::text[], $2::bigint[], $3::text[]) as gone (instance, repository_id, ref)
  where held.instance = gone.instance and held.repository_id = gone.repository_id and held.ref = gone.ref
`;

/** With the repositories that a hook of their own makes ours, though nothing has come from them yet. */
export const listRepositories = `
  select repository_id, full_name, seen_at, baselined_at, feed_id
  from pushledger.recovery_repositories
  where instance = $1
  union all
  select distinct on (repository_id) repository_id, owner || '/' || name, null, null, null
  from pushledger.recovery_hooks hooks
  where instance = $1 and kind = 'repository'
    and not exists (select 1 from pushledger.recovery_repositories seen
                    where seen.instance = hooks.instance and seen.repository_id = hooks.repository_id)
  order by full_name, repository_id
`;

export const listHooks = `
  select kind, repository_id, owner, events, branch_filter, removed_at
  from pushledger.recovery_hooks where instance = $1
`;

/** In one statement, so that states and position are those of one moment. One row without a ref where there is none. */
export const readRepositoryState = `
  select position, ref, state
  from pushledger.checkpoints
  left join pushledger.recovery_refs on instance = $2 and repository_id = $3
  where checkpoints.name = $1
`;

export const readCheckedFeed = `
  select feed_id from pushledger.recoveries where instance = $1 and repository_id = $2
`;

/** A chain is looked after once: again only when another push has come that starts at no known head. */
export const listBroken = `
  select distinct repository_id
  from pushledger.recovery_refs refs
  left join pushledger.recoveries using (instance, repository_id)
  where instance = $1 and broken_since <= $2
    and (tried_at is null or tried_at < broken_since + $3 * interval '1 millisecond')
`;

export const recordRecovery = `
  insert into pushledger.recoveries
    (instance, repository_id, full_name, checked_at, feed_id, tried_at, error, found, collapsed, found_at)
  values ($1, $2, $3, $4, $5, $6::timestamptz, $7, $8::bigint, $9::bigint, case when $8::bigint > 0 then $6::timestamptz end)
  on conflict (instance, repository_id) do update set
    full_name = excluded.full_name,
    checked_at = coalesce(excluded.checked_at, recoveries.checked_at),
    feed_id = coalesce(excluded.feed_id, recoveries.feed_id),
    tried_at = excluded.tried_at,
    error = excluded.error,
    found = recoveries.found + excluded.found,
    collapsed = recoveries.collapsed + excluded.collapsed,
    found_at = coalesce(excluded.found_at, recoveries.found_at)
`;
