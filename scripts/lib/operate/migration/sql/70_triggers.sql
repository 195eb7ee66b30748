-- The triggers, on both tables. Each waits for the writers of its table: prepare runs one at a time, with a short
-- lock_timeout and retries.

create or replace trigger training_migration_insert after insert on public.live_sessions
  referencing new table as changed for each statement execute function training_migration.mirror_to_new();
create or replace trigger training_migration_update after update on public.live_sessions
  referencing old table as before new table as changed for each statement
  execute function training_migration.mirror_to_new();
create or replace trigger training_migration_delete after delete on public.live_sessions
  referencing old table as changed for each statement execute function training_migration.mirror_to_new();

create or replace trigger training_migration_name before insert on public.training_sessions
  for each row when (new.legacy_id is null) execute function training_migration.give_legacy_id();
create or replace trigger training_migration_stay before update of transcript, status on public.training_sessions
  for each row when (old.status = 'active' and not training_migration.began_in_new(old.legacy_id))
  execute function training_migration.keep_in_old_system();
create or replace trigger training_migration_out after insert or update of status, graded_at on public.training_sessions
  for each row when (coalesce(current_setting('training_migration.mirroring', true), '') = '')
  execute function training_migration.mirror_to_old();
create or replace trigger training_migration_erase after delete on public.training_sessions
  for each row when (old.legacy_id is not null) execute function training_migration.mirror_to_old();
