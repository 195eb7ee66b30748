"""A row is erased while it is carried over to the other system: in either order nothing outlives its erasure."""

from collections.abc import Iterator
from typing import Any, LiteralString

import pytest
from operating import Old, old_database, people

from run.local.postgres import Postgres

MAKERS: dict[str, LiteralString] = {
    "the owner, who comes early": "select training_migration.adopt(%(owner)s, null)",
    "the owner, who follows a link": "select training_migration.adopt(%(owner)s, array[%(id)s]::uuid[])",
    "the backfill": "select training_migration.convert_batch(500, null, 1)",
}
ERASE = "delete from public.live_sessions where id = %(id)s"


@pytest.fixture
def listed(postgres: Postgres) -> Iterator[Old]:
    """A few old rows, mirrored both ways and listed, none converted yet."""
    with old_database(postgres, rows=60) as database:
        database.migrate("prepare")
        yield database


def a_row(database: Old) -> dict[str, Any]:
    [(old_id, owner)] = database.sql(
        "select o.id::text, o.user_id::text from public.live_sessions o join public.users u on u.id = o.user_id limit 1"
    )
    return {"id": old_id, "owner": owner}


def is_next(database: Old, old_id: str) -> bool:
    """Whether the row was left to the backfill, as its first: a writer who waits for the commit of a batch may go on before the
    batch's own lock is free, as the locks of a transaction end one after the other."""
    return database.sql(
        "select count(*) > 0 from training_migration.pending where legacy_id = %s and position = 0 and problem is null",
        old_id,
    ) == [True]


def is_erased(database: Old, old_id: str) -> bool:
    """At once, or first thing in the backfill; and for good."""
    at_once = database.session(old_id) == {} or is_next(database, old_id)
    database.migrate("backfill")
    database.migrate("verify")
    return at_once and database.session(old_id) == {}


@pytest.mark.parametrize("maker", MAKERS)
def test_a_row_erased_before_its_sessions_commit_leaves_no_session(listed: Old, maker: str) -> None:
    row = a_row(listed)
    with people(listed, 2) as (maker_, eraser):
        maker_.does(MAKERS[maker], **row)
        eraser.does(ERASE, **row)
        maker_.commits()
        eraser.commits()
    assert is_erased(listed, row["id"])


@pytest.mark.parametrize("maker", MAKERS)
def test_a_row_erased_while_its_session_is_made_delays_no_other_row(listed: Old, maker: str) -> None:
    row = a_row(listed)
    with people(listed, 4) as (blocker, maker_, eraser, other_worker):
        blocker.does("select 1 from public.users where id = %(owner)s for update", **row)
        maker_.does(MAKERS[maker], **row)
        assert not maker_.is_through()  # has read the old row, and waits for its owner's
        eraser.does(ERASE, **row)
        assert eraser.is_through()
        eraser.commits()
        other_worker.does("select training_migration.convert_batch(1, null, 2)")
        other_worker.commits()
        blocker.commits()
        maker_.commits()
    assert is_erased(listed, row["id"])


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("in_earnest", [True, False])
def test_a_session_made_before_its_rows_erasure_commits_does_not_stay(
    listed: Old, maker: str, in_earnest: bool
) -> None:
    row = a_row(listed)
    with people(listed, 2) as (eraser, maker_):
        eraser.does(ERASE, **row)
        maker_.does(MAKERS[maker], **row)
        assert maker_.is_through() or maker == "the backfill"
        if in_earnest:
            eraser.commits()
        else:
            eraser.connection.rollback()
        maker_.commits()
    assert is_erased(listed, row["id"]) == in_earnest


def test_a_row_that_another_transaction_locks_is_left_for_the_next_batch(listed: Old) -> None:
    row = a_row(listed)
    with people(listed, 2) as (holder, worker):
        holder.does("select 1 from public.live_sessions where id = %(id)s for update", **row)
        worker.does(MAKERS["the backfill"])
        assert worker.is_through()
        worker.commits()
        assert listed.session(row["id"]) == {}
    assert not is_erased(listed, row["id"])


def test_an_ownerless_row_is_not_kept_in_the_quarantine_after_its_erasure(listed: Old) -> None:
    [old_id] = listed.sql("select id::text from public.live_sessions where user_id is null limit 1")
    with people(listed, 2) as (worker, eraser):
        worker.does(MAKERS["the backfill"])
        eraser.does(ERASE, id=old_id)
        worker.commits()
        eraser.commits()
    kept = "select reason from training.legacy_quarantine where legacy_id = %s"
    assert listed.sql(kept, old_id) == [] or is_next(listed, old_id)
    assert is_erased(listed, old_id)
    assert listed.sql(kept, old_id) == []


def test_a_new_session_erased_while_it_is_mirrored_leaves_no_old_row(listed: Old) -> None:
    listed.sql("alter table public.live_sessions add constraint no_brenda check (agent_name <> 'Brenda') not valid")
    with listed.rep(listed.world.people[0]) as rep:
        session_id = rep.rpc("create_training_session", agent_name="Brenda")["id"]
    listed.sql("alter table public.live_sessions drop constraint no_brenda")
    [old_id] = listed.sql("select legacy_id::text from public.training_sessions where id = %s", session_id)
    with people(listed, 2) as (worker, eraser):
        worker.does("select training_migration.retry_old_table(0)")
        eraser.does("delete from public.training_sessions where id = %(id)s", id=session_id)
        worker.commits()
        eraser.commits()
    assert listed.sql("select count(*) from public.live_sessions where id = %s", old_id) == [0]
