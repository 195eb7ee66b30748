-- What Supabase gives every project. Each part is made only where it is missing, so that a plain PostgreSQL works too.
-- The checks below stop the migration before it changes anything on a database that it does not fit.

-- A statement of this migration that waits longer than this for a lock fails, and the migration is rolled back.
-- Without the limit, the app's own statements queue up behind the waiting one.
set lock_timeout = '3s';

do $$
declare
  v_relation regclass := to_regclass('public.training_sessions');
  v_kind text;
begin
  if v_relation is not null then
    select case relkind when 'v' then 'a view' when 'm' then 'a materialized view' when 'r' then 'a table'
                        else 'an object of kind ' || relkind::text end
      into v_kind from pg_catalog.pg_class where oid = v_relation;
    raise exception 'public.training_sessions already exists (%), and was not made by this migration', v_kind
      using hint = 'Nothing was changed. Rename it (alter ... rename to training_sessions_old) and apply the '
                   'migration again; an older UUID table belongs under the name live_sessions.';
  end if;
  if to_regclass('public.users') is not null and not exists (
    select 1
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_index i on i.indrelid = a.attrelid and i.indisunique and i.indpred is null
                                and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
     where a.attrelid = to_regclass('public.users') and a.attname = 'id' and a.atttypid = 'uuid'::regtype
  ) then
    raise exception 'public.users has no unique uuid column "id" to hang sessions on'
      using hint = 'Nothing was changed. Sessions belong to public.users(id), the id that Supabase Auth gives the '
                   'user: add that key, or rename the table if it is something else.';
  end if;
end $$;

do $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select 1 from pg_catalog.pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin noinherit %s', v_role,
                       case v_role when 'service_role' then 'bypassrls' else '' end);
      exception when duplicate_object or unique_violation then
        null; -- Roles belong to the cluster: the migration of another database made it since we looked.
      end;
    end if;
  end loop;

  if to_regprocedure('auth.uid()') is null then
    create schema if not exists auth;
    create function auth.uid() returns uuid language sql stable set search_path = '' as
      $body$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $body$;
    create function auth.jwt() returns jsonb language sql stable set search_path = '' as
      $body$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $body$;
    grant usage on schema auth to anon, authenticated, service_role;
  end if;
  grant usage on schema public to anon, authenticated, service_role;
end $$;

-- The private half. PostgREST does not expose this schema; clients reach it only through the functions of 90_api.sql.
create schema training;
comment on schema training is 'Training sessions: the private half. Not exposed by the Data API.';
revoke all on schema training from public;
grant usage on schema training to authenticated, service_role;
