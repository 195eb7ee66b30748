-- One session's life through the public functions: create, append, complete, and what the owner and others then see.
begin;
create extension if not exists pgtap with schema extensions;
set search_path = public, extensions;
select plan(13);

insert into public.users (id) values
  ('11111111-1111-4111-8111-111111111111'), ('22222222-2222-4222-8222-222222222222') on conflict do nothing;

-- Makes the rest of the transaction a request of this user.
create function pg_temp.sign_in(p_user uuid) returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object('sub', p_user, 'role', 'authenticated')::text, true),
         set_config('role', 'authenticated', true)
$$;
grant execute on function pg_temp.sign_in to public;

select pg_temp.sign_in('11111111-1111-4111-8111-111111111111');
create temporary table made as select public.create_training_session('Austin') as answer;
select is(answer ->> 'status', 'active', 'a new session is active') from made;

create temporary table appended as
  select public.append_transcript(
    (answer ->> 'id')::bigint,
    '[{"sequence": 1, "speaker": "rep", "text": "Hi, how are you today?"},
      {"sequence": 2, "speaker": "homeowner", "text": "Busy."}]') as answer
    from made;
select is((answer ->> 'line_count')::integer, 2, 'both lines are stored') from appended;
select is(transcript -> 0 ->> 'speaker', 'user', 'the speaker is normalised') from public.training_sessions, made
 where id = (answer ->> 'id')::bigint;

select is(
  (public.append_transcript((answer ->> 'id')::bigint,
     '[{"sequence": 1, "speaker": "rep", "text": "Hi, how are you today?"}]') ->> 'duplicates')::integer,
  1, 'a line sent again with the same words is a duplicate') from made;
select throws_ok(
  format($$select public.append_transcript(%s, '[{"sequence": 1, "speaker": "rep", "text": "Other words."}]')$$, answer ->> 'id'),
  'PGRST', null, 'a line sent again with other words is refused') from made;
select throws_ok(
  format($$update public.training_sessions set rapport_score = 100 where id = %s$$, answer ->> 'id'),
  '42501', null, 'an owner cannot write scores') from made;

select pg_temp.sign_in('22222222-2222-4222-8222-222222222222');
select is(count(*), 0::bigint, 'another user does not see the session') from public.training_sessions;
select throws_ok(
  format('select public.get_training_session(%s)', answer ->> 'id'), 'PGRST', null, 'another user gets an error for it') from made;
select throws_ok(
  format('select public.complete_training_session(%s)', answer ->> 'id'), 'PGRST', null, 'another user cannot end it') from made;

select pg_temp.sign_in('11111111-1111-4111-8111-111111111111');
select is(
  public.complete_training_session((answer ->> 'id')::bigint, 95) ->> 'status', 'completed', 'complete ends the session') from made;
select is(
  public.complete_training_session((answer ->> 'id')::bigint, 95) ->> 'status', 'completed', 'a second complete answers the same')
  from made;
select throws_ok(
  format($$select public.append_transcript(%s, '[{"sequence": 3, "speaker": "rep", "text": "Wait!"}]')$$, answer ->> 'id'),
  'PGRST', null, 'a new line after the end is refused') from made;
select is(public.get_training_session((answer ->> 'id')::bigint) -> 'grading' ->> 'state', 'waiting', 'the session waits for its grade')
  from made;

select * from finish();
rollback;
