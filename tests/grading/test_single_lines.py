"""One line at a time (single_lines.txt): what asks, objects, answers or closes, and what only looks like it."""

from pathlib import Path

import pytest

from grading.heuristic.closing import closing_attempts
from grading.heuristic.objections import objections
from grading.heuristic.questions import rep_questions
from grading.heuristic.words import Turn, turns
from grading.transcript import read_transcript

PITCH = "R: We treat homes on your street."


def said(*lines: str) -> tuple[Turn, ...]:
    speakers = {"R": "user", "H": "agent"}
    return turns(read_transcript([{"speaker": speakers[line[0]], "text": line[3:]} for line in lines]))


def sections(text: str) -> dict[str, list[str]]:
    """`# heading` and the lines under it."""
    blocks = (block.strip().splitlines() for block in f"\n{text}".split("\n# ")[1:])
    return {heading: [line for line in lines if line] for heading, *lines in blocks}


LINES = sections((Path(__file__).parent / "single_lines.txt").read_text(encoding="utf-8"))
QUESTIONS = {
    line: count for count, heading in enumerate(["asks nothing", "asks once", "asks twice"]) for line in LINES[heading]
}
CLOSES, NO_CLOSES = LINES["tries to close"], LINES["does not try to close"]
OBJECTIONS, NO_OBJECTIONS = LINES["objects"], LINES["does not object"]
ANSWERS = [line.split(" -> ") for line in LINES["answers"]]
NO_ANSWERS = [line.split(" -> ") for line in LINES["does not answer"]]


@pytest.mark.parametrize(("line", "count"), QUESTIONS.items())
def test_the_rep_asks_so_many_questions(line: str, count: int) -> None:
    assert len(rep_questions(said(f"R: {line}"))) == count


@pytest.mark.parametrize("line", QUESTIONS)
def test_the_homeowner_asks_no_rep_question(line: str) -> None:
    assert rep_questions(said(f"H: {line}")) == []


@pytest.mark.parametrize("line", CLOSES)
def test_this_tries_to_close(line: str) -> None:
    assert closing_attempts(said(f"R: {line}"))


@pytest.mark.parametrize("line", NO_CLOSES)
def test_this_does_not_try_to_close(line: str) -> None:
    assert closing_attempts(said(f"R: {line}")) == []


@pytest.mark.parametrize("line", CLOSES)
def test_the_homeowner_closes_nothing(line: str) -> None:
    assert closing_attempts(said(f"H: {line}")) == []


@pytest.mark.parametrize("line", OBJECTIONS)
def test_this_objects(line: str) -> None:
    assert len(objections(said(PITCH, f"H: {line}"))) == 1


@pytest.mark.parametrize("line", NO_OBJECTIONS)
def test_this_does_not_object(line: str) -> None:
    assert objections(said(PITCH, f"H: {line}")) == []


@pytest.mark.parametrize("line", OBJECTIONS)
def test_the_rep_raises_no_objection(line: str) -> None:
    assert objections(said(f"R: {line}")) == []


@pytest.mark.parametrize(("objection", "reply"), ANSWERS)
def test_this_answers_the_objection(objection: str, reply: str) -> None:
    assert [bool(each.answer) for each in objections(said(PITCH, f"H: {objection}", f"R: {reply}"))] == [True]


@pytest.mark.parametrize(("objection", "reply"), NO_ANSWERS)
def test_this_does_not_answer_the_objection(objection: str, reply: str) -> None:
    assert [bool(each.answer) for each in objections(said(PITCH, f"H: {objection}", f"R: {reply}"))] == [False]
