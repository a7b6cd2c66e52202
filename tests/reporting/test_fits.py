from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from quotarisk.calibration.plain import Calibration
from quotarisk.caution import Caution
from quotarisk.reporting.fits import draw_fit, fits_table, headline
from quotarisk.scenario.scenario import Scenario


@pytest.fixture
def calibration() -> Calibration:
    """Two reps in two segments; Ben has closed nothing."""
    frame = pl.DataFrame(
        {
            "rep": ["Ana", "Ana", "Ben"],
            "segment": ["small", "large", "small"],
            "closed": [30, 10, 0],
            "won": [15, 1, 0],
            "open": [5, 2, 1],
            "stalled": [1, 0, 0],
            "stalled_value": [900.0, 0.0, 0.0],
            "win_rate": [0.4, 0.1, 0.3],
            "win_rate_low": [0.3, 0.05, 0.1],
            "win_rate_high": [0.5, 0.2, 0.5],
            "stall_rate": [0.1, 0.1, 0.1],
            "opps_per_week": [3.0, 1.0, 0.5],
            "won_cycle_p50": [30.0, None, 28.0],
            "own_weight": [0.6, 0.2, 0.0],
            "team_weight": [0.4, 0.8, 0.9],
            "benchmark_weight": [0.0, 0.0, 0.1],
        }
    )
    return Calibration(
        scenario=Scenario(name="Made up", start=date(2027, 1, 1)),
        frame=frame,
        cautions=(Caution("drift", (), "Wins come faster."),),
        findings=(),
        as_of=date(2026, 12, 31),
        source="deals.csv",
        quota_note="no quotas were given",
    )


def test_a_row_a_rep(calibration: Calibration) -> None:
    """Counts add up over segments, rates are mixed by the rep's own creation."""
    rows = fits_table(calibration).frame.rows_by_key("rep", named=True, unique=True)

    ana = rows["Ana"]
    assert (40, 16, 7, 1) == (ana["closed"], ana["won"], ana["open"], ana["stalled"])
    assert (3 * 0.4 + 0.1) / 4 == pytest.approx(ana["win_rate"])
    assert 0.4 == ana["naive_win_rate"]
    assert 0.4 - (3 * 0.4 + 0.1) / 4 == pytest.approx(ana["naive_error"])
    assert 4.0 == ana["opps_per_week"]
    assert 0.5 == pytest.approx(ana["own_weight"])


def test_what_is_not_known_is_left_out_of_a_mix(calibration: Calibration) -> None:
    """A segment without a win has no cycle, and the rep's is that of the others."""
    rows = fits_table(calibration).frame.rows_by_key("rep", named=True, unique=True)

    assert 30.0 == pytest.approx(rows["Ana"]["won_cycle_p50"])


def test_nothing_closed_has_no_naive_rate(calibration: Calibration) -> None:
    """Nothing divided by nothing is a dash, not a nought."""
    rows = fits_table(calibration).frame.rows_by_key("rep", named=True, unique=True)

    assert (None, None) == (rows["Ben"]["naive_win_rate"], rows["Ben"]["naive_error"])


def test_headline(calibration: Calibration) -> None:
    """Which deals, of whom, known when, and where the quotas come from."""
    assert (
        "40 closed and 8 open deals of 2 reps in 2 segments, as known on 2026-12-31.",
        "No quotas were given.",
    ) == headline(calibration)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_screen(calibration: Calibration, width: int) -> None:
    """Name, answer, table, cautions and source, at any width."""
    lines = draw_fit(calibration, width=width).splitlines()

    assert "Made up" == lines[0]
    assert "from deals.csv" == lines[-1]
    assert "! Wins come faster." in lines
    assert max(map(len, lines)) <= width


def test_no_cautions(calibration: Calibration) -> None:
    """Without cautions there is no empty block."""
    assert "!" not in draw_fit(replace(calibration, cautions=()), width=80)
