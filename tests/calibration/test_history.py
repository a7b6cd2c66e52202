from __future__ import annotations

from quotarisk.calibration.history import Finding, findings_of


def test_rows_are_counted_once_and_three_are_shown() -> None:
    """A finding counts each row once and shows the first three of them."""
    places = [(9, "i"), (4, "d"), (2, "b"), (4, "again"), (7, "g")]

    assert (Finding("odd", "Left out.", 4, ("row 2: b", "row 4: d", "row 7: g")),) == findings_of(
        "odd", "Left out.", places
    )


def test_no_rows_no_finding() -> None:
    """What concerns no row is not said."""
    assert () == findings_of("odd", "Left out.", [])
