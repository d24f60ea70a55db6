-- Roles for a PostgreSQL of your own, with no more rights than each needs. In the database that pushledger is to use, as a
-- role that may create roles:
--
--   createdb pushledger
--   psql --dbname=pushledger --set=ON_ERROR_STOP=1 --file=deploy/roles.sql
--   psql --dbname=pushledger --command='\password pushledger_service'
--
-- then set DATABASE_URL=postgres://pushledger_service:…@host:5432/pushledger. May be run again at any time. (Not named
-- `pushledger`, as that is the superuser of docker-compose.yml, whose rights this would take.)
--
-- pushledger_service  what `serve` and the commands connect as. It brings its schemas up to date by itself and builds
--                     projections anew in schemas of their own, for which it may create schemas in this database; it may
--                     create no role and no database, and reads nothing that belongs to others.
-- pushledger_reader   may read what is derived (nodes, runs, calls), and nothing of the log; for reports:
--                     grant pushledger_reader to somebody

do $$
declare
  shared text;
begin
  if not exists (select from pg_roles where rolname = 'pushledger_service') then
    create role pushledger_service;
  end if;
  if not exists (select from pg_roles where rolname = 'pushledger_reader') then
    create role pushledger_reader;
  end if;
  alter role pushledger_service login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 100;
  alter role pushledger_reader nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  -- To be allowed to make schemas that belong to it.
  execute format('grant pushledger_service to %I', current_user);

  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect, create on database %I to pushledger_service', current_database());
  execute format('grant connect on database %I to pushledger_reader', current_database());
  revoke all on schema public from public;

  -- Where another program has made them, they stay its own, and pushledger may write its rows in them.
  foreach shared in array array['data_factory', 'call_monitor'] loop
    if not exists (select from pg_namespace where nspname = shared) then
      execute format('create schema %I authorization pushledger_service', shared);
    end if;
    execute format('grant usage, create on schema %I to pushledger_service', shared);
    execute format('grant select, insert, update, delete on all tables in schema %I to pushledger_service', shared);
    execute format('grant usage on schema %I to pushledger_reader', shared);
    execute format('grant select on all tables in schema %I to pushledger_reader', shared);
    execute format(
      'alter default privileges for role pushledger_service in schema %I grant select on tables to pushledger_reader', shared);
  end loop;

  execute format('revoke pushledger_service from %I', current_user);
end
$$;
