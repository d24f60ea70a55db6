-- Up Migration

-- The webhooks in Gitea, each as the last event of it says. Made from the log alone, by the projection `hooks`.
create table pushledger.hooks (
  hook_id       bigint primary key,
  state         text not null check (state in ('installed', 'removed')),
  scope         text not null check (scope in ('repository', 'organisation', 'user', 'system')),
  -- Of the repository, the organisation or the user; null for a hook of the whole instance.
  owner         text,
  -- Of a repository; null for every other scope.
  name          text,
  repository_id bigint,
  url           text not null,
  events        text[] not null,
  branch_filter text not null,
  -- The name of the secret, null where it is not known.
  secret        text,
  changed_at    timestamptz not null
);
create index hooks_repository_id on pushledger.hooks (repository_id);

-- The last delivery of each repository that was signed correctly and refused. Made from the log alone, by the same
-- projection.
create table pushledger.refused_deliveries (
  repository_id bigint primary key,
  delivery_id   uuid not null,
  refused_at    timestamptz not null,
  code          text not null,
  reason        text not null
);
