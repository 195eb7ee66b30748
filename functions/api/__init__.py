"""The HTTP path: parse, validate, forward the caller's own token, return. The rules are in the database."""
