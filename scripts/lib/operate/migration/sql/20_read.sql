-- Reading what drifted: single values of any shape. Pure, and null where there is no sense in them. Called for every line of every row: so without
-- settings of their own, which would keep them from being inlined. Their callers in 30 and 40 set search_path and time zone.

create or replace function training_migration.number(p_value jsonb) returns numeric language sql immutable as $$
  select case jsonb_typeof(p_value)
    when 'number' then p_value::numeric
    when 'string' then case when p_value #>> '{}' ~ '^\s*[-+]?\d{1,12}(\.\d{1,12})?(e[-+]?\d\d?)?\s*$' then (p_value #>> '{}')::numeric end
  end
$$;

-- The same for money, which may be written as people write it: "$1,250.00".
create or replace function training_migration.amount(p_value jsonb) returns numeric language sql immutable as $$
  select coalesce(training_migration.number(p_value), case when p_value #>> '{}' ~ '^ *\$? *\d{1,3}(,?\d{3}){0,3}(\.\d{1,12})? *$' then translate(p_value #>> '{}', '$, ', '')::numeric end)
$$;

-- A time out of a column of any type: ISO 8601 and whatever else PostgreSQL reads; epoch seconds, milliseconds or microseconds (of 2001 to
-- 2286, told by their length); what JavaScript writes, "Sat Mar 01 2025 09:00:00 GMT+0100 (CET)", whose sign PostgreSQL would turn round.
-- Null where it says nothing; a text without a year, such as "today", would say another thing tomorrow.
create or replace function training_migration.moment(p_value text) returns timestamptz language plpgsql immutable as $$
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

-- A row of any table as jsonb. A json column may hold what jsonb cannot (\u0000, half a surrogate pair); it comes as text then, which no
-- conversion takes for a transcript, so that it is kept as it is.
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

-- What may be JSON inside a string, once or twice encoded.
create or replace function training_migration.parsed(p_value jsonb) returns jsonb language plpgsql immutable as $$
begin
  for v_depth in 1 .. 3 loop
    exit when jsonb_typeof(p_value) is distinct from 'string' or p_value #>> '{}' !~ '^\s*["[{]';
    p_value := (p_value #>> '{}')::jsonb;
  end loop;
  return p_value;
exception when data_exception then
  return p_value;
end $$;

-- Feedback: an array of texts or of objects around a text, or a single text.
create or replace function training_migration.texts(p_value jsonb) returns text[] language sql immutable as $$
  select coalesce(array_agg(word) filter (where word ~ '\S'), '{}') from (
    select coalesce(each ->> 'text', each ->> 'title', each ->> 'description', each ->> 'message', each #>> '{}') as word
      from jsonb_array_elements(case jsonb_typeof(p_value) when 'array' then p_value when 'string' then jsonb_build_array(p_value) else '[]' end) each
  ) words
$$;

-- The words of a text, a number, parts of a text, or an object around its "value"; null where there are none.
create or replace function training_migration.words(p_value jsonb) returns text language sql immutable as $$
  select case jsonb_typeof(p_value)
    when 'string' then p_value #>> '{}'
    when 'number' then p_value #>> '{}'
    when 'array' then (select string_agg(coalesce(part #>> '{text,value}', part ->> 'text', part #>> '{}'), ' ') from jsonb_array_elements(p_value) part)
    when 'object' then p_value ->> 'value'
  end
$$;

-- Exactly as nearly every row has it first: lower() on every line would cost more than the rest of the line.
create or replace function training_migration.speaker(p_name text) returns text language sql immutable as $$
  select case p_name when 'user' then 'user' when 'agent' then 'agent' when 'rep' then 'user' when 'homeowner' then 'agent' when 'ai' then 'agent'
    when 'assistant' then 'agent' when 'salesrep' then 'user' when 'customer' then 'agent' when 'austin' then 'agent'
    else case
      when lower(btrim(p_name)) in ('user', 'rep', 'salesrep', 'sales rep', 'sales_rep', 'sales-rep', 'salesperson', 'you', 'human', 'trainee', 'user_transcript') then 'user'
      when lower(btrim(p_name)) in ('agent', 'ai', 'assistant', 'homeowner', 'austin', 'customer', 'prospect', 'bot', 'agent_response') then 'agent'
    end
  end
$$;

-- Whether these are canonical times, "2026-11-22T09:06:13.250Z", one after the other (29 February is left to the parser). All of a
-- transcript at once: asked of every line, the regular expression would be the dearest part of the whole conversion.
create or replace function training_migration.are_canonical(p_times text) returns boolean language sql immutable as $$
  select p_times ~ ('^(?:20\d\d-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)'
                    'T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z)*$')
$$;

create or replace function training_migration.canonical(p_time timestamptz) returns text language sql stable as $$
  select to_char(p_time, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- When a line was said, in canonical form: from ISO 8601, from epoch seconds or milliseconds, or from an offset into the talk
-- (seconds as a number, "0:05", or dates counted from 1970). Null if it says nothing.
create or replace function training_migration.line_time(p_value jsonb, p_started_at timestamptz) returns text language plpgsql stable as $$
declare
  v_text text := p_value #>> '{}';
  v_number numeric;
  v_clock text[];
  v_moment timestamptz;
begin
  if v_text is null then
    return null;
  elsif v_text like '20__-__-__T__:__:__.___Z' then
    perform v_text::timestamptz; -- a day there is?
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
    return training_migration.canonical(p_started_at + make_interval(hours => v_clock[1]::integer, mins => v_clock[2]::integer, secs => v_clock[3]::float8));
  elsif v_text like '1970-01-%' then
    v_moment := v_text;
    return training_migration.canonical(case
      when v_moment < '1970-01-02' then p_started_at + (v_moment - 'epoch')
      else to_timestamp(extract(epoch from v_moment) * 1000) -- epoch seconds that somebody took for milliseconds
    end);
  end if;
  return training.iso_timestamp(v_text);
exception when data_exception then
  return null;
end $$;
