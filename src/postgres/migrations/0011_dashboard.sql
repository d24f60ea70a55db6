-- Up Migration

-- Sign-ins to the page. The key is the cookie's value under ADMIN_TOKEN: it signs nobody in, and another token ends all.
create table pushledger.sessions (
  key        bytea primary key,
  expires_at timestamptz not null
);

-- Lists of runs, newest first: of one node (and its runs per day), and of all.
create index if not exists runs_of_node on data_factory.runs (node_id, started_at desc, run_id desc)
  where recorded_by = 'pushledger';
create index if not exists runs_started_at on data_factory.runs (started_at desc, run_id desc) where recorded_by = 'pushledger';

-- The few pushes that nobody is told of.
create index pushes_ignored on pushledger.pushes (received_at desc, push_id desc) where ignored is not null;

-- Deliveries of what was known already.
create index if not exists calls_repeated on call_monitor.calls (started_at)
  where recorded_by = 'pushledger' and function_name = 'ingest.receive' and status = 'retried';
