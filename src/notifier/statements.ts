/** One statement each, readable with EXPLAIN. The first five write what a batch of events changed, in this order. */

export const insertDue = `
  insert into pushledger.due_pushes (push_id, received_at, position)
  select * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[])
  on conflict do nothing
`;

/** Push ids come as one array literal a row, since unnest would flatten an array of arrays. */
export const insertPlanned = `
  insert into pushledger.notifications
    (message_id, version, room, push_ids, state, transaction_id, content, planned_at, planned_position)
  select p.message_id, p.version, p.room, p.push_ids::uuid[], 'planned', p.transaction_id, p.content, p.planned_at,
         p.planned_position
  from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[])
       as p (message_id, version, room, push_ids, transaction_id, content, planned_at, planned_position)
  on conflict do nothing
`;

export const deleteDue = `
  delete from pushledger.due_pushes where push_id = any($1::uuid[])
`;

export const markSent = `
  update pushledger.notifications n
  set state = 'sent', attempts = s.attempts, remote_id = s.remote_id, sent_at = s.sent_at
  from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::timestamptz[])
       as s (message_id, version, attempts, remote_id, sent_at)
  where n.message_id = s.message_id and n.version = s.version
`;

/** After markSent: what one process sent stays sent, though another gave it up before or after. */
export const markFailed = `
  update pushledger.notifications n
  set state = case when n.state = 'sent' then 'sent' else 'parked' end,
      attempts = case when n.state = 'sent' then n.attempts else f.attempts end,
      failures = n.failures + f.failures, failed_at = f.failed_at, reason = f.reason
  from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::timestamptz[], $6::text[])
       as f (message_id, version, attempts, failures, failed_at, reason)
  where n.message_id = f.message_id and n.version = f.version
`;

export const readDue = `
  select push_id from pushledger.due_pushes
  where received_at >= $1 and push_id <> all($2::uuid[])
  order by received_at, position
  limit $3
`;

export const stillDue = `
  select push_id from pushledger.due_pushes where push_id = any($1::uuid[])
`;

export const roomsWithPlanned = `
  select distinct room from pushledger.notifications where state = 'planned'
`;

export const nextPlanned = `
  select message_id, version, room, push_ids, transaction_id, content, planned_at, failures
  from pushledger.notifications
  where state = 'planned' and room = $1 and transaction_id <> all($2::text[])
  order by planned_position
  limit 1
`;

export const stillPlanned = `
  select transaction_id from pushledger.notifications where state = 'planned' and transaction_id = any($1::text[])
`;

export const countOpen = `
  select count(*) filter (where state = 'planned')::int as pending,
         count(*) filter (where state = 'parked')::int as parked
  from pushledger.notifications
  where state in ('planned', 'parked')
`;

const listed = `
  select message_id, version, room, push_ids, state, transaction_id, content, planned_at, attempts, remote_id, sent_at,
         failed_at, reason
  from pushledger.notifications
`;
export const listAll = `${listed} order by planned_position desc limit $1`;
export const listByState = `${listed} where state = $2 order by planned_position desc limit $1`;
