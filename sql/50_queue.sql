-- The queue is the ungraded row. Graders claim waiting sessions for the length of a lease, in a fair order.

-- Sets a session's turn when it begins to wait for a grade: the present, or a minute after the last turn among its
-- owner's waiting sessions, if that is later. Claims go by turn. The turns of one user are a minute apart, so claims go
-- round the users. The minute also bounds how long later users can overtake a session.
create function training.take_turn() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and old.status = 'completed' and old.graded_at is null then
    return new;
  end if;
  new.turn_at := greatest(
    training.now(),
    (select max(s.turn_at) + interval '1 minute' from public.training_sessions s
      where s.user_id = new.user_id and s.status = 'completed' and s.graded_at is null)
  );
  return new;
end $$;
create trigger waiting_session_takes_its_turn
  before insert or update of status, graded_at on public.training_sessions
  for each row when (new.status = 'completed' and new.graded_at is null)
  execute function training.take_turn();

-- A waiting session with its row locked; null if it does not wait or another transaction holds its row. p_patient
-- waits for the row up to lock_timeout: a repeated end may hold it for a moment when the wake-up arrives.
create function training.lock_waiting(p_session_id bigint, p_patient boolean) returns public.training_sessions
language plpgsql set search_path = '' as $$
declare
  v_session public.training_sessions;
begin
  if p_patient then
    begin
      select * into v_session from public.training_sessions s
       where s.id = p_session_id and s.status = 'completed' and s.graded_at is null for update;
    exception when lock_not_available then
      null;
    end;
  else
    select * into v_session from public.training_sessions s
     where s.id = p_session_id and s.status = 'completed' and s.graded_at is null for update skip locked;
  end if;
  return v_session;
end $$;

-- How many grades by the model the user may still get today. A claim counts as used until it is saved, taken over or
-- settled, also when its lease has run out: its grader may have asked the model, and is counted only then.
create function training.model_grades_left(p_user_id uuid, p_limit integer) returns integer
language plpgsql stable set search_path = '' as $$
declare
  v_used integer;
  v_claimed integer;
begin
  select u.model_grades into v_used from training.usage u where u.user_id = p_user_id and u.day = training.today();
  select count(*) into v_claimed from training.grading_claims c where c.user_id = p_user_id and c.spends_model_grade;
  return p_limit - coalesce(v_used, 0) - v_claimed;
end $$;

-- Whether the user may get one more grade by the model today. Calls that claim at the same moment do not see each
-- other's claims. So near the limit they wait for each other, up to lock_timeout; false after that.
create function training.may_spend_model_grade(p_user_id uuid, p_limit integer) returns boolean
language plpgsql set search_path = '' as $$
declare
  c_near constant integer := 100; -- Sessions that a single call may claim.
begin
  if training.model_grades_left(p_user_id, p_limit) > c_near then
    return true;
  end if;
  begin
    perform pg_advisory_xact_lock(hashtextextended('model grades of ' || p_user_id, 0));
  exception when lock_not_available then
    return false;
  end;
  return training.model_grades_left(p_user_id, p_limit) > 0;
end $$;

-- Writes the claim of a locked, waiting session. The first three claims may ask the model, within the daily limit of
-- the owner. That limit does not hold for a session that already has a grade. Later claims and claims past the limit
-- are for the heuristic only.
create function training.lease(
  p_session public.training_sessions, p_claim_number integer, p_claim_token uuid, p_now timestamptz,
  p_lease_seconds integer, p_daily_limit integer
) returns training.grading_claims language plpgsql set search_path = '' as $$
declare
  c_claims_with_model constant integer := 3;
  v_is_regrade boolean := p_session.graded_by is not null;
  v_heuristic_only boolean := p_claim_number > c_claims_with_model
    or not v_is_regrade and not training.may_spend_model_grade(p_session.user_id, p_daily_limit);
  v_claim training.grading_claims;
begin
  insert into training.grading_claims (
    session_id, user_id, claim_id, claim_token, claim_number, heuristic_only, spends_model_grade, bytes, claimed_at,
    lease_until
  ) values (
    p_session.id, p_session.user_id, gen_random_uuid(), p_claim_token, p_claim_number, v_heuristic_only,
    not v_is_regrade and not v_heuristic_only, octet_length(p_session.transcript::text), p_now,
    p_now + make_interval(secs => p_lease_seconds)
  ) returning * into v_claim;
  return v_claim;
end $$;

-- Ends a claim whose grader did not save before its lease ran out, and notes it in the history.
create function training.record_loss(p_claim training.grading_claims, p_now timestamptz) returns void
language sql set search_path = '' as $$
  delete from training.grading_claims c where c.session_id = p_claim.session_id;
  insert into public.training_grades (session_id, claim_number, outcome, grader, error_class, error, created_at)
  values (p_claim.session_id, p_claim.claim_number, 'lost', 'none', 'lease_expired',
          'The grader did not answer before its lease ran out.', p_now)
$$;

-- Takes a session whose re-grade gave nothing better out of the queue. Its scores were never changed. A grade from the
-- old system may have no row in the history. Then the end of the session is taken as its time.
create function training.restore_grade(p_session_id bigint) returns void language sql set search_path = '' as $$
  update public.training_sessions s
     set graded_at = coalesce((select g.created_at from public.training_grades g
                                where g.session_id = s.id and g.outcome = 'accepted' order by g.id desc limit 1),
                              s.ended_at)
   where s.id = p_session_id
$$;

-- Ends the waiting of a session whose graders were all lost. A session with an earlier grade shows that grade again;
-- any other gets the status failed, and the history says why.
create function training.give_up(p_session public.training_sessions, p_claim training.grading_claims, p_now timestamptz)
returns void language plpgsql set search_path = '' as $$
begin
  insert into public.training_grades (session_id, claim_number, outcome, grader, error_class, notes, created_at)
  values (p_session.id, p_claim.claim_number + 1, 'failed', 'none', 'gave_up',
          array['Eight graders in a row did not finish this session.'], p_now);
  if p_session.graded_by is not null then
    perform training.restore_grade(p_session.id);
  else
    update public.training_sessions s set status = 'failed' where s.id = p_session.id;
  end if;
end $$;

-- Counts a grade by the model for each claim that may have asked the model and will not be saved. p_owners holds one
-- user id per claim. Rows are locked in the order of user ids, so that concurrent calls cannot deadlock.
create function training.count_lost_grades(p_owners uuid[]) returns void language plpgsql set search_path = '' as $$
declare
  v_owner record;
begin
  for v_owner in select user_id, count(*)::integer as grades from unnest(p_owners) user_id group by 1 order by 1 loop
    perform training.count_usage(v_owner.user_id, p_model_grades => v_owner.grades);
  end loop;
end $$;

-- A claim as the grader gets it, without the transcript.
create function training.claim_as_json(p_claim training.grading_claims, p_now timestamptz) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'session_id', p_claim.session_id, 'user_id', p_claim.user_id, 'claim_id', p_claim.claim_id,
    'claim_number', p_claim.claim_number, 'heuristic_only', p_claim.heuristic_only, 'bytes', p_claim.bytes,
    'lease_seconds', floor(extract(epoch from p_claim.lease_until - p_now))::integer
  )
$$;

-- Leases up to p_max_count waiting sessions: p_session_id first, if it waits, then by turn.
--   A user whose live leases, over all graders, reach p_max_per_user is passed over until one of them ends.
--   The claim ends early, with at least one session, once its transcripts reach p_max_bytes of JSON text.
--   A lease that ran out is noted as lost. After eight claims the session is given up.
--   A call that repeats the token of an earlier one gets the live claims of that call again and takes no others.
create function training.claim_sessions(
  p_max_count integer, p_lease_seconds integer, p_session_id bigint, p_claim_token uuid, p_max_bytes bigint,
  p_max_per_user integer
) returns jsonb
language plpgsql security definer set search_path = '' set lock_timeout = '500ms'
set plan_cache_mode = 'force_generic_plan' -- Planning each call would make a claim 50 % slower.
as $$
declare
  c_most_claims constant integer := 8;
  c_most_candidates constant integer := 1000; -- Most sessions that one claim reads, past users at their limit.
  v_now timestamptz := training.now();
  v_daily_limit integer := training.number_setting('model_grades_per_user_per_day');
  v_token uuid := coalesce(p_claim_token, gen_random_uuid());
  v_claims jsonb := '[]'::jsonb;
  v_bytes bigint := 0;
  v_full_users uuid[] := '{}'::uuid[];
  v_lost_owners uuid[] := '{}'::uuid[];
  v_candidate record;
  v_session public.training_sessions;
  v_before training.grading_claims;
  v_claim training.grading_claims;
begin
  perform training.check_claim_parameters(p_max_count, p_lease_seconds, p_max_bytes, p_max_per_user);

  -- A repeated call waits here for the first one, whose answer was lost, to commit.
  perform pg_advisory_xact_lock(hashtextextended(v_token::text, 0));
  select coalesce(jsonb_agg(training.claim_as_json(c, v_now) order by c.session_id), '[]') into v_claims
    from training.grading_claims c where c.claim_token = v_token and c.lease_until > v_now;
  if v_claims <> '[]' then
    return v_claims;
  end if;

  for v_candidate in
    select s.id, s.user_id from public.training_sessions s
     where s.id = p_session_id and s.status = 'completed' and s.graded_at is null
    union all
    (select s.id, s.user_id from public.training_sessions s
      where s.status = 'completed' and s.graded_at is null and s.id is distinct from p_session_id
        and not exists (select 1 from training.grading_claims c where c.session_id = s.id and c.lease_until > v_now)
      order by s.turn_at, s.id limit c_most_candidates)
  loop
    exit when jsonb_array_length(v_claims) >= p_max_count or v_bytes >= p_max_bytes;
    continue when v_candidate.user_id = any (v_full_users);
    if (select count(*) from training.grading_claims c
         where c.user_id = v_candidate.user_id and c.lease_until > v_now) >= p_max_per_user then
      v_full_users := v_full_users || v_candidate.user_id;
      continue;
    end if;

    v_session := training.lock_waiting(v_candidate.id, p_patient => v_candidate.id is not distinct from p_session_id);
    continue when v_session.id is null;
    -- Another claim may have committed while we waited for the row lock, so read the lease again.
    select * into v_before from training.grading_claims c where c.session_id = v_session.id;
    continue when v_before.lease_until > v_now;

    if v_before.session_id is not null then
      perform training.record_loss(v_before, v_now);
      if v_before.spends_model_grade then
        v_lost_owners := v_lost_owners || v_before.user_id;
      end if;
    end if;
    if v_before.claim_number >= c_most_claims then
      perform training.give_up(v_session, v_before, v_now);
      continue;
    end if;
    v_claim := training.lease(v_session, coalesce(v_before.claim_number, 0) + 1, v_token, v_now, p_lease_seconds,
                              v_daily_limit - cardinality(array_positions(v_lost_owners, v_session.user_id)));
    v_claims := v_claims || training.claim_as_json(v_claim, v_now);
    v_bytes := v_bytes + v_claim.bytes;
  end loop;
  perform training.count_lost_grades(v_lost_owners);
  return v_claims;
end $$;

create function training.check_claim_parameters(
  p_max_count integer, p_lease_seconds integer, p_max_bytes bigint, p_max_per_user integer
) returns void language plpgsql set search_path = '' as $$
begin
  if current_setting('transaction_read_only')::boolean then -- A GET. Refuse it also while no session waits.
    raise sqlstate '25006' using message = 'cannot claim in a read-only transaction';
  end if;
  if p_max_count is null or p_max_count not between 1 and 100 then
    perform training.fail_field('max_count', 'must be a whole number from 1 to 100');
  end if;
  if p_lease_seconds is null or p_lease_seconds not between 1 and 3600 then
    perform training.fail_field('lease_seconds', 'must be a whole number of seconds from 1 to 3600');
  end if;
  if p_max_bytes is null or p_max_bytes < 1 then
    perform training.fail_field('max_bytes', 'must be a whole number from 1');
  end if;
  if p_max_per_user is null or p_max_per_user < 1 then
    perform training.fail_field('max_per_user', 'must be a whole number from 1');
  end if;
end $$;

-- The transcript of a claimed session, while the claim is the session's newest: {"session_id", "user_id", "agent_name",
-- "transcript"}. Null once another grader has claimed it, a grade was saved, or the owner has erased it.
create function training.get_claimed_session(p_session_id bigint, p_claim_id uuid) returns json
language sql stable security definer set search_path = '' as $$
  select json_build_object('session_id', s.id, 'user_id', s.user_id, 'agent_name', s.agent_name,
                           'transcript', s.transcript)
    from training.grading_claims c join public.training_sessions s on s.id = c.session_id
   where c.session_id = p_session_id and c.claim_id = p_claim_id
$$;

-- Ends sessions without a line for `abandoned_after_minutes`. One with a line of the rep is completed as abandoned and
-- waits for its grade; any other fails as no_conversation. Rows that another transaction holds are left for the next
-- sweep. -> {"completed", "failed"}: how many sessions got which status.
create function training.sweep(p_max_count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_idle_since timestamptz := training.now()
    - make_interval(mins => training.number_setting('abandoned_after_minutes'));
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
  perform training.settle_erased_claims();
  return jsonb_build_object('completed', v_completed, 'failed', v_failed);
end $$;

-- Deletes the claims of erased sessions whose grader did not save in time, and counts the model's grade.
create function training.settle_erased_claims() returns void language plpgsql set search_path = '' as $$
declare
  v_owners uuid[];
begin
  with settled as (
    delete from training.grading_claims c
     where c.lease_until <= training.now()
       and not exists (select 1 from public.training_sessions s where s.id = c.session_id)
    returning c.user_id, c.spends_model_grade
  )
  select array_agg(user_id) filter (where spends_model_grade) into v_owners from settled;
  perform training.count_lost_grades(v_owners);
end $$;
