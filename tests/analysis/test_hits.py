"""Chances of hitting quotas, held against what came."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis.hits import (
    brier_scores,
    hit_rows,
    period_name,
    quota_of_window,
    reliability_of,
    usual_quotas,
)
from quotarisk.analysis.naive import Bookings
from quotarisk.scenario.quotas import Amounts

ORIGINS = [date(2026, month, 1) - timedelta(days=1) for month in range(2, 12)]
QUOTAS: Amounts = {
    ("month", "2027-01"): 10.0,
    ("month", "2027-02"): 20.0,
    ("month", "2027-03"): 30.0,
    ("quarter", "2027-Q1"): 90.0,
}


def _rows(said: float, share: float, *, level: str = "rep", naive: float = 0.5) -> pl.DataFrame:
    """Ten origins, ten reps each, of which a share hits whatever was said."""
    rows = [
        {
            "level": level,
            "name": f"rep {rep}",
            "origin": origin,
            "days": 30,
            "hit": rep < 10 * share,
            "p_model": said,
            "p_normal": naive,
        }
        for origin in ORIGINS
        for rep in range(10)
    ]
    return pl.DataFrame(rows)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2027, 1, 1), 1, 10.0),
        (date(2027, 1, 1), 3, 90.0),
        (date(2027, 1, 1), 2, 30.0),
        (date(2027, 2, 1), 2, 50.0),
        (date(2027, 2, 1), 3, None),
        (date(2027, 4, 1), 1, None),
    ],
)
def test_quota_of_a_window(start: date, months: int, expected: float | None) -> None:
    """A window that is a period has its quota, another the sum of its months', if all have one."""
    assert expected == quota_of_window(QUOTAS, start, months, 1)


def test_fiscal_quarters() -> None:
    """Three months are a quarter where the fiscal year says so, else the sum of their months."""
    assert 60.0 == quota_of_window(QUOTAS, date(2027, 1, 1), 3, 2)
    assert ("2027-Q1", None) == tuple(period_name(date(2027, 1, 1), 3, m) for m in (1, 2))
    assert "2027-01" == period_name(date(2027, 1, 1), 1, 2)
    assert "2027" == period_name(date(2026, 7, 1), 12, 7)


def test_usual_quotas() -> None:
    """The mean of the windows before; nothing while none is over."""
    won = pl.DataFrame(
        {
            "rep": ["Ana", "Ana", "Bo"],
            "closed": [date(2026, 1, 5), date(2026, 2, 5), date(2026, 2, 6)],
            "amount": [100.0, 50.0, 30.0],
        }
    )
    bookings = Bookings(won, date(2026, 1, 1), ("Ana", "Bo", "Cy"))
    found = usual_quotas(bookings, date(2026, 3, 1), 30)
    assert {"Ana": 75.0, "Bo": 15.0, "Cy": 0.0} == found
    assert {} == usual_quotas(bookings, date(2026, 1, 20), 30)


def test_chances_of_quotas() -> None:
    """The share of samples that reach a quota, for each way; a quota of 0 asks nothing."""
    told = {"model": np.array([1.0, 2.0, 3.0, 4.0]), "previous": np.array([2.0])}
    found = list(hit_rows(told, 3.0, (0.0, 3.0, 5.0), {"name": "Ana"}))
    assert [
        {"name": "Ana", "quota": 3.0, "hit": True, "p_model": 0.5, "p_previous": 0.0},
        {"name": "Ana", "quota": 5.0, "hit": False, "p_model": 0.0, "p_previous": 0.0},
    ] == found


def test_brier_scores() -> None:
    """Mean squared errors, beside the best of the naive chances that are there throughout."""
    found = brier_scores(_rows(0.3, 0.3), ("normal", "pipeline"))
    assert 100 == found["chances"]
    assert found["brier"] == pytest.approx(0.3 * 0.7)
    assert "normal" == found["best_naive_brier"]
    assert found["brier_ratio"] == pytest.approx(0.21 / 0.25)
    nothing = brier_scores(_rows(0.3, 0.3).head(0), ("normal",))
    assert (0, None) == (nothing["chances"], nothing["brier"])


def test_reliability_of_right_chances() -> None:
    """Where three of ten were said and came, the table says so; where none came, that too."""
    right, wrong = reliability_of(_rows(0.3, 0.3)), reliability_of(_rows(0.3, 0.0))
    row = right.row(0, named=True)
    assert ("rep", 0.2, 0.4, 100) == tuple(row[k] for k in ("level", "above", "up_to", "chances"))
    assert [0.3, 0.3] == pytest.approx([row["said"], row["came"]])
    assert abs(row["said"] - row["came"]) <= 4 * row["came_se"]
    assert 0.0 == wrong["came"].item()


def test_reliability_by_fifths() -> None:
    """0 is in the first fifth, an edge in the fifth below it, few chances make no row."""
    rows = pl.concat([_rows(0.0, 0.0), _rows(0.4, 0.5), _rows(0.9, 1.0).head(4)])
    found = reliability_of(rows)
    assert [(0.0, 0.2), (0.2, 0.4)] == list(found.select("above", "up_to").iter_rows())
    assert reliability_of(rows.filter(level="team")).is_empty()


def test_one_origin_proves_nothing() -> None:
    """The error of what came is unknown where all was said on one day."""
    found = reliability_of(_rows(0.3, 0.3).filter(origin=ORIGINS[0]))
    assert [None] == found["came_se"].to_list()


def test_cents_are_not_lost_in_sums() -> None:
    """A quota that is reached to the cent is hit, though floats fall short of it."""
    came = 0.1 + 0.2 + 1000.3 - 0.000000001
    (row,) = hit_rows({"model": np.array([came])}, came, (1000.6,), {})
    assert (True, 1.0) == (row["hit"], row["p_model"])
