from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from quotarisk.analysis.backtest import Backtest
from quotarisk.caution import Caution
from quotarisk.reporting.backtests import card_table, draw_backtest, verdict


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
    }


def _backtest(*rows: dict[str, object], cautions: tuple[Caution, ...] = ()) -> Backtest:
    origins = pl.DataFrame({"origin": [date(2026, 8, 31), date(2026, 9, 30)]})
    return Backtest(pl.DataFrame(rows), origins, cautions, "deals.csv")


def test_verdict() -> None:
    """Better or worse than the best naive forecast, by how much, at each horizon of the reps."""
    found = _backtest(_row("rep", 1, 0.89), _row("team", 1, 2.0), _row("rep", 3, 1.02))

    assert (
        "over a month errors are 11% smaller than those of the best naive forecast; over 3 months "
        "errors are 2% larger than those of the best naive forecast."
    ) == verdict(found)


def test_verdict_without_reps() -> None:
    """Where no rep was scored the team speaks."""
    assert verdict(_backtest(_row("team", 1, 0.5))).startswith(
        "over a month errors are 50% smaller"
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


def test_without_cautions() -> None:
    """Nothing doubtful, no block of cautions."""
    assert "!" not in draw_backtest(_backtest(_row("rep", 1, 0.9)), width=80)
