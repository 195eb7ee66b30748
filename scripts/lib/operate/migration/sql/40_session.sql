-- A row of live_sessions, as jsonb because its columns drifted -> a session. Pure: the same row and the same p_now give
-- the same session.

do $$
begin
  if to_regtype('training_migration.converted') is null then
    create type training_migration.converted as (
      user_id uuid, agent_name text, agent_id text, conversation_id text, status text, end_reason text,
      created_at timestamptz, started_at timestamptz, ended_at timestamptz, duration_seconds integer,
      last_activity_at timestamptz, transcript jsonb,
      rapport_score integer, discovery_score integer, objection_handling_score integer, closing_score integer,
      feedback_strengths text[], feedback_improvements text[], virtual_earnings numeric, graded_at timestamptz,
      scores jsonb,   -- the grade as it was, also what the columns cannot hold; null if there was none
      notes text[],   -- what was changed without a loss
      kept jsonb,     -- the columns that the session does not hold in full, as they were
      reasons text[]  -- why columns are kept that are read
    );
  end if;
end $$;

-- The columns that the conversion reads. catalog.py reads this list.
create or replace function training_migration.read_columns() returns text[] language sql immutable as $$
  select array[
    'id', 'user_id', 'agent_name', 'agent_id', 'started_at', 'ended_at', 'created_at', 'duration_seconds',
    'full_transcript', 'transcript', 'overall_score', 'rapport_score', 'discovery_score', 'needs_discovery_score',
    'objection_handling_score', 'close_score', 'closing_score', 'close_effectiveness_score', 'virtual_earnings',
    'analytics', 'what_worked', 'what_failed', 'sale_closed', 'grading_status', 'graded_at', 'end_reason',
    'elevenlabs_conversation_id']
$$;

-- Empty values are neither kept nor counted.
create or replace function training_migration.says_nothing(p_value jsonb) returns boolean language sql immutable as $$
  select p_value is null or p_value in ('null', '""', '[]', '{}')
$$;

-- The names in `analytics` that the conversion does not read: of its keys, and of those of its "feedback" with that
-- word before.
create or replace function training_migration.unread_keys(p_analytics jsonb) returns text[] language sql immutable as $$
  select coalesce(array_agg(name order by name), '{}') from (
    select 'analytics.' || left(key, 60) as name, value
      from jsonb_each(case jsonb_typeof(p_analytics) when 'object' then p_analytics else '{}' end
                      - array['feedback', 'strengths', 'improvements', 'what_worked', 'what_failed'])
    union all
    select 'analytics.feedback.' || left(key, 60), value
      from jsonb_each(case when jsonb_typeof(p_analytics -> 'feedback') = 'object' then p_analytics -> 'feedback'
                           else '{}' end
                      - array['strengths', 'improvements', 'what_worked', 'what_failed'])
  ) unread where not training_migration.says_nothing(value)
$$;

-- The strengths and improvements of an old row, from the first place that has any; is_whole: nothing else is said in
-- `analytics` and its likes.
create or replace function training_migration.read_grade_texts(
  p_old jsonb, out strengths text[], out improvements text[], out is_whole boolean
) language plpgsql immutable as $$
declare
  v_analytics jsonb := training_migration.parse_json(p_old -> 'analytics');
  v_feedback jsonb := v_analytics -> 'feedback';
  v_read record;
  v_places jsonb[];
  v_place jsonb;
begin
  strengths := '{}';
  improvements := '{}';
  is_whole := true;
  if not training_migration.says_nothing(v_analytics) and jsonb_typeof(v_analytics) <> 'object' then
    is_whole := btrim(v_analytics #>> '{}', training.white_space()) = '';
  end if;
  if jsonb_typeof(v_feedback) not in ('object', 'null', 'string', 'array') then
    is_whole := false;
  end if;
  v_places := array[v_feedback -> 'strengths', v_analytics -> 'strengths', v_feedback -> 'what_worked',
                    v_analytics -> 'what_worked', training_migration.parse_json(p_old -> 'what_worked')];
  foreach v_place in array v_places loop
    continue when training_migration.says_nothing(v_place);
    v_read := training_migration.read_feedback(v_place);
    is_whole := is_whole and v_read.is_whole and (strengths = '{}' or v_read.texts = strengths);
    strengths := case when strengths = '{}' then v_read.texts else strengths end;
  end loop;
  -- A feedback that does not say of which kind it is can be read as something to learn from.
  v_places := array[v_feedback -> 'improvements', v_analytics -> 'improvements', v_feedback -> 'what_failed',
                    v_analytics -> 'what_failed', training_migration.parse_json(p_old -> 'what_failed'),
                    case when jsonb_typeof(v_feedback) in ('string', 'array') then v_feedback end];
  foreach v_place in array v_places loop
    continue when training_migration.says_nothing(v_place);
    v_read := training_migration.read_feedback(v_place);
    is_whole := is_whole and v_read.is_whole and (improvements = '{}' or v_read.texts = improvements);
    improvements := case when improvements = '{}' then v_read.texts else improvements end;
  end loop;
end $$;

-- 0-100, rounded; what lies outside is taken to the nearest end. (least and greatest pass over nulls: no score is not
-- zero.)
create or replace function training_migration.score(p_value jsonb) returns integer language sql immutable as $$
  select case when training_migration.read_number(p_value) is not null
    then least(100, greatest(0, round(training_migration.read_number(p_value))))::integer end
$$;

-- What the columns cannot hold of these scores.
create or replace function training_migration.score_notes(p_scores jsonb) returns text[] language sql immutable as $$
  select array_agg(
           case
             when training_migration.score(value) is null then format('The old %s score was not a number.', key)
             else format('The old %s score was %s.', key, trim_scale(training_migration.read_number(value)))
           end
           order by key)
    from jsonb_each(p_scores)
   where training_migration.score(value) is distinct from training_migration.read_number(value)
     or training_migration.score(value) is null
$$;

create or replace function training_migration.convert(
  p_old jsonb, p_now timestamptz
) returns training_migration.converted
language plpgsql immutable set search_path = '' set timezone = 'UTC' as $$
declare
  v training_migration.converted;
  v_latest timestamptz := p_now + interval '5 minutes';
  v_given jsonb;
  v_analytics jsonb := p_old -> 'analytics';
  v_feedback jsonb := v_analytics -> 'feedback';
  v_texts record;
  v_earnings numeric := training_migration.read_money(p_old -> 'virtual_earnings');
  v_column text;
  v_raw jsonb;
  v_read record;
  v_lines jsonb;
  v_read_notes text[];
  v_duration numeric := training_migration.read_number(p_old -> 'duration_seconds');
  v_graded boolean;
  v_plain boolean;
begin
  v.notes := '{}';
  v.reasons := '{}';
  v.user_id := (p_old ->> 'user_id')::uuid;
  v.agent_id := left(nullif(btrim(p_old ->> 'agent_id', training.white_space()), ''), 200);
  v.agent_name := coalesce(nullif(btrim(p_old ->> 'agent_name', training.white_space()), ''), v.agent_id, 'Unknown');
  v.agent_name := left(v.agent_name, 200);
  v.conversation_id := nullif(btrim(p_old ->> 'elevenlabs_conversation_id', training.white_space()), '');

  -- What is not read at all is kept as it was.
  v.kept := p_old - training_migration.read_columns();
  if v.kept <> '{}' then
    v.kept := (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(v.kept)
      where not training_migration.says_nothing(value));
  end if;
  -- As nearly every row has it: two lists of texts in `analytics.feedback`, and nothing else.
  if coalesce(jsonb_typeof(v_feedback -> 'strengths') = 'array'
              and jsonb_typeof(v_feedback -> 'improvements') = 'array', false)
     and v_feedback - array['strengths', 'improvements'] = '{}' and v_analytics - 'feedback' = '{}'
     and p_old ->> 'what_worked' is null and p_old ->> 'what_failed' is null
     and not v_feedback @? '$.* ? (@.type() != "string" || @ like_regex "^\\s*$")' then
    v.feedback_strengths := array(select jsonb_array_elements_text(v_feedback -> 'strengths'));
    v.feedback_improvements := array(select jsonb_array_elements_text(v_feedback -> 'improvements'));
  elsif coalesce(v_analytics, 'null') = 'null'
    and p_old ->> 'what_worked' is null and p_old ->> 'what_failed' is null
  then
    v.feedback_strengths := '{}';
    v.feedback_improvements := '{}';
  else
    v_texts := training_migration.read_grade_texts(p_old);
    v.feedback_strengths := v_texts.strengths;
    v.feedback_improvements := v_texts.improvements;
    if not v_texts.is_whole then
      v.reasons := v.reasons || 'feedback that cannot be read in full'::text;
    end if;
    if not v_texts.is_whole or training_migration.unread_keys(training_migration.parse_json(v_analytics)) <> '{}' then
      v.kept := v.kept || (select jsonb_object_agg(key, value) from jsonb_each(p_old)
                            where key in ('analytics', 'what_worked', 'what_failed')
                              and not training_migration.says_nothing(value));
    end if;
  end if;
  if char_length(p_old ->> 'agent_name') > 200 then
    v.kept := v.kept || jsonb_build_object('agent_name', p_old -> 'agent_name');
  end if;
  if char_length(p_old ->> 'agent_id') > 200 then
    v.kept := v.kept || jsonb_build_object('agent_id', p_old -> 'agent_id');
  end if;

  -- Times: none later than now, the end not before the start.
  begin -- as nearly every row has them, in one go
    v.created_at := (p_old ->> 'created_at')::timestamptz;
    v.started_at := (p_old ->> 'started_at')::timestamptz;
    v.ended_at := (p_old ->> 'ended_at')::timestamptz;
    v.graded_at := (p_old ->> 'graded_at')::timestamptz;
    v_plain := least(v.created_at, v.started_at, v.ended_at, v.graded_at) > '1980-01-01'
               and greatest(v.created_at, v.started_at, v.ended_at, v.graded_at) < '9999-01-01'
               -- Not a word such as "today".
               and concat(p_old ->> 'created_at', p_old ->> 'started_at', p_old ->> 'ended_at', p_old ->> 'graded_at')
                   !~ '[A-SU-Ya-z]';
  exception when data_exception then
    v_plain := false;
  end;
  if v_plain is not true then
    v.created_at := training_migration.read_time(p_old ->> 'created_at');
    v.started_at := training_migration.read_time(p_old ->> 'started_at');
    v.ended_at := training_migration.read_time(p_old ->> 'ended_at');
    v.graded_at := training_migration.read_time(p_old ->> 'graded_at');
    select v.kept || coalesce(jsonb_object_agg(name, p_old -> name), '{}'),
           v.reasons || coalesce(array_agg(name || ' cannot be read'), '{}')
      into v.kept, v.reasons
      from unnest(array['created_at', 'started_at', 'ended_at', 'graded_at']) name
     where p_old ->> name ~ '\S' and training_migration.read_time(p_old ->> name) is null;
  end if;
  if v.created_at > v_latest or v.started_at > v_latest or v.ended_at > v_latest then
    v.notes := v.notes || 'A time in the future was not believed.'::text;
    v.created_at := case when v.created_at <= v_latest then v.created_at end;
    v.started_at := case when v.started_at <= v_latest then v.started_at end;
    v.ended_at := case when v.ended_at <= v_latest then v.ended_at
                       when v.ended_at is not null then coalesce(v.started_at, v.created_at, p_now) end;
  end if;
  if v.ended_at < v.started_at then
    v.notes := v.notes || 'Start and end were swapped.'::text;
    select v.ended_at, v.started_at into v.started_at, v.ended_at;
  end if;
  v.started_at := coalesce(v.started_at, least(v.created_at, v.ended_at), p_now);
  v.created_at := coalesce(v.created_at, v.started_at);

  -- The words. Where both columns hold some: the longer transcript. The other one is kept where it says anything else.
  foreach v_column in array array['full_transcript', 'transcript'] loop
    v_raw := p_old -> v_column;
    continue when v_raw is null or v_column = 'transcript' and v_raw = p_old -> 'full_transcript';
    v_read := training_migration.read_transcript(v_raw, v.agent_name, v.started_at);
    if v_read.unread <> '{}' then
      v.reasons := v.reasons || v_read.unread;
      v.kept := v.kept || jsonb_build_object(v_column, v_raw);
    end if;
    if v_lines <> '[]' and v_read.lines not in ('[]', v_lines) then
      v.reasons := v.reasons || 'two transcripts that differ'::text;
      v.kept := v.kept || jsonb_build_object('full_transcript', p_old -> 'full_transcript', 'transcript', v_raw);
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
    'rapport', p_old -> 'rapport_score',
    'discovery', coalesce(nullif(p_old -> 'discovery_score', 'null'), p_old -> 'needs_discovery_score'),
    'objection_handling', p_old -> 'objection_handling_score',
    'closing', coalesce(nullif(p_old -> 'closing_score', 'null'), nullif(p_old -> 'close_score', 'null'),
                        p_old -> 'close_effectiveness_score'),
    'overall', p_old -> 'overall_score'));
  if num_nonnulls(p_old ->> 'closing_score', p_old ->> 'close_score', p_old ->> 'close_effectiveness_score') > 1
    or num_nonnulls(p_old ->> 'discovery_score', p_old ->> 'needs_discovery_score') > 1
  then
    v.kept := v.kept || ( -- The other columns of the same score.
      select coalesce(jsonb_object_agg(key, value), '{}')
        from jsonb_each(p_old)
       where value <> 'null' and (
         key in ('closing_score', 'close_score', 'close_effectiveness_score')
           and value is distinct from v_given -> 'closing'
         or key in ('discovery_score', 'needs_discovery_score') and value is distinct from v_given -> 'discovery'));
  end if;
  if v_given <> '{}' and p_old ->> 'grading_status' = 'failed' then
    if not exists (select 1 from jsonb_each(v_given) s where training_migration.read_number(s.value) <> 0) then
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
    if v_given - 'overall' <> jsonb_strip_nulls(jsonb_build_object(
         'rapport', v.rapport_score, 'discovery', v.discovery_score,
         'objection_handling', v.objection_handling_score, 'closing', v.closing_score))
    then
      v.notes := v.notes || training_migration.score_notes(v_given - 'overall');
    end if;
    if num_nulls(v.rapport_score, v.discovery_score, v.objection_handling_score, v.closing_score) > 0
      and v_given ? 'overall'
    then
      v.notes := v.notes
        || format('The old system gave %s overall, without all four categories.', v_given ->> 'overall');
    end if;
    v.scores := v_given || jsonb_strip_nulls(jsonb_build_object('sale_closed', p_old -> 'sale_closed'));
    if v.graded_at > v_latest then
      v.graded_at := null;
    end if;
  end if;
  if not v_graded and p_old -> 'sale_closed' = 'true' then
    v.kept := v.kept || jsonb_build_object('sale_closed', p_old -> 'sale_closed');
  end if;
  v.virtual_earnings := greatest(0, coalesce(v_earnings, 0));
  if v_earnings < 0 then
    v.notes := v.notes || format('The old earnings were %s.', trim_scale(v_earnings));
  elsif v_earnings is null and p_old ->> 'virtual_earnings' ~ '\S' then
    v.reasons := v.reasons || 'virtual_earnings cannot be read'::text;
    v.kept := v.kept || jsonb_build_object('virtual_earnings', p_old -> 'virtual_earnings');
  end if;

  -- How it ended. Without an end it goes on, for a day.
  if p_old ->> 'end_reason' ~ '\S' and lower(p_old ->> 'end_reason') not in
    ('ended', 'user_ended', 'agent_ended', 'completed', 'abandoned', 'timeout', 'inactivity', 'disconnected',
     'no_conversation')
  then
    v.kept := v.kept || jsonb_build_object('end_reason', p_old -> 'end_reason');
  end if;
  if v.ended_at is null and not v_graded and greatest(v.started_at, v.created_at) > p_now - interval '1 day' then
    v.status := 'active';
    v.last_activity_at := greatest(v.started_at, v.created_at);
    return v;
  end if;
  v.end_reason := case
    when v.ended_at is null then 'abandoned'
    when lower(p_old ->> 'end_reason') in ('abandoned', 'timeout', 'inactivity', 'disconnected') then 'abandoned'
    else 'ended'
  end;
  if v_duration < 0 or v_duration > 86400 then
    v.notes := v.notes || format('The old duration was %s seconds.', trim_scale(v_duration));
    v_duration := null;
  end if;
  v.ended_at := coalesce(v.ended_at, v.started_at + make_interval(secs => coalesce(v_duration, 0)::float8));
  v.duration_seconds := coalesce(round(v_duration),
    least(86400, extract(epoch from v.ended_at - v.started_at)))::integer;
  v.last_activity_at := v.ended_at;
  if v_graded or v.transcript @> '[{"speaker": "user"}]' then
    v.status := 'completed';
    -- Also without a grade, so that the session is not sent to a paid model.
    v.graded_at := coalesce(v.graded_at, v.ended_at);
    if not v_graded then
      v.notes := v.notes || 'The old system never graded this session.'::text;
    end if;
  else
    v.status := 'failed';
    v.end_reason := 'no_conversation';
    -- Notes belong to a grade. This session gets none, so the old row is kept.
    v_read_notes := array(select note from unnest(v.notes) note where note <> all (coalesce(v_read_notes, '{}')));
    if v_read_notes <> '{}' then
      v.reasons := v.reasons || v_read_notes;
      v.kept := v.kept || p_old;
    end if;
  end if;
  return v;
end $$;
