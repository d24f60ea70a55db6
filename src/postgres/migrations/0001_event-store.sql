-- Up Migration

-- The log. Data and metadata are JSON as text, not jsonb: digests are taken over the very bytes, and jsonb refuses
-- the escape of U+0000, which a commit message may hold.
create table pushledger.events (
  position    bigint generated always as identity primary key,
  event_id    uuid not null constraint events_event_id_key unique,
  -- One fact, one stream, one event: this key is what makes NO_STREAM strict for ever.
  stream      text not null constraint events_stream_key unique,
  type        text not null,
  data        text not null,
  metadata    text not null,
  correlation_id text not null,
  -- The verbatim signed bytes, compressed by us. Projections never read this column.
  body        bytea
);
alter table pushledger.events alter column body set storage external;

-- The chain of one push, and how many redeliveries it has.
create index events_correlation_id_type on pushledger.events (correlation_id, type);

create function pushledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are immutable: % on %.% refused', tg_op, tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end
$$;
create trigger events_are_immutable before update or delete or truncate on pushledger.events
  for each statement execute function pushledger.refuse_change();

-- Appends a batch, each event with NO_STREAM, and answers for each (by its place in the batch, from 1).
--
-- The advisory lock is held until the commit. Without it a position could be drawn before a smaller one is
-- committed elsewhere, and a reader that follows positions would pass over the smaller one for ever: measured with
-- 16 writers, such a reader lost 23 % of the events. The lock must come before the insert's snapshot, which is why
-- this is a function (each statement in it sees what the lock's last holder committed) and not one statement.
create function pushledger.append_events(
  ids uuid[], streams text[], types text[], datas text[], metadatas text[], correlation_ids text[], bodies bytea[]
) returns table (place bigint, outcome text, at_position bigint) language plpgsql
-- A plan that was cached while the table was small would go on reading all of it.
set enable_seqscan = off as $$
begin
  perform pg_advisory_xact_lock(5775043121);

  insert into pushledger.events (event_id, stream, type, data, metadata, correlation_id, body)
  select b.id, b.stream, b.type, b.data, b.metadata, b.correlation_id, b.body
  from unnest(ids, streams, types, datas, metadatas, correlation_ids, bodies)
       with ordinality as b (id, stream, type, data, metadata, correlation_id, body, place)
  order by b.place
  on conflict do nothing;

  -- One hint for the batch, as each NOTIFY takes a lock over the whole database at commit.
  notify pushledger_events;

  return query
  select b.place,
         case when e.event_id = b.id then 'stored'
              when e.event_id is not null then 'stream-taken'
              else 'id-taken' end,
         e.position
  from unnest(ids, streams) with ordinality as b (id, stream, place)
  left join pushledger.events e on e.stream = b.stream;
end
$$;
