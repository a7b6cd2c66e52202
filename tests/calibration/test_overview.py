"""The overview: a row for each rep and segment, the naive win rate beside the fitted one."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from quotarisk.calibration.overview import is_stalled, oldest_close, overview
from tests.calibration.fits import (
    DEALS,
    creation_of,
    deals_of,
    fitted_of,
    hazards_of,
    monthly_of,
    pairs_of,
    snapshot_of,
)

HAZARDS = hazards_of(np.full((2, 6), 0.01), rep=np.ones((2, 2)), segment=np.ones((2, 2)))
NO_WEIGHT = np.zeros(2)
OPEN = deals_of(("Ana", "large", date(2025, 1, 1), None, "open", 5.0))


def test_one_row_for_each_rep_and_segment() -> None:
    """Rows come in the order of reps and segments, also where there are no deals."""
    table = overview(fitted_of(), HAZARDS, NO_WEIGHT)
    rows = [("Ana", "large"), ("Ana", "small"), ("Bo", "large"), ("Bo", "small")]
    assert rows == list(table.select("rep", "segment").iter_rows())


def test_counts() -> None:
    """Closed, won and open deals are counted; a rep without deals has none, and no naive rate."""
    table = overview(fitted_of(), HAZARDS, NO_WEIGHT)
    assert [2, 0, 0, 1] == table["closed"].to_list()
    assert [1, 0, 0, 1] == table["won"].to_list()
    assert [0, 1, 0, 1] == table["open"].to_list()
    assert [0.5, None, None, 1.0] == table["naive_win_rate"].to_list()
    assert [0.2, None, None, 0.7] == pytest.approx(table["naive_error"].to_list())


def test_stalled() -> None:
    """Open deals older than the oldest close are stalled: their number and their value."""
    assert 30 == oldest_close(snapshot_of())
    table = overview(fitted_of(), HAZARDS, NO_WEIGHT)
    assert [0, 1, 0, 0] == table["stalled"].to_list()
    assert [0.0, 70.0, 0.0, 0.0] == table["stalled_value"].to_list()


def test_nothing_is_stalled_at_the_age_of_the_oldest_close() -> None:
    """An open deal as old as the oldest close may close yet; a day later it is stalled."""
    closed = DEALS.filter(pl.col("closed").is_not_null())
    for created, stalled in ((date(2026, 3, 1), 0), (date(2026, 2, 28), 1)):
        deals = pl.concat([closed, deals_of(("Bo", "small", created, None, "open", None))])
        snapshot = snapshot_of(deals)
        assert stalled == deals.select(is_stalled(snapshot).sum()).item()


def test_where_nothing_closed_nothing_is_stalled() -> None:
    """Without a close nobody knows how long deals take."""
    assert oldest_close(snapshot_of(OPEN)) is None
    assert 0 == OPEN.select(is_stalled(snapshot_of(OPEN)).sum()).item()


def test_intervals() -> None:
    """Intervals hold 80 % by the normal law, within what is possible."""
    pairs = pairs_of(win_rate_sd=np.array([[0.05, 0.05], [0.0, 3.0]]), win_odds_sd=0.0)
    table = overview(fitted_of(pairs=pairs), HAZARDS, NO_WEIGHT)
    low, high = table["win_rate_low"].to_list(), table["win_rate_high"].to_list()
    assert [0.3 - 1.28155 * 0.05, 0.3, 0.0] == pytest.approx([low[0], low[2], low[3]], rel=1e-4)
    assert [0.3 + 1.28155 * 0.05, 0.3, 1.0] == pytest.approx([high[0], high[2], high[3]], rel=1e-4)


def test_intervals_hold_what_all_reps_share() -> None:
    """Doubt about the odds of all reps adds to a rep's own, as it does in the simulation."""
    pairs = pairs_of(win_rate_sd=np.full((2, 2), 0.03), win_odds_sd=0.2)
    row = overview(fitted_of(pairs=pairs), HAZARDS, NO_WEIGHT).row(0, named=True)
    doubt = (0.03**2 + (0.2 * 0.3 * 0.7) ** 2) ** 0.5
    assert 0.3 + 1.28155 * doubt == pytest.approx(row["win_rate_high"], rel=1e-4)
    assert 0.3 - 1.28155 * doubt == pytest.approx(row["win_rate_low"], rel=1e-4)


def test_creation_is_that_of_the_months_to_come() -> None:
    """Rates are a past month's, at the pace of the months to come."""
    creation = creation_of(monthly=monthly_of(future=(0.1, 0.2, 0.3)))
    row = overview(fitted_of(creation=creation), HAZARDS, NO_WEIGHT).row(0, named=True)
    pace = np.exp(0.2)
    assert 2.0 * pace == pytest.approx(row["opps_per_week"])
    assert (2.0 - 1.28155 * 0.5) * pace == pytest.approx(row["opps_per_week_low"], rel=1e-4)
    assert (2.0 + 1.28155 * 0.5) * pace == pytest.approx(row["opps_per_week_high"], rel=1e-4)


def test_cycles() -> None:
    """Cycles are shown at a tenth, the half and nine tenths; unknown ones are empty."""
    unknown = np.full_like(pairs_of().lost_cycle, np.nan)
    table = overview(fitted_of(pairs=pairs_of(lost_cycle=unknown)), HAZARDS, NO_WEIGHT)
    shown = [table[f"won_cycle_{part}"][0] for part in ("p10", "p50", "p90")]
    assert [30 * 4.0**-0.4, 30.0, 30 * 4.0**0.4] == pytest.approx(shown, rel=1e-6)
    assert [None] * 4 == table["lost_cycle_p50"].to_list()


def test_weights_add_up() -> None:
    """What a win rate rests on is the rep, the team and the benchmarks, 1 in all."""
    weights = np.array([0.25, 0.0])
    table = overview(fitted_of(), HAZARDS, weights)
    assert [0.25, 0.0] * 2 == table["benchmark_weight"].to_list()
    assert [0.3, 0.4] * 2 == pytest.approx(table["own_weight"].to_list())
    total = table.select(pl.sum_horizontal("own_weight", "team_weight", "benchmark_weight"))
    assert [1.0] * 4 == pytest.approx(total.to_series().to_list())
