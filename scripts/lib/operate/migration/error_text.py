"""An error of the database as a text for the operator: what remains in the database and what to do, never a value of a row."""

from __future__ import annotations

import psycopg

SAFE_TEXTS = ("25", "2B", "3F", "42", "53", "55", "57")
"""Classes whose texts name objects and settings only; others may repeat a value."""

# Errors of a run whose objects another run renamed or dropped meanwhile.
GONE = ("3F000", "42P01", "42883")
OURS = ("training_migration", "live_sessions")


def names(error: psycopg.Error) -> str:
    """The SQLSTATE, and the objects that the error names."""
    diag = error.diag
    found = [f"{kind} {name}" for kind, name in (
        ("table", diag.table_name), ("column", diag.column_name), ("constraint", diag.constraint_name),
    ) if name]  # fmt: skip
    return ", ".join([error.sqlstate or type(error).__name__, *found])


def explained(error: psycopg.Error) -> str:
    """The text for the operator."""
    state = error.sqlstate or ""
    said = f": {error.diag.message_primary}" if state.startswith(SAFE_TEXTS) else ""
    return f"The database said {names(error)} ({type(error).__name__}){said}. {_what_to_do(state, said)}"


def _what_to_do(state: str, said: str) -> str:
    if not state or state.startswith(("08", "57P")):
        return "The connection was lost. ./scripts/migrate status shows whether the last step was done. Run it again."
    undone = "That step was rolled back; the steps before it stay."
    if state.startswith(("40", "53", "55", "57")):
        return f"{undone} Run it again."
    if state in GONE and any(name in said for name in OURS):
        return f"{undone} Another run has changed the state meanwhile: see ./scripts/migrate status."
    if state == "42501":
        return f"{undone} Use the role that owns live_sessions and the new tables (on Supabase: postgres)."
    return f"{undone} The error would come again: remove its cause first (docs/MIGRATION.md)."
