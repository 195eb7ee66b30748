-- The wake-up makes grading prompt. The schedule makes it certain. A lost wake-up or a missed run of the schedule
-- delays a grade and loses none.

-- HMAC-SHA-256 (RFC 2104) in hex. sha256() is built into PostgreSQL; the extension pgcrypto may be missing.
create function training.hmac_sha256(p_message text, p_key text) returns text
language plpgsql immutable set search_path = '' as $$
declare
  c_block constant integer := 64;
  v_key bytea := convert_to(p_key, 'UTF8');
  v_inner bytea;
  v_outer bytea;
begin
  if octet_length(v_key) > c_block then
    v_key := sha256(v_key);
  end if;
  v_key := v_key || decode(repeat('00', c_block - octet_length(v_key)), 'hex');
  v_inner := v_key;
  v_outer := v_key;
  for v_index in 0 .. c_block - 1 loop
    v_inner := set_byte(v_inner, v_index, get_byte(v_key, v_index) # 54); -- 0x36
    v_outer := set_byte(v_outer, v_index, get_byte(v_key, v_index) # 92); -- 0x5c
  end loop;
  return encode(sha256(v_outer || sha256(v_inner || convert_to(p_message, 'UTF8'))), 'hex');
end $$;

-- What a wake-up carries instead of the grader's secret: pg_net keeps waiting requests in a table that it lets PUBLIC
-- read. The grader takes a signature for a few minutes, and only for this session id.
create function training.wake_up_signature(p_session_id bigint) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_time text := floor(extract(epoch from training.now()))::bigint::text;
  v_secret text := training.setting('grader_secret', '');
begin
  return format('t=%s,v1=%s', v_time,
                training.hmac_sha256(v_time || '.' || coalesce(p_session_id::text, ''), v_secret));
end $$;

-- Asks the grader to look at the queue: by pg_net where it is installed and a URL is set, else by NOTIFY for a
-- listener. Both are sent after the commit. An error here is a warning, so that it cannot fail the session's end. The
-- look-ups are inside the block because its handler does not catch an error in a declaration.
create function training.wake_grader(p_session_id bigint default null) returns void
language plpgsql security definer set search_path = '' as $$
declare
  c_timeout_ms constant integer := 5000; -- The grader answers at once: pg_net sends batches one after another.
  v_http_post regproc;
  v_url text;
begin
  v_http_post := to_regproc('net.http_post');
  if v_http_post is not null then
    v_url := training.setting('grader_url');
  end if;
  if v_url is null then
    perform pg_notify('training_session_completed', coalesce(p_session_id::text, ''));
    return;
  end if;
  execute format('select %s(url := $1, body := $2, headers := $3, timeout_milliseconds := $4)', v_http_post)
    using v_url,
          case when p_session_id is null then '{}' else jsonb_build_object('session_id', p_session_id) end,
          jsonb_build_object('Content-Type', 'application/json',
                             'X-Grader-Signature', training.wake_up_signature(p_session_id)),
          c_timeout_ms;
exception when others then
  raise warning 'training: could not wake the grader (%); the schedule will', sqlstate;
end $$;

create function training.wake_grader_for_session() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform training.wake_grader(new.id);
  return null;
end $$;

create trigger completed_session_wakes_the_grader
  after insert or update of status on public.training_sessions
  for each row when (new.status = 'completed' and new.graded_at is null)
  execute function training.wake_grader_for_session();

-- The job of the schedule. It calls the grader only while a session is ungraded or other work waits. A failed sweep
-- does not prevent the wake-up.
create function training.grade_what_waits() returns void language plpgsql security definer set search_path = '' as $$
begin
  begin
    perform training.sweep(100);
  exception when others then
    raise warning 'training: could not sweep (%)', sqlerrm;
  end;
  if exists (select 1 from public.training_sessions s where s.status = 'completed' and s.graded_at is null)
     or training.chores_wait() then
    perform training.wake_grader();
  end if;
end $$;

-- The operator's set-up: keeps the grader's URL and secret, in Vault where it is installed, and sets the pg_cron jobs
-- where pg_cron is installed. The schedule runs every 30 seconds or, before pg_cron 1.5, every minute. A repeated call
-- replaces all of it. -> the schedule
create function training.configure_grader(p_url text, p_secret text) returns text
language plpgsql set search_path = '' as $$
declare
  v_vault regnamespace := to_regnamespace('vault');
  v_cron regnamespace := to_regnamespace('cron');
  v_name text;
  v_value text;
  v_id uuid;
  v_every text := 'no pg_cron: schedule a POST to the grader elsewhere';
  v_job record;
begin
  foreach v_name in array array['grader_url', 'grader_secret'] loop
    v_value := case v_name when 'grader_url' then p_url else p_secret end;
    if v_vault is null then
      insert into training.settings (name, value) values (v_name, v_value)
      on conflict (name) do update set value = excluded.value;
    else
      execute format('select id from %s.decrypted_secrets where name = $1', v_vault)
        into v_id using 'training_' || v_name;
      if v_id is null then
        execute format('select %s.create_secret($1, $2)', v_vault) using v_value, 'training_' || v_name;
      else
        execute format('select %s.update_secret($1, $2)', v_vault) using v_id, v_value;
      end if;
    end if;
  end loop;
  if v_cron is not null then
    select case when string_to_array(split_part(extversion, '-', 1), '.')::integer[] >= array[1, 5]
                then '30 seconds' else '* * * * *' end
      into v_every from pg_catalog.pg_extension where extname = 'pg_cron';
    for v_job in
      values ('grade-training-sessions', v_every, 'select training.grade_what_waits()'),
             ('forget-training-transcripts', '17 * * * *', 'select training.forget_transcripts()'),
             ('forget-training-usage', '23 0 * * *', 'select training.forget_usage()')
    loop
      execute format('select %s.schedule($1, $2, $3)', v_cron) using v_job.column1, v_job.column2, v_job.column3;
    end loop;
  end if;
  return v_every;
end $$;
