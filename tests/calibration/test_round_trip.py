"""Round trip: what a known scenario sold, exported, read and fitted, gives its P(hit) back.

The truth runs from the same day with the same open deals as the fit. What a fit cannot know of
its parameters makes its chances err, so several histories of the one truth are looked at.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.calibration.generating import generate_history, write_history
from quotarisk.calibration.history import History
from quotarisk.calibration.plain import fit_plain
from quotarisk.calibration.reading import read_history
from quotarisk.calibration.sizes import HALF_LIFE_DAYS
from quotarisk.kernel.arrays import Floats
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate

SINCE, AS_OF, MONTHS = date(2022, 1, 1), date(2024, 12, 31), 3
PATHS, HISTORIES, CONTROLS = 2_000, 8, 4
REPS = {"Ana": (3.0, 0.35), "Bo": (2.0, 0.25), "Cy": (2.5, 0.45), "Di": (1.5, 0.3)}
SIZE = 10_000.0
QUOTA_SHARE = 0.95  # of the mean bookings of a month in the long run
WIDE = 2.25  # p90 of sizes over their median
LOG_SD = math.log(WIDE) / 1.2815515655
MEAN_SIZE = SIZE * math.exp(LOG_SD**2 / 2)
Seen = Literal["as it is", "open deals forgotten"]


def team(*, win_factor: float = 1.0) -> Scenario:
    """Make the truth, or one whose reps win less."""
    reps = []
    for name, (rate, win_rate) in REPS.items():
        month = QUOTA_SHARE * rate * 52.18 / 12 * win_rate * MEAN_SIZE
        figures = {"opps_per_week": rate, "win_rate": win_rate * win_factor}
        reps.append(
            {
                "name": name,
                "segments": {"a": figures},
                "quota": {"month": round(month), "quarter": round(3 * month)},
            }
        )
    usual = {
        "stall_rate": 0.1,
        "deal_size": {"median": SIZE, "p90": WIDE * SIZE},
        "won_cycle_days": {"median": 40.0, "p90": 90.0},
        "lost_cycle_days": {"median": 30.0, "p90": 80.0},
    }
    return Scenario.model_validate(
        {
            "name": "Team",
            "start": AS_OF + timedelta(days=1),
            "months": MONTHS,
            "segments": {"a": usual},
            "reps": reps,
            "booked": [],
        }
    )


class Chances(NamedTuple):
    """P(hit) of reps and team by month and quarter."""

    p_hit: Floats  # [units and periods]
    error: Floats  # its Monte Carlo error


def chances_of(scenario: Scenario, seed: int) -> Chances:
    """Run a scenario."""
    answer = estimate_attainment(simulate(scenario, paths=PATHS, seed=seed, workers=1))
    rows = answer.frame.filter(pl.col("cadence") != "year", pl.col("quota").is_not_null())
    return Chances(rows["p_hit"].to_numpy(), rows["p_hit_se"].to_numpy())


@cache
def sold(seed: int) -> History:
    """Write what the truth sold in three years as an export, and read it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "deals.csv"
        write_history(path, generate_history(team(), since=SINCE, until=AS_OF, seed=seed))
        return read_history(path)


@cache
def fitted(seed: int, seen: Seen) -> Scenario:
    """Fit an export."""
    history = sold(seed)
    if seen == "open deals forgotten":
        closed = history.deals.filter(pl.col("outcome") != "open")
        history = replace(history, deals=closed)
    quotas = {rep.name: rep.quota for rep in team().reps}
    return fit_plain(history, as_of=AS_OF, months=MONTHS, quotas=quotas, benchmarks="none").scenario


@cache
def differences(
    seen: Seen = "as it is", *, win_factor: float = 1.0, histories: int = CONTROLS
) -> Chances:
    """``[histories, units and periods]`` fitted less true P(hit), and Monte Carlo errors."""
    off, errors = [], []
    for seed in range(histories):
        told = chances_of(fitted(seed, seen), 2 * seed)
        true = true_chances(seed, win_factor)
        off.append(told.p_hit - true.p_hit)
        errors.append(np.hypot(told.error, true.error))
    return Chances(np.array(off), np.array(errors))


@cache
def true_chances(seed: int, win_factor: float) -> Chances:
    """Run the truth from the export's last day, with the export's open deals."""
    truth = team(win_factor=win_factor)
    update = {"open_deals": fitted(seed, "as it is").open_deals}
    return chances_of(truth.model_copy(update=update), 2 * seed + 1)


def errors_of_fits() -> Floats:
    """``[units and periods]`` by how much P(hit) errs since figures were learnt from counts.

    A rep's mean bookings are rate times win rate times mean size. From N opportunities, n of
    them won, the error of their logarithm is ``sqrt(1/N + (1 - p) / n + sigma^2 / n_eff)``, where
    ``n_eff`` wins count for sizes, which are weighted by their recency; that times the slope
    of P(hit), found by two more runs, is the error of P(hit).
    """
    weeks = (AS_OF - SINCE).days / 7
    shares, logs = [], []
    for rate, win_rate in REPS.values():
        opps = rate * weeks
        won = opps * win_rate
        recent = rate * win_rate * 2 * HALF_LIFE_DAYS / math.log(2) / 7
        logs.append(math.sqrt(1 / opps + (1 - win_rate) / won + LOG_SD**2 / min(recent, won)))
        shares.append(rate * win_rate)
    of_team = float(np.hypot.reduce(np.multiply(shares, logs)) / sum(shares))
    periods = MONTHS + MONTHS // 3
    log_errors = np.repeat([*logs, of_team], periods)
    up, down = (true_chances(0, factor).p_hit for factor in (1.1, 0.9))
    return np.asarray((up - down) / math.log(1.1 / 0.9) * log_errors)


def off_in_errors(found: Chances) -> Floats:
    """``[units and periods]`` mean difference over histories in standard errors."""
    fits = len(found.p_hit)
    error = np.hypot(errors_of_fits(), found.error.mean(axis=0)) / math.sqrt(fits)
    return np.asarray(found.p_hit.mean(axis=0) / error)


def test_p_hit_comes_back() -> None:
    """Each P(hit) of reps and team is within 4 of the summed errors, by month and quarter."""
    found = differences(histories=HISTORIES)
    assert (4 + 1) * (MONTHS + 1) == found.p_hit.shape[1]
    assert (np.abs(found.p_hit) < 4 * np.hypot(errors_of_fits(), found.error)).all()


def test_p_hit_is_not_biased() -> None:
    """Over histories the differences average to none, within 4 standard errors."""
    assert (np.abs(off_in_errors(differences(histories=HISTORIES))) < 4).all()


def test_differences_are_as_large_as_expected() -> None:
    """Differences scatter as the errors say: not half, and not twice as much."""
    found = differences(histories=HISTORIES)
    scores = found.p_hit / np.hypot(errors_of_fits(), found.error)
    assert 0.5 < float(np.sqrt((scores**2).mean())) < 1.5


def test_forgotten_open_deals_are_missed() -> None:
    """Negative control: a fit that forgets open deals is too low, for the team by far."""
    off = off_in_errors(differences("open deals forgotten"))
    assert (off < 0).all()
    assert (off[-(MONTHS + 1) :] < -4).all()


def test_another_truth_is_told_apart() -> None:
    """Negative control: a truth of win rates a quarter lower is far off for the team."""
    off = off_in_errors(differences(win_factor=0.75))
    assert (off > 0).all()
    assert (off[-(MONTHS + 1) :] > 4).all()
