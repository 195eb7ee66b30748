"""The end, and the way back from each step before it."""

from typing import Any

import pytest
from operating import Old

from support import transcript_lines

OURS = """
select 'function', proname from pg_proc where pronamespace = to_regnamespace('training_migration')
union all select 'trigger', tgname from pg_trigger where tgname like 'training_migration%'
union all select 'schema', nspname from pg_namespace where nspname = 'training_migration'
union all select 'table', relname from pg_class where relname like 'live_sessions%' and relkind = 'r'
"""


def refused(database: Old, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says as it refuses."""
    capsys.readouterr()
    database.migrate(*arguments, status=1)
    return " ".join(capsys.readouterr().err.split())


def test_finish_says_all_that_is_missing(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.sql("insert into training_migration.pending (legacy_id) select id from public.live_sessions limit 1")
    prepared.sql("update public.training_sessions set rapport_score = 1 where rapport_score > 50")
    prepared.migrate("rollout", "--user", prepared.world.people[0], "--list", "old")
    said = refused(prepared, capsys, "finish")
    for what in ("the rollout is at 0 %", "1 people are listed", "1 old rows", "differences", "7 days of quiet"):
        assert what in said, what
    assert "live_sessions" in [name for _, name in prepared.sql(OURS)]


def test_a_write_of_the_old_app_starts_the_quiet_days_again(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.migrate("rollout", "100")
    prepared.sql("update training_migration.state set prepared_at = now() - interval '30 days'")
    prepared.migrate("finish", "--dry-run")
    prepared.insert(agent_name="Austin")
    assert "7 days of quiet" in refused(prepared, capsys, "finish")
    prepared.sql("update training_migration.direct_writes set hour = hour - interval '8 days'")
    with prepared.rep(prepared.world.people[0]) as person:  # a session of the new system is not a write of the old app
        person.rpc("create_training_session", agent_name="Brenda")
    prepared.migrate("finish")


def test_finish_checks_again_after_its_question(
    prepared: Old, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: object) -> bool:
        prepared.migrate("rollout", "off")
        prepared.insert(agent_name="Austin")
        return True

    prepared.migrate("rollout", "100")
    prepared.sql("update training_migration.state set prepared_at = now() - interval '30 days'")
    monkeypatch.setattr("operate.migration.commands.finish.ask", ask)
    said = refused(prepared, capsys, "finish")
    for what in ("the rollout is at 0 %", "7 days of quiet"):
        assert what in said, what
    assert "live_sessions" in [name for _, name in prepared.sql(OURS)]


def everything(database: Old) -> Any:
    return database.sql("select to_jsonb(o) from public.live_sessions o order by id")


def test_undo_brings_a_retired_table_back_with_later_sessions(prepared: Old) -> None:
    before = everything(prepared)
    prepared.migrate("rollout", "100")
    prepared.migrate("finish", "--i-am-sure")
    assert prepared.sql("select to_regclass('public.live_sessions')") == [None]
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
        gone = person.rows("select id from public.training_sessions where legacy_id is not null order by id")[0]
        person.rpc("delete_training_session", session_id=gone)
    prepared.migrate("verify")
    prepared.migrate("undo")
    now = everything(prepared)
    assert len(now) == len(before)  # one more, one erased
    assert [row["agent_name"] for row in now if row not in before] == ["Brenda"]
    prepared.insert(agent_name="Carl")
    prepared.migrate("verify")


def test_undo_of_prepare_leaves_no_trace_in_the_old_table(old: Old) -> None:
    before, untouched = everything(old), old.sql(OURS)
    rights = "select relacl::text, relrowsecurity from pg_class where oid = 'public.live_sessions'::regclass"
    granted = old.sql(rights)
    old.migrate("prepare")
    old.migrate("backfill")
    old.migrate("undo")
    assert (everything(old), old.sql(OURS), old.sql(rights)) == (before, untouched, granted)
    assert old.sql("select training.system_of(%s)", old.world.people[0]) == ["live_sessions"]


def test_a_prepare_after_an_undo_catches_up_on_missed_writes(prepared: Old) -> None:
    prepared.migrate("undo")
    [changed, erased] = prepared.sql("select legacy_id::text from public.training_sessions order by id limit 2")
    ids = prepared.sql("select id from public.training_sessions where legacy_id <> %s order by id", erased)
    prepared.sql("update public.live_sessions set agent_name = 'Changed' where id = %s", changed)
    prepared.sql("delete from public.live_sessions where id = %s", erased)
    added = prepared.insert(agent_name="Added")
    prepared.migrate("prepare")
    prepared.migrate("backfill")
    assert prepared.session(changed)["agent_name"] == "Changed"
    assert prepared.session(erased) == {}
    assert prepared.session(added)["agent_name"] == "Added"
    assert set(ids) <= set(prepared.sql("select id from public.training_sessions"))
    prepared.migrate("verify")


def test_undo_waits_until_the_old_app_can_see_everything(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.sql("alter table public.live_sessions add constraint no_brenda check (agent_name <> 'Brenda the new')")
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda the new")["id"]
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    assert "1 session of the new system cannot be seen" in refused(prepared, capsys, "undo")
    assert prepared.sql("select is_off from training.rollout") == [True]
    prepared.sql("alter table public.live_sessions drop constraint no_brenda")
    prepared.migrate("undo")


def test_the_drop_leaves_ids_grades_and_quarantine_and_nothing_else(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.insert(agent_name="Austin", user_id=None)
    kept = "select id, legacy_id from public.training_sessions order by id"
    before = prepared.sql(kept)
    prepared.migrate("rollout", "100")
    prepared.migrate("finish", "--i-am-sure")
    prepared.sql("create view public.report as select count(*) from public.live_sessions_retired")
    assert "not 7 days ago" in refused(prepared, capsys, "finish", "--drop")
    assert "view report" in refused(prepared, capsys, "finish", "--drop", "--i-am-sure")
    prepared.sql("drop view public.report")
    prepared.migrate("finish", "--drop", "--i-am-sure")
    assert prepared.sql(OURS) == []
    assert prepared.sql(kept) == before
    assert prepared.sql("select count(*) from training.legacy_quarantine ")[0] >= 1
    session_id, old_id = before[0]
    [owner] = prepared.sql("select user_id::text from public.training_sessions where id = %s", session_id)
    with prepared.rep(owner) as person:
        assert person.call("select public.resolve_legacy_sessions(array[%(id)s]::uuid[])", {"id": str(old_id)}) == {
            str(old_id): session_id
        }
        assert person.rpc("create_training_session", agent_name="Brenda")["status"] == "active"
        assert person.rpc("session_system") == "training_sessions"


def test_a_command_that_the_state_does_not_allow_is_refused_with_what_to_do(
    old: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (("backfill",), ("verify",), ("rollout", "50"), ("finish",), ("undo",)):
        assert "./scripts/migrate prepare" in refused(old, capsys, *arguments), arguments
    old.migrate("prepare")
    assert "Nothing has been retired" in refused(old, capsys, "finish", "--drop")
    old.migrate("rollout", "101", status=2)
    old.migrate("rollout", status=2)


def test_without_a_terminal_nothing_is_done_unless_yes_is_said(prepared: Old) -> None:
    assert prepared.start("undo").wait(30) == 1
    assert ("schema", "training_migration") in prepared.sql(OURS)
