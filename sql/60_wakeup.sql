-- The wake-up makes grading prompt; the schedule makes it certain. Either may be lost without losing a grade.

-- Asks the grader to look at the queue: by pg_net where it is installed and a URL is set, else by NOTIFY for a listener.
-- Both go out after commit. Whatever goes wrong here must not fail the session that ended.
create function training.wake_grader(p_session_id bigint default null) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_http_post regproc := to_regproc('net.http_post');
  v_url text;
begin
  if v_http_post is not null then
    v_url := training.setting('grader_url');
  end if;
  if v_url is null then
    perform pg_notify('training_session_completed', coalesce(p_session_id::text, ''));
    return;
  end if;
  execute format('select %s(url := $1, body := $2, headers := $3, timeout_milliseconds := 60000)', v_http_post)
    using v_url,
          case when p_session_id is null then '{}' else jsonb_build_object('session_id', p_session_id) end,
          jsonb_build_object('Content-Type', 'application/json', 'X-Grader-Secret', training.setting('grader_secret', ''));
exception when others then
  raise warning 'training: could not wake the grader (%); the schedule will', sqlstate;
end $$;

create function training.wake_grader_for_session() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform training.wake_grader(new.id);
  return null;
end $$;

create trigger completed_session_wakes_the_grader
  after insert or update of status on public.training_sessions
  for each row when (new.status = 'completed' and new.graded_at is null)
  execute function training.wake_grader_for_session();

-- What the schedule runs: nothing at all while nothing waits. Whatever keeps the sweep from its work keeps nobody else waiting.
create function training.grade_what_waits() returns void language plpgsql security definer set search_path = '' as $$
begin
  begin
    perform training.sweep(100);
  exception when others then
    raise warning 'training: could not sweep (%)', sqlerrm;
  end;
  if exists (select 1 from public.training_sessions s where s.status = 'completed' and s.graded_at is null) or training.chores_wait() then
    perform training.wake_grader();
  end if;
end $$;

-- The operator's set-up: where the grader is and its secret, into Vault where there is one; and the pg_cron job where pg_cron
-- is installed, every 30 seconds or, before pg_cron 1.5, every minute. Repeat it to change them. -> what was set up
create function training.configure_grader(p_url text, p_secret text) returns text
language plpgsql set search_path = '' as $$
declare
  v_vault regnamespace := to_regnamespace('vault');
  v_cron regnamespace := to_regnamespace('cron');
  v_name text;
  v_value text;
  v_id uuid;
  v_every text := 'no pg_cron: schedule a POST to the grader elsewhere';
begin
  foreach v_name in array array['grader_url', 'grader_secret'] loop
    v_value := case v_name when 'grader_url' then p_url else p_secret end;
    if v_vault is null then
      insert into training.settings (name, value) values (v_name, v_value)
      on conflict (name) do update set value = excluded.value;
    else
      execute format('select id from %s.decrypted_secrets where name = $1', v_vault) into v_id using 'training_' || v_name;
      if v_id is null then
        execute format('select %s.create_secret($1, $2)', v_vault) using v_value, 'training_' || v_name;
      else
        execute format('select %s.update_secret($1, $2)', v_vault) using v_id, v_value;
      end if;
    end if;
  end loop;
  if v_cron is not null then
    select case when string_to_array(split_part(extversion, '-', 1), '.')::integer[] >= array[1, 5] then '30 seconds' else '* * * * *' end
      into v_every from pg_catalog.pg_extension where extname = 'pg_cron';
    execute format('select %s.schedule($1, $2, $3)', v_cron) using 'grade-training-sessions', v_every, 'select training.grade_what_waits()';
    execute format('select %s.schedule($1, $2, $3)', v_cron) using 'forget-training-transcripts', '17 * * * *', 'select training.forget_transcripts()';
  end if;
  return v_every;
end $$;
