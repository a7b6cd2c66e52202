"""Exposure: every day of every deal lies in one piece, whose month and band it has."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotarisk.calibration.cohort import Cohort
from quotarisk.calibration.exposure import (
    count_at_risk,
    cut_exposure,
    exposure_by_age,
    first_day_of,
    hazard_of,
    month_of,
)
from tests.calibration.cohorts import make_cohort, plain_truth

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def some() -> Cohort:
    """Sixty deals over fourteen months, closes of the first two unknown."""
    truth = plain_truth(reps=2)
    return make_cohort(np.random.default_rng(1), truth, deals=60, days=430, hidden_days=61)


@pytest.mark.parametrize(("last_age", "band_edge"), [(10_000, 40), (90, 40), (90, 1), (20, 30)])
def test_every_day_once(last_age: int, band_edge: int) -> None:
    """Going through the pieces, and through the calendar day by day, gives the same days."""
    cohort = some()
    pieces = cut_exposure(cohort, last_age=last_age, band_edge=band_edge)
    expected: Counter[tuple[int, int, int, int]] = Counter()
    for deal, created in enumerate(cohort.created.tolist()):
        for age in range(int(cohort.entry[deal]), min(int(cohort.exit[deal]), last_age) + 1):
            day = date.fromordinal(created + age)
            expected[deal, age, day.year * 12 + day.month - 1, int(age >= band_edge)] += 1
    actual: Counter[tuple[int, int, int, int]] = Counter()
    for deal, cell, first, last in zip(*(part.tolist() for part in pieces[:4]), strict=True):
        band, month = divmod(cell, pieces.months.size)
        for age in range(first, last + 1):
            actual[deal, age, int(pieces.months[month]), band] += 1
    assert expected == actual
    assert 1 == max(actual.values())


def test_months_are_those_observed() -> None:
    """Months run from the first day of observation to the day of the snapshot."""
    cohort = some()
    pieces = cut_exposure(cohort, last_age=200, band_edge=40)
    since = date.fromordinal(cohort.observed_from)
    assert since.year * 12 + since.month - 1 == pieces.months[0]
    assert 2024 * 12 + 8 == pieces.months[-1]
    assert (np.diff(pieces.months) == 1).all()


def test_expected_events_day_by_day() -> None:
    """Expected events of each deal are the sum over its days of hazard and multiplier."""
    cohort = some()
    rng = np.random.default_rng(2)
    pieces = cut_exposure(cohort, last_age=150, band_edge=40)
    months = pieces.months.size
    base, level = rng.uniform(0, 0.02, 151), rng.uniform(0.5, 2, 2 * months)
    expected = []
    for deal, created in enumerate(cohort.created.tolist()):
        total = 0.0
        for age in range(int(cohort.entry[deal]), min(int(cohort.exit[deal]), 150) + 1):
            day = date.fromordinal(created + age)
            month = day.year * 12 + day.month - 1 - int(pieces.months[0])
            total += float(base[age]) * float(level[month + months * (age >= 40)])
        expected.append(total)
    actual = np.bincount(pieces.deal, hazard_of(pieces, base) * level[pieces.cell], len(expected))
    assert expected == pytest.approx(actual)


def test_weight_by_age() -> None:
    """Exposure by age is the weight of the pieces that an age lies in."""
    pieces = cut_exposure(some(), last_age=150, band_edge=40)
    weight = np.random.default_rng(3).uniform(0, 2, pieces.deal.size)
    spans = list(zip(pieces.first.tolist(), pieces.last.tolist(), weight.tolist(), strict=True))
    expected = [sum(w for a, b, w in spans if a <= age <= b) for age in range(151)]
    assert expected == pytest.approx(exposure_by_age(pieces, weight, size=151), abs=1e-9)


def test_at_risk() -> None:
    """A deal is at risk on the ages of its entry and of its exit, and between them."""
    at_risk = count_at_risk(np.array([0, 2, 2]), np.array([0, 2, 4]), size=6)
    assert [1, 0, 2, 1, 1, 0] == at_risk.tolist()


@given(DAYS)
def test_months_of_days(day: date) -> None:
    """Months and their first days are those of the calendar."""
    month = int(month_of(np.array(day.toordinal())))
    assert day.year * 12 + day.month - 1 == month
    assert day.replace(day=1).toordinal() == int(first_day_of(np.array(month)))
