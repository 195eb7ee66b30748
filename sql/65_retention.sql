-- Retention: deletes the words of old sessions. It is off unless the setting `transcripts_kept_days` is set. It also
-- waits while live_sessions is being migrated (docs/MIGRATION.md): the old rows still hold the words then, and are
-- compared with the new ones.

-- Deletes the words of sessions that ended longer ago than the setting says: transcript, feedback, quotes, reasons and
-- remarks. Scores, times and earnings stay, and a note in the history says so. One run an hour is enough for 200,000
-- sessions a day. -> the number of sessions emptied
create function training.forget_transcripts(p_max_count integer default 10000) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_days integer := training.number_setting('transcripts_kept_days');
  v_until timestamptz := training.now() - make_interval(days => v_days);
  v_ids bigint[];
begin
  if v_days is null or to_regnamespace('training_migration') is not null then
    return 0;
  end if;
  select array_agg(s.id) into v_ids
    from (select id from public.training_sessions
           where status <> 'active' and has_words and (status = 'failed' or graded_at is not null)
             and ended_at < v_until
           order by ended_at limit p_max_count
             for update skip locked) s;
  update public.training_sessions s set transcript = '[]', feedback_strengths = '{}', feedback_improvements = '{}'
   where s.id = any (v_ids);
  perform training.erase_at_provider(v_ids);
  update public.training_grades g
     set evidence = null, remarks = '[]', feedback_strengths = '{}', feedback_improvements = '{}',
         notes = g.notes || format('The words of this session were deleted after %s days.', v_days)
   where g.session_id = any (v_ids);
  -- The originals of a session hold words too, also where its transcript is empty. A quarantined row has no session.
  delete from training.legacy_originals where session_id = any (v_ids);
  delete from training.legacy_originals where noted_at < v_until;
  delete from training.legacy_quarantine q where q.noted_at < v_until;
  return coalesce(cardinality(v_ids), 0);
end $$;
