"""The command: what it reads, what it writes, and when it fails."""

import copy
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from judges import ITEMS, TRANSCRIPTS, generous, good, grades, lazy, measured, noisy
from rich.console import Console

from prove.evaluate.__main__ import main
from prove.evaluate.labelled import read_files, read_labelled
from prove.evaluate.own import add
from prove.evaluate.report import drift, show, transcript_rows


def test_a_grader_has_not_drifted_from_itself() -> None:
    assert drift(measured(good), measured(good)) == []


def test_a_worse_grader_has_drifted() -> None:
    found = drift(measured(lazy), measured(good))
    assert any(each.startswith("objections: 0.00, below the interval") for each in found)
    assert any(each.startswith("order of transcripts") for each in found)


def test_a_better_grader_has_not_drifted_in_its_facts() -> None:
    assert not [each for each in drift(measured(good), measured(lazy)) if "below" in each]


def test_a_mean_that_moves_by_more_than_five_points_is_drift() -> None:
    found = drift(measured(generous), measured(good))
    assert [each.split(" moved")[0] for each in found] == [
        f"the mean of {name}" for name in ("rapport", "discovery", "objection_handling", "closing")
    ]
    slight = copy.deepcopy(measured(good))
    slight["scores"]["rapport"]["mean"] += 4.9
    assert drift(measured(good), slight) == []


def test_repeats_that_differ_by_more_than_eight_points_are_drift() -> None:
    [found] = [each for each in drift(measured(noisy(30), repeat=5), measured(good)) if "two grades" in each]
    assert "of the same transcript differ by" in found
    assert not [each for each in drift(measured(noisy(6), repeat=5), measured(good)) if "two grades" in each]


def test_reports_on_different_transcripts_are_not_compared_silently() -> None:
    other = {**measured(good), "talks": 3}
    assert drift(other, measured(good)) == ["the reports are on different transcripts: 3 and 12"]


def test_a_row_of_the_report_holds_no_words() -> None:
    rows = transcript_rows(grades(good, repeat=2))
    assert rows[1]["facts"] == {"questions": {"1": 1}, "objections": {"2": True, "4": False}, "closing": [5]}
    assert rows[1]["runs"] == [rows[1]["scores"]] * 2
    assert "interested" not in json.dumps(rows)


def test_the_tables_show_each_figure() -> None:
    shown = StringIO()
    show(measured(good, repeat=2), Console(file=shown, width=200))
    text = shown.getvalue()
    assert all(word in text for word in ("objections", "closing lines", "solar", "es", "tau b", "model judge-1 p1 r1"))


def test_the_command_measures_writes_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transcripts, report = tmp_path / "talks.json", tmp_path / "report.json"
    transcripts.write_text(json.dumps(ITEMS))
    assert main(["--grader", "heuristic", "--talks", str(transcripts), "--out", str(report)]) == 0
    written = json.loads(report.read_text())
    assert [row["name"] for row in written["talks"]] == [labelled.name for labelled in TRANSCRIPTS]
    assert written["talks"][1]["graded_by"] == "heuristic"
    assert set(written["talks"][1]["facts"]) == {"questions", "objections", "closing"}
    same = ["--grader", "heuristic", "--talks", str(transcripts), "--against", str(report), "--metrics-only"]
    assert main([*same, "--out", str(report)]) == 0
    assert json.loads(report.read_text())["talks"] == []
    written["metrics"]["scores"]["discovery"]["mean"] += 6
    report.write_text(json.dumps(written))
    assert main(same) == 1
    assert "DRIFT: the mean of discovery moved" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"name": "x"}]', '[{"name": "x", "lines": [["user"]]}]', '[{"lines": []}]']
)
def test_a_file_that_is_no_evaluation_file_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    with pytest.raises(SystemExit, match=r"wrong\.json"):
        read_files([file])


def test_two_transcripts_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    file.write_text(json.dumps([ITEMS[0], ITEMS[0]]))
    with pytest.raises(SystemExit, match="transcript-0 is given twice"):
        read_files([file])


def test_transcript_lines_are_read_like_pairs() -> None:
    lines = [
        {"speaker": speaker, "text": text, "sequence": 2 * n} for n, (speaker, text) in enumerate(ITEMS[0]["lines"], 1)
    ]
    assert [line["sequence"] for line in read_labelled({**ITEMS[0], "lines": lines}).transcript] == [2, 4, 6, 8, 10]


def test_the_formulas_on_the_labels_are_the_plan_s() -> None:
    assert TRANSCRIPTS[0].formula_scores() == {"rapport": 50, "discovery": 10, "objection_handling": 25, "closing": 25}
    assert (TRANSCRIPTS[1].formula_scores() or {})["closing"] == 75


SESSION: dict[str, Any] = {
    "id": 7,
    "graded_by": "heuristic",
    "transcript": TRANSCRIPTS[1].transcript,
    **{f"{name}_score": 33 for name in ("rapport", "discovery", "objection_handling", "closing")},
}


def test_a_session_is_added_with_the_coach_s_scores_before_the_machine_s_are_shown(tmp_path: Path) -> None:
    shown = StringIO()
    answers = iter(["", "Ana", "sixty", "60", "101", "50", "40", "75", "pest", "en"])

    def ask(question: str) -> str:
        assert "33" not in shown.getvalue()
        return next(answers)

    file = tmp_path / "new" / "own.json"
    add(SESSION, file, ask, Console(file=shown, width=200))
    [labelled] = read_files([file])
    assert labelled.raters == {"Ana": {"rapport": 60, "discovery": 50, "objection_handling": 40, "closing": 75}}
    assert [line["text"] for line in labelled.transcript] == [line["text"] for line in TRANSCRIPTS[1].transcript]
    assert "rapport: you 60, heuristic 33" in shown.getvalue()


def test_a_second_coach_joins_the_first_and_the_same_coach_replaces_themselves(tmp_path: Path) -> None:
    file, console = tmp_path / "own.json", Console(file=StringIO())
    for answers in (["Ana", *["60"] * 4, "pest", "en"], ["Ben", *["40"] * 4], ["Ana", *["70"] * 4]):
        given = iter(answers)
        add(SESSION, file, lambda _, given=given: next(given), console)  # type: ignore[misc]
    [labelled] = read_files([file])
    assert {rater: marks["rapport"] for rater, marks in labelled.raters.items()} == {"Ben": 40, "Ana": 70}
