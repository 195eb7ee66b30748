-- What a hosted Supabase project has before its owner does anything, run in template1 as supabase_admin. The owner,
-- postgres, is not a superuser; the platform's schemas and roles belong to supabase_admin.
-- For `postgres --single -j`: an empty line ends a statement, so a statement has none.

create role postgres login createdb createrole replication bypassrls /* password */;

create role anon nologin;

create role authenticated nologin;

create role service_role nologin bypassrls;

-- PostgREST logs in as this one.
create role authenticator login noinherit;

grant anon, authenticated, service_role to authenticator;

grant anon, authenticated, service_role to postgres with admin option;

grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

grant set on parameter session_replication_role to postgres;

-- The time-outs that PostgREST applies to the requests of each role.
alter role anon set statement_timeout = '3s';

alter role authenticated set statement_timeout = '8s';

alter role authenticator set statement_timeout = '8s';

alter role authenticator set lock_timeout = '8s';

create schema extensions authorization postgres;

create schema auth;

create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
$$;

create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
  )
$$;

create function auth.jwt() returns jsonb language sql stable as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb
$$;

grant usage on schema auth to anon, authenticated, service_role, postgres;

grant usage on schema public, extensions to anon, authenticated, service_role;

-- initdb copied this one from template1 before it had all this.
drop database postgres;

create database postgres owner postgres;

