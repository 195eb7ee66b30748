-- What Supabase gives every project. Each part is made only where it is missing, so that a plain PostgreSQL works too.
-- The checks below stop the migration before it changes anything on a database that it does not fit.

-- A statement of this migration that waits longer than this for a lock fails, and the migration is rolled back.
-- Without the limit, the app's own statements queue up behind the waiting one.
set lock_timeout = '3s';

do $$
declare
  v_relation regclass := to_regclass('public.training_sessions');
  v_kind text;
begin
  if v_relation is not null then
    select case relkind when 'v' then 'a view' when 'm' then 'a materialized view' when 'r' then 'a table'
                        else 'an object of kind ' || relkind::text end
      into v_kind from pg_catalog.pg_class where oid = v_relation;
    raise exception 'public.training_sessions already exists (%), and was not made by this migration', v_kind
      using hint = 'Nothing was changed. Rename it (alter ... rename to training_sessions_old) and apply the '
                   'migration again; an older UUID table belongs under the name live_sessions.';
  end if;
  if to_regclass('public.users') is not null and not exists (
    select 1
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_index i on i.indrelid = a.attrelid and i.indisunique and i.indpred is null
                                and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
     where a.attrelid = to_regclass('public.users') and a.attname = 'id' and a.atttypid = 'uuid'::regtype
  ) then
    raise exception 'public.users has no unique uuid column "id" to hang sessions on'
      using hint = 'Nothing was changed. Sessions belong to public.users(id), the id that Supabase Auth gives the '
                   'user: add that key, or rename the table if it is something else.';
  end if;
end $$;

do $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select 1 from pg_catalog.pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin noinherit %s', v_role,
                       case v_role when 'service_role' then 'bypassrls' else '' end);
      exception when duplicate_object or unique_violation then
        null; -- Roles belong to the cluster: the migration of another database made it since we looked.
      end;
    end if;
  end loop;

  if to_regprocedure('auth.uid()') is null then
    create schema if not exists auth;
    create function auth.uid() returns uuid language sql stable set search_path = '' as
      $body$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $body$;
    create function auth.jwt() returns jsonb language sql stable set search_path = '' as
      $body$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $body$;
    grant usage on schema auth to anon, authenticated, service_role;
  end if;
  grant usage on schema public to anon, authenticated, service_role;
end $$;

-- The private half. PostgREST does not expose this schema; clients reach it only through the functions of 90_api.sql.
create schema training;
comment on schema training is 'Training sessions: the private half. Not exposed by the Data API.';
revoke all on schema training from public;
grant usage on schema training to authenticated, service_role;
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
-- Reading lines and merging them into a transcript. Both only compute; 40_sessions.sql stores the result.
-- A sequence names a line's place. A line that is sent again is the same line if its speaker and text are the same too
-- (training.is_same_line).

-- "2026-11-22T09:06:13.250Z" from any ISO 8601 date and time. A time without an offset is taken as UTC.
-- Null for any other text.
create function training.iso_timestamp(p_value text) returns text language plpgsql immutable set search_path = '' as $$
declare
  v_part text[];
  v_moment timestamptz;
begin
  -- The form that browsers write, and so nearly every line has. The general form below takes ten times as long.
  if p_value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$' then
    v_moment := p_value::timestamptz;
  else
    v_part := regexp_match(p_value,
      '^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)'
      '\s*(?:[Zz]|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?$');
    -- We subtract the offset ourselves: PostgreSQL refuses offsets above 15:59.
    v_moment := (v_part[1] || ' ' || replace(v_part[2], ',', '.'))::timestamp at time zone 'UTC'
      - make_interval(hours => coalesce(v_part[3] || v_part[4], '0')::integer,
                      mins => coalesce(v_part[3] || v_part[5], '0')::integer);
  end if;
  -- The offset, or the hour 24:00, may move the moment out of the years 0001 to 9999, which four digits can write.
  if v_moment >= timestamptz '0001-01-01 00:00Z' and v_moment < timestamptz '10000-01-01 00:00Z' then
    return training.iso_timestamp(v_moment);
  end if;
  return null;
exception when datetime_field_overflow or invalid_datetime_format then
  return null;
end $$;

create function training.iso_timestamp(p_value timestamptz) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return to_char(p_value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
end $$;

-- One line as a client sends it -> {"sequence"?, "speaker", "text", "timestamp", "correction"}, or an error that names
-- the field below p_path. Unknown keys are ignored, because voice SDKs add their own.
create function training.read_line(p_line jsonb, p_path text) returns jsonb language plpgsql set search_path = '' as $$
declare
  v_speaker text;
  v_text text;
  v_timestamp text;
  v_sequence numeric;
  v_correction boolean := false;
begin
  if jsonb_typeof(p_line) is distinct from 'object' then
    perform training.fail_field(p_path, 'must be an object with speaker and text');
  end if;

  if jsonb_typeof(p_line -> 'speaker') = 'string' then
    v_speaker := case lower(btrim(p_line ->> 'speaker'))
      when 'user' then 'user' when 'rep' then 'user' when 'salesrep' then 'user' when 'you' then 'user'
      when 'agent' then 'agent' when 'ai' then 'agent' when 'assistant' then 'agent'
      when 'homeowner' then 'agent' when 'customer' then 'agent' when 'prospect' then 'agent'
    end;
  end if;
  if v_speaker is null then
    perform training.fail_field(p_path || '.speaker',
      'must be "user" (also rep, salesrep, you) or "agent" (also ai, assistant, homeowner, customer, prospect)');
  end if;

  v_text := p_line ->> 'text';
  if jsonb_typeof(p_line -> 'text') is distinct from 'string'
     or btrim(v_text, training.white_space()) = '' or char_length(v_text) > 4000 then
    perform training.fail_field(p_path || '.text', 'must be a text of 1 to 4000 characters');
  end if;

  if jsonb_typeof(p_line -> 'sequence') = 'number' then
    v_sequence := (p_line ->> 'sequence')::numeric;
  end if;
  if coalesce(p_line -> 'sequence', 'null') <> 'null'
     and (v_sequence is null or v_sequence <> trunc(v_sequence) or v_sequence not between 1 and 2000) then
    perform training.fail_field(p_path || '.sequence', 'must be a whole number from 1 to 2000');
  end if;

  if coalesce(p_line -> 'timestamp', 'null') = 'null' then
    v_timestamp := training.iso_timestamp(training.now());
  elsif jsonb_typeof(p_line -> 'timestamp') = 'string' then
    v_timestamp := training.iso_timestamp(p_line ->> 'timestamp');
  end if;
  if v_timestamp is null then
    perform training.fail_field(p_path || '.timestamp', 'must be an ISO 8601 date and time');
  end if;

  if coalesce(p_line -> 'correction', 'null') <> 'null' then
    if jsonb_typeof(p_line -> 'correction') <> 'boolean' then
      perform training.fail_field(p_path || '.correction', 'must be true or false');
    end if;
    v_correction := (p_line -> 'correction')::boolean;
  end if;
  if v_correction and (v_speaker <> 'agent' or v_sequence is null) then
    perform training.fail_field(p_path || '.correction', 'needs an agent line with its sequence');
  end if;

  return jsonb_build_object('sequence', v_sequence::integer, 'speaker', v_speaker, 'text', v_text,
                            'timestamp', v_timestamp, 'correction', v_correction);
end $$;

-- The lines of one request, read and checked. A line and its correction in one request are merged into one line with
-- the corrected text. A retry of the request is then a duplicate, although only the corrected text is stored.
create function training.read_lines(p_lines jsonb, p_at_least integer) returns jsonb[]
language plpgsql set search_path = '' as $$
declare
  v_lines jsonb[] := array[]::jsonb[];
  v_line jsonb;
  v_corrected integer;
begin
  if jsonb_typeof(p_lines) is distinct from 'array' or jsonb_array_length(p_lines) not between p_at_least and 100 then
    perform training.fail_field('lines', format('must be an array of %s to 100 lines', p_at_least));
  end if;
  for v_index in 0 .. jsonb_array_length(p_lines) - 1 loop
    v_line := training.read_line(p_lines -> v_index, format('lines[%s]', v_index));
    v_corrected := null;
    if (v_line ->> 'correction')::boolean then
      select max(n) into v_corrected from unnest(v_lines) with ordinality as earlier (line, n)
       where line -> 'sequence' = v_line -> 'sequence' and line ->> 'speaker' = 'agent';
    end if;
    if v_corrected is null then
      v_lines := v_lines || v_line;
    else
      v_lines[v_corrected] := v_lines[v_corrected]
                           || jsonb_build_object('text', v_line -> 'text', 'correction', true);
    end if;
  end loop;
  return v_lines;
end $$;

-- The bytes of all texts of a transcript.
create function training.text_bytes(p_transcript jsonb) returns bigint language sql immutable set search_path = '' as $$
  select coalesce(sum(octet_length(line ->> 'text')), 0) from jsonb_array_elements(p_transcript) line
$$;

-- Refuses a transcript whose texts together pass 1 MiB. The binary form of the transcript holds every byte of its
-- texts, so the cheap test of its size spares nearly every append from reading the lines.
create function training.check_text_limit(p_transcript jsonb) returns void language plpgsql set search_path = '' as $$
declare
  c_most_bytes constant integer := 1024 * 1024;
begin
  if pg_column_size(p_transcript) > c_most_bytes and training.text_bytes(p_transcript) > c_most_bytes then
    perform training.fail(422, 'transcript_full', 'The texts of a session hold at most 1 MiB (1048576 bytes).');
  end if;
end $$;

-- Promise 1 is kept here. Merges lines (of read_lines) into the transcript of a locked session:
--   a new sequence is stored in its place; a line without a sequence gets the next one;
--   a known sequence with the same speaker and text counts as a duplicate, also after the session has ended,
--     so that a client which retries learns that its line is stored;
--   a known sequence with another speaker or text is a line_conflict, unless it corrects an agent line.
-- A change after the session has ended is session_not_active, or line_conflict where the voice provider's record holds
-- other words at that sequence. A correction keeps the line's first timestamp.
-- -> the transcript, the number of duplicates, and the lines that are new or corrected
create function training.merge_lines(
  p_session public.training_sessions, p_lines jsonb[], out transcript jsonb, out duplicates integer, out changed jsonb[]
) language plpgsql set search_path = '' as $$
declare
  v_line jsonb;
  v_present jsonb;
  v_sequence integer;
  v_index integer;
  v_correction boolean;
  v_count integer := p_session.line_count;
  v_last integer := p_session.last_sequence;
  v_tail jsonb := jsonb_build_array(); -- New last lines, appended together: each || copies the whole transcript.
begin
  transcript := p_session.transcript;
  duplicates := 0;
  changed := '{}';

  foreach v_line in array p_lines loop
    v_sequence := coalesce((v_line ->> 'sequence')::integer, v_last + 1);
    v_correction := (v_line ->> 'correction')::boolean;
    v_line := jsonb_build_object('sequence', v_sequence) || (v_line - '{sequence,correction}'::text[])
      || case when v_correction then '{"corrected": true}'::jsonb else '{}' end;

    v_present := null;
    if v_sequence <= v_last then
      if v_tail <> '[]' then
        transcript := transcript || v_tail;
        v_tail := jsonb_build_array();
      end if;
      -- Lines are ordered and unique, so sequence n is at index n - 1 or, where lines are missing, at a lower one.
      v_index := least(v_sequence, v_count) - 1;
      while v_index >= 0 and (transcript -> v_index ->> 'sequence')::integer > v_sequence loop
        v_index := v_index - 1;
      end loop;
      if v_index >= 0 and (transcript -> v_index ->> 'sequence')::integer = v_sequence then
        v_present := transcript -> v_index;
      end if;
    end if;

    if training.is_same_line(v_present, v_line) then
      duplicates := duplicates + 1;
      continue;
    end if;
    if p_session.status <> 'active' then
      perform training.refuse_recovered(v_present);
      perform training.fail(409, 'session_not_active', 'The session has ended; its transcript no longer changes.');
    end if;
    if v_present is not null then
      if not v_correction or v_present ->> 'speaker' <> 'agent' then
        perform training.fail(
          409, 'line_conflict', format('Line %s is already there with other words.', v_sequence),
          format('sequence %s', v_sequence),
          'Give a new line the next sequence; an interrupted agent line may be sent again with "correction": true.'
        );
      end if;
      v_line := v_present || jsonb_build_object('text', v_line -> 'text', 'corrected', true);
      transcript := jsonb_set(transcript, array[v_index::text], v_line);
    elsif v_count >= 2000 or v_sequence > 2000 then
      perform training.fail(422, 'transcript_full', 'A session holds at most 2000 lines.');
    elsif v_sequence > v_last then
      v_tail := v_tail || v_line;
      v_last := v_sequence;
      v_count := v_count + 1;
    else
      transcript := jsonb_insert(transcript, array[(v_index + 1)::text], v_line);
      v_count := v_count + 1;
    end if;
    changed := changed || v_line;
  end loop;

  if v_tail <> '[]' then
    transcript := transcript || v_tail;
  end if;
  if changed <> '{}' then
    perform training.check_text_limit(transcript);
  end if;
end $$;

-- Numbers the lines of a repeated end. A line without a sequence gets the sequence that it was stored under by the
-- first end, if it is stored. The search begins with the last stored line that equals the first such line.
create function training.number_as_stored(p_session public.training_sessions, p_lines jsonb[]) returns jsonb[]
language plpgsql immutable set search_path = '' as $$
declare
  v_first jsonb := (
    select line from unnest(p_lines) with ordinality as given (line, n)
     where line ->> 'sequence' is null order by n limit 1
  );
  v_stored jsonb := jsonb_path_query_array(
    p_session.transcript, '$[$from to last]',
    jsonb_build_object('from', greatest(0, p_session.line_count - cardinality(p_lines)))
  );
  v_last integer;
  v_lines jsonb[];
  v_numbered jsonb;
begin
  for v_last in
    select (line ->> 'sequence')::integer - 1 from jsonb_array_elements(v_stored) line
     where line ->> 'speaker' = v_first ->> 'speaker' and line ->> 'text' = v_first ->> 'text' order by 1 desc
  loop
    v_lines := p_lines;
    v_numbered := jsonb_build_array();
    for v_index in 1 .. cardinality(v_lines) loop
      if v_lines[v_index] ->> 'sequence' is null then
        v_lines[v_index] := jsonb_set(v_lines[v_index], '{sequence}', to_jsonb(v_last + 1));
        v_numbered := v_numbered || (v_lines[v_index] - '{timestamp,correction}'::text[]);
      end if;
      v_last := greatest(v_last, (v_lines[v_index] ->> 'sequence')::integer);
    end loop;
    if v_stored @> v_numbered then
      return v_lines;
    end if;
  end loop;
  return p_lines;
end $$;

-- The sequences below the last one that the session does not hold.
create function training.missing_sequences(p_session public.training_sessions) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if p_session.line_count = p_session.last_sequence then
    return jsonb_build_array();
  end if;
  return (
    select jsonb_agg(n order by n)
      from generate_series(1, p_session.last_sequence) n
     where n not in (select (line ->> 'sequence')::integer from jsonb_array_elements(p_session.transcript) line)
  );
end $$;
-- The life of a session: create, append, complete, delete; and reading it. Each call is one transaction.

-- Makes the caller's profile row if the app has not made it: with the id and, where the table has the column, the email
-- of the token.
create function training.ensure_profile(p_user_id uuid) returns void language plpgsql set search_path = '' as $$
declare
  v_email text := nullif(auth.jwt() ->> 'email', '');
  v_email_column text;
begin
  if exists (select 1 from public.users where id = p_user_id) then
    return;
  end if;
  -- The app's own triggers run below and may need this path. It ends with this function.
  perform set_config('search_path', 'public, extensions, pg_temp', true);
  begin
    select attname into v_email_column from pg_catalog.pg_attribute
     where attrelid = 'public.users'::regclass and attname = 'email' and not attisdropped and attgenerated = ''
       and v_email is not null;
    if v_email_column is null then
      insert into public.users (id) values (p_user_id) on conflict (id) do nothing;
    else
      execute format('insert into public.users (id, %I) values ($1, $2) on conflict (id) do nothing', v_email_column)
        using p_user_id, v_email;
    end if;
  exception when others then
    -- A passing failure of the database (deadlock, resources, cancellation, I/O) is not the table's: a retry helps.
    if sqlstate ~ '^(40|53|55|57|58)' then
      raise;
    end if;
    perform training.profile_missing(sqlstate);
  end;
  if not exists (select 1 from public.users where id = p_user_id) then
    perform training.profile_missing('a trigger');
  end if;
end $$;

create function training.profile_missing(p_reason text) returns void language plpgsql set search_path = '' as $$
begin
  perform training.fail(
    409, 'profile_missing', 'You have no row in public.users, and it cannot be made from your token alone.', null,
    format('Insert the user''s row (id = auth.uid()) when they sign up, then create the session again. '
           'It was refused by %s.', p_reason)
  );
end $$;

-- Begins a session, or returns the caller's earlier one with the same idempotency key. Only a new one is counted.
create function training.create_session(p_agent_name text, p_agent_id text, p_idempotency_key text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_now timestamptz := training.now();
  v_session public.training_sessions;
begin
  p_agent_name := training.short_text(p_agent_name, 'agent_name');
  if p_agent_id is not null then
    p_agent_id := training.short_text(p_agent_id, 'agent_id');
  end if;
  if p_idempotency_key is not null then
    p_idempotency_key := training.short_text(p_idempotency_key, 'idempotency_key');
  end if;
  perform training.ensure_profile(v_caller);

  loop
    insert into public.training_sessions (
      user_id, agent_name, agent_id, idempotency_key, started_at, created_at, last_activity_at
    ) values (v_caller, p_agent_name, p_agent_id, p_idempotency_key, v_now, v_now, v_now)
    on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing
    returning * into v_session;
    if found then
      perform training.spend(v_caller, 'sessions');
      exit;
    end if;
    -- Another request with this key has committed first. If that session is deleted by now, insert again.
    select * into v_session from public.training_sessions s
     where s.user_id = v_caller and s.idempotency_key = p_idempotency_key;
    exit when found;
  end loop;
  if (v_session.agent_name, v_session.agent_id) is distinct from (p_agent_name, p_agent_id) then
    perform training.fail(422, 'idempotency_mismatch', 'This idempotency key began a session with another agent.',
                          'idempotency_key', 'Use a new key for a new session.');
  end if;
  return jsonb_build_object('id', v_session.id, 'status', v_session.status);
end $$;

-- Stores 1 to 100 lines in the caller's session. Repeating the call changes nothing and counts the lines as duplicates.
create function training.append_transcript(p_session_id bigint, p_lines jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_lines jsonb[] := training.read_lines(p_lines, 1);
  v_session public.training_sessions := training.lock_own_session(p_session_id);
  v_merged record;
begin
  v_merged := training.merge_lines(v_session, v_lines);
  if v_merged.changed <> '{}' then
    perform training.broadcast_lines(p_session_id, v_merged.changed);
    update public.training_sessions s
       set transcript = v_merged.transcript, last_activity_at = training.now()
     where s.id = p_session_id
    returning * into v_session;
  end if;
  return jsonb_build_object(
    'id', v_session.id, 'line_count', v_session.line_count, 'last_sequence', v_session.last_sequence,
    'duplicates', v_merged.duplicates, 'missing', training.missing_sequences(v_session)
  );
end $$;

-- Ends a locked, active session whose transcript is final. A session without a line of the rep gets the status failed,
-- the end reason no_conversation and no scores. Every other session gets the status completed and waits for its grade.
create function training.end_session(
  p_session public.training_sessions, p_end_reason text, p_ended_at timestamptz, p_duration_seconds integer
) returns public.training_sessions language plpgsql set search_path = '' as $$
declare
  v_spoken boolean := p_session.transcript @> '[{"speaker": "user"}]';
begin
  update public.training_sessions s
     set status = case when v_spoken then 'completed' else 'failed' end,
         end_reason = case when v_spoken then p_end_reason else 'no_conversation' end,
         ended_at = greatest(p_ended_at, s.started_at),
         duration_seconds = coalesce(
           p_duration_seconds, least(86400, greatest(0, extract(epoch from p_ended_at - s.started_at)))::integer
         ),
         transcript = p_session.transcript,
         last_activity_at = training.now()
   where s.id = p_session.id
  returning * into p_session;
  return p_session;
end $$;

-- Stores the last lines and ends the session. A repeated call changes nothing and gives the same answer.
create function training.complete_session(p_session_id bigint, p_duration_seconds numeric, p_lines jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_lines jsonb[];
  v_session public.training_sessions;
  v_merged record;
begin
  if p_duration_seconds not between 0 and 86400 or p_duration_seconds <> trunc(p_duration_seconds) then
    perform training.fail_field('duration_seconds', 'must be a whole number of seconds from 0 to 86400');
  end if;
  v_lines := training.read_lines(coalesce(p_lines, '[]'), 0);
  v_session := training.lock_own_session(p_session_id);

  if v_session.status <> 'active' then
    v_lines := training.number_as_stored(v_session, v_lines);
  end if;
  v_merged := training.merge_lines(v_session, v_lines);
  if v_session.status = 'active' then
    perform training.broadcast_lines(p_session_id, v_merged.changed);
    v_session.transcript := v_merged.transcript;
    v_session := training.end_session(v_session, 'ended', training.now(), p_duration_seconds::integer);
  end if;
  return jsonb_build_object(
    'id', v_session.id, 'status', v_session.status, 'redirect_to', '/analytics/' || v_session.id,
    'missing', training.missing_sequences(v_session)
  );
end $$;

-- Erases the caller's session with its grades. The row lock waits for a transaction that is changing the session.
create function training.delete_session(p_session_id bigint) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform training.lock_own_session(p_session_id);
  delete from public.training_sessions s where s.id = p_session_id;
end $$;

-- not_started | waiting | in_progress | graded | unscored. A lease that has run out counts as waiting.
create function training.grading_state(p_session public.training_sessions) returns text
language sql stable set search_path = '' as $$
  select case
    when p_session.status = 'active' then 'not_started'
    when p_session.status = 'failed' then 'unscored'
    when p_session.graded_at is not null and p_session.overall_score is null then 'unscored'
    when p_session.graded_at is not null then 'graded'
    when exists (
      select 1 from training.grading_claims c where c.session_id = p_session.id and c.lease_until > training.now()
    ) then 'in_progress'
    else 'waiting'
  end
$$;

-- The whole session as GET answers it, with an ETag header. 304 when If-None-Match names that ETag; the transcript is
-- not read then.
create function training.get_session(p_session_id bigint) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_row record;
  v_session public.training_sessions;
  v_grade public.training_grades;
  v_state text;
  v_etag text;
  v_known text;
  v_timings jsonb;
begin
  -- xmin is the row's version: every write changes it, and reading it is free. The grading state is part of the ETag,
  -- because a lease changes the state without a write to this row.
  select s.xmin as version, s as session into v_row from public.training_sessions s
   where s.id = p_session_id and s.user_id = v_caller;
  if not found then
    perform training.session_not_found();
  end if;
  v_session := v_row.session;
  v_state := training.grading_state(v_session);
  v_etag := format('"%s-%s-%s-%s"', v_session.id, v_row.version, extract(epoch from v_session.last_activity_at),
                   v_state);
  perform set_config('response.headers', jsonb_build_array(jsonb_build_object('ETag', v_etag))::text, true);
  v_known := nullif(current_setting('request.headers', true), '')::json ->> 'if-none-match';
  if position(v_etag in coalesce(v_known, '')) > 0 then
    perform set_config('response.status', '304', true);
    return null;
  end if;

  v_timings := (select v.timings from training.voice_sessions v where v.session_id = p_session_id);
  -- The current grade, or the attempt that says why the session has none.
  select * into v_grade from public.training_grades g
   where g.session_id = p_session_id and (g.outcome = 'accepted' or v_session.status = 'failed')
   order by g.id desc limit 1;
  return json_build_object(
    'id', v_session.id, 'user_id', v_session.user_id,
    'agent_name', v_session.agent_name, 'agent_id', v_session.agent_id,
    'status', v_session.status, 'end_reason', v_session.end_reason,
    'started_at', v_session.started_at, 'ended_at', v_session.ended_at, 'duration_seconds', v_session.duration_seconds,
    'rapport_score', v_session.rapport_score, 'discovery_score', v_session.discovery_score,
    'objection_handling_score', v_session.objection_handling_score, 'closing_score', v_session.closing_score,
    'overall_score', v_session.overall_score,
    'feedback_strengths', v_session.feedback_strengths, 'feedback_improvements', v_session.feedback_improvements,
    'virtual_earnings', v_session.virtual_earnings,
    'graded_by', v_session.graded_by, 'rubric_version', v_session.rubric_version, 'graded_at', v_session.graded_at,
    'created_at', v_session.created_at, 'last_activity_at', v_session.last_activity_at,
    'conversation_id', v_session.conversation_id, 'legacy_id', v_session.legacy_id,
    'redirect_to', '/analytics/' || v_session.id,
    'grading', json_build_object(
      'state', v_state, 'graded_by', v_session.graded_by, 'rubric_version', v_session.rubric_version,
      'model', v_grade.model, 'confidence', v_grade.confidence, 'confidence_reason', v_grade.confidence_reason,
      'notes', coalesce(v_grade.notes, '{}')
    ),
    'evidence', coalesce(v_grade.evidence, '{}'), 'remarks', coalesce(v_grade.remarks, '[]'),
    'delivery', case when v_session.status <> 'active'
                     then training.delivery_facts(v_session.transcript, v_timings) end,
    'voice', training.voice_of(v_session), 'timings', v_timings,
    'legacy', (select o.columns from training.legacy_originals o where o.session_id = p_session_id),
    'line_count', v_session.line_count, 'last_sequence', v_session.last_sequence,
    'transcript', v_session.transcript
  );
end $$;

-- About when a deleted session was created: no earlier than the owner's session with the next smaller id. The ids of
-- sessions from the old system are not in the order of creation, so a page with such sessions cannot continue here; an
-- error says so, because an empty page would look like the last one.
create function training.created_near(p_user_id uuid, p_session_id bigint) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  if exists (select 1 from public.training_sessions s where s.user_id = p_user_id and s.legacy_id is not null) then
    perform training.fail_field('before', 'names a session that no longer exists; begin again without it');
  end if;
  -- id + 0 keeps the planner from the primary key, which would scan the sessions of all users.
  return coalesce((select s.created_at from public.training_sessions s
                    where s.user_id = p_user_id and s.id + 0 < p_session_id
                    order by s.id + 0 desc limit 1), '-infinity');
end $$;

-- A page of the caller's sessions, newest first. p_before is the next_before of the page above.
create function training.list_sessions(p_limit integer, p_before bigint, p_agent_name text) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_created_at timestamptz := timestamptz 'infinity';
  v_page json;
begin
  if p_limit is null or p_limit not between 1 and 100 then
    perform training.fail_field('max_count', 'must be a whole number from 1 to 100');
  end if;
  if p_before is not null then
    select created_at into v_created_at from public.training_sessions where id = p_before and user_id = v_caller;
    if not found then -- Deleted since, or another user's.
      v_created_at := training.created_near(v_caller, p_before);
    end if;
  end if;
  with page as (
    select s.id, s.agent_name, s.agent_id, s.status, s.end_reason, s.started_at, s.ended_at, s.duration_seconds,
           s.rapport_score, s.discovery_score, s.objection_handling_score, s.closing_score, s.overall_score,
           s.virtual_earnings, s.graded_by, s.rubric_version, s.confidence, s.graded_at, s.created_at, s.line_count
      from public.training_sessions s
     where s.user_id = v_caller
       and (s.created_at, s.id) < (v_created_at, coalesce(p_before, 9223372036854775807))
       and (p_agent_name is null or s.agent_name = p_agent_name)
     order by s.created_at desc, s.id desc
     limit p_limit + 1
  )
  select json_build_object(
           'sessions', coalesce((select json_agg(p order by p.created_at desc, p.id desc)
                                   from (select * from page order by created_at desc, id desc limit p_limit) p), '[]'),
           'next_before', case when count(*) > p_limit
                               then (select id from page order by created_at desc, id desc
                                     offset p_limit - 1 limit 1) end)
    into v_page from page;
  return v_page;
end $$;

-- The integer id of each of the caller's sessions that had a UUID in the old system. UUIDs of other users are left out.
-- An id that is asked for alone and belongs to an anonymous demo session without an owner: 410 session_anonymous.
create function training.resolve_legacy_sessions(p_legacy_ids uuid[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_missing uuid[];
  v_found jsonb;
begin
  if coalesce(cardinality(p_legacy_ids), 0) not between 1 and 1000 then
    perform training.fail_field('legacy_ids', 'must be an array of 1 to 1000 UUIDs');
  end if;
  select array_agg(asked) into v_missing from unnest(p_legacy_ids) asked
   where not exists (select 1 from public.training_sessions s where s.legacy_id = asked);
  if v_missing is not null then
    perform training.adopt_legacy_sessions(v_caller, v_missing);
  end if;
  select coalesce(jsonb_object_agg(s.legacy_id, s.id), '{}') into v_found from public.training_sessions s
   where s.legacy_id = any (p_legacy_ids) and s.user_id = v_caller;
  if v_found = '{}' and cardinality(p_legacy_ids) = 1
     and exists (
       select 1 from training.legacy_quarantine q where q.legacy_id = p_legacy_ids[1] and q.user_id is null
     ) then
    perform training.fail(410, 'session_anonymous',
      'This demo session was played without signing in. It has no owner and was not carried over.');
  end if;
  return v_found;
end $$;

-- Binds the provider's conversation in which a session is spoken. A conversation belongs to one session only.
create function training.bind_conversation(p_session_id bigint, p_conversation_id text, p_provider text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions := training.lock_own_session(p_session_id);
begin
  p_conversation_id := training.short_text(p_conversation_id, 'conversation_id');
  if v_session.status <> 'active' then
    perform training.fail(409, 'session_not_active', 'The session has ended.');
  end if;
  update public.training_sessions s set conversation_id = p_conversation_id where s.id = p_session_id;
  perform training.follow_conversation(p_session_id, p_provider, p_conversation_id);
  return jsonb_build_object('id', p_session_id, 'conversation_id', p_conversation_id);
exception when unique_violation then
  perform training.fail(409, 'conversation_taken', 'That conversation belongs to another session.',
                        'conversation_id');
  return null;
end $$;

-- The voice agent of the caller's active session, for a voice start that is counted here. A session may be started
-- again after a lost connection: each of its conversations is kept, and none replaces another.
create function training.start_voice(p_session_id bigint) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions := training.lock_own_session(p_session_id);
begin
  if v_session.status <> 'active' then
    perform training.fail(409, 'session_not_active', 'The session has ended.');
  end if;
  perform training.spend(v_session.user_id, 'voice_starts');
  return jsonb_build_object('agent_id', v_session.agent_id);
end $$;

-- Counts a turn of a homeowner whom the model plays, before the model is asked: a lost answer has cost tokens, too.
-- -> {"agent_name", "lines"}: the last 40 lines are enough for an answer and bound the tokens of a turn.
create function training.take_homeowner_turn(p_session_id bigint) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions := training.lock_own_session(p_session_id);
begin
  if v_session.status <> 'active' then
    perform training.fail(409, 'session_not_active', 'The session has ended.');
  end if;
  perform training.spend(v_session.user_id, 'homeowner_turns');
  return jsonb_build_object('agent_name', v_session.agent_name, 'lines', coalesce((
    select jsonb_agg(jsonb_build_object('speaker', l.line -> 'speaker', 'text', l.line -> 'text') order by l.place)
      from jsonb_array_elements(v_session.transcript) with ordinality l (line, place)
     where l.place > jsonb_array_length(v_session.transcript) - 40
  ), '[]'));
end $$;
-- The queue is the ungraded row. Graders claim waiting sessions for the length of a lease, in a fair order.

-- Sets a session's turn when it begins to wait for a grade: the present, or a minute after the last turn among its
-- owner's waiting sessions, if that is later. Claims go by turn. The turns of one user are a minute apart, so claims go
-- round the users. The minute also bounds how long later users can overtake a session.
create function training.take_turn() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and old.status = 'completed' and old.graded_at is null then
    return new;
  end if;
  new.turn_at := greatest(
    training.now(),
    (select max(s.turn_at) + interval '1 minute' from public.training_sessions s
      where s.user_id = new.user_id and s.status = 'completed' and s.graded_at is null)
  );
  return new;
end $$;
create trigger waiting_session_takes_its_turn
  before insert or update of status, graded_at on public.training_sessions
  for each row when (new.status = 'completed' and new.graded_at is null)
  execute function training.take_turn();

-- A waiting session with its row locked; null if it does not wait or another transaction holds its row. p_patient
-- waits for the row up to lock_timeout: a repeated end may hold it for a moment when the wake-up arrives.
create function training.lock_waiting(p_session_id bigint, p_patient boolean) returns public.training_sessions
language plpgsql set search_path = '' as $$
declare
  v_session public.training_sessions;
begin
  if p_patient then
    begin
      select * into v_session from public.training_sessions s
       where s.id = p_session_id and s.status = 'completed' and s.graded_at is null for update;
    exception when lock_not_available then
      null;
    end;
  else
    select * into v_session from public.training_sessions s
     where s.id = p_session_id and s.status = 'completed' and s.graded_at is null for update skip locked;
  end if;
  return v_session;
end $$;

-- How many grades by the model the user may still get today. A claim counts as used until it is saved, taken over or
-- settled, also when its lease has run out: its grader may have asked the model, and is counted only then.
create function training.model_grades_left(p_user_id uuid, p_limit integer) returns integer
language plpgsql stable set search_path = '' as $$
declare
  v_used integer;
  v_claimed integer;
begin
  select u.model_grades into v_used from training.usage u where u.user_id = p_user_id and u.day = training.today();
  select count(*) into v_claimed from training.grading_claims c where c.user_id = p_user_id and c.spends_model_grade;
  return p_limit - coalesce(v_used, 0) - v_claimed;
end $$;

-- Whether the user may get one more grade by the model today. Calls that claim at the same moment do not see each
-- other's claims. So near the limit they wait for each other, up to lock_timeout; false after that.
create function training.may_spend_model_grade(p_user_id uuid, p_limit integer) returns boolean
language plpgsql set search_path = '' as $$
declare
  c_near constant integer := 100; -- Sessions that a single call may claim.
begin
  if training.model_grades_left(p_user_id, p_limit) > c_near then
    return true;
  end if;
  begin
    perform pg_advisory_xact_lock(hashtextextended('model grades of ' || p_user_id, 0));
  exception when lock_not_available then
    return false;
  end;
  return training.model_grades_left(p_user_id, p_limit) > 0;
end $$;

-- Writes the claim of a locked, waiting session. The first three claims may ask the model, within the daily limit of
-- the owner. That limit does not hold for a session that already has a grade. Later claims and claims past the limit
-- are for the heuristic only.
create function training.lease(
  p_session public.training_sessions, p_claim_number integer, p_claim_token uuid, p_now timestamptz,
  p_lease_seconds integer, p_daily_limit integer
) returns training.grading_claims language plpgsql set search_path = '' as $$
declare
  c_claims_with_model constant integer := 3;
  v_is_regrade boolean := p_session.graded_by is not null;
  v_heuristic_only boolean := p_claim_number > c_claims_with_model
    or not v_is_regrade and not training.may_spend_model_grade(p_session.user_id, p_daily_limit);
  v_claim training.grading_claims;
begin
  insert into training.grading_claims (
    session_id, user_id, claim_id, claim_token, claim_number, heuristic_only, spends_model_grade, bytes, claimed_at,
    lease_until
  ) values (
    p_session.id, p_session.user_id, gen_random_uuid(), p_claim_token, p_claim_number, v_heuristic_only,
    not v_is_regrade and not v_heuristic_only, octet_length(p_session.transcript::text), p_now,
    p_now + make_interval(secs => p_lease_seconds)
  ) returning * into v_claim;
  return v_claim;
end $$;

-- Ends a claim whose grader did not save before its lease ran out, and notes it in the history.
create function training.record_loss(p_claim training.grading_claims, p_now timestamptz) returns void
language sql set search_path = '' as $$
  delete from training.grading_claims c where c.session_id = p_claim.session_id;
  insert into public.training_grades (session_id, claim_number, outcome, grader, error_class, error, created_at)
  values (p_claim.session_id, p_claim.claim_number, 'lost', 'none', 'lease_expired',
          'The grader did not answer before its lease ran out.', p_now)
$$;

-- Takes a session whose re-grade gave nothing better out of the queue. Its scores were never changed. A grade from the
-- old system may have no row in the history. Then the end of the session is taken as its time.
create function training.restore_grade(p_session_id bigint) returns void language sql set search_path = '' as $$
  update public.training_sessions s
     set graded_at = coalesce((select g.created_at from public.training_grades g
                                where g.session_id = s.id and g.outcome = 'accepted' order by g.id desc limit 1),
                              s.ended_at)
   where s.id = p_session_id
$$;

-- Ends the waiting of a session whose graders were all lost. A session with an earlier grade shows that grade again;
-- any other gets the status failed, and the history says why.
create function training.give_up(p_session public.training_sessions, p_claim training.grading_claims, p_now timestamptz)
returns void language plpgsql set search_path = '' as $$
begin
  insert into public.training_grades (session_id, claim_number, outcome, grader, error_class, notes, created_at)
  values (p_session.id, p_claim.claim_number + 1, 'failed', 'none', 'gave_up',
          array['Eight graders in a row did not finish this session.'], p_now);
  if p_session.graded_by is not null then
    perform training.restore_grade(p_session.id);
  else
    update public.training_sessions s set status = 'failed' where s.id = p_session.id;
  end if;
end $$;

-- Counts a grade by the model for each claim that may have asked the model and will not be saved. p_owners holds one
-- user id per claim. Rows are locked in the order of user ids, so that concurrent calls cannot deadlock.
create function training.count_lost_grades(p_owners uuid[]) returns void language plpgsql set search_path = '' as $$
declare
  v_owner record;
begin
  for v_owner in select user_id, count(*)::integer as grades from unnest(p_owners) user_id group by 1 order by 1 loop
    perform training.count_usage(v_owner.user_id, p_model_grades => v_owner.grades);
  end loop;
end $$;

-- A claim as the grader gets it, without the transcript.
create function training.claim_as_json(p_claim training.grading_claims, p_now timestamptz) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'session_id', p_claim.session_id, 'user_id', p_claim.user_id, 'claim_id', p_claim.claim_id,
    'claim_number', p_claim.claim_number, 'heuristic_only', p_claim.heuristic_only, 'bytes', p_claim.bytes,
    'lease_seconds', floor(extract(epoch from p_claim.lease_until - p_now))::integer
  )
$$;

-- Leases up to p_max_count waiting sessions: p_session_id first, if it waits, then by turn.
--   A user whose live leases, over all graders, reach p_max_per_user is passed over until one of them ends.
--   The claim ends early, with at least one session, once its transcripts reach p_max_bytes of JSON text.
--   A lease that ran out is noted as lost. After eight claims the session is given up.
--   A call that repeats the token of an earlier one gets the live claims of that call again and takes no others.
create function training.claim_sessions(
  p_max_count integer, p_lease_seconds integer, p_session_id bigint, p_claim_token uuid, p_max_bytes bigint,
  p_max_per_user integer
) returns jsonb
language plpgsql security definer set search_path = '' set lock_timeout = '500ms'
set plan_cache_mode = 'force_generic_plan' -- Planning each call would make a claim 50 % slower.
as $$
declare
  c_most_claims constant integer := 8;
  c_most_candidates constant integer := 1000; -- Most sessions that one claim reads, past users at their limit.
  v_now timestamptz := training.now();
  v_daily_limit integer := training.number_setting('model_grades_per_user_per_day');
  v_token uuid := coalesce(p_claim_token, gen_random_uuid());
  v_claims jsonb := '[]'::jsonb;
  v_bytes bigint := 0;
  v_full_users uuid[] := '{}'::uuid[];
  v_lost_owners uuid[] := '{}'::uuid[];
  v_candidate record;
  v_session public.training_sessions;
  v_before training.grading_claims;
  v_claim training.grading_claims;
begin
  perform training.check_claim_parameters(p_max_count, p_lease_seconds, p_max_bytes, p_max_per_user);

  -- A repeated call waits here for the first one, whose answer was lost, to commit.
  perform pg_advisory_xact_lock(hashtextextended(v_token::text, 0));
  select coalesce(jsonb_agg(training.claim_as_json(c, v_now) order by c.session_id), '[]') into v_claims
    from training.grading_claims c where c.claim_token = v_token and c.lease_until > v_now;
  if v_claims <> '[]' then
    return v_claims;
  end if;

  for v_candidate in
    select s.id, s.user_id from public.training_sessions s
     where s.id = p_session_id and s.status = 'completed' and s.graded_at is null
    union all
    (select s.id, s.user_id from public.training_sessions s
      where s.status = 'completed' and s.graded_at is null and s.id is distinct from p_session_id
        and not exists (select 1 from training.grading_claims c where c.session_id = s.id and c.lease_until > v_now)
      order by s.turn_at, s.id limit c_most_candidates)
  loop
    exit when jsonb_array_length(v_claims) >= p_max_count or v_bytes >= p_max_bytes;
    continue when v_candidate.user_id = any (v_full_users);
    if (select count(*) from training.grading_claims c
         where c.user_id = v_candidate.user_id and c.lease_until > v_now) >= p_max_per_user then
      v_full_users := v_full_users || v_candidate.user_id;
      continue;
    end if;

    v_session := training.lock_waiting(v_candidate.id, p_patient => v_candidate.id is not distinct from p_session_id);
    continue when v_session.id is null;
    -- Another claim may have committed while we waited for the row lock, so read the lease again.
    select * into v_before from training.grading_claims c where c.session_id = v_session.id;
    continue when v_before.lease_until > v_now;

    if v_before.session_id is not null then
      perform training.record_loss(v_before, v_now);
      if v_before.spends_model_grade then
        v_lost_owners := v_lost_owners || v_before.user_id;
      end if;
    end if;
    if v_before.claim_number >= c_most_claims then
      perform training.give_up(v_session, v_before, v_now);
      continue;
    end if;
    v_claim := training.lease(v_session, coalesce(v_before.claim_number, 0) + 1, v_token, v_now, p_lease_seconds,
                              v_daily_limit - cardinality(array_positions(v_lost_owners, v_session.user_id)));
    v_claims := v_claims || training.claim_as_json(v_claim, v_now);
    v_bytes := v_bytes + v_claim.bytes;
  end loop;
  perform training.count_lost_grades(v_lost_owners);
  return v_claims;
end $$;

create function training.check_claim_parameters(
  p_max_count integer, p_lease_seconds integer, p_max_bytes bigint, p_max_per_user integer
) returns void language plpgsql set search_path = '' as $$
begin
  if current_setting('transaction_read_only')::boolean then -- A GET. Refuse it also while no session waits.
    raise sqlstate '25006' using message = 'cannot claim in a read-only transaction';
  end if;
  if p_max_count is null or p_max_count not between 1 and 100 then
    perform training.fail_field('max_count', 'must be a whole number from 1 to 100');
  end if;
  if p_lease_seconds is null or p_lease_seconds not between 1 and 3600 then
    perform training.fail_field('lease_seconds', 'must be a whole number of seconds from 1 to 3600');
  end if;
  if p_max_bytes is null or p_max_bytes < 1 then
    perform training.fail_field('max_bytes', 'must be a whole number from 1');
  end if;
  if p_max_per_user is null or p_max_per_user < 1 then
    perform training.fail_field('max_per_user', 'must be a whole number from 1');
  end if;
end $$;

-- The transcript of a claimed session, while the claim is the session's newest: {"session_id", "user_id", "agent_name",
-- "transcript"}. Null once another grader has claimed it, a grade was saved, or the owner has erased it.
create function training.get_claimed_session(p_session_id bigint, p_claim_id uuid) returns json
language sql stable security definer set search_path = '' as $$
  select json_build_object('session_id', s.id, 'user_id', s.user_id, 'agent_name', s.agent_name,
                           'transcript', s.transcript)
    from training.grading_claims c join public.training_sessions s on s.id = c.session_id
   where c.session_id = p_session_id and c.claim_id = p_claim_id
$$;

-- Ends sessions without a line for `abandoned_after_minutes`. One with a line of the rep is completed as abandoned and
-- waits for its grade; any other fails as no_conversation. Rows that another transaction holds are left for the next
-- sweep. -> {"completed", "failed"}: how many sessions got which status.
create function training.sweep(p_max_count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_idle_since timestamptz := training.now()
    - make_interval(mins => training.number_setting('abandoned_after_minutes'));
  v_session public.training_sessions;
  v_completed integer := 0;
  v_failed integer := 0;
begin
  for v_session in
    select s.* from public.training_sessions s
     where s.status = 'active' and s.started_at <= v_idle_since and s.last_activity_at <= v_idle_since
     order by s.started_at limit p_max_count
       for update skip locked
  loop
    v_session := training.end_session(v_session, 'abandoned', v_session.last_activity_at, null);
    if v_session.status = 'completed' then
      v_completed := v_completed + 1;
    else
      v_failed := v_failed + 1;
    end if;
  end loop;
  perform training.settle_erased_claims();
  return jsonb_build_object('completed', v_completed, 'failed', v_failed);
end $$;

-- Deletes the claims of erased sessions whose grader did not save in time, and counts the model's grade.
create function training.settle_erased_claims() returns void language plpgsql set search_path = '' as $$
declare
  v_owners uuid[];
begin
  with settled as (
    delete from training.grading_claims c
     where c.lease_until <= training.now()
       and not exists (select 1 from public.training_sessions s where s.id = c.session_id)
    returning c.user_id, c.spends_model_grade
  )
  select array_agg(user_id) filter (where spends_model_grade) into v_owners from settled;
  perform training.count_lost_grades(v_owners);
end $$;
-- Saving a grade, and queueing sessions for another one. The first valid save of a claim wins.

-- Whether a re-grade leaves the current grade in place: it found nothing to judge, or only the heuristic graded and the
-- current grade is by the model or from the old system.
create function training.keeps_current_grade(p_session public.training_sessions, p_last_attempt jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select p_session.graded_by is not null and (
    p_last_attempt ->> 'outcome' = 'failed'
    or p_last_attempt ->> 'grader' = 'heuristic' and p_session.graded_by <> 'heuristic'
  )
$$;

-- Adds the attempts of one claim to the history. -> the last one as stored
create function training.record_attempts(
  p_session public.training_sessions, p_claim_number integer, p_attempts jsonb, p_keeps_current boolean,
  p_now timestamptz
) returns public.training_grades language plpgsql set search_path = '' as $$
declare
  v_attempt jsonb;
  v_grade public.training_grades;
begin
  for v_attempt in select value from jsonb_array_elements(p_attempts) loop
    v_grade := jsonb_populate_record(null::public.training_grades, v_attempt);
    insert into public.training_grades (
      session_id, claim_number, outcome, grader, model, rubric_version, prompt_hash, scores, evidence,
      remarks, feedback_strengths, feedback_improvements, virtual_earnings, notes, confidence, confidence_reason, facts,
      tokens_in, tokens_out, latency_ms,
      seconds_to_grade, error_class, error, request_id, created_at
    ) values (
      p_session.id, p_claim_number,
      case when v_grade.outcome = 'accepted' and p_keeps_current then 'not_used' else v_grade.outcome end,
      v_grade.grader, v_grade.model, v_grade.rubric_version, v_grade.prompt_hash,
      nullif(v_grade.scores, 'null'), nullif(v_grade.evidence, 'null'), coalesce(nullif(v_grade.remarks, 'null'), '[]'),
      coalesce(v_grade.feedback_strengths, '{}'), coalesce(v_grade.feedback_improvements, '{}'),
      coalesce(v_grade.virtual_earnings, 0), coalesce(v_grade.notes, '{}'),
      v_grade.confidence, v_grade.confidence_reason, nullif(v_grade.facts, 'null'),
      v_grade.tokens_in, v_grade.tokens_out, v_grade.latency_ms,
      -- last_activity_at: the time of the end or the sweep. ended_at of an abandoned session is that of its last line.
      case when v_grade.outcome = 'accepted' and p_session.graded_by is null
           then extract(epoch from p_now - p_session.last_activity_at) end,
      v_grade.error_class, v_grade.error, v_grade.request_id, p_now
    ) returning * into v_grade;
  end loop;
  return v_grade;
end $$;

-- Makes an accepted grade the one that the session shows.
create function training.show_grade(p_grade public.training_grades) returns void language sql set search_path = '' as $$
  update public.training_sessions s
     set rapport_score = (p_grade.scores ->> 'rapport')::integer,
         discovery_score = (p_grade.scores ->> 'discovery')::integer,
         objection_handling_score = (p_grade.scores ->> 'objection_handling')::integer,
         closing_score = (p_grade.scores ->> 'closing')::integer,
         feedback_strengths = p_grade.feedback_strengths,
         feedback_improvements = p_grade.feedback_improvements,
         virtual_earnings = p_grade.virtual_earnings,
         graded_by = p_grade.grader,
         rubric_version = p_grade.rubric_version,
         confidence = p_grade.confidence,
         graded_at = p_grade.created_at
   where s.id = p_grade.session_id
$$;

-- Counts what the attempts of a claim used: the tokens, and one grade by the model if the model was asked.
create function training.count_attempts(p_claim training.grading_claims, p_attempts jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_asked_model boolean;
  v_tokens_in bigint;
  v_tokens_out bigint;
begin
  select coalesce(bool_or(a ->> 'grader' = 'model' and a ->> 'error_class' is distinct from 'skipped_outage'), false),
         coalesce(sum((a ->> 'tokens_in')::bigint), 0), coalesce(sum((a ->> 'tokens_out')::bigint), 0)
    into v_asked_model, v_tokens_in, v_tokens_out
    from jsonb_array_elements(p_attempts) a;
  if v_asked_model then
    perform training.count_usage(
      p_claim.user_id, p_model_grades => p_claim.spends_model_grade::integer,
      p_tokens_in => v_tokens_in, p_tokens_out => v_tokens_out
    );
  end if;
end $$;

-- Saves the result of a claim: every attempt into the history, the last one as the session's grade. The last attempt is
-- accepted, or failed because the rep says nothing. A save that is late, repeated or without a claim changes nothing
-- and says so. What an erased session used is still counted.
create function training.save_grade(p_session_id bigint, p_claim_id uuid, p_attempts jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_last jsonb := p_attempts -> -1;
  v_no_conversation boolean := v_last ->> 'outcome' = 'failed' and v_last ->> 'error_class' = 'no_conversation';
  v_session public.training_sessions;
  v_claim training.grading_claims;
  v_keeps_current boolean;
  v_grade public.training_grades;
begin
  if (v_last ->> 'outcome' = 'accepted' or v_no_conversation) is not true then
    perform training.fail_field('attempts', 'must end with an accepted grade, or a failure of class no_conversation');
  end if;
  select * into v_session from public.training_sessions s where s.id = p_session_id for update;
  delete from training.grading_claims c where c.session_id = p_session_id and c.claim_id = p_claim_id
  returning * into v_claim;
  if v_session.id is null or v_claim.session_id is null then
    if v_claim.session_id is not null then
      perform training.count_attempts(v_claim, p_attempts);
    end if;
    return jsonb_build_object('saved', false, 'reason', case
      when v_session.id is null then 'session_deleted'
      when v_session.graded_at is not null then 'already_graded'
      else 'late' end);
  end if;

  v_keeps_current := training.keeps_current_grade(v_session, v_last);
  v_grade := training.record_attempts(v_session, v_claim.claim_number, p_attempts, v_keeps_current, training.now());
  if v_keeps_current then
    perform training.restore_grade(p_session_id);
  elsif v_no_conversation then
    update public.training_sessions s set status = 'failed', end_reason = 'no_conversation' where s.id = p_session_id;
  else
    perform training.show_grade(v_grade);
  end if;
  perform training.count_attempts(v_claim, p_attempts);
  return jsonb_build_object('saved', true, 'reason', null);
end $$;

-- Puts sessions that were graded or given up back into the queue, by exactly one selector. A session keeps its scores
-- until a new grade is accepted.
-- -> {"sessions", "estimated_tokens", "dry_run"}; the estimate is a token per four bytes, plus 3,500 for instructions,
-- rubric and schema
create function training.regrade(
  p_session_ids bigint[], p_agent_name text, p_heuristic_since timestamptz, p_dry_run boolean
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_ids bigint[];
  v_tokens bigint;
begin
  if num_nonnulls(p_session_ids, p_agent_name, p_heuristic_since) <> 1 then
    perform training.fail_field('session_ids', 'or agent_name or heuristic_since must be given, and only one of them');
  end if;
  select coalesce(array_agg(s.id), '{}'), coalesce(sum(3500 + octet_length(s.transcript::text) / 4), 0)
    into v_ids, v_tokens
    from (select * from public.training_sessions
           where (graded_at is not null or status = 'failed' and end_reason <> 'no_conversation') and line_count > 0
             and (id = any (p_session_ids) or agent_name = p_agent_name
                  or (graded_by = 'heuristic' and graded_at >= p_heuristic_since))
           for update) s;
  if not p_dry_run then
    delete from training.grading_claims c where c.session_id = any (v_ids);
    update public.training_sessions s set graded_at = null where s.id = any (v_ids) and s.graded_at is not null;
    update public.training_sessions s set status = 'completed' where s.id = any (v_ids) and s.status = 'failed';
    perform training.wake_grader();
  end if;
  return jsonb_build_object('sessions', cardinality(v_ids), 'estimated_tokens', v_tokens, 'dry_run', p_dry_run);
end $$;
-- What a rep learns from: delivery facts of one session, and progress over the sessions. Facts are counted and never
-- scored.

-- The words of a text, in small letters: what is left between white space and punctuation, with its apostrophes and
-- hyphens.
create function training.words_of(p_text text) returns text[]
language sql immutable parallel safe set search_path = '' as $$
  select array_remove(string_to_array(
    regexp_replace(
      translate(lower(p_text), training.white_space() || '.,;:!?¿¡…"“”„«»()[]{}<>/\|*_~–—', repeat(' ', 100)),
      '(^| )[''’-]+(?= |$)', ' ', 'g'
    ), ' '), '')
$$;

-- By language: its most common words, which identify the language of a transcript, and the fillers to count.
-- A filler that often has another meaning is not listed: "like", "halt" and "genre" are left out.
create function training.languages() returns table (language text, common text[], fillers text[])
language sql immutable parallel safe set search_path = '' as $$
  values
    ('en', '{the,and,you,is,it,to,of,that,we,your,have,do,what,with}'::text[],
           '{um,umm,uh,uhh,uhm,er,erm,hmm,basically,literally,actually,obviously,i mean}'::text[]),
    ('de', '{der,die,das,und,ist,ich,sie,nicht,wir,ein,eine,haben,mit,es}',
           '{äh,ähm,öh,öhm,hm,hmm,sozusagen,quasi,gewissermaßen,ehrlich gesagt,im grunde}'),
    ('es', '{el,los,las,que,y,es,una,usted,para,con,tiene,por,no,su}',
           '{eh,ehh,em,mmm,o sea,digamos,básicamente,literalmente}'),
    ('fr', '{le,les,et,vous,est,que,une,nous,pas,avec,des,pour,je,ce}', '{euh,heu,hum,ben,bah,du coup,en fait,en gros}')
$$;

-- How often a list of words and phrases occurs in words. Two spaces separate the words, so that each has its own.
create function training.count_occurrences(p_words text[], p_listed text[]) returns bigint
language sql immutable parallel safe set search_path = '' as $$
  with said as (select ' ' || array_to_string(p_words, '  ') || ' ' as text)
  select coalesce(sum((length(text) - length(replace(text, ' ' || replace(listed, ' ', '  ') || ' ', '')))
                      / (length(replace(listed, ' ', '  ')) + 2)), 0)::bigint
    from said, unnest(p_listed) listed
$$;

-- The facts of a transcript. The same transcript gives the same facts. A share, rate or time without data is null.
-- p_timings is what the voice provider measured. Our own timestamps come from the client's clock, so they are not used.
create function training.delivery_facts(p_transcript jsonb, p_timings jsonb default null) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_facts jsonb;
  v_words text[];
  v_language text;
  v_fillers bigint;
begin
  with lines as (
    select n, line ->> 'speaker' = 'user' as mine, line -> 'corrected' = 'true' as corrected,
           training.words_of(line ->> 'text') as words, regexp_count(line ->> 'text', '[?？؟]+') as questions
      from jsonb_array_elements(p_transcript) with ordinality as given (line, n)
  ), turned as (
    select *, mine is distinct from lag(mine) over (order by n) as turns from lines
  ), runs as (
    select *, count(*) filter (where turns) over (order by n) as run,
           count(*) filter (where mine) over (order by n) as mine_so_far
      from turned
  ), monologues as (
    select sum(cardinality(words)) as words from runs where mine group by run
  ), counted as (
    select count(*) filter (where mine) as my_lines, count(*) as all_lines,
           coalesce(sum(cardinality(words)) filter (where mine), 0) as my_words,
           coalesce(sum(cardinality(words)), 0) as all_words,
           coalesce(sum(questions) filter (where mine), 0) as questions,
           greatest(count(*) filter (where turns) - 1, 0) as switches, count(*) filter (where corrected) as corrected,
           min(mine_so_far) filter (where mine and questions > 0) as first_question
      from runs
  )
  select jsonb_build_object(
           'lines', my_lines, 'words', my_words,
           'word_share', round(my_words::numeric / nullif(all_words, 0), 3),
           'longest_monologue_words', (select max(m.words) from monologues m),
           'questions', questions, 'questions_per_10_lines', round(10.0 * questions / nullif(my_lines, 0), 1),
           'first_question_line', first_question,
           'speaker_switches', switches, 'interrupted_lines', corrected
         ) into v_facts
    from counted;

  v_words := array(
    select word from jsonb_array_elements(p_transcript) with ordinality as given (line, n),
                     unnest(training.words_of(line ->> 'text')) with ordinality as spoken (word, m)
     where line ->> 'speaker' = 'user' order by n, m
  );
  -- The language whose common words occur most often. Without any, or where two are equal, it is unknown.
  select case when hits[1] > coalesce(hits[2], 0) then languages[1] end into v_language from (
    select array_agg(l.language order by h.hits desc, l.language) as languages,
           array_agg(h.hits order by h.hits desc, l.language) as hits
      from training.languages() l
           cross join lateral (select count(*) as hits from unnest(v_words) word where word = any (l.common)) h
  ) ranked;
  select training.count_occurrences(v_words, l.fillers) into v_fillers
    from training.languages() l where l.language = v_language;
  return v_facts || jsonb_build_object(
    'language', v_language, 'fillers', v_fillers,
    'fillers_per_100_words', round(100.0 * v_fillers / nullif(cardinality(v_words), 0), 1),
    'talk_seconds', p_timings -> 'rep_talk_seconds',
    'words_per_minute', round(60 * cardinality(v_words) / nullif((p_timings ->> 'rep_talk_seconds')::numeric, 0)),
    'response_seconds', p_timings -> 'response_seconds'
  );
end $$;

-- Progress: one row for each rep and homeowner with the means of the newest five grades. Only the percentile reads it;
-- without it the percentile would read every user's sessions. Locks are taken in one order: a session's row first, then
-- this one.
create table training.standings (
  agent_name text not null,
  user_id uuid not null,
  rapport numeric not null,
  discovery numeric not null,
  objection_handling numeric not null,
  closing numeric not null,
  overall numeric not null,
  primary key (agent_name, user_id)
);
comment on table training.standings is 'Per homeowner and rep the mean of the newest five grades that count. '
  'Kept by a trigger on training_sessions; no row without such a grade.';
revoke all on training.standings from public, anon, authenticated, service_role;

-- A grade counts towards means unless its grader gave it the confidence `low`. Such a grade is listed and not averaged.
create index training_sessions_scored on public.training_sessions (user_id, agent_name, created_at desc, id desc)
  include (rapport_score, discovery_score, objection_handling_score, closing_score, overall_score, rubric_version,
           confidence)
  where overall_score is not null;

-- The means of the newest five grades that count; null without one.
create function training.newest_means(p_agent_name text, p_user_id uuid, out rapport numeric, out discovery numeric,
  out objection_handling numeric, out closing numeric, out overall numeric)
language sql stable set search_path = '' as $$
  select avg(rapport_score), avg(discovery_score), avg(objection_handling_score), avg(closing_score), avg(overall_score)
    from (select s.* from public.training_sessions s
           where s.user_id = p_user_id and s.agent_name = p_agent_name
             and s.overall_score is not null and s.confidence is distinct from 'low'
           order by s.created_at desc, s.id desc limit 5) newest
$$;

create function training.refresh_standing(p_agent_name text, p_user_id uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_mean record;
begin
  -- Two grades of one rep may be saved at once. The row lock orders them, and the next statement sees both.
  insert into training.standings values (p_agent_name, p_user_id, 0, 0, 0, 0, 0) on conflict do nothing;
  perform 1 from training.standings st where st.agent_name = p_agent_name and st.user_id = p_user_id for update;
  select * into v_mean from training.newest_means(p_agent_name, p_user_id);
  if v_mean.overall is null then
    delete from training.standings st where st.agent_name = p_agent_name and st.user_id = p_user_id;
  else
    update training.standings st
       set (rapport, discovery, objection_handling, closing, overall)
         = (v_mean.rapport, v_mean.discovery, v_mean.objection_handling, v_mean.closing, v_mean.overall)
     where st.agent_name = p_agent_name and st.user_id = p_user_id;
  end if;
end $$;

create function training.keep_standing() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- The migration stores whole batches and refreshes each standing of a batch once, in one order.
  if tg_op = 'INSERT' and current_setting('training_migration.mirroring', true) = 'sessions' then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    perform training.refresh_standing(old.agent_name, old.user_id);
  end if;
  if tg_op = 'INSERT'
     or tg_op = 'UPDATE' and (old.agent_name, old.user_id) is distinct from (new.agent_name, new.user_id) then
    perform training.refresh_standing(new.agent_name, new.user_id);
  end if;
  return null;
end $$;
create trigger standing_after_insert after insert on public.training_sessions
  for each row when (new.rapport_score is not null) execute function training.keep_standing();
create trigger standing_after_delete after delete on public.training_sessions
  for each row when (old.rapport_score is not null) execute function training.keep_standing();
-- The trigger compares values and does not use "update of", so that a regrade that changes no score does no work.
create trigger standing_after_update after update on public.training_sessions
  for each row when (
    (old.rapport_score, old.discovery_score, old.objection_handling_score, old.closing_score,
     old.confidence, old.agent_name, old.user_id)
    is distinct from
    (new.rapport_score, new.discovery_score, new.objection_handling_score, new.closing_score,
     new.confidence, new.agent_name, new.user_id)
  ) execute function training.keep_standing();

-- The percentile of a rep's mean among the reps of a homeowner: how many of 100 others have less, ties counted half.
-- Null below 20 people. Above 1,000 people they are a fixed sample of 1,000 (ids are random), so that the cost stays
-- flat. The sign of a difference is 1 above, 0 for the same and -1 below: its mean is moved to 0 to 100.
-- -> {"people", "rapport", "discovery", "objection_handling", "closing", "overall"}
create function training.percentiles(p_agent_name text, p_user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_mine training.standings;
  v_result jsonb;
begin
  select * into v_mine from training.standings st where st.agent_name = p_agent_name and st.user_id = p_user_id;
  select case when count(*) < 19 or v_mine.user_id is null
              then jsonb_build_object('people', count(*) + (v_mine.user_id is not null)::integer)
              else jsonb_build_object(
                'people', count(*) + 1,
                'rapport', round(50 * (1 + avg(sign(v_mine.rapport - o.rapport)))),
                'discovery', round(50 * (1 + avg(sign(v_mine.discovery - o.discovery)))),
                'objection_handling', round(50 * (1 + avg(sign(v_mine.objection_handling - o.objection_handling)))),
                'closing', round(50 * (1 + avg(sign(v_mine.closing - o.closing)))),
                'overall', round(50 * (1 + avg(sign(v_mine.overall - o.overall))))) end
    into v_result
    from (select * from training.standings st
           where st.agent_name = p_agent_name and st.user_id <> p_user_id order by st.user_id limit 1000) o;
  return v_result;
end $$;

-- Days in a row with a session, up to today or yesterday in the person's time zone. One index probe a day, at most
-- 1,000.
create function training.streak_days(p_user_id uuid, p_time_zone text) returns integer
language plpgsql stable set search_path = '' as $$
declare
  v_day date := (training.now() at time zone p_time_zone)::date;
  v_days integer := 0;
begin
  for v_back in 0 .. 1000 loop
    if exists (
      select 1 from public.training_sessions s
       where s.user_id = p_user_id and s.created_at >= (v_day - v_back)::timestamp at time zone p_time_zone
         and s.created_at < (v_day - v_back + 1)::timestamp at time zone p_time_zone and s.status = 'completed'
    ) then
      v_days := v_days + 1;
    elsif v_back > 0 then -- today may still come
      exit;
    end if;
  end loop;
  return v_days;
end $$;

-- One category's figures from a rep's graded sessions with one homeowner, newest first. p_scores are of all of them,
-- p_counted of those whose grade counts, p_comparable of the newest counted ones with the newest's rubric version.
create function training.category_progress(
  p_scores integer[], p_counted integer[], p_comparable integer[], p_percentile jsonb
) returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'count', cardinality(p_scores), 'counted', cardinality(p_counted), 'last', p_scores[1],
    'best', (select max(score) from unnest(p_counted) score),
    'mean_of_last_five', (select round(avg(score), 1) from unnest(p_counted[1:5]) score),
    'trend', case when cardinality(p_comparable) >= 3 then
      (select round(regr_slope(score, -n)::numeric, 1)
         from unnest(p_comparable[1:5]) with ordinality as newest (score, n)) end,
    'percentile', p_percentile
  )
$$;

-- The caller's progress, computed from the sessions at the moment of asking.
-- -> {"sessions", "this_week", "streak_days", "average", "best", "homeowners": [{"agent_name", "sessions",
--    "last_session_at", "people", "scores": {category: {"count", "counted", "last", "best", "mean_of_last_five",
--    "trend", "percentile"}}}]}
create function training.progress(p_time_zone text) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_week timestamptz;
  v_progress json;
begin
  begin
    if p_time_zone ~ '^[A-Za-z]' then -- a number would be taken as an offset
      v_week := date_trunc('week', training.now() at time zone p_time_zone) at time zone p_time_zone;
    end if;
  exception when invalid_parameter_value then
    null;
  end;
  if v_week is null then
    perform training.fail_field('time_zone', 'must be the name of a time zone, such as Europe/Berlin');
  end if;

  with graded as (
    select s.agent_name, s.created_at, s.id, s.rubric_version, s.confidence is distinct from 'low' as counts,
           s.rapport_score, s.discovery_score, s.objection_handling_score, s.closing_score, s.overall_score
      from public.training_sessions s where s.user_id = v_caller and s.overall_score is not null
  ), placed as (
    select g.*, first_value(g.rubric_version)
                  over (partition by g.agent_name, g.counts order by g.created_at desc, g.id desc) as rubric_now
      from graded g
  ), by_category as (
    select p.agent_name, c.category, array_agg(c.score order by p.created_at desc, p.id desc) as scores,
           coalesce(array_agg(c.score order by p.created_at desc, p.id desc) filter (where p.counts), '{}') as counted,
           coalesce(array_agg(c.score order by p.created_at desc, p.id desc)
                    filter (where p.counts and p.rubric_version is not distinct from p.rubric_now), '{}') as comparable
      from placed p cross join lateral (values
             ('rapport', p.rapport_score), ('discovery', p.discovery_score),
             ('objection_handling', p.objection_handling_score),
             ('closing', p.closing_score), ('overall', p.overall_score)) c (category, score)
     group by p.agent_name, c.category
  ), homeowners as (
    select g.agent_name, count(*) as sessions, max(g.created_at) as last_session_at,
           training.percentiles(g.agent_name, v_caller) as standing
      from graded g group by g.agent_name
  )
  select json_build_object(
    'sessions', (select count(*) from graded),
    'this_week', (select count(*) from public.training_sessions s
                   where s.user_id = v_caller and s.created_at >= v_week and s.status = 'completed'),
    'streak_days', training.streak_days(v_caller, p_time_zone),
    'average', (select round(avg(overall_score), 1) from graded where counts),
    'best', (select max(overall_score) from graded where counts),
    'homeowners', coalesce((
      select json_agg(json_build_object(
        'agent_name', h.agent_name, 'sessions', h.sessions, 'last_session_at', h.last_session_at,
        'people', h.standing -> 'people',
        'scores', (select json_object_agg(b.category, training.category_progress(
                            b.scores, b.counted, b.comparable, h.standing -> b.category))
                     from by_category b where b.agent_name = h.agent_name)
      ) order by h.last_session_at desc, h.agent_name) from homeowners h), '[]')
  ) into v_progress;
  return v_progress;
end $$;
-- One row for scripts/health and a dashboard: is every completed session graded in time?

create view public.grading_health with (security_invoker = true) as
with recent as (
  select * from public.training_grades where created_at >= now() - interval '1 day'
), asked as ( -- One row per save in which the model was asked: the rows of one save have one created_at.
  select bool_or(outcome = 'accepted') as answered from recent where grader = 'model' group by session_id, created_at
), waiting as (
  select s.last_activity_at, c.lease_until > now() as leased
    from public.training_sessions s left join training.grading_claims c on c.session_id = s.id
   where s.status = 'completed' and s.graded_at is null
), used as (
  select coalesce(sum(u.tokens_in), 0) as tokens_in, coalesce(sum(u.tokens_out), 0) as tokens_out
    from training.usage u where u.day = (now() at time zone 'UTC')::date
)
select
  (select count(*) from waiting) as waiting,
  (select coalesce(extract(epoch from now() - min(last_activity_at)), 0)::numeric(12, 1) from waiting)
    as oldest_wait_seconds,
  (select count(*) from waiting where leased) as leased,
  (select count(*) from recent where outcome = 'accepted' and grader = 'model') as graded_by_model,
  (select count(*) from recent where outcome = 'accepted' and grader = 'heuristic') as graded_by_heuristic,
  (select count(*) from asked) as model_asked,
  (select count(*) from asked where not answered) as model_failed,
  (select count(*) from recent where error_class = 'gave_up') as given_up,
  (select coalesce(jsonb_object_agg(error_class, n), '{}') from
    (select error_class, count(*) as n from recent where outcome in ('failed', 'lost') group by error_class) f)
    as failures,
  (select percentile_cont(0.5) within group (order by seconds_to_grade) from recent) as seconds_to_grade_p50,
  (select percentile_cont(0.95) within group (order by seconds_to_grade) from recent) as seconds_to_grade_p95,
  (select tokens_in from used) as tokens_in,
  (select tokens_out from used) as tokens_out,
  training.bad_settings() as bad_settings;
comment on view public.grading_health is
  'One row: the grading queue now; the last day''s grades, failures and waiting times; the tokens used since 00:00 '
  'UTC, also for sessions that were erased since; and settings that are not numbers. model_asked and model_failed '
  'count sessions.';
revoke all on public.grading_health from public, anon, authenticated, service_role;
grant select on public.grading_health to service_role;
grant execute on function training.bad_settings to service_role;
-- PostgreSQL cannot write to this view and answers a write with a server error. These rules refuse a write as a bad
-- request instead.
create rule refuse_insert as on insert to public.grading_health do instead nothing; -- noqa: PRS
create rule refuse_update as on update to public.grading_health do instead nothing; -- noqa: PRS
create rule refuse_delete as on delete to public.grading_health do instead nothing; -- noqa: PRS
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
-- Retention: deletes the words of old sessions. It is off unless the setting `transcripts_kept_days` is set. It also
-- waits while live_sessions is being migrated (docs/MIGRATION.md): the old rows still hold the words then, and are
-- compared with the new ones.

-- Deletes the words of sessions that ended longer ago than the setting says: transcript, feedback, quotes, reasons and
-- remarks. Scores, times and earnings stay, and a note in the history says so. One run an hour is enough for 200,000
-- sessions a day. -> the number of sessions emptied
create function training.forget_transcripts(p_max_count integer default 10000) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_days integer := training.number_setting('transcripts_kept_days');
  v_until timestamptz := training.now() - make_interval(days => v_days);
  v_ids bigint[];
begin
  if v_days is null or to_regnamespace('training_migration') is not null then
    return 0;
  end if;
  select array_agg(s.id) into v_ids
    from (select id from public.training_sessions
           where status <> 'active' and has_words and (status = 'failed' or graded_at is not null)
             and ended_at < v_until
           order by ended_at limit p_max_count
             for update skip locked) s;
  update public.training_sessions s set transcript = '[]', feedback_strengths = '{}', feedback_improvements = '{}'
   where s.id = any (v_ids);
  perform training.erase_at_provider(v_ids);
  update public.training_grades g
     set evidence = null, remarks = '[]', feedback_strengths = '{}', feedback_improvements = '{}',
         notes = g.notes || format('The words of this session were deleted after %s days.', v_days)
   where g.session_id = any (v_ids);
  -- The originals of a session hold words too, also where its transcript is empty. A quarantined row has no session.
  delete from training.legacy_originals where session_id = any (v_ids);
  delete from training.legacy_originals where noted_at < v_until;
  delete from training.legacy_quarantine q where q.noted_at < v_until;
  return coalesce(cardinality(v_ids), 0);
end $$;
-- Which system a person's next session begins in, while live_sessions and training_sessions run side by side
-- (docs/MIGRATION.md). A project that never had live_sessions keeps the defaults: all people use training_sessions.

create table training.rollout (
  only_row boolean primary key default true check (only_row),
  percentage integer not null default 100 check (percentage between 0 and 100),
  is_off boolean not null default false,
  changed_at timestamptz not null default now()
);
comment on table training.rollout is
  'One row. is_off: all people use live_sessions, also those that training.rollout_users lists.';
revoke all on training.rollout from public, anon, authenticated, service_role;
insert into training.rollout default values;

create table training.rollout_users (
  user_id uuid primary key,
  system text not null check (system in ('live_sessions', 'training_sessions'))
);
comment on table training.rollout_users is
  'The allow and the deny list: people who use one system at every percentage.';
revoke all on training.rollout_users from public, anon, authenticated, service_role;

-- What the migration keeps of live_sessions word for word. Both tables outlive the migration: it ends with the drop of
-- the old table.
create table training.legacy_originals (
  session_id bigint primary key references public.training_sessions (id) on delete cascade,
  columns jsonb not null check (jsonb_typeof(columns) = 'object'),
  reasons text[] not null default '{}',
  noted_at timestamptz not null default now()
);
create index legacy_originals_noted on training.legacy_originals (noted_at);
comment on table training.legacy_originals is
  'Columns of the old row that the session does not hold in full, as they were. get_training_session shows them as '
  '"legacy". Deleted with the session, and by retention with its words or as many days after noted_at.';
comment on column training.legacy_originals.columns is '{"column of live_sessions": its value}.';
comment on column training.legacy_originals.reasons is
  'Why columns are kept that the conversion reads, as in "2 lines without a known speaker or words".';
revoke all on training.legacy_originals from public, anon, authenticated, service_role;

create table training.legacy_quarantine (
  legacy_id uuid primary key,
  user_id uuid,
  reason text not null,
  original text not null,
  noted_at timestamptz not null default now()
);
comment on table training.legacy_quarantine is
  'Old rows that could not become a session because their owner is unknown: the whole row as JSON, and why.';
comment on column training.legacy_quarantine.user_id is
  'Null: an anonymous session. Its link answers 410 session_anonymous.';
create index legacy_quarantine_user on training.legacy_quarantine (user_id);
create index legacy_quarantine_noted on training.legacy_quarantine (noted_at);
revoke all on training.legacy_quarantine from public, anon, authenticated, service_role;

-- 'live_sessions' | 'training_sessions'. A hash of the user's id gives their fixed place among 100, so a higher
-- percentage adds people and moves no person back.
create function training.system_of(p_user_id uuid) returns text language sql stable set search_path = '' as $$
  select case
    when r.is_off then 'live_sessions'
    when u.system is not null then u.system
    when ('x' || left(md5('rollout ' || p_user_id), 8))::bit(32)::bigint % 100 < r.percentage then 'training_sessions'
    else 'live_sessions'
  end
  from training.rollout r left join training.rollout_users u on u.user_id = p_user_id
$$;

-- Moves the caller's sessions of the old system into the new one at once, if the migration has not moved them yet;
-- p_legacy_ids null: all of them. Does nothing in a project without `scripts/migrate prepare`.
create function training.adopt_legacy_sessions(p_user_id uuid, p_legacy_ids uuid[] default null) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_migration regnamespace := to_regnamespace('training_migration');
begin
  if v_migration is not null and to_regprocedure('training_migration.adopt(uuid, uuid[])') is not null then
    execute format('select %s.adopt($1, $2)', v_migration) using p_user_id, p_legacy_ids;
  end if;
end $$;

-- The caller's system. A caller who uses the new system finds their old sessions there after this call.
create function training.session_system() returns text language plpgsql security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_system text := training.system_of(v_caller);
begin
  if v_system = 'training_sessions' then
    perform training.adopt_legacy_sessions(v_caller);
  end if;
  return v_system;
end $$;
-- The voice provider's transcript of a session. The hook and the polling store it here; 77_reconcile.sql fills our gaps
-- from it. ElevenLabs is the first provider. No statement here depends on it.

create table public.provider_transcripts (
  id bigint generated always as identity primary key,
  provider text not null check (provider ~ '^[a-z][a-z0-9_]{0,39}$'),
  conversation_id text not null check (char_length(conversation_id) between 1 and 200),
  session_id bigint references public.training_sessions (id) on delete cascade,
  agent_id text,
  status text not null check (status in ('done', 'failed')),
  turns jsonb not null check (jsonb_typeof(turns) = 'array'),
  started_at timestamptz,
  duration_seconds integer check (duration_seconds between 0 and 86400),
  received_by text not null check (received_by in ('hook', 'poll')),
  received_at timestamptz not null,
  unique (provider, conversation_id)
);
comment on table public.provider_transcripts is
  'The voice provider''s transcript of a finished conversation. It is never shown as ours: reconciling copies what we '
  'miss.';
comment on column public.provider_transcripts.session_id is
  'The session spoken in it; null until one is bound, for `unbound_transcripts_kept_days` (7) at most.';
comment on column public.provider_transcripts.turns is '[{"role": "user"|"agent", "text", "at_seconds", '
'"interrupted"}], in the order spoken.';
create index provider_transcripts_session on public.provider_transcripts (session_id);
create index provider_transcripts_unbound on public.provider_transcripts (received_at) where session_id is null;

alter table public.provider_transcripts enable row level security;
revoke all on public.provider_transcripts from public, anon, authenticated, service_role;
grant select on public.provider_transcripts to authenticated, service_role;

-- The conversations of a session; more than one after a reconnect. The newest is training_sessions.conversation_id.
create table training.voice_conversations (
  provider text not null,
  conversation_id text not null,
  session_id bigint not null references public.training_sessions (id) on delete cascade,
  bound_at timestamptz not null,
  poll_after timestamptz,
  polls integer not null default 0,
  gave_up_at timestamptz,
  trouble text,
  primary key (provider, conversation_id)
);
comment on table training.voice_conversations is
  'poll_after is null once the transcript is here, or was given up. polls: how often the provider was asked for it.';
create index voice_conversations_session on training.voice_conversations (session_id, bound_at);
create index voice_conversations_poll on training.voice_conversations (poll_after) where poll_after is not null;

create table training.voice_sessions (
  session_id bigint primary key references public.training_sessions (id) on delete cascade,
  changes integer not null default 1,
  try_after timestamptz,
  tries integer not null default 0,
  reconciled_at timestamptz,
  recovered_lines integer not null default 0,
  unplaced integer not null default 0,
  duration_seconds integer,
  timings jsonb
);
comment on table training.voice_sessions is 'The result of reconciling a session. Rows with a try_after are the queue. '
'changes counts how often the provider''s record changed.';
create index voice_sessions_try on training.voice_sessions (try_after) where try_after is not null;

create table training.provider_erasures (
  provider text not null,
  conversation_id text not null,
  requested_at timestamptz not null,
  try_after timestamptz not null,
  tries integer not null default 0,
  done_at timestamptz,
  trouble text,
  primary key (provider, conversation_id)
);
comment on table training.provider_erasures is
  'Conversations the provider must delete, tried until it has. A finished row stays 60 days, so that a late hook '
  'does not store the words again.';
create index provider_erasures_try on training.provider_erasures (try_after) where done_at is null;

create table training.voice_hooks (
  provider text primary key,
  last_event_at timestamptz not null,
  events bigint not null default 1
);
comment on table training.voice_hooks is 'When a provider''s hook last came. Providers disable a hook that keeps '
'failing.';

revoke all on training.voice_conversations, training.voice_sessions, training.provider_erasures, training.voice_hooks
  from public, anon, authenticated, service_role;

-- Marks a session for reconciling and wakes the worker.
create function training.reconcile_soon(p_session_id bigint) returns void language plpgsql set search_path = '' as $$
begin
  insert into training.voice_sessions as v (session_id, try_after) values (p_session_id, training.now())
  on conflict (session_id) do update set changes = v.changes + 1, try_after = excluded.try_after, tries = 0;
  perform training.wake_grader();
end $$;

-- Binds transcripts that came before their session was bound. Store and bind call it for their conversation. The
-- schedule calls it for all, because a store and a bind that commit at the same moment do not see each other.
create function training.link_transcripts(p_provider text default null,
  p_conversation_id text default null) returns void
language plpgsql set search_path = '' as $$
declare
  v_session_id bigint;
begin
  for v_session_id in
    update public.provider_transcripts t set session_id = c.session_id
      from training.voice_conversations c
     where t.session_id is null and c.provider = t.provider and c.conversation_id = t.conversation_id
       and (p_conversation_id is null or t.provider = p_provider and t.conversation_id = p_conversation_id)
    returning c.session_id
  loop
    perform training.reconcile_soon(v_session_id);
  end loop;
  update training.voice_conversations c set poll_after = null, trouble = null
   where c.poll_after is not null and (p_conversation_id is null or c.provider = p_provider
     and c.conversation_id = p_conversation_id)
     and exists (select 1 from public.provider_transcripts t where t.provider = c.provider
       and t.conversation_id = c.conversation_id);
end $$;

-- Notes a conversation of a locked session. Polling begins a minute later at the earliest: see
-- training.claim_voice_work.
create function training.follow_conversation(p_session_id bigint, p_provider text, p_conversation_id text) returns void
language plpgsql set search_path = '' as $$
declare
  v_now timestamptz := training.now();
begin
  insert into training.voice_conversations as c (provider, conversation_id, session_id, bound_at, poll_after)
  values (p_provider, p_conversation_id, p_session_id, v_now, v_now + interval '1 minute')
  on conflict (provider, conversation_id) do update set bound_at = excluded.bound_at
    where c.session_id = excluded.session_id;
  if not found then
    -- an earlier conversation of another session; bind_conversation turns it into conversation_taken
    raise unique_violation;
  end if;
  perform training.link_transcripts(p_provider, p_conversation_id);
end $$;

-- Stores a finished conversation {"provider", "conversation_id", "agent_id", "status", "turns", "started_at",
-- "duration_seconds"}.
-- The same record again, one with fewer turns, and one whose session was erased change nothing. -> {"stored"}
create function training.store_voice_record(p_record jsonb, p_received_by text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_new public.provider_transcripts;
  v_stored public.provider_transcripts;
begin
  if jsonb_typeof(p_record) is distinct from 'object' then
    perform training.fail_field('record', 'must be an object');
  end if;
  v_new := jsonb_populate_record(null::public.provider_transcripts, p_record);
  v_new.conversation_id := training.short_text(v_new.conversation_id, 'conversation_id');
  if v_new.provider is null or v_new.status not in ('done', 'failed') or jsonb_typeof(v_new.turns) is distinct
    from 'array' then
    perform training.fail_field('record', 'must have a provider, the status done or failed, and turns');
  end if;
  if p_received_by = 'hook' then
    insert into training.voice_hooks as h (provider, last_event_at) values (v_new.provider, training.now())
    on conflict (provider) do update set last_event_at = excluded.last_event_at, events = h.events + 1;
  end if;
  -- The session's deletion holds the row lock until it commits. The next statement then sees its erasure.
  perform 1 from public.training_sessions s join training.voice_conversations c on c.session_id = s.id
    where c.provider = v_new.provider and c.conversation_id = v_new.conversation_id for key share of s;
  if exists (select 1 from training.provider_erasures e where e.provider = v_new.provider
    and e.conversation_id = v_new.conversation_id) then
    return jsonb_build_object('stored', false);
  end if;
  insert into public.provider_transcripts as t (
    provider, conversation_id, agent_id, status, turns, started_at, duration_seconds, received_by, received_at
  ) values (
    v_new.provider, v_new.conversation_id, v_new.agent_id, v_new.status, v_new.turns, v_new.started_at,
    least(86400, greatest(0, v_new.duration_seconds)), p_received_by, training.now()
  )
  on conflict (provider, conversation_id) do update
    set agent_id = excluded.agent_id, status = excluded.status, turns = excluded.turns,
      started_at = excluded.started_at,
        duration_seconds = excluded.duration_seconds, received_by = excluded.received_by,
          received_at = excluded.received_at
    where jsonb_array_length(excluded.turns) >= jsonb_array_length(t.turns)
      and (excluded.status, excluded.turns, excluded.duration_seconds) is distinct from (t.status, t.turns,
        t.duration_seconds)
  returning * into v_stored;
  if v_stored.session_id is not null then
    perform training.reconcile_soon(v_stored.session_id);
  end if;
  perform training.link_transcripts(v_new.provider, v_new.conversation_id);
  return jsonb_build_object('stored', v_stored.id is not null);
end $$;

-- Called by the hook. The users' function has no secret key, so the caller proves itself with a token, whose SHA-256
-- training.configure_voice stores. Every role may call this. Without the token it reads and writes nothing.
create function training.receive_voice_record(p_record jsonb, p_token text) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  if encode(sha256(convert_to(coalesce(p_token, ''), 'UTF8')),
    'hex') = any (string_to_array(training.setting('voice_token_hashes', ''), ',')) then
    return training.store_voice_record(p_record, 'hook');
  end if;
  perform training.fail(401, 'not_authenticated', 'This needs the token of the voice hook.', null,
    'Run ./scripts/deploy again after a change of ELEVENLABS_WEBHOOK_SECRET: the database must know the new token.');
  return null;
end $$;

-- The operator's set-up: the SHA-256, in hex, of each token that may store. ./scripts/deploy and ./scripts/stack call
-- it.
create function training.configure_voice(p_hashes text[]) returns void language plpgsql set search_path = '' as $$
begin
  insert into training.settings (name, value) values ('voice_token_hashes', array_to_string(p_hashes, ','))
  on conflict (name) do update set value = excluded.value;
end $$;

-- Queues the deletion of a session's conversations at their providers, and forgets their transcripts here.
create function training.erase_at_provider(p_session_ids bigint[]) returns void
language plpgsql security definer set search_path = '' as $$
begin
  insert into training.provider_erasures (provider, conversation_id, requested_at, try_after)
  select c.provider, c.conversation_id, training.now(), training.now()
    from training.voice_conversations c where c.session_id = any (p_session_ids)
  on conflict (provider, conversation_id) do nothing;
  if found then
    delete from public.provider_transcripts t where t.session_id = any (p_session_ids);
    update training.voice_conversations c set poll_after = null where c.session_id = any (p_session_ids);
    perform training.wake_grader();
  end if;
end $$;

create function training.erase_deleted_session() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform training.erase_at_provider(array[old.id]);
  return old;
end $$;

create trigger deleted_session_is_erased_at_the_provider before delete on public.training_sessions
  for each row when (old.conversation_id is not null) execute function training.erase_deleted_session();

-- The `voice` part of get_session; null for a session that was not spoken.
create function training.voice_of(p_session public.training_sessions) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_voice training.voice_sessions;
begin
  if p_session.conversation_id is null then
    return null;
  end if;
  select * into v_voice from training.voice_sessions v where v.session_id = p_session.id;
  return jsonb_build_object(
    'provider', coalesce((select c.provider from training.voice_conversations c
                           where c.session_id = p_session.id and c.conversation_id = p_session.conversation_id),
                             'elevenlabs'),
    'conversation_id', p_session.conversation_id, 'reconciled_at', v_voice.reconciled_at,
    'recovered_lines', coalesce(v_voice.recovered_lines, 0), 'unplaced', coalesce(v_voice.unplaced, 0),
    'duration_seconds', v_voice.duration_seconds
  );
end $$;

-- Whether a line that is sent again equals the stored one: the same speaker and text. For a line from the provider case
-- and punctuation do not matter, because the browser and the provider write them differently.
create function training.is_same_line(p_present jsonb, p_line jsonb) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return p_present ->> 'speaker' = p_line ->> 'speaker' and (
    p_present ->> 'text' = p_line ->> 'text'
    or p_present ->> 'source' = 'provider' and training.plain_words(p_present ->> 'text') = training.plain_words(p_line
      ->> 'text'));
end $$;

-- Only ASCII punctuation and quotes are removed: in the database's locale other letters may not count as letters.
create function training.plain_words(p_text text) returns text language plpgsql immutable set search_path = '' as $$
begin
  return btrim(lower(regexp_replace(p_text, '[[:space:]!-/:-@\[-`{-~…“”„‘’–—]+', ' ', 'g')));
end $$;

-- After the end, other words at the sequence of a recovered line are a conflict, so that the client does not take them
-- as saved.
create function training.refuse_recovered(p_present jsonb) returns void language plpgsql set search_path = '' as $$
begin
  if p_present ->> 'source' = 'provider' then
    perform training.fail(409, 'line_conflict',
      format('Line %s is already there with other words, from the voice provider''s record.', p_present ->> 'sequence'),
      format('sequence %s', p_present ->> 'sequence'));
  end if;
end $$;

-- The provider and conversation that hold the recording of the caller's session.
create function training.get_recording(p_session_id bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_session public.training_sessions;
begin
  select * into v_session from public.training_sessions s where s.id = p_session_id and s.user_id = v_caller;
  if not found then
    perform training.session_not_found();
  end if;
  if v_session.conversation_id is null then
    perform training.fail(404, 'recording_not_found', 'This session has no recording.');
  end if;
  return training.voice_of(v_session) - '{reconciled_at,recovered_lines,unplaced,duration_seconds}'::text[];
end $$;
-- Outgoing webhooks tell other systems that a session ended or was graded. The transaction of the change writes the
-- outbox row, so no event is lost. The worker sends it with a lease and at most ten tries. Supabase's Database Webhooks
-- are not used: pg_net never retries.

create table training.webhook_endpoints (
  id bigint generated always as identity primary key,
  url text not null check (char_length(url) between 1 and 2000),
  secret text not null check (secret ~ '^whsec_[A-Za-z0-9+/]{32,100}=*$'),
  events text[] not null check (events <@ array['session.ended', 'session.graded'] and events <> '{}'),
  created_at timestamptz not null,
  disabled_at timestamptz
);
comment on table training.webhook_endpoints is 'The receivers. secret: signs by the Standard Webhooks specification. '
'disabled_at: it answered 410 Gone.';

create table training.webhook_deliveries (
  id bigint generated always as identity primary key,
  endpoint_id bigint not null references training.webhook_endpoints (id) on delete cascade,
  message_id text not null,
  event text not null,
  payload jsonb not null,
  created_at timestamptz not null,
  try_after timestamptz,
  tries integer not null default 0,
  delivered_at timestamptz,
  dead_at timestamptz,
  trouble text,
  unique (endpoint_id, message_id)
);
comment on table training.webhook_deliveries is
  'The outbox. try_after null: delivered, or dead after ten tries in three days. message_id is the same in each try, '
  'so a receiver can skip repeats.';
create index webhook_deliveries_try on training.webhook_deliveries (try_after) where try_after is not null;
create index webhook_deliveries_dead on training.webhook_deliveries (dead_at) where dead_at is not null;
create index webhook_deliveries_done on training.webhook_deliveries (delivered_at) where delivered_at is not null;
revoke all on training.webhook_endpoints, training.webhook_deliveries from public, anon, authenticated, service_role;

-- Adds an event to the outbox of each endpoint that wants it.
create function training.publish(p_event text, p_data jsonb) returns void language plpgsql set search_path = '' as $$
declare
  v_message_id text := 'msg_' || replace(gen_random_uuid()::text, '-', '');
begin
  insert into training.webhook_deliveries (endpoint_id, message_id, event, payload, created_at, try_after)
  select e.id, v_message_id, p_event,
         jsonb_build_object('type', p_event, 'timestamp', training.iso_timestamp(training.now()), 'data', p_data),
           training.now(), training.now()
    from training.webhook_endpoints e where p_event = any (e.events) and e.disabled_at is null;
end $$;

-- The payload holds the session's id and none of its data: a receiver reads the rest with its own key.
create function training.publish_session() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_data jsonb := jsonb_build_object(
    'id', new.id, 'state', training.grading_state(new), 'status', new.status, 'end_reason', new.end_reason,
    'graded_by', new.graded_by,
    'rubric_version', new.rubric_version, 'link', training.setting('app_url', '') || '/analytics/' || new.id);
begin
  if old.status = 'active' and new.status <> 'active' then
    perform training.publish('session.ended', v_data);
  end if;
  -- A grade accepted in this transaction; restore_grade and the migration set graded_at without one.
  if new.graded_at is not null and new.graded_at is distinct from old.graded_at and exists (
    select 1 from public.training_grades g
     where g.session_id = new.id and g.outcome = 'accepted' and g.grader <> 'legacy' and g.created_at = new.graded_at
       and g.xmin = pg_current_xact_id()::xid
  ) then
    perform training.publish('session.graded', v_data);
  end if;
  return null;
end $$;

create trigger session_is_published after update of status, graded_at on public.training_sessions
  for each row when (old.status = 'active' and new.status <> 'active' or new.graded_at is distinct from old.graded_at)
  execute function training.publish_session();

-- Leases up to p_max_count deliveries for two minutes. After the first try they are tried again in 5 s, 5 min, 30 min,
-- 2 h, 5 h, 10 h, 14 h, 20 h, 20 h.
create function training.claim_webhooks(p_max_count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_now timestamptz := training.now();
  v_claims jsonb;
begin
  delete from training.webhook_deliveries d where d.delivered_at < v_now - interval '30 days';
  with due as (
    select d.id from training.webhook_deliveries d where d.try_after <= v_now order by d.try_after,
      d.id limit p_max_count for update skip locked
  ), leased as (
    update training.webhook_deliveries d set tries = d.tries + 1, try_after = v_now + interval '2 minutes'
      from due where due.id = d.id
    returning d.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
           'id', l.id, 'tries', l.tries, 'url', e.url, 'secret', e.secret, 'message_id', l.message_id, 'payload',
           l.payload) order by l.id), '[]')
    into v_claims
    from leased l join training.webhook_endpoints e on e.id = l.endpoint_id;
  return v_claims;
end $$;

-- Notes the result of try number p_tries. p_trouble null: it was accepted. p_gone: the endpoint answered 410, so
-- nothing more is sent to it. A late note of an earlier try changes nothing.
create function training.note_webhook(p_id bigint, p_tries integer, p_trouble text, p_gone boolean) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_now timestamptz := training.now();
  v_waits interval[] := array['5 s', '5 min', '30 min', '2 h', '5 h', '10 h', '14 h', '20 h', '20 h']::interval[];
  v_endpoint_id bigint;
begin
  update training.webhook_deliveries d
     set trouble = p_trouble,
         delivered_at = case when p_trouble is null then v_now end,
         dead_at = case when p_trouble is not null and (p_gone or d.tries > cardinality(v_waits)) then v_now end,
         try_after = case when p_trouble is not null and not p_gone then v_now + v_waits[d.tries] end
   where d.id = p_id and d.tries = p_tries and d.try_after is not null
  returning d.endpoint_id into v_endpoint_id;
  if p_gone then
    update training.webhook_endpoints e set disabled_at = v_now where e.id = v_endpoint_id;
  end if;
end $$;

-- The operator's commands (./scripts/hooks). -> the new endpoint's id
create function training.add_webhook(p_url text, p_secret text, p_events text[]) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  v_id bigint;
begin
  insert into training.webhook_endpoints (url, secret, events, created_at) values (p_url, p_secret, p_events,
    training.now()) returning id into v_id;
  return v_id;
end $$;

create function training.remove_webhook(p_id bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  delete from training.webhook_endpoints e where e.id = p_id;
  return found;
end $$;

-- The endpoints with their counts, and the deliveries that failed and wait or are dead; no secrets.
create function training.list_webhooks() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return jsonb_build_object(
    'endpoints', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'id', e.id, 'url', e.url, 'events', e.events, 'disabled_at', e.disabled_at,
               'waiting', (select count(*) from training.webhook_deliveries d where d.endpoint_id = e.id
               and d.try_after is not null),
               'dead', (select count(*) from training.webhook_deliveries d where d.endpoint_id = e.id
               and d.dead_at is not null),
               'last_delivered_at', (select max(d.delivered_at) from training.webhook_deliveries d
               where d.endpoint_id = e.id)) order by e.id), '[]')
        from training.webhook_endpoints e),
    'failed', (
      select coalesce(jsonb_agg(to_jsonb(f) order by f.id), '[]')
        from (select d.id, d.endpoint_id, d.message_id, d.event, d.payload -> 'data' -> 'id' as session_id, d.tries,
          d.trouble, d.try_after, d.dead_at
                from training.webhook_deliveries d where d.trouble is not null and d.delivered_at is null
                  order by d.id desc limit 100) f)
  );
end $$;

-- Queues a test event for one endpoint, also when it does not subscribe to it. -> the delivery's id
create function training.test_webhook(p_id bigint) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  v_now timestamptz := training.now();
  v_id bigint;
begin
  insert into training.webhook_deliveries (endpoint_id, message_id, event, payload, created_at, try_after)
  select e.id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), 'webhook.test',
         jsonb_build_object('type', 'webhook.test', 'timestamp', training.iso_timestamp(v_now), 'data',
           jsonb_build_object('endpoint', e.id)),
         v_now, v_now
    from training.webhook_endpoints e where e.id = p_id
  returning id into v_id;
  perform training.wake_grader();
  return v_id;
end $$;

-- Sends again, under the same message id: one delivery, or every dead one. -> how many
create function training.replay_webhooks(p_id bigint) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_count integer;
begin
  update training.webhook_deliveries d
     set try_after = training.now(), tries = 0, dead_at = null, delivered_at = null, trouble = null
   where case when p_id is null then d.dead_at is not null else d.id = p_id end;
  get diagnostics v_count = row_count;
  perform training.wake_grader();
  return v_count;
end $$;

-- {"delivered_at", "trouble"} of a delivery; null where there is none.
create function training.webhook_outcome(p_id bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (select jsonb_build_object('delivered_at', d.delivered_at, 'trouble', d.trouble)
    from training.webhook_deliveries d where d.id = p_id);
end $$;
-- Reconciling adds lines that only the voice provider has to the transcript. The worker aligns the provider's turns
-- with our lines (functions/voice/alignment.py, pure) and passes a plan of lines to add. The transition here never
-- overwrites, reorders or renumbers an acknowledged line.

-- What the worker needs to plan: the lines, and the finished conversations in the order they were bound.
-- complete: the provider's record of every conversation is here or was given up, so turns after our last line may be
-- appended.
create function training.reconciliation_of(p_session public.training_sessions, p_version text,
  p_changes integer) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_object(
    'session_id', p_session.id, 'version', p_version, 'changes', p_changes, 'started_at', p_session.started_at,
    'transcript', p_session.transcript,
    'complete', not exists (select 1 from training.voice_conversations c where c.session_id = p_session.id
    and c.poll_after is not null),
    'conversations', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'provider', t.provider, 'conversation_id', t.conversation_id, 'status', t.status, 'turns', t.turns,
               'started_at', t.started_at,
               'duration_seconds', t.duration_seconds) order by c.bound_at, t.id), '[]')
        from public.provider_transcripts t join training.voice_conversations c using (provider, conversation_id)
       where t.session_id = p_session.id)
  );
end $$;

-- Leases, for a minute or more, up to p_max_count sessions whose provider record changed. When a lease runs out, the
-- session is leased again.
create function training.claim_reconciliations(p_max_count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_now timestamptz := training.now();
  v_claims jsonb := '[]'::jsonb;
  v_voice training.voice_sessions;
  v_row record;
begin
  for v_voice in
    select v.* from training.voice_sessions v where v.try_after <= v_now order by v.try_after limit p_max_count
      for update skip locked
  loop
    update training.voice_sessions v
       set tries = v.tries + 1, try_after = v_now + least(interval '1 hour', interval '1 minute' * 2 ^ least(v.tries,
         6))
     where v.session_id = v_voice.session_id;
    -- xmin is the row's version: see training.get_session.
    select s.xmin::text as version, s as session into v_row from public.training_sessions s
      where s.id = v_voice.session_id;
    v_claims := v_claims || training.reconciliation_of(v_row.session, v_row.version, v_voice.changes);
    exit when pg_column_size(v_claims) > 8 * 1024 * 1024;
  end loop;
  return v_claims;
end $$;

-- Ends an active session whose newest conversation is over. Queues an ended session that gained lines for another
-- grade.
create function training.apply_recovered(p_session public.training_sessions, p_gained boolean) returns void
language plpgsql set search_path = '' as $$
declare
  v_newest public.provider_transcripts;
  v_claim training.grading_claims;
  v_had_no_words boolean := p_session.end_reason is not distinct from 'no_conversation';
  v_is_scorable boolean := p_session.transcript @> '[{"speaker": "user"}]';
  v_begins_to_wait boolean := v_had_no_words and v_is_scorable;
begin
  select t.* into v_newest from public.provider_transcripts t
   where t.session_id = p_session.id and t.conversation_id = p_session.conversation_id;
  if p_session.status = 'active' and v_newest.id is not null then
    perform training.end_session(p_session, 'ended',
      least(training.now(), coalesce(v_newest.started_at + make_interval(secs => v_newest.duration_seconds),
        training.now())),
      v_newest.duration_seconds);
  elsif not p_gained or p_session.status = 'active' then
    -- The same words, but a new row version: the ETag must change with `voice`.
    update public.training_sessions s set transcript = p_session.transcript where s.id = p_session.id;
  else
    -- A grade under way has not seen the new lines. Its grader may have asked the model.
    delete from training.grading_claims c where c.session_id = p_session.id returning * into v_claim;
    if v_claim.spends_model_grade then
      perform training.count_usage(v_claim.user_id, p_model_grades => 1);
    end if;
    -- A session that had no words of the rep begins to wait for its grade only now.
    update public.training_sessions s
       set transcript = p_session.transcript,
           graded_at = null,
           status = case when v_is_scorable then 'completed' else s.status end,
           end_reason = case when v_begins_to_wait then 'ended' else s.end_reason end,
           last_activity_at = case when v_begins_to_wait then training.now() else s.last_activity_at end,
           duration_seconds = case when v_had_no_words then coalesce(v_newest.duration_seconds, s.duration_seconds)
                                   else s.duration_seconds end
     where s.id = p_session.id;
    perform training.wake_grader(p_session.id);
  end if;
end $$;

-- Applies a plan: p_lines [{"sequence", "speaker", "text", "timestamp"}] at sequences that are free, each marked
-- "source": "provider".
-- Refused with `changed`, and tried again at once, where the session or the provider's record changed since the claim.
create function training.save_reconciliation(
  p_session_id bigint, p_version text, p_changes integer, p_lines jsonb, p_unplaced integer, p_timings jsonb
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_session public.training_sessions;
  v_version text;
  v_lines jsonb[];
begin
  select s.xmin::text into v_version from public.training_sessions s where s.id = p_session_id for update;
  if not found then
    return jsonb_build_object('saved', false, 'reason', 'session_deleted');
  end if;
  select * into v_session from public.training_sessions s where s.id = p_session_id;
  perform 1 from training.voice_sessions v where v.session_id = p_session_id and v.changes = p_changes for update;
  if not found or v_version <> p_version then
    update training.voice_sessions v set try_after = training.now() where v.session_id = p_session_id;
    return jsonb_build_object('saved', false, 'reason', 'changed');
  end if;

  -- A session's texts hold at most 1 MiB; what does not fit stays in the provider's row.
  select coalesce(array_agg(line || '{"source": "provider"}' order by (line ->> 'sequence')::integer),
    '{}') into v_lines
    from (select line, sum(octet_length(line ->> 'text')) over (order by (line ->> 'sequence')::integer) as bytes
            from jsonb_array_elements(p_lines) line) planned
   where (line ->> 'sequence')::integer between 1 and 2000
     and not v_session.transcript @> jsonb_build_array(jsonb_build_object('sequence', line -> 'sequence'))
     and bytes + (select coalesce(sum(octet_length(l ->> 'text')), 0)
       from jsonb_array_elements(v_session.transcript) l) <= 1048576;
  if v_lines <> '{}' then
    select jsonb_agg(line order by (line ->> 'sequence')::integer) into v_session.transcript
      from (select jsonb_array_elements(v_session.transcript) as line union all select unnest(v_lines)) merged;
    perform training.broadcast_lines(p_session_id, v_lines);
  end if;
  perform training.apply_recovered(v_session, v_lines <> '{}');
  update training.voice_sessions v
     set try_after = null, reconciled_at = training.now(), timings = p_timings,
         unplaced = p_unplaced + jsonb_array_length(p_lines) - cardinality(v_lines),
         recovered_lines = jsonb_array_length(jsonb_path_query_array(v_session.transcript,
           '$[*] ? (@.source == "provider")')),
         duration_seconds = (select sum(t.duration_seconds) from public.provider_transcripts t
           where t.session_id = p_session_id)
   where v.session_id = p_session_id;
  return jsonb_build_object('saved', true, 'reason', null);
end $$;
-- What the schedule does for voice. Polling fetches each transcript whose hook was lost. Erasures are tried until done.

-- Claims work for a worker that can reach p_providers (those it has a key of):
-- {"reconcile": [training.reconciliation_of], "poll": [{"provider", "conversation_id"}], "erase": [{"provider",
-- "conversation_id"}]}.
-- A conversation is polled a minute after it was bound at the earliest, when its session ended 20 seconds ago or had no
-- line for a minute; again after 30 s, 1 min, 2 min ... 1 h. It is given up, visibly, a day after the session's last
-- line or end.
create function training.claim_voice_work(p_providers text[], p_max_count integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_now timestamptz := training.now();
  v_poll jsonb;
  v_erase jsonb;
begin
  perform training.link_transcripts();
  delete from public.provider_transcripts t
   where t.session_id is null and t.received_at < v_now - make_interval(days =>
     training.number_setting('unbound_transcripts_kept_days'));
  delete from training.provider_erasures e where e.done_at < v_now - interval '60 days';

  with due as (
    select c.provider, c.conversation_id, s.last_activity_at < v_now - interval '1 day' as late
      from training.voice_conversations c join public.training_sessions s on s.id = c.session_id
     where c.poll_after <= v_now
       and s.last_activity_at <= v_now - case when s.status = 'active' then interval '1 minute'
         else interval '20 seconds' end
       and (c.provider = any (p_providers) or s.last_activity_at < v_now - interval '1 day')
     order by c.poll_after limit p_max_count for update of c skip locked
  ), asked as (
    update training.voice_conversations c
       set polls = c.polls + 1,
           poll_after = case when not late then v_now + least(interval '1 hour',
             interval '30 seconds' * 2 ^ least(c.polls, 10)) end,
           gave_up_at = case when late then v_now end
      from due where due.provider = c.provider and due.conversation_id = c.conversation_id
    returning c.provider, c.conversation_id, c.session_id, late
  ), given_up as ( -- turns of the session's other conversations may be appended now
    update training.voice_sessions v set try_after = v_now, tries = 0 from asked where late
      and v.session_id = asked.session_id
  )
  select coalesce(jsonb_agg(jsonb_build_object('provider', provider, 'conversation_id', conversation_id)),
    '[]') into v_poll
    from asked where not late;

  with due as (
    select e.provider, e.conversation_id from training.provider_erasures e
     where e.done_at is null and e.try_after <= v_now and e.provider = any (p_providers)
     order by e.try_after limit p_max_count for update skip locked
  ), asked as (
    update training.provider_erasures e
       set tries = e.tries + 1, try_after = v_now + least(interval '6 hours',
         interval '30 seconds' * 2 ^ least(e.tries, 10))
      from due where due.provider = e.provider and due.conversation_id = e.conversation_id
    returning e.provider, e.conversation_id
  )
  select coalesce(jsonb_agg(to_jsonb(asked)), '[]') into v_erase from asked;

  return jsonb_build_object('reconcile', training.claim_reconciliations(p_max_count), 'poll', v_poll, 'erase', v_erase);
end $$;

-- Notes the result of a poll. p_trouble is a class such as "not_found"; null: the conversation still goes on.
create function training.note_voice_poll(p_provider text, p_conversation_id text, p_trouble text) returns void
language sql security definer set search_path = '' as $$
  update training.voice_conversations c set trouble = p_trouble where c.provider = p_provider
    and c.conversation_id = p_conversation_id
$$;

-- Notes the result of a deletion at the provider. p_trouble null: the provider has deleted the conversation.
create function training.note_voice_erasure(p_provider text, p_conversation_id text, p_trouble text) returns void
language sql security definer set search_path = '' as $$
  update training.provider_erasures e
     set trouble = p_trouble, done_at = case when p_trouble is null then training.now() end
   where e.provider = p_provider and e.conversation_id = p_conversation_id
$$;

-- Whether the schedule has work besides grading.
create function training.chores_wait() returns boolean language plpgsql stable set search_path = '' as $$
declare
  v_now timestamptz := training.now();
begin
  return exists (select 1 from training.voice_sessions v where v.try_after <= v_now)
    or exists (select 1 from training.voice_conversations c where c.poll_after <= v_now)
    or exists (select 1 from training.provider_erasures e where e.done_at is null and e.try_after <= v_now)
    or exists (select 1 from training.webhook_deliveries d where d.try_after <= v_now);
end $$;

-- For scripts/health: is each conversation's record here, does each erasure reach the provider, does each webhook
-- arrive?
create view public.voice_health with (security_invoker = true) as
select
  (select extract(epoch from now() - max(last_event_at))::numeric(12, 1)
    from training.voice_hooks) as last_event_age_seconds,
  (select count(*) from training.voice_sessions where try_after is not null) as reconciling,
  (select count(*) from training.voice_conversations where poll_after is not null and polls > 0) as awaited_transcripts,
  (select count(*) from training.voice_conversations where gave_up_at > now() - interval '7 days') as
    given_up_transcripts,
  (select count(*) from public.provider_transcripts where session_id is null) as unbound_transcripts,
  (select count(*) from training.provider_erasures where done_at is null) as erasures_waiting,
  (select coalesce(extract(epoch from now() - min(requested_at)), 0)::numeric(12, 1) from training.provider_erasures
    where done_at is null)
    as oldest_erasure_seconds,
  (select coalesce(jsonb_object_agg(trouble, n), '{}') from (
     select trouble, count(*) as n from (
       select trouble from training.voice_conversations where poll_after is not null or gave_up_at > now() - interval
         '7 days'
       union all select trouble from training.provider_erasures where done_at is null) both_queues
     where trouble is not null group by trouble) t) as troubles,
  (select count(*) from training.webhook_deliveries where try_after is not null) as webhooks_waiting,
  (select count(*) from training.webhook_deliveries where dead_at is not null) as webhooks_dead;
comment on view public.voice_health is
  'One row: the age of the last hook event, transcripts awaited and given up (7 days), erasures and webhooks that '
  'wait, and their last errors.';
revoke all on public.voice_health from public, anon, authenticated, service_role;
grant select on public.voice_health to service_role;
grant select on training.voice_hooks, training.voice_sessions, training.voice_conversations,
  training.provider_erasures, training.webhook_deliveries
  to service_role;
create rule no_inserts as on insert to public.voice_health do instead nothing; -- noqa: PRS
create rule no_updates as on update to public.voice_health do instead nothing; -- noqa: PRS
create rule no_deletes as on delete to public.voice_health do instead nothing; -- noqa: PRS
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
-- The public contract: every function that a client can call. Each is a thin wrapper, with the caller's own rights,
-- around a private function. Hosted Supabase grants each new function to all roles, so a revoke comes before the grant.

revoke all on all functions in schema training from public;

create function public.create_training_session(
  agent_name text, agent_id text default null, idempotency_key text default null
) returns jsonb language sql set search_path = '' as $$ select training.create_session($1, $2, $3) $$;
comment on function public.create_training_session is
  '-> {"id", "status"}. The same key with the same agent from the same user returns the same session. '
  '409 profile_missing, 422 invalid_field or idempotency_mismatch, 429 too_many_sessions with Retry-After.';
revoke all on function public.create_training_session from public, anon, authenticated, service_role;
grant execute on function public.create_training_session, training.create_session to authenticated;

create function public.append_transcript(session_id bigint, lines jsonb)
returns jsonb language sql set search_path = '' as $$ select training.append_transcript($1, $2) $$;
comment on function public.append_transcript is
  '1-100 lines {"speaker", "text" (1-4000 characters), "sequence"? (1-2000), "timestamp"? (ISO 8601), "correction"?} '
  '-> {"id", "line_count", "last_sequence", "duplicates", "missing"}. 404 session_not_found, 409 line_conflict or '
  'session_not_active, 422 invalid_field or transcript_full (2,000 lines, 1 MiB of text). An error stores nothing.';
revoke all on function public.append_transcript from public, anon, authenticated, service_role;
grant execute on function public.append_transcript, training.append_transcript to authenticated;

create function public.complete_training_session(
  session_id bigint, duration_seconds numeric default null, lines jsonb default '[]'
) returns jsonb language sql set search_path = '' as $$ select training.complete_session($1, $2, $3) $$;
comment on function public.complete_training_session is
  'Stores the last lines and ends the session in one transaction. A repeated call gives the same answer. '
  '-> {"id", "status", "redirect_to", "missing"}. Errors as append_transcript.';
revoke all on function public.complete_training_session from public, anon, authenticated, service_role;
grant execute on function public.complete_training_session, training.complete_session to authenticated;

create function public.delete_training_session(session_id bigint)
returns void language sql set search_path = '' as $$ select training.delete_session($1) $$;
comment on function public.delete_training_session is
  'The owner erases the session, its transcript and its grades. 404 session_not_found.';
revoke all on function public.delete_training_session from public, anon, authenticated, service_role;
grant execute on function public.delete_training_session, training.delete_session to authenticated;

create function public.get_training_session(session_id bigint)
returns json language sql stable set search_path = '' as $$ select training.get_session($1) $$;
comment on function public.get_training_session is
  'The whole session with transcript, scores, evidence, '
  'remarks [{"sequence", "category", "what", "why", "say_instead"}] and '
  'grading {"state", "graded_by", "rubric_version", "model", "confidence", "confidence_reason", "notes"}. '
  'An ETag header; 304 when If-None-Match names it. 404 session_not_found.';
revoke all on function public.get_training_session from public, anon, authenticated, service_role;
grant execute on function public.get_training_session, training.get_session to authenticated;

create function public.list_training_sessions(
  max_count integer default 20, before bigint default null, agent_name text default null
) returns json language sql stable set search_path = '' as $$ select training.list_sessions($1, $2, $3) $$;
comment on function public.list_training_sessions is
  '-> {"sessions": [... without transcripts], "next_before": id or null}, newest first, 1-100 a page.';
revoke all on function public.list_training_sessions from public, anon, authenticated, service_role;
grant execute on function public.list_training_sessions, training.list_sessions to authenticated;

create function public.get_training_progress(time_zone text default 'UTC')
returns json language sql stable set search_path = '' as $$ select training.progress($1) $$;
comment on function public.get_training_progress is
  '-> {"sessions", "this_week", "streak_days", "average", "best", "homeowners": [{"agent_name", "sessions", '
  '"last_session_at", "people", "scores": {category: {"count", "counted", "last", "best", "mean_of_last_five", '
  '"trend", "percentile"}}}]}. 422 invalid_field.';
revoke all on function public.get_training_progress from public, anon, authenticated, service_role;
grant execute on function public.get_training_progress, training.progress to authenticated;

create function public.resolve_legacy_sessions(legacy_ids uuid[])
returns jsonb language sql set search_path = '' as $$ select training.resolve_legacy_sessions($1) $$;
comment on function public.resolve_legacy_sessions is
  '1-1000 old UUIDs -> {uuid: id} of the sessions that are the caller''s.';
revoke all on function public.resolve_legacy_sessions from public, anon, authenticated, service_role;
grant execute on function public.resolve_legacy_sessions, training.resolve_legacy_sessions to authenticated;

create function public.session_system()
returns text language sql set search_path = '' as $$ select training.session_system() $$;
comment on function public.session_system is
  'The system that the caller''s next session begins in: "live_sessions" or "training_sessions". A session stays in '
  'the system that it began in.';
revoke all on function public.session_system from public, anon, authenticated, service_role;
grant execute on function public.session_system, training.session_system to authenticated;

create function public.start_training_voice(session_id bigint)
returns jsonb language sql set search_path = '' as $$ select training.start_voice($1) $$;
comment on function public.start_training_voice is
  'Counts a voice start of an active session. -> {"agent_id"}. 404 session_not_found, 409 session_not_active, '
  '429 too_many_voice_starts.';
revoke all on function public.start_training_voice from public, anon, authenticated, service_role;
grant execute on function public.start_training_voice, training.start_voice to authenticated;

create function public.take_homeowner_turn(session_id bigint)
returns jsonb language sql set search_path = '' as $$ select training.take_homeowner_turn($1) $$;
comment on function public.take_homeowner_turn is
  'Counts a turn of a homeowner whom the model plays. -> {"agent_name", "lines"}: the last 40 lines of the active '
  'session. 404 session_not_found, 409 session_not_active, 429 too_many_homeowner_turns.';
revoke all on function public.take_homeowner_turn from public, anon, authenticated, service_role;
grant execute on function public.take_homeowner_turn, training.take_homeowner_turn to authenticated;

create function public.bind_training_conversation(
  session_id bigint, conversation_id text, provider text default 'elevenlabs'
) returns jsonb language sql set search_path = '' as $$ select training.bind_conversation($1, $2, $3) $$;
comment on function public.bind_training_conversation is
  'Notes the voice provider''s conversation of an active session. 404 session_not_found, 409 session_not_active or '
  'conversation_taken.';
revoke all on function public.bind_training_conversation from public, anon, authenticated, service_role;
grant execute on function public.bind_training_conversation, training.bind_conversation to authenticated;

create function public.get_training_recording(session_id bigint)
returns jsonb language sql stable set search_path = '' as $$ select training.get_recording($1) $$;
comment on function public.get_training_recording is
  '-> {"provider", "conversation_id"} of the recording. 404 session_not_found or recording_not_found.';
revoke all on function public.get_training_recording from public, anon, authenticated, service_role;
grant execute on function public.get_training_recording, training.get_recording to authenticated;

-- For the voice hook, which has no user. A definer, because anon may not use the schema training. The token is its
-- only right.

create function public.receive_voice_record(record jsonb, token text)
returns jsonb language sql security definer set search_path = '' as $$ select training.receive_voice_record($1, $2) $$;
comment on function public.receive_voice_record is
  'Stores a provider''s transcript for a caller with the hook''s token. -> {"stored"}. 401 not_authenticated.';
revoke all on function public.receive_voice_record from public, anon, authenticated, service_role;
grant execute on function public.receive_voice_record to anon;

-- The functions below are for the grader and the operator.

create function public.claim_training_sessions(
  max_count integer default 10, lease_seconds integer default 120, session_id bigint default null,
  claim_token uuid default null, max_bytes bigint default 16777216, max_per_user integer default 100
) returns jsonb language sql set search_path = '' as $$ select training.claim_sessions($1, $2, $3, $4, $5, $6) $$;
comment on function public.claim_training_sessions is
  'Leases up to max_count (1-100) waiting sessions for lease_seconds (1-3600): session_id first, then by turn. Stops '
  'once the transcripts reach max_bytes of JSON, and passes over users with max_per_user live leases. The same '
  'claim_token gets the same claims again. -> [{"session_id", "user_id", "claim_id", "claim_number", "heuristic_only", '
  '"bytes", "lease_seconds"}]; get_claimed_training_session gives the transcript.';
revoke all on function public.claim_training_sessions from public, anon, authenticated, service_role;
grant execute on function public.claim_training_sessions, training.claim_sessions to service_role;

create function public.get_claimed_training_session(session_id bigint, claim_id uuid)
returns json language sql stable set search_path = '' as $$ select training.get_claimed_session($1, $2) $$;
comment on function public.get_claimed_training_session is
  '-> {"session_id", "user_id", "agent_name", "transcript"}; null when the claim is not the session''s newest, is '
  'saved, or its session was erased.';
revoke all on function public.get_claimed_training_session from public, anon, authenticated, service_role;
grant execute on function public.get_claimed_training_session, training.get_claimed_session to service_role;

create function public.save_training_grade(session_id bigint, claim_id uuid, attempts jsonb)
returns jsonb language sql set search_path = '' as $$ select training.save_grade($1, $2, $3) $$;
comment on function public.save_training_grade is
  'Saves the attempts of one claim, the last of them accepted. Only the first save of a claim counts. '
  '-> {"saved", "reason": null | "late" | "already_graded" | "session_deleted"}';
revoke all on function public.save_training_grade from public, anon, authenticated, service_role;
grant execute on function public.save_training_grade, training.save_grade to service_role;

create function public.sweep_training_sessions(max_count integer default 100)
returns jsonb language sql set search_path = '' as $$ select training.sweep($1) $$;
comment on function public.sweep_training_sessions is
  'Ends sessions without activity. -> {"completed", "failed"}: how many got which status';
revoke all on function public.sweep_training_sessions from public, anon, authenticated, service_role;
grant execute on function public.sweep_training_sessions, training.sweep to service_role;

create function public.regrade_training_sessions(
  session_ids bigint[] default null, agent_name text default null, heuristic_since timestamptz default null,
  dry_run boolean default true
) returns jsonb language sql set search_path = '' as $$ select training.regrade($1, $2, $3, $4) $$;
comment on function public.regrade_training_sessions is
  'Queues sessions that were graded or given up for another grade, by exactly one selector. The old grades stay in the '
  'history. -> {"sessions", "estimated_tokens", "dry_run"}';
revoke all on function public.regrade_training_sessions from public, anon, authenticated, service_role;
grant execute on function public.regrade_training_sessions, training.regrade to service_role;

create function public.store_voice_record(record jsonb)
returns jsonb language sql set search_path = '' as $$ select training.store_voice_record($1, 'poll') $$;
comment on function public.store_voice_record is
  'Stores a transcript that was fetched from the provider. -> {"stored"}';
revoke all on function public.store_voice_record from public, anon, authenticated, service_role;
grant execute on function public.store_voice_record, training.store_voice_record to service_role;

create function public.claim_voice_work(providers text[], max_count integer default 10)
returns jsonb language sql set search_path = '' as $$ select training.claim_voice_work($1, $2) $$;
comment on function public.claim_voice_work is
  'Leases sessions to reconcile, conversations to fetch and conversations to delete at these providers. '
  '-> {"reconcile", "poll", "erase"}';
revoke all on function public.claim_voice_work from public, anon, authenticated, service_role;
grant execute on function public.claim_voice_work, training.claim_voice_work to service_role;

create function public.save_voice_reconciliation(
  session_id bigint, version text, changes integer, lines jsonb, unplaced integer, timings jsonb
) returns jsonb language sql set search_path = '' as $$ select training.save_reconciliation($1, $2, $3, $4, $5, $6) $$;
comment on function public.save_voice_reconciliation is
  'Adds recovered lines at free sequences. -> {"saved", "reason": null | "changed" | "session_deleted"}';
revoke all on function public.save_voice_reconciliation from public, anon, authenticated, service_role;
grant execute on function public.save_voice_reconciliation, training.save_reconciliation to service_role;

create function public.note_voice_poll(provider text, conversation_id text, trouble text default null)
returns void language sql set search_path = '' as $$ select training.note_voice_poll($1, $2, $3) $$;
comment on function public.note_voice_poll is
  'Notes why a transcript could not be fetched yet.';
revoke all on function public.note_voice_poll from public, anon, authenticated, service_role;
grant execute on function public.note_voice_poll, training.note_voice_poll to service_role;

create function public.note_voice_erasure(provider text, conversation_id text, trouble text default null)
returns void language sql set search_path = '' as $$ select training.note_voice_erasure($1, $2, $3) $$;
comment on function public.note_voice_erasure is
  'Notes that a conversation is deleted at its provider, or why not yet.';
revoke all on function public.note_voice_erasure from public, anon, authenticated, service_role;
grant execute on function public.note_voice_erasure, training.note_voice_erasure to service_role;

create function public.claim_webhooks(max_count integer default 20)
returns jsonb language sql set search_path = '' as $$ select training.claim_webhooks($1) $$;
comment on function public.claim_webhooks is
  'Leases deliveries for two minutes. -> [{"id", "tries", "url", "secret", "message_id", "payload"}]';
revoke all on function public.claim_webhooks from public, anon, authenticated, service_role;
grant execute on function public.claim_webhooks, training.claim_webhooks to service_role;

create function public.note_webhook(id bigint, tries integer, trouble text default null, gone boolean default false)
returns void language sql set search_path = '' as $$ select training.note_webhook($1, $2, $3, $4) $$;
comment on function public.note_webhook is
  'Notes the result of a try and plans the next one. After the tenth failure the delivery is dead.';
revoke all on function public.note_webhook from public, anon, authenticated, service_role;
grant execute on function public.note_webhook, training.note_webhook to service_role;

create function public.add_webhook(url text, secret text, events text[])
returns bigint language sql set search_path = '' as $$ select training.add_webhook($1, $2, $3) $$;
comment on function public.add_webhook is
  'Adds an endpoint. -> its id';
revoke all on function public.add_webhook from public, anon, authenticated, service_role;
grant execute on function public.add_webhook, training.add_webhook to service_role;

create function public.remove_webhook(id bigint)
returns boolean language sql set search_path = '' as $$ select training.remove_webhook($1) $$;
comment on function public.remove_webhook is
  'Removes an endpoint with its deliveries. -> whether it was there';
revoke all on function public.remove_webhook from public, anon, authenticated, service_role;
grant execute on function public.remove_webhook, training.remove_webhook to service_role;

create function public.list_webhooks()
returns jsonb language sql set search_path = '' as $$ select training.list_webhooks() $$;
comment on function public.list_webhooks is
  '-> {"endpoints", "failed"}, without secrets.';
revoke all on function public.list_webhooks from public, anon, authenticated, service_role;
grant execute on function public.list_webhooks, training.list_webhooks to service_role;

create function public.test_webhook(id bigint)
returns bigint language sql set search_path = '' as $$ select training.test_webhook($1) $$;
comment on function public.test_webhook is
  'Queues a test event for an endpoint. -> the delivery''s id';
revoke all on function public.test_webhook from public, anon, authenticated, service_role;
grant execute on function public.test_webhook, training.test_webhook to service_role;

create function public.replay_webhooks(id bigint default null)
returns integer language sql set search_path = '' as $$ select training.replay_webhooks($1) $$;
comment on function public.replay_webhooks is
  'Queues a delivery again, or every dead one. -> how many';
revoke all on function public.replay_webhooks from public, anon, authenticated, service_role;
grant execute on function public.replay_webhooks, training.replay_webhooks to service_role;

create function public.webhook_outcome(id bigint)
returns jsonb language sql set search_path = '' as $$ select training.webhook_outcome($1) $$;
comment on function public.webhook_outcome is
  '-> {"delivered_at", "trouble"} of a delivery.';
revoke all on function public.webhook_outcome from public, anon, authenticated, service_role;
grant execute on function public.webhook_outcome, training.webhook_outcome to service_role;
-- Row level security: who reads which row. Writes have no policy, because clients write only through functions.
-- The policies come last. On hosted Supabase, `create policy` locks the tables of Supabase Auth and Storage until the
-- migration commits, and people cannot sign in while it does.

do $$
begin
  -- Only where 10_tables.sql made the table: an app's own table has a policy or deliberately has none.
  if obj_description('public.users'::regclass, 'pg_class')
     = 'One row per person, keyed by the id that Supabase Auth gives them.'
     and not exists (select 1 from pg_catalog.pg_policy where polrelid = 'public.users'::regclass) then
    create policy "people read their own row" on public.users for select to authenticated
      using (id = (select auth.uid()));
  end if;
end $$;

create policy "owners read their sessions" on public.training_sessions for select to authenticated
  using (user_id = (select auth.uid()));

create policy "owners read their grades" on public.training_grades for select to authenticated using (
  exists (select 1 from public.training_sessions s where s.id = session_id and s.user_id = (select auth.uid()))
);

create policy "owners read their provider transcripts" on public.provider_transcripts for select to authenticated
  using (
  exists (select 1 from public.training_sessions s where s.id = session_id and s.user_id = (select auth.uid()))
);

do $$
begin
  if to_regproc('realtime.send') is not null and to_regclass('realtime.messages') is not null then
    create policy "owners listen to their training sessions" on realtime.messages for select to authenticated using (
      extension = 'broadcast' and exists (
        select 1 from public.training_sessions s
         where s.id = substring(realtime.topic() from '^training_session:(\d{1,18})$')::bigint
           and s.user_id = (select auth.uid())
      )
    );
  end if;
end $$;

reset lock_timeout;
