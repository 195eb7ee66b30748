"""How far the heuristic's discovery score depends on punctuation and capital letters, which speech recognition leaves out."""

import re
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from grading.heuristic.grader import grade
from prove.evaluate.talks import Talk

_PUNCTUATION = re.compile(r"(?<!\w)['’]|['’](?!\w)|[^\w\s'’$£€%]")


def without_punctuation(text: str) -> str:
    """The words in lower case, apostrophes inside words kept."""
    return " ".join(_PUNCTUATION.sub(" ", text).lower().split())


def discovery_shift(talks: Sequence[Talk]) -> float:
    """Points by which the discovery score changes on average when punctuation and case are removed."""
    shifts = []
    for talk in talks:
        plain = [{**line, "text": without_punctuation(line["text"])} for line in talk.transcript]
        scores = [_discovery(transcript) for transcript in (talk.transcript, plain)]
        shifts.append(abs(scores[0] - scores[1]))
    return round(fmean(shifts), 4)


def _discovery(transcript: list[dict[str, Any]]) -> int:
    graded = grade(transcript)
    return graded.categories["discovery"].score if graded else 0
