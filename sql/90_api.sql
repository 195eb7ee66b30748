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
