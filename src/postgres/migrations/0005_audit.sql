-- Up Migration

-- The messages of one push.
create index notifications_push_ids on pushledger.notifications using gin (push_ids);
