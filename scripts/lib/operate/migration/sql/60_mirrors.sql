-- The mirrors keep both systems equal. Each mirror works inside the write that it follows. It never fails that write,
-- and waits at most 80 ms for a lock. Rows that it cannot write in that time are listed for the backfill. A function
-- that writes to a table of the host's own sets the search_path that the host's triggers expect; every name of ours is
-- qualified.

-- A grade in the columns of the old table, under every name that the conversion reads. Pure.
create or replace function training_migration.as_old_grade(
  p_session public.training_sessions, p_completed text
) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'rapport_score', p_session.rapport_score,
    'discovery_score', p_session.discovery_score, 'needs_discovery_score', p_session.discovery_score,
    'objection_handling_score', p_session.objection_handling_score, 'closing_score', p_session.closing_score,
    'close_score', p_session.closing_score, 'close_effectiveness_score', p_session.closing_score,
    'overall_score', p_session.overall_score, 'virtual_earnings', p_session.virtual_earnings,
    'graded_at', p_session.graded_at,
    'what_worked', p_session.feedback_strengths, 'what_failed', p_session.feedback_improvements,
    -- Never "pending": the old grader would grade the session too.
    'grading_status', case when p_session.status = 'failed' then 'failed'
                           when p_session.graded_at is null then 'processing'
                           else p_completed end,
    'analytics', jsonb_build_object('feedback', jsonb_build_object(
      'strengths', p_session.feedback_strengths, 'improvements', p_session.feedback_improvements))
  )
$$;

-- A session as a row of the old table. Pure.
create or replace function training_migration.as_old_row(
  p_session public.training_sessions, p_completed text
) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'id', p_session.legacy_id, 'user_id', p_session.user_id,
    'agent_name', p_session.agent_name, 'agent_id', p_session.agent_id,
    'created_at', p_session.created_at, 'started_at', p_session.started_at, 'ended_at', p_session.ended_at,
    'duration_seconds', p_session.duration_seconds, 'full_transcript', lines, 'transcript', lines,
    'elevenlabs_conversation_id', p_session.conversation_id, 'end_reason', p_session.end_reason
  ) || training_migration.as_old_grade(p_session, p_completed)
  from (
    select coalesce(jsonb_agg(
             line || jsonb_build_object(
               'speaker', case when line ->> 'speaker' = 'agent' then 'homeowner' else 'user' end)
             order by n), '[]') as lines
      from jsonb_array_elements(p_session.transcript) with ordinality as given (line, n)
  ) old
$$;

-- The values in the types of the old table: cents are rounded where a column holds none, texts become lines of a text
-- column, columns of prepare --map get the value of the column that they are read as.
create or replace function training_migration.fit_old_table(p_row jsonb) returns jsonb
language plpgsql stable set search_path = public, extensions, pg_temp as $$
declare
  v_column record;
begin
  select p_row || coalesce(jsonb_object_agg(m.key, p_row -> m.value), '{}') into p_row
    from training_migration.state s, jsonb_each_text(s.column_map) m where p_row ? m.value;
  for v_column in
    select a.attname as name, a.atttypid as type from pg_catalog.pg_attribute a
     where a.attrelid = 'public.live_sessions'::regclass and not a.attisdropped and p_row -> a.attname <> 'null'
  loop
    case
      when v_column.type = any ('{int2,int4,int8}'::regtype[]) and jsonb_typeof(p_row -> v_column.name) = 'number' then
        p_row := p_row || jsonb_build_object(v_column.name, round((p_row ->> v_column.name)::numeric));
      when v_column.name in ('what_worked', 'what_failed') and v_column.type = any ('{text,varchar}'::regtype[]) then
        p_row := p_row || jsonb_build_object(v_column.name, (
          select string_agg(each, e'\n') from jsonb_array_elements_text(p_row -> v_column.name) each));
      when v_column.name = 'agent_id' and v_column.type = 'uuid'::regtype then
        -- An agent_id of the new system need not be a UUID.
        p_row := case when p_row ->> 'agent_id' ~* '^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$' then p_row
                      else p_row - 'agent_id' end;
      else
        null;
    end case;
  end loop;
  return p_row;
end $$;

-- Checks the deferred constraints now, where an error can be caught: at the commit it would fail the new system's own
-- write. All of them, as triggers and cascades lead beyond the old table. Then they are deferred again, for the host's
-- own statements.
create or replace function training_migration.check_deferred() returns void language plpgsql set search_path = '' as $$
declare
  v_names text := (select string_agg(distinct format('%s.%I', c.connamespace::regnamespace, c.conname), ', ')
                     from pg_catalog.pg_constraint c
                    where c.condeferred and has_schema_privilege(c.connamespace, 'usage'));
begin
  if v_names is not null then
    execute format('set constraints %s immediate', v_names);
    execute format('set constraints %s deferred', v_names);
  end if;
end $$;

-- Shows one session to the old app: all of a session that began in the new system; of one that began in the old, a
-- grade that the new system gave. What the session does not say keeps the column's default in a new row, and is emptied
-- in an old one where the column may be null.
-- -> null, or the columns whose value is not the one that was written: a trigger of the old table replaced it
create or replace function training_migration.show_in_old_table(p_session public.training_sessions) returns text
language plpgsql security definer set search_path = public, extensions, pg_temp
set timezone = 'UTC' -- The zone in which the conversion reads columns without one.
as $$
declare
  v_before text;
  v_completed text := (select s.completed_word from training_migration.state s);
  v_new boolean := training_migration.began_in_new(p_session.legacy_id);
  v_row jsonb := case when v_new then training_migration.as_old_row(p_session, v_completed)
                      else training_migration.as_old_grade(p_session, v_completed) end;
  v_columns text;
  v_changes text;
  v_analytics jsonb;
  v_written jsonb;
  v_found jsonb;
  v_differing text;
begin
  if v_new is null or not v_new and coalesce(p_session.graded_by, 'legacy') = 'legacy' then
    return null;
  end if;
  v_before := training_migration.set_mirroring(p_session.legacy_id::text);
  v_row := training_migration.fit_old_table(v_row);
  if not v_new then -- the old app keeps more than the feedback in `analytics`
    execute 'select training_migration.parse_json(training_migration.row_json(o) -> ''analytics'')
               from public.live_sessions o where o.id = $1'
      into v_analytics using p_session.legacy_id;
    if jsonb_typeof(v_analytics) = 'object' then
      v_row := jsonb_set(v_row, '{analytics}', v_analytics || jsonb_build_object('feedback',
        case when jsonb_typeof(v_analytics -> 'feedback') = 'object' then v_analytics -> 'feedback' else '{}' end
        || (v_row #> '{analytics,feedback}')));
    end if;
  end if;
  select string_agg(quote_ident(a.attname), ', ') filter (where v_row -> a.attname <> 'null'),
         string_agg(format(case when v_row -> a.attname <> 'null' then '%1$I = excluded.%1$I' else '%1$I = null' end,
           a.attname), ', ')
           filter (where v_row -> a.attname <> 'null' or not a.attnotnull)
    into v_columns, v_changes
    from pg_catalog.pg_attribute a
   where a.attrelid = 'public.live_sessions'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     and a.attidentity <> 'a'
     and v_row ? a.attname;
  if v_new then
    execute format(
      'insert into public.live_sessions (%1$s) select %1$s from jsonb_populate_record(null::public.live_sessions, $1) '
      'on conflict (id) do update set %2$s', v_columns, v_changes) using v_row;
  elsif v_changes is not null then
    execute format(
      'update public.live_sessions o set %s
         from jsonb_populate_record(null::public.live_sessions, $1) excluded where o.id = $2', v_changes)
      using v_row, p_session.legacy_id;
  end if;
  perform training_migration.check_deferred();

  -- A trigger of the old table may have replaced what was written.
  execute 'select to_jsonb(jsonb_populate_record(null::public.live_sessions, $1)),
                  (select training_migration.row_json(o) from public.live_sessions o where o.id = $2)'
    into v_written, v_found using v_row, p_session.legacy_id;
  select string_agg(w.key, ', ' order by w.key) into v_differing from jsonb_each(v_written) w
   where v_row -> w.key <> 'null' and w.key <> 'analytics' and v_found -> w.key is distinct from w.value
     and exists (select 1 from pg_catalog.pg_attribute a
                  where a.attrelid = 'public.live_sessions'::regclass and a.attname = w.key
                    and a.attgenerated = '' and a.attidentity <> 'a');
  perform training_migration.set_mirroring(v_before);
  return 'changed by the old table: ' || v_differing;
end $$;

-- Runs after every statement of the old app. It lists the rows instead of converting them: before the work list is
-- complete, while a batch of the backfill runs, where there are many rows or words, in a serializable transaction, and
-- where a trigger of the host wrote them during the other mirror.
create or replace function training_migration.mirror_to_new() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '80ms' as $$
declare
  v_mirroring text := training_migration.mirroring();
  -- Our reads could then fail the write at its commit.
  v_serializable boolean := current_setting('transaction_isolation') = 'serializable';
  v_ids uuid[];
  v_users uuid[];
  v_listed uuid[];
  v_problem text;
begin
  begin
    select array_agg(c.id), array_agg(c.user_id) into v_ids, v_users from changed c
     where v_mirroring = '' or c.id::text <> v_mirroring and not training_migration.began_in_new(c.id);
    if tg_op = 'UPDATE' then -- rows whose id was changed: their old id
      select v_ids || array_agg(b.id), v_users || array_agg(b.user_id) into v_ids, v_users from before b
       where not exists (select 1 from changed c where c.id = b.id);
    end if;
    if v_ids is null then
      return null;
    end if;
    if v_mirroring = '' and not v_serializable and cardinality(v_ids) <= 50
      and (select s.list_complete from training_migration.state s)
      and (tg_op = 'DELETE' or (select sum(octet_length(c::text)) from changed c) <= 524288)
      and training_migration.no_batch_running()
    then
      begin
        v_listed := training_migration.store_sessions(v_ids, true);
      exception when query_canceled or others then
        v_listed := v_ids;
        v_problem := sqlstate;
      end;
    else
      v_listed := v_ids;
    end if;
    insert into training_migration.pending (legacy_id, user_id, problem, tried_at)
    select id, user_id, v_problem, case when v_problem is not null then clock_timestamp() end
      from unnest(v_ids, v_users) as row (id, user_id) where id = any (v_listed);
    if v_mirroring = '' and (v_serializable or not exists (
      select 1 from training_migration.direct_writes d where d.hour = date_trunc('hour', clock_timestamp())))
    then
      insert into training_migration.direct_writes values (date_trunc('hour', clock_timestamp()));
    end if;
  exception when query_canceled or others then
    raise warning 'training: a write to live_sessions was not mirrored (%); run: migrate backfill, then migrate verify',
      sqlstate;
  end;
  return null;
end $$;

-- Gives a new session the UUID under which the old app sees it, before it is stored.
create or replace function training_migration.give_legacy_id() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.legacy_id := training_migration.legacy_id_for(new.id);
  return new;
end $$;

-- A session that began in the old system ends there: the new system may not change its lines. If the sweep ends it
-- here, it is not graded by a paid model, and the old app's own end still counts.
create or replace function training_migration.keep_in_old_system() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if training_migration.mirroring() <> '' then
    return new;
  end if;
  if new.transcript is distinct from old.transcript then
    perform training.fail(409, 'session_not_active',
      'This session began in the old system, which is still writing it.');
  end if;
  if new.status = 'completed' and new.graded_at is null then
    new.graded_at := new.ended_at;
    new.graded_by := 'legacy';
    new.rubric_version := 'legacy';
  end if;
  return new;
end $$;

-- Runs after the start, the end, the grade and the erasure of a session. Not after each line: the old app sees the
-- lines at the end.
create or replace function training_migration.mirror_to_old() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '80ms' as $$
declare
  v_problem text;
begin
  if training_migration.mirroring() <> '' then
    return null;
  end if;
  begin
    if tg_op = 'DELETE' and not training_migration.began_in_new(old.legacy_id)
      and not exists (select 1 from public.users u where u.id = old.user_id)
    then
      -- The account was erased, not this session alone. The old table's own keys decide about its old rows.
      insert into training_migration.pending (legacy_id, user_id) values (old.legacy_id, old.user_id);
    elsif tg_op = 'DELETE' then
      perform training_migration.erase_in_old_table(old.legacy_id);
    else
      v_problem := training_migration.show_in_old_table(new);
      if v_problem is not null then
        perform training_migration.list_for_old_table(new.id, v_problem);
      end if;
    end if;
  exception when query_canceled or others then
    begin
      insert into training_migration.pending_out (session_id, erased_legacy_id, problem, tried_at)
      values (case tg_op when 'DELETE' then old.id else new.id end, case tg_op when 'DELETE' then old.legacy_id end,
        sqlstate, clock_timestamp());
    exception when others then
      raise warning using message = format(
        'training: a session was not mirrored to live_sessions (%s); run: migrate backfill, then migrate verify',
        sqlstate);
    end;
  end;
  return null;
end $$;

-- Lists a session that the old table shows otherwise, once for each problem.
create or replace function training_migration.list_for_old_table(p_session_id bigint, p_problem text) returns void
language sql set search_path = '' as $$
  insert into training_migration.pending_out (session_id, problem, tried_at)
  select p_session_id, p_problem, clock_timestamp()
   where not exists (select 1 from training_migration.pending_out e
                      where e.session_id = p_session_id and e.problem = p_problem)
$$;

create or replace function training_migration.erase_in_old_table(p_legacy_id uuid) returns void
language plpgsql security definer set search_path = public, extensions, pg_temp as $$
declare
  v_before text := training_migration.set_mirroring(p_legacy_id::text);
begin
  delete from public.live_sessions o where o.id = p_legacy_id;
  perform training_migration.check_deferred();
  perform training_migration.set_mirroring(v_before);
end $$;

-- Tries the entries of pending_out again, fifty at a time. The sessions stay locked to the end of the transaction, so
-- that none is erased meanwhile.
-- -> the last entry that was tried, null after the last of all
create or replace function training_migration.retry_old_table(p_after bigint) returns bigint
language plpgsql set search_path = '' as $$
declare
  v_entry training_migration.pending_out;
  v_session public.training_sessions;
  v_problem text;
begin
  for v_entry in
    select * from training_migration.pending_out
     where entry > p_after order by entry limit 50 for update skip locked
  loop
    begin
      v_problem := null;
      if v_entry.erased_legacy_id is not null then
        perform training_migration.erase_in_old_table(v_entry.erased_legacy_id);
      else
        update public.training_sessions t set legacy_id = training_migration.legacy_id_for(t.id)
         where t.id = v_entry.session_id and t.legacy_id is null;
        select * into v_session from public.training_sessions t where t.id = v_entry.session_id for key share;
        if found then
          v_problem := training_migration.show_in_old_table(v_session);
        end if;
      end if;
      if v_problem is null then
        delete from training_migration.pending_out e where e.entry = v_entry.entry;
      else
        update training_migration.pending_out e set problem = v_problem, tried_at = clock_timestamp()
         where e.entry = v_entry.entry;
      end if;
    exception when others then
      update training_migration.pending_out e set problem = sqlstate, tried_at = clock_timestamp()
       where e.entry = v_entry.entry;
    end;
  end loop;
  return v_entry.entry;
end $$;
