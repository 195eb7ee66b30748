"""The flag: who is in which system. People in the new one find their old sessions there."""

import uuid

import psycopg
import pytest
from operating import Old
from test_finish import refused


def in_new(database: Old, people: list[str]) -> set[str]:
    return set(
        database.sql(
            "select p::text from unnest(%s::uuid[]) p where training.system_of(p) = 'training_sessions'", people
        )
    )


def test_prepare_moves_no_person(old: Old) -> None:
    people = [str(uuid.UUID(int=n)) for n in range(20)]
    assert in_new(old, people) == set(people)  # a project that has no old system is in the new one
    old.migrate("prepare")
    assert in_new(old, people) == set()


def test_a_person_stays_where_they_are_while_the_percentage_rises(prepared: Old) -> None:
    people = [str(uuid.UUID(int=n * 7919)) for n in range(400)]
    before: set[str] = set()
    prepared.migrate("rollout", "0")
    assert in_new(prepared, people) == set()
    for percentage in (1, 10, 50, 90, 100):
        prepared.migrate("rollout", str(percentage))
        now = in_new(prepared, people)
        assert before <= now
        assert abs(len(now) - 4 * percentage) <= 40
        assert now == in_new(prepared, people)
        before = now
    assert before == set(people)


def test_the_lists_come_before_the_percentage_and_off_before_the_lists(prepared: Old) -> None:
    tester, careful, other = (str(uuid.uuid4()) for _ in range(3))
    prepared.migrate("rollout", "--user", tester)
    assert in_new(prepared, [tester, careful, other]) == {tester}
    prepared.migrate("rollout", "100")
    prepared.migrate("rollout", "--user", careful, "--list", "old")
    assert in_new(prepared, [tester, careful, other]) == {tester, other}
    prepared.migrate("rollout", "off")
    assert in_new(prepared, [tester, careful, other]) == set()
    prepared.migrate("rollout", "100")
    prepared.migrate("rollout", "--user", careful, "--list", "none")
    assert in_new(prepared, [tester, careful, other]) == {tester, careful, other}


def test_a_person_in_the_new_system_finds_their_old_sessions_before_the_backfill(old: Old) -> None:
    person = old.world.people[0]
    old.migrate("prepare")
    with old.rep(person) as rep:
        assert rep.rpc("session_system") == "live_sessions"
        assert old.sql("select count(*) from public.training_sessions") == [0]
        old.migrate("rollout", "100")
        assert rep.rpc("session_system") == "training_sessions"
        mine = rep.rows("select id::text from public.live_sessions")
        assert len(mine) > 10
        assert len(rep.rpc("list_training_sessions", max_count=100)["sessions"]) == min(len(mine), 100)
        assert rep.rows("select legacy_id::text from public.training_sessions order by 1") == sorted(mine)
    assert old.sql("select count(distinct user_id) from public.training_sessions") == [1]
    adopted = old.sql("select id, legacy_id from public.training_sessions order by id")
    old.migrate("backfill")
    assert (
        old.sql("select id, legacy_id from public.training_sessions where user_id = %s order by id", person) == adopted
    )
    old.migrate("verify")


def test_a_link_leads_its_owner_alone_there_at_once(old: Old) -> None:
    person, other = old.world.people[:2]
    [old_id] = old.sql("select id::text from public.live_sessions where user_id = %s limit 1", person)
    old.migrate("prepare")
    resolve = "select public.resolve_legacy_sessions(array[%(id)s]::uuid[])"
    with old.rep(person) as owner, old.rep(other) as stranger:
        assert stranger.call(resolve, {"id": old_id}) == {}
        assert old.sql("select count(*) from public.training_sessions") == [0]
        found = owner.call(resolve, {"id": old_id})
        assert owner.rpc("get_training_session", session_id=found[old_id])["legacy_id"] == old_id
        assert stranger.call(resolve, {"id": old_id}) == {}


def test_who_signs_in_without_a_profile_gets_one_and_their_old_sessions(prepared: Old) -> None:
    stranger = prepared.world.strangers[0]
    old_id = prepared.insert(agent_name="Austin", user_id=stranger)
    assert prepared.session(old_id) == {}
    with prepared.rep(stranger) as rep:
        found = rep.call("select public.resolve_legacy_sessions(array[%(id)s]::uuid[])", {"id": old_id})
        assert rep.rpc("get_training_session", session_id=found[old_id])["user_id"] == stranger
    assert prepared.sql("select count(*) from training.legacy_quarantine where legacy_id = %s", old_id) == [0]
    prepared.migrate("backfill")
    prepared.migrate("verify")


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_no_role_of_the_api_reaches_what_belongs_to_the_migration(prepared: Old, role: str) -> None:
    with prepared.role(role, prepared.world.people[0]) as writer:
        for statement in (
            "select * from training_migration.pending",
            "select * from training.legacy_quarantine",
            "select training_migration.store_sessions('{}', true)",
            "select training_migration.adopt(gen_random_uuid(), null)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.connection.execute(statement.encode())


def test_after_an_undo_listed_people_move_again_with_prepare_as_it_says(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    listed, other = prepared.world.people[:2]
    prepared.migrate("rollout", "--user", listed)
    prepared.migrate("undo")
    assert in_new(prepared, [listed, other]) == set()
    prepared.migrate("prepare", "--dry-run")
    assert "but for people who are listed for training_sessions" in capsys.readouterr().out
    prepared.migrate("prepare")
    assert in_new(prepared, [listed, other]) == {listed}


def test_where_an_old_table_exists_no_person_moves_without_the_mirrors(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.migrate("undo")
    for percentage in ("50", "100"):
        assert "Not prepared yet" in refused(prepared, capsys, "rollout", percentage)
    assert in_new(prepared, prepared.world.people) == set()
    prepared.operator.sql("drop table public.live_sessions")
    prepared.migrate("rollout", "100")
    assert in_new(prepared, prepared.world.people) == set(prepared.world.people)
