-- An old app as teams have it: what grew around live_sessions in a year. Run by its owner in a database that has the new system already.

alter table public.users add column email text, add column total_earnings numeric not null default 0, add column sessions_graded integer not null default 0;

create table public.live_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.users (id) on delete cascade,
  agent_name text,
  agent_id text,
  started_at timestamptz default now(),
  ended_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  duration_seconds integer,
  full_transcript jsonb default '[]',
  overall_score integer,
  rapport_score integer,
  discovery_score integer,
  objection_handling_score integer,
  close_score integer,
  close_effectiveness_score integer,
  listening_score integer,
  what_worked text[],
  what_failed text[],
  virtual_earnings numeric(10, 2) default 0,
  deal_details jsonb,
  analytics jsonb,
  sale_closed boolean default false,
  return_appointment boolean,
  audio_url text,
  video_url text,
  user_feedback jsonb,
  grading_status text default 'pending' check (grading_status in ('pending', 'processing', 'complete', 'completed', 'failed')),
  graded_at timestamptz,
  end_reason text,
  elevenlabs_conversation_id text
);
create index live_sessions_newest on public.live_sessions (user_id, created_at desc);
alter table public.live_sessions enable row level security;
create policy "Users see their sessions" on public.live_sessions for select to authenticated using (user_id = auth.uid());
create policy "Users begin sessions" on public.live_sessions for insert to authenticated with check (user_id = auth.uid());
create policy "Users change their sessions" on public.live_sessions for update to authenticated using (user_id = auth.uid());
create policy "Anyone sees a demo" on public.live_sessions for select to anon using (user_id is null);
grant select, insert, update, delete on public.live_sessions to authenticated, service_role;
grant select on public.live_sessions to anon;

-- Its child tables.
create table public.session_events (
  id bigint generated always as identity primary key,
  session_id uuid not null references public.live_sessions (id) on delete cascade,
  kind text not null,
  at timestamptz not null default now()
);
create table public.session_recordings (
  session_id uuid primary key references public.live_sessions (id) on delete cascade,
  storage_path text not null
);
create table public.manager_notes (
  id bigint generated always as identity primary key,
  session_id uuid references public.live_sessions (id) on delete set null,
  note text
);
alter table public.session_events enable row level security;
create policy "Events of own sessions" on public.session_events for select to authenticated
  using (exists (select 1 from public.live_sessions l where l.id = session_id and l.user_id = auth.uid()));
grant select, insert on public.session_events, public.session_recordings, public.manager_notes to authenticated, service_role;

-- Scores are copied out of analytics before each write.
create function public.copy_scores() returns trigger language plpgsql as $$
begin
  if new.analytics ? 'deep_analysis' then
    new.rapport_score := coalesce((new.analytics #>> '{deep_analysis,finalScores,rapport}')::integer, new.rapport_score);
    new.overall_score := coalesce((new.analytics #>> '{deep_analysis,finalScores,overall}')::integer, new.overall_score);
    new.virtual_earnings := coalesce((new.analytics #>> '{deep_analysis,virtualEarnings}')::numeric, new.virtual_earnings);
  end if;
  new.updated_at := now();
  return new;
end $$;
create trigger copy_scores before insert or update on public.live_sessions for each row execute function public.copy_scores();

-- A total is kept on the user.
create function public.add_earnings() returns trigger language plpgsql security definer as $$
begin
  update public.users set total_earnings = total_earnings + coalesce(new.virtual_earnings, 0), sessions_graded = sessions_graded + 1
   where id = new.user_id;
  return null;
end $$;
create trigger add_earnings after update on public.live_sessions for each row
  when (new.grading_status in ('complete', 'completed') and old.grading_status not in ('complete', 'completed'))
  execute function public.add_earnings();

-- Two that name columns dropped long ago: they fail whenever they run.
create function public.notify_manager() returns trigger language plpgsql as $$
begin
  if new.manager_email is not null then
    insert into public.manager_notes (session_id, note) values (new.id, 'closed');
  end if;
  return null;
end $$;
create trigger notify_manager after update of sale_closed on public.live_sessions for each row
  when (new.sale_closed and not coalesce(old.sale_closed, false)) execute function public.notify_manager();
create function public.archive_recording() returns trigger language plpgsql as $$
begin
  perform old.recording_bucket;
  return old;
end $$;
create trigger archive_recording before delete on public.live_sessions for each row
  when (old.audio_url is not null) execute function public.archive_recording();

-- What reads it.
create view public.leaderboard as
  select user_id, count(*) as sessions, sum(virtual_earnings) as earnings, avg(overall_score) as score
    from public.live_sessions where grading_status in ('complete', 'completed') group by user_id;
create function public.user_stats(p_user_id uuid) returns jsonb language plpgsql stable as $$
begin
  return (select jsonb_build_object('sessions', count(*), 'best', max(overall_score)) from live_sessions where user_id = p_user_id);
end $$;

create publication old_realtime for table public.live_sessions;
