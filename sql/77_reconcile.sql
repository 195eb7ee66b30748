-- Reconciling adds lines that only the voice provider has to the transcript. The worker aligns the provider's turns
-- with our lines (functions/voice/alignment.py, pure) and passes a plan of lines to add. The transition here never
-- overwrites, reorders or renumbers an acknowledged line.

-- What the worker needs to plan: the lines, and the finished conversations in the order they were bound.
-- complete: the provider's record of every conversation is here or was given up, so turns after our last line may be
-- appended.
create function training.reconciliation_of(p_session public.training_sessions, p_version text,
  p_changes integer) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_object(
    'session_id', p_session.id, 'version', p_version, 'changes', p_changes, 'started_at', p_session.started_at,
    'transcript', p_session.transcript,
    'complete', not exists (select 1 from training.voice_conversations c where c.session_id = p_session.id
    and c.poll_after is not null),
    'conversations', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'provider', t.provider, 'conversation_id', t.conversation_id, 'status', t.status, 'turns', t.turns,
               'started_at', t.started_at,
               'duration_seconds', t.duration_seconds) order by c.bound_at, t.id), '[]')
        from public.provider_transcripts t join training.voice_conversations c using (provider, conversation_id)
       where t.session_id = p_session.id)
  );
end $$;

-- Leases, for a minute or more, up to p_max_count sessions whose provider record changed. When a lease runs out, the
-- session is leased again.
create function training.claim_reconciliations(p_max_count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_now timestamptz := training.now();
  v_claims jsonb := '[]'::jsonb;
  v_voice training.voice_sessions;
  v_row record;
begin
  for v_voice in
    select v.* from training.voice_sessions v where v.try_after <= v_now order by v.try_after limit p_max_count
      for update skip locked
  loop
    update training.voice_sessions v
       set tries = v.tries + 1, try_after = v_now + least(interval '1 hour', interval '1 minute' * 2 ^ least(v.tries,
         6))
     where v.session_id = v_voice.session_id;
    -- xmin is the row's version: see training.get_session.
    select s.xmin::text as version, s as session into v_row from public.training_sessions s
      where s.id = v_voice.session_id;
    v_claims := v_claims || training.reconciliation_of(v_row.session, v_row.version, v_voice.changes);
    exit when pg_column_size(v_claims) > 8 * 1024 * 1024;
  end loop;
  return v_claims;
end $$;

-- Ends an active session whose newest conversation is over. Queues an ended session that gained lines for another
-- grade.
create function training.apply_recovered(p_session public.training_sessions, p_gained boolean) returns void
language plpgsql set search_path = '' as $$
declare
  v_newest public.provider_transcripts;
  v_claim training.grading_claims;
  v_had_no_words boolean := p_session.end_reason is not distinct from 'no_conversation';
  v_is_scorable boolean := p_session.transcript @> '[{"speaker": "user"}]';
  v_begins_to_wait boolean := v_had_no_words and v_is_scorable;
begin
  select t.* into v_newest from public.provider_transcripts t
   where t.session_id = p_session.id and t.conversation_id = p_session.conversation_id;
  if p_session.status = 'active' and v_newest.id is not null then
    perform training.end_session(p_session, 'ended',
      least(training.now(), coalesce(v_newest.started_at + make_interval(secs => v_newest.duration_seconds),
        training.now())),
      v_newest.duration_seconds);
  elsif not p_gained or p_session.status = 'active' then
    -- The same words, but a new row version: the ETag must change with `voice`.
    update public.training_sessions s set transcript = p_session.transcript where s.id = p_session.id;
  else
    -- A grade under way has not seen the new lines. Its grader may have asked the model.
    delete from training.grading_claims c where c.session_id = p_session.id returning * into v_claim;
    if v_claim.spends_model_grade then
      perform training.count_usage(v_claim.user_id, p_model_grades => 1);
    end if;
    -- A session that had no words of the rep begins to wait for its grade only now.
    update public.training_sessions s
       set transcript = p_session.transcript,
           graded_at = null,
           status = case when v_is_scorable then 'completed' else s.status end,
           end_reason = case when v_begins_to_wait then 'ended' else s.end_reason end,
           last_activity_at = case when v_begins_to_wait then training.now() else s.last_activity_at end,
           duration_seconds = case when v_had_no_words then coalesce(v_newest.duration_seconds, s.duration_seconds)
                                   else s.duration_seconds end
     where s.id = p_session.id;
    perform training.wake_grader(p_session.id);
  end if;
end $$;

-- Applies a plan: p_lines [{"sequence", "speaker", "text", "timestamp"}] at sequences that are free, each marked
-- "source": "provider".
-- Refused with `changed`, and tried again at once, where the session or the provider's record changed since the claim.
create function training.save_reconciliation(
  p_session_id bigint, p_version text, p_changes integer, p_lines jsonb, p_unplaced integer, p_timings jsonb
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions;
  v_version text;
  v_lines jsonb[];
begin
  select s.xmin::text into v_version from public.training_sessions s where s.id = p_session_id for update;
  if not found then
    return jsonb_build_object('saved', false, 'reason', 'session_deleted');
  end if;
  select * into v_session from public.training_sessions s where s.id = p_session_id;
  perform 1 from training.voice_sessions v where v.session_id = p_session_id and v.changes = p_changes for update;
  if not found or v_version <> p_version then
    update training.voice_sessions v set try_after = training.now() where v.session_id = p_session_id;
    return jsonb_build_object('saved', false, 'reason', 'changed');
  end if;

  -- A session's texts hold at most 1 MiB; what does not fit stays in the provider's row.
  select coalesce(array_agg(line || '{"source": "provider"}' order by (line ->> 'sequence')::integer),
    '{}') into v_lines
    from (select line, sum(octet_length(line ->> 'text')) over (order by (line ->> 'sequence')::integer) as bytes
            from jsonb_array_elements(p_lines) line) planned
   where (line ->> 'sequence')::integer between 1 and 2000
     and not v_session.transcript @> jsonb_build_array(jsonb_build_object('sequence', line -> 'sequence'))
     and bytes + (select coalesce(sum(octet_length(l ->> 'text')), 0)
       from jsonb_array_elements(v_session.transcript) l) <= 1048576;
  if v_lines <> '{}' then
    select jsonb_agg(line order by (line ->> 'sequence')::integer) into v_session.transcript
      from (select jsonb_array_elements(v_session.transcript) as line union all select unnest(v_lines)) merged;
    perform training.broadcast_lines(p_session_id, v_lines);
  end if;
  perform training.apply_recovered(v_session, v_lines <> '{}');
  update training.voice_sessions v
     set try_after = null, reconciled_at = training.now(), timings = p_timings,
         unplaced = p_unplaced + jsonb_array_length(p_lines) - cardinality(v_lines),
         recovered_lines = jsonb_array_length(jsonb_path_query_array(v_session.transcript,
           '$[*] ? (@.source == "provider")')),
         duration_seconds = (select sum(t.duration_seconds) from public.provider_transcripts t
           where t.session_id = p_session_id)
   where v.session_id = p_session_id;
  return jsonb_build_object('saved', true, 'reason', null);
end $$;
