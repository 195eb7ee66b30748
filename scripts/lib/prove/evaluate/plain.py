"""How far the heuristic's discovery score depends on punctuation and capital letters, which speech recognition leaves out."""

import re
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from grading.heuristic.grader import grade
from prove.evaluate.labelled import LabelledTranscript

_PUNCTUATION = re.compile(r"(?<!\w)['’]|['’](?!\w)|[^\w\s'’$£€%]")


def without_punctuation(text: str) -> str:
    """The words in lower case, apostrophes inside words kept."""
    return " ".join(_PUNCTUATION.sub(" ", text).lower().split())


def discovery_shift(transcripts: Sequence[LabelledTranscript]) -> float:
    """Points by which the discovery score changes on average when punctuation and case are removed."""
    shifts = []
    for labelled in transcripts:
        plain = [{**line, "text": without_punctuation(line["text"])} for line in labelled.transcript]
        scores = [_discovery(transcript) for transcript in (labelled.transcript, plain)]
        shifts.append(abs(scores[0] - scores[1]))
    return round(fmean(shifts), 4)


def _discovery(transcript: list[dict[str, Any]]) -> int:
    graded = grade(transcript)
    return graded.categories["discovery"].score if graded else 0
