"""The hook makes a record prompt; polling makes it certain. Erasing a session erases it at the provider, too."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from speaking import SPOKEN, Rep, lines

from standins.elevenlabs_hook import conversation


def heard(rep: Rep, conversation_id: str, **about: object) -> None:
    """The provider has the conversation, and its hook is lost."""
    rep.elevenlabs.records[conversation_id] = conversation(conversation_id, SPOKEN, **about)  # type: ignore[arg-type]


def asked(rep: Rep, method: str = "GET") -> int:
    return sum(each[0] == method for each in rep.elevenlabs.asked)


def test_a_lost_hook_is_made_good_after_the_session_ended(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    heard(rep, conversation_id)
    rep.user.end(session_id)
    rep.wait(minutes=1)
    rep.work()
    assert rep.said(session_id) == SPOKEN
    [received_by] = rep.stack.database.sql("select received_by from public.provider_transcripts")
    assert received_by == "poll"


def test_a_session_that_fell_idle_is_completed_from_the_providers_record(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    heard(rep, conversation_id, seconds=77)
    rep.work()
    assert asked(rep) == 0  # it may still go on
    rep.wait(minutes=2)
    rep.work()
    session = rep.user.get(session_id)
    assert (session["status"], session["duration_seconds"], session["grading"]["state"]) == ("completed", 77, "graded")
    assert rep.said(session_id) == SPOKEN


@pytest.mark.parametrize("status", ["initiated", "in-progress", "processing"])
def test_a_conversation_that_goes_on_is_asked_for_again_later(rep: Rep, status: str) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    heard(rep, conversation_id, status=status)
    rep.wait(minutes=2)
    rep.work()
    rep.work()
    assert asked(rep) == 1
    assert rep.user.get(session_id)["status"] == "active"
    heard(rep, conversation_id)
    rep.wait(minutes=1)
    rep.work()
    assert rep.said(session_id) == SPOKEN


def test_polling_backs_off_and_ends_visibly_after_a_day(rep: Rep) -> None:
    """Half a minute, a minute, two ... an hour: about thirty requests, then given up."""
    session_id, _ = rep.speak(*lines(SPOKEN[:2]))
    rep.user.end(session_id)
    for _ in range(26 * 3):
        rep.wait(minutes=20)
        rep.work()
    assert 15 < asked(rep) < 40
    [health] = rep.stack.database.sql("select to_jsonb(h) from public.voice_health h")
    assert (health["given_up_transcripts"], health["awaited_transcripts"]) == (1, 0)
    assert health["troubles"] == {"not_found": 1}


@pytest.mark.parametrize(
    ("behaviour", "trouble"),
    [("error_500", "status_500"), ("not_json", "bad_answer"), ("unauthorised", "refused"), ("close", "unreachable")],
)
def test_a_failing_provider_is_seen_and_asked_again(rep: Rep, behaviour: str, trouble: str) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    heard(rep, conversation_id)
    rep.user.end(session_id)
    rep.elevenlabs.behaviour = behaviour
    rep.wait(minutes=2)
    rep.work()
    [troubles] = rep.stack.database.sql("select troubles from public.voice_health")
    assert troubles == {trouble: 1}
    rep.elevenlabs.behaviour = "well"
    rep.wait(minutes=1)
    rep.work()
    assert rep.said(session_id) == SPOKEN
    assert rep.stack.database.sql("select troubles from public.voice_health") == [{}]


def test_a_record_that_came_by_the_hook_is_not_asked_for(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.hooked(conversation_id)
    rep.wait(minutes=60)
    rep.work()
    assert asked(rep) == 0
    assert rep.said(session_id) == SPOKEN


def test_a_late_hook_after_polling_changes_nothing(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    heard(rep, conversation_id)
    rep.user.end(session_id)
    rep.wait(minutes=1)
    rep.work()
    before = rep.user.get(session_id)
    rep.hooked(conversation_id)
    after = rep.user.get(session_id)
    assert (after["transcript"], after["graded_at"]) == (before["transcript"], before["graded_at"])


def test_after_an_earlier_conversation_was_given_up_the_other_is_appended(rep: Rep) -> None:
    session_id, first = rep.speak(*lines(SPOKEN[:2]))
    rep.bind(session_id, f"{first}_again")
    rep.hooked(f"{first}_again", SPOKEN[2:])
    assert len(rep.said(session_id)) == 2  # what the first conversation says would come before
    rep.wait(minutes=60 * 24 + 10)
    rep.work()
    assert rep.said(session_id) == SPOKEN


def test_erasing_a_session_deletes_its_conversation_at_the_provider(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    heard(rep, conversation_id)
    rep.hooked(conversation_id)
    assert rep.user.call("DELETE", f"/{session_id}").status_code == 204
    assert rep.stack.database.sql("select count(*) from public.provider_transcripts") == [0]
    rep.work()
    assert conversation_id not in rep.elevenlabs.records
    assert rep.stack.database.sql("select done_at is not null from training.provider_erasures") == [True]


def test_erasing_a_person_deletes_each_of_their_conversations(rep: Rep) -> None:
    for _ in range(3):
        heard(rep, rep.speak()[1])
    rep.stack.database.sql("delete from public.users where id = %s", rep.user.id)
    rep.work()
    assert rep.elevenlabs.records == {}


def test_both_conversations_of_a_reconnected_session_are_deleted(rep: Rep) -> None:
    session_id, first = rep.speak()
    rep.bind(session_id, f"{first}_again")
    heard(rep, first)
    heard(rep, f"{first}_again")
    rep.user.call("DELETE", f"/{session_id}")
    rep.work()
    assert rep.elevenlabs.records == {}


def test_a_hook_that_comes_after_the_erasure_stores_nothing(rep: Rep) -> None:
    session_id, conversation_id = rep.speak(*lines(SPOKEN[:2]))
    rep.user.call("DELETE", f"/{session_id}")
    rep.hooked(conversation_id)
    assert rep.stack.database.sql("select count(*) from public.provider_transcripts") == [0]


@pytest.mark.parametrize(("behaviour", "trouble"), [("error_500", "status_500"), ("not_json", "bad_answer")])
def test_an_erasure_that_fails_is_tried_until_it_is_done_and_seen_meanwhile(
    rep: Rep, behaviour: str, trouble: str
) -> None:
    """The 200 of a maintenance page is not the provider's answer."""
    session_id, conversation_id = rep.speak()
    heard(rep, conversation_id)
    rep.elevenlabs.behaviour = behaviour
    rep.user.call("DELETE", f"/{session_id}")
    for _ in range(5):
        rep.work()
        rep.wait(minutes=60)
    [health] = rep.stack.database.sql("select to_jsonb(h) from public.voice_health h")
    assert (health["erasures_waiting"], health["troubles"]) == (1, {trouble: 1})
    assert health["oldest_erasure_seconds"] > 3_600
    assert asked(rep, "DELETE") == 5
    rep.elevenlabs.behaviour = "well"
    rep.work()
    assert conversation_id not in rep.elevenlabs.records
    assert rep.stack.database.sql("select erasures_waiting from public.voice_health") == [0]


def test_two_workers_at_once_ask_for_different_erasures(rep: Rep) -> None:
    for _ in range(2):
        rep.user.call("DELETE", f"/{rep.speak()[0]}")
    database, claim = rep.stack.database, "select public.claim_voice_work(array['elevenlabs'], 1)"
    with (
        database.grader() as one,
        database.grader() as other,
        ThreadPoolExecutor(1) as pool,
        one.connection.transaction(),
    ):
        work = one.call(claim)
        rest = pool.submit(other.call, claim).result(10)
    conversations = [each["conversation_id"] for each in (*work["erase"], *rest["erase"])]
    assert len(work["erase"]) == 1
    assert len(set(conversations)) == len(conversations) == 2


def test_the_schedule_has_no_work_for_an_erasure_that_is_done_or_put_off(rep: Rep) -> None:
    sql = rep.stack.database.sql
    rep.user.call("DELETE", f"/{rep.speak()[0]}")
    assert sql("select training.chores_wait()") == [True]
    sql("update training.provider_erasures set try_after = now() + interval '1 hour'")
    assert sql("select training.chores_wait()") == [False]
    sql("update training.provider_erasures set try_after = now() - interval '1 hour', done_at = now()")
    assert sql("select training.chores_wait()") == [False]


def test_a_conversation_missing_at_the_provider_counts_as_erased(rep: Rep) -> None:
    session_id, _ = rep.speak()
    rep.user.call("DELETE", f"/{session_id}")
    rep.work()
    assert rep.stack.database.sql("select erasures_waiting from public.voice_health") == [0]


def test_a_typed_session_asks_nothing_of_the_provider(rep: Rep) -> None:
    session_id = rep.user.start()
    rep.user.say(session_id, *lines(SPOKEN))
    rep.user.end(session_id)
    rep.user.call("DELETE", f"/{session_id}")
    rep.wait(minutes=60)
    rep.work()
    assert rep.elevenlabs.asked == []
