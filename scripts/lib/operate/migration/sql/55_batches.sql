-- The callers of store_sessions: an owner who comes before the backfill, and the backfill. A client reaches it through
-- training.adopt_legacy_sessions alone.

-- Row by row, so that a row that cannot be stored does not stop the others.
-- -> again: rows to be listed again; failed: rows that failed, with their problems: SQLSTATE and constraint, never a
-- value of the row. 57014 means that the statement's time is up: the rows after that one are listed again too.
create or replace function training_migration.store_one_by_one(
  p_ids uuid[], p_may_update boolean, out again uuid[], out failed uuid[], out problems text[]
) language plpgsql set search_path = '' as $$
declare
  v_id uuid;
  v_state text;
  v_constraint text;
begin
  foreach v_id in array p_ids loop
    begin
      again := again || training_migration.store_sessions(array[v_id], p_may_update);
    exception when query_canceled or others then
      get stacked diagnostics v_state = returned_sqlstate, v_constraint = constraint_name;
      -- A deadlock or a lock time-out is not a fault of the row: the caller tries all of it again.
      if v_state ~ '^(40|55)' then
        raise;
      end if;
      failed := failed || v_id;
      problems := problems || concat_ws(' ', v_state, nullif(v_constraint, ''));
      if v_state = '57014' then
        again := again || p_ids[array_position(p_ids, v_id) + 1:];
        exit;
      end if;
    end;
  end loop;
end $$;

-- An owner's own old sessions, before the backfill comes to them. The caller's token proves that the user exists. This
-- function only adds sessions: where it conflicts with the mirror, the mirror sees the newer row. It never fails. A row
-- that once used up the caller's time is left to the backfill, unless the owner asks for it by its id. Nothing is
-- stored before the work list is complete.
create or replace function training_migration.adopt(p_user_id uuid, p_ids uuid[]) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
  v_each record;
begin
  if not (select s.list_complete from training_migration.state s) then
    return;
  elsif p_ids is null then
    select array_agg(legacy_id) into v_ids from (
      select p.legacy_id from training_migration.pending p where p.user_id = p_user_id
      union select q.legacy_id from training.legacy_quarantine q where q.user_id = p_user_id
      except select p.legacy_id from training_migration.pending p where p.user_id = p_user_id and p.problem = '57014'
      limit 500
    ) own;
  else -- an anonymous row too: its link then answers that it is one
    select array_agg(o.id) into v_ids
      from public.live_sessions o
     where o.id = any (p_ids) and coalesce(o.user_id, p_user_id) = p_user_id;
  end if;
  if v_ids is not null then
    if not exists (select 1 from public.users u where u.id = p_user_id) then
      perform training.ensure_profile(p_user_id);
    end if;
    v_each := training_migration.store_one_by_one(v_ids, false);
    insert into training_migration.pending (legacy_id, user_id) select id, p_user_id from unnest(v_each.again) id;
    insert into training_migration.pending (legacy_id, user_id, problem, tried_at)
    select f.id, p_user_id, f.problem, clock_timestamp() from unnest(v_each.failed, v_each.problems) f (id, problem)
     where not exists (select 1 from training_migration.pending p where p.legacy_id = f.id and p.problem = f.problem);
  end if;
exception when query_canceled or others then
  raise warning 'training: old sessions could not be taken over early (%); the backfill will', sqlstate;
end $$;

-- One batch of the backfill: first what the mirror listed, then the work list from its oldest entry on. The advisory
-- lock orders the batch after every mirrored write that is under way. A write that comes during the batch does not
-- wait, but is listed. A row that fails stays listed with its problem. A batch of several rows that runs out of time
-- fails with 57014: the caller then takes one row at a time.
-- -> how many entries were dealt with, how many of them failed
create or replace function training_migration.convert_batch(
  p_count integer, p_since timestamptz, p_worker integer, out taken integer, out failed integer
) language plpgsql set search_path = '' as $$
declare
  v_ids uuid[];
  v_entries bigint[];
  v_is_done boolean := false;
  v_again uuid[];
  v_failed uuid[];
  v_problems text[];
begin
  perform pg_advisory_xact_lock(7261696, p_worker);
  select coalesce(array_agg(entry), '{}'), array_agg(distinct legacy_id) into v_entries, v_ids from (
    select p.entry, p.legacy_id from training_migration.pending p, training_migration.state s
     where s.list_complete and p.problem is null and (p_since is null or p.position = 0 or p.created_at >= p_since)
     order by p.position, p.entry limit p_count
       for update of p skip locked
  ) next;
  taken := cardinality(v_entries);
  failed := 0;
  if taken = 0 then
    return;
  end if;
  if cardinality(v_ids) > 1 then
    begin
      v_again := training_migration.store_sessions(v_ids, true);
      v_is_done := true;
    exception when others then
      if sqlstate ~ '^(40|55)' then
        raise;
      end if;
    end;
  end if;
  if not v_is_done then
    select o.again, o.failed, o.problems into v_again, v_failed, v_problems
      from training_migration.store_one_by_one(v_ids, true) o;
  end if;
  if v_failed is not null then
    update training_migration.pending p set problem = f.problem, tried_at = clock_timestamp()
      from unnest(v_failed, v_problems) f (id, problem) where p.entry = any (v_entries) and p.legacy_id = f.id;
    get diagnostics failed = row_count;
  end if;
  delete from training_migration.pending p
   where p.entry = any (v_entries) and p.problem is null and p.legacy_id <> all (coalesce(v_again, '{}'));
  taken := taken - coalesce(cardinality(v_again), 0);
end $$;

-- Whether no batch runs. If so, none begins before this transaction ends. Up to four workers have a lock each.
create or replace function training_migration.no_batch_running() returns boolean language sql set search_path = '' as $$
  select bool_and(pg_try_advisory_xact_lock_shared(7261696, worker)) from generate_series(1, 4) worker
$$;
