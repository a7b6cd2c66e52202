"""Simulation-based calibration: intervals of parameters that made a history hold these.

Histories of small teams are simulated from known parameters and cut off at the end of a year.
What the fit says of each rep in each segment is a central 80 % interval, which must hold the
truth about so often (Talts et al., *Validating Bayesian inference algorithms with
simulation-based calibration*, 2018, https://arxiv.org/abs/1804.06788). The reps differ by
lognormal factors, not by the Gamma factors of the fit, hence an acceptance of 74 to 86 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from quotarisk.calibration.history import History
from quotarisk.calibration.plain import Calibration, fit_plain
from quotarisk.scenario.figures import LawSpec
from quotarisk.scenario.laws import BetaLaw
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.terms import Terms, terms_of
from tests.calibration.fits import sold_by
from tests.calibration.worlds import AS_OF, SINCE, world

FIRST, WORLDS, CONTROLS = 0, 84, 24  # seeds of worlds from the first on
SCORE = 1.2815515655446004  # half of a central 80 % interval
LOW, HIGH = 0.74, 0.86  # what is accepted


class Held(NamedTuple):
    """Whether intervals of a rep in a segment hold the truth."""

    win_rate: bool
    creation: bool
    size: bool
    won_cycle: bool
    lost_cycle: bool


def _close(log_ratio: float, spec: LawSpec) -> bool:
    """Whether a law's location is within the interval of its evidence."""
    return abs(log_ratio) <= SCORE * spec.factor_sd


def _median_off(true: LawSpec, found: LawSpec) -> float:
    return math.log(float(true.law.ppf(0.5)) / float(found.law.ppf(0.5)))


def _held(row: dict[str, Any], true: Terms, found: Terms) -> Held:
    win_rate, rate = true.win_rate.mean, true.opps_per_week.mean
    size = math.log(true.deal_size.law.mean / found.deal_size.law.mean)
    return Held(
        win_rate=row["win_rate_low"] <= win_rate <= row["win_rate_high"],
        creation=row["opps_per_week_low"] <= rate <= row["opps_per_week_high"],
        size=_close(size, found.deal_size),
        won_cycle=_close(
            _median_off(true.won_cycle_days, found.won_cycle_days), found.won_cycle_days
        ),
        lost_cycle=_close(
            _median_off(true.lost_cycle_days, found.lost_cycle_days), found.lost_cycle_days
        ),
    )


def _compare(truth: Scenario, made: Calibration) -> list[Held]:
    """Compare what the table and the scenario say with the truth, for each rep and segment."""
    true = {rep.name: rep for rep in truth.reps}
    found = {rep.name: rep for rep in made.scenario.reps}
    return [
        _held(
            row,
            terms_of(truth, true[row["rep"]], row["segment"]),
            terms_of(made.scenario, found[row["rep"]], row["segment"]),
        )
        for row in made.frame.iter_rows(named=True)
    ]


@cache
def histories() -> list[tuple[Scenario, History]]:
    """Teams with what they sold in a year, as it is known on its last day."""
    truths = [world(seed) for seed in range(FIRST, FIRST + WORLDS)]
    return [
        (truth, sold_by(truth, since=SINCE, until=AS_OF, seed=number))
        for number, truth in enumerate(truths, start=FIRST)
    ]


def open_deals_dropped(deals: pl.DataFrame) -> pl.DataFrame:
    """Forget what is open, as whoever looks at closed deals alone does."""
    return deals.filter(pl.col("outcome") != "open")


def open_deals_lost(deals: pl.DataFrame) -> pl.DataFrame:
    """Take what is open for lost on the last day."""
    is_open = pl.col("outcome") == "open"
    return deals.with_columns(
        closed=pl.when(is_open).then(pl.lit(AS_OF)).otherwise("closed"),
        outcome=pl.when(is_open).then(pl.lit("lost")).otherwise("outcome"),
    )


@cache
def coverage(
    change: Callable[[pl.DataFrame], pl.DataFrame] | None = None, *, worlds: int = WORLDS
) -> dict[str, tuple[float, float]]:
    """Share of intervals that hold the truth, with its standard error by world."""
    shares = []
    for truth, history in histories()[:worlds]:
        deals = history.deals if change is None else change(history.deals)
        made = fit_plain(replace(history, deals=deals), as_of=AS_OF, benchmarks="none")
        shares.append(np.mean(_compare(truth, made), axis=0))
    errors = np.std(shares, axis=0, ddof=1) / math.sqrt(worlds)
    return dict(zip(Held._fields, zip(np.mean(shares, axis=0), errors, strict=True), strict=True))


def test_worlds_are_small() -> None:
    """Nine reps of ten have 10 to 40 deals; a good part of all deals is open on the last day."""
    counts = np.concatenate(
        [history.deals.group_by("rep").len()["len"].to_numpy() for _, history in histories()]
    )
    assert np.mean((counts >= 10) & (counts <= 40)) > 0.9
    still_open = sum(
        history.deals.filter(pl.col("outcome") == "open").height for _, history in histories()
    )
    assert still_open > 0.2 * counts.sum()


@pytest.mark.parametrize("figure", Held._fields)
def test_intervals_hold_the_truth(figure: str) -> None:
    """Of 80 % intervals of each figure 74 to 86 % hold the truth that made the history."""
    share, error = coverage()[figure]
    assert error < 0.03
    assert LOW <= share <= HIGH


def test_naive_win_rates_do_not() -> None:
    """Negative control: won / (won + lost) with its own interval, Beta(+1/2, +1/2), fails."""
    held = []
    for truth, history in histories():
        reps = {rep.name: rep for rep in truth.reps}
        closed = open_deals_dropped(history.deals).group_by("rep", "segment")
        for (name, segment), deals in closed:
            won = int((deals["outcome"] == "won").sum())
            law = BetaLaw(won + 0.5, deals.height - won + 0.5)
            rate = terms_of(truth, reps[str(name)], str(segment)).win_rate.mean
            held.append(float(law.ppf(0.1)) <= rate <= float(law.ppf(0.9)))
    assert np.mean(held) < LOW


@pytest.mark.parametrize(
    ("change", "figures"),
    [
        (open_deals_dropped, ["win_rate", "creation", "lost_cycle"]),
        (open_deals_lost, ["win_rate", "lost_cycle"]),
    ],
)
def test_a_fit_without_censoring_does_not(
    change: Callable[[pl.DataFrame], pl.DataFrame], figures: list[str]
) -> None:
    """Negative control: with open deals dropped, or taken for lost, the same test fails."""
    found = coverage(change, worlds=CONTROLS)
    for figure in figures:
        assert found[figure][0] < LOW
