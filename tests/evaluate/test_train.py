"""Training: one command, whose result is the data file that is checked in."""

import json

from grading.heuristic.linear import WEIGHTS
from prove.evaluate.labelled import parse_lines, read_labelled
from prove.evaluate.train import train_on_tune_data

ROUNDING = 1
"""Other processors sum in another order, so a weight may round to its neighbour."""


def test_training_reproduces_the_data_file_that_is_checked_in() -> None:
    kept = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    made = train_on_tune_data(lambda _: None)
    assert set(made) == set(kept)
    for name, model in made.items():
        assert abs(model["bias"] - kept[name]["bias"]) <= ROUNDING, name
        features = {*model["weights"], *kept[name]["weights"]}
        apart = [f for f in features if abs(model["weights"].get(f, 0) - kept[name]["weights"].get(f, 0)) > ROUNDING]
        assert apart == [], name


def test_the_notation_of_short_transcripts_gives_labels_by_line() -> None:
    text = "Words before the first heading.\n\n# es solar\n\nR??: ¿Qué tal? ¿Cuánto paga?\nH+: Es caro.\nR$*: Firme aquí.\n\n# en\n\nH!: No.\n"
    first, second = map(read_labelled, parse_lines(text, "short"))
    assert (first.name, first.language, first.domain) == ("short-1", "es", "solar")
    assert first.facts is not None
    assert first.facts.as_json() == {"questions": {"1": 2}, "objections": {"2": True}, "closing": [3]}
    assert first.warm == {3: True}
    assert (second.language, second.domain) == ("en", "other")
    assert second.facts is not None
    assert second.facts.objections == {1: False}
