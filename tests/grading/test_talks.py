"""The heuristic's judgement, held against talks that a person labelled (talks.py)."""

import pytest
from talks import TALKS, Talk

from grading.grade import Grade
from grading.heuristic.closing import closing_attempts
from grading.heuristic.grader import NOT_ENGLISH, grade
from grading.heuristic.objections import objections
from grading.heuristic.questions import rep_questions
from grading.heuristic.words import turns
from grading.quotes import find_quote
from grading.rubric import CATEGORIES
from grading.transcript import read_transcript

BANDS = {"low": range(40), "fair": range(40, 61), "warm": range(61, 101)}

each_talk = pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.name.replace(" ", "_"))


def heuristic_grade(talk: Talk) -> Grade:
    graded = grade(talk.transcript)
    assert graded is not None
    return graded


def test_there_are_enough_talks_and_each_is_named_once() -> None:
    assert len({talk.name for talk in TALKS}) == len(TALKS) >= 40


@each_talk
def test_the_rep_s_questions_are_heard(talk: Talk) -> None:
    questions = [question.quote().quote for question in rep_questions(turns(read_transcript(talk.transcript)))]
    assert len(questions) == talk.questions, questions


@each_talk
def test_objections_and_their_answers_are_heard(talk: Talk) -> None:
    raised = objections(turns(read_transcript(talk.transcript)))
    answered = [objection for objection in raised if objection.answer]
    assert (len(raised), len(answered)) == (talk.objections, talk.answered), raised


@each_talk
def test_closing_attempts_are_heard(talk: Talk) -> None:
    attempts = closing_attempts(turns(read_transcript(talk.transcript)))
    assert bool(attempts) == talk.closing, attempts


@each_talk
def test_scores_follow_the_formulas(talk: Talk) -> None:
    graded = heuristic_grade(talk)
    scores = {name: category.score for name, category in graded.categories.items()}
    assert scores["discovery"] == min(100, talk.questions * 10)
    assert scores["objection_handling"] == min(100, talk.answered * 25)
    assert scores["closing"] == (75 if talk.closing else 25)
    assert scores["rapport"] in BANDS[talk.rapport], graded.categories["rapport"]
    assert graded.virtual_earnings == (50 if talk.closing else 0)


@each_talk
def test_every_score_above_its_floor_quotes_the_lines_it_relies_on(talk: Talk) -> None:
    graded, lines = heuristic_grade(talk), read_transcript(talk.transcript)
    floors = {"rapport": 20, "discovery": 0, "objection_handling": 0, "closing": 25}
    for name in CATEGORIES:
        category = graded.categories[name]
        assert len(category.quotes) <= 3
        assert all(find_quote(quote.sequence, quote.quote, lines) == quote for quote in category.quotes)
        assert category.quotes or category.score <= floors[name]


@each_talk
def test_feedback_names_lines_of_the_talk(talk: Talk) -> None:
    graded, numbers = heuristic_grade(talk), {line.sequence for line in read_transcript(talk.transcript)}
    for remark in [*graded.strengths, *graded.improvements]:
        named = remark.partition(":")[0].removeprefix("line").removeprefix("s").removesuffix(" ...")
        assert {int(number) for number in named.split(",")} <= numbers, remark


@each_talk
def test_only_talks_in_another_language_are_called_so(talk: Talk) -> None:
    assert (NOT_ENGLISH in heuristic_grade(talk).notes) == (talk.name == "another language")
