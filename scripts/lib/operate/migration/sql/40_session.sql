-- A row of live_sessions, as jsonb because its columns drifted -> a session. Pure: the same row and the same now, the same session.

do $$
begin
  if to_regtype('training_migration.converted') is null then
    create type training_migration.converted as (
      user_id uuid, agent_name text, agent_id text, conversation_id text, status text, end_reason text,
      created_at timestamptz, started_at timestamptz, ended_at timestamptz, duration_seconds integer, last_activity_at timestamptz, transcript jsonb,
      rapport_score integer, discovery_score integer, objection_handling_score integer, closing_score integer,
      feedback_strengths text[], feedback_improvements text[], virtual_earnings numeric, graded_at timestamptz,
      scores jsonb,     -- the grade as it was, also what the columns cannot hold; null if there was none
      notes text[],     -- what was changed in passing
      quarantine text,  -- why something of the row is kept verbatim too
      original text     -- that: a transcript alone as it was, or the columns as a JSON object
    );
  end if;
end $$;

-- 0-100, rounded; what lies outside is taken to the nearest end. (least and greatest pass over nulls: no score is not zero.)
create or replace function training_migration.score(p_value jsonb) returns integer language sql immutable as $$
  select case when training_migration.number(p_value) is not null then least(100, greatest(0, round(training_migration.number(p_value))))::integer end
$$;

-- What the columns cannot hold of these scores.
create or replace function training_migration.score_notes(p_scores jsonb) returns text[] language sql immutable as $$
  select array_agg(case when training_migration.score(value) is null then format('The old %s score was no number.', key)
                        else format('The old %s score was %s.', key, trim_scale(training_migration.number(value))) end order by key)
    from jsonb_each(p_scores)
   where training_migration.score(value) is distinct from training_migration.number(value) or training_migration.score(value) is null
$$;

-- The same session, with these columns of its row to be kept, for these reasons.
create or replace function training_migration.kept(p_session training_migration.converted, p_reasons text[], p_columns jsonb)
returns training_migration.converted language plpgsql immutable as $$
begin
  if p_reasons <> '{}' then
    p_session.quarantine := array_to_string(p_reasons, '; ');
    p_session.original := case when p_columns - 'full_transcript' = '{}' or p_columns - 'transcript' = '{}' then coalesce(p_columns ->> 'full_transcript', p_columns ->> 'transcript')
                               else p_columns::text end;
  end if;
  return p_session;
end $$;

create or replace function training_migration.convert(p_old jsonb, p_now timestamptz) returns training_migration.converted
language plpgsql immutable set search_path = '' set timezone = 'UTC' as $$
declare
  v training_migration.converted;
  v_latest timestamptz := p_now + interval '5 minutes';
  v_given jsonb;
  v_analytics jsonb := training_migration.parsed(p_old -> 'analytics');
  v_feedback jsonb := v_analytics -> 'feedback';
  v_strengths jsonb := coalesce(nullif(v_feedback -> 'strengths', 'null'), v_analytics -> 'strengths');
  v_improvements jsonb := coalesce(nullif(v_feedback -> 'improvements', 'null'), v_analytics -> 'improvements');
  v_earnings numeric := training_migration.amount(p_old -> 'virtual_earnings');
  v_column text;
  v_raw jsonb;
  v_read record;
  v_lines jsonb;
  v_read_notes text[];
  v_kept jsonb := '{}';
  v_reasons text[] := '{}';
  v_duration numeric := training_migration.number(p_old -> 'duration_seconds');
  v_graded boolean;
  v_plain boolean;
begin
  v.notes := '{}';
  v.user_id := (p_old ->> 'user_id')::uuid;
  v.agent_id := left(nullif(btrim(p_old ->> 'agent_id', training.white_space()), ''), 200);
  v.agent_name := left(coalesce(nullif(btrim(p_old ->> 'agent_name', training.white_space()), ''), v.agent_id, 'Unknown'), 200);
  v.conversation_id := nullif(btrim(p_old ->> 'elevenlabs_conversation_id', training.white_space()), '');

  -- Times: none later than now, the end not before the start.
  begin -- as nearly every row has them, in one go
    v.created_at := (p_old ->> 'created_at')::timestamptz;
    v.started_at := (p_old ->> 'started_at')::timestamptz;
    v.ended_at := (p_old ->> 'ended_at')::timestamptz;
    v.graded_at := (p_old ->> 'graded_at')::timestamptz;
    v_plain := least(v.created_at, v.started_at, v.ended_at, v.graded_at) > '1980-01-01'
               and greatest(v.created_at, v.started_at, v.ended_at, v.graded_at) < '9999-01-01'
               and concat(p_old ->> 'created_at', p_old ->> 'started_at', p_old ->> 'ended_at', p_old ->> 'graded_at') !~ '[A-SU-Ya-z]'; -- "today"
  exception when data_exception then
    v_plain := false;
  end;
  if v_plain is not true then
    v.created_at := training_migration.moment(p_old ->> 'created_at');
    v.started_at := training_migration.moment(p_old ->> 'started_at');
    v.ended_at := training_migration.moment(p_old ->> 'ended_at');
    v.graded_at := training_migration.moment(p_old ->> 'graded_at');
    select coalesce(jsonb_object_agg(name, p_old -> name), '{}'), coalesce(array_agg(name || ' cannot be read'), '{}') into v_kept, v_reasons
      from unnest(array['created_at', 'started_at', 'ended_at', 'graded_at']) name
     where p_old ->> name ~ '\S' and training_migration.moment(p_old ->> name) is null;
  end if;
  if v.created_at > v_latest or v.started_at > v_latest or v.ended_at > v_latest then
    v.notes := v.notes || 'A time in the future was not believed.'::text;
    v.created_at := case when v.created_at <= v_latest then v.created_at end;
    v.started_at := case when v.started_at <= v_latest then v.started_at end;
    v.ended_at := case when v.ended_at <= v_latest then v.ended_at when v.ended_at is not null then coalesce(v.started_at, v.created_at, p_now) end;
  end if;
  if v.ended_at < v.started_at then
    v.notes := v.notes || 'Start and end were swapped.'::text;
    select v.ended_at, v.started_at into v.started_at, v.ended_at;
  end if;
  v.started_at := coalesce(v.started_at, least(v.created_at, v.ended_at), p_now);
  v.created_at := coalesce(v.created_at, v.started_at);

  -- The words. Where both columns hold some, the longer talk; what the other says, if it says anything else, is kept.
  foreach v_column in array array['full_transcript', 'transcript'] loop
    v_raw := p_old -> v_column;
    continue when v_raw is null or v_column = 'transcript' and v_raw = p_old -> 'full_transcript';
    v_read := training_migration.read_transcript(v_raw, v.agent_name, v.started_at);
    if v_read.quarantine is not null then
      v_reasons := v_reasons || v_read.quarantine;
      v_kept := v_kept || jsonb_build_object(v_column, v_raw);
    end if;
    if v_lines <> '[]' and v_read.lines not in ('[]', v_lines) then
      v_reasons := v_reasons || 'two transcripts that differ'::text;
      v_kept := v_kept || jsonb_build_object('full_transcript', p_old -> 'full_transcript', 'transcript', v_raw);
    end if;
    if v_lines is null or jsonb_array_length(v_read.lines) > jsonb_array_length(v_lines) then
      v_lines := v_read.lines;
      v_read_notes := v_read.notes;
    end if;
  end loop;
  v.transcript := coalesce(v_lines, '[]');
  v.notes := v.notes || v_read_notes;

  -- The grade. A failed analysis was stored as zeros; no score is not a bad score.
  v_given := jsonb_strip_nulls(jsonb_build_object(
    'rapport', p_old -> 'rapport_score', 'discovery', p_old -> 'discovery_score', 'objection_handling', p_old -> 'objection_handling_score',
    'closing', coalesce(nullif(p_old -> 'closing_score', 'null'), p_old -> 'close_score'), 'overall', p_old -> 'overall_score'));
  if v_given <> '{}' and p_old ->> 'grading_status' = 'failed' then
    if not exists (select 1 from jsonb_each(v_given) s where training_migration.number(s.value) <> 0) then
      v.notes := v.notes || 'The old grader had failed and left zeros.'::text;
      v_given := '{}';
    end if;
  end if;
  v_graded := v_given <> '{}';
  if not v_graded then
    v.graded_at := null;
  else
    v.rapport_score := training_migration.score(v_given -> 'rapport');
    v.discovery_score := training_migration.score(v_given -> 'discovery');
    v.objection_handling_score := training_migration.score(v_given -> 'objection_handling');
    v.closing_score := training_migration.score(v_given -> 'closing');
    if v_given - 'overall' <> jsonb_strip_nulls(jsonb_build_object('rapport', v.rapport_score, 'discovery', v.discovery_score,
         'objection_handling', v.objection_handling_score, 'closing', v.closing_score)) then
      v.notes := v.notes || training_migration.score_notes(v_given - 'overall');
    end if;
    if num_nulls(v.rapport_score, v.discovery_score, v.objection_handling_score, v.closing_score) > 0 and v_given ? 'overall' then
      v.notes := v.notes || format('The old system gave %s overall, without all four categories.', v_given ->> 'overall');
    end if;
    v.scores := v_given || jsonb_strip_nulls(jsonb_build_object('sale_closed', p_old -> 'sale_closed'));
    if v.graded_at > v_latest then
      v.graded_at := null;
    end if;
  end if;
  if jsonb_typeof(v_feedback) in ('string', 'array') then -- it does not say which: what there is to read, to learn from
    v_improvements := coalesce(nullif(v_improvements, 'null'), v_feedback);
  end if;
  v.feedback_strengths := case when v_strengths is null then '{}' else training_migration.texts(v_strengths) end;
  v.feedback_improvements := case when v_improvements is null then '{}' else training_migration.texts(v_improvements) end;
  if jsonb_typeof(v_analytics) <> 'object' and btrim(v_analytics #>> '{}', training.white_space()) not in ('', '[]')
     or jsonb_typeof(v_strengths) in ('object', 'number', 'boolean') or jsonb_typeof(v_improvements) in ('object', 'number', 'boolean')
     or jsonb_typeof(v_feedback) in ('object', 'number', 'boolean') and v_feedback <> '{}' and v_strengths is null and v_improvements is null then
    v_reasons := v_reasons || 'analytics cannot be read'::text;
    v_kept := v_kept || jsonb_build_object('analytics', p_old -> 'analytics');
  end if;
  v.virtual_earnings := greatest(0, coalesce(v_earnings, 0));
  if v_earnings < 0 then
    v.notes := v.notes || format('The old earnings were %s.', trim_scale(v_earnings));
  elsif v_earnings is null and p_old ->> 'virtual_earnings' ~ '\S' then
    v_reasons := v_reasons || 'virtual_earnings cannot be read'::text;
    v_kept := v_kept || jsonb_build_object('virtual_earnings', p_old -> 'virtual_earnings');
  end if;

  -- How it ended. Without an end it is still going on, for a day.
  if v.ended_at is null and not v_graded and greatest(v.started_at, v.created_at) > p_now - interval '1 day' then
    v.status := 'active';
    v.last_activity_at := greatest(v.started_at, v.created_at);
    return training_migration.kept(v, v_reasons, v_kept);
  end if;
  v.end_reason := case when v.ended_at is null or lower(p_old ->> 'end_reason') in ('abandoned', 'timeout', 'inactivity', 'disconnected') then 'abandoned' else 'ended' end;
  if v_duration < 0 or v_duration > 86400 then
    v.notes := v.notes || format('The old duration was %s seconds.', trim_scale(v_duration));
    v_duration := null;
  end if;
  v.ended_at := coalesce(v.ended_at, v.started_at + make_interval(secs => coalesce(v_duration, 0)::float8));
  v.duration_seconds := coalesce(round(v_duration), least(86400, extract(epoch from v.ended_at - v.started_at)))::integer;
  v.last_activity_at := v.ended_at;
  if v_graded or v.transcript @> '[{"speaker": "user"}]' then
    v.status := 'completed';
    v.graded_at := coalesce(v.graded_at, v.ended_at); -- also without a grade: what is not graded by now is not sent to a paid model
    if not v_graded then
      v.notes := v.notes || 'The old system never graded this session.'::text;
    end if;
  else
    v.status := 'failed';
    v.end_reason := 'no_conversation';
    -- It has no grade to note anything at.
    v_read_notes := array(select note from unnest(v.notes) note where note <> all (coalesce(v_read_notes, '{}')));
    if v_read_notes <> '{}' then
      v_reasons := v_reasons || v_read_notes;
      v_kept := v_kept || p_old;
    end if;
  end if;
  return training_migration.kept(v, v_reasons, v_kept);
end $$;
