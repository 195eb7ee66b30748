"""Sparing sessions the wait for a model that is down."""

from grading.model.breaker import Breaker, Permit
from grading.model.errors import OUTAGE


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        permit = breaker.admit()
        assert permit is not None
        breaker.record(permit, "unavailable")


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=3)
    fail(breaker, 2)
    breaker.record(Permit(probe=False), None)
    fail(breaker, 2)
    assert not breaker.open
    fail(breaker, 1)
    assert breaker.open


def test_a_fault_of_one_session_is_no_outage() -> None:
    breaker = Breaker(failures=1)
    for fault in ("refused", "cut_off", "wrong_shape", "invented_quotes", "bad_request"):
        assert fault not in OUTAGE
        breaker.record(Permit(probe=False), fault)
    assert not breaker.open


def test_while_open_one_probe_at_a_time_goes_through() -> None:
    breaker = Breaker(failures=1)
    fail(breaker, 1)
    probe = breaker.admit()
    assert probe == Permit(probe=True)
    assert breaker.admit() is None
    breaker.record(Permit(probe=False), "timeout")  # a call from before it opened
    assert breaker.admit() is None
    breaker.record(probe, "timeout")
    assert breaker.admit() == Permit(probe=True)


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker = Breaker(failures=1)
    fail(breaker, 1)
    breaker.record(Permit(probe=True), None)
    assert not breaker.open


def test_a_stop_says_nothing_about_the_model() -> None:
    breaker = Breaker(failures=1)
    fail(breaker, 1)
    breaker.record(Permit(probe=True), "stopped")
    assert breaker.open
    assert breaker.admit() is not None
