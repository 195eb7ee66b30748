-- What every transition shares: the clock, the caller, the errors, the row lock, the settings.

-- The one function that reads the clock. `set local training.now = '...'` moves it inside the transaction of a test.
create function training.now() returns timestamptz language sql stable set search_path = '' as $$
  select coalesce(nullif(current_setting('training.now', true), '')::timestamptz, clock_timestamp())
$$;

-- Ends the request with an HTTP status and the error body that every path answers with. PostgREST turns SQLSTATE PGRST
-- into exactly this body, so a code such as line_conflict is the same in supabase-js and over HTTP.
-- p_details is the path of the field, if a field is wrong. p_headers are further HTTP headers, such as Retry-After.
create function training.fail(
  p_status integer, p_code text, p_message text, p_details text default null, p_hint text default null,
  p_headers jsonb default '{}'
) returns void language plpgsql set search_path = '' as $$
begin
  raise sqlstate 'PGRST' using
    message = jsonb_build_object('code', p_code, 'message', p_message, 'details', p_details, 'hint', p_hint)::text,
    detail = jsonb_build_object('status', p_status, 'headers', p_headers)::text;
end $$;

create function training.fail_field(p_field text, p_rule text) returns void language plpgsql set search_path = '' as $$
begin
  perform training.fail(422, 'invalid_field', p_field || ' ' || p_rule, p_field);
end $$;

-- The signed-in user, or 401. A token whose subject is not a UUID belongs to no user.
create function training.caller() returns uuid language plpgsql stable set search_path = '' as $$
declare
  v_user_id uuid;
begin
  begin
    v_user_id := auth.uid();
  exception when invalid_text_representation then
    null;
  end;
  if v_user_id is null then
    perform training.fail(401, 'not_authenticated', 'Sign in first: this needs a user''s token.');
  end if;
  return v_user_id;
end $$;

-- The caller's session, with its row locked until the transaction ends. Every function that the owner calls to change
-- a session takes this lock first. Claims and the sweep skip rows that are locked; saving a grade waits for the lock.
-- A missing session and another user's session give the same 404.
create function training.lock_own_session(p_session_id bigint) returns public.training_sessions
language plpgsql set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_session public.training_sessions;
begin
  select * into v_session from public.training_sessions s
   where s.id = p_session_id and s.user_id = v_caller
     for update;
  if not found then
    perform training.session_not_found();
  end if;
  return v_session;
end $$;

create function training.session_not_found() returns void language plpgsql set search_path = '' as $$
begin
  perform training.fail(404, 'session_not_found', 'You have no session with this id.');
end $$;

-- The characters that alone do not make a text: white space as browsers and JSON Schema define it. The list does not
-- depend on the locale of the database.
create function training.white_space() returns text language sql immutable set search_path = '' as $$
  select e'\t\n\u000b\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
          '\u2028\u2029\u202f\u205f\u3000\ufeff'
$$;

-- A text of 1 to p_limit characters, trimmed, or an error that names the field.
create function training.short_text(p_value text, p_field text, p_limit integer default 200) returns text
language plpgsql immutable set search_path = '' as $$
declare
  v_trimmed text := btrim(p_value, training.white_space());
begin
  if coalesce(v_trimmed, '') = '' or char_length(p_value) > p_limit then
    perform training.fail_field(p_field, format('must be a text of 1 to %s characters', p_limit));
  end if;
  return v_trimmed;
end $$;

-- A setting as text: from Vault where it is installed and has it, else from training.settings, else p_default.
create function training.setting(p_name text, p_default text default null) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_vault regclass := to_regclass('vault.decrypted_secrets');
  v_value text;
begin
  if v_vault is not null then
    execute format('select decrypted_secret from %s where name = $1', v_vault) into v_value using 'training_' || p_name;
  end if;
  return coalesce(v_value, (select value from training.settings where name = p_name), p_default);
end $$;

-- A setting that is a number, or its default. An invalid number counts as unset; grading_health reports it.
create function training.number_setting(p_name text) returns integer
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(
    training.whole_number(training.setting(p_name)),
    (select default_value from training.number_settings() where name = p_name)
  );
end $$;

-- The settings whose value is not a number from 1 to 99999. training.settings refuses those; Vault takes any text.
create function training.bad_settings() returns text[]
language sql stable security definer set search_path = '' as $$
  select array(
    select name from training.number_settings()
     where training.setting(name) is not null and training.whole_number(training.setting(name)) is null
  )
$$;
