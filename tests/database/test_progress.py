"""Delivery facts and progress, against a plain Python model of each."""

import itertools
import re
import statistics
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from http_request import WHITE_SPACE
from support import FUZZ_EXAMPLES, Database, Refused, Role

EXAMPLES = settings(
    max_examples=FUZZ_EXAMPLES or 60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=not FUZZ_EXAMPLES,
)
PUNCTUATION = '.,;:!?¿¡…"“”„«»()[]{}<>/\\|*_~–—'
CATEGORIES = ("rapport", "discovery", "objection_handling", "closing")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday


# The facts of a transcript.

FILLERS = {"um", "uh", "basically", "i mean"}  # the part of the English list that the model's texts use


def words_of(text: str) -> list[str]:
    cut = "".join(" " if character in WHITE_SPACE + PUNCTUATION else character for character in text.lower())
    return [word for word in cut.split(" ") if word.strip("'’-")]


def rounded(value: Fraction, digits: int) -> float:
    """Half away from zero, as PostgreSQL rounds numeric."""
    scaled = value * 10**digits
    return float(Fraction(int(scaled + Fraction(1, 2) if scaled >= 0 else scaled - Fraction(1, 2)), 10**digits))


def facts_of(transcript: list[dict[str, Any]]) -> dict[str, Any]:
    """What training.delivery_facts must say, but for the language and its fillers."""
    mine = [line for line in transcript if line["speaker"] == "user"]
    said = [words_of(line["text"]) for line in mine]
    questions = [len(re.findall("[?？؟]+", line["text"])) for line in mine]
    everything = sum(len(words_of(line["text"])) for line in transcript)
    total = sum(map(len, said))
    monologues, run, before = [], 0, None
    for line in transcript:
        if line["speaker"] == "user":
            run = (run if before == "user" else 0) + len(words_of(line["text"]))
            monologues.append(run)
        before = line["speaker"]
    speakers = [line["speaker"] for line in transcript]
    return {
        "lines": len(mine),
        "words": total,
        "word_share": rounded(Fraction(total, everything), 3) if everything else None,
        "longest_monologue_words": max(monologues, default=None),
        "questions": sum(questions),
        "questions_per_10_lines": rounded(Fraction(10 * sum(questions), len(mine)), 1) if mine else None,
        "first_question_line": next((n for n, count in enumerate(questions, 1) if count), None),
        "speaker_switches": sum(a != b for a, b in itertools.pairwise(speakers)),
        "interrupted_lines": sum(bool(line.get("corrected")) for line in transcript),
    }


TEXTS = st.one_of(
    st.lists(
        st.sampled_from(["um", "uh", "the", "I", "mean", "ants?", "don't", "co-op", "—", "'", "über", "¿qué", "now??"]),
        max_size=12,
    ).map(" ".join),
    st.text(alphabet="aÄ'’-?؟ \u00a0\t.,\u200b–x", max_size=30),
)
TRANSCRIPTS = st.lists(
    st.fixed_dictionaries(
        {"speaker": st.sampled_from(["user", "agent"]), "text": TEXTS}, optional={"corrected": st.just(True)}
    ),
    max_size=12,
)


@EXAMPLES
@given(transcript=TRANSCRIPTS)
def test_the_facts_equal_a_plain_count(database: Database, transcript: list[dict[str, Any]]) -> None:
    [facts] = database.sql("select training.delivery_facts(%s)", Jsonb(transcript))
    expected = facts_of(transcript)
    assert {name: facts[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "language", "fillers"),
    [
        ("Um, we uh treat the house, and um um it is basically safe.", "en", 5),
        ("I mean, the ants, i mean, you know what I mean?", "en", 3),
        ("You like the lawn, it is umbrella land.", "en", 0),
        ("Ähm, wir haben das im Grunde mit der Karte, äh, und Sie nicht.", "de", 3),
        ("O sea, eh, que usted no tiene la casa.", "es", 2),
        ("Euh, vous avez du coup des fourmis et les guêpes.", "fr", 2),
        ("Xyzzy um.", None, None),
        ("", None, None),
    ],
)
def test_fillers_are_those_of_the_language(
    database: Database, text: str, language: str | None, fillers: int | None
) -> None:
    transcript = [{"speaker": "user", "text": text}, {"speaker": "agent", "text": "um um um le la les et vous"}]
    [facts] = database.sql("select training.delivery_facts(%s)", Jsonb(transcript))
    assert (facts["language"], facts["fillers"]) == (language, fillers)


def test_an_ended_session_shows_its_facts_and_an_open_one_none(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        lines = [
            {"speaker": "agent", "text": "I would have to ask my husband.", "sequence": 1},
            {"speaker": "user", "text": "Of course. When is he home?", "sequence": 2},
        ]
        rep.rpc("append_transcript", session_id=session_id, lines=lines)
        rep.rpc("append_transcript", session_id=session_id, lines=[{**lines[0], "text": "I would", "correction": True}])
        assert rep.rpc("get_training_session", session_id=session_id)["delivery"] is None
        rep.rpc("complete_training_session", session_id=session_id)
        delivery = rep.rpc("get_training_session", session_id=session_id)["delivery"]
    assert delivery["interrupted_lines"] == 1
    assert delivery["questions"] == 1
    assert delivery["word_share"] == 0.75
    assert delivery["words_per_minute"] is None


# Progress over the sessions.

SCORES = st.integers(0, 100)
SESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "agent_name": st.sampled_from(["Maria", "Walter"]),
            "rapport": SCORES,
            "discovery": SCORES,
            "objection_handling": SCORES,
            "closing": SCORES,
            "confidence": st.sampled_from(["high", "low", None]),
            "rubric_version": st.sampled_from(["1", "2"]),
        }
    ),
    max_size=9,
)


def insert(database: Database, user_id: str, session: dict[str, Any], at: datetime) -> int:
    """A graded session as the grader leaves it."""
    [session_id] = database.sql(
        """insert into public.training_sessions (user_id, agent_name, started_at, created_at, last_activity_at, ended_at,
             end_reason, status, rapport_score, discovery_score, objection_handling_score, closing_score, graded_at,
             graded_by, rubric_version, confidence)
           values (%s, %s, %s, %s, %s, %s, 'ended', 'completed', %s, %s, %s, %s, %s, 'model', %s, %s) returning id""",
        user_id,
        session["agent_name"],
        *[at] * 4,
        *(session[category] for category in CATEGORIES),
        at,
        session["rubric_version"],
        session["confidence"],
    )
    return int(session_id)


def overall(session: dict[str, Any]) -> int:
    return int(rounded(Fraction(sum(session[category] for category in CATEGORIES), 4), 0))


def category_of(sessions: list[dict[str, Any]], category: str) -> dict[str, Any]:
    """The figures of one category; `sessions` are a homeowner's, newest first."""

    def score(session: dict[str, Any]) -> int:
        return overall(session) if category == "overall" else int(session[category])

    counted = [one for one in sessions if one["confidence"] != "low"]
    comparable = [score(one) for one in counted if one["rubric_version"] == counted[0]["rubric_version"]][:5]
    trend = None
    if len(comparable) >= 3:
        oldest_first = comparable[::-1]
        line = statistics.linear_regression(range(len(oldest_first)), oldest_first)
        trend = line.slope
    return {
        "count": len(sessions),
        "counted": len(counted),
        "last": score(sessions[0]),
        "best": max(map(score, counted), default=None),
        "mean_of_last_five": rounded(Fraction(sum(map(score, counted[:5])), len(counted[:5])), 1) if counted else None,
        "trend": trend,
        "percentile": None,
    }


@pytest.fixture
def rep(database: Database) -> Iterator[Role]:
    with database.rep() as rep:
        rep.connection.execute("select set_config('training.now', %s, false)", (NOW.isoformat(),))
        database.sql("insert into public.users (id) values (%s)", rep.user_id)
        yield rep


@EXAMPLES
@given(sessions=SESSIONS)
def test_progress_equals_a_plain_count(database: Database, rep: Role, sessions: list[dict[str, Any]]) -> None:
    database.sql("delete from public.training_sessions where user_id = %s", rep.user_id)
    for n, session in enumerate(sessions):
        insert(database, str(rep.user_id), session, NOW - timedelta(hours=100 - n))
    progress = rep.rpc("get_training_progress")
    assert progress["sessions"] == len(sessions)
    counted = [overall(session) for session in sessions if session["confidence"] != "low"]
    assert progress["best"] == max(counted, default=None)
    assert progress["average"] == (rounded(Fraction(sum(counted), len(counted)), 1) if counted else None)
    names = list(dict.fromkeys(session["agent_name"] for session in reversed(sessions)))
    assert [one["agent_name"] for one in progress["homeowners"]] == names
    for homeowner in progress["homeowners"]:
        theirs = [session for session in reversed(sessions) if session["agent_name"] == homeowner["agent_name"]]
        for category in (*CATEGORIES, "overall"):
            figures, expected = homeowner["scores"][category], category_of(theirs, category)
            assert figures.pop("trend") == pytest.approx(expected.pop("trend"), abs=0.0501)
            assert figures == expected


def graded(rapport: int, agent_name: str = "Maria", confidence: str = "high") -> dict[str, Any]:
    return {
        "agent_name": agent_name, "rapport": rapport, "discovery": 50, "objection_handling": 50, "closing": 50,
        "confidence": confidence, "rubric_version": "1",
    }  # fmt: skip


def strangers(database: Database, scores: list[int]) -> None:
    for score in scores:
        user_id = str(uuid.uuid4())
        database.sql("insert into public.users (id) values (%s)", user_id)
        insert(database, user_id, graded(score), NOW)


def rapport(rep: Role) -> tuple[int, int | None]:
    """The people compared with, the caller included, and the percentile in rapport."""
    [homeowner] = rep.rpc("get_training_progress")["homeowners"]
    return homeowner["people"], homeowner["scores"]["rapport"]["percentile"]


def test_a_percentile_needs_twenty_people_and_counts_each_once(database: Database, rep: Role) -> None:
    insert(database, str(rep.user_id), graded(60), NOW)
    strangers(database, [10] * 10 + [60] * 4 + [90] * 4)
    assert rapport(rep) == (19, None)
    strangers(database, [90])
    assert rapport(rep) == (20, 63)  # 10 of 19 have less, and 4 the same: 12 / 19
    insert(database, str(rep.user_id), graded(100), NOW)
    assert rapport(rep) == (20, 74)  # fresh: the mean is now 80, above 14 of 19


def test_a_standing_follows_its_sessions(database: Database, rep: Role) -> None:
    def standing() -> list[float]:
        return [
            float(each)
            for each in database.sql("select rapport from training.standings where user_id = %s", rep.user_id)
        ]

    ids = [
        insert(database, str(rep.user_id), graded(score), NOW + timedelta(minutes=n))
        for n, score in enumerate([0, 10, 20, 30, 40, 50])
    ]
    assert standing() == [30]
    database.sql("update public.training_sessions set rapport_score = 100 where id = %s", ids[-1])
    assert standing() == [40]
    database.sql("update public.training_sessions set confidence = 'low' where id = %s", ids[-1])
    assert standing() == [20]
    database.sql("update public.training_sessions set agent_name = 'Walter' where id = %s", ids[0])
    assert standing() == [25, 0] or standing() == [0, 25]
    for session_id in ids[:-1]:
        rep.rpc("delete_training_session", session_id=session_id)
    assert standing() == []
    insert(database, str(rep.user_id), graded(70), NOW)
    database.sql("delete from public.users where id = %s", rep.user_id)
    assert standing() == []


def test_grades_at_once_leave_the_standing_of_all(database: Database, rep: Role) -> None:
    """One is not committed yet; the others wait for it, and then come at the same moment."""
    ids = [insert(database, str(rep.user_id), graded(0), NOW + timedelta(minutes=n)) for n in range(5)]
    update = "update public.training_sessions set rapport_score = 100 where id = %s"
    with psycopg.connect(database.url) as first, ExitStack() as stack:
        others = [stack.enter_context(psycopg.connect(database.url, autocommit=True)) for _ in ids[1:]]
        first.execute(update, (ids[0],))
        threads = [
            threading.Thread(target=each.execute, args=(update, (session_id,)))
            for each, session_id in zip(others, ids[1:], strict=True)
        ]
        for thread, each in zip(threads, others, strict=True):
            thread.start()
            database.wait_until_locked(each.info.backend_pid)
        first.commit()
        for thread in threads:
            thread.join()
    assert [float(each) for each in database.sql("select rapport from training.standings")] == [100]


def test_the_streak_and_the_week_are_those_of_the_time_zone(database: Database, rep: Role) -> None:
    for at in ("2026-11-25 03:00Z", "2026-11-24 22:30Z", "2026-11-23 02:00Z", "2026-11-22 23:30Z"):
        insert(database, str(rep.user_id), graded(50), datetime.fromisoformat(at))

    def of(time_zone: str) -> tuple[int, int]:
        progress = rep.rpc("get_training_progress", time_zone=time_zone)
        return progress["streak_days"], progress["this_week"]

    assert of("UTC") == (4, 3)
    assert of("Europe/Berlin") == (3, 4)  # Sunday 23:30 is Monday 00:30 there
    assert of("America/Los_Angeles") == (1, 2)


def test_a_day_that_has_only_begun_does_not_end_the_streak(database: Database, rep: Role) -> None:
    for days in (1, 2):
        insert(database, str(rep.user_id), graded(50), NOW - timedelta(days=days))
    assert rep.rpc("get_training_progress")["streak_days"] == 2


@pytest.mark.parametrize("time_zone", ["", "Europe/Nowhere", "0.5", "x" * 300, None])
def test_an_unknown_time_zone_is_refused(rep: Role, time_zone: str | None) -> None:
    with pytest.raises(Refused) as refused:
        rep.rpc("get_training_progress", time_zone=time_zone)
    assert (refused.value.status, refused.value.code, refused.value.details) == (422, "invalid_field", "time_zone")
