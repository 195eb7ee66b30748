-- Live pages: each new line and each change of state is broadcast on the session's private topic, training_session:<id>.
-- Only where Supabase Realtime is; without it pages poll, and nothing here runs.

-- One message a line, never the transcript: a message may have 256 KB, a transcript more. Whatever fails here must not
-- fail the append, so it is only a warning. realtime.send runs with its caller's rights, hence the definer.
create function training.broadcast_changes() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_send regproc := to_regproc('realtime.send');
  v_topic text := 'training_session:' || new.id;
  v_changed jsonb := jsonb_build_array();
  v_line jsonb;
begin
  if new.line_count > old.line_count and (old.line_count = 0 or new.transcript -> (old.line_count - 1) = old.transcript -> -1) then
    v_changed := jsonb_path_query_array(new.transcript, '$[$from to last]', jsonb_build_object('from', old.line_count));
  elsif new.transcript is distinct from old.transcript then
    v_changed := (select jsonb_agg(l) from (select jsonb_array_elements(new.transcript) l except select jsonb_array_elements(old.transcript)) d);
  end if;
  for v_line in select l from jsonb_array_elements(v_changed) l order by (l ->> 'sequence')::integer loop
    execute format('select %s($1, $2, $3, $4)', v_send) using v_line, 'line', v_topic, true;
  end loop;
  if (new.status, new.graded_at) is distinct from (old.status, old.graded_at) then
    execute format('select %s($1, $2, $3, $4)', v_send)
      using jsonb_build_object('id', new.id, 'status', new.status, 'grading_state', training.grading_state(new)), 'state', v_topic, true;
  end if;
  return null;
exception when others then
  raise warning 'training: could not broadcast (%)', sqlstate;
  return null;
end $$;

do $$
begin
  if to_regproc('realtime.send') is not null and to_regclass('realtime.messages') is not null then
    create trigger changes_are_broadcast after update of transcript, status, graded_at on public.training_sessions
      for each row execute function training.broadcast_changes();
    create policy "owners listen to their training sessions" on realtime.messages for select to authenticated using (
      exists (
        select 1 from public.training_sessions s
         where s.id = substring(realtime.topic() from '^training_session:(\d{1,18})$')::bigint and s.user_id = (select auth.uid())
      )
    );
  end if;
end $$;
