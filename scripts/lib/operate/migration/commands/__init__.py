"""The commands of `./scripts/migrate`, a module each. Each has HELP, `add_options` and `run`, which: reads the state, refuses or asks, acts,
says what came of it. `run` returns the exit status."""
