"""Reads what a model's server sends: the model's answer, or the fault in its place. Pure, and total over any JSON.

Only the model's answer, its name and numbers leave here. An error's text can repeat the transcript.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from grading.model.errors import ErrorClass

_BY_STATUS: dict[int, ErrorClass] = {
    401: "auth",
    403: "auth",
    408: "timeout",
    409: "unavailable",
    429: "rate_limited",
}
# Words in the code or type of an error that came with status 200, in the order of precedence.
_BY_WORD: tuple[tuple[re.Pattern[str], ErrorClass], ...] = (
    (re.compile(r"rate.?limit|quota|too.?many|exhausted"), "rate_limited"),
    (re.compile(r"auth|api.?key|permission|forbidden"), "auth"),
    (re.compile(r"content.?filter|moderation|policy|safety"), "refused"),
    (re.compile(r"invalid|bad.?request|unsupported|unknown.?param|context.?length|not.?found"), "bad_request"),
)
_NOT_IN_A_NAME = re.compile(r"[^\w.:/@-]")
LONGEST_NAME = 100
"""Characters kept of a model's name and of a request's id."""


@dataclass(frozen=True)
class Reply:
    """A model's answer as text, or the fault that stands in its place; what it cost either way."""

    text: str = ""
    fault: ErrorClass | None = None
    plainer_may_help: bool = False
    """Whether the server may have refused an optional parameter, so that a request without them may succeed."""
    retry_after: float | None = None
    """Seconds, where the server named a time."""
    model: str | None = None
    """The name of the model that answered, by the server."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    request_id: str | None = None


def read_response(document: object) -> Reply:
    """A Reply from the JSON of /v1/responses, which may have any shape."""
    used = Reply(
        model=name(_at(document, "model")),
        tokens_in=_count(_at(document, "usage", "input_tokens")),
        tokens_out=_count(_at(document, "usage", "output_tokens")),
    )
    if fault := _fault_inside(document):
        return replace(used, fault=fault)
    messages = [item for item in _items(_at(document, "output")) if _at(item, "type") == "message"]
    parts = [
        part
        for item in messages
        if _at(item, "phase") in (None, "final_answer")
        for part in _items(_at(item, "content"))
    ]
    if any(_at(part, "type") == "refusal" for part in parts):
        return replace(used, fault="refused")
    match _at(document, "status"):
        case "incomplete":
            filtered = _at(document, "incomplete_details", "reason") == "content_filter"
            return replace(used, fault="refused" if filtered else "cut_off")
        case "failed" | "cancelled":
            return replace(used, fault="unavailable")
    return _with_text(used, "".join(_text(part) for part in parts if _at(part, "type") == "output_text"))


def read_completion(document: object) -> Reply:
    """A Reply from the JSON of /v1/chat/completions, which may have any shape."""
    used = Reply(
        model=name(_at(document, "model")),
        tokens_in=_count(_at(document, "usage", "prompt_tokens")),
        tokens_out=_count(_at(document, "usage", "completion_tokens")),
    )
    choice = next(iter(_items(_at(document, "choices"))), None)
    if fault := _fault_inside(document) or _fault_inside(choice):
        return replace(used, fault=fault)
    match _at(choice, "finish_reason"):
        case "content_filter":
            return replace(used, fault="refused")
        case "length":
            return replace(used, fault="cut_off")
        case "error":
            return replace(used, fault="unavailable")
    if _at(choice, "message", "refusal"):
        return replace(used, fault="refused")
    content = _at(choice, "message", "content")
    parts = [part for part in _items(content) if _at(part, "type") in (None, "text", "output_text")]
    return _with_text(used, content if isinstance(content, str) else "".join(map(_text, parts)))


def fault_of_status(status: int) -> ErrorClass:
    """The class of an HTTP error."""
    return _BY_STATUS.get(status, "unavailable" if status >= 500 else "bad_request")


def name(value: object) -> str | None:
    """A model's name or a request's id without anything that cannot be part of one; None where nothing is left."""
    return _NOT_IN_A_NAME.sub("", value)[:LONGEST_NAME] or None if isinstance(value, str) else None


def _fault_inside(document: object) -> ErrorClass | None:
    """The class of an error that arrives with status 200, as gateways send it once they have begun to answer."""
    error = _at(document, "error") or (document if _at(document, "object") == "error" else None)
    if not error:
        return None
    said: list[Any] = [_at(error, key) for key in ("code", "status", "type")] if isinstance(error, dict) else [error]
    for each in said:
        if str(each).isdecimal() and 400 <= int(each) < 600:
            return fault_of_status(int(each))
    words = " ".join(str(each) for each in said if each).lower()
    return next((fault for pattern, fault in _BY_WORD if pattern.search(words)), "unavailable")


def _with_text(used: Reply, text: str) -> Reply:
    return replace(used, text=text) if text.strip() else replace(used, fault="wrong_shape")


def _text(part: object) -> str:
    text = part if isinstance(part, str) else _at(part, "text")
    return text if isinstance(text, str) else ""


def _at(document: object, *path: str) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None
