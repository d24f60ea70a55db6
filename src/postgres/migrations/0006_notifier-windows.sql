-- Up Migration

-- What the notifier knows is made anew, from the first event on: it now needs more of each than these tables held.
truncate pushledger.due_pushes, pushledger.notifications;
delete from pushledger.checkpoints where name = 'notifier';

-- Pushes that are to be named by some message still.
alter table pushledger.due_pushes
  -- `<instance> <repository id>`: the repository, whatever it is called by now.
  add column repository text not null,
  -- When it came into the log, which decides the window that it falls into.
  add column recorded_at timestamptz not null,
  -- The rooms that are left. Null while no message names it: it is then the configuration that says where it goes.
  add column rooms text[];

alter table pushledger.notifications
  -- The pushes that it tells with their enrichment.
  add column enriched uuid[] not null default '{}',
  -- Another message had named one of its pushes in this room before: it is never sent, and names nothing.
  add column void boolean not null default false,
  -- How often it had been parked when a person last asked to send it again.
  add column retried int not null default 0,
  -- The device that the homeserver took it from.
  add column device text,
  drop constraint notifications_state_check,
  add constraint notifications_state_check check (state in ('planned', 'sent', 'parked', 'superseded'));
-- What was sent lately: the account's limit, and the device of the last message.
create index notifications_sent on pushledger.notifications (sent_at, room) where sent_at is not null;

-- The message that a repository's window in a room opened with: the last one of each.
create table pushledger.notification_windows (
  room       text not null,
  repository text not null,
  message_id uuid not null,
  primary key (room, repository)
);

-- Pushes of which the log holds an enrichment.
create table pushledger.enriched_pushes (
  push_id     uuid primary key,
  recorded_at timestamptz not null
);

-- Messages whose last version tells less than the log knows, with the time of the first enrichment that it leaves out.
create table pushledger.due_refreshes (
  message_id  uuid primary key,
  recorded_at timestamptz not null
);
create index due_refreshes_recorded_at on pushledger.due_refreshes (recorded_at);
