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
