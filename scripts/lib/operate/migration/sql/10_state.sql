-- The migration's own tables. `migrate prepare` makes the schema, `undo` and `finish --drop` drop it. No client has a
-- right in it. Words: ../README.md.

create schema if not exists training_migration;
comment on schema training_migration is
  'From live_sessions to training_sessions: the work list, the mirrors, the conversion. Dropped at the '
  'end of the migration.';
revoke all on schema training_migration from public;

create table if not exists training_migration.state (
  only_row boolean primary key default true check (only_row),
  prepared_at timestamptz not null default now(),
  retired_at timestamptz,
  list_complete boolean not null default false,
  completed_word text not null default 'completed',
  anonymous_owner uuid,
  column_map jsonb not null default '{}',
  not_carried jsonb not null default '{}',
  revoked text[] not null default '{}'
);
comment on table training_migration.state is 'One row: what the commands have to remember.';
comment on column training_migration.state.list_complete is
  'Whether the work list holds every old row. Until then no row gets an id. undo sets it to false when '
  'it drops the first trigger.';
comment on column training_migration.state.completed_word is
  'The old app''s word for a graded session in grading_status.';
comment on column training_migration.state.anonymous_owner is
  'The user who gets the old rows without a user; null: those rows go into the quarantine.';
comment on column training_migration.state.column_map is
  '{"column of the old table": "the known column that it is read as"}, from prepare --map.';
comment on column training_migration.state.not_carried is
  '{"column or analytics.key that the conversion does not read": number of rows}, as prepare found it.';
comment on column training_migration.state.revoked is
  'The statements that give the retired table its grants and publications back.';

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
  'The work list: old rows that their session does not show as they are. Position 0: listed by the '
  'mirror, and converted first. '
  'The others are listed by prepare, oldest first, each with the integer id of its future session, so '
  'that the order of work does not change the ids.';
comment on column training_migration.pending.problem is
  'SQLSTATE and constraint of the last try; never a value of the row.';
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
comment on table training_migration.pending_out is
  'Sessions that the old table does not show as they are. erased_legacy_id: a session was erased, and '
  'its old row still has to be.';
comment on column training_migration.pending_out.problem is
  'SQLSTATE of the last try, or "changed by the old table: " and the columns whose value a trigger of '
  'the old table replaced.';
create index if not exists pending_out_erased
  on training_migration.pending_out (erased_legacy_id) where erased_legacy_id is not null;
create index if not exists pending_out_session on training_migration.pending_out (session_id);

create table if not exists training_migration.direct_writes (hour timestamptz not null);
comment on table training_migration.direct_writes is
  'The hours in which the old app itself wrote to live_sessions. Every writer that does not see a row '
  'of the hour inserts one: '
  'all writers would wait for the lock of a counter or of a unique key.';

create table if not exists training_migration.moved_children (
  child text not null,
  old_column text not null,
  new_column text not null,
  key_name text not null,
  definition text not null,
  was_required boolean not null,
  primary_key text,
  primary key (child, old_column)
);
comment on table training_migration.moved_children is
  'Child tables whose foreign key `migrate children` moved, and the key''s definition for the way back.';
comment on column training_migration.moved_children.primary_key is
  'The name of the primary key that moved from the old column to the new one; null: none moved.';

-- The UUID under which the old app sees a session that began in the new system: made from the session's id, and
-- recognisable.
create or replace function training_migration.legacy_id_for(p_session_id bigint) returns uuid
language sql immutable set search_path = '' as $$
  select ('74726169-6e65-8000-8' || lpad(substr(h, 1, length(h) - 12), 3, '0') || '-' || right(h, 12))::uuid
    from (select lpad(to_hex(p_session_id), 15, '0') as h) hex
$$;

-- Whether a UUID is one of those. Every row asks, so the function has no setting of its own: PostgreSQL can then inline
-- it.
create or replace function training_migration.began_in_new(p_legacy_id uuid) returns boolean
language sql immutable as $$
  select p_legacy_id between '74726169-6e65-8000-8000-000000000000' and '74726169-6e65-8000-8fff-ffffffffffff'
$$;

-- What a mirror writes at this moment: the UUID of an old row, 'sessions' on the way to the new table, '' for nothing.
create or replace function training_migration.mirroring() returns text language sql stable as $$
  select coalesce(current_setting('training_migration.mirroring', true), '')
$$;

-- Each mirror sets this flag while it writes, and the other mirror does nothing while the flag is set, to prevent
-- loops. The writer sets it back before it returns; an error rolls it back. Only a superuser may name such a setting in
-- a function's SET clause.
-- -> the value before
create or replace function training_migration.set_mirroring(p_value text) returns text
language plpgsql set search_path = '' as $$
declare
  v_before text := training_migration.mirroring();
begin
  perform set_config('training_migration.mirroring', p_value, true);
  return v_before;
end $$;
