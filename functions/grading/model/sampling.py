"""How a model is asked to vary as little as it can: by the model's name, unless a setting says otherwise. Pure."""

import re
from typing import Any

SEED = 20261122
"""Any fixed number."""
SECOND_LOOK_TEMPERATURE = 0.7
"""For further answers on one transcript. At 0 they would be the same answer again and say nothing about its spread."""
DEFAULT_EFFORT = "low"

# OpenAI's reasoning models refuse a temperature; the chat variants of them take one.
_REASONING = re.compile(r"(?:^|/)(?:o\d|gpt-(?:[5-9]|\d\d|oss))(?!.*chat)", re.IGNORECASE)


def sampling(model: str, api: str, effort: str, temperature: float | None, look: int) -> dict[str, Any]:
    """The parameters of the request for the answer number `look`, the first being 0.

    A reasoning model is sent an effort, any other model a temperature. The seed exists in chat completions only.
    `effort` and `temperature` come from the settings; where they are empty, the name of the model decides.
    """
    reasons = bool(effort) or (temperature is None and _REASONING.search(model) is not None)
    parameters: dict[str, Any] = {}
    if reasons:
        chosen = effort or DEFAULT_EFFORT
        parameters |= {"reasoning": {"effort": chosen}} if api == "responses" else {"reasoning_effort": chosen}
    if temperature is not None or not reasons:
        parameters["temperature"] = (
            (temperature or 0.0) if look == 0 else max(temperature or 0.0, SECOND_LOOK_TEMPERATURE)
        )
    if api != "responses" and not reasons:
        parameters["seed"] = SEED + look
    return parameters
