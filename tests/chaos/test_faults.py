"""The plan of a fault run: replayable, and with everything in it."""

from prove.chaos.faults import KINDS, PARTS, plan
from standins.openai import FAULTS


def test_the_same_seed_plans_the_same_faults() -> None:
    assert plan(7, 300) == plan(7, 300)
    assert plan(7, 300) != plan(8, 300)
    assert plan(7, 300)[:10] == plan(7, 30)[:10]


def test_an_hour_has_every_fault_at_every_target() -> None:
    happened = {(fault.kind, fault.target) for fault in plan(1, 3600)}
    assert happened == {(kind, target) for kind, (_, _, targets) in KINDS.items() for target in targets}
    assert {(kind, part) for kind in ("kill", "restart", "freeze") for part in PARTS} <= happened
    assert set(FAULTS) <= {target for kind, target in happened if kind == "model"}


def test_the_faults_are_in_order_and_within_the_run() -> None:
    faults = plan(3, 600)
    assert faults == sorted(faults, key=lambda fault: fault.at)
    assert 0 < faults[0].at < faults[-1].at < 600
