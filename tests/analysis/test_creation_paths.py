"""Opportunities on each path: their law, and that they are those of which deals are won."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from quotarisk.analysis.creation_paths import by_stream, draw_created
from quotarisk.scenario.figures import LawSpec
from quotarisk.simulation.crediting import credit_rep
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.paths import simulate_rep
from quotarisk.simulation.simulation import setting_of
from tests.analysis.blends import starving
from tests.analysis.cases import make, open_deal, segment

PATHS = 2_000
MARKET = {"creation": 0.3, "win_odds": 0.5}
SEGMENTS = {
    "small": segment(
        opps={"opps": 30, "weeks": 20}, win={"won": 5, "of": 20}, inbound_opps_per_week=0.7
    ),
    "large": segment(opps=0.4, win=0.2),
}


def test_streams_are_the_same_bookings() -> None:
    """To tell streams apart changes no bit, with hours or without."""
    for scenario in (make(SEGMENTS, months=6, market=MARKET), starving()):
        (task,), setting = rep_tasks(scenario), setting_of(scenario, 5)

        whole = simulate_rep(task, setting, paths=300)

        assert np.array_equal(whole, credit_rep(by_stream(task), setting, paths=300).total)


def test_poisson_numbers() -> None:
    """Known rates give Poisson numbers: mean and variance by month are rate x weeks."""
    scenario = make({"s": segment(opps=3.0, win=0.1, cycle=90.0)}, months=3)
    (task,) = rep_tasks(scenario)

    (created,) = draw_created(task, setting_of(scenario, 1), paths=20_000)

    expected = 3.0 * np.array([31, 28, 31]) / 7
    se = np.sqrt(expected / 20_000)
    assert (np.abs(created.mean(axis=1) - expected) < 4 * se).all()
    assert created.var(axis=1) == pytest.approx(expected, rel=0.05)
    assert np.array_equal(created, np.rint(created))


def test_never_fewer_than_are_won() -> None:
    """Deals that are won on the day of their creation are some of the opportunities."""
    scenario = make(SEGMENTS, months=6, market=MARKET)
    (task,), setting = rep_tasks(scenario), setting_of(scenario, 3)
    every = by_stream(task)
    at_once = replace(
        every,
        rep=task.rep.model_copy(update={"pipeline": "empty"}),
        terms=tuple(replace(each, won_cycle_days=LawSpec(known=0.0)) for each in every.terms),
    )

    created = draw_created(task, setting, paths=PATHS)
    won = credit_rep(at_once, setting, paths=PATHS, count=True).wins

    assert won is not None
    assert (created >= won).all()
    assert (created.sum(axis=(1, 2)) > 2 * won.sum(axis=(1, 2))).all()


def test_open_deals_and_corrections_are_no_new_opportunities() -> None:
    """What is open already was created before; what is corrected are bookings."""
    plain = make({"s": segment()}, months=3)
    listed = make(
        {"s": segment()},
        months=3,
        open_deals=[open_deal(1, 10)],
        correction={"together": 0.5, "month_shape": 0.5},
    )
    usual, told = (
        draw_created(rep_tasks(each)[0], setting_of(each, 2), paths=200) for each in (plain, listed)
    )

    assert np.array_equal(usual, told)


def test_hours_make_opportunities() -> None:
    """A rep with hours creates what the loop says, shared as is expected in the long run."""
    scenario = starving()
    (task,), setting = rep_tasks(scenario), setting_of(scenario, 2)

    created = draw_created(task, setting, paths=500)

    assert created.shape == (3, 12, 500)
    assert by_stream(task).terms[1].stream == "inbound"
    assert created[0].max() == 0  # nobody makes what marketing brings
    weeks = 365 / 7
    assert created[1].sum(axis=0).mean() / weeks == pytest.approx(14.0, rel=0.1)
    assert created[2].max() == 0  # there is no time left

    (busy,) = rep_tasks(starving(hours_per_open_deal=0.2))
    assert (draw_created(busy, setting, paths=500).sum(axis=(1, 2)) > 0).tolist() == [0, 1, 1]


def test_hours_without_opportunities() -> None:
    """A rep with hours for whom there is nothing has none."""
    scenario = make(
        {"s": {"opps_per_week": 0.0, "win_rate": 0.3, "deal_size": 1.0, "won_cycle_days": 5.0}},
        {"name": "Ana", "hours_per_week": 40.0},
        months=2,
    )
    (task,) = rep_tasks(scenario)

    assert draw_created(task, setting_of(scenario, 2), paths=200).max() == 0
