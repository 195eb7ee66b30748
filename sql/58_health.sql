-- One row for scripts/health and a dashboard: is every completed session graded in time?

create view public.grading_health with (security_invoker = true) as
with recent as (
  select * from public.training_grades where created_at >= now() - interval '1 day'
), asked as ( -- One row per save in which the model was asked: the rows of one save have one created_at.
  select bool_or(outcome = 'accepted') as answered from recent where grader = 'model' group by session_id, created_at
), waiting as (
  select s.last_activity_at, c.lease_until > now() as leased
    from public.training_sessions s left join training.grading_claims c on c.session_id = s.id
   where s.status = 'completed' and s.graded_at is null
), used as (
  select coalesce(sum(u.tokens_in), 0) as tokens_in, coalesce(sum(u.tokens_out), 0) as tokens_out
    from training.usage u where u.day = (now() at time zone 'UTC')::date
)
select
  (select count(*) from waiting) as waiting,
  (select coalesce(extract(epoch from now() - min(last_activity_at)), 0)::numeric(12, 1) from waiting)
    as oldest_wait_seconds,
  (select count(*) from waiting where leased) as leased,
  (select count(*) from recent where outcome = 'accepted' and grader = 'model') as graded_by_model,
  (select count(*) from recent where outcome = 'accepted' and grader = 'heuristic') as graded_by_heuristic,
  (select count(*) from asked) as model_asked,
  (select count(*) from asked where not answered) as model_failed,
  (select count(*) from recent where error_class = 'gave_up') as given_up,
  (select coalesce(jsonb_object_agg(error_class, n), '{}') from
    (select error_class, count(*) as n from recent where outcome in ('failed', 'lost') group by error_class) f)
    as failures,
  (select percentile_cont(0.5) within group (order by seconds_to_grade) from recent) as seconds_to_grade_p50,
  (select percentile_cont(0.95) within group (order by seconds_to_grade) from recent) as seconds_to_grade_p95,
  (select tokens_in from used) as tokens_in,
  (select tokens_out from used) as tokens_out,
  training.bad_settings() as bad_settings;
comment on view public.grading_health is
  'One row: the grading queue now; the last day''s grades, failures and waiting times; the tokens used since 00:00 '
  'UTC, also for sessions that were erased since; and settings that are not numbers. model_asked and model_failed '
  'count sessions.';
revoke all on public.grading_health from public, anon, authenticated, service_role;
grant select on public.grading_health to service_role;
grant execute on function training.bad_settings to service_role;
-- PostgreSQL cannot write to this view and answers a write with a server error. These rules refuse a write as a bad
-- request instead.
create rule refuse_insert as on insert to public.grading_health do instead nothing; -- noqa: PRS
create rule refuse_update as on update to public.grading_health do instead nothing; -- noqa: PRS
create rule refuse_delete as on delete to public.grading_health do instead nothing; -- noqa: PRS
