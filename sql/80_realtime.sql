-- Live pages: each new line and each change of state is broadcast on the session's private topic,
-- training_session:<id>. Where Supabase Realtime is not installed, pages poll. The policy that lets the owner listen is
-- in 95_policies.sql.

-- Sends one message per line and never the transcript: a message is limited to 256 KB. An error is a warning, so that
-- it cannot fail the append. The look-up is inside the block because its handler does not catch an error in a
-- declaration. realtime.send runs with its caller's rights, which are the definer's here.
create function training.broadcast_lines(p_session_id bigint, p_lines jsonb[]) returns void
language plpgsql set search_path = '' as $$
declare
  v_send regproc;
  v_line jsonb;
begin
  v_send := to_regproc('realtime.send');
  if v_send is null then
    return;
  end if;
  for v_line in select line from unnest(p_lines) line order by (line ->> 'sequence')::integer loop
    execute format('select %s($1, $2, $3, $4)', v_send)
      using v_line, 'line', 'training_session:' || p_session_id, true;
  end loop;
exception when others then
  raise warning 'training: could not broadcast (%)', sqlstate;
end $$;

create function training.broadcast_state() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if (new.status, new.graded_at) is distinct from (old.status, old.graded_at) then
    execute format('select %s($1, $2, $3, $4)', to_regproc('realtime.send'))
      using jsonb_build_object('id', new.id, 'status', new.status, 'grading_state', training.grading_state(new)),
            'state', 'training_session:' || new.id, true;
  end if;
  return null;
exception when others then
  raise warning 'training: could not broadcast (%)', sqlstate;
  return null;
end $$;

do $$
begin
  if to_regproc('realtime.send') is not null and to_regclass('realtime.messages') is not null then
    create trigger state_is_broadcast after update of status, graded_at on public.training_sessions
      for each row execute function training.broadcast_state();
  end if;
end $$;
