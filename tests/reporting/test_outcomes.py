"""Labelled columns of what comes of a choice."""

from __future__ import annotations

import polars as pl

from quotarisk.reporting.outcomes import (
    CHANCES,
    MEAN,
    answered,
    changes_of,
    draw_row,
    largest_error,
)


def test_changes() -> None:
    """Of chances in points, of amounts in money, each with its error."""
    mean, month, *_ = changes_of((MEAN, *CHANCES))

    assert ("mean_change", "money", "mean_change_se") == (mean.key, mean.format, mean.error)
    assert ("p_hit_month_change", "points") == (month.key, month.format)


def test_cadences_that_are_not_answered() -> None:
    """A scenario of a quarter has no year."""
    frame = pl.DataFrame({"mean": [1.0], "p_hit_month": [0.5], "p_hit_quarter": [0.5]})

    assert [MEAN, *CHANCES[:2]] == list(answered((MEAN, *CHANCES), frame))


def test_pictures() -> None:
    """Columns that are not there are not drawn."""
    assert "··········m·········" == draw_row({"p_hit_month": 0.5, "p_hit_quarter": None})


def test_largest_error() -> None:
    """The largest of some columns, nothing where there is no figure."""
    frame = pl.DataFrame(
        {"p_hit_month_se": [0.001, 0.005], "p_hit_quarter_se": [0.002, None]},
    )
    none = pl.DataFrame({"mean_se": [None]}, schema={"mean_se": pl.Float64})

    assert "±1.0" == largest_error(frame, CHANCES[:2])
    assert "" == largest_error(none, [MEAN])
