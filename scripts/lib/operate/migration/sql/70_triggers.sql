-- The triggers, on both tables. Run with a short lock_timeout and tried again: each waits for the writers of its table.

create or replace trigger training_migration_insert after insert on public.live_sessions
  referencing new table as changed for each statement execute function training_migration.mirror_in();
create or replace trigger training_migration_update after update on public.live_sessions
  referencing old table as before new table as changed for each statement execute function training_migration.mirror_in();
create or replace trigger training_migration_delete after delete on public.live_sessions
  referencing old table as changed for each statement execute function training_migration.mirror_in();

create or replace trigger training_migration_name before insert on public.training_sessions
  for each row when (new.legacy_id is null) execute function training_migration.name_for_old_app();
create or replace trigger training_migration_stay before update of transcript, status on public.training_sessions
  for each row when (old.status = 'active' and not training_migration.began_here(old.legacy_id))
  execute function training_migration.stay_where_it_began();
create or replace trigger training_migration_out after insert or update of status, graded_at on public.training_sessions
  for each row execute function training_migration.mirror_out();
create or replace trigger training_migration_erase after delete on public.training_sessions
  for each row when (old.legacy_id is not null) execute function training_migration.mirror_out();
