-- Who may do what, by role. Run by `pg_prove` in .ci/run, and by `supabase test db` where there is Docker.
begin;
create extension if not exists pgtap with schema extensions;
set search_path = public, extensions;
select plan(22);

select has_table('public', 'training_sessions', 'the sessions are a table of public');
select col_is_pk('public', 'training_sessions', 'id', 'a session is known by its id');
select col_type_is('public', 'training_sessions', 'id', 'bigint', 'the id is a sequential number');
select is((select relrowsecurity from pg_class where oid = 'public.training_sessions'::regclass), true, 'sessions have row level security');
select is((select relrowsecurity from pg_class where oid = 'public.training_grades'::regclass), true, 'grades have row level security');

select table_privs_are('public', 'training_sessions', 'anon', array[]::text[], 'anon has no right to sessions');
select table_privs_are('public', 'training_sessions', 'authenticated', array['SELECT'], 'a signed-in user reads sessions and writes none');
select table_privs_are('public', 'training_grades', 'anon', array[]::text[], 'anon has no right to grades');
select table_privs_are('public', 'training_grades', 'authenticated', array['SELECT'], 'a signed-in user reads grades and writes none');
select schema_privs_are('training', 'anon', array[]::text[], 'anon cannot enter the private schema');

select ok(not has_function_privilege('anon', p.oid, 'execute'), format('anon cannot call %s', p.proname))
  from pg_proc p
 where p.pronamespace = 'public'::regnamespace
   and p.proname in ('create_training_session', 'append_transcript', 'complete_training_session', 'delete_training_session');
select ok(has_function_privilege('authenticated', p.oid, 'execute'), format('a signed-in user calls %s', p.proname))
  from pg_proc p
 where p.pronamespace = 'public'::regnamespace
   and p.proname in ('create_training_session', 'append_transcript', 'complete_training_session', 'delete_training_session');
select ok(not has_function_privilege('authenticated', p.oid, 'execute'), format('a signed-in user cannot call %s', p.proname))
  from pg_proc p
 where p.pronamespace = 'public'::regnamespace
   and p.proname in ('claim_training_sessions', 'save_training_grade', 'sweep_training_sessions', 'regrade_training_sessions');

select * from finish();
rollback;
