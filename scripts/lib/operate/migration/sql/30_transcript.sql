-- A transcript of any shape -> canonical lines. Pure. What it leaves out, it says: in `notes` when nothing was lost by it, in
-- `quarantine` when the original must be kept beside the lines.

-- Everything that may hold lines -> an array of candidates, null when there is none; and whether there is more beside them.
create or replace function training_migration.candidates(p_raw jsonb, out lines jsonb, out more boolean) language plpgsql immutable as $$
declare
  v_key text;
  v_held jsonb;
begin
  p_raw := training_migration.parsed(p_raw);
  more := false;
  case jsonb_typeof(p_raw)
    when 'array' then
      lines := p_raw;
    when 'object' then
      foreach v_key in array array['transcript', 'full_transcript', 'messages', 'lines', 'conversation', 'entries', 'items'] loop
        v_held := training_migration.parsed(p_raw -> v_key);
        if jsonb_typeof(v_held) in ('array', 'object') then
          select * into lines, more from training_migration.candidates(v_held);
          more := more or exists (
            select 1 from jsonb_each(p_raw - v_key) e, training_migration.parsed(e.value) other
             where jsonb_typeof(other) in ('array', 'object') and other not in ('[]', '{}', v_held)
                or e.key in ('text', 'message', 'content') and btrim(training_migration.words(other), training.white_space()) <> '');
          return;
        end if;
      end loop;
      if p_raw ?| array['text', 'message', 'content'] then
        lines := jsonb_build_array(p_raw);
      elsif p_raw <> '{}' and not exists (select 1 from jsonb_object_keys(p_raw) k where k !~ '^\d{1,6}$') then
        lines := (select jsonb_agg(value order by key::integer) from jsonb_each(p_raw));
      end if;
    when 'string' then
      -- "Rep: Hi there" a line, and nothing else.
      if btrim(p_raw #>> '{}', training.white_space()) <> '' then
        lines := (select jsonb_agg(to_jsonb(each)) from regexp_split_to_table(p_raw #>> '{}', '\r?\n') each where btrim(each, training.white_space()) <> '');
      end if;
    else
      null;
  end case;
end $$;

-- One candidate -> who said what when; `speaker` or `words` null where that cannot be told; and whether it says something else in another place.
create or replace function training_migration.read_line(p_line jsonb, p_agent_name text, out speaker text, out words text, out stamp jsonb, out more boolean)
language plpgsql immutable as $$
declare
  v_key text;
  v_value jsonb;
  v_words text;
  v_parts text[];
begin
  more := false;
  p_line := training_migration.parsed(p_line);
  if jsonb_typeof(p_line) = 'string' then
    v_parts := regexp_match(p_line #>> '{}', '^\s*([^:]{1,40}):(.*)$');
    speaker := coalesce(training_migration.speaker(v_parts[1]), case when lower(btrim(v_parts[1])) = lower(p_agent_name) then 'agent' end);
    words := case when speaker is not null then ltrim(v_parts[2], training.white_space()) end; -- else all of it may be words
    return;
  elsif jsonb_typeof(p_line) is distinct from 'object' then
    return;
  end if;

  speaker := training_migration.speaker(p_line ->> 'speaker');
  words := case when jsonb_typeof(p_line -> 'text') = 'string' then p_line ->> 'text' end;
  stamp := coalesce(nullif(p_line -> 'timestamp', 'null'), nullif(p_line -> 'time', 'null'), nullif(p_line -> 'created_at', 'null'), p_line -> 'time_in_call_secs');
  if speaker is not null and btrim(words, training.white_space()) <> '' and not p_line ?| array['message', 'content', 'transcript'] then
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

  words := null;
  foreach v_key in array array['text', 'message', 'content', 'transcript'] loop
    v_value := p_line -> v_key;
    v_words := training_migration.words(v_value);
    if btrim(v_words, training.white_space()) <> '' then
      more := more or coalesce(v_words <> words, false);
      words := coalesce(words, v_words);
    else
      more := more or coalesce(jsonb_typeof(v_value) = 'object' and v_value <> '{}', false);
    end if;
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

-- Which of these lines were dispatched twice: a run that is followed at once by itself, word for word and time for time. Certain only if all
-- its lines have a time, or if it has four lines or more, with both voices: people repeat a sentence, not a conversation.
-- A run is looked for from each line to where that line comes next; so one line of it at least is said only once in it. That keeps a short
-- exchange, said over and over, from passing for a long one. It also bounds the work: n log n, however often a line comes again.
-- p_lines: hash of speaker, words and time; p_timed: whether there was a time -> true where a line is the repetition
create or replace function training_migration.repeated(p_lines bigint[], p_timed boolean[], p_by_agent boolean[]) returns boolean[]
language plpgsql immutable as $$
declare
  v_count integer := coalesce(cardinality(p_lines), 0);
  v_repeated boolean[] := array_fill(false, array[v_count]);
  v_line record;
  v_length integer := 0;
  v_first integer;
  v_last integer;
begin
  for v_line in
    select n::integer, next_n - n as length
      from (select n, lead(n) over (partition by line order by n) as next_n from unnest(p_lines) with ordinality as given (line, n)) known
     where next_n is not null order by length, n
  loop
    continue when v_line.length = v_length and v_line.n <= v_last; -- part of the run just looked at
    v_length := v_line.length;
    v_first := v_line.n;
    while v_first > 1 and p_lines[v_first - 1] = p_lines[v_first - 1 + v_length] loop
      v_first := v_first - 1;
    end loop;
    v_last := v_line.n;
    while v_last + v_length < v_count and p_lines[v_last + 1] = p_lines[v_last + 1 + v_length] loop
      v_last := v_last + 1;
    end loop;
    if v_last - v_first + 1 >= v_length and (
      true = all (p_timed[v_first:v_first + v_length - 1])
      or v_length >= 4 and array[true, false] <@ p_by_agent[v_first:v_first + v_length - 1]
    ) then
      for v_at in v_first + v_length .. v_last + v_length - (v_last - v_first + 1) % v_length loop -- a third dispatch follows the second
        v_repeated[v_at] := true;
      end loop;
    end if;
  end loop;
  return v_repeated;
end $$;

create or replace function training_migration.read_transcript(
  p_raw jsonb, p_agent_name text, p_started_at timestamptz, out lines jsonb, out notes text[], out quarantine text
) language plpgsql immutable set search_path = '' set timezone = 'UTC' as $$
declare
  v_candidates jsonb := p_raw;
  v_more boolean := false;
  v_text text;
  v_plain boolean;
begin
  notes := '{}';
  lines := '[]';
  if p_raw is null or p_raw in ('null', '[]', '""', '{}') then
    return;
  end if;
  if jsonb_typeof(p_raw) <> 'array' then
    select c.lines, c.more into v_candidates, v_more from training_migration.candidates(p_raw) c;
  end if;
  if v_candidates is null then
    quarantine := 'not a transcript';
    return;
  end if;

  -- The shapes nearly every row has need no look at single lines. Put together as text: building jsonb piece by piece takes twice as long.
  -- A text that begins with white space or an escape is looked at more closely, and so are words in two places and the same
  -- words at the same time; a time in another form is, at once and alone.
  select '[' || string_agg('{"sequence": ' || n || ', "speaker": "' || speaker || '", "text": ' || quoted || ', "timestamp": "' || stamp || '"}', ',' order by n) || ']',
         coalesce(bool_and((left(quoted, 1) = '"' and strpos(training.white_space() || '"\', substr(quoted, 2, 1)) = 0 and octet_length(quoted) <= 4000
                            and speaker is not null and stamp is not null) is true), false)
           and count(*) <= 2000 and training_migration.are_canonical(string_agg(stamp, ''))
           and count(distinct hashtext(stamp || quoted)) = count(*)
    into v_text, v_plain
    from (
      select n, training_migration.speaker(coalesce(each ->> 'speaker', each ->> 'role')) as speaker,
             case when not (each ? 'content' or each ? 'transcript' or each ? 'text' and each ? 'message') then coalesce(each -> 'text', each -> 'message')::text end as quoted,
             case when coalesce(each ->> 'timestamp', each ->> 'time') like '20__-__-__T__:__:__.___Z' then coalesce(each ->> 'timestamp', each ->> 'time')
                  else training_migration.line_time(coalesce(each -> 'timestamp', each -> 'time'), p_started_at) end as stamp
        from jsonb_array_elements(v_candidates) with ordinality as given (each, n)
      offset 0
    ) line;
  if v_plain then
    lines := v_text::jsonb;
  else
    select r.lines, r.notes, r.quarantine into lines, notes, quarantine
      from training_migration.read_odd_transcript(v_candidates, p_agent_name, p_started_at) r;
  end if;
  if v_more then
    quarantine := concat_ws('; ', quarantine, 'more beside the lines');
  end if;
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
  v_unsure integer := 0;
  v_more integer := 0;
  v_hashes bigint[];
  v_speakers text[];
  v_texts text[];
  v_times text[];
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
      v_more := v_more + v_line.more::integer;
      v_speakers := v_speakers || v_line.speaker;
      v_texts := v_texts || v_line.words;
      v_time := training_migration.line_time(v_line.stamp, p_started_at);
      v_times := v_times || v_time;
      v_hashes := v_hashes || hashtextextended(concat_ws(' ', v_line.speaker, v_time, v_line.words), 0);
    end if;
  end loop;
  v_repeated := training_migration.repeated(v_hashes, array(select t is not null from unnest(v_times) t), array(select s = 'agent' from unnest(v_speakers) s));

  for v_index in 1 .. coalesce(cardinality(v_texts), 0) loop
    if v_repeated[v_index] then
      v_twice := v_twice + 1;
      v_unsure := v_unsure + (v_times[v_index] is null)::integer;
      continue;
    end if;
    -- A line without a time has that of the line before it, or of the start.
    v_untimed := v_untimed + (v_times[v_index] is null)::integer;
    v_last_time := coalesce(v_times[v_index], v_last_time);
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
    case when v_more > 0 then format('%s lines that say something else in another place', v_more) end,
    case when v_unsure > 0 then format('%s lines left out as dispatched twice, without times to be sure by', v_unsure) end,
    case when v_long > 0 then format('%s texts over 4000 characters, split', v_long) end,
    case when cardinality(v_pieces) > 2000 then format('%s lines over the 2000 of a session', cardinality(v_pieces) - 2000) end), '');
end $$;
