"""The homeowners of the trainer: data for the pages, for the model that plays them, and for the allowed voice agents.

`personas.json` beside this file is the one source. The gateway serves it to the pages as /personas.json.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import orjson

FILE = Path(__file__).with_name("personas.json")


@cache
def personas() -> tuple[dict[str, Any], ...]:
    """All personas, as in personas.json; PERSONAS_FILE names another file, such as one with your own agents."""
    return tuple(orjson.loads(Path(os.environ.get("PERSONAS_FILE") or FILE).read_bytes()))


def agent_ids() -> frozenset[str]:
    """The voice agents that a session may be spoken with: every `agent_id` that is set."""
    return frozenset(persona["agent_id"] for persona in personas() if persona["agent_id"])


def by_name(name: str) -> dict[str, Any] | None:
    """The persona of this name, which is a session's `agent_name`; None for any other."""
    return next((persona for persona in personas() if persona["name"] == name), None)
