"""A prepare or an undo that waits, or was killed while it did: no id is given out of order, and no write of the old app is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import Popen
from typing import LiteralString

import pytest
from operating import Old, people
from test_finish import OURS, refused

from support import until

LIVE: LiteralString = "public.live_sessions"
NEW: LiteralString = "public.training_sessions"
UNFINISHED = "select count(*) from training_migration.state where not list_complete"
MIRRORS = "select count(*) from pg_trigger where tgrelid = 'public.live_sessions'::regclass and tgname like 'training_migration%'"
IN_ORDER = """
select array_agg(t.id order by coalesce(o.created_at, o.started_at, o.ended_at), o.id) = array_agg(t.id order by t.id)
  from public.training_sessions t join public.live_sessions o on o.id = t.legacy_id
"""


@contextmanager
def waiting(database: Old, command: str, *tables: LiteralString) -> Iterator[Popen[bytes]]:
    """The command half way: it waits for a lock on the last of these tables, to the end of the block. Their writers go on."""
    with people(database, len(tables)) as holders:
        holders[0].does("lock table " + tables[0] + " in row exclusive mode")
        process = database.start(command, "--yes")
        until(lambda: database.sql("select to_regclass('training_migration.state')") != [None])
        until(lambda: database.sql(UNFINISHED) == [1])
        for before, after, table in zip(holders, holders[1:], tables[1:], strict=False):
            after.does("lock table " + table + " in row exclusive mode")
            before.commits()
        if tables[-1] == NEW:
            until(lambda: database.sql(MIRRORS) == [3 if command == "prepare" else 0])
        yield process
        holders[-1].commits()


def a_row(database: Old, order: str) -> str:
    """The id of the first row whose owner exists, in this order of age."""
    [old_id] = database.sql(
        f"select o.id::text from public.live_sessions o join public.users u on u.id = o.user_id order by o.created_at {order} limit 1"
    )
    return str(old_id)


@pytest.mark.parametrize("tables", [[LIVE], [LIVE, NEW]])
def test_after_a_killed_prepare_only_prepare_and_undo_are_allowed(
    old: Old, capsys: pytest.CaptureFixture[str], tables: list[LiteralString]
) -> None:
    before = old.sql(OURS)
    with waiting(old, "prepare", *tables) as process:
        process.kill()
        process.wait()
    for arguments in (("backfill",), ("verify",), ("rollout", "100"), ("rollout", "--user", old.world.people[0]), ("finish",)):  # fmt: skip
        assert "run it again: ./scripts/migrate prepare, or undo" in refused(old, capsys, *arguments), arguments
    old.migrate("status")
    assert "unfinished" in capsys.readouterr().out
    assert old.sql("select training.system_of(%s)", old.world.people[0]) == ["live_sessions"]
    old.migrate("undo")
    assert old.sql(OURS) == before


def test_a_row_written_while_prepare_waits_gets_its_id_in_the_order_of_age(old: Old) -> None:
    newest = a_row(old, "desc nulls last")
    [owner] = old.sql("select user_id::text from public.live_sessions where id = %s", newest)
    with waiting(old, "prepare", LIVE, NEW) as process, old.rep(owner) as person:
        old.sql("update public.live_sessions set agent_name = 'Brenda' where id = %s", newest)
        person.call("select public.resolve_legacy_sessions(array[%(id)s]::uuid[])", {"id": newest})
        old.sql("select training_migration.convert_batch(500, null, 1)")
        assert old.sql("select count(*) from public.training_sessions") == [0]
    assert process.wait(60) == 0
    old.migrate("backfill")
    assert old.sql(IN_ORDER) == [True]
    assert old.session(newest)["agent_name"] == "Brenda"
    old.migrate("verify")


def test_a_row_written_after_a_killed_undo_is_found_by_the_next_prepare(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    ownerless = prepared.insert(agent_name="Ownerless", user_id=None)
    prepared.sql("update training_migration.state set prepared_at = now() - interval '30 days'")
    with waiting(prepared, "undo", NEW) as process:
        process.kill()
        process.wait()
    changed, erased = a_row(prepared, ""), a_row(prepared, "desc nulls last")
    prepared.sql("update public.live_sessions set agent_name = 'Brenda' where id = %s", changed)
    prepared.sql("delete from public.live_sessions where id in (%s, %s)", erased, ownerless)
    assert "./scripts/migrate prepare, or undo" in refused(prepared, capsys, "backfill")
    prepared.migrate("prepare")
    prepared.migrate("backfill")
    assert (prepared.session(changed)["agent_name"], prepared.session(erased)) == ("Brenda", {})
    assert prepared.sql("select count(*) from training.legacy_quarantine where legacy_id = %s", ownerless) == [0]
    assert prepared.sql("select prepared_at > now() - interval '1 hour' from training_migration.state") == [True]
    prepared.migrate("verify")


def test_a_killed_undo_is_completed_by_the_next(prepared: Old) -> None:
    with waiting(prepared, "undo", NEW) as process:
        process.kill()
        process.wait()
    prepared.migrate("undo")
    assert [kind for kind, _ in prepared.sql(OURS)] == ["table"]
