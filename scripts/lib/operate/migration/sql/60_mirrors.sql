-- Both systems at once. Each mirror does its work inside the write it follows, and never fails it or makes it wait: what it cannot do
-- within 80 ms it leaves to the backfill. While one writes, the other keeps still. What writes to a table of the
-- host's own sets the search_path its triggers are used to; every name of ours is qualified.

-- A grade in the columns of the old table, which has its own word for "completed". Pure.
create or replace function training_migration.old_grade(p_session public.training_sessions, p_completed text) returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'rapport_score', p_session.rapport_score, 'discovery_score', p_session.discovery_score,
    'objection_handling_score', p_session.objection_handling_score, 'closing_score', p_session.closing_score, 'close_score', p_session.closing_score,
    'overall_score', p_session.overall_score, 'virtual_earnings', p_session.virtual_earnings, 'graded_at', p_session.graded_at,
    -- Never "pending": the old grader would take it for its own.
    'grading_status', case when p_session.status = 'failed' then 'failed' when p_session.graded_at is null then 'processing' else p_completed end,
    'analytics', jsonb_build_object('feedback', jsonb_build_object('strengths', p_session.feedback_strengths, 'improvements', p_session.feedback_improvements))
  )
$$;

-- How a new session looks in the old table, in the columns that table has. Pure.
create or replace function training_migration.old_shape(p_session public.training_sessions, p_completed text) returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'id', p_session.legacy_id, 'user_id', p_session.user_id, 'agent_name', p_session.agent_name, 'agent_id', p_session.agent_id,
    'created_at', p_session.created_at, 'started_at', p_session.started_at, 'ended_at', p_session.ended_at,
    'duration_seconds', p_session.duration_seconds, 'full_transcript', lines, 'transcript', lines,
    'elevenlabs_conversation_id', p_session.conversation_id, 'end_reason', p_session.end_reason
  ) || training_migration.old_grade(p_session, p_completed)
  from (
    select coalesce(jsonb_agg(line || jsonb_build_object('speaker', case line ->> 'speaker' when 'agent' then 'homeowner' else 'user' end) order by n), '[]') as lines
      from jsonb_array_elements(p_session.transcript) with ordinality as given (line, n)
  ) old
$$;

-- What constraints have put off to the commit is said now, where it can be caught: at the commit it would fail the new system's own write. Every
-- one of them, as triggers and cascades lead beyond the old table; then they are put off again, for the host's own statements.
create or replace function training_migration.check_deferred() returns void language plpgsql set search_path = '' as $$
declare
  v_names text := (select string_agg(distinct format('%s.%I', c.connamespace::regnamespace, c.conname), ', ') from pg_catalog.pg_constraint c
                    where c.condeferred and has_schema_privilege(c.connamespace, 'usage'));
begin
  if v_names is not null then
    execute format('set constraints %s immediate', v_names);
    execute format('set constraints %s deferred', v_names);
  end if;
end $$;

-- Shows one session to the old app: all of one that began here; of one that began there, only a grade the new system gave. What the session
-- does not say is left to the column's default in a new row, and emptied in an old one where the column may be empty.
create or replace function training_migration.put_back(p_session public.training_sessions) returns void
language plpgsql security definer set search_path = public, extensions, pg_temp set timezone = 'UTC' -- as the conversion reads columns without a zone
as $$
declare
  v_before text;
  v_completed text := (select s.completed_word from training_migration.state s);
  v_here boolean := training_migration.began_here(p_session.legacy_id);
  v_row jsonb := case when v_here then training_migration.old_shape(p_session, v_completed) else training_migration.old_grade(p_session, v_completed) end;
  v_columns text;
  v_changes text;
  v_is_uuid boolean;
  v_analytics jsonb;
begin
  if v_here is null or not v_here and coalesce(p_session.graded_by, 'legacy') = 'legacy' then
    return;
  end if;
  v_before := training_migration.set_mirroring(p_session.legacy_id::text);
  -- An agent_id of the new system need not be a UUID; the old column may insist.
  select bool_or(a.attname = 'agent_id' and a.atttypid = 'uuid'::regtype) into v_is_uuid
    from pg_catalog.pg_attribute a where a.attrelid = 'public.live_sessions'::regclass and not a.attisdropped;
  if v_is_uuid and v_row ->> 'agent_id' !~* '^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$' then
    v_row := v_row - 'agent_id';
  end if;
  -- Cents are rounded where the column holds none.
  select v_row || coalesce(jsonb_object_agg(a.attname, round((v_row ->> a.attname)::numeric)), '{}') into v_row from pg_catalog.pg_attribute a
   where a.attrelid = 'public.live_sessions'::regclass and a.atttypid = any ('{int2,int4,int8}'::regtype[]) and jsonb_typeof(v_row -> a.attname) = 'number';
  if not v_here then -- the old app keeps more than the feedback in `analytics`
    execute 'select training_migration.parsed(training_migration.row_json(o) -> ''analytics'') from public.live_sessions o where o.id = $1' into v_analytics using p_session.legacy_id;
    if jsonb_typeof(v_analytics) = 'object' then
      v_row := jsonb_set(v_row, '{analytics}', v_analytics || (v_row -> 'analytics'));
    end if;
  end if;
  select string_agg(quote_ident(a.attname), ', ') filter (where v_row -> a.attname <> 'null'),
         string_agg(format(case when v_row -> a.attname <> 'null' then '%1$I = excluded.%1$I' else '%1$I = null' end, a.attname), ', ')
           filter (where v_row -> a.attname <> 'null' or not a.attnotnull)
    into v_columns, v_changes
    from pg_catalog.pg_attribute a
   where a.attrelid = 'public.live_sessions'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity <> 'a'
     and v_row ? a.attname;
  if v_here then
    execute format(
      'insert into public.live_sessions (%1$s) select %1$s from jsonb_populate_record(null::public.live_sessions, $1) '
      'on conflict (id) do update set %2$s', v_columns, v_changes) using v_row;
  elsif v_changes is not null then
    execute format('update public.live_sessions o set %s from jsonb_populate_record(null::public.live_sessions, $1) excluded where o.id = $2', v_changes)
      using v_row, p_session.legacy_id;
  end if;
  perform training_migration.check_deferred();
  perform training_migration.set_mirroring(v_before);
end $$;

-- Follows every statement of the old app. It only lists the rows before the work list is made, while a batch of the backfill is under way, when they are many or more words than
-- can be converted in some milliseconds, in a serializable transaction, and when a trigger of the host's own wrote them while the other mirror was at work.
create or replace function training_migration.mirror_in() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '80ms' as $$
declare
  v_mirroring text := training_migration.mirroring();
  v_serializable boolean := current_setting('transaction_isolation') = 'serializable'; -- what we read could fail the write at its commit
  v_ids uuid[];
  v_users uuid[];
  v_raced uuid[];
  v_problem text;
begin
  begin
    select array_agg(c.id), array_agg(c.user_id) into v_ids, v_users from changed c
     where v_mirroring = '' or c.id::text <> v_mirroring and not training_migration.began_here(c.id);
    if tg_op = 'UPDATE' then -- an id that was changed: nobody will see the old one again
      select v_ids || array_agg(b.id), v_users || array_agg(b.user_id) into v_ids, v_users from before b
       where not exists (select 1 from changed c where c.id = b.id);
    end if;
    if v_ids is null then
      return null;
    end if;
    if v_mirroring = '' and not v_serializable and cardinality(v_ids) <= 50 and (select s.filled from training_migration.state s)
       and (tg_op = 'DELETE' or (select sum(octet_length(c::text)) from changed c) <= 524288) and training_migration.no_batch() then
      begin
        v_raced := training_migration.store(v_ids, true);
      exception when query_canceled or others then
        v_raced := v_ids;
        v_problem := sqlstate;
      end;
    else
      v_raced := v_ids;
    end if;
    insert into training_migration.pending (legacy_id, user_id, problem, tried_at)
    select id, user_id, v_problem, case when v_problem is not null then clock_timestamp() end
      from unnest(v_ids, v_users) as row (id, user_id) where id = any (v_raced);
    if v_mirroring = '' and (v_serializable or not exists (select 1 from training_migration.direct_writes d where d.hour = date_trunc('hour', clock_timestamp()))) then
      insert into training_migration.direct_writes values (date_trunc('hour', clock_timestamp()));
    end if;
  exception when query_canceled or others then
    raise warning 'training: a write to live_sessions was not mirrored (%); run: migrate backfill, then migrate verify', sqlstate;
  end;
  return null;
end $$;

-- Names a new session for the old app, before it is stored.
create or replace function training_migration.name_for_old_app() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  new.legacy_id := training_migration.uuid_of(new.id);
  return new;
end $$;

-- A session stays in the system in which it began. Of one that began there and is going on, the new system may not change the words; if it
-- is swept here, the old app's own end still counts, and no paid model is asked meanwhile.
create or replace function training_migration.stay_where_it_began() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if training_migration.mirroring() <> '' then
    return new;
  end if;
  if new.transcript is distinct from old.transcript then
    perform training.fail(409, 'session_not_active', 'This session began in the old system, which is still writing it.');
  end if;
  if new.status = 'completed' and new.graded_at is null then
    new.graded_at := new.ended_at;
    new.graded_by := 'legacy';
    new.rubric_version := 'legacy';
  end if;
  return new;
end $$;

-- Follows what the new system does to a session: its start, its end, its grade, its erasure. Not each line: the old app sees them at the end.
create or replace function training_migration.mirror_out() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '80ms' as $$
begin
  if training_migration.mirroring() <> '' then
    return null;
  end if;
  begin
    if tg_op = 'DELETE' and not training_migration.began_here(old.legacy_id) and not exists (select 1 from public.users u where u.id = old.user_id) then
      -- Not an erasure of this session but of the account: what then becomes of its old rows is for the old table to say.
      insert into training_migration.pending (legacy_id, user_id) values (old.legacy_id, old.user_id);
    elsif tg_op = 'DELETE' then
      perform training_migration.erase_old(old.legacy_id);
    else
      perform training_migration.put_back(new);
    end if;
  exception when query_canceled or others then
    begin
      insert into training_migration.pending_out (session_id, erased_legacy_id, problem, tried_at)
      values (case tg_op when 'DELETE' then old.id else new.id end, case tg_op when 'DELETE' then old.legacy_id end, sqlstate, clock_timestamp());
    exception when others then
      raise warning 'training: a session was not mirrored to live_sessions (%); run: migrate backfill, then migrate verify', sqlstate;
    end;
  end;
  return null;
end $$;

create or replace function training_migration.erase_old(p_legacy_id uuid) returns void
language plpgsql security definer set search_path = public, extensions, pg_temp as $$
declare
  v_before text := training_migration.set_mirroring(p_legacy_id::text);
begin
  delete from public.live_sessions o where o.id = p_legacy_id;
  perform training_migration.check_deferred();
  perform training_migration.set_mirroring(v_before);
end $$;

-- Tries again what the way back could not do, fifty at a time: the sessions stay locked to the end of the transaction, so that none is
-- erased while it is put back. -> the last entry that was tried, null after the last of all
create or replace function training_migration.retry_out(p_after bigint) returns bigint language plpgsql set search_path = '' as $$
declare
  v_entry training_migration.pending_out;
  v_session public.training_sessions;
begin
  for v_entry in select * from training_migration.pending_out where entry > p_after order by entry limit 50 for update skip locked loop
    begin
      if v_entry.erased_legacy_id is not null then
        perform training_migration.erase_old(v_entry.erased_legacy_id);
      else
        update public.training_sessions t set legacy_id = training_migration.uuid_of(t.id)
         where t.id = v_entry.session_id and t.legacy_id is null;
        select * into v_session from public.training_sessions t where t.id = v_entry.session_id for key share;
        if found then
          perform training_migration.put_back(v_session);
        end if;
      end if;
      delete from training_migration.pending_out e where e.entry = v_entry.entry;
    exception when others then
      update training_migration.pending_out e set problem = sqlstate, tried_at = clock_timestamp() where e.entry = v_entry.entry;
    end;
  end loop;
  return v_entry.entry;
end $$;
