"""What ./scripts/demo makes of a file."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from run.demo.play import ApiRefused
from run.demo.transcript_file import BadFile, load

ROOT = Path(__file__).parents[1]


def written(folder: Path, content: Any) -> Path:
    file = folder / "transcript.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def line(**changes: Any) -> dict[str, Any]:
    return {"speaker": "user", "text": "Hello there", **changes}


def entry(**changes: Any) -> dict[str, Any]:
    return {"role": "agent", "message": "Who is it?", "time_in_call_secs": 2, **changes}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "not JSON"),
        ("3", "neither an array of lines nor"),
        ({"messages": []}, "neither an array of lines nor"),
        ([], "no spoken line"),
        (["Hello"], "[0] is text, not an object"),
        ([line(), line(speaker="narrator")], "[1].speaker is 'narrator'"),
        ([{"text": "Hello"}], "[0].speaker is missing or null"),
        ([line(text=None)], "[0].text is missing or null"),
        ([line(text="  ")], "[0].text is empty"),
        ([line(text="x" * 4_001)], "[0].text has 4001 characters"),
        ([line(sequence=0)], "[0].sequence"),
        ([line()] * 2_001, "2001 lines"),
        ({"transcript": [entry(), entry(role="tool")]}, "transcript[1].role"),
        ({"transcript": [entry(message=5)]}, "transcript[0].message is a number"),
        ({"data": {"transcript": [entry(time_in_call_secs="0:05")]}}, "data.transcript[0].time_in_call_secs"),
        ({"transcript": [entry(message=None)]}, "no spoken line"),
    ],
)
def test_a_bad_file_is_told_with_the_place(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(BadFile) as error:
        load(written(tmp_path, content))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_bad_file_ends_the_command_with_status_2(tmp_path: Path) -> None:
    for file in (written(tmp_path, "[]"), tmp_path / "missing.json", tmp_path):
        done = subprocess.run([ROOT / "scripts" / "demo", file], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith(f"{file}: ")
        assert done.stderr.count("\n") == 1


def test_lines_are_taken_as_they_are(tmp_path: Path) -> None:
    lines = [line(timestamp="2026-11-01T10:00:00Z", mood="curious"), line(speaker="Homeowner", sequence=7)]
    read = load(written(tmp_path, lines))
    assert read.lines == [
        {"speaker": "user", "text": "Hello there", "timestamp": "2026-11-01T10:00:00Z"},
        {"speaker": "Homeowner", "text": "Hello there", "sequence": 7},
    ]


def test_silence_in_an_export_is_skipped_and_counted(tmp_path: Path) -> None:
    export = {
        "agent_id": "agent_7",
        "metadata": {"start_time_unix_secs": 1_793_527_200},
        "transcript": [
            entry(),
            entry(message=None),
            entry(message=" "),
            entry(role="user", time_in_call_secs=9),
        ],
    }
    read = load(written(tmp_path, export))
    assert [spoken["speaker"] for spoken in read.lines] == ["agent", "user"]
    assert read.lines[1]["timestamp"] == "2026-11-01T10:00:09+00:00"
    assert (read.skipped, read.seconds, read.agent) == (2, 9, {"agent_id": "agent_7"})
    assert load(written(tmp_path, {"data": export})) == read


def test_the_demos_own_transcript_has_25_to_40_lines() -> None:
    own = load(ROOT / "scripts" / "lib" / "run" / "demo" / "transcript.json").lines
    assert 25 <= len(own) <= 40
    assert {spoken["speaker"] for spoken in own} == {"user", "agent"}


def test_a_refusal_that_is_not_json_is_reported_by_its_status() -> None:
    refused = ApiRefused(httpx.Response(502, text="<html>Bad gateway</html>"))
    assert (refused.status, str(refused)) == (502, "error: no reason given")
