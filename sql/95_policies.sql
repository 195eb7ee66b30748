-- Row level security: who reads which row. Writes have no policy, because clients write only through functions.
-- The policies come last. On hosted Supabase, `create policy` locks the tables of Supabase Auth and Storage until the
-- migration commits, and people cannot sign in while it does.

do $$
begin
  -- Only where 10_tables.sql made the table: an app's own table has a policy or deliberately has none.
  if obj_description('public.users'::regclass, 'pg_class')
     = 'One row per person, keyed by the id that Supabase Auth gives them.'
     and not exists (select 1 from pg_catalog.pg_policy where polrelid = 'public.users'::regclass) then
    create policy "people read their own row" on public.users for select to authenticated
      using (id = (select auth.uid()));
  end if;
end $$;

create policy "owners read their sessions" on public.training_sessions for select to authenticated
  using (user_id = (select auth.uid()));

create policy "owners read their grades" on public.training_grades for select to authenticated using (
  exists (select 1 from public.training_sessions s where s.id = session_id and s.user_id = (select auth.uid()))
);

create policy "owners read their provider transcripts" on public.provider_transcripts for select to authenticated
  using (
  exists (select 1 from public.training_sessions s where s.id = session_id and s.user_id = (select auth.uid()))
);

do $$
begin
  if to_regproc('realtime.send') is not null and to_regclass('realtime.messages') is not null then
    create policy "owners listen to their training sessions" on realtime.messages for select to authenticated using (
      extension = 'broadcast' and exists (
        select 1 from public.training_sessions s
         where s.id = substring(realtime.topic() from '^training_session:(\d{1,18})$')::bigint
           and s.user_id = (select auth.uid())
      )
    );
  end if;
end $$;

reset lock_timeout;
