from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from quotarisk.analysis.backtest import Backtest
from quotarisk.caution import Caution
from quotarisk.reporting.backtests import card_table, draw_backtest, draw_share, verdict

SAID = pl.DataFrame(
    {
        "level": ["rep", "rep"],
        "above": [0.0, 0.4],
        "up_to": [0.2, 0.6],
        "chances": [12, 40],
        "hits": [0, 30],
        "said": [0.1, 0.52],
        "came": [0.0, 0.75],
        "came_se": [None, 0.06],
    }
)


def _row(level: str, months: int, ratio: float) -> dict[str, object]:
    return {
        "level": level,
        "months": months,
        "forecasts": 12,
        "windows": 6.0,
        "crps": 9_500.0,
        "best_naive": "weekly_bootstrap_13",
        "ratio": ratio,
        "ratio_se": 0.1,
        "coverage_50": 0.5,
        "coverage_80": 0.78,
        "coverage_95": 0.96,
        "brier_ratio": 0.9,
        "brier_ratio_se": 0.05,
    }


def _backtest(*rows: dict[str, object], cautions: tuple[Caution, ...] = ()) -> Backtest:
    origins = pl.DataFrame({"origin": [date(2026, 8, 31), date(2026, 9, 30)]})
    note = "quotas as given"
    return Backtest(pl.DataFrame(rows), origins, origins, SAID, cautions, "deals.csv", note)


def test_verdict() -> None:
    """Better or worse than the best naive forecast, by how much, at each horizon of the reps."""
    found = _backtest(_row("rep", 1, 0.89), _row("team", 1, 2.0), _row("rep", 3, 1.02))

    assert (
        "over a month errors for each rep are 11% smaller than those of the best naive forecast; "
        "over 3 months errors for each rep are 2% larger than those of the best naive forecast."
    ) == verdict(found)


def test_verdict_without_reps() -> None:
    """Where no rep was scored the team speaks."""
    assert verdict(_backtest(_row("team", 1, 0.5))).startswith(
        "over a month errors for the team are 50% smaller"
    )


def test_naive_forecasts_have_words() -> None:
    """The best naive forecast is named as people would."""
    assert ["own last 13 weeks"] == card_table(_backtest(_row("rep", 1, 0.9))).frame[
        "best"
    ].to_list()


@pytest.mark.parametrize("width", [60, 80, 160])
def test_screen(width: int) -> None:
    """Question, verdict, table, cautions and source, at any width."""
    caution = Caution("few_windows", ("rep",), "They prove little.")
    lines = draw_backtest(
        _backtest(_row("rep", 1, 0.89), cautions=(caution,)), width=width
    ).splitlines()

    assert "Would these forecasts have been right?" == lines[0]
    assert "! They prove little." in lines
    assert "from deals.csv" in " ".join(lines[-2:])
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(
    ("came", "said", "drawn"),
    [
        (0.0, 0.0, "|···················"),
        (1.0, 1.0, "███████████████████|"),
        (0.2, 0.6, "████·······|········"),
        (0.6, 0.2, "███|████████········"),
    ],
)
def test_picture(came: float, said: float, drawn: str) -> None:
    """What came is a bar, what was said a mark."""
    assert drawn == draw_share(came, said)


def test_reliability() -> None:
    """Chances are held against what came, and it is said of which quotas."""
    lines = draw_backtest(_backtest(_row("rep", 1, 0.9)), width=120).splitlines()
    (row,) = (line for line in lines if "40 to 60 %" in line)
    assert ["52", "75.0", "±12.0", "30/40"] == row.split()[5:9]
    assert "Of quotas as given." in " ".join(lines)


def test_without_chances() -> None:
    """Where there was no quota there is no picture."""
    found = replace(_backtest(_row("rep", 1, 0.9)), reliability=SAID.head(0))
    assert "P(hit) of" not in draw_backtest(found, width=120)


def test_without_cautions() -> None:
    """Nothing doubtful, no block of cautions."""
    assert "!" not in draw_backtest(_backtest(_row("rep", 1, 0.9)), width=80)


def test_about_even() -> None:
    """A difference that rounds to nothing is told as none."""
    assert "errors for each rep are about as large as those" in verdict(
        _backtest(_row("rep", 1, 1.002))
    )
