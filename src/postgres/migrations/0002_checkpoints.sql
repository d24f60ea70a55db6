-- Up Migration

-- How far each subscriber has handled the log. A position means something only in the ledger and the store that it
-- was taken from. The last handled event finds the same place in a copy of the log: its stream, which holds nothing
-- else, is where any store finds it at once, and its id tells that it is the same event.
create table pushledger.checkpoints (
  name      text primary key,
  ledger_id uuid not null,
  store     text not null,
  position  bigint not null,
  event_id  uuid,
  stream    text
);
