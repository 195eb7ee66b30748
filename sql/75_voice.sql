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
