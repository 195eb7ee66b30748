"""Every figure of a report, from the grades of labelled transcripts. Statistics are SciPy's and scikit-learn's.

An interval is a 95 % bootstrap interval over transcripts: it says how far the figure would move with other transcripts of
the same kind. The resampling is seeded, so a report is the same each time it is made of the same grades.
"""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np
from scipy.stats import bootstrap, kendalltau
from sklearn.metrics import cohen_kappa_score

from grading.rubric import CATEGORIES
from prove.evaluate.grades import Graded
from prove.evaluate.labelled import LabelledTranscript

FACTS = ("questions", "objections", "answered", "closing", "closing_lines")
BANDS = 5
RESAMPLES = 1_000
Pairs = Sequence[tuple[LabelledTranscript, Sequence[Graded]]]
Figures = dict[str, Any]


def measure(graded: Pairs, price: tuple[float, float] | None = None) -> Figures:
    """All metrics of one run of the instrument. Of several grades of one transcript the first is measured; the others only
    show the spread. `price`: dollars per million tokens in and out."""
    first = [(labelled, results[0]) for labelled, results in graded]
    return {
        "talks": len(first),
        "facts": {name: fact_figures(name, first) for name in FACTS},
        "scores": {name: score_figures(name, first) for name in (*CATEGORIES, "overall")},
        "order": order_figures(first),
        "spread": spread([results for _, results in graded]),
        "halo": halo_figures(first),
        "fallen_back": _fallen_back([results for _, results in graded]),
        "cost": _cost([result for _, results in graded for result in results], price),
        "slices": {
            "domain": _slices(first, lambda labelled, _: labelled.domain),
            "language": _slices(first, lambda labelled, _: labelled.language),
            "grader": _slices(first, lambda _, result: result.key),
        },
    }


def counts(name: str, graded: Sequence[tuple[LabelledTranscript, Graded]]) -> tuple[Any, Any, Any] | None:
    """Of each labelled transcript: how many of a fact both the grader and the person see, the grader sees, the person sees.
    Three columns, one number for each transcript; None where no transcript is labelled."""
    rows = []
    for labelled, result in graded:
        if labelled.facts is not None:
            given = (_undisputed(facts, labelled.debatable) for facts in (result.facts or {}, labelled.facts.as_json()))
            found, expected = (_items(name, facts) for facts in given)
            rows.append(((found & expected).total(), found.total(), expected.total()))
    if not rows:
        return None
    hits, found_, labelled_ = np.array(rows, dtype=float).T
    return hits, found_, labelled_


def _undisputed(facts: Mapping[str, Any], debatable: Container[int]) -> dict[str, Any]:
    return {
        **{
            name: {line: value for line, value in facts.get(name, {}).items() if int(line) not in debatable}
            for name in ("questions", "objections")
        },
        "closing": [line for line in facts.get("closing", ()) if int(line) not in debatable],
    }


def _items(name: str, facts: Mapping[str, Any]) -> Counter[str]:
    match name:
        case "questions":
            return Counter(facts.get("questions", {}))
        case "objections":
            return Counter(list(facts.get("objections", {})))
        case "answered":
            return Counter([line for line, answered in facts.get("objections", {}).items() if answered])
        case "closing":
            return Counter(["closing"] if facts.get("closing") else [])
        case _:
            return Counter([str(line) for line in facts.get("closing", ())])


def fact_figures(name: str, graded: Sequence[tuple[LabelledTranscript, Graded]]) -> Figures | None:
    """Precision, recall and F1 of one fact over all labelled transcripts. `closing` is whether the rep tries to close at
    all, `closing_lines` where. None where no transcript is labelled."""
    columns = counts(name, graded)
    if columns is None:
        return None
    hits, found, labelled = (float(column.sum()) for column in columns)
    return {
        "precision": _ratio(hits, found),
        "recall": _ratio(hits, labelled),
        "f1": _round(f1(*columns)),
        "interval": interval(columns, f1, vectorized=True),
        "found": int(found),
        "labelled": int(labelled),
    }


def f1(hits: Any, found: Any, labelled: Any, axis: int = -1) -> Any:
    """The harmonic mean of precision and recall; 1 where nothing was there and nothing was found."""
    whole = found.sum(axis=axis) + labelled.sum(axis=axis)
    return np.where(whole == 0, 1.0, 2 * hits.sum(axis=axis) / np.where(whole == 0, 1.0, whole))


def score_figures(name: str, graded: Sequence[tuple[LabelledTranscript, Graded]]) -> Figures:
    """One category beside the coaches and beside the formula on the labels.

    `mean`: of the grader. `coaches`: mean absolute error and bias against the coaches' average, and quadratic weighted
    kappa on five bands, averaged over the coaches. `between_coaches`: the same of one coach against the other.
    `formula`: mean absolute error against the plan's formula on the labels.
    """
    given = [(labelled, _score(name, result)) for labelled, result in graded if result.scores is not None]
    scored = [(score, [_coach_score(name, marks) for marks in labelled.raters.values()]) for labelled, score in given]
    scored = [(score, marks) for score, marks in scored if marks]
    formula = [(score, scores[name]) for labelled, score in given if (scores := _formula(labelled)) is not None]
    figures: Figures = {"mean": _round(fmean(score for _, score in given)) if given else None}
    if scored:
        ours, theirs = zip(*((score, fmean(marks)) for score, marks in scored), strict=True)
        kappas = [_kappa(*pairs) for pairs in _by_rater([([score] * len(marks), marks) for score, marks in scored])]
        figures["coaches"] = {
            "mae": _round(fmean(abs(a - b) for a, b in zip(ours, theirs, strict=True))),
            "bias": _round(fmean(a - b for a, b in zip(ours, theirs, strict=True))),
            "kappa": _round(fmean(kappas)) if kappas else None,
        }
    both = [(marks[0], marks[1]) for _, marks in scored if len(marks) > 1]
    if both:
        one, other = zip(*both, strict=True)
        figures["between_coaches"] = {
            "mae": _round(fmean(abs(a - b) for a, b in both)),
            "bias": _round(fmean(a - b for a, b in both)),
            "kappa": _round(_kappa(one, other)),
        }
    if formula:
        figures["formula"] = {"mae": _round(fmean(abs(a - b) for a, b in formula))}
    return figures


def _by_rater(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> list[tuple[list[float], list[float]]]:
    """The grader's scores beside those of the first coach, of the second coach, and so on."""
    most = max(len(marks) for _, marks in pairs)
    return [
        ([ours[rater] for ours, marks in pairs if rater < len(marks)], [marks[rater] for _, marks in pairs if rater < len(marks)])
        for rater in range(most)
    ]  # fmt: skip


def _kappa(one: Sequence[float], other: Sequence[float]) -> float:
    """Quadratic weighted kappa on five equal bands; 1 where both put everything in one and the same band."""
    bands = [[min(BANDS - 1, int(score * BANDS / 100)) for score in scores] for scores in (one, other)]
    if len({*bands[0], *bands[1]}) == 1:
        return 1.0
    return float(cohen_kappa_score(*bands, weights="quadratic", labels=list(range(BANDS))))


def order_figures(graded: Sequence[tuple[LabelledTranscript, Graded]]) -> Figures | None:
    """Kendall's tau-b between the grader's overall score and a person's `quality`, where that is labelled, else the
    coaches' average. `formula`: the same for the plan's formulas on the labels. None with fewer than two transcripts."""
    judged = [
        (labelled, result.overall, best) for labelled, result in graded if (best := quality(labelled)) is not None
    ]
    ranked = [(labelled, overall, best) for labelled, overall, best in judged if overall is not None]
    if len(ranked) < 2:
        return None
    ours, theirs = (np.array([row[column] for row in ranked], dtype=float) for column in (1, 2))
    figures: Figures = {"tau_b": _round(_tau(ours, theirs)), "interval": interval((ours, theirs), _tau)}
    formula = [
        (fmean(scores.values()), best) for labelled, _, best in ranked if (scores := _formula(labelled)) is not None
    ]
    if len(formula) > 1:
        figures["formula"] = _round(_tau(*map(np.array, zip(*formula, strict=True))))
    marks = [[fmean(given.values()) for given in labelled.raters.values()][:2] for labelled, _, _ in ranked]
    both = [pair for pair in marks if len(pair) == 2]
    if len(both) > 1:
        figures["between_coaches"] = _round(_tau(*map(np.array, zip(*both, strict=True))))
    return figures


def quality(labelled: LabelledTranscript) -> float | None:
    """How good a person says the rep was: the labelled quality, else the average of all coaches' marks."""
    if labelled.quality is not None:
        return labelled.quality
    return fmean(fmean(marks.values()) for marks in labelled.raters.values()) if labelled.raters else None


def spread(runs: Sequence[Sequence[Graded]]) -> Figures | None:
    """By how many points two grades of the same transcript differ on average, by category and in all. None with a single
    run."""
    scored = [[result.scores for result in results if result.scores is not None] for results in runs]
    repeated = [scores for scores in scored if len(scores) > 1]
    if not repeated:
        return None
    by_category = {
        name: fmean(fmean(abs(a[name] - b[name]) for a, b in combinations(scores, 2)) for scores in repeated)
        for name in CATEGORIES
    }
    return {name: _round(value) for name, value in (*by_category.items(), ("mean", fmean(by_category.values())))}


def halo_figures(graded: Sequence[tuple[LabelledTranscript, Graded]]) -> Figures:
    """The mean correlation between two categories: near 1, a grader has one impression and not four. Beside it, that of
    the coaches."""
    coaches = [
        [fmean(marks[name] for marks in labelled.raters.values()) for name in CATEGORIES]
        for labelled, _ in graded
        if labelled.raters
    ]
    ours = [[result.scores[name] for name in CATEGORIES] for _, result in graded if result.scores is not None]
    return {"grader": _correlation(ours), "coaches": _correlation(coaches)}


def _correlation(rows: Sequence[Sequence[float]]) -> float | None:
    if len(rows) < 3:
        return None
    columns = [column for column in np.array(rows, dtype=float).T if column.std() > 0]
    if len(columns) < 2:
        return None
    table = np.corrcoef(np.array(columns))
    return _round(float(table[np.triu_indices(len(columns), 1)].mean()))


def _fallen_back(runs: Sequence[Sequence[Graded]]) -> Figures:
    """The share of grades that the model did not give, of those without any grade, and the attempts' faults."""
    results = [result for each in runs for result in each]
    return {
        "to_heuristic": _ratio(sum(bool(r.errors) and r.graded_by == "heuristic" for r in results), len(results)),
        "ungraded": _ratio(sum(r.scores is None for r in results), len(results)),
        "faults": Counter(error for result in results for error in result.errors),
    }


def _cost(results: Sequence[Graded], price: tuple[float, float] | None) -> Figures:
    tokens = sum(result.tokens_in for result in results), sum(result.tokens_out for result in results)
    latencies = sorted(result.latency_ms for result in results)
    return {
        "grades": len(results),
        "tokens_in": tokens[0],
        "tokens_out": tokens[1],
        "dollars": _round((tokens[0] * price[0] + tokens[1] * price[1]) / 1_000_000) if price else None,
        "latency_ms_p50": float(np.percentile(latencies, 50)) if latencies else None,
        "latency_ms_p95": float(np.percentile(latencies, 95)) if latencies else None,
    }


def _slices(
    graded: Sequence[tuple[LabelledTranscript, Graded]], of: Callable[[LabelledTranscript, Graded], str]
) -> Figures:
    found: dict[str, list[tuple[LabelledTranscript, Graded]]] = {}
    for labelled, result in graded:
        found.setdefault(of(labelled, result), []).append((labelled, result))
    return {
        name: {
            "talks": len(part),
            **{fact: _round(f1(*columns)) if (columns := counts(fact, part)) else None for fact in FACTS},
            "tau_b": _tau_or_none(part),
        }
        for name, part in sorted(found.items())
    }


def _tau_or_none(graded: Sequence[tuple[LabelledTranscript, Graded]]) -> float | None:
    ranked = [
        (r.overall, best) for labelled, r in graded if r.overall is not None and (best := quality(labelled)) is not None
    ]
    return _round(_tau(*map(np.array, zip(*ranked, strict=True)))) if len(ranked) > 2 else None


def interval(columns: tuple[Any, ...], statistic: Callable[..., Any], vectorized: bool = False) -> list[float] | None:
    """The 95 % bootstrap interval of a statistic over paired columns; None for fewer than three rows."""
    if len(columns[0]) < 3:
        return None
    low, high = bootstrap(
        columns, statistic, paired=True, vectorized=vectorized, n_resamples=RESAMPLES, method="percentile", rng=0
    ).confidence_interval
    return [_round(low), _round(high)]


def _tau(one: Any, other: Any) -> float:
    """Tau-b; 0 where one side puts all transcripts on the same place."""
    value = float(kendalltau(one, other, variant="b").statistic)
    return 0.0 if np.isnan(value) else value


def _score(name: str, result: Graded) -> float:
    if name == "overall":
        return float(result.overall or 0)
    return float((result.scores or {})[name])


def _coach_score(name: str, marks: Mapping[str, int]) -> float:
    return fmean(marks.values()) if name == "overall" else float(marks[name])


def _formula(labelled: LabelledTranscript) -> dict[str, float] | None:
    scores = labelled.formula_scores()
    return {**scores, "overall": fmean(scores.values())} if scores else None


def _ratio(part: float, whole: float) -> float | None:
    return _round(part / whole) if whole else None


def _round(value: Any) -> float:
    return round(float(value), 4)
