-- Up Migration

-- What recovery knows, made from the log alone: emptying the first three tables and the checkpoint `recovery` rebuilds
-- them.

-- Repositories that pushed to us, or whose baseline was taken.
create table pushledger.recovery_repositories (
  instance      text not null,
  repository_id bigint not null,
  full_name     text not null,
  -- When something last arrived from it by webhook.
  seen_at       timestamptz,
  baselined_at  timestamptz,
  -- Gitea's id of the newest entry of the activity feed at the baseline.
  feed_id       bigint,
  primary key (instance, repository_id)
);

-- Hooks by what `pushledger hooks` recorded. Removed ones stay: what a repository sent before is then not expected.
create table pushledger.recovery_hooks (
  instance      text not null,
  hook_id       bigint not null,
  kind          text not null,
  repository_id bigint,
  -- Of the repository, or who all the hook's repositories belong to; null for a hook of the whole server.
  owner         text,
  name          text,
  events        text[] not null,
  branch_filter text not null,
  removed_at    timestamptz,
  primary key (instance, hook_id)
);

-- Where each ref stands by the links of its pushes: src/gitea/recovery/ref-state.ts.
create table pushledger.recovery_refs (
  instance      text not null,
  repository_id bigint not null,
  ref           text not null,
  state         jsonb not null,
  -- When the newest push was received that starts at no known head.
  broken_since  timestamptz,
  primary key (instance, repository_id, ref)
);
create index recovery_refs_broken on pushledger.recovery_refs (broken_since) where broken_since is not null;

-- How the last recovery of each repository went. Not from the log: without it, the next one looks further back.
create table pushledger.recoveries (
  instance      text not null,
  repository_id bigint not null,
  full_name     text not null,
  -- The last time that all was looked at, and up to which entry of the feed.
  checked_at    timestamptz,
  feed_id       bigint,
  -- The last try, and what was wrong with it; null: nothing.
  tried_at      timestamptz not null,
  error         text,
  -- Pushes that were recovered so far, how many of them stand for several, and when the last ones were.
  found         bigint not null default 0,
  collapsed     bigint not null default 0,
  found_at      timestamptz,
  primary key (instance, repository_id)
);
