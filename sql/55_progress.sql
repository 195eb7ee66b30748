-- What a rep learns from: delivery facts of one session, and progress over the sessions. Facts are counted and never
-- scored.

-- The words of a text, in small letters: what is left between white space and punctuation, with its apostrophes and
-- hyphens.
create function training.words_of(p_text text) returns text[]
language sql immutable parallel safe set search_path = '' as $$
  select array_remove(string_to_array(
    regexp_replace(
      translate(lower(p_text), training.white_space() || '.,;:!?¿¡…"“”„«»()[]{}<>/\|*_~–—', repeat(' ', 100)),
      '(^| )[''’-]+(?= |$)', ' ', 'g'
    ), ' '), '')
$$;

-- By language: its most common words, which identify the language of a transcript, and the fillers to count.
-- A filler that often has another meaning is not listed: "like", "halt" and "genre" are left out.
create function training.languages() returns table (language text, common text[], fillers text[])
language sql immutable parallel safe set search_path = '' as $$
  values
    ('en', '{the,and,you,is,it,to,of,that,we,your,have,do,what,with}'::text[],
           '{um,umm,uh,uhh,uhm,er,erm,hmm,basically,literally,actually,obviously,i mean}'::text[]),
    ('de', '{der,die,das,und,ist,ich,sie,nicht,wir,ein,eine,haben,mit,es}',
           '{äh,ähm,öh,öhm,hm,hmm,sozusagen,quasi,gewissermaßen,ehrlich gesagt,im grunde}'),
    ('es', '{el,los,las,que,y,es,una,usted,para,con,tiene,por,no,su}',
           '{eh,ehh,em,mmm,o sea,digamos,básicamente,literalmente}'),
    ('fr', '{le,les,et,vous,est,que,une,nous,pas,avec,des,pour,je,ce}', '{euh,heu,hum,ben,bah,du coup,en fait,en gros}')
$$;

-- How often a list of words and phrases occurs in words. Two spaces separate the words, so that each has its own.
create function training.count_occurrences(p_words text[], p_listed text[]) returns bigint
language sql immutable parallel safe set search_path = '' as $$
  with said as (select ' ' || array_to_string(p_words, '  ') || ' ' as text)
  select coalesce(sum((length(text) - length(replace(text, ' ' || replace(listed, ' ', '  ') || ' ', '')))
                      / (length(replace(listed, ' ', '  ')) + 2)), 0)::bigint
    from said, unnest(p_listed) listed
$$;

-- The facts of a transcript. The same transcript gives the same facts. A share, rate or time without data is null.
-- p_timings is what the voice provider measured. Our own timestamps come from the client's clock, so they are not used.
create function training.delivery_facts(p_transcript jsonb, p_timings jsonb default null) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_facts jsonb;
  v_words text[];
  v_language text;
  v_fillers bigint;
begin
  with lines as (
    select n, line ->> 'speaker' = 'user' as mine, line -> 'corrected' = 'true' as corrected,
           training.words_of(line ->> 'text') as words, regexp_count(line ->> 'text', '[?？؟]+') as questions
      from jsonb_array_elements(p_transcript) with ordinality as given (line, n)
  ), turned as (
    select *, mine is distinct from lag(mine) over (order by n) as turns from lines
  ), runs as (
    select *, count(*) filter (where turns) over (order by n) as run,
           count(*) filter (where mine) over (order by n) as mine_so_far
      from turned
  ), monologues as (
    select sum(cardinality(words)) as words from runs where mine group by run
  ), counted as (
    select count(*) filter (where mine) as my_lines, count(*) as all_lines,
           coalesce(sum(cardinality(words)) filter (where mine), 0) as my_words,
           coalesce(sum(cardinality(words)), 0) as all_words,
           coalesce(sum(questions) filter (where mine), 0) as questions,
           greatest(count(*) filter (where turns) - 1, 0) as switches, count(*) filter (where corrected) as corrected,
           min(mine_so_far) filter (where mine and questions > 0) as first_question
      from runs
  )
  select jsonb_build_object(
           'lines', my_lines, 'words', my_words,
           'word_share', round(my_words::numeric / nullif(all_words, 0), 3),
           'longest_monologue_words', (select max(m.words) from monologues m),
           'questions', questions, 'questions_per_10_lines', round(10.0 * questions / nullif(my_lines, 0), 1),
           'first_question_line', first_question,
           'speaker_switches', switches, 'interrupted_lines', corrected
         ) into v_facts
    from counted;

  v_words := array(
    select word from jsonb_array_elements(p_transcript) with ordinality as given (line, n),
                     unnest(training.words_of(line ->> 'text')) with ordinality as spoken (word, m)
     where line ->> 'speaker' = 'user' order by n, m
  );
  -- The language whose common words occur most often. Without any, or where two are equal, it is unknown.
  select case when hits[1] > coalesce(hits[2], 0) then languages[1] end into v_language from (
    select array_agg(l.language order by h.hits desc, l.language) as languages,
           array_agg(h.hits order by h.hits desc, l.language) as hits
      from training.languages() l
           cross join lateral (select count(*) as hits from unnest(v_words) word where word = any (l.common)) h
  ) ranked;
  select training.count_occurrences(v_words, l.fillers) into v_fillers
    from training.languages() l where l.language = v_language;
  return v_facts || jsonb_build_object(
    'language', v_language, 'fillers', v_fillers,
    'fillers_per_100_words', round(100.0 * v_fillers / nullif(cardinality(v_words), 0), 1),
    'talk_seconds', p_timings -> 'rep_talk_seconds',
    'words_per_minute', round(60 * cardinality(v_words) / nullif((p_timings ->> 'rep_talk_seconds')::numeric, 0)),
    'response_seconds', p_timings -> 'response_seconds'
  );
end $$;

-- Progress: one row for each rep and homeowner with the means of the newest five grades. Only the percentile reads it;
-- without it the percentile would read every user's sessions. Locks are taken in one order: a session's row first, then
-- this one.
create table training.standings (
  agent_name text not null,
  user_id uuid not null,
  rapport numeric not null,
  discovery numeric not null,
  objection_handling numeric not null,
  closing numeric not null,
  overall numeric not null,
  primary key (agent_name, user_id)
);
comment on table training.standings is 'Per homeowner and rep the mean of the newest five grades that count. '
  'Kept by a trigger on training_sessions; no row without such a grade.';
revoke all on training.standings from public, anon, authenticated, service_role;

-- A grade counts towards means unless its grader gave it the confidence `low`. Such a grade is listed and not averaged.
create index training_sessions_scored on public.training_sessions (user_id, agent_name, created_at desc, id desc)
  include (rapport_score, discovery_score, objection_handling_score, closing_score, overall_score, rubric_version,
           confidence)
  where overall_score is not null;

-- The means of the newest five grades that count; null without one.
create function training.newest_means(p_agent_name text, p_user_id uuid, out rapport numeric, out discovery numeric,
  out objection_handling numeric, out closing numeric, out overall numeric)
language sql stable set search_path = '' as $$
  select avg(rapport_score), avg(discovery_score), avg(objection_handling_score), avg(closing_score), avg(overall_score)
    from (select s.* from public.training_sessions s
           where s.user_id = p_user_id and s.agent_name = p_agent_name
             and s.overall_score is not null and s.confidence is distinct from 'low'
           order by s.created_at desc, s.id desc limit 5) newest
$$;

create function training.refresh_standing(p_agent_name text, p_user_id uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_mean record;
begin
  -- Two grades of one rep may be saved at once. The row lock orders them, and the next statement sees both.
  insert into training.standings values (p_agent_name, p_user_id, 0, 0, 0, 0, 0) on conflict do nothing;
  perform 1 from training.standings st where st.agent_name = p_agent_name and st.user_id = p_user_id for update;
  select * into v_mean from training.newest_means(p_agent_name, p_user_id);
  if v_mean.overall is null then
    delete from training.standings st where st.agent_name = p_agent_name and st.user_id = p_user_id;
  else
    update training.standings st
       set (rapport, discovery, objection_handling, closing, overall)
         = (v_mean.rapport, v_mean.discovery, v_mean.objection_handling, v_mean.closing, v_mean.overall)
     where st.agent_name = p_agent_name and st.user_id = p_user_id;
  end if;
end $$;

create function training.keep_standing() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- The migration stores whole batches and refreshes each standing of a batch once, in one order.
  if tg_op = 'INSERT' and current_setting('training_migration.mirroring', true) = 'sessions' then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    perform training.refresh_standing(old.agent_name, old.user_id);
  end if;
  if tg_op = 'INSERT'
     or tg_op = 'UPDATE' and (old.agent_name, old.user_id) is distinct from (new.agent_name, new.user_id) then
    perform training.refresh_standing(new.agent_name, new.user_id);
  end if;
  return null;
end $$;
create trigger standing_after_insert after insert on public.training_sessions
  for each row when (new.rapport_score is not null) execute function training.keep_standing();
create trigger standing_after_delete after delete on public.training_sessions
  for each row when (old.rapport_score is not null) execute function training.keep_standing();
-- The trigger compares values and does not use "update of", so that a regrade that changes no score does no work.
create trigger standing_after_update after update on public.training_sessions
  for each row when (
    (old.rapport_score, old.discovery_score, old.objection_handling_score, old.closing_score,
     old.confidence, old.agent_name, old.user_id)
    is distinct from
    (new.rapport_score, new.discovery_score, new.objection_handling_score, new.closing_score,
     new.confidence, new.agent_name, new.user_id)
  ) execute function training.keep_standing();

-- The percentile of a rep's mean among the reps of a homeowner: how many of 100 others have less, ties counted half.
-- Null below 20 people. Above 1,000 people they are a fixed sample of 1,000 (ids are random), so that the cost stays
-- flat. The sign of a difference is 1 above, 0 for the same and -1 below: its mean is moved to 0 to 100.
-- -> {"people", "rapport", "discovery", "objection_handling", "closing", "overall"}
create function training.percentiles(p_agent_name text, p_user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_mine training.standings;
  v_result jsonb;
begin
  select * into v_mine from training.standings st where st.agent_name = p_agent_name and st.user_id = p_user_id;
  select case when count(*) < 19 or v_mine.user_id is null
              then jsonb_build_object('people', count(*) + (v_mine.user_id is not null)::integer)
              else jsonb_build_object(
                'people', count(*) + 1,
                'rapport', round(50 * (1 + avg(sign(v_mine.rapport - o.rapport)))),
                'discovery', round(50 * (1 + avg(sign(v_mine.discovery - o.discovery)))),
                'objection_handling', round(50 * (1 + avg(sign(v_mine.objection_handling - o.objection_handling)))),
                'closing', round(50 * (1 + avg(sign(v_mine.closing - o.closing)))),
                'overall', round(50 * (1 + avg(sign(v_mine.overall - o.overall))))) end
    into v_result
    from (select * from training.standings st
           where st.agent_name = p_agent_name and st.user_id <> p_user_id order by st.user_id limit 1000) o;
  return v_result;
end $$;

-- Days in a row with a session, up to today or yesterday in the person's time zone. One index probe a day, at most
-- 1,000.
create function training.streak_days(p_user_id uuid, p_time_zone text) returns integer
language plpgsql stable set search_path = '' as $$
declare
  v_day date := (training.now() at time zone p_time_zone)::date;
  v_days integer := 0;
begin
  for v_back in 0 .. 1000 loop
    if exists (
      select 1 from public.training_sessions s
       where s.user_id = p_user_id and s.created_at >= (v_day - v_back)::timestamp at time zone p_time_zone
         and s.created_at < (v_day - v_back + 1)::timestamp at time zone p_time_zone and s.status = 'completed'
    ) then
      v_days := v_days + 1;
    elsif v_back > 0 then -- today may still come
      exit;
    end if;
  end loop;
  return v_days;
end $$;

-- One category's figures from a rep's graded sessions with one homeowner, newest first. p_scores are of all of them,
-- p_counted of those whose grade counts, p_comparable of the newest counted ones with the newest's rubric version.
create function training.category_progress(
  p_scores integer[], p_counted integer[], p_comparable integer[], p_percentile jsonb
) returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object(
    'count', cardinality(p_scores), 'counted', cardinality(p_counted), 'last', p_scores[1],
    'best', (select max(score) from unnest(p_counted) score),
    'mean_of_last_five', (select round(avg(score), 1) from unnest(p_counted[1:5]) score),
    'trend', case when cardinality(p_comparable) >= 3 then
      (select round(regr_slope(score, -n)::numeric, 1)
         from unnest(p_comparable[1:5]) with ordinality as newest (score, n)) end,
    'percentile', p_percentile
  )
$$;

-- The caller's progress, computed from the sessions at the moment of asking.
-- -> {"sessions", "this_week", "streak_days", "average", "best", "homeowners": [{"agent_name", "sessions",
--    "last_session_at", "people", "scores": {category: {"count", "counted", "last", "best", "mean_of_last_five",
--    "trend", "percentile"}}}]}
create function training.progress(p_time_zone text) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  v_caller uuid := training.caller();
  v_week timestamptz;
  v_progress json;
begin
  begin
    if p_time_zone ~ '^[A-Za-z]' then -- a number would be taken as an offset
      v_week := date_trunc('week', training.now() at time zone p_time_zone) at time zone p_time_zone;
    end if;
  exception when invalid_parameter_value then
    null;
  end;
  if v_week is null then
    perform training.fail_field('time_zone', 'must be the name of a time zone, such as Europe/Berlin');
  end if;

  with graded as (
    select s.agent_name, s.created_at, s.id, s.rubric_version, s.confidence is distinct from 'low' as counts,
           s.rapport_score, s.discovery_score, s.objection_handling_score, s.closing_score, s.overall_score
      from public.training_sessions s where s.user_id = v_caller and s.overall_score is not null
  ), placed as (
    select g.*, first_value(g.rubric_version)
                  over (partition by g.agent_name, g.counts order by g.created_at desc, g.id desc) as rubric_now
      from graded g
  ), by_category as (
    select p.agent_name, c.category, array_agg(c.score order by p.created_at desc, p.id desc) as scores,
           coalesce(array_agg(c.score order by p.created_at desc, p.id desc) filter (where p.counts), '{}') as counted,
           coalesce(array_agg(c.score order by p.created_at desc, p.id desc)
                    filter (where p.counts and p.rubric_version is not distinct from p.rubric_now), '{}') as comparable
      from placed p cross join lateral (values
             ('rapport', p.rapport_score), ('discovery', p.discovery_score),
             ('objection_handling', p.objection_handling_score),
             ('closing', p.closing_score), ('overall', p.overall_score)) c (category, score)
     group by p.agent_name, c.category
  ), homeowners as (
    select g.agent_name, count(*) as sessions, max(g.created_at) as last_session_at,
           training.percentiles(g.agent_name, v_caller) as standing
      from graded g group by g.agent_name
  )
  select json_build_object(
    'sessions', (select count(*) from graded),
    'this_week', (select count(*) from public.training_sessions s
                   where s.user_id = v_caller and s.created_at >= v_week and s.status = 'completed'),
    'streak_days', training.streak_days(v_caller, p_time_zone),
    'average', (select round(avg(overall_score), 1) from graded where counts),
    'best', (select max(overall_score) from graded where counts),
    'homeowners', coalesce((
      select json_agg(json_build_object(
        'agent_name', h.agent_name, 'sessions', h.sessions, 'last_session_at', h.last_session_at,
        'people', h.standing -> 'people',
        'scores', (select json_object_agg(b.category, training.category_progress(
                            b.scores, b.counted, b.comparable, h.standing -> b.category))
                     from by_category b where b.agent_name = h.agent_name)
      ) order by h.last_session_at desc, h.agent_name) from homeowners h), '[]')
  ) into v_progress;
  return v_progress;
end $$;
