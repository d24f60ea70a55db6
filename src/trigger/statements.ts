/** One statement each, readable with EXPLAIN. The first four read and write what a batch of events changes. */

export const readStart = `select started_at from pushledger.trigger_start`;

export const insertStart = `insert into pushledger.trigger_start (started_at) values ($1)`;

/** As JSON, in the shape that `putTriggers` takes. */
export const readTriggers = `
  select to_json(held) as row from pushledger.triggers held where push_id = any($1::uuid[])
`;

const columns = `push_id, lane, repository, ref, received_at, state, dag, due_since, attempts, failures, retries, run_id,
  remote_run_id, remote_url, triggered_at, failed_at, reason`;

export const putTriggers = `
  insert into pushledger.triggers (${columns})
  select ${columns} from json_populate_recordset(null::pushledger.triggers, $1::json)
  on conflict (push_id) do update
  set state = excluded.state, dag = excluded.dag, due_since = excluded.due_since, attempts = excluded.attempts,
      failures = excluded.failures, retries = excluded.retries, run_id = excluded.run_id,
      remote_run_id = excluded.remote_run_id, remote_url = excluded.remote_url,
      triggered_at = excluded.triggered_at, failed_at = excluded.failed_at, reason = excluded.reason
`;

/**
 * The next one: not too old, of a repository that nothing is on its way for, and not one whose outcome has yet to come
 * back from the log (by the name of the turn).
 */
export const nextDue = `
  select push_id, lane, repository, dag, due_since, failures, retries
  from pushledger.triggers
  where state = 'due' and due_since >= $1 and lane <> all($2::text[])
    and concat_ws('.', push_id, failures, retries) <> all($3::text[])
  order by due_since, push_id
  limit 1
`;

/** Of these turns of these pushes those whose outcome has not come back. */
export const stillDue = `
  select concat_ws('.', push_id, failures, retries) as turn
  from pushledger.triggers
  where push_id = any($1::uuid[]) and state = 'due'
    and concat_ws('.', push_id, failures, retries) = any($2::text[])
`;

export const countOpen = `
  select (select count(*)::int from pushledger.triggers where state = 'due' and due_since >= $1) as pending,
         (select count(*)::int from pushledger.triggers where state = 'parked') as parked
`;

/** Whether a run has this id: one of ours or of another program, or a push that is one itself. */
export const isTaken = `
  select exists (select 1 from pushledger.triggers where run_id = $1)
      or exists (select 1 from pushledger.triggers where push_id = $1)
      or exists (select 1 from data_factory.runs where run_id = $1) as taken
`;

const listed = `
  select push_id as "pushId", repository, ref, received_at as "receivedAt",
         case when state = 'due' and due_since < $2 then 'expired' else state end as state,
         dag, attempts, failures, run_id as "runId", remote_run_id as "remoteRunId", remote_url as "remoteUrl",
         triggered_at as "triggeredAt", failed_at as "failedAt", reason
  from pushledger.triggers
`;
const newestFirst = `order by received_at desc, push_id desc limit $1`;
export const listAll = `${listed} ${newestFirst}`;
export const listByState = `${listed} where state = $3 ${newestFirst}`;
export const listDue = `${listed} where state = 'due' and due_since >= $2 ${newestFirst}`;
export const listExpired = `${listed} where state = 'due' and due_since < $2 ${newestFirst}`;

export const readForRetry = `
  select push_id as "pushId", state, dag, retries, state = 'due' and due_since < $2 as expired
  from pushledger.triggers where push_id = any($1::uuid[])
`;

/** Those that a person may want again: given up, or too old by now. */
export const allForRetry = `
  select push_id as "pushId"
  from pushledger.triggers where state = 'parked' or (state = 'due' and due_since < $1)
  order by due_since, push_id
`;
