"""The heuristic grader: always works, on any JSON, and says which lines it relied on.

The points are the rubric's (`heuristic` in rubric.json). What counts as a question, an answered objection, a closing
attempt or a warm line is judged by the linear models (linear.py) on words in context.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from grading.grade import CategoryGrade, Confidence, Facts, Grade, Quote
from grading.heuristic.feedback import improvements, list_signs, strengths
from grading.heuristic.language import KNOWN, language
from grading.heuristic.linear import load_models
from grading.heuristic.listen import SURE, Heard, listen
from grading.heuristic.minimal import minimal_grade
from grading.heuristic.moments import moments
from grading.quotes import check_quotes
from grading.rubric import RUBRIC
from grading.transcript import Line, has_rep_words, read_transcript

MAX_QUOTES = 3
QUOTE_WORDS = 30
MAX_CHARACTERS = 500_000
"""Of a transcript: ten hours of speech. A longer one is read in part."""
CLOSE_POINTS = 15
"""Points of the overall score. Where close calls could move it by more, the confidence is low."""

NO_OBJECTION = "Heard no objection, so there was none to answer."
NO_TURN = "After the only objection you had no turn left to answer it."
TOO_LONG = "The transcript is too long for the heuristic to read whole: it read the beginning of each line."
READ_WHOLE = "The heuristic knows the language and read the whole transcript."
UNKNOWN_LANGUAGE = f"The heuristic knows only {', '.join(KNOWN.values())}. It does not know this transcript's language."
CLOSE_CALLS = "Close calls could move the overall score by {} points."

_FIRST_WORDS = re.compile(rf"\S+(?:\s+\S+){{0,{QUOTE_WORDS - 1}}}")


def grade(transcript: object, on_error: Callable[[Exception], object] | None = None) -> Grade | None:
    """Grades a stored transcript, which may be any JSON. None when the rep says no word: nothing to score.

    With `on_error`, an error inside the heuristic goes there, and the minimal grade is given in its place.
    """
    try:
        return _grade(transcript)
    except Exception as error:
        if on_error is None:
            raise
        on_error(error)
        return minimal_grade(transcript)


def _grade(transcript: object) -> Grade | None:
    lines = read_transcript(transcript)
    if not has_rep_words(lines):
        return None
    read = within_reach(lines)
    heard = listen(read, load_models())
    tongue = language(read)
    known = tongue is not None
    graded = {
        "rapport": _rapport(heard),
        "discovery": _discovery(heard),
        "objection_handling": _objection_handling(heard),
        "closing": _closing(heard),
    }
    confidence, why = _confidence(known, read is lines, heard)
    return Grade(
        categories={
            name: CategoryGrade(
                each.score,
                each.reason,
                check_quotes(each.quotes[: 2 * MAX_QUOTES], lines)[:MAX_QUOTES] if known else (),
            )
            for name, each in graded.items()
        },
        strengths=tuple(strengths(heard)) if known else (),
        improvements=tuple(improvements(read, heard, {name: each.score for name, each in graded.items()}))
        if known
        else (),
        virtual_earnings=RUBRIC.earnings.for_attempt(bool(heard.closing)),
        confidence=confidence,
        confidence_reason=why,
        remarks=tuple(moments(heard.objections, tongue)) if tongue else (),
        notes=tuple(_notes(known, read is lines, heard)),
        facts=Facts(
            questions={line.sequence: count for line, count in heard.questions},
            objections={each.line.sequence: each.answer is not None for each in heard.objections},
            closing=tuple(line.sequence for line in heard.closing),
        ),
    )


def within_reach(lines: Sequence[Line]) -> Sequence[Line]:
    """The transcript, or of one with more than MAX_CHARACTERS the beginning of each line: all to the same length, so that
    its close is read like its opening."""
    if sum(len(line.text) for line in lines) <= MAX_CHARACTERS:
        return lines
    share = MAX_CHARACTERS // len(lines)
    return [replace(line, text=line.text[:share]) if len(line.text) > share else line for line in lines]


def key_lines(lines: Sequence[Line], on_error: Callable[[Exception], object] | None = None) -> frozenset[int]:
    """The numbers of the lines where the heuristic is sure of an objection, its answer or a closing attempt.

    With `on_error`, an error inside the heuristic goes there, and no line is named.
    """
    try:
        heard = listen(within_reach(lines), load_models(), SURE)
    except Exception as error:
        if on_error is None:
            raise
        on_error(error)
        return frozenset()
    found = [*heard.closing, *(each.line for each in heard.objections)]
    found += [each.answer for each in heard.objections if each.answer]
    return frozenset(line.sequence for line in found)


def _rapport(heard: Heard) -> CategoryGrade:
    points = RUBRIC.points
    score = (
        points.rapport_base
        + len(heard.warm) * points.rapport_per_warm_line
        - len(heard.cold) * points.rapport_per_cold_line
    )
    reason = (
        f"From {points.rapport_base}, {points.rapport_per_warm_line} points up for each warm line of yours and "
        f"{points.rapport_per_cold_line} down for each cold one: {len(heard.warm)} warm, {len(heard.cold)} cold. "
        f"{list_signs(heard)}"
    )
    # What the reason names comes first: a rep can look it up. Each line is quoted once.
    warm = tuple({line.sequence: line for line in (*(each.line for each in heard.signs), *heard.warm)}.values())
    first, second = (warm, heard.cold) if len(heard.warm) >= len(heard.cold) else (heard.cold, warm)
    return CategoryGrade(max(0, min(100, score)), reason, _quotes([*first[:MAX_QUOTES], *second]))


def _discovery(heard: Heard) -> CategoryGrade:
    points, asked = RUBRIC.points.discovery_per_question, sum(count for _, count in heard.questions)
    score = min(100, asked * points)
    reason = f"{points} points for each question of yours, up to {100 // points}: heard {asked}."
    # The questions in the middle say more than "how are you?" at the beginning.
    telling = [line for line, _ in heard.questions]
    return CategoryGrade(score, reason, _quotes([*telling[1:], *telling[:1]]))


def _objection_handling(heard: Heard) -> CategoryGrade:
    points = RUBRIC.points.objection_per_answer
    answered = [each for each in heard.objections if each.answer]
    # The rep never had the turn to answer an objection that ends the transcript.
    due = [each for each in heard.objections if each.reply]
    rule = f"{points} points for each answered objection, up to {_up_to_four(points)}"
    if due:
        reason = f"{rule}: {len(answered)} of {len(due)} answered."
    else:
        reason = f"{rule}. {NO_TURN if heard.objections else NO_OBJECTION}"
    shown = [line for each in answered or due for line in (each.line, each.answer) if line is not None]
    return CategoryGrade(min(100, len(answered) * points), reason, _quotes(shown))


def _closing(heard: Heard) -> CategoryGrade:
    points = RUBRIC.points
    rule = f"{points.closing_with_attempt} points with a closing attempt of yours, {points.closing_without} without"
    if not heard.closing:
        return CategoryGrade(points.closing_without, f"{rule}: found no closing attempt.")
    score, found = points.closing_with_attempt, _count(len(heard.closing), "closing attempt")
    return CategoryGrade(score, f"{rule}: found {found}.", _quotes(heard.closing[-MAX_QUOTES:]))


def _confidence(known: bool, whole: bool, heard: Heard) -> tuple[Confidence, str]:
    if not known:
        return "low", UNKNOWN_LANGUAGE
    if not whole:
        return "low", TOO_LONG
    points = RUBRIC.points
    worth = {
        "rapport": points.rapport_per_warm_line,
        "discovery": points.discovery_per_question,
        "objection_handling": points.objection_per_answer,
        "closing": points.closing_with_attempt - points.closing_without,
    }
    open_points = sum(calls * worth[category] for category, calls in heard.close_calls.items()) // len(worth)
    return ("low", CLOSE_CALLS.format(open_points)) if open_points > CLOSE_POINTS else ("high", READ_WHOLE)


def _notes(known: bool, whole: bool, heard: Heard) -> Iterable[str]:
    if not whole:
        yield TOO_LONG
    if not heard.objections:
        yield NO_OBJECTION
    if not known:
        yield UNKNOWN_LANGUAGE


def _quotes(lines: Iterable[Line]) -> tuple[Quote, ...]:
    """The first words of each line as it spells them."""
    found = ((line, _FIRST_WORDS.search(line.text)) for line in lines)
    return tuple(Quote(line.sequence, match.group()) for line, match in found if match)


def _up_to_four(points: int) -> str:
    most = -(-100 // points)
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(most, str(most))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
