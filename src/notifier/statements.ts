/** What the notifier asks its tables. One statement each, readable with EXPLAIN. */

export const readDue = `
  select push_id, repository, recorded_at, rooms from pushledger.due_pushes
  where received_at >= $1 and push_id <> all($2::uuid[])
  order by received_at, position
`;

export const readWindows = `
  select room, repository, message_id from pushledger.notification_windows where repository = any($1::text[])
`;

export const readRefreshes = `
  select message_id, recorded_at from pushledger.due_refreshes where recorded_at >= $1
`;

export const readVersions = `
  select message_id, version, room, push_ids, enriched, void, state, remote_id, planned_at
  from pushledger.notifications
  where message_id = any($1::uuid[])
  order by message_id, version
`;

export const readLastVersions = `
  select message_id, max(version) as version
  from pushledger.notifications
  where message_id = any($1::uuid[])
  group by message_id
`;

export const readPending = `
  select room, planned_at from pushledger.notifications where state = 'planned'
`;

export const readSent = `
  select room, sent_at from pushledger.notifications where sent_at >= $1 order by sent_at desc limit $2
`;

/** Which of these versions of messages came back from the log. */
export const countVersions = `
  select count(*)::int as count
  from pushledger.notifications n
  join unnest($1::uuid[], $2::int[]) as v (message_id, version)
    on v.message_id = n.message_id and v.version = n.version
`;

/** Of the message that was sent last. */
export const readLastDevice = `
  select device from pushledger.notifications
  where sent_at is not null and device is not null
  order by sent_at desc
  limit 1
`;

export const roomsWithPlanned = `
  select distinct room from pushledger.notifications where state = 'planned'
`;

/** A version that a later one will follow, or has followed, is passed over: that one names its pushes too. */
export const nextPlanned = `
  select message_id, version, room, push_ids, transaction_id, content, planned_at, failures
  from pushledger.notifications n
  where state = 'planned' and room = $1 and transaction_id || '#' || failures <> all($2::text[])
    and not exists (
      select 1 from pushledger.notifications newer
      where newer.message_id = n.message_id and newer.version > n.version and newer.state in ('planned', 'sent')
    )
  order by planned_position
  limit 1
`;

/** By transaction id, and how often the message was parked: it may be sent once more after each time. */
export const stillPlanned = `
  select transaction_id || '#' || failures as attempt
  from pushledger.notifications
  where state = 'planned' and transaction_id || '#' || failures = any($1::text[])
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
export const listByRoom = `${listed} where room = $2 order by planned_position desc limit $1`;
export const listByRoomAndState = `${listed} where room = $2 and state = $3 order by planned_position desc limit $1`;

export const readParked = `
  select message_id, version, push_ids, state, failures
  from pushledger.notifications
  where state = 'parked'
  order by planned_position
`;

export const readVersionsToRetry = `
  select message_id, version, push_ids, state, failures
  from pushledger.notifications
  where message_id = any($1::uuid[])
  order by message_id, version
`;
