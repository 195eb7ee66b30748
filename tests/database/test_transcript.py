"""Promise 1 in SQL: an acknowledged line is never lost, doubled or reordered."""

import random
import threading

import pytest

from support import Database, Refused, line


def words(database: Database, session_id: int) -> list[tuple[int, str]]:
    return [(each["sequence"], each["text"]) for each in database.transcript(session_id)]


def test_sixty_lines_each_sent_five_times_shuffled_by_fifty_writers_end_in_order(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        user_id = rep.user_id
    sends = [line(n, f"line {n}", "agent" if n % 2 else "user") for n in range(1, 61)] * 5
    random.Random(7).shuffle(sends)
    refused: list[Exception] = []
    barrier = threading.Barrier(50)

    def write(share: list[dict[str, object]]) -> None:
        try:
            with database.rep(user_id) as writer:
                barrier.wait()
                for each in share:
                    writer.rpc("append_transcript", session_id=session_id, lines=[each])
        except Exception as error:
            refused.append(error)

    threads = [threading.Thread(target=write, args=(sends[n::50],)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert words(database, session_id) == [(n, f"line {n}") for n in range(1, 61)]


def test_writers_without_sequences_get_one_each(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        user_id = rep.user_id

    def write(name: int) -> None:
        with database.rep(user_id) as writer:
            for n in range(5):
                writer.rpc("append_transcript", session_id=session_id, lines=[line(None, f"{name}.{n}")])

    threads = [threading.Thread(target=write, args=(name,)) for name in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = words(database, session_id)
    assert [sequence for sequence, _ in stored] == list(range(1, 101))
    assert sorted(text for _, text in stored) == sorted(f"{name}.{n}" for name in range(20) for n in range(5))


def test_an_append_that_waits_behind_the_end_is_refused_whole(database: Database) -> None:
    """complete locks, append waits for it; whichever commits first, no line is half in."""
    with database.rep() as ending, database.rep(ending.user_id) as late:
        session_id = ending.rpc("create_training_session", agent_name="Austin")["id"]
        ending.rpc("append_transcript", session_id=session_id, lines=[line(1, "Hi")])
        outcome: list[Exception] = []
        ending.connection.execute("begin")
        ending.rpc("complete_training_session", session_id=session_id)

        def append() -> None:
            try:
                late.rpc("append_transcript", session_id=session_id, lines=[line(1, "Hi"), line(2, "Wait")])
            except Refused as error:
                outcome.append(error)

        thread = threading.Thread(target=append)
        thread.start()
        database.wait_until_locked(late.pid)
        ending.connection.execute("commit")
        thread.join()
    assert [(error.status, error.code) for error in outcome if isinstance(error, Refused)] == [
        (409, "session_not_active")
    ]
    assert words(database, session_id) == [(1, "Hi")]


def test_a_rolled_back_append_leaves_nothing(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("append_transcript", session_id=session_id, lines=[line(1, "one")])
        with pytest.raises(Refused, match="line_conflict"):
            rep.rpc(
                "append_transcript", session_id=session_id, lines=[line(2, "two"), line(1, "other"), line(3, "three")]
            )
    assert words(database, session_id) == [(1, "one")]


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_arrival_in_any_batches_gives_the_same_transcript(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    sent = [line(n, f"line {n}") for n in range(1, 31)]
    arrivals = sent + chance.choices(sent, k=20)
    chance.shuffle(arrivals)
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        seen: set[int] = set()
        while arrivals:
            size = chance.randint(1, 8)
            batch, arrivals = arrivals[:size], arrivals[size:]
            answer = rep.rpc("append_transcript", session_id=session_id, lines=batch)
            new = {each["sequence"] for each in batch} - seen
            seen |= new
            assert answer["duplicates"] == len(batch) - len(new)
            assert answer["line_count"] == len(seen)
            assert answer["last_sequence"] == max(seen)
            assert answer["missing"] == sorted(set(range(1, max(seen))) - seen)
    assert words(database, session_id) == [(n, f"line {n}") for n in range(1, 31)]


@pytest.mark.parametrize(
    ("given", "stored"),
    [("rep", "user"), ("SalesRep", "user"), (" you ", "user"), ("USER", "user"), ("ai", "agent"), ("Assistant", "agent"),
     ("homeowner", "agent"), ("customer", "agent"), ("prospect", "agent"), ("agent", "agent")],
)  # fmt: skip
def test_speakers_are_normalised(database: Database, given: str, stored: str) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("append_transcript", session_id=session_id, lines=[line(1, "Hi", given)])
        assert rep.rpc("append_transcript", session_id=session_id, lines=[line(1, "Hi", stored)])["duplicates"] == 1
    assert database.transcript(session_id)[0]["speaker"] == stored


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000Z"),
        ("2026-11-22T10:00:00.123456+02:00", "2026-11-22T08:00:00.123Z"),
        ("2026-11-22 10:00", "2026-11-22T10:00:00.000Z"),
        ("2026-11-22T10:00:00-0530", "2026-11-22T15:30:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_timestamps_are_kept_as_utc(database: Database, given: str, stored: str) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.connection.execute("set timezone = 'America/New_York'")
        rep.rpc("append_transcript", session_id=session_id, lines=[line(1, timestamp=given)])
    assert database.transcript(session_id)[0]["timestamp"] == stored


@pytest.mark.parametrize(
    "outside", ["0001-01-01T00:00:00+23:59", "9999-12-31T24:00:00.000Z", "9999-12-31T23:59:00-01:00"]
)
def test_a_timestamp_outside_of_four_digit_years_is_none(database: Database, outside: str) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        with pytest.raises(Refused) as refused:
            rep.rpc("append_transcript", session_id=session_id, lines=[line(1, timestamp=outside)])
    assert refused.value.details == "lines[0].timestamp"


def test_a_correction_replaces_the_words_of_an_agent_line_only_while_active(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc(
            "append_transcript",
            session_id=session_id,
            lines=[line(1, "Mine"), line(2, "Well, as I was", "agent"), line(3, "Sorry")],
        )
        rep.rpc("append_transcript", session_id=session_id, lines=[line(2, "Well", "agent", correction=True)])
        rep.rpc("append_transcript", session_id=session_id, lines=[line(2, "Well", "agent", correction=True)])
        with pytest.raises(Refused, match="line_conflict"):
            rep.rpc("append_transcript", session_id=session_id, lines=[line(1, "Theirs", "agent", correction=True)])
        rep.rpc("complete_training_session", session_id=session_id)
        with pytest.raises(Refused, match="session_not_active"):
            rep.rpc("append_transcript", session_id=session_id, lines=[line(2, "We", "agent", correction=True)])
    assert words(database, session_id) == [(1, "Mine"), (2, "Well"), (3, "Sorry")]
    assert all("correction" not in each for each in database.transcript(session_id))
