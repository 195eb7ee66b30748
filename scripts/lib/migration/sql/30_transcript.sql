-- A transcript of any shape -> canonical lines. Pure. What it leaves out, it says: in `notes` when nothing was lost by it, in
-- `quarantine` when the original must be kept beside the lines.

-- Everything that may hold lines -> an array of candidates; null when there is none.
create or replace function training_migration.candidates(p_raw jsonb) returns jsonb language plpgsql immutable as $$
declare
  v_key text;
begin
  p_raw := training_migration.parsed(p_raw);
  case jsonb_typeof(p_raw)
    when 'array' then
      return p_raw;
    when 'object' then
      foreach v_key in array array['transcript', 'full_transcript', 'messages', 'lines', 'conversation', 'entries', 'items'] loop
        if jsonb_typeof(training_migration.parsed(p_raw -> v_key)) in ('array', 'object') then
          return training_migration.candidates(p_raw -> v_key);
        end if;
      end loop;
      if p_raw ?| array['text', 'message', 'content'] then
        return jsonb_build_array(p_raw);
      elsif p_raw <> '{}' and not exists (select 1 from jsonb_object_keys(p_raw) k where k !~ '^\d{1,6}$') then
        return (select jsonb_agg(value order by key::integer) from jsonb_each(p_raw));
      end if;
    when 'string' then
      -- "Rep: Hi there" a line, and nothing else.
      if p_raw #>> '{}' ~ '\S' then
        return (select jsonb_agg(to_jsonb(each)) from regexp_split_to_table(p_raw #>> '{}', '\r?\n') each where each ~ '\S');
      end if;
    else
      null;
  end case;
  return null;
end $$;

-- One candidate -> who said what when; `speaker` or `words` null where that cannot be told.
create or replace function training_migration.read_line(p_line jsonb, p_agent_name text, out speaker text, out words text, out stamp jsonb)
language plpgsql immutable as $$
declare
  v_key text;
  v_value jsonb;
  v_parts text[];
begin
  p_line := training_migration.parsed(p_line);
  if jsonb_typeof(p_line) = 'string' then
    v_parts := regexp_match(p_line #>> '{}', '^\s*([^:]{1,40}):\s*(.*)$');
    speaker := coalesce(training_migration.speaker(v_parts[1]), case when lower(btrim(v_parts[1])) = lower(p_agent_name) then 'agent' end);
    words := v_parts[2];
    return;
  elsif jsonb_typeof(p_line) is distinct from 'object' then
    return;
  end if;

  speaker := training_migration.speaker(p_line ->> 'speaker');
  words := case when jsonb_typeof(p_line -> 'text') = 'string' then p_line ->> 'text' end;
  stamp := coalesce(p_line -> 'timestamp', p_line -> 'time', p_line -> 'created_at', p_line -> 'time_in_call_secs');
  if speaker is not null and btrim(words, training.white_space()) <> '' then
    return;
  end if;

  foreach v_key in array array['speaker', 'role', 'source', 'type', 'sender', 'from'] loop
    speaker := training_migration.speaker(p_line ->> v_key);
    exit when speaker is not null;
    if v_key in ('speaker', 'role') and lower(btrim(p_line ->> v_key)) = lower(p_agent_name) then
      speaker := 'agent';
      exit;
    end if;
  end loop;

  foreach v_key in array array['text', 'message', 'content', 'transcript'] loop
    v_value := p_line -> v_key;
    if jsonb_typeof(v_value) = 'string' then
      words := v_value #>> '{}';
    elsif jsonb_typeof(v_value) = 'array' then -- content in parts
      words := (select string_agg(coalesce(part ->> 'text', part #>> '{}'), ' ') from jsonb_array_elements(v_value) part);
    elsif jsonb_typeof(v_value) = 'number' then
      words := v_value #>> '{}';
    end if;
    exit when btrim(words, training.white_space()) <> '';
  end loop;
  -- No words at all is an empty line; words in a place nobody knows of are not.
  if coalesce(btrim(words, training.white_space()), '') = '' then
    words := case when not exists (
      select 1 from jsonb_each(p_line) e
       where jsonb_typeof(e.value) in ('object', 'array')
          or jsonb_typeof(e.value) = 'string' and btrim(e.value #>> '{}', training.white_space()) <> ''
             and e.key not in ('speaker', 'role', 'source', 'type', 'sender', 'from', 'timestamp', 'time', 'created_at', 'time_in_call_secs', 'id', 'sequence')
    ) then '' end;
  end if;
end $$;

-- Which of these lines were dispatched twice: a run that is followed at once by itself, word for word. Certain only if the two carry
-- the same times too, or if four or more lines with both voices come again: people repeat a sentence, not a conversation.
-- p_words: hash of speaker and words; p_stamped: the same with the time, null without one. -> true where a line is the repetition
create or replace function training_migration.repeated(p_words bigint[], p_stamped bigint[], p_speakers text[]) returns boolean[]
language plpgsql immutable as $$
declare
  v_count integer := coalesce(cardinality(p_words), 0);
  v_repeated boolean[] := array_fill(false, array[v_count]);
  v_from integer := 1;
  v_to integer;
  v_length integer;
begin
  while v_from < v_count loop
    v_to := v_from;
    loop -- where this line comes again
      v_to := array_position(p_words, p_words[v_from], v_to + 1);
      v_length := v_to - v_from;
      exit when v_to is null or v_to + v_length - 1 > v_count;
      if p_words[v_from:v_to - 1] = p_words[v_to:v_to + v_length - 1] and (
        p_stamped[v_from:v_to - 1] = p_stamped[v_to:v_to + v_length - 1] and array_position(p_stamped[v_from:v_to - 1], null) is null
        or v_length >= 4 and p_speakers[v_from:v_to - 1] @> array['user', 'agent']
      ) then
        v_repeated[v_to:v_to + v_length - 1] := array_fill(true, array[v_length]);
        v_from := v_to - 1; -- a third dispatch follows the second
        exit;
      end if;
    end loop;
    v_from := v_from + 1;
  end loop;
  return v_repeated;
end $$;

create or replace function training_migration.read_transcript(
  p_raw jsonb, p_agent_name text, p_started_at timestamptz, out lines jsonb, out notes text[], out quarantine text
) language plpgsql immutable set search_path = '' set timezone = 'UTC' as $$
declare
  v_candidates jsonb;
  v_text text;
  v_plain boolean;
  v_again integer;
  v_words bigint[];
  v_stamped bigint[];
  v_speakers text[];
begin
  notes := '{}';
  lines := '[]';
  if p_raw is null or p_raw in ('null', '[]', '""', '{}') then
    return;
  end if;
  v_candidates := case when jsonb_typeof(p_raw) = 'array' then p_raw else training_migration.candidates(p_raw) end;
  if v_candidates is null then
    quarantine := 'not a transcript';
    return;
  end if;

  -- The shapes nearly every row has need no look at single lines. Put together as text: building jsonb piece by piece takes twice as long.
  -- A text that begins with white space or an escape is looked at more closely; so is, at once and alone, a time in another form.
  select '[' || string_agg('{"sequence": ' || n || ', "speaker": "' || speaker || '", "text": ' || quoted || ', "timestamp": "' || stamp || '"}', ',' order by n) || ']',
         coalesce(bool_and((left(quoted, 1) = '"' and strpos(training.white_space() || '"\', substr(quoted, 2, 1)) = 0 and octet_length(quoted) <= 4000) is true), false)
           and count(speaker) = count(*) and count(stamp) = count(*) and count(*) <= 2000 and training_migration.are_canonical(string_agg(stamp, '')),
         count(*) - count(distinct hashtext(quoted))
    into v_text, v_plain, v_again
    from (
      select n, training_migration.speaker(coalesce(each ->> 'speaker', each ->> 'role')) as speaker,
             coalesce(each -> 'text', each -> 'message')::text as quoted,
             case when coalesce(each ->> 'timestamp', each ->> 'time') like '20__-__-__T__:__:__.___Z' then coalesce(each ->> 'timestamp', each ->> 'time')
                  else training_migration.line_time(coalesce(each -> 'timestamp', each -> 'time'), p_started_at) end as stamp
        from jsonb_array_elements(v_candidates) with ordinality as given (each, n)
      offset 0
    ) line;
  if v_plain then
    lines := v_text::jsonb;
    if v_again > 0 then
      select array_agg(hashtextextended(each ->> 'text', 0) order by n), array_agg(hashtextextended((each ->> 'text') || (each ->> 'timestamp'), 0) order by n),
             array_agg(each ->> 'speaker' order by n)
        into v_words, v_stamped, v_speakers
        from jsonb_array_elements(lines) with ordinality as given (each, n);
      v_plain := true <> all (training_migration.repeated(v_words, v_stamped, v_speakers));
    end if;
    if v_plain then
      return;
    end if;
  end if;
  select r.lines, r.notes, r.quarantine into lines, notes, quarantine
    from training_migration.read_odd_transcript(v_candidates, p_agent_name, p_started_at) r;
end $$;

-- The same, line by line.
create or replace function training_migration.read_odd_transcript(
  p_candidates jsonb, p_agent_name text, p_started_at timestamptz, out lines jsonb, out notes text[], out quarantine text
) language plpgsql immutable set search_path = '' set timezone = 'UTC' as $$
declare
  v_line record;
  v_empty integer := 0;
  v_unknown integer := 0;
  v_long integer := 0;
  v_untimed integer := 0;
  v_twice integer := 0;
  v_words bigint[];
  v_stamped bigint[];
  v_speakers text[];
  v_texts text[];
  v_stamps jsonb[];
  v_repeated boolean[];
  v_time text;
  v_last_time text := training_migration.canonical(p_started_at);
  v_piece text;
  v_pieces text[];
begin
  for v_line in
    select r.* from jsonb_array_elements(p_candidates) with ordinality as given (each, n), training_migration.read_line(each, p_agent_name) r order by n
  loop
    if btrim(v_line.words, training.white_space()) = '' then
      v_empty := v_empty + 1;
    elsif v_line.words is null or v_line.speaker is null then
      v_unknown := v_unknown + 1;
    else
      v_speakers := v_speakers || v_line.speaker;
      v_texts := v_texts || v_line.words;
      v_stamps := v_stamps || v_line.stamp;
      v_words := v_words || hashtextextended(v_line.speaker || v_line.words, 0);
      v_stamped := v_stamped || hashtextextended(v_line.speaker || v_line.words || (v_line.stamp #>> '{}'), 0);
    end if;
  end loop;
  v_repeated := training_migration.repeated(v_words, v_stamped, v_speakers);

  for v_index in 1 .. coalesce(cardinality(v_texts), 0) loop
    if v_repeated[v_index] then
      v_twice := v_twice + 1;
      continue;
    end if;
    -- A line without a time has that of the line before it, or of the start.
    v_time := training_migration.line_time(v_stamps[v_index], p_started_at);
    v_untimed := v_untimed + (v_time is null)::integer;
    v_last_time := coalesce(v_time, v_last_time);
    v_long := v_long + (char_length(v_texts[v_index]) > 4000)::integer;
    -- A text over the limit goes on in the next line.
    for v_at in 0 .. (char_length(v_texts[v_index]) - 1) / 4000 loop
      v_piece := substr(v_texts[v_index], 1 + v_at * 4000, 4000);
      continue when btrim(v_piece, training.white_space()) = '';
      v_pieces := v_pieces || format('{"sequence": %s, "speaker": "%s", "text": %s, "timestamp": "%s"}',
                                     coalesce(cardinality(v_pieces), 0) + 1, v_speakers[v_index], to_jsonb(v_piece), v_last_time);
    end loop;
  end loop;
  lines := ('[' || coalesce(array_to_string(v_pieces[:2000], ','), '') || ']')::jsonb;

  notes := array_remove(array[
    case when v_empty > 0 then format('%s empty lines left out', v_empty) end,
    case when v_twice > 0 then format('%s lines that were dispatched twice left out', v_twice) end,
    case when v_untimed > 0 then format('%s lines without a time of their own', v_untimed) end
  ], null);
  quarantine := nullif(concat_ws('; ',
    case when v_unknown > 0 then format('%s lines without a known speaker or words', v_unknown) end,
    case when v_long > 0 then format('%s texts over 4000 characters, split', v_long) end,
    case when cardinality(v_pieces) > 2000 then format('%s lines over the 2000 of a session', cardinality(v_pieces) - 2000) end), '');
end $$;
