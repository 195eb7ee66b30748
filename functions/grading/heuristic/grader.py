"""The heuristic grader: always works, on any JSON, and says which lines it relied on.

The points are the rubric's (`heuristic` in rubric.json). What counts as a question, an answered objection, a
closing attempt or a rapport signal is decided in grading/heuristic/.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from grading.grade import CategoryGrade, Facts, Grade
from grading.heuristic.closing import closing_attempts
from grading.heuristic.objections import Objection, objections
from grading.heuristic.questions import Question, rep_questions
from grading.heuristic.rapport import Signal, rapport_signals, rudeness
from grading.heuristic.words import Hit, Turn, turns, within_reach, word_set
from grading.quotes import check_quotes
from grading.rubric import RUBRIC
from grading.transcript import Line, has_rep_words, read_transcript

MAX_QUOTES = 3
MAX_NAMED = 3  # how many lines of one sort the feedback names
MIN_WORDS_FOR_LANGUAGE = 12
MIN_ENGLISH_SHARE = 0.15

NO_OBJECTION = "The homeowner raised no objection, so there was none to answer."
TOO_LONG = "The talk is too long for the heuristic to read whole: it read the beginning of each line."
READ_WHOLE = "The heuristic knows the language and read the whole transcript."
NOT_ENGLISH = "The talk does not read as English. The heuristic understands English only, so its scores are low."

# Words that English speech needs in every subject.
_ENGLISH = word_set(
    "the a an and or but to of in on for with is are was be have has do does did not you your i "
    "we it they this that what how my our can will would so if at about just like from there here "
    "no yes"
)


def grade(transcript: object) -> Grade | None:
    """Grades a stored transcript, which may be any JSON. None when the rep says no word: nothing to score."""
    talk = read_transcript(transcript)
    if not has_rep_words(talk):
        return None
    read = within_reach(talk)
    heard = turns(read)
    questions, raised, attempts = rep_questions(heard), objections(heard), closing_attempts(heard)
    english, whole = _english(heard), read is talk
    signals, rude = rapport_signals(heard), rudeness(heard)
    answered = [objection for objection in raised if objection.answer]
    graded = {
        "rapport": _rapport(signals, rude),
        "discovery": _discovery(questions),
        "objection_handling": _objection_handling(raised, answered),
        "closing": _closing(attempts),
    }
    return Grade(
        categories={
            name: CategoryGrade(each.score, each.reason, check_quotes(each.quotes[: 2 * MAX_QUOTES], talk)[:MAX_QUOTES])
            for name, each in graded.items()
        },
        strengths=tuple(_strengths(signals, questions, answered, attempts)),
        improvements=tuple(_improvements(talk, signals, rude, questions, raised, attempts)),
        virtual_earnings=RUBRIC.earnings.for_attempt(bool(attempts)),
        confidence="high" if english and whole else "low",
        confidence_reason=READ_WHOLE if english and whole else NOT_ENGLISH if not english else TOO_LONG,
        notes=tuple(_notes(whole, bool(raised), english)),
        facts=_facts(questions, raised, attempts),
    )


def _facts(questions: Sequence[Question], raised: Sequence[Objection], attempts: Sequence[Hit]) -> Facts:
    return Facts(
        questions=Counter(question.sentence.line.sequence for question in questions),
        objections={each.hit.sentence.line.sequence: each.answer is not None for each in raised},
        closing=tuple(dict.fromkeys(hit.sentence.line.sequence for hit in attempts)),
    )


def _rapport(signals: Sequence[Signal], rude: Sequence[Signal]) -> CategoryGrade:
    points = RUBRIC.points
    by_kind: dict[str, list[Signal]] = {}
    for signal in signals:
        by_kind.setdefault(signal.kind, []).append(signal)
    counted = sum(min(len(each), points.rapport_max_per_kind) for each in by_kind.values())
    score = points.rapport_base + counted * points.rapport_per_signal - len(rude) * points.rapport_per_rudeness
    reason = f"{_count(counted, 'rapport signal')} of {_count(len(by_kind), 'kind')}"
    if rude:
        reason += f", and {_count(len(rude), 'rude remark')}"
    relied_on = [*rude, *(each[0] for each in by_kind.values())]
    return CategoryGrade(max(0, min(100, score)), f"{reason}.", tuple(signal.quote for signal in relied_on))


def _discovery(questions: Sequence[Question]) -> CategoryGrade:
    score = min(100, len(questions) * RUBRIC.points.discovery_per_question)
    # "How are you?" counts, but says the least about discovery: quote it last.
    told = sorted(questions, key=lambda question: question.greeting)
    reason = f"{_count(len(questions), 'different question')} by the rep."
    return CategoryGrade(score, reason, tuple(question.quote() for question in told))


def _objection_handling(raised: Sequence[Objection], answered: Sequence[Objection]) -> CategoryGrade:
    score = min(100, len(answered) * RUBRIC.points.objection_per_answer)
    reason = f"{len(answered)} of {_count(len(raised), 'objection')} answered in the rep's next words."
    relied_on = answered or raised
    return CategoryGrade(score, reason, tuple(quote for objection in relied_on for quote in objection.quotes()))


def _closing(attempts: Sequence[Hit]) -> CategoryGrade:
    points = RUBRIC.points
    if not attempts:
        return CategoryGrade(points.closing_without, "No closing attempt by the rep.")
    reason = f"{_count(len(attempts), 'closing attempt')} by the rep."
    return CategoryGrade(points.closing_with_attempt, reason, tuple(hit.quote() for hit in attempts[-MAX_QUOTES:]))


def _strengths(
    signals: Sequence[Signal],
    questions: Sequence[Question],
    answered: Sequence[Objection],
    attempts: Sequence[Hit],
) -> Iterable[str]:
    for signal in _one_a_kind(signals)[:MAX_NAMED]:
        yield f"line {signal.quote.sequence}: the rep {signal.kind}."
    closing = {hit.sentence: hit.first for hit in attempts}
    asked = [
        question
        for question in questions
        if not question.greeting and question.last <= closing.get(question.sentence, question.last)
    ]
    if asked:
        yield f"{_lines(q.sentence.line.sequence for q in asked)}: asks about the homeowner's situation."
    for objection in answered[:MAX_NAMED]:
        line = (objection.answer or objection.hit.sentence).line.sequence
        yield f"line {line}: answers the objection ({_kinds(objection)}) in the next words."
    if attempts:
        yield f"line {attempts[0].sentence.line.sequence}: asks for a decision."


def _improvements(
    talk: Sequence[Line],
    signals: Sequence[Signal],
    rude: Sequence[Signal],
    questions: Sequence[Question],
    raised: Sequence[Objection],
    attempts: Sequence[Hit],
) -> Iterable[str]:
    first = next(line.sequence for line in talk if line.speaker == "user")
    last = next(line.sequence for line in reversed(talk) if line.speaker == "user")
    for signal in rude[:MAX_NAMED]:
        yield f"line {signal.quote.sequence}: stay courteous, also when the homeowner is rude."
    for objection in [each for each in raised if not each.answer][:MAX_NAMED]:
        line = objection.hit.sentence.line.sequence
        yield f"line {line}: the objection ({_kinds(objection)}) gets no answer in the next words."
    if not attempts:
        yield f"line {last}: the talk ends without a closing attempt; ask for a decision or fix a day."
    if not any(signal.kind == "introduces themselves" for signal in signals):
        yield f"line {first}: open with your name and who you work for."
    if len(questions) * RUBRIC.points.discovery_per_question < 50:
        yield f"line {first}: ask more about the problem, its history and what matters here."


def _notes(whole: bool, raised: bool, english: bool) -> Iterable[str]:
    if not whole:
        yield TOO_LONG
    if not raised:
        yield NO_OBJECTION
    if not english:
        yield NOT_ENGLISH


def _english(heard: Sequence[Turn]) -> bool:
    """Whether the talk reads as English; a few words are too little to tell."""
    words = [word for turn in heard for sentence in turn.sentences for word in sentence.words]
    if any(not word.isascii() for word in words) and not _ENGLISH.intersection(words):
        return False
    known = sum(word in _ENGLISH for word in words)
    return len(words) < MIN_WORDS_FOR_LANGUAGE or known >= MIN_ENGLISH_SHARE * len(words)


def _one_a_kind(signals: Sequence[Signal]) -> list[Signal]:
    return list({signal.kind: signal for signal in reversed(signals)}.values())[::-1]


def _kinds(objection: Objection) -> str:
    return ", ".join(objection.kinds)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _lines(sequences: Iterable[int]) -> str:
    """ "line 3" or "lines 3, 5, 9 ...", each once."""
    numbers = list(dict.fromkeys(sequences))
    named = ", ".join(map(str, numbers[:MAX_NAMED]))
    return f"line{'' if len(numbers) == 1 else 's'} {named}{' ...' if len(numbers) > MAX_NAMED else ''}"
