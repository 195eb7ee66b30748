"""A whole migration with people at work: the flag goes 0 → 50 → 0 → 100 during the backfill, and no request fails."""

from operating import Old
from traffic import Traffic

from support import until


def test_no_person_sees_a_request_fail_while_the_migration_runs(old: Old) -> None:
    old.migrate("prepare")
    total = old.pending()
    with Traffic(old) as traffic:
        process = old.start("backfill", "--batch", "20", "--pause", "60")
        for percentage, share in (("50", 0.8), ("0", 0.5), ("100", 0.25)):
            until(lambda: old.pending() <= total * share or bool(traffic.failures), 60)  # noqa: B023
            old.migrate("rollout", percentage)
        assert process.wait(90) == 0
        reads = traffic.reads
        until(lambda: traffic.reads > reads + 20 or bool(traffic.failures), 60)
    assert traffic.failures == []
    assert traffic.reads > 50
    assert traffic.flips > 0
    assert len(traffic.waits) > 50
    old.migrate("backfill")
    assert old.pending() == 0
    old.migrate("verify")
    assert old.sql("select count(*) from training_migration.pending_out") == [0]
    kept = old.sql(
        """select reason from training.legacy_quarantine
            union select regexp_replace(each, '^\\d+ ', '') from training.legacy_originals, unnest(reasons) each order by 1"""
    )
    assert kept == [
        "lines without a known speaker or words",
        "no user",
        "not a transcript",
        "texts over 4000 characters, split",
        "the user has no profile, and none can be made",
    ]
