"""Verify finds what went wrong, by other means than the conversion that did it."""

from collections.abc import Iterator

import pytest
from operating import Old, old_database

from local.postgres import Postgres

PLAIN = """(select t.id from public.training_sessions t join public.live_sessions o on o.id = t.legacy_id
             where t.line_count > 3 and t.closing_score is not null and o.ended_at > o.started_at and o.ended_at < '2090-01-01'
               and not exists (select 1 from training.legacy_quarantine q where q.legacy_id = t.legacy_id) order by t.id limit 1)"""


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
        ("update public.training_sessions set closing_score = closing_score + 1 where id = {}", "closing_score"),
        ("update public.training_sessions set rapport_score = null where id = {}", "rapport_score"),
        ("update public.training_sessions set ended_at = ended_at + interval '1 second' where id = {}", "ended_at"),
        ("update public.training_sessions set agent_name = 'Nobody' where id = {}", "agent_name"),
        ("update public.training_sessions set virtual_earnings = 7 where id = {}", "virtual_earnings"),
        ("update public.training_sessions set user_id = (select id from public.users u where u.id <> user_id limit 1) where id = {}", "user_id"),
        ("alter table public.training_sessions disable trigger all; delete from public.training_sessions where id = {}", "no session"),
        ("alter table public.live_sessions disable trigger all; delete from public.live_sessions where id = (select legacy_id from public.training_sessions where id = {})", "erased there"),
        ("delete from training.legacy_quarantine where ctid = (select min(ctid) from training.legacy_quarantine where part = 'row')", "not in the quarantine"),
        ("delete from training.legacy_quarantine where ctid = (select min(ctid) from training.legacy_quarantine where reason like '%split')", "words"),
    ],
)  # fmt: skip
def test_any_damage_is_found_and_named(
    converted: Old, capsys: pytest.CaptureFixture[str], damage: str, finds: str
) -> None:
    converted.migrate("verify")
    if finds == "words" and "split" in damage:
        converted.sql(
            "update public.training_sessions set transcript = transcript - 0 where id = (select min(session_id) from training.legacy_quarantine where reason like '%split')"
        )
    capsys.readouterr()
    for statement in damage.format(PLAIN).split("; "):
        converted.sql(statement)
    converted.migrate("verify", status=1)
    assert finds in capsys.readouterr().out


def test_a_sample_is_a_sample(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.migrate("verify", "--sample", "7")
    assert "7 rows compared" in capsys.readouterr().out
