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
