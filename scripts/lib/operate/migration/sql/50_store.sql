-- From old rows to sessions. The mirror, the backfill and the early requests of owners (55) all call store_sessions.

-- Makes the profile row of a person whom Supabase Auth knows and public.users does not. -> whether the row exists now
create or replace function training_migration.make_owner(p_user_id uuid) returns boolean
language plpgsql set search_path = public, extensions, pg_temp as $$
declare
  v_email text;
begin
  if to_regclass('auth.users') is null then
    return false;
  end if;
  execute 'select coalesce((to_jsonb(u) ->> ''email''), '''') from auth.users u where u.id = $1'
    into v_email using p_user_id;
  if v_email is null then
    return false;
  end if;
  if exists (select 1 from pg_catalog.pg_attribute
              where attrelid = 'public.users'::regclass and attname = 'email' and not attisdropped)
  then
    execute 'insert into public.users (id, email) values ($1, nullif($2, '''')) on conflict (id) do nothing'
      using p_user_id, v_email;
  else
    insert into public.users (id) values (p_user_id) on conflict (id) do nothing;
  end if;
  return true;
exception when integrity_constraint_violation then
  return false;
end $$;

-- training.refresh_standing for all new sessions of a batch at once: lock, then read what others committed before our
-- lock. The locks are taken in one order, to prevent deadlocks of two workers.
create or replace function training_migration.refresh_standings(p_ids uuid[]) returns void
language plpgsql set search_path = '' as $$
declare
  v_agents text[];
  v_users uuid[];
begin
  select array_agg(agent_name order by agent_name, user_id), array_agg(user_id order by agent_name, user_id)
    into v_agents, v_users
    from (select distinct t.agent_name, t.user_id from public.training_sessions t
           where t.legacy_id = any (p_ids) and t.rapport_score is not null) pair;
  insert into training.standings
  select agent_name, user_id, 0, 0, 0, 0, 0
    from unnest(v_agents, v_users) with ordinality as pair (agent_name, user_id, n) order by n
  on conflict do nothing;
  perform 1 from training.standings st
    where (st.agent_name, st.user_id) in (select * from unnest(v_agents, v_users))
    order by st.agent_name, st.user_id for update;
  with mean as materialized (
    select pair.*, means.* from unnest(v_agents, v_users) as pair (agent_name, user_id)
     cross join lateral training.newest_means(pair.agent_name, pair.user_id) means
  ), emptied as (
    delete from training.standings st using mean
     where st.agent_name = mean.agent_name and st.user_id = mean.user_id and mean.overall is null
  )
  update training.standings st
     set (rapport, discovery, objection_handling, closing, overall)
       = (mean.rapport, mean.discovery, mean.objection_handling, mean.closing, mean.overall)
    from mean
   where st.agent_name = mean.agent_name and st.user_id = mean.user_id and mean.overall is not null;
end $$;

-- Makes sessions of these old rows, under the ids that prepare listed. p_may_update: also updates the sessions that
-- exist, and erases those whose old row is gone; only for callers that hold the mirror's lock, and so see the newest
-- old row.
-- -> the rows that another transaction stores or erases at this moment: the caller lists them again
create or replace function training_migration.store_sessions(p_ids uuid[], p_may_update boolean) returns uuid[]
language plpgsql security definer set search_path = public, extensions, pg_temp
set timezone = 'UTC' -- so that a kept value does not depend on the writer's zone
set enable_seqscan = off -- plans are made while the tables are empty, and kept
set work_mem = '64MB' -- the converted rows of a batch stay in memory
as $$
declare
  v_before text := training_migration.set_mirroring('sessions');
  v_now timestamptz := training.now();
  v_state training_migration.state;
  v_existing uuid[];
  v_new uuid[];
  v_user_id uuid;
  v_stored uuid[];
  v_contended uuid[];
  v_gone uuid[];
begin
  select * into v_state from training_migration.state;
  v_existing := array(select t.legacy_id from public.training_sessions t where t.legacy_id = any (p_ids));
  v_new := array(select id from unnest(p_ids) id
                  where id <> all (v_existing) and not training_migration.began_in_new(id)
                    and not exists (select 1 from training_migration.pending_out e where e.erased_legacy_id = id));
  for v_user_id in
    select distinct o.user_id from public.live_sessions o
     where o.id = any (p_ids) and o.user_id is not null
       and not exists (select 1 from public.users u where u.id = o.user_id)
  loop
    perform training_migration.make_owner(v_user_id);
  end loop;

  -- One pass over the rows without a session. Arrays instead of joins between the steps: a planner that expects one row
  -- loops over all.
  with converted as materialized (
    select o.id as legacy_id,
           coalesce((select max(p.session_id) from training_migration.pending p where p.legacy_id = o.id),
                    nextval(pg_get_serial_sequence('public.training_sessions', 'id'))) as session_id, c.*
      from public.live_sessions o
     cross join lateral training_migration.convert(
             training_migration.mapped(training_migration.row_json(o), v_state.column_map, v_state.anonymous_owner),
             v_now) c
     where o.id = any (v_new)
       and exists (select 1 from public.users u where u.id = coalesce(o.user_id, v_state.anonymous_owner))
  ), stored as (
    insert into public.training_sessions (
      id, legacy_id, user_id, agent_name, agent_id, conversation_id, status, end_reason, created_at, started_at,
      ended_at, duration_seconds, last_activity_at, transcript, rapport_score, discovery_score,
      objection_handling_score, closing_score, feedback_strengths, feedback_improvements, virtual_earnings, graded_at,
      graded_by, rubric_version
    ) overriding system value
    select c.session_id, c.legacy_id, c.user_id, c.agent_name, c.agent_id,
           case when c.conversation_id is not null and c.legacy_id = any (array( -- the first row of each conversation
                       select distinct on (f.conversation_id) f.legacy_id from converted f
                        where f.conversation_id is not null
                        order by f.conversation_id, f.legacy_id))
                 and not exists (select 1 from public.training_sessions t where t.conversation_id = c.conversation_id)
                then c.conversation_id end,
           c.status, c.end_reason, c.created_at, c.started_at, c.ended_at, c.duration_seconds, c.last_activity_at,
           c.transcript, c.rapport_score, c.discovery_score, c.objection_handling_score, c.closing_score,
           c.feedback_strengths, c.feedback_improvements, c.virtual_earnings, c.graded_at,
           case when c.graded_at is not null then 'legacy' end,
           case when c.graded_at is not null then 'legacy' end
      from converted c
    on conflict (legacy_id) where legacy_id is not null do nothing
    returning id, legacy_id
  ), graded as (
    insert into public.training_grades (
      session_id, claim_number, outcome, grader, rubric_version, scores, feedback_strengths, feedback_improvements,
      virtual_earnings, notes, created_at
    )
    select c.session_id, 1, 'accepted', 'legacy', 'legacy', c.scores, c.feedback_strengths, c.feedback_improvements,
           c.virtual_earnings, c.notes, c.graded_at
      from converted c where c.graded_at is not null and c.session_id = any (array(select id from stored))
  ), originals as (
    insert into training.legacy_originals (session_id, columns, reasons)
    select c.session_id, c.kept, c.reasons
      from converted c where c.kept <> '{}' and c.session_id = any (array(select id from stored))
  ), quarantined as (
    insert into training.legacy_quarantine (legacy_id, user_id, reason, original)
    select o.id, o.user_id,
           case when o.user_id is null then 'no user' else 'the user has no profile, and none can be made' end,
           training_migration.mapped(training_migration.row_json(o), v_state.column_map, v_state.anonymous_owner)::text
      from public.live_sessions o
     where o.id = any (v_new)
       and not exists (select 1 from public.users u where u.id = coalesce(o.user_id, v_state.anonymous_owner))
    on conflict (legacy_id) do update
      set user_id = excluded.user_id, reason = excluded.reason, original = excluded.original, noted_at = now()
    returning legacy_id
  ), cleared as (
    delete from training.legacy_quarantine q where q.legacy_id = any (array(select c.legacy_id from converted c))
  )
  select array(select s.legacy_id from stored s union all select q.legacy_id from quarantined q),
         array(select c.legacy_id from converted c where c.session_id <> all (array(select s.id from stored s)))
    into v_stored, v_contended;

  -- A transaction that erased an old row after we read it found no session to erase. From here to our commit, some
  -- milliseconds, an erasure waits for our lock, and then sees the session.
  v_gone := array(select unnest(v_stored) except select held.id
                    from (select o.id from public.live_sessions o
                           where o.id = any (v_stored) for key share skip locked) held);
  if v_gone <> '{}' then
    delete from public.training_sessions t where t.legacy_id = any (v_gone);
    delete from training.legacy_quarantine q where q.legacy_id = any (v_gone);
  end if;

  if p_may_update then
    delete from training.legacy_quarantine q
     where q.legacy_id = any (p_ids) and not exists (select 1 from public.live_sessions o where o.id = q.legacy_id);
    if v_existing <> '{}' then
      perform training_migration.update_sessions(v_existing, v_now);
    end if;
  end if;
  perform training_migration.set_mirroring(v_before);
  perform training_migration.refresh_standings(v_stored); -- last, so that its locks are held for a moment only
  return nullif(v_contended || v_gone, '{}');
end $$;

-- Part of store_sessions. The old row decides what was said and when in a session that began there. It decides about
-- the grade too, unless the new system gave one that is later than the old row's own, or is going to give one.
create or replace function training_migration.update_sessions(p_ids uuid[], p_now timestamptz) returns void
language plpgsql set search_path = public, extensions, pg_temp as $$
declare
  v_state training_migration.state;
  v_old record;
  v training_migration.converted;
  v_is public.training_sessions;
  v_next public.training_sessions;
  v_keeps_grade boolean;
  v_last public.training_grades;
  v_originals training.legacy_originals;
begin
  select * into v_state from training_migration.state;
  delete from public.training_sessions t
   where t.legacy_id = any (p_ids) and not exists (select 1 from public.live_sessions o where o.id = t.legacy_id);

  for v_old in
    select o.id as legacy_id,
           training_migration.mapped(
             training_migration.row_json(o), v_state.column_map, v_state.anonymous_owner) as old,
           exists (select 1 from public.users u where u.id = coalesce(o.user_id, v_state.anonymous_owner)) as owned
      from public.live_sessions o join public.training_sessions t on t.legacy_id = o.id
     where o.id = any (p_ids) and not training_migration.began_in_new(o.id)
     order by t.id
  loop
    if not v_old.owned then
      delete from public.training_sessions t where t.legacy_id = v_old.legacy_id;
      perform training_migration.store_sessions(array[v_old.legacy_id], false); -- into the quarantine
      continue;
    end if;
    v := training_migration.convert(v_old.old, p_now);
    select * into v_is from public.training_sessions t where t.legacy_id = v_old.legacy_id for update;
    select * into v_originals from training.legacy_originals o where o.session_id = v_is.id;
    v_keeps_grade := v_is.status = 'completed' and (
      v_is.graded_at is null
      or v_is.graded_by <> 'legacy' and (
        v.scores is null
        -- The old time may be rounded.
        or coalesce(training_migration.read_time(v_old.old ->> 'graded_at'), '-infinity')
           <= v_is.graded_at + interval '1 second'));
    v_next := v_is;
    v_next.user_id := v.user_id;
    v_next.agent_name := v.agent_name;
    v_next.agent_id := v.agent_id;
    if not exists (select 1 from public.training_sessions t where t.conversation_id = v.conversation_id) then
      v_next.conversation_id := coalesce(v.conversation_id, v_is.conversation_id);
    end if;
    v_next.created_at := v.created_at;
    v_next.started_at := v.started_at;
    v_next.duration_seconds := v.duration_seconds;
    v_next.last_activity_at := v.last_activity_at;
    v_next.transcript := v.transcript;
    if v_keeps_grade then
      v_next.ended_at := greatest(coalesce(v.ended_at, v_is.ended_at), v.started_at);
    else
      v_next.ended_at := v.ended_at;
      v_next.status := v.status;
      v_next.end_reason := v.end_reason;
      v_next.rapport_score := v.rapport_score;
      v_next.discovery_score := v.discovery_score;
      v_next.objection_handling_score := v.objection_handling_score;
      v_next.closing_score := v.closing_score;
      v_next.feedback_strengths := v.feedback_strengths;
      v_next.feedback_improvements := v.feedback_improvements;
      v_next.virtual_earnings := v.virtual_earnings;
      v_next.graded_at := v.graded_at;
      v_next.graded_by := case when v.graded_at is not null then 'legacy' end;
      v_next.rubric_version := v_next.graded_by;
      v_next.confidence := null; -- the old system gave none
    end if;
    -- Changed originals need a new row version as well: the ETag of a session is made from it.
    if v_next is distinct from v_is or v.kept is distinct from coalesce(v_originals.columns, '{}') then
      update public.training_sessions t
         set (user_id, agent_name, agent_id, conversation_id, created_at, started_at, duration_seconds,
              last_activity_at, transcript, ended_at, status, end_reason, rapport_score, discovery_score,
              objection_handling_score, closing_score, feedback_strengths, feedback_improvements, virtual_earnings,
              graded_at, graded_by, rubric_version, confidence)
           = (v_next.user_id, v_next.agent_name, v_next.agent_id, v_next.conversation_id, v_next.created_at,
              v_next.started_at, v_next.duration_seconds, v_next.last_activity_at, v_next.transcript, v_next.ended_at,
              v_next.status, v_next.end_reason, v_next.rapport_score, v_next.discovery_score,
              v_next.objection_handling_score, v_next.closing_score, v_next.feedback_strengths,
              v_next.feedback_improvements, v_next.virtual_earnings, v_next.graded_at, v_next.graded_by,
              v_next.rubric_version, v_next.confidence)
       where t.id = v_is.id;
    end if;

    if v.graded_at is not null and not v_keeps_grade then
      select * into v_last from public.training_grades g
       where g.session_id = v_is.id and g.outcome = 'accepted' order by g.id desc limit 1;
      if v_last.id is null or v_last.grader <> 'legacy'
         or (v_last.scores, v_last.notes, v_last.feedback_strengths, v_last.feedback_improvements,
             v_last.virtual_earnings)
            is distinct from (v.scores, v.notes, v.feedback_strengths, v.feedback_improvements, v.virtual_earnings) then
        insert into public.training_grades (
          session_id, claim_number, outcome, grader, rubric_version, scores, feedback_strengths, feedback_improvements,
          virtual_earnings, notes, created_at
        ) values (
          v_is.id, coalesce(v_last.claim_number, 0) + 1, 'accepted', 'legacy', 'legacy', v.scores,
          v.feedback_strengths, v.feedback_improvements, v.virtual_earnings, v.notes, v.graded_at
        );
      end if;
    end if;
    if v.kept = '{}' then
      delete from training.legacy_originals o where o.session_id = v_is.id;
    elsif (v.kept, v.reasons) is distinct from (v_originals.columns, v_originals.reasons) then
      insert into training.legacy_originals as o (session_id, columns, reasons) values (v_is.id, v.kept, v.reasons)
      on conflict (session_id) do update set columns = excluded.columns, reasons = excluded.reasons;
    end if;
  end loop;
end $$;
