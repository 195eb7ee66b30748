-- Reads single values of any shape. Pure; null where a value cannot be read. The functions that run for every line have
-- no settings of their own, so that PostgreSQL can inline them. Their callers in 30 and 40 set search_path and time
-- zone.

create or replace function training_migration.read_number(p_value jsonb) returns numeric language sql immutable as $$
  select case jsonb_typeof(p_value)
    when 'number' then p_value::numeric
    when 'string' then
      case when p_value #>> '{}' ~ '^\s*[-+]?\d{1,12}(\.\d{1,12})?(e[-+]?\d\d?)?\s*$'
        then (p_value #>> '{}')::numeric end
  end
$$;

-- The same for money, also in the form "$1,250.00".
create or replace function training_migration.read_money(p_value jsonb) returns numeric language sql immutable as $$
  select coalesce(
    training_migration.read_number(p_value),
    case when p_value #>> '{}' ~ '^ *\$? *\d{1,3}(,?\d{3}){0,3}(\.\d{1,12})? *$'
      then translate(p_value #>> '{}', '$, ', '')::numeric end)
$$;

-- A time from a column of any type: ISO 8601 and the other forms that PostgreSQL reads; epoch seconds, milliseconds or
-- microseconds (of 2001 to 2286, told apart by their length); JavaScript's "Sat Mar 01 2025 09:00:00 GMT+0100 (CET)",
-- whose sign PostgreSQL reads the other way round. A text without a year, such as "today", is null: it would be another
-- time tomorrow.
create or replace function training_migration.read_time(p_value text) returns timestamptz
language plpgsql immutable as $$
declare
  v_moment timestamptz;
begin
  if p_value ~ '^\s*\d{10}(\d{3}){0,2}(\.\d{1,9})?\s*$' then
    return to_timestamp((p_value::numeric / 1000 ^ (length(substring(p_value from '\d+')) / 3 - 3))::float8);
  elsif p_value !~ '\d{4}' or p_value ~* 'now|today|tomorrow|yesterday' then
    return null;
  end if;
  v_moment := regexp_replace(p_value, '(?:GMT|UTC)([+-]\d\d:?\d\d)(?: \(.*\))?$', '\1')::timestamptz;
  return case when v_moment >= '1980-01-01' then least(v_moment, '9999-01-01') end;
exception when data_exception then
  return null;
end $$;

-- A row of any table as jsonb. A json column may hold what jsonb cannot (\u0000, half a surrogate pair): its value
-- becomes a text, which the conversion does not take for a transcript and keeps as it is.
create or replace function training_migration.row_json(p_row anyelement) returns jsonb language plpgsql stable as $$
declare
  v_column text;
  v_value jsonb;
  v_row jsonb := '{}';
begin
  return to_jsonb(p_row);
exception when data_exception then
  for v_column in
    select a.attname from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.typrelid = a.attrelid
     where t.oid = pg_typeof(p_row) and a.attnum > 0 and not a.attisdropped
  loop
    begin
      execute format('select to_jsonb(($1).%I)', v_column) into v_value using p_row;
    exception when data_exception then
      execute format('select to_jsonb(($1).%I::text)', v_column) into v_value using p_row;
    end;
    v_row := v_row || jsonb_build_object(v_column, v_value);
  end loop;
  return v_row;
end $$;

-- The old row as the conversion reads it: columns of p_map under the name they are mapped to, where that column is
-- empty; and with the owner of anonymous rows, if there is one.
create or replace function training_migration.mapped(p_old jsonb, p_map jsonb, p_anonymous_owner uuid) returns jsonb
language plpgsql immutable as $$
declare
  v_map record;
begin
  if p_anonymous_owner is not null and p_old ->> 'user_id' is null then
    p_old := p_old || jsonb_build_object('user_id', p_anonymous_owner);
  end if;
  if p_map <> '{}' then
    for v_map in select key, value from jsonb_each_text(p_map) order by key loop
      if p_old ->> v_map.key is not null and p_old ->> v_map.value is null then
        p_old := p_old - v_map.key || jsonb_build_object(v_map.value, p_old -> v_map.key);
      end if;
    end loop;
  end if;
  return p_old;
end $$;

-- What may be JSON inside a string, encoded up to three times.
create or replace function training_migration.parse_json(p_value jsonb) returns jsonb language plpgsql immutable as $$
begin
  for v_depth in 1 .. 3 loop
    exit when jsonb_typeof(p_value) is distinct from 'string' or p_value #>> '{}' !~ '^\s*["[{]';
    p_value := (p_value #>> '{}')::jsonb;
  end loop;
  return p_value;
exception when data_exception then
  return p_value;
end $$;

-- The text of a feedback entry: a string or a number, or an object's "text", "title", "description" or "message".
create or replace function training_migration.feedback_text(p_entry jsonb) returns text language sql immutable as $$
  select case jsonb_typeof(p_entry)
    when 'object' then
      coalesce(p_entry ->> 'text', p_entry ->> 'title', p_entry ->> 'description', p_entry ->> 'message')
    when 'array' then null
    else p_entry #>> '{}'
  end
$$;

-- Feedback: an array of entries, or a single one -> its texts; and whether there is anything in it that these texts do
-- not say.
create or replace function training_migration.read_feedback(p_value jsonb, out texts text[], out is_whole boolean)
language plpgsql immutable as $$
begin
  texts := '{}';
  is_whole := true;
  if p_value is null or p_value = 'null' then
    return;
  end if;
  if jsonb_typeof(p_value) <> 'array' then
    p_value := jsonb_build_array(p_value);
  end if;
  texts := array(select t.entry from (select training_migration.feedback_text(each) as entry, n
                                        from jsonb_array_elements(p_value) with ordinality as given (each, n)) t
                  where t.entry ~ '\S' order by t.n);
  -- One object with one text says no more than its text.
  is_whole := not p_value @? 'strict $[*] ? (@.type() != "string" && @.type() != "null")' or not exists (
    select 1 from jsonb_array_elements(p_value) each
     where case jsonb_typeof(each)
             when 'object' then training_migration.feedback_text(each) is null or (
               select count(*) <> 1 or bool_or(jsonb_typeof(e.value) <> 'string') from jsonb_each(each) e)
             when 'string' then false
             when 'null' then false
             else true
           end);
end $$;

-- The words of one part: a string or a number itself; of an object its "text" (or that one's "value"), or the
-- "transcript" of an audio part.
create or replace function training_migration.part_text(p_part jsonb) returns text language sql immutable as $$
  select case
    when jsonb_typeof(p_part) in ('string', 'number') then p_part #>> '{}'
    when jsonb_typeof(p_part) <> 'object' or p_part ->> 'type' ~* 'tool|function|image|file' then null
    when jsonb_typeof(p_part #> '{text,value}') in ('string', 'number') then p_part #>> '{text,value}'
    when jsonb_typeof(p_part -> 'text') in ('string', 'number') then p_part ->> 'text'
    when jsonb_typeof(p_part -> 'transcript') = 'string' then p_part ->> 'transcript'
  end
$$;

-- The words of a text, a number, parts of a text, or an object around its "value"; null where there are none. Parts
-- that are not words, such as a tool's call or an image, are left out: other_parts tells of them.
create or replace function training_migration.read_text(p_value jsonb) returns text language sql immutable as $$
  select case jsonb_typeof(p_value)
    when 'string' then p_value #>> '{}'
    when 'number' then p_value #>> '{}'
    when 'array' then (
      select string_agg(training_migration.part_text(part), ' ') from jsonb_array_elements(p_value) part)
    when 'object' then case when jsonb_typeof(p_value -> 'value') in ('string', 'number') then p_value ->> 'value' end
  end
$$;

-- Whether a value holds a part without words.
create or replace function training_migration.other_parts(p_value jsonb) returns boolean language sql immutable as $$
  select case jsonb_typeof(p_value)
    when 'array' then exists (select 1 from jsonb_array_elements(p_value) part
                               where training_migration.part_text(part) is null and part not in ('null', '{}', '[]'))
    when 'object' then p_value <> '{}' and training_migration.read_text(p_value) is null
    else false
  end
$$;

create or replace function training_migration.label(p_name text) returns text language sql immutable as $$
  select regexp_replace(lower(btrim(p_name)), '[ _-]+', ' ', 'g')
$$;

-- 'user' is the rep, 'agent' the homeowner, 'caller' one of them (30 decides). Written out as nearly every row has it:
-- lower() on every line would cost more than the rest of the line.
create or replace function training_migration.speaker(p_name text) returns text language sql immutable as $$
  select case p_name
    when 'user' then 'user' when 'rep' then 'user' when 'salesrep' then 'user'
    when 'agent' then 'agent' when 'homeowner' then 'agent' when 'ai' then 'agent' when 'assistant' then 'agent'
    when 'customer' then 'agent' when 'austin' then 'agent'
    else case
      when training_migration.label(p_name) in (
        'user', 'rep', 'salesrep', 'sales rep', 'sales representative', 'representative', 'sales person',
        'salesperson', 'salesman', 'seller', 'you', 'human', 'trainee', 'user transcript') then 'user'
      when training_migration.label(p_name) in (
        'agent', 'ai', 'assistant', 'homeowner', 'home owner', 'austin', 'customer', 'prospect', 'lead', 'client',
        'buyer', 'bot', 'agent response') then 'agent'
      when training_migration.label(p_name) = 'caller' then 'caller'
    end
  end
$$;

-- Whether these are canonical times, "2026-11-22T09:06:13.250Z", one after the other (29 February is left to the
-- parser). All times of a transcript are tested at once: one regular expression a line would be the most expensive part
-- of the conversion.
create or replace function training_migration.are_canonical(p_times text) returns boolean language sql immutable as $$
  select p_times ~ (
    '^(?:20\d\d-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)'
    'T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z)*$')
$$;

create or replace function training_migration.canonical(p_time timestamptz) returns text language sql stable as $$
  select to_char(p_time, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- When a line was said, in canonical form: from ISO 8601, from epoch seconds or milliseconds, or from an offset into
-- the session (seconds as a number, "0:05", or dates counted from 1970). Null where it cannot be read.
create or replace function training_migration.line_time(p_value jsonb, p_started_at timestamptz) returns text
language plpgsql stable as $$
declare
  v_text text := p_value #>> '{}';
  v_number numeric;
  v_clock text[];
  v_moment timestamptz;
begin
  if v_text is null then
    return null;
  elsif v_text like '20__-__-__T__:__:__.___Z' then
    perform v_text::timestamptz; -- raises where the calendar does not have that day
    return v_text;
  elsif jsonb_typeof(p_value) = 'number' or v_text ~ '^\s*\d{1,14}(\.\d{1,9})?\s*$' then
    v_number := v_text::numeric;
    return training_migration.canonical(case
      when v_number between 1e11 and 1e14 then to_timestamp((v_number / 1000)::float8)
      when v_number between 1e8 and 1e11 then to_timestamp(v_number::float8)
      when v_number between 0 and 86400 then p_started_at + make_interval(secs => v_number::float8)
    end);
  elsif v_text ~ '^(\d{1,3}:)?\d{1,3}:[0-5]\d(\.\d{1,6})?$' then
    v_clock := string_to_array(case when v_text ~ ':\d+:' then v_text else '0:' || v_text end, ':');
    return training_migration.canonical(
      p_started_at + make_interval(
        hours => v_clock[1]::integer, mins => v_clock[2]::integer, secs => v_clock[3]::float8));
  elsif v_text like '1970-01-%' then
    v_moment := v_text;
    return training_migration.canonical(case
      when v_moment < '1970-01-02' then p_started_at + (v_moment - 'epoch')
      else to_timestamp(extract(epoch from v_moment) * 1000) -- epoch seconds that were read as milliseconds
    end);
  end if;
  return training.iso_timestamp(v_text);
exception when data_exception then
  return null;
end $$;
