"""Why a model gave no grade: a small closed set of classes, each with one fixed sentence.

A model's or a server's own words may repeat the transcript, so none of them goes into a log or a stored error.
"""

from typing import Literal, get_args

ErrorClass = Literal[
    "timeout",
    "rate_limited",
    "unavailable",
    "refused",
    "cut_off",
    "wrong_shape",
    "invented_quotes",
    "wrong_mark",
    "unfounded",
    "auth",
    "bad_request",
    "other",
    "skipped_outage",
    "stopped",
    "no_conversation",
]
ERROR_CLASSES: tuple[ErrorClass, ...] = get_args(ErrorClass)

SENTENCES: dict[ErrorClass, str] = {
    "timeout": "The model did not answer before the deadline.",
    "rate_limited": "The model's rate limit was reached.",
    "unavailable": "The model's server could not be reached or failed.",
    "refused": "The model declined to judge this transcript.",
    "cut_off": "The model's answer was cut off before its end.",
    "wrong_shape": "The model's answer did not have the shape that was asked for.",
    "invented_quotes": "The model's answer rests on words that are not in this transcript.",
    "wrong_mark": "The model's answer does not repeat the mark of this transcript.",
    "unfounded": "The model's answer gives points for which it names no line of the rep.",
    "auth": "The model's server did not accept the key.",
    "bad_request": "The model's server did not accept the request.",
    "other": "The model call failed in an unforeseen way.",
    "skipped_outage": "The model was not asked: it had just failed several times in a row.",
    "stopped": "The process was told to stop before the model had answered.",
    "no_conversation": "The rep says nothing in this transcript, so there is nothing to grade.",
}

OUTAGE: frozenset[ErrorClass] = frozenset({"timeout", "rate_limited", "unavailable", "auth"})
"""Classes that say something about the server rather than about this session."""

RETRIED: frozenset[ErrorClass] = frozenset({"rate_limited", "unavailable"})
"""Classes worth one more call within the deadline."""

REPAIRED: frozenset[ErrorClass] = frozenset({"invented_quotes", "wrong_mark", "unfounded"})
"""Classes of answers that the model may correct once, within the deadline."""
