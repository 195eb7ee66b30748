"""Old words are not deleted while they are compared with the old table's; after the migration those in the quarantine go too."""

from operating import Old


def forget(old: Old) -> int:
    [count] = old.sql("select training.forget_transcripts()")
    return int(count)


def test_retention_waits_for_the_end_of_the_migration(prepared: Old) -> None:
    old_id = prepared.insert(
        full_transcript='[{"speaker": "rep", "text": "Hello sloth"}, {"speaker": "narrator", "text": "A sloth passes"}]',
        started_at="2020-01-01", ended_at="2020-01-01", created_at="2020-01-01",
    )  # fmt: skip
    prepared.sql("insert into training.settings (name, value) values ('transcripts_kept_days', '90')")
    assert forget(prepared) == 0
    assert prepared.session(old_id)["line_count"] == 1
    prepared.migrate("verify")

    prepared.sql("drop schema training_migration cascade")
    prepared.sql("drop table public.live_sessions cascade")
    originals = "select count(*) from training.legacy_originals where columns::text like '%%sloth%%'"
    assert prepared.sql(originals) == [1]
    assert forget(prepared) > 0
    assert prepared.sql(originals) == [0]
    assert prepared.session(old_id)["transcript"] == []


def test_quarantined_words_are_deleted_by_retention_too(prepared: Old) -> None:
    prepared.insert(user_id=None, full_transcript='[{"speaker": "rep", "text": "Hello sloth"}]')
    prepared.migrate("backfill")
    prepared.sql("drop schema training_migration cascade")
    prepared.sql("insert into training.settings (name, value) values ('transcripts_kept_days', '90')")
    rows = "select count(*) from training.legacy_quarantine where original like '%%sloth%%'"
    forget(prepared)
    assert prepared.sql(rows) == [1]
    prepared.sql("update training.legacy_quarantine set noted_at = noted_at - interval '91 days'")
    forget(prepared)
    assert prepared.sql(rows) == [0]
