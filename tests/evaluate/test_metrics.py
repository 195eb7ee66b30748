"""Each figure moves as it should when the judge gets worse in its own way."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from judges import (
    QUALITIES,
    TRANSCRIPTS,
    Opinion,
    attempt,
    generous,
    good,
    grades,
    inventing,
    lazy,
    measured,
    noisy,
    one_impression,
    refusal,
    swapped,
)

from grading.attempts import Attempt
from grading.rubric import CATEGORIES
from prove.evaluate.grades import by_heuristic, grade_all, read_attempts
from prove.evaluate.metrics import FACTS, f1, measure
from prove.evaluate.plain import discovery_shift, without_punctuation

GOOD = measured(good)


def test_a_good_judge_finds_all_facts_and_the_coaches_order() -> None:
    assert all(GOOD["facts"][name]["f1"] == 1 for name in FACTS)
    assert all(GOOD["facts"][name]["interval"] == [1, 1] for name in FACTS)
    assert GOOD["order"]["tau_b"] > 0.8
    assert all(GOOD["scores"][name]["coaches"]["kappa"] > 0.9 for name in CATEGORIES)


def test_the_coaches_agreement_stands_beside_the_grader_s() -> None:
    """The second coach gives ten points more, but 100 where the first gives 95."""
    rapport = GOOD["scores"]["rapport"]
    assert rapport["between_coaches"]["mae"] == -rapport["between_coaches"]["bias"] == pytest.approx(115 / 12, abs=1e-4)
    assert 0.8 < rapport["between_coaches"]["kappa"] < 1
    assert rapport["coaches"]["mae"] == pytest.approx(rapport["between_coaches"]["mae"] / 2, abs=1e-3)
    assert GOOD["order"]["between_coaches"] > 0.9


def test_a_lazy_judge_finds_no_fact_and_no_order() -> None:
    metrics = measured(lazy)
    assert all(metrics["facts"][name]["recall"] == 0 for name in FACTS)
    assert all(metrics["facts"][name]["precision"] is None for name in FACTS)
    assert metrics["order"]["tau_b"] == 0
    assert all(metrics["scores"][name]["coaches"]["kappa"] == pytest.approx(0) for name in CATEGORIES)


def test_a_generous_judge_is_biased_and_keeps_the_order() -> None:
    metrics = measured(generous)
    for name in CATEGORIES:
        assert metrics["scores"][name]["coaches"]["bias"] > 15
        assert metrics["scores"][name]["coaches"]["mae"] > GOOD["scores"][name]["coaches"]["mae"] + 10
        assert metrics["scores"][name]["coaches"]["kappa"] < GOOD["scores"][name]["coaches"]["kappa"]
    assert metrics["order"]["tau_b"] == pytest.approx(GOOD["order"]["tau_b"], abs=0.1)
    assert metrics["facts"] == GOOD["facts"]


def test_an_inventing_judge_loses_precision_and_no_recall() -> None:
    metrics = measured(inventing)
    for name in FACTS:
        assert metrics["facts"][name]["recall"] == 1
        assert metrics["facts"][name]["precision"] <= 0.5
    assert metrics["facts"]["questions"]["f1"] == pytest.approx(2 * 0.2 / 1.2, abs=1e-4)


def test_a_judge_with_one_impression_shows_as_halo() -> None:
    assert measured(one_impression)["halo"]["grader"] == pytest.approx(1)
    assert GOOD["halo"]["grader"] == pytest.approx(GOOD["halo"]["coaches"], abs=0.02)
    assert GOOD["halo"]["grader"] < 0.95


def test_a_model_swapped_behind_its_name_shows_as_two_graders() -> None:
    assert list(GOOD["slices"]["grader"]) == ["model judge-1 p1 r1"]
    parts = measured(swapped)["slices"]["grader"]
    assert {name: part["talks"] for name, part in parts.items()} == {"model judge-1 p1 r1": 6, "model judge-2 p1 r1": 6}


def test_two_grades_of_a_noisy_judge_differ_by_its_noise() -> None:
    assert GOOD["spread"] is None
    assert measured(good, repeat=3)["spread"] == dict.fromkeys((*CATEGORIES, "mean"), 0)
    little, much = (measured(noisy(points), repeat=5)["spread"]["mean"] for points in (3, 24))
    assert 1 < little < 4
    assert 8 < much < 24


def test_a_judge_that_refuses_leaves_its_share_to_the_heuristic() -> None:
    async def judge(transcript: list[dict[str, Any]]) -> list[Attempt]:
        if transcript[0]["text"] == TRANSCRIPTS[0].transcript[0]["text"]:
            return [attempt(good(TRANSCRIPTS[0], 0))]
        return [refusal(), *await by_heuristic(transcript)]

    transcripts = TRANSCRIPTS[:4]
    metrics = measure(
        list(zip(transcripts, asyncio.run(grade_all(transcripts, judge)), strict=True)), price=(1.0, 10.0)
    )
    assert metrics["fallen_back"] == {"to_heuristic": 0.75, "ungraded": 0, "faults": {"refused": 3}}
    assert metrics["cost"]["tokens_in"] == 4_000
    assert metrics["cost"]["dollars"] == pytest.approx((4_000 + 10 * 115) / 1_000_000, abs=1e-4)
    assert metrics["cost"]["grades"] == 4


def test_intervals_hold_the_figure_and_narrow_with_more_transcripts() -> None:
    def half(number: int) -> bool:
        return number % 2 == 0

    few: list[float] = []
    many: list[float] = []
    for times, into in ((1, few), (20, many)):
        graded = [
            (labelled, [result] if half(n) else [grades(lazy)[n][1][0]])
            for n, (labelled, [result]) in enumerate(grades(good))
        ]
        figures = measure(graded * times)["facts"]["objections"]
        low, high = figures["interval"]
        assert low <= figures["f1"] <= high
        into.append(high - low)
    assert many[0] < few[0] / 2


def test_debatable_lines_count_for_and_against_nothing() -> None:
    def figures(judge: Opinion, *debatable: int) -> list[float]:
        given = [(replace(labelled, debatable=frozenset(debatable)), results) for labelled, results in grades(judge)]
        return [measure(given)["facts"]["objections"][name] for name in ("precision", "found", "labelled")]

    assert figures(inventing) == [0.4, 60, 24]
    assert figures(inventing, 1, 3, 5) == [1, 24, 24]
    assert figures(good, 4) == [1, 12, 12]


def test_slices_are_by_domain_and_language() -> None:
    assert {name: part["talks"] for name, part in GOOD["slices"]["domain"].items()} == {
        "pest": 4,
        "saas": 4,
        "solar": 4,
    }
    assert set(GOOD["slices"]["language"]) == {"en", "es"}


def test_transcripts_without_labels_are_graded_and_not_measured() -> None:
    bare = [
        labelled.__class__(labelled.name, "pest", "en", labelled.transcript, None, frozenset(), None, {}, None, {})
        for labelled in TRANSCRIPTS[:3]
    ]
    metrics = measure(list(zip(bare, asyncio.run(grade_all(bare, by_heuristic)), strict=True)))
    assert metrics["facts"] == dict.fromkeys(FACTS)
    assert metrics["order"] is None
    assert metrics["scores"]["closing"]["mean"] is not None


def test_a_transcript_without_a_word_from_the_rep_has_no_grade() -> None:
    [result] = [read_attempts(asyncio.run(by_heuristic([{"speaker": "agent", "text": "Hello?"}])))]
    assert (result.scores, result.overall, result.graded_by) == (None, None, None)
    assert result.errors == ("no_conversation",)


def test_the_overall_score_is_rounded_as_the_database_rounds_it() -> None:
    result = read_attempts([attempt(good(TRANSCRIPTS[0], 0))])
    assert sum((result.scores or {}).values()) == 50
    assert result.overall == 13


def test_where_nothing_is_labelled_and_nothing_found_f1_is_whole() -> None:
    empty = measured(good)["facts"]["closing"]
    assert empty["labelled"] == len(QUALITIES) // 2
    import numpy as np

    nothing = np.zeros(3)
    assert f1(nothing, nothing, nothing) == 1


def test_punctuation_and_case_are_removed_and_apostrophes_inside_words_kept() -> None:
    assert (
        without_punctuation("Well — don't you 'see', Mr. O’Neil?  It's $49!") == "well don't you see mr o’neil it's $49"
    )
    assert discovery_shift(TRANSCRIPTS[:3]) <= 10
