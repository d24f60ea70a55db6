-- Up Migration

-- Pushes of which Gitea's API can tell more than their delivery did, until it has. Which ones there are follows from the
-- log; how the asking went is known here alone, and begins anew with an empty table.
create table pushledger.due_enrichments (
  push_id     uuid primary key,
  received_at timestamptz not null,
  attempts    int not null default 0,
  -- Not to be asked before then; null: at once.
  next_at     timestamptz,
  -- Why the last attempt came to nothing.
  reason      text,
  -- Given up until the enricher starts again.
  parked_at   timestamptz
);
create index due_enrichments_open on pushledger.due_enrichments (received_at, push_id) where parked_at is null;

-- Whether commits were taken off the branch; null where nobody knows.
alter table pushledger.pushes add column forced boolean;
