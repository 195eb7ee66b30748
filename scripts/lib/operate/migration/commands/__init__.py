"""The commands of `./scripts/migrate`, a module each with HELP, `add_options` and `run`. `run` reads the state, refuses or asks, acts,
prints the result and returns the exit status."""
