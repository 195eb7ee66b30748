"""The heuristic: one module per kind of signal, and `grader`, which turns signals into scores."""
