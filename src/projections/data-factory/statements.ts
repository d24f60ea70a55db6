/** Batches come as one JSON array: the column names stand once, here, and types are the table's own. */

/** Only a row of ours is changed: `where` leaves one alone that another program holds under the same key. */
export const upsertNodes = `
  insert into data_factory.nodes as held
    (node_id, kind, name, repo_id, repo_full_name, repo_url, last_run_id, last_run_at, last_status, run_count,
     created_at, updated_at, recorded_by)
  select node_id, 'extractor', name, repo_id, repo_full_name, repo_url, last_run_id, last_run_at, last_status,
         run_count, created_at, updated_at, 'pushledger'
  from json_to_recordset($1::json) as batch
    (node_id text, name text, repo_id bigint, repo_full_name text, repo_url text, last_run_id uuid,
     last_run_at timestamptz, last_status text, run_count bigint, created_at timestamptz, updated_at timestamptz)
  on conflict (node_id) do update set
    name = excluded.name, repo_id = excluded.repo_id, repo_full_name = excluded.repo_full_name,
    repo_url = excluded.repo_url, last_run_id = excluded.last_run_id, last_run_at = excluded.last_run_at,
    last_status = excluded.last_status, run_count = held.run_count + excluded.run_count,
    updated_at = excluded.updated_at
  where held.recorded_by = 'pushledger'
`;

/** The checkpoint keeps a push from coming twice, so a conflict here is another program's row: it is left alone. */
export const insertRuns = `
  insert into data_factory.runs
    (run_id, node_id, trigger, status, started_at, finished_at, duration_ms, push_id, delivery_id, ref, branch,
     before_sha, after_sha, commit_count, author, pusher, message, url, compare_url, commits, recorded_by)
  select run_id, node_id, trigger, status, started_at, finished_at, duration_ms, push_id, delivery_id, ref, branch,
         before_sha, after_sha, commit_count, author, pusher, message, url, compare_url, commits, 'pushledger'
  from json_to_recordset($1::json) as batch
    (run_id uuid, node_id text, trigger text, status text, started_at timestamptz, finished_at timestamptz,
     duration_ms integer, push_id uuid, delivery_id uuid, ref text, branch text, before_sha text, after_sha text,
     commit_count integer, author text, pusher text, message text, url text, compare_url text, commits jsonb)
  on conflict (run_id) do nothing
`;
