"""One table for each signal, from the tune data: single lines that a person labelled. Fitted, so near to whole; and the
product's own homeowner: each objection is heard, and a consent is not taken for one."""

import asyncio
import json
import re
from typing import Any

import pytest

from grading.heuristic.grader import grade
from grading.heuristic.language import language
from grading.heuristic.linear import load_models, parse_models
from grading.heuristic.listen import listen
from grading.heuristic.words import words
from grading.transcript import Line, has_rep_words, read_transcript
from prove.evaluate.grades import by_heuristic, grade_all
from prove.evaluate.labelled import read_files
from prove.evaluate.metrics import counts, f1
from support import ROOT

LINES = read_files([ROOT / "evaluation" / "tune-lines.txt"])
PERSONAS = json.loads((ROOT / "functions" / "api" / "personas.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("signal", "least"), [("questions", 0.9), ("objections", 0.95), ("answered", 0.85), ("closing_lines", 0.9)]
)
def test_the_models_fit_the_single_lines_they_were_trained_on(signal: str, least: float) -> None:
    scored = [labelled for labelled in LINES if has_rep_words(read_transcript(labelled.transcript))]
    runs = asyncio.run(grade_all(scored, by_heuristic))
    columns = counts(signal, [(labelled, results[0]) for labelled, results in zip(scored, runs, strict=True)])
    assert columns is not None
    assert f1(*columns) >= least


@pytest.mark.parametrize(
    "says",
    [
        "That is too expensive for me.",
        "It's too much money.",
        "I need to talk to my wife first.",
        "I'm not interested.",
        "I need to think about it.",
        "We already have someone for that.",
        "I don't have time right now.",
        "Es demasiado caro.",
        "C'est trop cher pour moi.",
        "Das ist mir zu teuer.",
        "É muito caro para mim.",
    ],
)
def test_the_commonest_objections_are_recognised_early_and_late(says: str) -> None:
    for before in (1, 7, 15):
        said = ["We come by and treat the outside of the house.", "Okay."] * 12
        said[before] = says
        lines = [Line(n, "agent" if n % 2 == 0 else "user", text) for n, text in enumerate(said, 1)]
        assert before + 1 in [each.line.sequence for each in listen(lines, load_models()).objections], before


def test_every_objection_of_the_product_s_own_homeowner_is_recognised() -> None:
    missed = []
    for says in homeowner_objections():
        graded = grade(
            [
                {
                    "speaker": "user",
                    "text": "We treat the outside four times a year, and it is forty nine dollars a month.",
                },
                {"speaker": "agent", "text": says},
                {"speaker": "user", "text": "I understand. The first visit is free, and you can cancel at any time."},
            ]
        )
        assert graded is not None
        assert graded.facts is not None
        if 2 not in graded.facts.objections:
            missed.append(says)
    assert missed == []


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona["id"])
def test_a_homeowner_s_consent_is_not_taken_for_an_objection(persona: dict[str, Any]) -> None:
    said = [persona["opening"], "Hi, I'm Sam with Juniper, how are you today?", f"{persona['well']} {persona['thaw']}"]
    for objection in persona["objections"]:
        said += ["We can start this week.", objection["says"]]
        said += ["I understand. Here is what we do about that, in writing, to check.", objection["settled"]]
    said += ["So shall we say Thursday at ten?", persona["yes"]]
    graded = grade([{"speaker": "user" if n % 2 else "agent", "text": text} for n, text in enumerate(said)])
    assert graded is not None
    assert graded.facts is not None
    consents = {persona["yes"], said[2], *(objection["settled"] for objection in persona["objections"])}
    assert [said[line - 1] for line in graded.facts.objections if said[line - 1] in consents] == []


def homeowner_objections() -> list[str]:
    """Of every persona, as web/homeowner.js says them: alone, and after its own words for a push."""
    says = [objection["says"] for persona in PERSONAS for objection in persona["objections"]]
    assert len(says) >= 10
    script = (ROOT / "web" / "pages" / "sayings.js").read_text(encoding="utf-8")
    before = [words for name in ("NOT_YET", "THINKING") for words in json.loads(_constant(script, name))]
    assert len(before) >= 6
    before += ["As I said:", "Yes.", "Partly."]
    return [*says, *(f"{words} {each}" for words in before for each in says)]


def _constant(script: str, name: str) -> str:
    found = re.search(rf"const {name} = (\[.*?\]);", script, re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Don't you think it's $49.50?", "do not you think it s <number>"),
        ("dont you think its ¿cuánto?", "do not you think its cuanto"),
        ("Am Dienstag um zehn", "am <day> um <number>"),
        ("I can’t. We'll see tomorrow morning", "i can not we will see <soon> <part>"),
    ],
)
def test_words_are_the_same_with_and_without_apostrophes_accents_and_figures(text: str, said: str) -> None:
    assert " ".join(words(text)) == said


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "well I do not think that we have any of that in the house to be honest with you"),
        ("es", "no me interesa porque ya tengo una compañía que me lo hace por menos dinero"),
        ("pt", "não tenho interesse porque já tenho uma empresa que faz isso para mim por menos"),
        ("de", "das ist mir zu teuer und ich habe auch keine Zeit für so etwas heute"),
        ("fr", "ça ne m'intéresse pas parce que j'ai déjà ce qu'il faut et je n'ai pas le temps"),
        (None, "non mi interessa perché ho già una ditta che lo fa e sono contento di loro"),
        (None, "wij hebben daar geen geld voor en het dak is niet goed meer voor de panelen"),
        ("", "hello there"),
    ],
)
def test_the_language_is_told_by_its_small_words(code: str | None, text: str) -> None:
    assert language([Line(1, "agent", text)]) == code


def test_every_language_of_the_tune_data_is_told() -> None:
    for labelled in read_files([ROOT / "evaluation" / "tune.json"]):
        assert language(read_transcript(labelled.transcript)) == labelled.language, labelled.name


@pytest.mark.parametrize("damage", [{}, {"question": {}}, {"question": {"bias": "x", "weights": {}}}])
def test_a_damaged_model_file_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_models(damage)


def test_the_data_file_is_small_and_holds_whole_numbers() -> None:
    file = ROOT / "functions" / "grading" / "heuristic" / "weights.json"
    assert file.stat().st_size < 1_000_000
    assert re.fullmatch(r"[^.]*", re.sub(r'"[^"]*"', "", file.read_text())), "a weight is not a whole number"
    assert load_models().question.weights
