"""Reconciling fills lines in that only the provider has, and changes no acknowledged line."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from speaking import SPOKEN, Rep, lines

from stacks import WEBHOOK_SECRET
from standins.elevenlabs_hook import Said, conversation, deliver, post_call
from support import Role, assert_error, line


def voice(rep: Rep, session_id: int) -> dict[str, Any]:
    found: dict[str, Any] = rep.user.get(session_id)["voice"]
    return found


def claimed(worker: Role) -> list[dict[str, Any]]:
    """What a worker would reconcile now."""
    work: dict[str, Any] = worker.call("select public.claim_voice_work(array['elevenlabs'])")
    found: list[dict[str, Any]] = work["reconcile"]
    return found


def test_lines_that_were_lost_in_the_middle_and_at_the_end_come_back_marked(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN, 3, 5))
    rep.hooked(conversation_id)
    assert rep.said(session_id) == SPOKEN
    assert rep.recovered(session_id) == [3, 5]


def test_a_session_that_is_still_active_is_completed_with_the_providers_duration_and_graded(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN, 4, 5))
    rep.hooked(conversation_id, seconds=321)
    session = rep.user.get(session_id)
    assert (session["status"], session["end_reason"], session["duration_seconds"]) == ("completed", "ended", 321)
    assert session["grading"]["state"] == "graded"
    assert {quote["sequence"] for each in session["evidence"].values() for quote in each["quotes"]} & {4}


def test_a_session_of_which_nothing_reached_us_is_whole(rep: Rep) -> None:
    session_id, conversation_id = rep.speak()
    rep.hooked(conversation_id)
    assert rep.said(session_id) == SPOKEN
    assert rep.user.get(session_id)["grading"]["state"] == "graded"


def test_a_conversation_without_a_word_of_the_rep_ends_without_a_score(rep: Rep) -> None:
    session_id, conversation_id = rep.speak()
    rep.hooked(conversation_id, SPOKEN[:1])
    session = rep.user.get(session_id)
    assert (session["status"], session["end_reason"], session["overall_score"]) == ("failed", "no_conversation", None)


def test_a_session_that_had_ended_and_gains_lines_is_graded_again_and_keeps_its_history(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.user.end(session_id, duration_seconds=60)
    rep.work()
    before = rep.user.get(session_id)
    assert before["closing_score"] == 25
    rep.hooked(conversation_id)
    session = rep.user.get(session_id)
    assert (session["closing_score"], session["duration_seconds"], session["end_reason"]) == (75, 60, "ended")
    grades = "select closing from (select id, scores ->> 'closing' as closing from public.training_grades where session_id = %s) g order by id"
    assert rep.stack.database.sql(grades, session_id) == ["25", "75"]


def test_a_session_that_was_abandoned_and_gains_lines_stays_abandoned(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.user.end(session_id)
    facts = "select end_reason, last_activity_at from public.training_sessions where id = %s"
    rep.stack.database.sql("update public.training_sessions set end_reason = 'abandoned' where id = %s", session_id)
    before = rep.stack.database.sql(facts, session_id)
    rep.hooked(conversation_id)
    assert rep.recovered(session_id) == [3, 4, 5]
    assert rep.stack.database.sql(facts, session_id) == before


def test_a_session_that_ended_without_a_word_is_judged_once_the_words_come(rep: Rep) -> None:
    session_id, conversation_id = rep.speak()
    rep.user.end(session_id)
    assert rep.user.get(session_id)["end_reason"] == "no_conversation"
    rep.hooked(conversation_id)
    session = rep.user.get(session_id)
    assert (session["status"], session["end_reason"], session["grading"]["state"]) == ("completed", "ended", "graded")
    assert session["duration_seconds"] == 95


def test_a_session_that_gets_its_first_words_from_the_record_waits_for_its_grade_from_then_on(rep: Rep) -> None:
    session_id, conversation_id = rep.speak()
    rep.user.end(session_id)
    database = rep.stack.database
    database.sql(
        "update public.training_sessions set last_activity_at = now() - interval '10 minutes' where id = %s", session_id
    )
    rep.hooked(conversation_id)
    waited = "select seconds_to_grade < 60 from public.training_grades where session_id = %s and outcome = 'accepted'"
    assert database.sql(waited, session_id) == [True]


def test_a_whole_session_gains_nothing_and_is_not_graded_again(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN))
    rep.user.end(session_id, duration_seconds=90)
    rep.work()
    graded_at = rep.user.get(session_id)["graded_at"]
    rep.hooked(conversation_id)
    session = rep.user.get(session_id)
    assert (session["graded_at"], session["duration_seconds"]) == (graded_at, 90)
    assert (session["voice"]["recovered_lines"], session["voice"]["unplaced"]) == (0, 0)
    assert session["voice"]["reconciled_at"]


def test_the_session_shows_what_reconciling_came_to(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    assert voice(rep, session_id) == {
        "provider": "elevenlabs", "conversation_id": conversation_id, "reconciled_at": None,
        "recovered_lines": 0, "unplaced": 0, "duration_seconds": None,
    }  # fmt: skip
    rep.hooked(conversation_id)
    known = voice(rep, session_id)
    assert known.pop("reconciled_at")
    assert known == {
        "provider": "elevenlabs", "conversation_id": conversation_id, "recovered_lines": 3, "unplaced": 0, "duration_seconds": 95,
    }  # fmt: skip


def test_a_typed_session_has_no_voice(rep: Rep) -> None:
    session = rep.user.get(rep.user.start())
    assert (session["voice"], session["timings"]) == (None, None)


def test_a_turn_that_fits_nowhere_is_counted_and_kept_in_the_providers_row(rep: Rep) -> None:
    heard = [SPOKEN[0], SPOKEN[1], SPOKEN[3], SPOKEN[4]]
    session_id, conversation_id = rep.speak(*lines(heard))
    rep.hooked(conversation_id)
    assert rep.said(session_id) == heard
    assert voice(rep, session_id)["unplaced"] == 1
    [turns] = rep.stack.database.sql(
        "select turns from public.provider_transcripts where conversation_id = %s", conversation_id
    )
    assert SPOKEN[2][1] in [turn["text"] for turn in turns]


def test_acknowledged_lines_keep_every_byte(rep: Rep) -> None:
    ours = [
        line(1, "hello??  WHO is it", "agent", timestamp="2026-11-20T10:00:00.000Z"),
        line(2, SPOKEN[1][1] + " …"),
        line(4, SPOKEN[3][1]),
    ]
    session_id, conversation_id = rep.speak(*ours)
    before = rep.stack.database.transcript(session_id)
    rep.hooked(conversation_id)
    after = rep.stack.database.transcript(session_id)
    assert [each for each in after if "source" not in each] == before
    assert [each["sequence"] for each in after] == [1, 2, 3, 4, 5]


def test_the_etag_changes_when_reconciling_changes_nothing_but_voice(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN))
    rep.user.end(session_id)
    rep.work()
    etag = rep.user.call("GET", f"/{session_id}").headers["etag"]
    rep.hooked(conversation_id)
    answer = rep.user.call("GET", f"/{session_id}", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert answer.json()["voice"]["reconciled_at"]


def test_a_client_that_comes_back_hears_duplicates_for_equal_words_and_a_conflict_for_others(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.hooked(conversation_id)
    late = [line(4, SPOKEN[3][1].lower().replace("?", ""), "user"), line(5, SPOKEN[4][1], "agent")]
    assert rep.user.say(session_id, *late)["duplicates"] == 2
    assert rep.user.end(session_id, transcript_lines=late)["missing"] == []
    other = rep.user.call("PATCH", f"/{session_id}", {"transcript_lines": [line(4, "Something else.")]})
    assert_error(other, 409, "line_conflict")
    corrected = rep.user.call(
        "PATCH", f"/{session_id}", {"transcript_lines": [line(5, "Thursday", "agent", correction=True)]}
    )
    assert_error(corrected, 409, "line_conflict")
    new = rep.user.call("PATCH", f"/{session_id}", {"transcript_lines": [line(6, "One more.")]})
    assert_error(new, 409, "session_not_active")
    assert rep.said(session_id) == SPOKEN


def test_a_clients_own_source_is_ignored(rep: Rep) -> None:
    session_id, _ = rep.speak(line(1, "Hello", "agent", source="provider"))
    assert rep.recovered(session_id) == []


def test_a_record_that_came_before_its_session_was_bound_is_used_when_it_is(rep: Rep) -> None:
    assert rep.hook("conv_early").status_code == 200
    session_id = rep.user.start("Maria")
    rep.bind(session_id, "conv_early")
    rep.work()
    assert rep.said(session_id) == SPOKEN


def test_an_unbound_record_is_dropped_after_its_days(rep: Rep) -> None:
    rep.hooked("conv_unbound")
    rep.wait(minutes=60 * 24 * 6.9)
    rep.work()
    count = "select count(*) from public.provider_transcripts"
    assert rep.stack.database.sql(count) == [1]
    rep.wait(minutes=60 * 24 * 0.2)
    rep.work()
    assert rep.stack.database.sql(count) == [0]


def test_the_owner_alone_reads_the_providers_row(rep: Rep) -> None:
    session_id, conversation_id = rep.speak()
    rep.hooked(conversation_id)
    rep.hooked("conv_unbound")
    query = "select session_id from public.provider_transcripts"
    with rep.stack.database.rep(rep.user.id) as owner, rep.stack.database.rep() as stranger:
        assert owner.rows(query) == [session_id]
        assert stranger.rows(query) == []


def test_after_a_reconnect_both_conversations_make_one_transcript(rep: Rep) -> None:
    """The second record is late: what the first lost in the middle comes at once, and the session goes on."""
    session_id, first = rep.speak(*lines(SPOKEN[:3], 2))
    rep.bind(session_id, f"{first}_again")
    rep.hooked(first, SPOKEN[:3])
    assert rep.said(session_id) == SPOKEN[:3]
    assert rep.user.get(session_id)["status"] == "active"
    rep.user.say(session_id, line(5, SPOKEN[4][1], "agent"))
    rep.hooked(f"{first}_again", SPOKEN[3:])
    assert rep.said(session_id) == SPOKEN
    session = rep.user.get(session_id)
    assert session["status"] == "completed"
    assert rep.recovered(session_id) == [2, 4]
    assert session["timings"]["moments"] == {"4": 0, "5": 4}


def test_events_of_two_conversations_in_the_wrong_order_make_the_same_transcript(rep: Rep) -> None:
    session_id, first = rep.speak(*lines(SPOKEN, 2, 5))
    rep.bind(session_id, f"{first}_again")
    rep.hooked(f"{first}_again", SPOKEN[3:])
    rep.hooked(first, SPOKEN[:3])
    assert rep.said(session_id) == SPOKEN


def test_a_conversation_of_another_session_is_not_taken_over(rep: Rep) -> None:
    _, conversation_id = rep.speak()
    session_id, own = rep.speak()
    with pytest.raises(Exception, match="conversation_taken"):
        rep.bind(session_id, conversation_id)
    assert voice(rep, session_id)["conversation_id"] == own


def test_an_earlier_conversation_of_another_session_is_not_taken_over(rep: Rep) -> None:
    first_session, earlier = rep.speak()
    rep.bind(first_session, f"{earlier}_again")
    session_id, _ = rep.speak()
    with pytest.raises(Exception, match="conversation_taken"):
        rep.bind(session_id, earlier)


def test_the_providers_timings_become_facts(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN))
    document = conversation(conversation_id, SPOKEN)
    document["transcript"][2]["interrupted"] = True
    deliver(rep.hook_url, post_call(document), WEBHOOK_SECRET)
    rep.work()
    session = rep.user.get(session_id)
    timings = session["timings"]
    assert timings == {
        "rep_talk_seconds": 8, "response_seconds": 2.5, "interruptions": 1,
        "moments": {"1": 0, "2": 4, "3": 8, "4": 12, "5": 16},
    }  # fmt: skip
    delivery = session["delivery"]
    assert (delivery["talk_seconds"], delivery["response_seconds"]) == (8, 2.5)
    assert delivery["words_per_minute"] == round(60 * delivery["words"] / 8)


def test_a_plan_for_a_transcript_that_changed_is_refused_and_made_anew(rep: Rep) -> None:
    """The line arrives between the claim and the save."""
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.hook(conversation_id)
    with rep.stack.database.grader() as worker:
        [claim] = claimed(worker)
        rep.user.say(session_id, *lines(SPOKEN[:3]))
        plan = {
            "lines": [line(3, "Something else", timestamp="2026-11-20T10:00:00.000Z")],
            "unplaced": 0,
            "timings": {},
        }
        known = {name: claim[name] for name in ("session_id", "version", "changes")}
        assert worker.rpc("save_voice_reconciliation", **known, **plan) == {"saved": False, "reason": "changed"}
    rep.work()
    assert rep.said(session_id) == SPOKEN
    assert rep.recovered(session_id) == [4, 5]


def test_a_plan_is_refused_when_the_record_changed_since(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.hook(conversation_id, SPOKEN[:3])
    with rep.stack.database.grader() as worker:
        [claim] = claimed(worker)
        rep.hook(conversation_id, SPOKEN)
        known = {name: claim[name] for name in ("session_id", "version", "changes")}
        answer = worker.rpc("save_voice_reconciliation", **known, lines=[], unplaced=0, timings={})
        assert answer == {"saved": False, "reason": "changed"}
    rep.work()
    assert rep.said(session_id) == SPOKEN


def test_a_save_waits_for_an_append_and_then_changes_nothing(rep: Rep) -> None:
    database = rep.stack.database
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.hook(conversation_id)
    with database.rep(rep.user.id) as client, database.grader() as worker:
        [claim] = claimed(worker)
        client.connection.autocommit = False
        client.rpc("append_transcript", session_id=session_id, lines=lines(SPOKEN[:3]))
        known = {name: claim[name] for name in ("session_id", "version", "changes")}
        answers: list[Any] = []
        plan = {"lines": [line(3, "Other words", timestamp="2026-11-20T10:00:00.000Z")], "unplaced": 0, "timings": {}}
        save = threading.Thread(target=lambda: answers.append(worker.rpc("save_voice_reconciliation", **known, **plan)))
        save.start()
        database.wait_until_locked(worker.pid)
        client.connection.commit()
        save.join(10)
    assert answers == [{"saved": False, "reason": "changed"}]
    assert rep.said(session_id) == SPOKEN[:3]


def test_a_save_waits_for_a_newer_record_and_is_then_made_anew(rep: Rep) -> None:
    database = rep.stack.database
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.hook(conversation_id)
    with psycopg.connect(database.url) as newer, database.grader() as worker, ThreadPoolExecutor(1) as pool:
        [claim] = claimed(worker)
        known = {name: claim[name] for name in ("session_id", "version", "changes")}
        newer.execute("select training.reconcile_soon(%s)", (session_id,))
        saving = pool.submit(worker.rpc, "save_voice_reconciliation", **known, lines=[], unplaced=0, timings={})
        database.wait_until_locked(worker.pid)
        newer.commit()
        assert saving.result(10) == {"saved": False, "reason": "changed"}
    rep.work()
    assert rep.said(session_id) == SPOKEN


def test_the_database_itself_never_overwrites_a_line(rep: Rep) -> None:
    """A plan with a taken sequence, one out of bounds and one twice is applied only where the transcript is free."""
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.hook(conversation_id, SPOKEN[:2])
    stamp = "2026-11-20T10:00:00.000Z"
    plan = [
        line(2, "Overwritten", timestamp=stamp),
        line(0, "Before", timestamp=stamp),
        line(2_001, "Behind", timestamp=stamp),
        line(3, "Free", timestamp=stamp),
    ]
    with rep.stack.database.grader() as worker:
        [claim] = claimed(worker)
        known = {name: claim[name] for name in ("session_id", "version", "changes")}
        assert worker.rpc("save_voice_reconciliation", **known, lines=plan, unplaced=0, timings={})["saved"]
    assert rep.said(session_id) == [*SPOKEN[:2], ("user", "Free")]
    assert voice(rep, session_id)["unplaced"] == 3


def test_a_grade_under_way_when_lines_come_back_is_not_taken_for_the_new_one(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.user.end(session_id)
    with rep.stack.database.grader() as grader:
        grader.rpc("claim_training_sessions", max_count=1, session_id=session_id)
    rep.hooked(conversation_id)
    assert rep.user.get(session_id)["closing_score"] == 75
    used = rep.stack.database.sql("select model_grades from training.usage where user_id = %s", rep.user.id)
    assert used == [1], "the first grader may have asked the model"


def test_a_transcript_whose_words_were_forgotten_is_not_filled_again(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN))
    rep.user.end(session_id)
    rep.work()
    database = rep.stack.database
    database.sql(
        "update public.training_sessions set started_at = now() - interval '9 days', ended_at = now() - interval '8 days'"
    )
    database.sql("insert into training.settings (name, value) values ('transcripts_kept_days', '7')")
    try:
        assert database.sql("select training.forget_transcripts()") == [1]
    finally:
        database.sql("delete from training.settings where name = 'transcripts_kept_days'")
    rep.hooked(conversation_id)
    assert rep.said(session_id) == []
    assert database.sql("select count(*) from public.provider_transcripts") == [0]


def test_text_past_the_sessions_limit_stays_in_the_providers_row(rep: Rep) -> None:
    said: list[Said] = [("user" if n % 2 else "agent", f"{n} " + "w" * 3_900) for n in range(300)]
    session_id, conversation_id = rep.speak()
    rep.hooked(conversation_id, said)
    size = sum(len(words) for _, words in rep.said(session_id))
    assert 1_000_000 < size <= 1_048_576
    assert voice(rep, session_id)["unplaced"] == 300 - len(rep.said(session_id))
