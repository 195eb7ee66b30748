-- Saving a grade, and queueing sessions for another one. The first valid save of a claim wins.

-- Whether a re-grade leaves the current grade in place: it found nothing to judge, or only the heuristic graded and the
-- current grade is by the model or from the old system.
create function training.keeps_current_grade(p_session public.training_sessions, p_last_attempt jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select p_session.graded_by is not null and (
    p_last_attempt ->> 'outcome' = 'failed'
    or p_last_attempt ->> 'grader' = 'heuristic' and p_session.graded_by <> 'heuristic'
  )
$$;

-- Adds the attempts of one claim to the history. -> the last one as stored
create function training.record_attempts(
  p_session public.training_sessions, p_claim_number integer, p_attempts jsonb, p_keeps_current boolean,
  p_now timestamptz
) returns public.training_grades language plpgsql set search_path = '' as $$
declare
  v_attempt jsonb;
  v_grade public.training_grades;
begin
  for v_attempt in select value from jsonb_array_elements(p_attempts) loop
    v_grade := jsonb_populate_record(null::public.training_grades, v_attempt);
    insert into public.training_grades (
      session_id, claim_number, outcome, grader, model, rubric_version, prompt_hash, scores, evidence,
      remarks, feedback_strengths, feedback_improvements, virtual_earnings, notes, confidence, confidence_reason, facts,
      tokens_in, tokens_out, latency_ms,
      seconds_to_grade, error_class, error, request_id, created_at
    ) values (
      p_session.id, p_claim_number,
      case when v_grade.outcome = 'accepted' and p_keeps_current then 'not_used' else v_grade.outcome end,
      v_grade.grader, v_grade.model, v_grade.rubric_version, v_grade.prompt_hash,
      nullif(v_grade.scores, 'null'), nullif(v_grade.evidence, 'null'), coalesce(nullif(v_grade.remarks, 'null'), '[]'),
      coalesce(v_grade.feedback_strengths, '{}'), coalesce(v_grade.feedback_improvements, '{}'),
      coalesce(v_grade.virtual_earnings, 0), coalesce(v_grade.notes, '{}'),
      v_grade.confidence, v_grade.confidence_reason, nullif(v_grade.facts, 'null'),
      v_grade.tokens_in, v_grade.tokens_out, v_grade.latency_ms,
      -- last_activity_at: the time of the end or the sweep. ended_at of an abandoned session is that of its last line.
      case when v_grade.outcome = 'accepted' and p_session.graded_by is null
           then extract(epoch from p_now - p_session.last_activity_at) end,
      v_grade.error_class, v_grade.error, v_grade.request_id, p_now
    ) returning * into v_grade;
  end loop;
  return v_grade;
end $$;

-- Makes an accepted grade the one that the session shows.
create function training.show_grade(p_grade public.training_grades) returns void language sql set search_path = '' as $$
  update public.training_sessions s
     set rapport_score = (p_grade.scores ->> 'rapport')::integer,
         discovery_score = (p_grade.scores ->> 'discovery')::integer,
         objection_handling_score = (p_grade.scores ->> 'objection_handling')::integer,
         closing_score = (p_grade.scores ->> 'closing')::integer,
         feedback_strengths = p_grade.feedback_strengths,
         feedback_improvements = p_grade.feedback_improvements,
         virtual_earnings = p_grade.virtual_earnings,
         graded_by = p_grade.grader,
         rubric_version = p_grade.rubric_version,
         confidence = p_grade.confidence,
         graded_at = p_grade.created_at
   where s.id = p_grade.session_id
$$;

-- Counts what the attempts of a claim used: the tokens, and one grade by the model if the model was asked.
create function training.count_attempts(p_claim training.grading_claims, p_attempts jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_asked_model boolean;
  v_tokens_in bigint;
  v_tokens_out bigint;
begin
  select coalesce(bool_or(a ->> 'grader' = 'model' and a ->> 'error_class' is distinct from 'skipped_outage'), false),
         coalesce(sum((a ->> 'tokens_in')::bigint), 0), coalesce(sum((a ->> 'tokens_out')::bigint), 0)
    into v_asked_model, v_tokens_in, v_tokens_out
    from jsonb_array_elements(p_attempts) a;
  if v_asked_model then
    perform training.count_usage(
      p_claim.user_id, p_model_grades => p_claim.spends_model_grade::integer,
      p_tokens_in => v_tokens_in, p_tokens_out => v_tokens_out
    );
  end if;
end $$;

-- Saves the result of a claim: every attempt into the history, the last one as the session's grade. The last attempt is
-- accepted, or failed because the rep says nothing. A save that is late, repeated or without a claim changes nothing
-- and says so. What an erased session used is still counted.
create function training.save_grade(p_session_id bigint, p_claim_id uuid, p_attempts jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_last jsonb := p_attempts -> -1;
  v_no_conversation boolean := v_last ->> 'outcome' = 'failed' and v_last ->> 'error_class' = 'no_conversation';
  v_session public.training_sessions;
  v_claim training.grading_claims;
  v_keeps_current boolean;
  v_grade public.training_grades;
begin
  if (v_last ->> 'outcome' = 'accepted' or v_no_conversation) is not true then
    perform training.fail_field('attempts', 'must end with an accepted grade, or a failure of class no_conversation');
  end if;
  select * into v_session from public.training_sessions s where s.id = p_session_id for update;
  delete from training.grading_claims c where c.session_id = p_session_id and c.claim_id = p_claim_id
  returning * into v_claim;
  if v_session.id is null or v_claim.session_id is null then
    if v_claim.session_id is not null then
      perform training.count_attempts(v_claim, p_attempts);
    end if;
    return jsonb_build_object('saved', false, 'reason', case
      when v_session.id is null then 'session_deleted'
      when v_session.graded_at is not null then 'already_graded'
      else 'late' end);
  end if;

  v_keeps_current := training.keeps_current_grade(v_session, v_last);
  v_grade := training.record_attempts(v_session, v_claim.claim_number, p_attempts, v_keeps_current, training.now());
  if v_keeps_current then
    perform training.restore_grade(p_session_id);
  elsif v_no_conversation then
    update public.training_sessions s set status = 'failed', end_reason = 'no_conversation' where s.id = p_session_id;
  else
    perform training.show_grade(v_grade);
  end if;
  perform training.count_attempts(v_claim, p_attempts);
  return jsonb_build_object('saved', true, 'reason', null);
end $$;

-- Puts sessions that were graded or given up back into the queue, by exactly one selector. A session keeps its scores
-- until a new grade is accepted.
-- -> {"sessions", "estimated_tokens", "dry_run"}; the estimate is a token per four bytes, plus 3,500 for instructions,
-- rubric and schema
create function training.regrade(
  p_session_ids bigint[], p_agent_name text, p_heuristic_since timestamptz, p_dry_run boolean
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_ids bigint[];
  v_tokens bigint;
begin
  if num_nonnulls(p_session_ids, p_agent_name, p_heuristic_since) <> 1 then
    perform training.fail_field('session_ids', 'or agent_name or heuristic_since must be given, and only one of them');
  end if;
  select coalesce(array_agg(s.id), '{}'), coalesce(sum(3500 + octet_length(s.transcript::text) / 4), 0)
    into v_ids, v_tokens
    from (select * from public.training_sessions
           where (graded_at is not null or status = 'failed' and end_reason <> 'no_conversation') and line_count > 0
             and (id = any (p_session_ids) or agent_name = p_agent_name
                  or (graded_by = 'heuristic' and graded_at >= p_heuristic_since))
           for update) s;
  if not p_dry_run then
    delete from training.grading_claims c where c.session_id = any (v_ids);
    update public.training_sessions s set graded_at = null where s.id = any (v_ids) and s.graded_at is not null;
    update public.training_sessions s set status = 'completed' where s.id = any (v_ids) and s.status = 'failed';
    perform training.wake_grader();
  end if;
  return jsonb_build_object('sessions', cardinality(v_ids), 'estimated_tokens', v_tokens, 'dry_run', p_dry_run);
end $$;
