"""The heuristic as a whole: total on any JSON, the same every time, never out of bounds, linear in the talk."""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talks import TALKS

from grading.heuristic.grader import NO_OBJECTION, TOO_LONG, grade
from grading.quotes import find_quote
from grading.rubric import CATEGORIES
from grading.transcript import read_transcript
from support import FUZZ_EXAMPLES

# Any text at all, lone surrogates included, and words that the phrase tables begin with.
texts = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(
        st.sampled_from(
            [
                "how",
                "what",
                "do",
                "you",
                "have",
                "the",
                "price",
                "is",
                "not",
                "too",
                "expensive",
                "sign",
                "here",
                "let",
                "us",
                "me",
                "get",
                "started",
                "if",
                "why",
                "don't",
                "we",
                "tuesday",
                "or",
                "thursday",
                "?",
                ".",
                ",",
                "…",
                "no",
                "thanks",
                "my",
                "wife",
                "and",
                "so",
                "I'm",
                "it's",
                "right",
            ]
        ),
        max_size=25,
    ).map(" ".join),
)
numbers = st.one_of(st.integers(), st.just(10**400), st.floats(allow_nan=True), st.booleans(), st.none())
lines = st.fixed_dictionaries(
    {"speaker": st.sampled_from(["user", "agent", "rep", " AI ", "x"]), "text": texts},
    optional={"sequence": numbers, "timestamp": texts},
)
any_json = st.recursive(
    st.one_of(numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(texts, inner, max_size=5), lines),
    max_leaves=20,
)
transcripts = st.lists(st.one_of(lines, lines, lines, any_json), max_size=12)


def talk(*said: str) -> list[dict[str, Any]]:
    """`R: ...` and `H: ...` as transcript lines."""
    speakers = {"R": "user", "H": "agent"}
    return [{"sequence": n, "speaker": speakers[line[0]], "text": line[3:]} for n, line in enumerate(said, 1)]


@settings(max_examples=FUZZ_EXAMPLES or 300)
@given(st.one_of(any_json, transcripts))
def test_any_json_gets_a_grade_or_none_within_bounds(transcript: object) -> None:
    graded = grade(transcript)
    if graded is None:
        return
    stored = read_transcript(transcript)
    for category in graded.categories.values():
        assert 0 <= category.score <= 100
        assert all(find_quote(quote.sequence, quote.quote, stored) == quote for quote in category.quotes)
        by_number = {line.sequence: line.text for line in stored}
        assert all(quote.quote in by_number[quote.sequence] for quote in category.quotes)
    json.dumps(graded.attempt_fields(), allow_nan=False, ensure_ascii=False).encode("utf-8")


@given(transcripts)
def test_the_same_talk_gets_the_same_grade(transcript: object) -> None:
    assert grade(transcript) == grade(transcript)


@pytest.mark.parametrize(
    "transcript",
    [
        None,
        {},
        [],
        "R: hello",
        [None, 1, "x", {"speaker": "user"}],
        [{"speaker": "user", "text": " \n"}],
        [{"speaker": "user", "text": "?!..."}],
        [{"speaker": "agent", "text": "Hello? Anybody there?"}],
        [{"speaker": 5, "text": "hello"}],
    ],
)
def test_a_talk_without_a_word_from_the_rep_is_unscored(transcript: object) -> None:
    assert grade(transcript) is None


def test_deep_nesting_and_endless_lines_do_no_harm() -> None:
    nested: object = []
    for _ in range(50_000):
        nested = [nested]
    transcript = [nested, {"speaker": "user", "text": "a" * 100_000}, {"speaker": "user", "text": "so " * 30_000}]
    assert grade(transcript) is not None


def test_scores_stop_at_a_hundred() -> None:
    asked = [f"R: Do you see ants in room {number}?" for number in range(30)]
    pushed = ["H: It is too expensive.", "R: I understand, it costs less than a repair."] * 8
    graded = grade(talk(*asked, *pushed))
    assert graded is not None
    assert graded.categories["discovery"].score == 100
    assert graded.categories["objection_handling"].score == 100


def test_the_homeowner_s_words_alone_score_nothing() -> None:
    graded = grade(
        talk("R: Okay.", "H: How long does it take? Can you sign me up for Tuesday? I understand, thank you.")
    )
    assert graded is not None
    assert {name: category.score for name, category in graded.categories.items()} == {
        "rapport": 20,
        "discovery": 0,
        "objection_handling": 0,
        "closing": 25,
    }


def test_a_talk_without_objections_says_so() -> None:
    calm, pushed = grade(talk("R: Hello there.")), grade(talk("R: Hello there.", "H: I'm not interested."))
    assert calm is not None
    assert pushed is not None
    assert NO_OBJECTION in calm.notes
    assert NO_OBJECTION not in pushed.notes


def test_of_the_longest_talks_the_beginning_of_each_line_is_read_and_a_note_says_so() -> None:
    def closing(size: int) -> tuple[int, bool]:
        graded = grade(talk(*["R: " + "ants " * size] * 1_998, "H: Okay.", "R: Can I sign you up for Tuesday?"))
        assert graded is not None
        return graded.categories["closing"].score, TOO_LONG in graded.notes

    assert closing(50) == (75, False)
    assert closing(800) == (75, True)


def test_feedback_names_the_line_of_an_unanswered_objection() -> None:
    graded = grade(talk("R: Hello there.", "H: Hi.", "R: We treat ants.", "H: It's too expensive.", "R: Okay, bye."))
    assert graded is not None
    assert "line 4: the objection (price) gets no answer in the next words." in graded.improvements


def test_feedback_names_the_line_of_an_answer_and_of_the_close() -> None:
    graded = grade(
        talk("H: It's too expensive.", "R: I hear you, it costs less than a repair.", "R: Can I sign you up?")
    )
    assert graded is not None
    assert "line 2: answers the objection (price) in the next words." in graded.strengths
    assert "line 3: asks for a decision." in graded.strengths


def test_a_close_asks_for_a_decision_and_not_about_the_situation() -> None:
    closing = grade(talk("R: Hi there.", "H: Hello.", "R: Can we get you started today?"))
    run_on = grade(talk("R: where do you see them would you like to get started today"))
    assert closing is not None
    assert run_on is not None
    situation = "line {}: asks about the homeowner's situation."
    assert closing.categories["discovery"].score == 10
    assert situation.format(3) not in closing.strengths
    assert situation.format(1) in run_on.strengths


def test_swearing_at_ants_costs_nothing_and_insults_do() -> None:
    def rapport(line: str) -> int:
        graded = grade(talk(line))
        assert graded is not None
        return graded.categories["rapport"].score

    assert rapport("R: Those damn ants die.") == rapport("R: Those little ants go.")
    assert rapport("R: You are an idiot.") < rapport("R: You are an owner.")


def test_a_kind_word_denied_is_no_rapport() -> None:
    denied, meant = grade(talk("R: Not a nice house.")), grade(talk("R: What a nice house."))
    assert denied is not None
    assert meant is not None
    assert denied.categories["rapport"].score < meant.categories["rapport"].score


def test_discovery_quotes_telling_questions_before_how_are_you() -> None:
    graded = grade(talk("R: How are you?", "R: Do you have pets?", "R: Where are the ants?", "R: Since when?"))
    assert graded is not None
    assert graded.categories["discovery"].score == 40
    assert [quote.sequence for quote in graded.categories["discovery"].quotes] == [2, 3, 4]


def test_a_grade_fills_the_fields_of_an_attempt() -> None:
    graded = grade(TALKS[-1].transcript)
    assert graded is not None
    fields = graded.attempt_fields()
    assert set(fields) == {
        "scores", "evidence", "remarks", "feedback_strengths", "feedback_improvements", "virtual_earnings", "notes",
        "confidence", "confidence_reason", "facts",
    }  # fmt: skip
    assert tuple(fields["scores"]) == tuple(fields["evidence"]) == CATEGORIES
    assert json.loads(json.dumps(fields)) == fields


def one_run_of_speech(size: int) -> object:
    return talk("R: " + "so what is the price of it and do you have pets too expensive let us get started " * size)


def one_endless_word_list(word: str) -> Callable[[int], object]:
    return lambda size: [{"speaker": speaker, "text": f"{word} " * 20 * size} for speaker in ("user", "agent", "user")]


def many_turns(size: int) -> object:
    return talk(*["H: It's too expensive, my wife says no.", "R: I see. Do you have ants? Sign here."] * size)


def one_speaker_at_a_time(size: int) -> object:
    return talk(*["H: How much is it? No thanks."] * size, *["R: How much is it? We can save you money."] * size)


@pytest.mark.parametrize(
    "build",
    [
        one_run_of_speech,
        many_turns,
        one_speaker_at_a_time,
        *[
            one_endless_word_list(word)
            for word in (
                "so",
                "how",
                "not",
                "a",
                "do you",
                "too expensive",
                "not sure",
                "will you sign",
                ",",
                "?",
                "a.",
                "'",
                "1.",
            )
        ],
    ],
)
def test_work_grows_with_the_talk_and_no_faster(build: Callable[[int], object]) -> None:
    """Four times the talk may take four times as long, with a wide margin for noise; quadratic would be 16 times."""
    cost(build(100))
    assert cost(build(600)) < 10 * cost(build(150)) + 0.05


def test_work_ends_where_a_talk_grows_out_of_reach() -> None:
    """Sixteen times what is read whole may take little more; linear would be sixteen times."""

    def lines(length: int) -> object:
        return talk(*["R: " + "word " * (length // 5), "H: " + "word " * (length // 5)] * 1_000)

    assert cost(lines(4_000)) < 4 * cost(lines(250)) + 0.05


def cost(transcript: object) -> float:
    """Processor seconds to grade it, the least of three."""
    costs = []
    for _ in range(3):
        start = process_time()
        grade(transcript)
        costs.append(process_time() - start)
    return min(costs)
