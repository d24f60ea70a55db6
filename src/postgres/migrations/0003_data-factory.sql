-- Up Migration

-- `data_factory` and `call_monitor` are shared with other programs and may exist already. A row is ours where
-- recorded_by says so; other rows, and columns that are not named here, are never touched.
create schema if not exists data_factory;
create schema if not exists call_monitor;

create table if not exists data_factory.nodes (
  node_id        text primary key,
  kind           text default 'extractor',
  name           text,
  repo_id        bigint,
  repo_full_name text,
  repo_url       text,
  last_run_id    uuid,
  last_run_at    timestamptz,
  last_status    text,
  run_count      bigint,
  created_at     timestamptz,
  updated_at     timestamptz,
  recorded_by    text
);

create table if not exists data_factory.runs (
  run_id        uuid primary key,
  node_id       text references data_factory.nodes (node_id),
  trigger       text,
  status        text,
  started_at    timestamptz,
  finished_at   timestamptz,
  duration_ms   integer,
  push_id       uuid,
  delivery_id   uuid,
  parent_run_id uuid,
  ref           text,
  branch        text,
  before_sha    text,
  after_sha     text,
  commit_count  integer,
  author        text,
  pusher        text,
  message       text,
  url           text,
  compare_url   text,
  commits       jsonb,
  recorded_by   text
);
create index if not exists runs_node_id_started_at on data_factory.runs (node_id, started_at);

create table if not exists call_monitor.calls (
  call_id        uuid primary key,
  trace_id       uuid,
  parent_call_id uuid,
  function_name  text,
  status         text,
  started_at     timestamptz,
  duration_ms    double precision,
  error          text,
  attributes     jsonb,
  recorded_by    text
);
create index if not exists calls_trace_id on call_monitor.calls (trace_id, started_at);

-- The node of each repository: decided when its first push is projected, and kept when it is renamed.
create table pushledger.repositories (
  instance      text not null,
  repository_id bigint not null,
  -- Deferred by a rebuild, in which two repositories may swap theirs.
  node_id       text not null unique deferrable initially immediate,
  run_count     bigint not null,
  created_at    timestamptz not null,
  -- What the node shows of the last push.
  last_push     jsonb not null,
  primary key (instance, repository_id)
);

-- Every push, to be searched. An index for each way of asking, all of them newest first and by a key to go on from.
create table pushledger.pushes (
  push_id               uuid primary key,
  received_at           timestamptz not null,
  pushed_at             timestamptz,
  source                text not null,
  instance              text not null,
  repository_id         bigint not null,
  repository            text not null,
  ref                   text not null,
  ref_kind              text not null,
  branch                text,
  kind                  text not null,
  before_sha            text,
  after_sha             text not null,
  commit_count          integer not null,
  commit_count_is_floor boolean not null,
  pusher                text,
  pusher_name           text,
  authors               text[] not null,
  commit_prefixes       text[] not null,
  messages              text not null,
  compare_url           text,
  ignored               text,
  delivery_id           uuid
);
create index pushes_received_at on pushledger.pushes (received_at desc, push_id desc);
create index pushes_repository on pushledger.pushes (lower(repository), received_at desc, push_id desc);
create index pushes_branch on pushledger.pushes (branch, received_at desc, push_id desc);
create index pushes_pusher on pushledger.pushes (lower(pusher), received_at desc, push_id desc);
create index pushes_authors on pushledger.pushes using gin (authors);
create index pushes_commits on pushledger.pushes using gin (commit_prefixes);
create index pushes_messages on pushledger.pushes using gin (to_tsvector('simple', messages));

-- The version of a projection that wrote its rows.
alter table pushledger.checkpoints add column version integer not null default 1;

-- Events that a projection could not take, with what it said. It went on without them.
create table pushledger.parked_events (
  projection text not null,
  event_id   uuid not null,
  stream     text not null,
  type       text not null,
  error      text not null,
  attempts   integer not null,
  parked_at  timestamptz not null,
  -- Set when a person decided to do without it.
  skipped_at timestamptz,
  primary key (projection, event_id)
);
-- What health counts, again and again.
create index parked_events_open on pushledger.parked_events (projection) where skipped_at is null;
