"""Verify finds what went wrong, by other means than the conversion that did it."""

from collections.abc import Iterator

import old_world
import pytest
from operating import Old, old_database

from run.local.postgres import Postgres
from support import transcript_lines

PLAIN = """(select t.id from public.training_sessions t join public.live_sessions o on o.id = t.legacy_id
             where t.line_count > 3 and t.closing_score is not null and o.ended_at > o.started_at and o.ended_at < '2090-01-01'
               and not exists (select 1 from training.legacy_originals k where k.session_id = t.id and k.reasons <> '{}') order by t.id limit 1)"""
LINES = "(select jsonb_agg(line || CHANGE order by line -> 'sequence') from jsonb_array_elements(transcript) line)"
FLIPPED = "jsonb_build_object('speaker', case line ->> 'speaker' when 'user' then 'agent' else 'user' end)"
IN_2001 = "jsonb_build_object('timestamp', '2001-01-01T00:00:00.000Z')"


@pytest.fixture
def converted(postgres: Postgres) -> Iterator[Old]:
    with old_database(postgres, rows=150) as database:
        database.migrate("prepare")
        database.migrate("backfill")
        yield database


@pytest.mark.parametrize(
    ("damage", "finds"),
    [
        ("update public.training_sessions set transcript = transcript - 0 where id = {}", "words"),
        ("update public.training_sessions set transcript = jsonb_set(transcript, '{{1,text}}', '\"Other words\"') where id = {}", "words"),
        ("update public.training_sessions set transcript = transcript || (transcript -> 0) where id = {}", "words"),
        (f"update public.training_sessions set transcript = {LINES.replace('CHANGE', FLIPPED)} where id = {{}}", "speakers"),
        (f"update public.training_sessions set transcript = {LINES.replace('CHANGE', IN_2001)} where id = {{}}", "line times"),
        ("update public.training_sessions set duration_seconds = duration_seconds + 1 where id = {}", "duration_seconds"),
        ("update public.training_sessions set graded_at = graded_at + interval '1 second' where id = {}", "graded_at"),
        ("alter table public.training_grades disable trigger all; delete from public.training_grades where session_id = {}", "the grade in the history"),
        ("alter table public.training_grades disable trigger all; update public.training_grades set scores = '{{}}' where session_id = {}", "the grade in the history"),
        ("update training.legacy_originals set columns = jsonb_set(columns, '{{full_transcript}}', '7') where reasons::text like '%split%'", "the kept original"),
        ("update training.legacy_originals set columns = columns - 'analytics'", "analytics is not kept"),
        ("insert into public.users (id) select user_id from training.legacy_quarantine where reason like 'the user has no%' limit 1", "its owner is known now: run backfill"),
        ("update public.training_sessions set closing_score = closing_score + 1 where id = {}", "closing_score"),
        ("update public.training_sessions set rapport_score = null where id = {}", "rapport_score"),
        ("update public.training_sessions set ended_at = ended_at + interval '1 second' where id = {}", "ended_at"),
        ("update public.training_sessions set agent_name = 'Changed' where id = {}", "agent_name"),
        ("update public.training_sessions set conversation_id = null where conversation_id <> 'conv_shared'", "conversation_id"),
        ("update public.training_sessions set virtual_earnings = 7 where id = {}", "virtual_earnings"),
        ("update public.training_sessions set user_id = (select id from public.users u where u.id <> user_id limit 1) where id = {}", "user_id"),
        ("alter table public.training_sessions disable trigger all; delete from public.training_sessions where id = {}", "no session"),
        ("alter table public.live_sessions disable trigger all; delete from public.live_sessions where id = (select legacy_id from public.training_sessions where id = {})", "erased there"),
        ("delete from training.legacy_quarantine where ctid = (select min(ctid) from training.legacy_quarantine)", "not in the quarantine"),
        ("delete from training.legacy_originals where session_id = (select min(session_id) from training.legacy_originals where reasons::text like '%split%')", "words"),
    ],
)  # fmt: skip
def test_any_damage_is_found_and_named(
    converted: Old, capsys: pytest.CaptureFixture[str], damage: str, finds: str
) -> None:
    converted.migrate("verify")
    if finds == "words" and "split" in damage:
        converted.sql(
            "update public.training_sessions set transcript = transcript - 0 where id = (select min(session_id) from training.legacy_originals where reasons::text like '%split%')"
        )
    capsys.readouterr()
    for statement in damage.format(PLAIN).split("; "):
        converted.sql(statement)
    converted.migrate("verify", status=1)
    assert finds in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "finds"),
    [
        ("full_transcript = '[]'", "mirrored back: words"),
        ("full_transcript = jsonb_set(full_transcript, '{0,speaker}', '\"homeowner\"')", "mirrored back: speakers"),
        ("full_transcript = jsonb_set(full_transcript, '{0,timestamp}', '\"2001-01-01T00:00:00Z\"')", "mirrored back: line times"),
        ("user_id = null", "mirrored back: user_id"),
    ],
)  # fmt: skip
def test_what_the_old_app_sees_of_a_new_session_is_compared_too(
    prepared: Old, capsys: pytest.CaptureFixture[str], damage: str, finds: str
) -> None:
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
        prepared.migrate("verify")
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    prepared.migrate("verify")
    prepared.sql(f"update public.live_sessions set {damage} where training_migration.began_in_new(id)")
    capsys.readouterr()
    prepared.migrate("verify", status=1)
    assert finds in capsys.readouterr().out

    prepared.sql("insert into training_migration.pending_out (session_id) values (%s)", session_id)
    prepared.migrate("backfill")
    prepared.migrate("verify")


def test_a_quarantined_row_is_the_same_row_in_another_time_zone_and_beside_a_new_column(converted: Old) -> None:
    [count] = converted.sql("select count(*) from training.legacy_quarantine")
    assert count > 0
    converted.sql(
        """set timezone = 'Asia/Kolkata'; update training.legacy_quarantine q set original = to_jsonb(o)::text
             from public.live_sessions o where o.id = q.legacy_id and true"""
    )
    converted.migrate("verify")
    converted.sql("alter table public.live_sessions add column note text")
    converted.migrate("verify")
    converted.sql(
        "update training.legacy_quarantine set original = jsonb_set(original::jsonb, '{agent_name}', '1')::text "
    )
    converted.migrate("verify", status=1)


def test_a_json_column_that_jsonb_cannot_hold_stops_neither_the_trial_nor_verify(
    postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    table = old_world.TABLE.replace("full_transcript jsonb", "full_transcript json")
    with old_database(postgres, rows=5, table=table) as database:
        database.insert(full_transcript='[{"speaker": "rep", "text": "Hi \\u0000 there"}]')
        database.migrate("backfill", "--dry-run")
        assert "1 lines without a known speaker or words" in capsys.readouterr().out
        database.migrate("prepare")
        database.migrate("backfill")
        database.migrate("verify")
        [original] = database.sql(
            "select columns ->> 'full_transcript' from training.legacy_originals where columns ? 'full_transcript'"
        )
        assert "Hi \\u0000 there" in original


def test_verify_of_a_sample_compares_that_many_rows(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.migrate("verify", "--sample", "7")
    assert "7 rows compared" in capsys.readouterr().out
