-- A line's identity is its sequence. Reading lines and merging them are pure; 40_sessions.sql stores the result.

-- "2026-11-22T09:06:13.250Z" from any ISO 8601 date and time, UTC assumed where no offset is given; null if it is none.
create function training.iso_timestamp(p_value text) returns text language plpgsql immutable set search_path = '' as $$
declare
  v_part text[];
  v_moment timestamptz;
begin
  if p_value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$' then -- as browsers write it, and so nearly every line: capturing takes ten times as long
    v_moment := p_value::timestamptz;
  else
    v_part := regexp_match(p_value,
      '^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*(?:[Zz]|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?$');
    -- The offset is taken off here: PostgreSQL itself reads none above 15:59.
    v_moment := (v_part[1] || ' ' || replace(v_part[2], ',', '.'))::timestamp at time zone 'UTC'
      - make_interval(hours => coalesce(v_part[3] || v_part[4], '0')::integer, mins => coalesce(v_part[3] || v_part[5], '0')::integer);
  end if;
  -- By their offset or as 24:00 they may fall out of the years that four digits write.
  return case when v_moment >= timestamptz '0001-01-01 00:00Z' and v_moment < timestamptz '10000-01-01 00:00Z' then training.iso_timestamp(v_moment) end;
exception when datetime_field_overflow or invalid_datetime_format then
  return null;
end $$;

create function training.iso_timestamp(p_value timestamptz) returns text language plpgsql immutable set search_path = '' as $$
begin
  return to_char(p_value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
end $$;

-- One line as a client sends it -> {"sequence"?, "speaker", "text", "timestamp", "correction"}, or an error naming the
-- field below p_path. Keys a line does not have are ignored: voice SDKs add their own.
create function training.read_line(p_line jsonb, p_path text) returns jsonb language plpgsql set search_path = '' as $$
declare
  v_speaker text;
  v_text text;
  v_timestamp text;
  v_sequence numeric;
  v_correction boolean := false;
begin
  if jsonb_typeof(p_line) is distinct from 'object' then
    perform training.fail_field(p_path, 'must be an object with speaker and text');
  end if;

  if jsonb_typeof(p_line -> 'speaker') = 'string' then
    v_speaker := case lower(btrim(p_line ->> 'speaker'))
      when 'user' then 'user' when 'rep' then 'user' when 'salesrep' then 'user' when 'you' then 'user'
      when 'agent' then 'agent' when 'ai' then 'agent' when 'assistant' then 'agent'
      when 'homeowner' then 'agent' when 'customer' then 'agent' when 'prospect' then 'agent'
    end;
  end if;
  if v_speaker is null then
    perform training.fail_field(p_path || '.speaker',
      'must be "user" (also rep, salesrep, you) or "agent" (also ai, assistant, homeowner, customer, prospect)');
  end if;

  v_text := p_line ->> 'text';
  if jsonb_typeof(p_line -> 'text') is distinct from 'string' or btrim(v_text, training.white_space()) = '' or char_length(v_text) > 4000 then
    perform training.fail_field(p_path || '.text', 'must be a text of 1 to 4000 characters');
  end if;

  if jsonb_typeof(p_line -> 'sequence') = 'number' then
    v_sequence := (p_line ->> 'sequence')::numeric;
  end if;
  if coalesce(p_line -> 'sequence', 'null') <> 'null'
     and (v_sequence is null or v_sequence <> trunc(v_sequence) or v_sequence not between 1 and 2000) then
    perform training.fail_field(p_path || '.sequence', 'must be a whole number from 1 to 2000');
  end if;

  if coalesce(p_line -> 'timestamp', 'null') = 'null' then
    v_timestamp := training.iso_timestamp(training.now());
  elsif jsonb_typeof(p_line -> 'timestamp') = 'string' then
    v_timestamp := training.iso_timestamp(p_line ->> 'timestamp');
  end if;
  if v_timestamp is null then
    perform training.fail_field(p_path || '.timestamp', 'must be an ISO 8601 date and time');
  end if;

  if coalesce(p_line -> 'correction', 'null') <> 'null' then
    if jsonb_typeof(p_line -> 'correction') <> 'boolean' then
      perform training.fail_field(p_path || '.correction', 'must be true or false');
    end if;
    v_correction := (p_line -> 'correction')::boolean;
  end if;
  if v_correction and (v_speaker <> 'agent' or v_sequence is null) then
    perform training.fail_field(p_path || '.correction', 'needs an agent line with its sequence');
  end if;

  return jsonb_build_object('sequence', v_sequence::integer, 'speaker', v_speaker, 'text', v_text,
                            'timestamp', v_timestamp, 'correction', v_correction);
end $$;

-- The lines of one request, read and checked. A line and its correction in one request are one line, in its last words: so the
-- request may be sent again, when nobody knows the first ones any more.
create function training.read_lines(p_lines jsonb, p_at_least integer) returns jsonb[] language plpgsql set search_path = '' as $$
declare
  v_lines jsonb[] := array[]::jsonb[];
  v_line jsonb;
  v_corrected integer;
begin
  if jsonb_typeof(p_lines) is distinct from 'array' or jsonb_array_length(p_lines) not between p_at_least and 100 then
    perform training.fail_field('lines', format('must be an array of %s to 100 lines', p_at_least));
  end if;
  for v_index in 0 .. jsonb_array_length(p_lines) - 1 loop
    v_line := training.read_line(p_lines -> v_index, format('lines[%s]', v_index));
    v_corrected := null;
    if (v_line ->> 'correction')::boolean then
      select max(n) into v_corrected from unnest(v_lines) with ordinality as earlier (line, n)
       where line -> 'sequence' = v_line -> 'sequence' and line ->> 'speaker' = 'agent';
    end if;
    if v_corrected is null then
      v_lines := v_lines || v_line;
    else
      v_lines[v_corrected] := v_lines[v_corrected] || jsonb_build_object('text', v_line -> 'text', 'correction', true);
    end if;
  end loop;
  return v_lines;
end $$;

-- The heart of promise 1. Merges lines (of read_lines) into a session's transcript:
--   a new sequence is stored in its place; the next one, if none is given;
--   a sequence seen before with the same speaker and text counts as a duplicate, whatever the session's state,
--     because a retry must hear that its line is safe;
--   with other words it is a line_conflict, unless it corrects an agent line.
-- Nothing may change once the session has ended: session_not_active.
-- -> the transcript, how many were there already, and the lines that are new or corrected
create function training.merge_lines(
  p_session public.training_sessions, p_lines jsonb[], out transcript jsonb, out duplicates integer, out changed jsonb[]
) language plpgsql set search_path = '' as $$
declare
  v_line jsonb;
  v_present jsonb;
  v_sequence integer;
  v_index integer;
  v_correction boolean;
  v_count integer := p_session.line_count;
  v_last integer := p_session.last_sequence;
  v_tail jsonb := jsonb_build_array(); -- lines past the end, added in one go: each || copies the whole transcript
begin
  transcript := p_session.transcript;
  duplicates := 0;
  changed := '{}';

  foreach v_line in array p_lines loop
    v_sequence := coalesce((v_line ->> 'sequence')::integer, v_last + 1);
    v_correction := (v_line ->> 'correction')::boolean;
    v_line := jsonb_build_object('sequence', v_sequence) || (v_line - '{sequence,correction}'::text[])
      || case when v_correction then '{"corrected": true}'::jsonb else '{}' end;

    v_present := null;
    if v_sequence <= v_last then
      if v_tail <> '[]' then
        transcript := transcript || v_tail;
        v_tail := jsonb_build_array();
      end if;
      -- Ordered and without doubles, so sequence n stands at index n - 1 or, where lines are missing, before it.
      v_index := least(v_sequence, v_count) - 1;
      while v_index >= 0 and (transcript -> v_index ->> 'sequence')::integer > v_sequence loop
        v_index := v_index - 1;
      end loop;
      if v_index >= 0 and (transcript -> v_index ->> 'sequence')::integer = v_sequence then
        v_present := transcript -> v_index;
      end if;
    end if;

    if training.is_same_line(v_present, v_line) then
      duplicates := duplicates + 1;
      continue;
    end if;
    if p_session.status <> 'active' then
      perform training.refuse_recovered(v_present);
      perform training.fail(409, 'session_not_active', 'The session has ended; its transcript no longer changes.');
    end if;
    if v_present is not null then
      if not v_correction or v_present ->> 'speaker' <> 'agent' then
        perform training.fail(409, 'line_conflict', format('Line %s is already there with other words.', v_sequence), format('sequence %s', v_sequence),
          'Give a new line the next sequence; an interrupted agent line may be sent again with "correction": true.');
      end if;
      v_line := v_present || jsonb_build_object('text', v_line -> 'text', 'corrected', true);
      transcript := jsonb_set(transcript, array[v_index::text], v_line);
    elsif v_count >= 2000 or v_sequence > 2000 then
      perform training.fail(422, 'transcript_full', 'A session holds at most 2000 lines.');
    elsif v_sequence > v_last then
      v_tail := v_tail || v_line;
      v_last := v_sequence;
      v_count := v_count + 1;
    else
      transcript := jsonb_insert(transcript, array[(v_index + 1)::text], v_line);
      v_count := v_count + 1;
    end if;
    changed := changed || v_line;
  end loop;

  if v_tail <> '[]' then
    transcript := transcript || v_tail;
  end if;
end $$;

-- The lines of a repeated end, those without a sequence under the ones they were stored with, if they were. The first of them may
-- stand wherever its words do, as near the end as one request reaches; the others follow from it.
create function training.number_as_stored(p_session public.training_sessions, p_lines jsonb[]) returns jsonb[]
language plpgsql immutable set search_path = '' as $$
declare
  v_first jsonb := (select line from unnest(p_lines) with ordinality as given (line, n) where line ->> 'sequence' is null order by n limit 1);
  v_stored jsonb := jsonb_path_query_array(p_session.transcript, '$[$from to last]',
                                           jsonb_build_object('from', greatest(0, p_session.line_count - cardinality(p_lines))));
  v_last integer;
  v_lines jsonb[];
  v_numbered jsonb;
begin
  for v_last in
    select (line ->> 'sequence')::integer - 1 from jsonb_array_elements(v_stored) line
     where line ->> 'speaker' = v_first ->> 'speaker' and line ->> 'text' = v_first ->> 'text' order by 1 desc
  loop
    v_lines := p_lines;
    v_numbered := jsonb_build_array();
    for v_index in 1 .. cardinality(v_lines) loop
      if v_lines[v_index] ->> 'sequence' is null then
        v_lines[v_index] := jsonb_set(v_lines[v_index], '{sequence}', to_jsonb(v_last + 1));
        v_numbered := v_numbered || (v_lines[v_index] - '{timestamp,correction}'::text[]);
      end if;
      v_last := greatest(v_last, (v_lines[v_index] ->> 'sequence')::integer);
    end loop;
    if v_stored @> v_numbered then
      return v_lines;
    end if;
  end loop;
  return p_lines;
end $$;

-- The sequences below the last one that nobody has sent yet.
create function training.missing_sequences(p_session public.training_sessions) returns jsonb language plpgsql stable set search_path = '' as $$
begin
  if p_session.line_count = p_session.last_sequence then
    return jsonb_build_array();
  end if;
  return (
    select jsonb_agg(n order by n)
      from generate_series(1, p_session.last_sequence) n
     where n not in (select (line ->> 'sequence')::integer from jsonb_array_elements(p_session.transcript) line)
  );
end $$;
