"""The heuristic as a whole: total on any JSON, the same every time, never out of bounds, linear in the transcript."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.grade import Grade
from grading.heuristic import grader, linear, listen, minimal
from grading.heuristic.feedback import GOOD as GOOD_SCORE
from grading.heuristic.grader import NO_OBJECTION, NO_TURN, READ_WHOLE, TOO_LONG, UNKNOWN_LANGUAGE, grade, key_lines
from grading.heuristic.listen import Heard
from grading.heuristic.minimal import minimal_grade
from grading.quotes import find_quote
from grading.rubric import CATEGORIES
from grading.transcript import read_transcript
from support import FUZZ_EXAMPLES

# Any text at all, lone surrogates included, and words that the models know.
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
                "if",
                "why",
                "don't",
                "we",
                "tuesday",
                "or",
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


def transcript(*said: str) -> list[dict[str, Any]]:
    """`R: ...` and `H: ...` as transcript lines."""
    speakers = {"R": "user", "H": "agent"}
    return [{"sequence": n, "speaker": speakers[line[0]], "text": line[3:]} for n, line in enumerate(said, 1)]


def graded(*said: str) -> Grade:
    found = grade(transcript(*said))
    assert found is not None
    return found


GOOD = (
    "R: Hi there, my name is Dana, I'm with Quiet Pest Control. How are you today?",
    "H: Fine, thanks. What is it about?",
    "R: We're treating a few homes on your street. Have you seen any ants?",
    "H: Yes, in the kitchen.",
    "R: Where do they come in, and what have you tried so far?",
    "H: Under the window. Just the spray from the store.",
    "R: Our treatment keeps them out for a whole season.",
    "H: It's too expensive for us.",
    "R: I understand, that's why you can pay by the month, and it costs less than a repair.",
    "H: I would have to ask my husband.",
    "R: That makes sense. When is he home, so that I can explain it to both of you?",
    "H: After six.",
    "R: Can I come by on Thursday at seven and get you both started?",
    "H: All right.",
)
PUSHY = (
    "R: hey you need our service",
    "H: I'm not interested.",
    "R: everybody says that it is the best there is",
    "H: I said I'm not interested, please leave.",
    "R: you're wasting my time lady",
)


@settings(max_examples=FUZZ_EXAMPLES or 200, deadline=None)
@given(st.one_of(any_json, transcripts))
def test_any_json_gets_a_grade_or_none_within_bounds(stored: object) -> None:
    found = grade(stored)
    if found is None:
        return
    read = read_transcript(stored)
    by_number = {line.sequence: line for line in read}
    for category in found.categories.values():
        assert 0 <= category.score <= 100
        assert all(find_quote(quote.sequence, quote.quote, read) == quote for quote in category.quotes)
        assert all(quote.quote in by_number[quote.sequence].text for quote in category.quotes)
    assert found.facts is not None
    assert all(by_number[line].speaker == "user" for line in (*found.facts.questions, *found.facts.closing))
    assert all(by_number[line].speaker == "agent" for line in found.facts.objections)
    json.dumps(found.attempt_fields(), allow_nan=False, ensure_ascii=False).encode("utf-8")


@settings(deadline=None)
@given(transcripts)
def test_the_same_transcript_gets_the_same_grade(stored: object) -> None:
    assert grade(stored) == grade(stored)


@pytest.mark.parametrize(
    "stored",
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
def test_a_transcript_without_a_word_from_the_rep_is_unscored(stored: object) -> None:
    assert grade(stored) is None
    assert minimal_grade(stored) is None


def test_deep_nesting_and_endless_lines_do_no_harm() -> None:
    nested: object = []
    for _ in range(50_000):
        nested = [nested]
    stored = [nested, {"speaker": "user", "text": "a" * 100_000}, {"speaker": "user", "text": "so " * 30_000}]
    assert grade(stored) is not None


def test_a_good_practice_outscores_a_pushy_one_in_each_category() -> None:
    good, pushy = graded(*GOOD), graded(*PUSHY)
    for name in CATEGORIES:
        assert good.categories[name].score > pushy.categories[name].score, name
    assert good.virtual_earnings == 50
    assert pushy.virtual_earnings == 0


def test_scores_follow_the_plan_s_formulas_on_the_facts() -> None:
    found = graded(*GOOD)
    assert found.facts is not None
    questions, answered = sum(found.facts.questions.values()), sum(found.facts.objections.values())
    assert set(found.facts.objections) >= {8, 10}
    assert found.categories["discovery"].score == min(100, 10 * questions)
    assert found.categories["objection_handling"].score == min(100, 25 * answered)
    assert found.categories["closing"].score == 75
    assert found.facts.closing == (13,)


def test_the_reasons_say_the_rule() -> None:
    good, pushy = graded(*GOOD), graded(*PUSHY)
    assert good.categories["objection_handling"].reason.startswith(
        "25 points for each answered objection, up to four: "
    )
    assert good.categories["discovery"].reason.startswith("10 points for each question of yours, up to 10: heard ")
    assert pushy.categories["closing"].reason == (
        "75 points with a closing attempt of yours, 25 without: found no closing attempt."
    )


def test_scores_stop_at_a_hundred() -> None:
    asked = [f"R: Do you see ants in room {number}?" for number in range(30)]
    pushed = [
        "H: It is too expensive.",
        "R: I understand, so you pay by the month and it costs less than a repair.",
    ] * 8
    found = graded(*asked, *pushed)
    assert found.categories["discovery"].score == 100
    assert found.categories["objection_handling"].score == 100


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("How long has it been? Does that bother you?", 2),
        ("How long has it been? Months? A year?", 1),
        ("Hello? Is that you?", 1),
    ],
)
def test_a_further_question_in_a_line_counts_from_four_words_on(said: str, count: int) -> None:
    facts = graded(f"R: {said}", "H: A while.").facts
    assert facts is not None
    assert facts.questions == {1: count}


@pytest.mark.parametrize(
    ("answer", "taken_up"),
    [
        ("R: I see, the cereal. And the counter?", True),
        ("R: I was looking for that, exactly.", False),  # common words
        ("R: Rain, yes.", False),  # a short word
    ],
)
def test_only_telling_words_count_as_taken_up(answer: str, taken_up: bool) -> None:
    found = graded("R: Hello, I'm Sam.", "H: I was looking at the cereal in the rain, exactly then.", answer)
    assert ("took up the homeowner's words" in found.categories["rapport"].reason) is taken_up


def test_what_was_not_found_is_called_not_found() -> None:
    found = graded(*PUSHY)
    closing = "line 5: found no closing attempt up to here. Ask for a decision or offer two times for a visit."
    assert closing in found.improvements
    told = "found no answer to these objections in your next words. Say the concern back, then answer it with one fact."
    assert f"line 2 and line 4: {told}" in found.improvements
    assert not [remark for remark in found.improvements if "ends without" in remark]


def test_the_rapport_names_what_the_rep_does_and_quotes_it() -> None:
    found = graded(*GOOD)
    reason = found.categories["rapport"].reason
    assert "You greeted (line 1), said your name (line 1)" in reason
    assert "showed understanding (line 9)" in reason
    assert found.categories["rapport"].quotes[0].sequence == 1
    assert "line 1: you greeted and said your name." in found.strengths
    assert "Heard no greeting" in graded("R: We treat the roof.").categories["rapport"].reason


@pytest.mark.parametrize(
    "said", [GOOD, PUSHY, ("R: Hello there.",), ("R: We treat the roof.", "H: Fine with me, go on.")]
)
def test_each_category_below_75_has_advice_that_names_a_line(said: tuple[str, ...]) -> None:
    found = graded(*said)
    weak = [name for name, each in found.categories.items() if each.score < GOOD_SCORE]
    assert len(found.improvements) >= len(weak)
    assert all(re.match(r"(line \d+(, | and |: ))+", remark) for remark in found.improvements)
    assert weak or not found.improvements


def test_a_transcript_without_objections_says_that_none_was_heard() -> None:
    assert NO_OBJECTION in graded("R: Hello there.", "H: Hi.").notes
    assert NO_OBJECTION not in graded(*PUSHY).notes


def test_a_last_objection_that_the_rep_had_no_turn_to_answer_is_not_counted_against_them() -> None:
    said = (
        "R: We treat homes on your street.",
        "H: I'm not interested.",
        "R: What makes you say that?",
        "H: No, I told you, I'm not interested, I already have someone for that.",
    )
    found = graded(*said)
    assert found.facts is not None
    assert found.facts.objections[4] is False
    assert " of 1 answered." in found.categories["objection_handling"].reason
    assert not [remark for remark in found.improvements if remark.startswith("line 4:")]


@pytest.mark.parametrize(
    "said",
    [
        ("R: Goedemorgen, ik kom langs voor de zonnepanelen. Heeft u daar al eens over nagedacht?", "H: Nee, wij hebben daar het geld niet voor en het dak is oud."),
        ("R: Dzień dobry, czy pan jest właścicielem? Mamy nową ofertę na internet.", "H: Nie, dziękuję, nie jestem zainteresowany tym co pan ma."),
        ("R: こんにちは、少しお時間よろしいですか？ 新しいサービスのご案内です。", "H: いいえ、結構です。"),
    ],
)  # fmt: skip
def test_outside_the_languages_it_knows_it_says_so_and_gives_no_advice(said: tuple[str, ...]) -> None:
    found = graded(*said * 3)
    assert (found.confidence, found.confidence_reason) == ("low", UNKNOWN_LANGUAGE)
    assert UNKNOWN_LANGUAGE in found.notes
    assert found.improvements == found.strengths == ()
    assert not any(category.quotes for category in found.categories.values())


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        ("R: Buenas tardes, señora, ¿cuánto paga de luz al mes?", "H: No me interesa, ya tengo una compañía y estoy contenta."),
        ("R: Bom dia, a senhora já pensou em trocar de internet?", "H: Não tenho interesse, já tenho uma operadora e funciona bem."),
        ("R: Guten Tag, wie viele Personen wohnen bei Ihnen?", "H: Wir haben kein Interesse, das ist uns zu teuer."),
        ("R: Bonjour madame, vous payez combien pour votre abonnement ?", "H: Ça ne m'intéresse pas, on a déjà ce qu'il faut."),
    ],
)  # fmt: skip
def test_in_the_languages_it_knows_it_hears_an_objection(said: tuple[str, ...]) -> None:
    found = graded(*said)
    assert UNKNOWN_LANGUAGE not in found.notes
    assert found.facts is not None
    assert found.facts.objections
    assert 1 in found.facts.questions


def test_the_confidence_is_low_where_close_calls_decide() -> None:
    sure = graded(*GOOD)
    assert sure.confidence == ("high" if sure.confidence_reason == READ_WHOLE else "low")
    heard = Heard((), (), (), (), (), {"rapport": 0, "discovery": 1, "objection_handling": 0, "closing": 0})
    unsure = Heard((), (), (), (), (), {"rapport": 0, "discovery": 2, "objection_handling": 1, "closing": 1})
    assert grader._confidence(True, True, heard) == ("high", READ_WHOLE)
    assert grader._confidence(True, True, unsure) == ("low", "Close calls could move the overall score by 23 points.")


def test_of_the_longest_transcripts_the_beginning_of_each_line_is_read_and_a_note_says_so() -> None:
    found = graded(
        *["R: " + "we do see the ants in the house " * 120] * 198, "H: Okay.", "R: Can I sign you up for Tuesday?"
    )
    assert found.confidence_reason == TOO_LONG
    assert TOO_LONG in found.notes
    assert found.facts is not None
    assert 200 in found.facts.questions


def test_swearing_at_ants_costs_nothing_and_insults_do() -> None:
    def rapport(line: str) -> int:
        return graded(line).categories["rapport"].score

    assert rapport("R: you're an idiot you're wasting my time") < rapport(
        "R: thank you so much, take your time there's no rush"
    )


@pytest.mark.parametrize("damage", [ValueError("a damaged model file"), KeyError("objection"), RecursionError()])
def test_when_the_heuristic_fails_the_minimal_grade_comes_out_and_the_error_is_told(
    damage: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise damage

    monkeypatch.setattr(grader, "load_models", broken)
    told: list[Exception] = []
    found = grade(transcript(*GOOD), on_error=told.append)
    assert told == [damage]
    assert found is not None
    assert {name: each.score for name, each in found.categories.items()} == {
        "rapport": 30,
        "discovery": 50,
        "objection_handling": 0,
        "closing": 25,
    }
    assert (found.confidence, found.confidence_reason) == ("low", minimal.FAILED)
    assert found.improvements == ()
    with pytest.raises(type(damage)):
        grade(transcript(*GOOD))


WEIGHTS = linear.WEIGHTS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        WEIGHTS[: len(WEIGHTS) // 2],
        WEIGHTS.replace('"bias": ', '"bias": "x', 1),
        WEIGHTS.replace('"weights"', '"weight"', 1),
        "[]",
        "\udcff",
    ],
    ids=["absent", "empty", "truncated", "no JSON", "another name", "another shape", "no text"],
)
def test_with_a_damaged_model_file_the_minimal_grade_comes_out(
    content: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "weights.json"
    if content is not None:
        file.write_text(content, encoding="utf-8", errors="surrogateescape")
    monkeypatch.setattr(linear, "WEIGHTS", file)
    linear.load_models.cache_clear()
    told: list[Exception] = []
    assert grade(transcript(*GOOD), on_error=told.append) == minimal_grade(transcript(*GOOD))
    assert key_lines(read_transcript(transcript(*GOOD)), on_error=told.append) == frozenset()
    assert len(told) == 2
    monkeypatch.undo()
    assert grade(transcript(*GOOD)) != minimal_grade(transcript(*GOOD))


@pytest.mark.parametrize("name", ["line_features", "answer_features", "style_features", "signs"])
def test_a_fault_in_one_feature_costs_no_grade(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(listen, name, faulty)
    told: list[Exception] = []
    assert grade(transcript(*GOOD), on_error=told.append) == minimal_grade(transcript(*GOOD))
    assert [type(error) for error in told] == [ZeroDivisionError]


def test_a_lone_objection_in_the_last_line_is_heard_and_not_counted_against_the_rep() -> None:
    found = graded("R: We treat homes on your street.", "H: I'm not interested, we already have someone for that.")
    assert found.facts is not None
    assert found.facts.objections == {2: False}
    assert found.categories["objection_handling"].reason.endswith(NO_TURN)
    assert NO_OBJECTION not in found.notes
    assert not [remark for remark in found.improvements if "found no answer" in remark]


def test_a_rubric_with_another_category_still_gets_the_minimal_grade(monkeypatch: pytest.MonkeyPatch) -> None:
    more = (*CATEGORIES, "tone")
    monkeypatch.setattr("grading.grade.CATEGORIES", more)
    monkeypatch.setattr(minimal, "CATEGORIES", more)
    told: list[Exception] = []
    found = grade(transcript(*GOOD), on_error=told.append)
    assert found is not None
    assert tuple(found.categories) == more
    assert found.categories["tone"].reason == minimal.NOT_JUDGED
    assert len(told) == 1


def test_a_grade_fills_the_fields_of_an_attempt() -> None:
    fields = graded(*GOOD).attempt_fields()
    assert {"scores", "evidence", "notes", "confidence", "confidence_reason", "facts"} <= set(fields)
    assert tuple(fields["scores"]) == tuple(fields["evidence"]) == CATEGORIES
    assert json.loads(json.dumps(fields)) == fields


def one_run_of_speech(size: int) -> object:
    return transcript(*["R: " + "so what is the price and do you have pets let us get started " * 10] * size)


def many_turns(size: int) -> object:
    return transcript(*["H: It's too expensive, my wife says no.", "R: I see. Do you have ants? Sign here."] * size)


def one_speaker_at_a_time(size: int) -> object:
    return transcript(*["H: How much is it? No thanks."] * size, *["R: How much is it? We can save you money."] * size)


@pytest.mark.parametrize("build", [one_run_of_speech, many_turns, one_speaker_at_a_time])
def test_work_grows_with_the_transcript_and_no_faster(build: Callable[[int], object]) -> None:
    """Four times the transcript may take four times as long, with a wide margin for noise; quadratic would be 16 times."""
    cost(build(50))
    assert cost(build(400)) < 10 * cost(build(100)) + 0.05


def test_a_practice_of_sixty_lines_takes_at_most_half_a_second() -> None:
    stored = transcript(*[*GOOD, *GOOD, *GOOD, *GOOD, *GOOD][:60])
    cost(stored)
    assert cost(stored) < 0.5


def cost(stored: object) -> float:
    """Processor seconds to grade it, the least of three."""
    costs = []
    for _ in range(3):
        start = process_time()
        grade(stored)
        costs.append(process_time() - start)
    return min(costs)
