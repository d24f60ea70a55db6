-- Up Migration

-- `data_factory` is shared with other programs and may exist already. A row is ours where recorded_by says so;
-- other rows, and columns that are not named here, are never touched.
create schema if not exists data_factory;

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

-- The node of each repository: decided when its first push is projected, and kept when it is renamed.
create table pushledger.repository_nodes (
  instance      text not null,
  repository_id bigint not null,
  node_id       text not null unique,
  primary key (instance, repository_id)
);
