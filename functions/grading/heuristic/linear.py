"""The linear models: weights by feature, trained by `./scripts/evaluate train`, added up in whole numbers.

Whole numbers make the same transcript get the same grade on each machine: no sum depends on its order or on rounding.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).parent / "weights.json"
SCALE = 100
"""Weights are log odds times this."""


@dataclass(frozen=True)
class Model:
    """Says yes where bias and weights add up to more than zero."""

    bias: int
    weights: Mapping[str, int]

    def score(self, features: Iterable[str]) -> int:
        """Above zero: yes. The distance from zero says how surely, in log odds times SCALE."""
        weights = self.weights
        return self.bias + sum(weights[feature] for feature in features if feature in weights)


@dataclass(frozen=True)
class Models:
    """One model for each judgement: of a rep's line whether it asks, closes, or warms; of a homeowner's line whether it
    objects; of an objection and the rep's next words whether they answer."""

    question: Model
    objection: Model
    answer: Model
    closing: Model
    rapport: Model


def parse_models(data: Mapping[str, Any]) -> Models:
    """From the shape of weights.json. KeyError, TypeError or ValueError where the file is damaged."""
    return Models(
        **{
            name: Model(int(part["bias"]), {feature: int(weight) for feature, weight in part["weights"].items()})
            for name, part in ((name, data[name]) for name in Models.__dataclass_fields__)
        }
    )


@cache
def load_models() -> Models:
    """The models of weights.json, read once, when the first transcript is graded."""
    return parse_models(json.loads(WEIGHTS.read_text(encoding="utf-8")))
