"""The errors of a provider. `str(error)` is a class of error, never data."""


class Trouble(Exception):
    """The provider did not do what was asked: `unreachable`, `refused` (the key), `bad_answer` or `status_<n>`."""


class NotFound(Trouble):
    """The provider has no such conversation or recording: deleted, of another account, or never kept (zero retention)."""
