"""The model grader: prompt, call, check of the answer. `grader`, `server` and `breaker` do I/O; the rest is pure."""
