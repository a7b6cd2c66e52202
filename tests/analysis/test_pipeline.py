"""What open deals are worth."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.analysis.pipeline import price_pipeline
from quotarisk.scenario.terms import terms_of
from quotarisk.simulation.simulation import simulate
from tests.simulation.cases import open_deals, scenario_of

NOTHING_NEW = {"opps_per_week": 0.0}


def test_chances_by_hand() -> None:
    """W S_won(a) over w S_won(a) + l S_lost(a) + s, with the survival of each cycle's law."""
    scenario = scenario_of(open_deals=open_deals(0, 40))
    terms = terms_of(scenario, scenario.reps[0], "small")
    won, lost = terms.won_cycle_days.law, terms.lost_cycle_days.law

    found = price_pipeline(scenario)

    assert [0, 40] == found["age_days"].to_list()
    for age, chance in found.select("age_days", "p_won").iter_rows():
        win, lose = 0.35 * float(won.sf(age)), 0.60 * float(lost.sf(age))
        assert chance == pytest.approx(win / (win + lose + 0.05), rel=1e-6)
    assert found["worth"].to_list() == pytest.approx(
        [chance * terms.deal_size.law.mean for chance in found["p_won"]]
    )


def test_worth_is_what_is_booked_in_the_end() -> None:
    """In a long horizon without new deals the mean booked is the worth, and not the amount."""
    deals = open_deals(5, 30, 60, amount=10_000.0)
    scenario = scenario_of(NOTHING_NEW, open_deals=deals, months=60)
    booked = simulate(scenario, paths=20_000).bookings("Ana").sum(axis=0)
    found = price_pipeline(scenario)
    error = booked.std() / np.sqrt(booked.size)

    assert abs(booked.mean() - found["worth"].sum()) < 4 * error
    assert abs(booked.mean() - found["amount"].sum()) > 4 * error


def test_no_open_deals() -> None:
    """An empty table has its columns."""
    assert ["deal", "rep", "segment"] == price_pipeline(scenario_of()).columns[:3]
