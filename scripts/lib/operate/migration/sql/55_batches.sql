-- Who calls store(): the owner who is here before the backfill, and the backfill. Nothing of it is open to clients but through
-- training.adopt_legacy_sessions.

-- Row by row, so that one that cannot be stored does not keep the others. -> as store(), and the rows that failed with their problems: SQLSTATE and
-- constraint, never words of a row. 57014 means that this statement's time is up: the rows after that one are to be done again, too.
create or replace function training_migration.store_each(p_ids uuid[], p_may_update boolean, out raced uuid[], out failed uuid[], out problems text[])
language plpgsql set search_path = '' as $$
declare
  v_id uuid;
  v_state text;
  v_constraint text;
begin
  foreach v_id in array p_ids loop
    begin
      raced := raced || training_migration.store(array[v_id], p_may_update);
    exception when query_canceled or others then
      get stacked diagnostics v_state = returned_sqlstate, v_constraint = constraint_name;
      if v_state ~ '^(40|55)' then -- no fault of the row: somebody waits for us, as we for them. All of it again, later
        raise;
      end if;
      failed := failed || v_id;
      problems := problems || concat_ws(' ', v_state, nullif(v_constraint, ''));
      if v_state = '57014' then
        raced := raced || p_ids[array_position(p_ids, v_id) + 1:];
        exit;
      end if;
    end;
  end loop;
end $$;

-- For somebody who is here now: their own old sessions, before the backfill comes to them. Their token proves that they exist.
-- A conflict with the mirror is settled by whoever sees the newer row, so this only ever adds. It never fails, and a row that once took
-- all of the caller's time is left to the backfill, unless it is asked for by name. Nothing is taken before the work list is made.
create or replace function training_migration.adopt(p_user_id uuid, p_ids uuid[]) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
  v_each record;
begin
  if not (select s.filled from training_migration.state s) then
    return;
  elsif p_ids is null then
    select array_agg(legacy_id) into v_ids from (
      select p.legacy_id from training_migration.pending p where p.user_id = p_user_id
      union select q.legacy_id from training.legacy_quarantine q where q.user_id = p_user_id and q.part = 'row'
      except select p.legacy_id from training_migration.pending p where p.user_id = p_user_id and p.problem = '57014'
      limit 500
    ) own;
  else
    select array_agg(o.id) into v_ids from public.live_sessions o where o.id = any (p_ids) and o.user_id = p_user_id;
  end if;
  if v_ids is not null then
    if not exists (select 1 from public.users u where u.id = p_user_id) then
      perform training.ensure_profile(p_user_id);
    end if;
    v_each := training_migration.store_each(v_ids, false);
    insert into training_migration.pending (legacy_id, user_id) select raced, p_user_id from unnest(v_each.raced) raced;
    insert into training_migration.pending (legacy_id, user_id, problem, tried_at)
    select f.id, p_user_id, f.problem, clock_timestamp() from unnest(v_each.failed, v_each.problems) f (id, problem)
     where not exists (select 1 from training_migration.pending p where p.legacy_id = f.id and p.problem = f.problem);
  end if;
exception when query_canceled or others then
  raise warning 'training: old sessions could not be taken over early (%); the backfill will', sqlstate;
end $$;

-- One batch of the backfill: the mirror's left-overs first, then the work list from its oldest on. The lock orders it after every
-- mirrored write that is under way; one that comes meanwhile does not wait but adds to the list. A row that fails is left with its problem.
-- A batch that runs out of time fails with 57014, unless it is of one row: the caller then goes one by one.
-- -> how many entries were dealt with, how many of them failed
create or replace function training_migration.take_batch(p_count integer, p_since timestamptz, p_worker integer, out taken integer, out failed integer)
language plpgsql set search_path = '' as $$
declare
  v_ids uuid[];
  v_entries bigint[];
  v_together boolean;
  v_raced uuid[];
  v_failed uuid[];
  v_problems text[];
begin
  perform pg_advisory_xact_lock(7261696, p_worker);
  select coalesce(array_agg(entry), '{}'), array_agg(distinct legacy_id) into v_entries, v_ids from (
    select p.entry, p.legacy_id from training_migration.pending p, training_migration.state s
     where s.filled and p.problem is null and (p_since is null or p.position = 0 or p.created_at >= p_since)
     order by p.position, p.entry limit p_count
       for update of p skip locked
  ) next;
  taken := cardinality(v_entries);
  failed := 0;
  if taken = 0 then
    return;
  end if;
  v_together := cardinality(v_ids) > 1;
  if v_together then
    begin
      v_raced := training_migration.store(v_ids, true);
    exception when others then
      if sqlstate ~ '^(40|55)' then
        raise;
      end if;
      v_together := false;
    end;
  end if;
  if not v_together then
    select * into v_raced, v_failed, v_problems from training_migration.store_each(v_ids, true);
  end if;
  update training_migration.pending p set problem = f.problem, tried_at = clock_timestamp()
    from unnest(v_failed, v_problems) f (id, problem) where p.entry = any (v_entries) and p.legacy_id = f.id;
  get diagnostics failed = row_count;
  delete from training_migration.pending p
   where p.entry = any (v_entries) and p.problem is null and p.legacy_id <> all (coalesce(v_raced, '{}'));
  taken := taken - coalesce(cardinality(v_raced), 0);
end $$;

-- Whether no batch is under way; none begins then before this transaction ends. Up to four workers have a lock each.
create or replace function training_migration.no_batch() returns boolean language sql set search_path = '' as $$
  select bool_and(pg_try_advisory_xact_lock_shared(7261696, worker)) from generate_series(1, 4) worker
$$;
