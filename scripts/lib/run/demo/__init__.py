"""The demo: one session through the HTTP API, as a front end sends it, and its grade in the terminal."""
