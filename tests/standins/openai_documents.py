"""The JSON documents of the OpenAI API, as the stand-in sends them."""

import json
from typing import Any

from standins.openai_judge import GivenTranscript, answer


def response(
    behaviour: str, transcript: GivenTranscript, body: dict[str, Any], number: int, nth: int
) -> dict[str, Any]:
    """The document of /v1/responses. `number` counts all answers, `nth` those about this transcript."""
    text = answer("half" if behaviour == "cut_off" else behaviour, transcript, nth)
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    if behaviour == "refuse":
        part = {"type": "refusal", "refusal": f"I cannot judge this: {transcript.text[:100]}"}
    cut = behaviour == "cut_off"
    status = "incomplete" if cut else "completed"
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [part],
    }
    tokens_in, tokens_out = len(json.dumps(body)) // 4, len(text) // 4
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": _model(behaviour, body),
        "output": [{"id": f"rs_{number}", "type": "reasoning", "summary": []}, message],
        "parallel_tool_calls": True,
        "store": body.get("store", True),
        "temperature": 1.0,
        "text": body.get("text"),
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": tokens_in,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": tokens_out,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens_in + tokens_out,
        },
    }


def completion(
    behaviour: str, transcript: GivenTranscript, body: dict[str, Any], number: int, nth: int
) -> dict[str, Any]:
    """The document of /v1/chat/completions. `number` counts all answers, `nth` those about this transcript."""
    text = answer("half" if behaviour == "cut_off" else behaviour, transcript, nth)
    refused = behaviour == "refuse"
    refusal = f"I cannot judge this: {transcript.text[:100]}" if refused else None
    message = {"role": "assistant", "content": None if refused else _content(behaviour, text), "refusal": refusal}
    reason = "length" if behaviour == "cut_off" else "stop"
    tokens_in, tokens_out = len(json.dumps(body)) // 4, len(text) // 4
    usage = {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
    }
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": _model(behaviour, body),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        "usage": usage,
    }


def _model(behaviour: str, body: dict[str, Any]) -> str:
    """The name of the model that answers: the one asked for, or its dated version, or another."""
    asked: str = body.get("model", "")
    return {"swapped": "gpt-6-tiny-2026-11-01", "dated": f"{asked}-2026-10-01"}.get(behaviour, asked)


def _content(behaviour: str, text: str) -> str | list[Any]:
    """A chat message's content: a text, or as some servers send it, a list of parts."""
    if behaviour != "parts":
        return text
    half = len(text) // 2
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "{}"}]}
    return [thinking, {"type": "text", "text": text[:half]}, {"type": "text", "text": text[half:]}]


def error(code: str | int, transcript: GivenTranscript) -> dict[str, Any]:
    """An error that repeats the request, as real ones do."""
    message = f"Something about {transcript.text[:200]}"
    return {"error": {"message": message, "type": "error", "param": None, "code": code}}


def asks_strictly(body: dict[str, Any]) -> bool:
    """Whether the schema asked for is one that strict structured output takes (as the real API checks it)."""
    asked = body.get("text", {}).get("format") or body.get("response_format", {}).get("json_schema")
    return asked is None or (asked.get("strict") is True and _closed(asked["schema"]))


def _closed(schema: Any) -> bool:
    if isinstance(schema, list):
        return all(map(_closed, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False or set(schema["required"]) != set(schema["properties"])
    ):
        return False
    return all(map(_closed, schema.values()))
