-- Put beside the project's own schemas by `migrate prepare`, taken away by `finish` and `undo`. "In" is the way from
-- live_sessions to training_sessions, "out" the way back. Nothing here is open to a client.

create schema if not exists training_migration;
comment on schema training_migration is 'From live_sessions to training_sessions: the work list, the mirrors, the conversion. Gone when the migration is.';
revoke all on schema training_migration from public;

create table if not exists training_migration.state (
  only_row boolean primary key default true check (only_row),
  prepared_at timestamptz not null default now(),
  retired_at timestamptz,
  filled boolean not null default false,
  completed_word text not null default 'completed'
);
comment on column training_migration.state.completed_word is 'What the old table calls a graded session in grading_status.';
comment on column training_migration.state.filled is 'Whether the work list holds every old row, or did: no id is given before, and none after undo took away the first mirror.';

create table if not exists training_migration.pending (
  entry bigint generated always as identity primary key,
  position bigint not null default 0,
  legacy_id uuid not null,
  session_id bigint,
  user_id uuid,
  created_at timestamptz,
  problem text,
  tried_at timestamptz
);
comment on table training_migration.pending is
  'Old rows that training_sessions does not show as they are. Position 0 is what the mirror could not do at once, and goes first; '
  'the rest is the backfill, oldest first, each with the integer id it will have, so that whoever converts it gives the same id.';
comment on column training_migration.pending.problem is 'SQLSTATE and constraint of the last try; never words of a row.';
create index if not exists pending_order on training_migration.pending (position, entry) where problem is null;
create index if not exists pending_row on training_migration.pending (legacy_id);
create index if not exists pending_user on training_migration.pending (user_id);

create table if not exists training_migration.pending_out (
  entry bigint generated always as identity primary key,
  session_id bigint not null,
  erased_legacy_id uuid,
  problem text,
  tried_at timestamptz
);
comment on table training_migration.pending_out is 'Sessions the old table does not show as they are; erased_legacy_id: an erasure that has not reached it.';
create index if not exists pending_out_erased on training_migration.pending_out (erased_legacy_id) where erased_legacy_id is not null;

create table if not exists training_migration.direct_writes (hour timestamptz not null);
comment on table training_migration.direct_writes is
  'The hours in which the old app wrote to live_sessions itself: a row from each writer that sees none yet. A counter, or a unique key, would be '
  'a lock they all wait for.';

-- This one outlives the migration: what could not become a session or a line, word for word, and why.
create table if not exists training.legacy_quarantine (
  legacy_id uuid not null,
  part text not null check (part in ('row', 'transcript')),
  session_id bigint references public.training_sessions (id) on delete cascade,
  user_id uuid,
  reason text not null,
  original text not null,
  noted_at timestamptz not null default now(),
  primary key (legacy_id, part)
);
comment on table training.legacy_quarantine is
  'Of live_sessions, verbatim: rows that cannot belong to anyone (part row), and transcripts whose conversion left something out (part transcript, erased with their session).';
create index if not exists legacy_quarantine_session on training.legacy_quarantine (session_id);
create index if not exists legacy_quarantine_user on training.legacy_quarantine (user_id);
alter table training.legacy_quarantine enable row level security;
revoke all on training.legacy_quarantine from public, anon, authenticated, service_role;

-- The UUID under which the old app sees a session that began in the new system: made from its id, and recognisable.
create or replace function training_migration.uuid_of(p_session_id bigint) returns uuid language sql immutable set search_path = '' as $$
  select ('74726169-6e65-8000-8' || lpad(substr(h, 1, length(h) - 12), 3, '0') || '-' || right(h, 12))::uuid
    from (select lpad(to_hex(p_session_id), 15, '0') as h) hex
$$;

-- Asked of every row: without a setting of its own, which would keep it from being inlined.
create or replace function training_migration.began_here(p_legacy_id uuid) returns boolean language sql immutable as $$
  select p_legacy_id between '74726169-6e65-8000-8000-000000000000' and '74726169-6e65-8000-8fff-ffffffffffff'
$$;

-- What a mirror is writing at this moment: the UUID of the old row, 'sessions' on the way in, '' for nothing.
create or replace function training_migration.mirroring() returns text language sql stable as $$
  select coalesce(current_setting('training_migration.mirroring', true), '')
$$;

-- While a mirror writes, the other keeps still: the flag is put up, and put back to what it was at each return (an error takes it back
-- with what it had done). A function's own SET clause would do the same, but only a superuser may name such a setting there.
create or replace function training_migration.set_mirroring(p_value text) returns text language plpgsql set search_path = '' as $$
declare
  v_before text := training_migration.mirroring();
begin
  perform set_config('training_migration.mirroring', p_value, true);
  return v_before;
end $$;
