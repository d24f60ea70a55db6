-- Up Migration

-- How far each subscriber has handled the log. A position means something only in the ledger and the store that it
-- was taken from; the event id finds the same place in a copy of the log.
create table pushledger.checkpoints (
  name      text primary key,
  ledger_id uuid not null,
  store     text not null,
  position  bigint not null,
  event_id  uuid
);
