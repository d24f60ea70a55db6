-- Up Migration

-- What the notifier knows, made from the log alone: emptying both tables and the checkpoint `notifier` rebuilds them.

-- Pushes that no message names yet. The facts stay in the log, where the push's stream finds them. Pushes that were
-- never announced because they were too old remain here, which is why the read starts at a time.
create table pushledger.due_pushes (
  push_id     uuid primary key,
  received_at timestamptz not null,
  position    bigint not null
);
create index due_pushes_received_at on pushledger.due_pushes (received_at, position);

-- Content is JSON as text, not jsonb: every attempt sends the very same bytes, with their keys in the same order.
create table pushledger.notifications (
  message_id       uuid not null,
  version          int not null,
  room             text not null,
  push_ids         uuid[] not null,
  state            text not null check (state in ('planned', 'sent', 'parked')),
  transaction_id   text not null,
  content          text not null,
  planned_at       timestamptz not null,
  planned_position bigint not null,
  -- Of the last outcome; 0 while there is none.
  attempts         int not null default 0,
  remote_id        text,
  sent_at          timestamptz,
  -- How often it was parked. The next time takes the next stream.
  failures         int not null default 0,
  failed_at        timestamptz,
  reason           text,
  primary key (message_id, version)
);
-- The next message of a room.
create index notifications_planned on pushledger.notifications (room, planned_position) where state = 'planned';
-- The lists, newest first.
create index notifications_state on pushledger.notifications (state, planned_position);
create index notifications_planned_position on pushledger.notifications (planned_position);
