-- A transcript of any shape -> canonical lines. Pure. `notes` tells what was left out without a loss; `unread` why the
-- original has to be kept beside the lines. The caller sets search_path and the time zone UTC: doing so for each
-- transcript would cost a tenth of the conversion.

do $$
begin
  if to_regtype('training_migration.line') is null then
    create type training_migration.line as (sequence bigint, speaker text, text text, timestamp text);
  end if;
end $$;

-- What may hold lines -> an array of lines as they are, null when there is none; and whether there is more beside them.
create or replace function training_migration.find_lines(p_raw jsonb, out lines jsonb, out more boolean)
language plpgsql immutable as $$
declare
  v_key text;
  v_held jsonb;
begin
  p_raw := training_migration.parse_json(p_raw);
  more := false;
  case jsonb_typeof(p_raw)
    when 'array' then
      lines := p_raw;
    when 'object' then
      foreach v_key in array
        array['transcript', 'full_transcript', 'messages', 'lines', 'conversation', 'entries', 'items']
      loop
        v_held := training_migration.parse_json(p_raw -> v_key);
        if jsonb_typeof(v_held) in ('array', 'object') then
          select * into lines, more from training_migration.find_lines(v_held);
          more := more or exists (
            select 1 from jsonb_each(p_raw - v_key) e, training_migration.parse_json(e.value) other
             where jsonb_typeof(other) in ('array', 'object') and other not in ('[]', '{}', v_held)
                or e.key in ('text', 'message', 'content')
                   and btrim(training_migration.read_text(other), training.white_space()) <> '');
          return;
        end if;
      end loop;
      if p_raw ?| array['text', 'message', 'content'] then
        lines := jsonb_build_array(p_raw);
      elsif p_raw <> '{}' and not exists (select 1 from jsonb_object_keys(p_raw) k where k !~ '^\d{1,6}$') then
        lines := (select jsonb_agg(value order by key::integer) from jsonb_each(p_raw));
      end if;
    when 'string' then
      -- A text with a line "Rep: Hi there" for each line.
      if btrim(p_raw #>> '{}', training.white_space()) <> '' then
        lines := (select jsonb_agg(to_jsonb(each)) from regexp_split_to_table(p_raw #>> '{}', '\r?\n') each
                   where btrim(each, training.white_space()) <> '');
      end if;
    else
      null;
  end case;
end $$;

-- One line -> who said what when. `speaker` ('user', 'agent' or 'caller') or `words` is null where it cannot be read;
-- `label` is the name that tells the speaker; `more`: the line holds something else too.
create or replace function training_migration.read_line(
  p_line jsonb, p_agent_name text, out speaker text, out label text, out words text, out stamp jsonb, out more boolean
) language plpgsql immutable as $$
declare
  v_key text;
  v_value jsonb;
  v_words text;
  v_parts text[];
begin
  more := false;
  p_line := training_migration.parse_json(p_line);
  if jsonb_typeof(p_line) = 'string' then
    v_parts := regexp_match(p_line #>> '{}', '^\s*([^:]{1,40}):(.*)$');
    label := training_migration.label(v_parts[1]);
    speaker := coalesce(training_migration.speaker(v_parts[1]),
                        case when lower(btrim(v_parts[1])) = lower(p_agent_name) then 'agent' end);
    -- Without a speaker, all of it may be words.
    words := case when speaker is not null then ltrim(v_parts[2], training.white_space()) end;
    return;
  elsif jsonb_typeof(p_line) is distinct from 'object' then
    return;
  end if;

  stamp := coalesce(nullif(p_line -> 'timestamp', 'null'), nullif(p_line -> 'time', 'null'),
                    nullif(p_line -> 'created_at', 'null'), p_line -> 'time_in_call_secs');
  label := training_migration.label(p_line ->> 'speaker');
  speaker := training_migration.speaker(p_line ->> 'speaker');
  words := case when jsonb_typeof(p_line -> 'text') = 'string' then p_line ->> 'text' end;
  if speaker is not null and btrim(words, training.white_space()) <> ''
    and not p_line ?| array['message', 'content', 'transcript']
  then
    more := training_migration.has_more(p_line);
    return;
  end if;
  words := null;

  foreach v_key in array array['speaker', 'role', 'source', 'type', 'sender', 'from'] loop
    label := training_migration.label(p_line ->> v_key);
    speaker := training_migration.speaker(p_line ->> v_key);
    exit when speaker is not null;
    if v_key in ('speaker', 'role') and lower(btrim(p_line ->> v_key)) = lower(p_agent_name) then
      speaker := 'agent';
      exit;
    end if;
  end loop;

  foreach v_key in array array['text', 'message', 'content', 'transcript'] loop
    v_value := p_line -> v_key;
    v_words := training_migration.read_text(v_value);
    more := more or coalesce(training_migration.other_parts(v_value), false);
    if btrim(v_words, training.white_space()) <> '' then
      more := more or coalesce(v_words <> words, false);
      words := coalesce(words, v_words);
    end if;
  end loop;
  more := more or training_migration.has_more(p_line);
  -- A line without words is empty, unless it holds something in a place that is not read.
  if coalesce(btrim(words, training.white_space()), '') = '' then
    words := case when not more and not exists (
      select 1 from jsonb_each(p_line) e
       where jsonb_typeof(e.value) = 'string' and btrim(e.value #>> '{}', training.white_space()) <> ''
         and e.key not in ('speaker', 'role', 'source', 'type', 'sender', 'from', 'timestamp', 'time', 'created_at',
                           'time_in_call_secs', 'id', 'sequence')
    ) then '' end;
  end if;
end $$;

-- Whether a line holds an object or an array in a place that is not read, such as tool_calls.
create or replace function training_migration.has_more(p_line jsonb) returns boolean language sql immutable as $$
  select p_line @? 'strict $.* ? (@.type() == "object" || @.type() == "array")' and exists (
    select 1 from jsonb_each(p_line - array['text', 'message', 'content', 'transcript']) e
     where jsonb_typeof(e.value) in ('object', 'array') and e.value not in ('{}', '[]'))
$$;

-- Who is who where a transcript has no line of a known rep: some names may mean either side. A sales "Agent" or a
-- "Caller" beside the homeowner is the rep. The labels of an AI mean the homeowner, as the AI plays that part here.
-- p_labels: the distinct labels -> those that mean the rep; `note` says so; `unread` where the labels do not tell.
create or replace function training_migration.find_rep(p_labels text[], out rep text[], out note text, out unread text)
language plpgsql immutable as $$
declare
  v_ai text[] := array(select l from unnest(p_labels) l
                        where l in ('ai', 'assistant', 'bot', 'agent response') order by l);
  v_homeowner text[] := array(select l from unnest(p_labels) l
    where training_migration.speaker(l) is distinct from 'caller' and l <> 'agent'
                                 and l <> all (v_ai) order by l);
begin
  rep := case
    when 'agent' = any (p_labels) and v_ai = '{}'
      and (v_homeowner <> '{}' or 'caller' = any (p_labels)) then array['agent']
    when 'caller' = any (p_labels) and 'agent' <> all (p_labels)
      and (v_homeowner <> '{}' or v_ai <> '{}') then array['caller']
    else '{}'
  end;
  if rep <> '{}' then
    note := format('No line is labelled as the rep''s: "%s" was taken for the rep, beside %s.', rep[1],
                   (select string_agg(format('"%s"', left(l, 40)), ', ' order by l)
                      from unnest(p_labels) l where l <> rep[1]));
  elsif v_ai <> '{}' and v_homeowner <> '{}' then
    unread := 'two names for the homeowner and none for the rep';
  end if;
end $$;

-- Which of these lines were dispatched twice: a run that is followed at once by itself, word for word and time for
-- time. Certain only if all its lines have a time, or if it has four lines or more, with both voices: people repeat a
-- sentence, not a conversation. A run is looked for from each line to the next equal line, so at least one line of a
-- run occurs only once in it. A short exchange that is repeated many times is therefore not taken for a long run. The
-- work is bounded by n log n.
-- p_lines: hash of speaker, words and time; p_timed: whether there was a time -> true where a line is the repetition
create or replace function training_migration.find_repeats(
  p_lines bigint[], p_timed boolean[], p_by_agent boolean[]
) returns boolean[]
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
      from (select n, lead(n) over (partition by line order by n) as next_n
        from unnest(p_lines) with ordinality as given (line, n)) known
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
      -- A third dispatch follows the second.
      for v_at in v_first + v_length .. v_last + v_length - (v_last - v_first + 1) % v_length loop
        v_repeated[v_at] := true;
      end loop;
    end if;
  end loop;
  return v_repeated;
end $$;

-- Whether the first character is certainly not white space (training.white_space).
create or replace function training_migration.begins_with_a_word(p_text text) returns boolean
language sql immutable as $$
  select ascii(p_text) between 33 and 159 or ascii(p_text) between 161 and 5759 or ascii(p_text) between 12289 and 65278
$$;

create or replace function training_migration.read_transcript(
  p_raw jsonb, p_agent_name text, p_started_at timestamptz, out lines jsonb, out notes text[], out unread text[]
) language plpgsql immutable as $$
declare
  v_lines jsonb := p_raw;
  v_more boolean := false;
  v_read jsonb;
  v_is_plain boolean;
begin
  notes := '{}';
  unread := '{}';
  lines := '[]';
  if p_raw is null or p_raw in ('null', '[]', '""', '{}') then
    return;
  end if;
  if jsonb_typeof(p_raw) <> 'array' then
    select f.lines, f.more into v_lines, v_more from training_migration.find_lines(p_raw) f;
  end if;
  if v_lines is null then
    unread := array['not a transcript'];
    return;
  end if;

  -- The shapes of nearly every row are read in one statement. An array of rows becomes jsonb in one pass; jsonb_agg
  -- would build each line twice. read_unusual_transcript reads the rest: a text that begins with white space, is not a
  -- text or is over the limit, words in two places, perhaps the same words at the same time, a line with nested values,
  -- and a transcript without a line of the rep. A time in another form is read here.
  select to_jsonb(array_agg(row (n, speaker, words, stamp)::training_migration.line order by n)),
         coalesce(bool_and((octet_length(words) <= 4000 and training_migration.begins_with_a_word(words)
                            and speaker in ('user', 'agent') and octet_length(stamp) = 24) is true), false)
           and bool_or(speaker = 'user') and count(*) <= 2000
           and training_migration.are_canonical(string_agg(stamp, ''))
           and count(distinct hashtext(stamp)::bigint * 4001 + octet_length(words)) = count(*)
    into v_read, v_is_plain
    from (
      select n, training_migration.speaker(coalesce(each ->> 'speaker', each ->> 'role')) as speaker,
             case when not (each ?| array['content', 'transcript'] or each ? 'text' and each ? 'message')
                       and jsonb_typeof(coalesce(each -> 'text', each -> 'message')) = 'string'
                  then coalesce(each ->> 'text', each ->> 'message') end as words,
             case when octet_length(coalesce(each ->> 'timestamp', each ->> 'time')) = 24
                       and right(coalesce(each ->> 'timestamp', each ->> 'time'), 1) = 'Z'
                  then coalesce(each ->> 'timestamp', each ->> 'time')
                  else training_migration.line_time(coalesce(each -> 'timestamp', each -> 'time'), p_started_at)
             end as stamp
        from jsonb_array_elements(v_lines) with ordinality as given (each, n)
      offset 0
    ) line;
  if v_is_plain and not v_lines @? 'strict $.**{3}' then -- level 1: lines; 2: their values; 3: what those hold
    lines := v_read;
  else
    select r.lines, r.notes, r.unread into lines, notes, unread
      from training_migration.read_unusual_transcript(v_lines, p_agent_name, p_started_at) r;
  end if;
  if v_more then
    unread := unread || 'more beside the lines'::text;
  end if;
end $$;

-- The same, line by line.
create or replace function training_migration.read_unusual_transcript(
  p_lines jsonb, p_agent_name text, p_started_at timestamptz, out lines jsonb, out notes text[], out unread text[]
) language plpgsql immutable as $$
declare
  v_line record;
  v_rep text[];
  v_rep_note text;
  v_rep_unread text;
  v_empty integer := 0;
  v_unknown integer := 0;
  v_long integer := 0;
  v_untimed integer := 0;
  v_twice integer := 0;
  v_unsure integer := 0;
  v_more integer := 0;
  v_hashes bigint[];
  v_speakers text[];
  v_labels text[];
  v_texts text[];
  v_times text[];
  v_repeated boolean[];
  v_time text;
  v_last_time text := training_migration.canonical(p_started_at);
  v_piece text;
  v_pieces text[];
begin
  for v_line in
    select r.* from jsonb_array_elements(p_lines) with ordinality as given (each, n)
      cross join lateral training_migration.read_line(each, p_agent_name) r order by n
  loop
    if btrim(v_line.words, training.white_space()) = '' then
      v_empty := v_empty + 1;
    elsif v_line.speaker is null or v_line.words is null then
      v_unknown := v_unknown + 1;
    else
      v_more := v_more + v_line.more::integer;
      v_speakers := v_speakers || v_line.speaker;
      v_labels := v_labels || v_line.label;
      v_texts := v_texts || v_line.words;
      v_time := training_migration.line_time(v_line.stamp, p_started_at);
      v_times := v_times || v_time;
      v_hashes := v_hashes || hashtextextended(concat_ws(' ', v_line.speaker, v_time, v_line.words), 0);
    end if;
  end loop;

  if 'user' <> all (v_speakers) then
    select f.rep, f.note, f.unread into v_rep, v_rep_note, v_rep_unread
      from training_migration.find_rep(array(select distinct l from unnest(v_labels) l)) f;
    v_speakers := array(select case when l = any (v_rep) then 'user' else 'agent' end
                          from unnest(v_labels) with ordinality as given (l, n) order by n);
  elsif 'caller' = any (v_speakers) then -- beside the rep
    v_speakers := array_replace(v_speakers, 'caller', 'agent');
  end if;
  v_repeated := training_migration.find_repeats(
    v_hashes, array(select t is not null from unnest(v_times) t), array(select s = 'agent' from unnest(v_speakers) s));

  for v_index in 1 .. coalesce(cardinality(v_texts), 0) loop
    if v_repeated[v_index] then
      v_twice := v_twice + 1;
      v_unsure := v_unsure + (v_times[v_index] is null)::integer;
      continue;
    end if;
    -- A line without a time gets the time of the line before it, or of the start.
    v_untimed := v_untimed + (v_times[v_index] is null)::integer;
    v_last_time := coalesce(v_times[v_index], v_last_time);
    v_long := v_long + (char_length(v_texts[v_index]) > 4000)::integer;
    -- A text over the limit goes on in the next line.
    for v_at in 0 .. (char_length(v_texts[v_index]) - 1) / 4000 loop
      v_piece := substr(v_texts[v_index], 1 + v_at * 4000, 4000);
      continue when btrim(v_piece, training.white_space()) = '';
      v_pieces := v_pieces || format('{"sequence": %s, "speaker": "%s", "text": %s, "timestamp": "%s"}',
                                     coalesce(cardinality(v_pieces), 0) + 1, v_speakers[v_index], to_jsonb(v_piece),
                                     v_last_time);
    end loop;
  end loop;
  lines := ('[' || coalesce(array_to_string(v_pieces[:2000], ','), '') || ']')::jsonb;

  notes := array_remove(array[
    case when v_empty > 0 then format('%s empty lines left out', v_empty) end,
    case when v_twice > 0 then format('%s lines that were dispatched twice left out', v_twice) end,
    case when v_untimed > 0 then format('%s lines without a time of their own', v_untimed) end,
    v_rep_note
  ], null);
  unread := array_remove(array[
    case when v_unknown > 0 then format('%s lines without a known speaker or words', v_unknown) end,
    case when v_more > 0 then format('%s lines that hold more than their words', v_more) end,
    case when v_unsure > 0
      then format('%s lines left out as dispatched twice, without times to be sure by', v_unsure) end,
    case when v_long > 0 then format('%s texts over 4000 characters, split', v_long) end,
    case when cardinality(v_pieces) > 2000
      then format('%s lines over the 2000 of a session', cardinality(v_pieces) - 2000) end,
    v_rep_unread
  ], null);
end $$;
