"""The demo: one conversation through the HTTP API, as a front end sends it, and its grade in the terminal."""
