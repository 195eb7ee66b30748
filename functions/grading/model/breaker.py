"""A circuit breaker: while the model is down, sessions do not wait for it."""

from dataclasses import dataclass

from grading.model.errors import OUTAGE, ErrorClass

FAILURES = 5


@dataclass(frozen=True)
class Permit:
    """Permission to ask the model once. A probe is the one call that an open breaker allows at a time."""

    probe: bool


class Breaker:
    """Opens after `failures` sessions in a row whose model call failed as in an outage; one success closes
    it.

    While it is open, one session at a time still asks the model and the others do not. So an outage costs one
    session at a time its deadline, and the first answer brings the model back into use. It reads no clock.
    """

    def __init__(self, failures: int = FAILURES) -> None:
        self._limit = failures
        self._in_a_row = 0
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether the model counts as down."""
        return self._in_a_row >= self._limit

    def admit(self) -> Permit | None:
        """Permission to ask the model, or None. Each permit must come back through `record`."""
        if not self.open:
            return Permit(probe=False)
        if self._probing:
            return None
        self._probing = True
        return Permit(probe=True)

    def record(self, permit: Permit, error_class: ErrorClass | None) -> None:
        """Takes a permit back with the outcome of its call. `stopped` says nothing about the model."""
        if permit.probe:
            self._probing = False
        if error_class in OUTAGE:
            self._in_a_row += 1
        elif error_class != "stopped":
            self._in_a_row = 0
