-- Reading lines and merging them into a transcript. Both only compute; 40_sessions.sql stores the result.
-- A sequence names a line's place. A line that is sent again is the same line if its speaker and text are the same too
-- (training.is_same_line).

-- "2026-11-22T09:06:13.250Z" from any ISO 8601 date and time. A time without an offset is taken as UTC.
-- Null for any other text.
create function training.iso_timestamp(p_value text) returns text language plpgsql immutable set search_path = '' as $$
declare
  v_part text[];
  v_moment timestamptz;
begin
  -- The form that browsers write, and so nearly every line has. The general form below takes ten times as long.
  if p_value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$' then
    v_moment := p_value::timestamptz;
  else
    v_part := regexp_match(p_value,
      '^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)'
      '\s*(?:[Zz]|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?$');
    -- We subtract the offset ourselves: PostgreSQL refuses offsets above 15:59.
    v_moment := (v_part[1] || ' ' || replace(v_part[2], ',', '.'))::timestamp at time zone 'UTC'
      - make_interval(hours => coalesce(v_part[3] || v_part[4], '0')::integer,
                      mins => coalesce(v_part[3] || v_part[5], '0')::integer);
  end if;
  -- The offset, or the hour 24:00, may move the moment out of the years 0001 to 9999, which four digits can write.
  if v_moment >= timestamptz '0001-01-01 00:00Z' and v_moment < timestamptz '10000-01-01 00:00Z' then
    return training.iso_timestamp(v_moment);
  end if;
  return null;
exception when datetime_field_overflow or invalid_datetime_format then
  return null;
end $$;

create function training.iso_timestamp(p_value timestamptz) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return to_char(p_value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
end $$;

-- One line as a client sends it -> {"sequence"?, "speaker", "text", "timestamp", "correction"}, or an error that names
-- the field below p_path. Unknown keys are ignored, because voice SDKs add their own.
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
  if jsonb_typeof(p_line -> 'text') is distinct from 'string'
     or btrim(v_text, training.white_space()) = '' or char_length(v_text) > 4000 then
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

-- The lines of one request, read and checked. A line and its correction in one request are merged into one line with
-- the corrected text. A retry of the request is then a duplicate, although only the corrected text is stored.
create function training.read_lines(p_lines jsonb, p_at_least integer) returns jsonb[]
language plpgsql set search_path = '' as $$
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
      v_lines[v_corrected] := v_lines[v_corrected]
                           || jsonb_build_object('text', v_line -> 'text', 'correction', true);
    end if;
  end loop;
  return v_lines;
end $$;

-- The bytes of all texts of a transcript.
create function training.text_bytes(p_transcript jsonb) returns bigint language sql immutable set search_path = '' as $$
  select coalesce(sum(octet_length(line ->> 'text')), 0) from jsonb_array_elements(p_transcript) line
$$;

-- Refuses a transcript whose texts together pass 1 MiB. The binary form of the transcript holds every byte of its
-- texts, so the cheap test of its size spares nearly every append from reading the lines.
create function training.check_text_limit(p_transcript jsonb) returns void language plpgsql set search_path = '' as $$
declare
  c_most_bytes constant integer := 1024 * 1024;
begin
  if pg_column_size(p_transcript) > c_most_bytes and training.text_bytes(p_transcript) > c_most_bytes then
    perform training.fail(422, 'transcript_full', 'The texts of a session hold at most 1 MiB (1048576 bytes).');
  end if;
end $$;

-- Promise 1 is kept here. Merges lines (of read_lines) into the transcript of a locked session:
--   a new sequence is stored in its place; a line without a sequence gets the next one;
--   a known sequence with the same speaker and text counts as a duplicate, also after the session has ended,
--     so that a client which retries learns that its line is stored;
--   a known sequence with another speaker or text is a line_conflict, unless it corrects an agent line.
-- A change after the session has ended is session_not_active, or line_conflict where the voice provider's record holds
-- other words at that sequence. A correction keeps the line's first timestamp.
-- -> the transcript, the number of duplicates, and the lines that are new or corrected
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
  v_tail jsonb := jsonb_build_array(); -- New last lines, appended together: each || copies the whole transcript.
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
      -- Lines are ordered and unique, so sequence n is at index n - 1 or, where lines are missing, at a lower one.
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
        perform training.fail(
          409, 'line_conflict', format('Line %s is already there with other words.', v_sequence),
          format('sequence %s', v_sequence),
          'Give a new line the next sequence; an interrupted agent line may be sent again with "correction": true.'
        );
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
  if changed <> '{}' then
    perform training.check_text_limit(transcript);
  end if;
end $$;

-- Numbers the lines of a repeated end. A line without a sequence gets the sequence that it was stored under by the
-- first end, if it is stored. The search begins with the last stored line that equals the first such line.
create function training.number_as_stored(p_session public.training_sessions, p_lines jsonb[]) returns jsonb[]
language plpgsql immutable set search_path = '' as $$
declare
  v_first jsonb := (
    select line from unnest(p_lines) with ordinality as given (line, n)
     where line ->> 'sequence' is null order by n limit 1
  );
  v_stored jsonb := jsonb_path_query_array(
    p_session.transcript, '$[$from to last]',
    jsonb_build_object('from', greatest(0, p_session.line_count - cardinality(p_lines)))
  );
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

-- The sequences below the last one that the session does not hold.
create function training.missing_sequences(p_session public.training_sessions) returns jsonb
language plpgsql stable set search_path = '' as $$
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
