"""The rows of a session's grading history, in the shape `save_training_grade` takes. Pure.

One row is one call to a model, or one run of the heuristic. Exactly the last one of a save may be accepted.
"""

from typing import Any

from grading.grade import Grade
from grading.model.errors import SENTENCES, ErrorClass

Attempt = dict[str, Any]


def accepted(grader: str, rubric_version: str, grade: Grade, latency_ms: int, **call: Any) -> Attempt:
    """The attempt that the session's scores come from. `call`: see `failed`."""
    return _row(grader, rubric_version, latency_ms, call, outcome="accepted", **grade.attempt_fields())


def failed(grader: str, rubric_version: str, error_class: ErrorClass, latency_ms: int, **call: Any) -> Attempt:
    """An attempt without a grade. `call` may hold model, prompt_hash, tokens_in, tokens_out and
    request_id."""
    return _row(grader, rubric_version, latency_ms, call, error_class=error_class, error=SENTENCES[error_class])


def _row(grader: str, rubric_version: str, latency_ms: int, call: Attempt, **outcome: Any) -> Attempt:
    empty: Attempt = {
        "grader": grader,
        "model": None,
        "rubric_version": rubric_version,
        "prompt_hash": None,
        "outcome": "failed",
        "error_class": None,
        "error": None,
        "scores": None,
        "evidence": None,
        "remarks": [],
        "feedback_strengths": [],
        "feedback_improvements": [],
        "virtual_earnings": 0,
        "notes": [],
        "confidence": None,
        "confidence_reason": None,
        "facts": None,
        "tokens_in": None,
        "tokens_out": None,
        "latency_ms": latency_ms,
        "request_id": None,
    }
    return empty | call | outcome
