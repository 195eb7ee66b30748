"""`./scripts/evaluate train`: makes the heuristic's data file of the tune data, and nothing else.

Each model is a logistic regression over the features of grading/heuristic/features.py. Each transcript is seen twice, as it
is written and without punctuation and capitals; each of the two ways has a threshold, where F1 is best in cross-validation by
transcript. The model of rapport learns from the coaches' scores instead, and has its threshold at even odds.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import GroupKFold

from grading.heuristic.features import MARKED, PLAIN, Spoken, answer_features, line_features, spoken, style_features
from grading.heuristic.linear import SCALE
from grading.transcript import read_transcript
from prove.evaluate.labelled import LabelledTranscript, read_files
from prove.evaluate.plain import without_punctuation
from run.local.binaries import ROOT

TUNE = ROOT / "evaluation" / "tune.json"

FOLDS = 6
CERTAIN = 99.0
"""Stands for the log odds of a line with a question mark: the grader counts it as a question unread."""
LEAST_SEEN = 3
"""A feature of fewer transcripts says nothing about another one."""
LEAST_WEIGHT = 3
"""A smaller weight is left out: it moves no judgement and would double the file."""
UNPUNCTUATED = {"question": 2.0}
"""How much the copies without punctuation weigh in training, by model; 1 elsewhere."""
HOMEOWNER, HOMEOWNER_WEIGHT = "tune-homeowner-", 0.3
"""The names of the sessions with the scripted homeowners, and what each weighs: they are many, in the style of one author."""
RAPPORT_LEVELS = {"low": 0.15, "mid": 0.66, "high": 0.89}
"""Of a transcript without scores: the mean of the coaches' scores at its level, over tune.json."""
LEVEL = 0.01
"""The threshold is the mean of those whose F1 is this close to the best: the best alone is chance."""
COLUMNS = 118
STRENGTH = {"question": 0.1, "objection": 0.2, "answer": 0.05, "closing": 2.0, "rapport": 0.3}
"""The inverse of the regularisation, by model."""


@dataclass(frozen=True)
class TrainingRow:
    """One judgement of a person: features, yes or no, how much of the judgement it is, the transcript, and whether its figures
    count in cross-validation."""

    features: frozenset[str]
    yes: bool
    share: float
    transcript: str
    counts: bool
    plain: bool


Rows = Callable[[LabelledTranscript, Sequence[Spoken]], Iterator[tuple[set[str], float]]]
"""Features, and how far the answer is yes: from 0 to 1."""


def _lines_of(speaker: str, is_yes: Callable[[LabelledTranscript, int], bool]) -> Rows:
    def rows(labelled: LabelledTranscript, lines: Sequence[Spoken]) -> Iterator[tuple[set[str], float]]:
        for at, each in enumerate(lines):
            if each.line.speaker == speaker and each.line.sequence not in labelled.debatable:
                yield line_features(lines, at), is_yes(labelled, each.line.sequence)

    return rows


def _answers(labelled: LabelledTranscript, lines: Sequence[Spoken]) -> Iterator[tuple[set[str], float]]:
    facts = _facts(labelled)
    style = style_features(lines, len(facts.questions))
    for at, each in enumerate(lines):
        answered = facts.objections.get(each.line.sequence)
        if answered is not None and at + 1 < len(lines):
            yield answer_features(lines, at, style), answered


def _rapport(labelled: LabelledTranscript, lines: Sequence[Spoken]) -> Iterator[tuple[set[str], float]]:
    """The coaches' score of a transcript's rapport is taken for that of each rep line in it."""
    scores = [score["rapport"] for score in labelled.raters.values()]
    whole = sum(scores) / len(scores) / 100 if scores else RAPPORT_LEVELS.get(labelled.rapport or "")
    for at, each in enumerate(lines):
        warm = labelled.warm.get(each.line.sequence, whole)
        if each.line.speaker == "user" and warm is not None:
            yield line_features(lines, at), warm


def _facts(labelled: LabelledTranscript) -> Any:
    return labelled.facts


MODELS: dict[str, Rows] = {
    "question": _lines_of("user", lambda labelled, line: line in _facts(labelled).questions),
    "objection": _lines_of("agent", lambda labelled, line: line in _facts(labelled).objections),
    "answer": _answers,
    "closing": _lines_of("user", lambda labelled, line: line in _facts(labelled).closing),
    "rapport": _rapport,
}


def examples(name: str, transcripts: Sequence[LabelledTranscript], whole: set[str]) -> list[TrainingRow]:
    """Of one model, from all labelled transcripts; those named in `whole` count in cross-validation."""
    found = []
    for labelled in transcripts:
        for plain in (False, True):
            lines = spoken(read_transcript(_plain(labelled) if plain else labelled.transcript))
            for features, yes in MODELS[name](labelled, lines):
                counts = labelled.name in whole and not plain
                found += [
                    TrainingRow(frozenset(features), answer, share, labelled.name, counts, plain)
                    for answer, share in ((True, yes), (False, 1 - yes))
                    if share
                ]
    return found


def _plain(labelled: LabelledTranscript) -> list[dict[str, Any]]:
    return [{**line, "text": without_punctuation(line["text"]) or line["text"]} for line in labelled.transcript]


def train_on_tune_data(tell: Callable[[str], None]) -> dict[str, Any]:
    """The content of weights.json, from evaluation/tune*. Cross-validation counts the transcripts of tune.json."""
    first = read_files([TUNE])
    return train(
        [*first, *read_files(sorted(ROOT.glob("evaluation/tune-*")))], {labelled.name for labelled in first}, tell
    )


def train(transcripts: Sequence[LabelledTranscript], whole: set[str], tell: Callable[[str], None]) -> dict[str, Any]:
    """The content of weights.json."""
    return {name: _train(name, examples(name, transcripts, whole), tell) for name in MODELS}


def _train(name: str, rows: Sequence[TrainingRow], tell: Callable[[str], None]) -> dict[str, Any]:
    seen = Counter(feature for _, feature in {(r.transcript, feature) for r in rows for feature in r.features})
    vectorizer = DictVectorizer()
    kept = [dict.fromkeys((f for f in r.features if seen[f] >= LEAST_SEEN), 1.0) for r in rows]
    table = vectorizer.fit_transform(kept).tocsr()
    # As liblinear wants them.
    table.indices, table.indptr = table.indices.astype(np.int32), table.indptr.astype(np.int32)
    yes = np.array([r.yes for r in rows])
    groups = np.array([r.transcript for r in rows])
    counts = np.array([r.counts for r in rows])
    whole = {r.transcript for r in rows if r.counts}
    importance = np.array([_importance(name, r) for r in rows])
    held = out_of_fold(name, table, yes, groups, importance)
    if name == "question":
        held[[MARKED in r.features for r in rows]] = CERTAIN
    copies = np.array([r.plain and r.transcript in whole for r in rows])
    threshold = plain = 0.0
    if name != "rapport":
        threshold = best_threshold(yes[counts], held[counts], lambda text: tell(f"{name}: {text}"))
        plain = best_threshold(yes[copies], held[copies], lambda text: tell(f"{name}, without punctuation: {text}"))
    model = fit(name, table, yes, importance)
    weights = {
        feature: weight
        for feature, value in zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True)
        if abs(weight := round(float(value) * SCALE)) >= LEAST_WEIGHT
    }
    weights[PLAIN] = weights.get(PLAIN, 0) + round((threshold - plain) * SCALE)
    return {"bias": round((float(model.intercept_[0]) - threshold) * SCALE), "weights": weights}


def _importance(name: str, row: TrainingRow) -> float:
    copy = UNPUNCTUATED.get(name, 1.0) if row.plain else 1.0
    return row.share * copy * (HOMEOWNER_WEIGHT if row.transcript.startswith(HOMEOWNER) else 1.0)


def best_threshold(yes: Any, scores: Any, tell: Callable[[str], None]) -> float:
    """The mean of the thresholds whose F1 is best, or close to it."""
    precision, recall, thresholds = precision_recall_curve(yes, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    best = int(f1[:-1].argmax())
    tell(f"F1 {f1[best]:.3f} (precision {precision[best]:.2f}, recall {recall[best]:.2f}) in cross-validation")
    return float(thresholds[f1[:-1] >= f1[best] - LEVEL].mean())


def fit(name: str, table: Any, yes: Any, importance: Any) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH[name], solver="liblinear", tol=1e-6, random_state=0)
    return model.fit(table, yes, sample_weight=importance)


def out_of_fold(name: str, table: Any, yes: Any, groups: Any, importance: Any) -> Any:
    """For each example the log odds from a model that has not seen its transcript."""
    scores = np.zeros(len(yes))
    for seen, unseen in GroupKFold(FOLDS).split(table, yes, groups):
        scores[unseen] = fit(name, table[seen], yes[seen], importance[seen]).decision_function(table[unseen])
    return scores


def write(weights: dict[str, Any], path: Path) -> None:
    """JSON in lines of COLUMNS, features in order: short enough to look at, and the same file each time."""
    models = []
    for name, model in sorted(weights.items()):
        pairs = [f"{json.dumps(f, ensure_ascii=False)}: {weight}" for f, weight in sorted(model["weights"].items())]
        models.append(f'"{name}": {{"bias": {model["bias"]}, "weights": {{\n' + _wrapped(pairs) + "\n}}")
    path.write_text("{\n" + ",\n".join(models) + "\n}\n", encoding="utf-8")


def _wrapped(pairs: Sequence[str]) -> str:
    lines = [""]
    for pair in pairs:
        if lines[-1] and len(lines[-1]) + len(pair) + 2 > COLUMNS:
            lines.append("")
        lines[-1] += ", " + pair if lines[-1] else pair
    return ",\n".join(lines)
