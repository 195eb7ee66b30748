"""`prepare --map OLD=KNOWN`: columns under other names, and proposals for those that look like a grade. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .catalog import READ_COLUMNS, OldTable
from .database import Refusal

NUMBERS = ("integer", "smallint", "bigint", "numeric", "real", "double precision")
HINTS = (
    (("rapport", "trust", "warm", "intro"), "rapport_score"),
    (("discover", "need", "question"), "discovery_score"),
    (("objection",), "objection_handling_score"),
    (("clos",), "closing_score"),
    (("overall", "total", "final"), "overall_score"),
    (("earn", "commission", "revenue"), "virtual_earnings"),
    (("strength", "worked", "went_well"), "what_worked"),
    (("improve", "failed", "weakness"), "what_failed"),
)
SCORE_WORDS = ("score", "rating", "points", "grade")


def read_map(given: Iterable[str], table: OldTable) -> dict[str, str]:
    """`["tone_score=rapport_score"]` → a dict; Refusal for a name that does not exist, or is read already."""
    column_map = {}
    for each in given:
        old, _, known = each.partition("=")
        if old not in table.columns or old in READ_COLUMNS:
            known_columns = ", ".join(table.ignored) or "none"
            raise Refusal(
                f"--map {each}: {old!r} is not an unread column of the old table. Unread are: {known_columns}."
            )
        if known not in READ_COLUMNS - {"id", "user_id"}:
            raise Refusal(
                f"--map {each}: {known!r} is not a column that the migration reads: {', '.join(sorted(READ_COLUMNS))}."
            )
        column_map[old] = known
    return column_map


def propose(table: OldTable, column_map: Mapping[str, str]) -> list[str]:
    """A sentence for each column that is not read and looks like a part of the grade."""
    found = []
    for name in table.ignored:
        if name in column_map:
            continue
        known = next((target for words, target in HINTS if any(word in name for word in words)), None)
        is_number = table.columns[name].startswith(NUMBERS)
        looks_like_text = known in ("what_worked", "what_failed")
        if known and (is_number or looks_like_text) and (is_number != looks_like_text):
            found.append(f"{name} looks like {known}. To read it so: prepare --map {name}={known}")
        elif is_number and any(word in name for word in SCORE_WORDS):
            found.append(f"{name} looks like a score. If it is one of the four: prepare --map {name}=..._score")
    return found
