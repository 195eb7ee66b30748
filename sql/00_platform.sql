-- What Supabase gives every project, made here only where it is missing, so that a plain PostgreSQL will do;
-- and the checks that stop the migration, before it changes anything, on a database it does not fit.

do $$
declare
  v_relation regclass := to_regclass('public.training_sessions');
begin
  if v_relation is not null then
    raise exception 'public.training_sessions already exists (%), and was not made by this migration',
        (select case relkind when 'v' then 'a view' when 'm' then 'a materialized view' when 'r' then 'a table' else 'an object of kind ' || relkind::text end
           from pg_catalog.pg_class where oid = v_relation)
      using hint = 'Nothing was changed. Rename it (alter ... rename to training_sessions_old) and apply the migration again; '
                   'an older UUID table belongs under the name live_sessions.';
  end if;
  if to_regclass('public.users') is not null and not exists (
    select 1
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_index i on i.indrelid = a.attrelid and i.indisunique and i.indpred is null
                                and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
     where a.attrelid = to_regclass('public.users') and a.attname = 'id' and a.atttypid = 'uuid'::regtype
  ) then
    raise exception 'public.users has no unique uuid column "id" to hang sessions on'
      using hint = 'Nothing was changed. Sessions belong to public.users(id), the id Supabase Auth gives the user: '
                   'add that key, or rename the table if it is something else.';
  end if;
end $$;

do $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select 1 from pg_catalog.pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin noinherit %s', v_role, case v_role when 'service_role' then 'bypassrls' else '' end);
      exception when duplicate_object or unique_violation then
        null; -- roles belong to the cluster: another database's migration made it in the meantime
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

-- Everything private lives here. PostgREST does not expose it; clients reach it only through the functions of 90_api.sql.
create schema training;
comment on schema training is 'Training sessions: the private half. Not exposed by the Data API.';
revoke all on schema training from public;
grant usage on schema training to authenticated, service_role;
