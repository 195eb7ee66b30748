-- The tables. Nobody but the functions of this schema writes to them.

-- The app's own profile table, only where there is none.
do $$
begin
  if to_regclass('public.users') is null then
    create table public.users (
      id uuid primary key,
      created_at timestamptz not null default now()
    );
    comment on table public.users is 'One row per person, keyed by the id Supabase Auth gives them.';
    if to_regclass('auth.users') is not null then
      alter table public.users add foreign key (id) references auth.users (id) on delete cascade;
    end if;
    alter table public.users enable row level security;
    create policy "people read their own row" on public.users for select to authenticated using (id = (select auth.uid()));
    revoke all on public.users from public, anon, authenticated, service_role;
    grant select on public.users to authenticated;
    grant select, insert, update, delete on public.users to service_role;
  end if;
end $$;

create table public.training_sessions (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.users (id) on delete cascade,
  agent_name text not null check (char_length(agent_name) between 1 and 200),
  agent_id text check (char_length(agent_id) between 1 and 200),
  started_at timestamptz not null,
  ended_at timestamptz,
  duration_seconds integer check (duration_seconds between 0 and 86400),
  transcript jsonb not null default '[]' check (jsonb_typeof(transcript) = 'array'),
  status text not null default 'active' check (status in ('active', 'completed', 'failed')),
  end_reason text check (end_reason in ('ended', 'abandoned', 'no_conversation')),
  rapport_score integer check (rapport_score between 0 and 100),
  discovery_score integer check (discovery_score between 0 and 100),
  objection_handling_score integer check (objection_handling_score between 0 and 100),
  closing_score integer check (closing_score between 0 and 100),
  overall_score integer generated always as (
    round((rapport_score + discovery_score + objection_handling_score + closing_score) / 4.0)
  ) stored,
  feedback_strengths text[] not null default '{}',
  feedback_improvements text[] not null default '{}',
  virtual_earnings numeric not null default 0 check (virtual_earnings >= 0 and virtual_earnings < 'infinity'),
  created_at timestamptz not null,
  graded_at timestamptz,
  last_activity_at timestamptz not null,
  graded_by text check (graded_by in ('model', 'heuristic', 'legacy')),
  rubric_version text,
  confidence text check (confidence in ('high', 'low')),
  line_count integer not null generated always as (jsonb_array_length(transcript)) stored,
  last_sequence integer not null generated always as (coalesce((transcript -> -1 ->> 'sequence')::integer, 0)) stored,
  has_words boolean not null generated always as (
    jsonb_array_length(transcript) > 0 or cardinality(feedback_strengths) > 0 or cardinality(feedback_improvements) > 0
  ) stored,
  idempotency_key text check (char_length(idempotency_key) between 1 and 200),
  conversation_id text,
  legacy_id uuid,
  constraint ended_means_when_and_why check ((status = 'active') = (ended_at is null) and (status = 'active') = (end_reason is null)),
  constraint ended_after_start check (ended_at >= started_at),
  constraint graded_means_completed_and_by_whom check (
    graded_at is null or (status = 'completed' and graded_by is not null and rubric_version is not null)
  ),
  constraint scores_have_a_grader check (
    graded_by is not null or num_nonnulls(rapport_score, discovery_score, objection_handling_score, closing_score) = 0
  )
) with (fillfactor = 80); -- room on the page, so that an append stays a heap-only update and touches no index
comment on table public.training_sessions is 'One practice conversation. Written only by the functions of the training schema.';
comment on column public.training_sessions.transcript is 'Array of {"sequence", "speaker": "user"|"agent", "text", "timestamp"}, ordered by sequence: the single source of truth.';
comment on column public.training_sessions.overall_score is 'Rounded average of the four scores; null unless all four are there.';
comment on column public.training_sessions.graded_at is 'When the current grade was accepted. Completed with null here is the grading queue.';
comment on column public.training_sessions.confidence is 'How far the current grade can be trusted, by the grader''s own account; null without a grade of this system.';
comment on column public.training_sessions.has_words is 'Whether transcript or feedback hold anything; 65_retention.sql empties them.';
comment on column public.training_sessions.conversation_id is 'The ElevenLabs conversation this session was spoken in, if it was.';
comment on column public.training_sessions.legacy_id is 'The UUID this session had in live_sessions, if it came from there.';

create unique index training_sessions_idempotency on public.training_sessions (user_id, idempotency_key) where idempotency_key is not null;
create unique index training_sessions_legacy on public.training_sessions (legacy_id) where legacy_id is not null;
create unique index training_sessions_conversation on public.training_sessions (conversation_id) where conversation_id is not null;
create index training_sessions_newest on public.training_sessions (user_id, created_at desc, id desc);
create index training_sessions_ungraded on public.training_sessions (ended_at, id) where status = 'completed' and graded_at is null;
-- By start, not by last activity: an index on a column that every append changes would cost every append.
create index training_sessions_active on public.training_sessions (started_at) where status = 'active';
-- Of a session's appends only the first changes has_words; line_count here would take every other one from the heap-only updates.
create index training_sessions_words on public.training_sessions (ended_at) where status <> 'active' and has_words;

do $$
begin
  -- An append rewrites the transcript; lz4 makes that about three times cheaper than pglz from 1,000 lines on.
  if exists (select 1 from pg_catalog.pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
    alter table public.training_sessions alter column transcript set compression lz4;
  end if;
end $$;

alter table public.training_sessions enable row level security;
create policy "owners read their sessions" on public.training_sessions for select to authenticated using (user_id = (select auth.uid()));
revoke all on public.training_sessions from public, anon, authenticated, service_role;
grant select on public.training_sessions to authenticated, service_role;

create table public.training_grades (
  id bigint generated always as identity primary key,
  session_id bigint not null references public.training_sessions (id) on delete cascade,
  attempt integer not null,
  outcome text not null check (outcome in ('accepted', 'not_used', 'failed', 'lost')),
  grader text not null check (grader in ('model', 'heuristic', 'legacy', 'none')),
  model text,
  rubric_version text,
  prompt_hash text,
  scores jsonb,
  evidence jsonb,
  remarks jsonb not null default '[]',
  feedback_strengths text[] not null default '{}',
  feedback_improvements text[] not null default '{}',
  virtual_earnings numeric not null default 0,
  notes text[] not null default '{}',
  confidence text check (confidence in ('high', 'low')),
  confidence_reason text,
  facts jsonb,
  tokens_in integer,
  tokens_out integer,
  latency_ms integer,
  seconds_to_grade numeric,
  error_class text,
  error text,
  request_id text,
  created_at timestamptz not null
);
comment on table public.training_grades is 'Every attempt at a grade, also the failed ones; append-only. The newest accepted row is the one a session shows.';
comment on column public.training_grades.outcome is
  'accepted: became the current grade; not_used: a re-grade worse founded than what stands, or a model''s answer beside the accepted one; failed: this grader gave none; lost: the grader vanished and its lease ran out.';
comment on column public.training_grades.scores is '{"rapport", "discovery", "objection_handling", "closing"}, 0-100.';
comment on column public.training_grades.evidence is 'Per category {"reason", "quotes": [{"sequence", "quote"}]}.';
comment on column public.training_grades.remarks is
  'What to keep or to change, line by line: [{"sequence", "category", "what", "why", "say_instead": text or null where there is nothing to change}].';
comment on column public.training_grades.confidence_reason is 'Why the grader gives this confidence, in one sentence without words of the transcript.';
comment on column public.training_grades.facts is 'What the grader counted, by line: {"questions": {line: count}, "objections": {line: answered}, "closing": [lines]}.';
comment on column public.training_grades.seconds_to_grade is 'From the moment the session was ended, or swept, to this grade; only on a session''s first accepted one.';

create index training_grades_session on public.training_grades (session_id, id desc);
create index training_grades_recent on public.training_grades (created_at);

alter table public.training_grades enable row level security;
create policy "owners read their grades" on public.training_grades for select to authenticated using (
  exists (select 1 from public.training_sessions s where s.id = session_id and s.user_id = (select auth.uid()))
);
revoke all on public.training_grades from public, anon, authenticated, service_role;
grant select on public.training_grades to authenticated, service_role;

-- Words may be taken out (65_retention.sql), and a note may say so; nothing else ever changes.
create function training.refuse_rewriting_history() returns trigger language plpgsql set search_path = '' as $$
declare
  v_words text[] := array['evidence', 'remarks', 'feedback_strengths', 'feedback_improvements', 'notes'];
begin
  if to_jsonb(new) - v_words = to_jsonb(old) - v_words and new.evidence is null and new.remarks = '[]'
     and new.feedback_strengths = '{}' and new.feedback_improvements = '{}' and new.notes @> old.notes then
    return new;
  end if;
  raise exception 'training_grades is append-only' using errcode = 'restrict_violation';
end $$;
create trigger history_is_append_only before update on public.training_grades
  for each row execute function training.refuse_rewriting_history();

create table training.grading_claims (
  session_id bigint primary key references public.training_sessions (id) on delete cascade,
  claim_id uuid not null,
  attempt integer not null,
  claimed_at timestamptz not null,
  lease_until timestamptz not null
);
comment on table training.grading_claims is 'Who is grading what, until when. Not a queue: the ungraded row is. Gone when the grade is saved.';
revoke all on training.grading_claims from public, anon, authenticated, service_role;
grant select on training.grading_claims to service_role;

-- The number of a setting that is one, from 1 to 99999; null for any other text.
create function training.whole_number(p_text text) returns integer language plpgsql immutable set search_path = '' as $$
begin
  return case when p_text ~ '^[1-9][0-9]{0,4}$' then p_text::integer end;
end $$;

create table training.settings (
  name text primary key check (
    name in ('grader_url', 'grader_secret', 'abandoned_after_minutes', 'transcripts_kept_days', 'model_grades_per_user_per_day',
             'voice_token_hashes', 'app_url', 'unbound_transcripts_kept_days')
  ),
  value text not null,
  constraint numbers_are_whole_and_from_1_to_99999 check (
    name in ('grader_url', 'grader_secret', 'voice_token_hashes', 'app_url') or training.whole_number(value) is not null
  )
);
comment on table training.settings is 'The operator''s settings. Where Supabase Vault is installed, grader_url and grader_secret live there instead (training_grader_url, training_grader_secret).';
revoke all on training.settings from public, anon, authenticated, service_role;
