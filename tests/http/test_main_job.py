"""The main job, from the first line to the grade."""

from support import Stack, User, transcript_lines


def test_a_session_is_recorded_ended_graded_and_shown(stack: Stack, user: User) -> None:
    session_id = user.start("Austin")
    for each in transcript_lines():
        user.say(session_id, each)
    ended = user.end(session_id, duration_seconds=95)
    assert ended == {"id": session_id, "status": "completed", "redirect_to": f"/analytics/{session_id}", "missing": []}

    assert user.get(session_id)["grading"]["state"] == "waiting"
    stack.grade(session_id)

    shown = user.get(session_id)
    assert [(each["sequence"], each["text"]) for each in shown["transcript"]] == [
        (each["sequence"], each["text"]) for each in transcript_lines()
    ]
    assert shown["grading"]["state"] == "graded"
    assert shown["graded_by"] == "heuristic"
    assert shown["duration_seconds"] == 95
    four = [shown[f"{name}_score"] for name in ("rapport", "discovery", "objection_handling", "closing")]
    assert all(0 <= score <= 100 for score in four)
    assert abs(shown["overall_score"] - sum(four) / 4) <= 0.5
    assert shown["feedback_strengths"]
