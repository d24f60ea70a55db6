/** What a batch of events changes, written in this order. One statement each, readable with EXPLAIN. */

/** Who names these pushes. */
export const readNaming = `
  select message_id, room, push_ids from pushledger.notifications where push_ids && $1::uuid[] and not void
`;

export const insertDue = `
  insert into pushledger.due_pushes (push_id, received_at, recorded_at, position, repository, rooms)
  select push_id, received_at, recorded_at, position, repository, rooms
  from jsonb_to_recordset($1::jsonb)
       as d (push_id uuid, received_at timestamptz, recorded_at timestamptz, position bigint, repository text,
             rooms text[])
  on conflict do nothing
`;

/** The first plan that names a push says where it goes; from then on rooms are only taken away. */
export const nameDue = `
  update pushledger.due_pushes d
  set rooms = array(
    select left_over.room
    from unnest(coalesce(d.rooms, n.routes)) with ordinality as left_over (room, place)
    where left_over.room <> all(n.named)
    order by left_over.place
  )
  from jsonb_to_recordset($1::jsonb) as n (push_id uuid, routes text[], named text[])
  where d.push_id = n.push_id
`;

export const deleteNamed = `
  delete from pushledger.due_pushes where push_id = any($1::uuid[]) and rooms = '{}'
`;

/** Push ids come as one array literal a row, since unnest would flatten an array of arrays. */
export const insertPlanned = `
  insert into pushledger.notifications
    (message_id, version, room, push_ids, enriched, void, state, transaction_id, content, planned_at, planned_position)
  select p.message_id, p.version, p.room, p.push_ids::uuid[], p.enriched::uuid[], p.void, 'planned', p.transaction_id,
         p.content, p.planned_at, p.planned_position
  from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[],
              $9::timestamptz[], $10::bigint[])
       as p (message_id, version, room, push_ids, enriched, void, transaction_id, content, planned_at,
             planned_position)
  on conflict do nothing
`;

export const openWindows = `
  insert into pushledger.notification_windows (room, repository, message_id)
  select * from unnest($1::text[], $2::text[], $3::uuid[])
  on conflict (room, repository) do update set message_id = excluded.message_id
`;

export const insertEnriched = `
  insert into pushledger.enriched_pushes (push_id, recorded_at)
  select * from unnest($1::uuid[], $2::timestamptz[])
  on conflict do nothing
`;

export const deleteRefreshes = `
  delete from pushledger.due_refreshes where message_id = any($1::uuid[])
`;

export const insertRefreshes = `
  insert into pushledger.due_refreshes (message_id, recorded_at)
  select n.message_id, min(e.recorded_at)
  from pushledger.notifications n
  cross join unnest(n.push_ids) as named (push_id)
  join pushledger.enriched_pushes e on e.push_id = named.push_id
  where n.message_id = any($1::uuid[]) and not n.void and named.push_id <> all(n.enriched)
    and not exists (
      select 1 from pushledger.notifications newer
      where newer.message_id = n.message_id and newer.version > n.version and not newer.void
    )
  group by n.message_id
`;

export const markSent = `
  update pushledger.notifications n
  set attempts = s.attempts, remote_id = s.remote_id, device = s.device, sent_at = s.sent_at
  from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::timestamptz[])
       as s (message_id, version, attempts, remote_id, device, sent_at)
  where n.message_id = s.message_id and n.version = s.version
`;

/** After markSent: the attempts of what one process sent stay, though another gave it up before or after. */
export const markFailed = `
  update pushledger.notifications n
  set attempts = case when n.sent_at is null then f.attempts else n.attempts end,
      failures = n.failures + f.failures, failed_at = f.failed_at, reason = f.reason
  from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::timestamptz[], $6::text[])
       as f (message_id, version, attempts, failures, failed_at, reason)
  where n.message_id = f.message_id and n.version = f.version
`;

export const markRetried = `
  update pushledger.notifications n
  set retried = greatest(n.retried, r.failures)
  from unnest($1::uuid[], $2::int[], $3::int[]) as r (message_id, version, failures)
  where n.message_id = r.message_id and n.version = r.version
`;

/** What was sent stays sent. Once a version was sent, no older one may follow it: it would undo the edit. */
export const settle = `
  update pushledger.notifications n
  set state = case
    when n.void then 'superseded'
    when n.sent_at is not null then 'sent'
    when exists (
      select 1 from pushledger.notifications newer
      where newer.message_id = n.message_id and newer.version > n.version and newer.sent_at is not null
    ) then 'superseded'
    when n.failures > n.retried then 'parked'
    else 'planned'
  end
  where n.message_id = any($1::uuid[])
`;
