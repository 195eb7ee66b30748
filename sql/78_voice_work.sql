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
