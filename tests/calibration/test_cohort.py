from __future__ import annotations

from datetime import date

import polars as pl

from quotarisk.calibration.cohort import cohort_of
from quotarisk.calibration.history import SCHEMA
from quotarisk.calibration.snapshot import Snapshot


def test_numbers_of_a_snapshot() -> None:
    """Deals enter at the age that they had when closes began to be recorded, and leave once."""
    rows = [
        ("a", "Ben", "new", date(2026, 1, 1), date(2026, 3, 1), "won"),
        ("b", "Ana", "old", date(2026, 2, 20), None, "open"),
        ("c", "Ben", "old", date(2026, 2, 10), date(2026, 2, 10), "lost"),
        ("d", "Cho", "new", date(2026, 1, 5), date(2026, 2, 9), "won"),
    ]
    names = ["deal", "rep", "segment", "created", "closed", "outcome"]
    deals = pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows], schema=SCHEMA)

    cohort = cohort_of(Snapshot(date(2026, 3, 31), deals, date(2026, 2, 10), truncated=True))

    assert [40, 0, 0] == cohort.entry.tolist()
    assert [59, 39, 0] == cohort.exit.tolist()
    assert [1, 0, 2] == cohort.cause.tolist()
    assert ([1, 0, 1], ("Ana", "Ben", "Cho")) == (cohort.rep.tolist(), cohort.reps)
    assert ([0, 1, 1], ("new", "old")) == (cohort.segment.tolist(), cohort.segments)
    assert [date(2026, 1, 1), date(2026, 2, 20), date(2026, 2, 10)] == [
        date.fromordinal(day) for day in cohort.created.tolist()
    ]
    assert (date(2026, 3, 31), date(2026, 2, 10)) == (
        date.fromordinal(cohort.as_of),
        date.fromordinal(cohort.observed_from),
    )
    assert ("float64", "int64", "int64") == (
        cohort.exit.dtype.name,
        cohort.cause.dtype.name,
        cohort.created.dtype.name,
    )
