-- The queue is the ungraded row. A grader claims it for the length of a lease, grades, and saves once.

-- Takes a session whose re-grade came to nothing out of the queue, with the grade it had: scores were never touched.
-- A grade that came from the old system while it was in use may have no row in the history.
create function training.restore_grade(p_session_id bigint) returns void language sql set search_path = '' as $$
  update public.training_sessions s
     set graded_at = coalesce((select g.created_at from public.training_grades g
                                where g.session_id = s.id and g.outcome = 'accepted' order by g.id desc limit 1), s.ended_at)
   where s.id = p_session_id
$$;

-- Whether the user had already begun p_count sessions in the 24 hours before this one.
create function training.had_begun(p_count integer, p_user_id uuid, p_created_at timestamptz, p_session_id bigint) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select 1 from public.training_sessions s
     where s.user_id = p_user_id and (s.created_at, s.id) < (p_created_at, p_session_id) and s.created_at > p_created_at - interval '24 hours'
     order by s.created_at desc, s.id desc offset p_count - 1
  );
end $$;

-- Leases up to p_max_count waiting sessions: p_session_id first if it waits (a wake-up serves the newest), then the
-- longest waiting, so that neither starves the other. Each claim tells whether the model may still be tried: a session
-- whose graders vanished three times is left to the heuristic, and given up, visibly, after eight; what has a grade keeps it.
-- So is what a user ends beyond `model_grades_per_user_per_day`; not what the operator queued again.
-- A claim ends early, with at least one session, once its transcripts pass 16 MB: a jsonb array may hold 256 MB, a session 32.
create function training.claim_sessions(p_max_count integer, p_lease_seconds integer, p_session_id bigint) returns jsonb
language plpgsql security definer set search_path = '' set lock_timeout = '500ms'
set plan_cache_mode = 'force_generic_plan' -- one plan serves all; planned anew, as the statistics may have it, a claim takes half as long again
as $$
declare
  v_now timestamptz := training.now();
  v_session public.training_sessions;
  v_claim training.grading_claims;
  v_claims jsonb[] := array[]::jsonb[];
  v_bytes bigint := 0;
  v_daily integer := training.number_setting('model_grades_per_user_per_day');
begin
  if p_max_count is null or p_max_count not between 1 and 100 then
    perform training.fail_field('max_count', 'must be a whole number from 1 to 100');
  end if;
  if p_lease_seconds is null or p_lease_seconds not between 1 and 3600 then
    perform training.fail_field('lease_seconds', 'must be a whole number of seconds from 1 to 3600');
  end if;

  -- Woken by the end of a session while its end is asked for once more: that has its lock for a moment. Whoever holds it longer is passed over.
  begin
    perform 1 from public.training_sessions s where s.id = p_session_id and s.status = 'completed' and s.graded_at is null for update;
  exception when lock_not_available then
    null;
  end;

  for v_session in
    with named as (
      select s.* from public.training_sessions s
       where s.id = p_session_id and s.status = 'completed' and s.graded_at is null
         for update of s skip locked
    ), oldest as (
      select s.* from public.training_sessions s
       where s.status = 'completed' and s.graded_at is null and s.id is distinct from p_session_id
         and not exists (select 1 from training.grading_claims c where c.session_id = s.id and c.lease_until > v_now)
       order by s.ended_at, s.id limit p_max_count
         for update of s skip locked
    )
    select * from named union all select * from oldest limit p_max_count
  loop
    -- The row lock orders us after a claim we could not see yet; this looks again at what that claim left.
    insert into training.grading_claims as c (session_id, claim_id, attempt, claimed_at, lease_until)
    values (v_session.id, gen_random_uuid(), 1, v_now, v_now + make_interval(secs => p_lease_seconds))
    on conflict (session_id) do update
      set claim_id = excluded.claim_id, attempt = c.attempt + 1, claimed_at = excluded.claimed_at, lease_until = excluded.lease_until
      where c.lease_until <= v_now
    returning * into v_claim;
    continue when not found;

    if v_claim.attempt > 1 then
      insert into public.training_grades (session_id, attempt, outcome, grader, error_class, error, created_at)
      values (v_session.id, v_claim.attempt - 1, 'lost', 'none', 'lease_expired', 'The grader did not answer before its lease ran out.', v_now);
    end if;
    if v_claim.attempt > 8 then
      insert into public.training_grades (session_id, attempt, outcome, grader, error_class, notes, created_at)
      values (v_session.id, v_claim.attempt, 'failed', 'none', 'gave_up', array['Eight graders in a row did not finish this session.'], v_now);
      if v_session.graded_by is not null then
        perform training.restore_grade(v_session.id);
      else
        update public.training_sessions s set status = 'failed' where s.id = v_session.id;
      end if;
      delete from training.grading_claims c where c.session_id = v_session.id;
      continue;
    end if;
    v_claims := v_claims || jsonb_build_object(
      'session_id', v_session.id, 'claim_id', v_claim.claim_id, 'attempt', v_claim.attempt,
      'heuristic_only', v_claim.attempt > 3 or v_daily is not null and v_session.graded_by is null
                        and training.had_begun(v_daily, v_session.user_id, v_session.created_at, v_session.id),
      'lease_seconds', p_lease_seconds,
      'user_id', v_session.user_id, 'agent_name', v_session.agent_name, 'transcript', v_session.transcript
    );
    v_bytes := v_bytes + pg_column_size(v_claims[cardinality(v_claims)]); -- just made, so not compressed
    exit when v_bytes > 16 * 1024 * 1024;
  end loop;
  return to_jsonb(v_claims);
end $$;

-- Saves what a claim came to: every attempt into the history, and the last one, which must be accepted, as the current
-- grade. The first valid save of a claim wins; a late, second or foreign one changes nothing and says so.
-- A re-grade that only the heuristic could do does not replace a grade by the model or the old system, and one that finds
-- nothing to judge replaces none.
create function training.save_grade(p_session_id bigint, p_claim_id uuid, p_attempts jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_now timestamptz := training.now();
  v_session public.training_sessions;
  v_claim training.grading_claims;
  v_last jsonb := p_attempts -> -1;
  v_accepted boolean := v_last ->> 'outcome' = 'accepted';
  v_no_conversation boolean := v_last ->> 'outcome' = 'failed' and v_last ->> 'error_class' = 'no_conversation';
  v_keeps_current boolean;
  v_grade public.training_grades;
begin
  if v_accepted is not true and v_no_conversation is not true then
    perform training.fail_field('attempts', 'must end with an accepted grade, or a failure of class no_conversation');
  end if;
  select * into v_session from public.training_sessions s where s.id = p_session_id for update;
  select * into v_claim from training.grading_claims c where c.session_id = p_session_id and c.claim_id = p_claim_id;
  if not found then
    return jsonb_build_object('saved', false, 'reason', case
      when v_session.id is null then 'session_deleted' when v_session.graded_at is not null then 'already_graded' else 'late' end);
  end if;
  v_keeps_current := v_session.graded_by is not null
    and (v_no_conversation or v_last ->> 'grader' = 'heuristic' and v_session.graded_by <> 'heuristic');

  for v_last in select value from jsonb_array_elements(p_attempts) loop
    v_grade := jsonb_populate_record(null::public.training_grades, v_last);
    insert into public.training_grades (
      session_id, attempt, outcome, grader, model, rubric_version, prompt_hash, scores, evidence, remarks, feedback_strengths,
      feedback_improvements, virtual_earnings, notes, confidence, confidence_reason, facts, tokens_in, tokens_out, latency_ms, seconds_to_grade,
      error_class, error, request_id, created_at
    ) values (
      p_session_id, v_claim.attempt, case when v_grade.outcome = 'accepted' and v_keeps_current then 'not_used' else v_grade.outcome end,
      v_grade.grader, v_grade.model, v_grade.rubric_version, v_grade.prompt_hash, nullif(v_grade.scores, 'null'), nullif(v_grade.evidence, 'null'),
      coalesce(nullif(v_grade.remarks, 'null'), '[]'),
      coalesce(v_grade.feedback_strengths, '{}'), coalesce(v_grade.feedback_improvements, '{}'), coalesce(v_grade.virtual_earnings, 0),
      coalesce(v_grade.notes, '{}'), v_grade.confidence, v_grade.confidence_reason, nullif(v_grade.facts, 'null'), v_grade.tokens_in, v_grade.tokens_out, v_grade.latency_ms,
      -- From last_activity_at, when it was ended: ended_at of an abandoned session is its last line's.
      case when v_grade.outcome = 'accepted' and v_session.graded_by is null then extract(epoch from v_now - v_session.last_activity_at) end,
      v_grade.error_class, v_grade.error, v_grade.request_id, v_now
    ) returning * into v_grade;
  end loop;

  if v_keeps_current then
    perform training.restore_grade(p_session_id);
  elsif v_no_conversation then
    update public.training_sessions s set status = 'failed', end_reason = 'no_conversation' where s.id = p_session_id;
  else
    update public.training_sessions s
       set rapport_score = (v_grade.scores ->> 'rapport')::integer,
           discovery_score = (v_grade.scores ->> 'discovery')::integer,
           objection_handling_score = (v_grade.scores ->> 'objection_handling')::integer,
           closing_score = (v_grade.scores ->> 'closing')::integer,
           feedback_strengths = v_grade.feedback_strengths,
           feedback_improvements = v_grade.feedback_improvements,
           virtual_earnings = v_grade.virtual_earnings,
           graded_by = v_grade.grader,
           rubric_version = v_grade.rubric_version,
           confidence = v_grade.confidence,
           graded_at = v_now
     where s.id = p_session_id;
  end if;
  delete from training.grading_claims c where c.session_id = p_session_id;
  return jsonb_build_object('saved', true, 'reason', null);
end $$;

-- Puts sessions that were graded or given up back in the queue; a current grade stays until a new one is accepted. Exactly one selector.
-- -> {"sessions", "estimated_tokens", "dry_run"}; a token is taken as four bytes of transcript, plus 3,500 for instructions, rubric and schema.
create function training.regrade(p_session_ids bigint[], p_agent_name text, p_heuristic_since timestamptz, p_dry_run boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_ids bigint[];
  v_tokens bigint;
begin
  if num_nonnulls(p_session_ids, p_agent_name, p_heuristic_since) <> 1 then
    perform training.fail_field('session_ids', 'or agent_name or heuristic_since must be given, and only one of them');
  end if;
  select coalesce(array_agg(s.id), '{}'), coalesce(sum(3500 + octet_length(s.transcript::text) / 4), 0) into v_ids, v_tokens
    from (select * from public.training_sessions
           where (graded_at is not null or status = 'failed' and end_reason <> 'no_conversation') and line_count > 0
             and (id = any (p_session_ids) or agent_name = p_agent_name or (graded_by = 'heuristic' and graded_at >= p_heuristic_since))
           for update) s;
  if not p_dry_run then
    delete from training.grading_claims c where c.session_id = any (v_ids);
    update public.training_sessions s set graded_at = null where s.id = any (v_ids) and s.graded_at is not null;
    update public.training_sessions s set status = 'completed' where s.id = any (v_ids) and s.status = 'failed';
    perform training.wake_grader();
  end if;
  return jsonb_build_object('sessions', cardinality(v_ids), 'estimated_tokens', v_tokens, 'dry_run', p_dry_run);
end $$;

-- Ends what was left open: no line for `abandoned_after_minutes` (30). With a word from the rep it is completed as abandoned
-- and graded; without, failed as no_conversation. A session that is being written or ended at this moment is skipped.
create function training.sweep(p_max_count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_idle_since timestamptz := training.now() - make_interval(mins => training.number_setting('abandoned_after_minutes', 30));
  v_session public.training_sessions;
  v_completed integer := 0;
  v_failed integer := 0;
begin
  for v_session in
    select s.* from public.training_sessions s
     where s.status = 'active' and s.started_at <= v_idle_since and s.last_activity_at <= v_idle_since
     order by s.started_at limit p_max_count
       for update skip locked
  loop
    v_session := training.end_session(v_session, 'abandoned', v_session.last_activity_at, null);
    if v_session.status = 'completed' then
      v_completed := v_completed + 1;
    else
      v_failed := v_failed + 1;
    end if;
  end loop;
  return jsonb_build_object('completed', v_completed, 'failed', v_failed);
end $$;

-- For scripts/health and a dashboard: is the promise "every completed session is graded" being kept? Rates are of the last day.
create view public.grading_health with (security_invoker = true) as
with recent as (
  select * from public.training_grades where created_at >= now() - interval '1 day'
), asked as (
  select bool_or(outcome = 'accepted') as answered from recent where grader = 'model' group by session_id, created_at -- of one save
), waiting as (
  select s.last_activity_at, c.lease_until > now() as leased
    from public.training_sessions s left join training.grading_claims c on c.session_id = s.id
   where s.status = 'completed' and s.graded_at is null
)
select
  (select count(*) from waiting) as waiting,
  (select coalesce(extract(epoch from now() - min(last_activity_at)), 0)::numeric(12, 1) from waiting) as oldest_wait_seconds,
  (select count(*) from waiting where leased) as leased,
  (select count(*) from recent where outcome = 'accepted' and grader = 'model') as graded_by_model,
  (select count(*) from recent where outcome = 'accepted' and grader = 'heuristic') as graded_by_heuristic,
  (select count(*) from asked) as model_asked,
  (select count(*) from asked where not answered) as model_failed,
  (select count(*) from recent where error_class = 'gave_up') as given_up,
  (select coalesce(jsonb_object_agg(error_class, n), '{}') from
    (select error_class, count(*) as n from recent where outcome in ('failed', 'lost') group by error_class) f) as failures,
  (select percentile_cont(0.5) within group (order by seconds_to_grade) from recent) as seconds_to_grade_p50,
  (select percentile_cont(0.95) within group (order by seconds_to_grade) from recent) as seconds_to_grade_p95,
  (select coalesce(sum(tokens_in), 0) from recent) as tokens_in,
  (select coalesce(sum(tokens_out), 0) from recent) as tokens_out,
  training.bad_settings() as bad_settings;
comment on view public.grading_health is 'One row: the grading queue now, the last day''s grades, failures, waiting times and tokens, and settings that are no numbers. '
  'model_asked and model_failed count sessions.';
revoke all on public.grading_health from public, anon, authenticated, service_role;
grant select on public.grading_health to service_role;
grant execute on function training.bad_settings to service_role;
-- A view that PostgreSQL itself cannot write to answers an attempt with a server error; with these it is refused as the bad request it is.
create rule nobody_inserts as on insert to public.grading_health do instead nothing; -- noqa: PRS
create rule nobody_updates as on update to public.grading_health do instead nothing; -- noqa: PRS
create rule nobody_deletes as on delete to public.grading_health do instead nothing; -- noqa: PRS
