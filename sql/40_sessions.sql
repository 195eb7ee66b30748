-- The life of a session: create, append, complete, delete; and reading it. Each call is one transaction.

-- Makes the caller's profile row if the app has not made it: with the id and, where the table has the column, the email
-- of the token.
create function training.ensure_profile(p_user_id uuid) returns void language plpgsql set search_path = '' as $$
declare
  v_email text := nullif(auth.jwt() ->> 'email', '');
  v_email_column text;
begin
  if exists (select 1 from public.users where id = p_user_id) then
    return;
  end if;
  -- The app's own triggers run below and may need this path. It ends with this function.
  perform set_config('search_path', 'public, extensions, pg_temp', true);
  begin
    select attname into v_email_column from pg_catalog.pg_attribute
     where attrelid = 'public.users'::regclass and attname = 'email' and not attisdropped and attgenerated = ''
       and v_email is not null;
    if v_email_column is null then
      insert into public.users (id) values (p_user_id) on conflict (id) do nothing;
    else
      execute format('insert into public.users (id, %I) values ($1, $2) on conflict (id) do nothing', v_email_column)
        using p_user_id, v_email;
    end if;
  exception when others then
    -- A passing failure of the database (deadlock, resources, cancellation, I/O) is not the table's: a retry helps.
    if sqlstate ~ '^(40|53|55|57|58)' then
      raise;
    end if;
    perform training.profile_missing(sqlstate);
  end;
  if not exists (select 1 from public.users where id = p_user_id) then
    perform training.profile_missing('a trigger');
  end if;
end $$;

create function training.profile_missing(p_reason text) returns void language plpgsql set search_path = '' as $$
begin
  perform training.fail(
    409, 'profile_missing', 'You have no row in public.users, and it cannot be made from your token alone.', null,
    format('Insert the user''s row (id = auth.uid()) when they sign up, then create the session again. '
           'It was refused by %s.', p_reason)
  );
end $$;

-- Begins a session, or returns the caller's earlier one with the same idempotency key. Only a new one is counted.
create function training.create_session(p_agent_name text, p_agent_id text, p_idempotency_key text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_now timestamptz := training.now();
  v_session public.training_sessions;
begin
  p_agent_name := training.short_text(p_agent_name, 'agent_name');
  if p_agent_id is not null then
    p_agent_id := training.short_text(p_agent_id, 'agent_id');
  end if;
  if p_idempotency_key is not null then
    p_idempotency_key := training.short_text(p_idempotency_key, 'idempotency_key');
  end if;
  perform training.ensure_profile(v_caller);

  loop
    insert into public.training_sessions (
      user_id, agent_name, agent_id, idempotency_key, started_at, created_at, last_activity_at
    ) values (v_caller, p_agent_name, p_agent_id, p_idempotency_key, v_now, v_now, v_now)
    on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing
    returning * into v_session;
    if found then
      perform training.spend(v_caller, 'sessions');
      exit;
    end if;
    -- Another request with this key has committed first. If that session is deleted by now, insert again.
    select * into v_session from public.training_sessions s
     where s.user_id = v_caller and s.idempotency_key = p_idempotency_key;
    exit when found;
  end loop;
  if (v_session.agent_name, v_session.agent_id) is distinct from (p_agent_name, p_agent_id) then
    perform training.fail(422, 'idempotency_mismatch', 'This idempotency key began a session with another agent.',
                          'idempotency_key', 'Use a new key for a new session.');
  end if;
  return jsonb_build_object('id', v_session.id, 'status', v_session.status);
end $$;

-- Stores 1 to 100 lines in the caller's session. Repeating the call changes nothing and counts the lines as duplicates.
create function training.append_transcript(p_session_id bigint, p_lines jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_lines jsonb[] := training.read_lines(p_lines, 1);
  v_session public.training_sessions := training.lock_own_session(p_session_id);
  v_merged record;
begin
  v_merged := training.merge_lines(v_session, v_lines);
  if v_merged.changed <> '{}' then
    perform training.broadcast_lines(p_session_id, v_merged.changed);
    update public.training_sessions s
       set transcript = v_merged.transcript, last_activity_at = training.now()
     where s.id = p_session_id
    returning * into v_session;
  end if;
  return jsonb_build_object(
    'id', v_session.id, 'line_count', v_session.line_count, 'last_sequence', v_session.last_sequence,
    'duplicates', v_merged.duplicates, 'missing', training.missing_sequences(v_session)
  );
end $$;

-- Ends a locked, active session whose transcript is final. A session without a line of the rep gets the status failed,
-- the end reason no_conversation and no scores. Every other session gets the status completed and waits for its grade.
create function training.end_session(
  p_session public.training_sessions, p_end_reason text, p_ended_at timestamptz, p_duration_seconds integer
) returns public.training_sessions language plpgsql set search_path = '' as $$
declare
  v_spoken boolean := p_session.transcript @> '[{"speaker": "user"}]';
begin
  update public.training_sessions s
     set status = case when v_spoken then 'completed' else 'failed' end,
         end_reason = case when v_spoken then p_end_reason else 'no_conversation' end,
         ended_at = greatest(p_ended_at, s.started_at),
         duration_seconds = coalesce(
           p_duration_seconds, least(86400, greatest(0, extract(epoch from p_ended_at - s.started_at)))::integer
         ),
         transcript = p_session.transcript,
         last_activity_at = training.now()
   where s.id = p_session.id
  returning * into p_session;
  return p_session;
end $$;

-- Stores the last lines and ends the session. A repeated call changes nothing and gives the same answer.
create function training.complete_session(p_session_id bigint, p_duration_seconds numeric, p_lines jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_lines jsonb[];
  v_session public.training_sessions;
  v_merged record;
begin
  if p_duration_seconds not between 0 and 86400 or p_duration_seconds <> trunc(p_duration_seconds) then
    perform training.fail_field('duration_seconds', 'must be a whole number of seconds from 0 to 86400');
  end if;
  v_lines := training.read_lines(coalesce(p_lines, '[]'), 0);
  v_session := training.lock_own_session(p_session_id);

  if v_session.status <> 'active' then
    v_lines := training.number_as_stored(v_session, v_lines);
  end if;
  v_merged := training.merge_lines(v_session, v_lines);
  if v_session.status = 'active' then
    perform training.broadcast_lines(p_session_id, v_merged.changed);
    v_session.transcript := v_merged.transcript;
    v_session := training.end_session(v_session, 'ended', training.now(), p_duration_seconds::integer);
  end if;
  return jsonb_build_object(
    'id', v_session.id, 'status', v_session.status, 'redirect_to', '/analytics/' || v_session.id,
    'missing', training.missing_sequences(v_session)
  );
end $$;

-- Erases the caller's session with its grades. The row lock waits for a transaction that is changing the session.
create function training.delete_session(p_session_id bigint) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform training.lock_own_session(p_session_id);
  delete from public.training_sessions s where s.id = p_session_id;
end $$;

-- not_started | waiting | in_progress | graded | unscored. A lease that has run out counts as waiting.
create function training.grading_state(p_session public.training_sessions) returns text
language sql stable set search_path = '' as $$
  select case
    when p_session.status = 'active' then 'not_started'
    when p_session.status = 'failed' then 'unscored'
    when p_session.graded_at is not null and p_session.overall_score is null then 'unscored'
    when p_session.graded_at is not null then 'graded'
    when exists (
      select 1 from training.grading_claims c where c.session_id = p_session.id and c.lease_until > training.now()
    ) then 'in_progress'
    else 'waiting'
  end
$$;

-- The whole session as GET answers it, with an ETag header. 304 when If-None-Match names that ETag; the transcript is
-- not read then.
create function training.get_session(p_session_id bigint) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_row record;
  v_session public.training_sessions;
  v_grade public.training_grades;
  v_state text;
  v_etag text;
  v_known text;
  v_timings jsonb;
begin
  -- xmin is the row's version: every write changes it, and reading it is free. The grading state is part of the ETag,
  -- because a lease changes the state without a write to this row.
  select s.xmin as version, s as session into v_row from public.training_sessions s
   where s.id = p_session_id and s.user_id = v_caller;
  if not found then
    perform training.session_not_found();
  end if;
  v_session := v_row.session;
  v_state := training.grading_state(v_session);
  v_etag := format('"%s-%s-%s-%s"', v_session.id, v_row.version, extract(epoch from v_session.last_activity_at),
                   v_state);
  perform set_config('response.headers', jsonb_build_array(jsonb_build_object('ETag', v_etag))::text, true);
  v_known := nullif(current_setting('request.headers', true), '')::json ->> 'if-none-match';
  if position(v_etag in coalesce(v_known, '')) > 0 then
    perform set_config('response.status', '304', true);
    return null;
  end if;

  v_timings := (select v.timings from training.voice_sessions v where v.session_id = p_session_id);
  -- The current grade, or the attempt that says why the session has none.
  select * into v_grade from public.training_grades g
   where g.session_id = p_session_id and (g.outcome = 'accepted' or v_session.status = 'failed')
   order by g.id desc limit 1;
  return json_build_object(
    'id', v_session.id, 'user_id', v_session.user_id,
    'agent_name', v_session.agent_name, 'agent_id', v_session.agent_id,
    'status', v_session.status, 'end_reason', v_session.end_reason,
    'started_at', v_session.started_at, 'ended_at', v_session.ended_at, 'duration_seconds', v_session.duration_seconds,
    'rapport_score', v_session.rapport_score, 'discovery_score', v_session.discovery_score,
    'objection_handling_score', v_session.objection_handling_score, 'closing_score', v_session.closing_score,
    'overall_score', v_session.overall_score,
    'feedback_strengths', v_session.feedback_strengths, 'feedback_improvements', v_session.feedback_improvements,
    'virtual_earnings', v_session.virtual_earnings,
    'graded_by', v_session.graded_by, 'rubric_version', v_session.rubric_version, 'graded_at', v_session.graded_at,
    'created_at', v_session.created_at, 'last_activity_at', v_session.last_activity_at,
    'conversation_id', v_session.conversation_id, 'legacy_id', v_session.legacy_id,
    'redirect_to', '/analytics/' || v_session.id,
    'grading', json_build_object(
      'state', v_state, 'graded_by', v_session.graded_by, 'rubric_version', v_session.rubric_version,
      'model', v_grade.model, 'confidence', v_grade.confidence, 'confidence_reason', v_grade.confidence_reason,
      'notes', coalesce(v_grade.notes, '{}')
    ),
    'evidence', coalesce(v_grade.evidence, '{}'), 'remarks', coalesce(v_grade.remarks, '[]'),
    'delivery', case when v_session.status <> 'active'
                     then training.delivery_facts(v_session.transcript, v_timings) end,
    'voice', training.voice_of(v_session), 'timings', v_timings,
    'legacy', (select o.columns from training.legacy_originals o where o.session_id = p_session_id),
    'line_count', v_session.line_count, 'last_sequence', v_session.last_sequence,
    'transcript', v_session.transcript
  );
end $$;

-- About when a deleted session was created: no earlier than the owner's session with the next smaller id. The ids of
-- sessions from the old system are not in the order of creation, so a page with such sessions cannot continue here; an
-- error says so, because an empty page would look like the last one.
create function training.created_near(p_user_id uuid, p_session_id bigint) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  if exists (select 1 from public.training_sessions s where s.user_id = p_user_id and s.legacy_id is not null) then
    perform training.fail_field('before', 'names a session that no longer exists; begin again without it');
  end if;
  -- id + 0 keeps the planner from the primary key, which would scan the sessions of all users.
  return coalesce((select s.created_at from public.training_sessions s
                    where s.user_id = p_user_id and s.id + 0 < p_session_id
                    order by s.id + 0 desc limit 1), '-infinity');
end $$;

-- A page of the caller's sessions, newest first. p_before is the next_before of the page above.
create function training.list_sessions(p_limit integer, p_before bigint, p_agent_name text) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_created_at timestamptz := timestamptz 'infinity';
  v_page json;
begin
  if p_limit is null or p_limit not between 1 and 100 then
    perform training.fail_field('max_count', 'must be a whole number from 1 to 100');
  end if;
  if p_before is not null then
    select created_at into v_created_at from public.training_sessions where id = p_before and user_id = v_caller;
    if not found then -- Deleted since, or another user's.
      v_created_at := training.created_near(v_caller, p_before);
    end if;
  end if;
  with page as (
    select s.id, s.agent_name, s.agent_id, s.status, s.end_reason, s.started_at, s.ended_at, s.duration_seconds,
           s.rapport_score, s.discovery_score, s.objection_handling_score, s.closing_score, s.overall_score,
           s.virtual_earnings, s.graded_by, s.rubric_version, s.confidence, s.graded_at, s.created_at, s.line_count
      from public.training_sessions s
     where s.user_id = v_caller
       and (s.created_at, s.id) < (v_created_at, coalesce(p_before, 9223372036854775807))
       and (p_agent_name is null or s.agent_name = p_agent_name)
     order by s.created_at desc, s.id desc
     limit p_limit + 1
  )
  select json_build_object(
           'sessions', coalesce((select json_agg(p order by p.created_at desc, p.id desc)
                                   from (select * from page order by created_at desc, id desc limit p_limit) p), '[]'),
           'next_before', case when count(*) > p_limit
                               then (select id from page order by created_at desc, id desc
                                     offset p_limit - 1 limit 1) end)
    into v_page from page;
  return v_page;
end $$;

-- The integer id of each of the caller's sessions that had a UUID in the old system. UUIDs of other users are left out.
-- An id that is asked for alone and belongs to an anonymous demo session without an owner: 410 session_anonymous.
create function training.resolve_legacy_sessions(p_legacy_ids uuid[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_missing uuid[];
  v_found jsonb;
begin
  if coalesce(cardinality(p_legacy_ids), 0) not between 1 and 1000 then
    perform training.fail_field('legacy_ids', 'must be an array of 1 to 1000 UUIDs');
  end if;
  select array_agg(asked) into v_missing from unnest(p_legacy_ids) asked
   where not exists (select 1 from public.training_sessions s where s.legacy_id = asked);
  if v_missing is not null then
    perform training.adopt_legacy_sessions(v_caller, v_missing);
  end if;
  select coalesce(jsonb_object_agg(s.legacy_id, s.id), '{}') into v_found from public.training_sessions s
   where s.legacy_id = any (p_legacy_ids) and s.user_id = v_caller;
  if v_found = '{}' and cardinality(p_legacy_ids) = 1
     and exists (
       select 1 from training.legacy_quarantine q where q.legacy_id = p_legacy_ids[1] and q.user_id is null
     ) then
    perform training.fail(410, 'session_anonymous',
      'This demo session was played without signing in. It has no owner and was not carried over.');
  end if;
  return v_found;
end $$;

-- Binds the provider's conversation in which a session is spoken. A conversation belongs to one session only.
create function training.bind_conversation(p_session_id bigint, p_conversation_id text, p_provider text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions := training.lock_own_session(p_session_id);
begin
  p_conversation_id := training.short_text(p_conversation_id, 'conversation_id');
  if v_session.status <> 'active' then
    perform training.fail(409, 'session_not_active', 'The session has ended.');
  end if;
  update public.training_sessions s set conversation_id = p_conversation_id where s.id = p_session_id;
  perform training.follow_conversation(p_session_id, p_provider, p_conversation_id);
  return jsonb_build_object('id', p_session_id, 'conversation_id', p_conversation_id);
exception when unique_violation then
  perform training.fail(409, 'conversation_taken', 'That conversation belongs to another session.',
                        'conversation_id');
  return null;
end $$;

-- The voice agent of the caller's active session, for a voice start that is counted here. A session may be started
-- again after a lost connection: each of its conversations is kept, and none replaces another.
create function training.start_voice(p_session_id bigint) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions := training.lock_own_session(p_session_id);
begin
  if v_session.status <> 'active' then
    perform training.fail(409, 'session_not_active', 'The session has ended.');
  end if;
  perform training.spend(v_session.user_id, 'voice_starts');
  return jsonb_build_object('agent_id', v_session.agent_id);
end $$;

-- Counts a turn of a homeowner whom the model plays, before the model is asked: a lost answer has cost tokens, too.
-- -> {"agent_name", "lines"}: the last 40 lines are enough for an answer and bound the tokens of a turn.
create function training.take_homeowner_turn(p_session_id bigint) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions := training.lock_own_session(p_session_id);
begin
  if v_session.status <> 'active' then
    perform training.fail(409, 'session_not_active', 'The session has ended.');
  end if;
  perform training.spend(v_session.user_id, 'homeowner_turns');
  return jsonb_build_object('agent_name', v_session.agent_name, 'lines', coalesce((
    select jsonb_agg(jsonb_build_object('speaker', l.line -> 'speaker', 'text', l.line -> 'text') order by l.place)
      from jsonb_array_elements(v_session.transcript) with ordinality l (line, place)
     where l.place > jsonb_array_length(v_session.transcript) - 40
  ), '[]'));
end $$;
