-- The tables. Only the functions of the schema training write to them. The policies are in 95_policies.sql.

-- The app's own profile table, made only where the app has none.
do $$
begin
  if to_regclass('public.users') is null then
    create table public.users (
      id uuid primary key,
      created_at timestamptz not null default now()
    );
    comment on table public.users is 'One row per person, keyed by the id that Supabase Auth gives them.';
    if to_regclass('auth.users') is not null then
      alter table public.users add foreign key (id) references auth.users (id) on delete cascade;
    end if;
    alter table public.users enable row level security;
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
  last_sequence integer not null generated always as (
    coalesce((transcript -> -1 ->> 'sequence')::integer, 0)
  ) stored,
  has_words boolean not null generated always as (
    jsonb_array_length(transcript) > 0 or cardinality(feedback_strengths) > 0 or cardinality(feedback_improvements) > 0
  ) stored,
  turn_at timestamptz,
  idempotency_key text check (char_length(idempotency_key) between 1 and 200),
  conversation_id text,
  legacy_id uuid,
  constraint ended_means_when_and_why check (
    (status = 'active') = (ended_at is null) and (status = 'active') = (end_reason is null)
  ),
  constraint ended_after_start check (ended_at >= started_at),
  constraint graded_means_completed_and_by_whom check (
    graded_at is null or (status = 'completed' and graded_by is not null and rubric_version is not null)
  ),
  constraint scores_have_a_grader check (
    graded_by is not null or num_nonnulls(rapport_score, discovery_score, objection_handling_score, closing_score) = 0
  )
) with (fillfactor = 80); -- The spare room on each page keeps an append a heap-only update, which touches no index.
comment on table public.training_sessions is
  'One training session. Only the functions of the training schema write to it.';
comment on column public.training_sessions.transcript is
  'Array of {"sequence", "speaker": "user"|"agent", "text", "timestamp"}, ordered by sequence: '
  'the single source of truth.';
comment on column public.training_sessions.status is
  'active: it takes lines. completed: it waits for a grade or has one. failed: it ended and will not be graded.';
comment on column public.training_sessions.overall_score is
  'Rounded average of the four scores; null unless all four are set.';
comment on column public.training_sessions.graded_at is
  'When the current grade was accepted. Completed with null here is the grading queue.';
comment on column public.training_sessions.confidence is
  'How far the current grade can be trusted, by the grader''s own account; null without a grade of this system.';
comment on column public.training_sessions.has_words is
  'Whether transcript or feedback hold anything; 65_retention.sql empties them.';
comment on column public.training_sessions.turn_at is
  'The order of the grading queue: set when the session begins to wait for a grade, see 50_queue.sql.';
comment on column public.training_sessions.conversation_id is
  'The ElevenLabs conversation in which this session was spoken, if there was one.';
comment on column public.training_sessions.legacy_id is
  'The UUID that this session had in live_sessions, if it came from there.';

create unique index training_sessions_idempotency on public.training_sessions (user_id, idempotency_key)
  where idempotency_key is not null;
create unique index training_sessions_legacy on public.training_sessions (legacy_id) where legacy_id is not null;
create unique index training_sessions_conversation on public.training_sessions (conversation_id)
  where conversation_id is not null;
create index training_sessions_newest on public.training_sessions (user_id, created_at desc, id desc);
create index training_sessions_waiting on public.training_sessions (turn_at, id)
  where status = 'completed' and graded_at is null;
create index training_sessions_waiting_of_user on public.training_sessions (user_id, turn_at)
  where status = 'completed' and graded_at is null;
-- By start and not by last activity: every append would have to update an index on last_activity_at.
create index training_sessions_active on public.training_sessions (started_at) where status = 'active';
-- Only the first append of a session changes has_words. An index on line_count would keep all appends from being
-- heap-only updates.
create index training_sessions_words on public.training_sessions (ended_at) where status <> 'active' and has_words;

do $$
begin
  -- An append rewrites the transcript. From 1,000 lines on, lz4 makes an append about three times cheaper than pglz.
  if exists (
    select 1 from pg_catalog.pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)
  ) then
    alter table public.training_sessions alter column transcript set compression lz4;
  end if;
end $$;

alter table public.training_sessions enable row level security;
revoke all on public.training_sessions from public, anon, authenticated, service_role;
grant select on public.training_sessions to authenticated, service_role;

create table public.training_grades (
  id bigint generated always as identity primary key,
  session_id bigint not null references public.training_sessions (id) on delete cascade,
  claim_number integer not null,
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
comment on table public.training_grades is
  'Every attempt at a grade, with or without a result; append-only. A session shows its newest accepted row.';
comment on column public.training_grades.claim_number is
  'Which claim of the session the attempt belongs to, from 1. One claim may hold several attempts.';
comment on column public.training_grades.outcome is
  'accepted: it became the current grade. not_used: a re-grade with less behind it than the current grade. '
  'Also not_used: a model''s answer beside the accepted one. failed: this attempt gave no grade; error_class says why. '
  'lost: the lease ran out before the grader saved.';
comment on column public.training_grades.scores is '{"rapport", "discovery", "objection_handling", "closing"}, 0-100.';
comment on column public.training_grades.evidence is 'Per category {"reason", "quotes": [{"sequence", "quote"}]}.';
comment on column public.training_grades.remarks is
  'What to keep or to change, line by line: [{"sequence", "category", "what", "why", "say_instead"}]. say_instead is a '
  'text, or null where the line needs no change.';
comment on column public.training_grades.confidence_reason is
  'Why the grader gives this confidence, in one sentence without words of the transcript.';
comment on column public.training_grades.facts is
  'What the grader counted, by line: {"questions": {line: count}, "objections": {line: answered}, "closing": [lines]}.';
comment on column public.training_grades.seconds_to_grade is
  'From the moment the session was ended or swept, or got its first words of the rep from the provider''s record, to '
  'this grade; set only on its first accepted grade.';

create index training_grades_session on public.training_grades (session_id, id desc);
create index training_grades_recent on public.training_grades (created_at);

alter table public.training_grades enable row level security;
revoke all on public.training_grades from public, anon, authenticated, service_role;
grant select on public.training_grades to authenticated, service_role;

-- 65_retention.sql deletes words from the history and appends a note that says so. Every other update is refused.
create function training.refuse_rewriting_history() returns trigger language plpgsql set search_path = '' as $$
declare
  v_words text[] := array['evidence', 'remarks', 'feedback_strengths', 'feedback_improvements', 'notes'];
begin
  if to_jsonb(new) - v_words = to_jsonb(old) - v_words and new.evidence is null and new.remarks = '[]'
     and new.feedback_strengths = '{}' and new.feedback_improvements = '{}'
     and new.notes[1:cardinality(old.notes)] = old.notes then
    return new;
  end if;
  raise exception 'training_grades is append-only' using errcode = 'restrict_violation';
end $$;
create trigger history_is_append_only before update on public.training_grades
  for each row execute function training.refuse_rewriting_history();

-- session_id has no foreign key: the claim of an erased session stays until the grader saves or the lease runs out,
-- so that the usage of its owner is counted.
create table training.grading_claims (
  session_id bigint primary key,
  user_id uuid not null,
  claim_id uuid not null,
  claim_token uuid not null,
  claim_number integer not null,
  heuristic_only boolean not null,
  spends_model_grade boolean not null,
  bytes integer not null,
  claimed_at timestamptz not null,
  lease_until timestamptz not null
);
comment on table training.grading_claims is
  'Which grader holds which session, and until when. Not a queue: the ungraded row is. '
  'Saving the grade deletes the claim.';
comment on column training.grading_claims.claim_token is
  'The grader''s own name for one call of claim_training_sessions.';
comment on column training.grading_claims.claim_number is 'How often the session was claimed since it began to wait.';
comment on column training.grading_claims.spends_model_grade is
  'Whether a model''s grade counts towards the owner''s model_grades_per_user_per_day.';
comment on column training.grading_claims.bytes is 'The size of the transcript as JSON text.';
create index grading_claims_token on training.grading_claims (claim_token);
create index grading_claims_user on training.grading_claims (user_id);
revoke all on training.grading_claims from public, anon, authenticated, service_role;
grant select on training.grading_claims to service_role;

-- Usage: what a user used on one day (UTC), without any words. No foreign keys: erasing a session or a person does
-- not change what was used. training.forget_usage() deletes the rows of erased people after their day is over.
create table training.usage (
  user_id uuid not null,
  day date not null,
  sessions_begun integer not null default 0,
  model_grades integer not null default 0,
  tokens_in bigint not null default 0,
  tokens_out bigint not null default 0,
  voice_starts integer not null default 0,
  homeowner_turns integer not null default 0,
  primary key (user_id, day)
);
comment on table training.usage is
  'Use per user and UTC day, written in the transactions that use. '
  'The limits, grading_health and the spending query read it.';
comment on column training.usage.model_grades is
  'Sessions that a model was asked to grade; not those that an operator re-graded.';
create index usage_day on training.usage (day);
revoke all on training.usage from public, anon, authenticated, service_role;
grant select on training.usage to service_role;

-- The settings that are numbers. A limit without a default is off until an operator sets it.
create function training.number_settings() returns table (name text, default_value integer)
language sql immutable set search_path = '' as $$
  values ('abandoned_after_minutes', 30), ('transcripts_kept_days', null), ('unbound_transcripts_kept_days', 7),
         ('sessions_per_user_per_day', 500), ('model_grades_per_user_per_day', 200),
         ('voice_starts_per_user_per_day', 200), ('homeowner_turns_per_user_per_day', 500)
$$;

-- The number that a text holds, from 1 to 99999; null for any other text.
create function training.whole_number(p_text text) returns integer language plpgsql immutable set search_path = '' as $$
begin
  return case when p_text ~ '^[1-9][0-9]{0,4}$' then p_text::integer end;
end $$;

create table training.settings (
  name text primary key check (
    name in ('grader_url', 'grader_secret', 'voice_token_hashes', 'app_url', 'abandoned_after_minutes',
             'transcripts_kept_days', 'unbound_transcripts_kept_days', 'sessions_per_user_per_day',
             'model_grades_per_user_per_day', 'voice_starts_per_user_per_day', 'homeowner_turns_per_user_per_day')
  ),
  value text not null,
  constraint numbers_are_whole_and_from_1_to_99999 check (
    name in ('grader_url', 'grader_secret', 'voice_token_hashes', 'app_url')
    or training.whole_number(value) is not null
  )
);
comment on table training.settings is
  'The operator''s settings. Where Supabase Vault is installed, a secret named training_<name> there comes first; '
  'training.configure_grader() keeps grader_url and grader_secret there.';
revoke all on training.settings from public, anon, authenticated, service_role;
