-- Up Migration

-- What the trigger knows, made from the log: emptying both tables and the checkpoint `trigger` rebuilds them.

-- Has a row once dag_engine was configured for the first time. Pushes before that are not triggered.
create table pushledger.trigger_start (
  started_at timestamptz not null
);

-- Every push since, but for ignored ones.
create table pushledger.triggers (
  push_id       uuid primary key,
  -- The repository, across renames: its pushes go one after the other.
  lane          text not null,
  repository    text not null,
  ref           text not null,
  received_at   timestamptz not null,
  -- `none`: no DAG was configured for its repository.
  state         text not null check (state in ('none', 'due', 'triggered', 'parked')),
  dag           text,
  -- Its age is counted from here: from the push itself, or from the moment when a person wanted it again.
  due_since     timestamptz not null,
  -- Of the last outcome; 0 while there is none.
  attempts      int not null,
  -- How often it was parked and retried. The next time takes the next stream.
  failures      int not null,
  retries       int not null,
  run_id        uuid,
  remote_run_id text,
  remote_url    text,
  triggered_at  timestamptz,
  failed_at     timestamptz,
  reason        text
);
-- The next one.
create index triggers_due on pushledger.triggers (due_since, push_id) where state = 'due';
-- What health counts.
create index triggers_parked on pushledger.triggers (push_id) where state = 'parked';
-- Whether an id that dag_engine gave is taken.
create index triggers_run_id on pushledger.triggers (run_id) where run_id is not null;
-- The lists, newest first.
create index triggers_received_at on pushledger.triggers (received_at, push_id);
create index triggers_state on pushledger.triggers (state, received_at, push_id);
