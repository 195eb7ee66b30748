-- Usage and limits: what each user uses per day (UTC), and a 429 where a limit is passed.

-- The day that usage is counted under.
create function training.today() returns date language sql stable set search_path = '' as $$
  select (training.now() at time zone 'UTC')::date
$$;

-- Adds to today's row of the user, in the transaction that uses. -> the row after that. The row lock makes counts
-- exact under concurrent requests; callers take it last, so that it cannot take part in a deadlock.
create function training.count_usage(
  p_user_id uuid, p_sessions_begun integer default 0, p_model_grades integer default 0, p_tokens_in bigint default 0,
  p_tokens_out bigint default 0, p_voice_starts integer default 0, p_homeowner_turns integer default 0
) returns training.usage language plpgsql security definer set search_path = '' as $$
declare
  v_usage training.usage;
begin
  insert into training.usage as u (
    user_id, day, sessions_begun, model_grades, tokens_in, tokens_out, voice_starts, homeowner_turns
  ) values (
    p_user_id, training.today(), p_sessions_begun, p_model_grades, p_tokens_in, p_tokens_out, p_voice_starts,
    p_homeowner_turns
  )
  on conflict (user_id, day) do update
    set sessions_begun = u.sessions_begun + excluded.sessions_begun,
        model_grades = u.model_grades + excluded.model_grades,
        tokens_in = u.tokens_in + excluded.tokens_in,
        tokens_out = u.tokens_out + excluded.tokens_out,
        voice_starts = u.voice_starts + excluded.voice_starts,
        homeowner_turns = u.homeowner_turns + excluded.homeowner_turns
  returning * into v_usage;
  return v_usage;
end $$;

-- Counts p_count of p_what ('sessions', 'voice_starts' or 'homeowner_turns') for the user today. Where that passes the
-- setting <p_what>_per_user_per_day, it raises 429 too_many_<p_what>, and the rollback takes the count back.
create function training.spend(p_user_id uuid, p_what text, p_count integer default 1) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_limit integer := training.number_setting(p_what || '_per_user_per_day');
  v_usage training.usage;
  v_spent integer;
  v_seconds_left integer;
begin
  if p_what not in ('sessions', 'voice_starts', 'homeowner_turns') or p_count < 1 then
    raise exception 'training.spend: % of % cannot be counted', p_count, p_what;
  end if;
  v_usage := training.count_usage(
    p_user_id,
    p_sessions_begun => case p_what when 'sessions' then p_count else 0 end,
    p_voice_starts => case p_what when 'voice_starts' then p_count else 0 end,
    p_homeowner_turns => case p_what when 'homeowner_turns' then p_count else 0 end
  );
  v_spent := case p_what
    when 'sessions' then v_usage.sessions_begun
    when 'voice_starts' then v_usage.voice_starts
    else v_usage.homeowner_turns
  end;
  if v_spent > v_limit then
    v_seconds_left := ceil(extract(epoch from (v_usage.day + 1)::timestamp at time zone 'UTC' - training.now()));
    perform training.fail(
      429, 'too_many_' || p_what, format('You have used your %s %s of this day.', v_limit, replace(p_what, '_', ' ')),
      null, 'The next day begins at 00:00 UTC; Retry-After gives the seconds until then.',
      jsonb_build_object('Retry-After', greatest(1, v_seconds_left)::text)
    );
  end if;
end $$;

-- Deletes usage that is older than 400 days, and usage of erased people from days that are over. -> the rows deleted
create function training.forget_usage() returns integer language plpgsql security definer set search_path = '' as $$
declare
  v_deleted integer;
begin
  delete from training.usage u
   where u.day < training.today() - 400
      or u.day < training.today() and not exists (select 1 from public.users p where p.id = u.user_id);
  get diagnostics v_deleted = row_count;
  return v_deleted;
end $$;
