"""The best of several choices in words."""

from __future__ import annotations

from typing import Any

import polars as pl

from quotarisk.reporting.best_choices import tell_best, write_gain


def _row(name: str, cadence: str, verdict: str, gain: float = 0.1) -> dict[str, Any]:
    return {
        "name": name, "cadence": cadence, "verdict": verdict, "p_hit_today": 0.4,
        "p_hit": 0.4 + gain, "gain": gain, "gain_se": 0.01, "mix": f"{name}'s",
    }  # fmt: skip


def _told(*rows: dict[str, Any]) -> list[str]:
    return list(tell_best(pl.DataFrame(rows), "mix", lambda row: f"with {row['mix']}"))


def test_gains() -> None:
    """Both chances, the gain and half its interval."""
    assert "60.0 % instead of 40.0 % (+20.0 points ±2.0)" == write_gain(
        _row("Ana", "month", "better", 0.2)
    )


def test_many_reps() -> None:
    """How many gain, and who gains most; cadences without quotas are not told."""
    (told,) = _told(
        _row("Ana", "month", "better"), _row("Bo", "month", "better", 0.2),
        _row("Cy", "month", "no clear gain", 0.3),
    )  # fmt: skip

    assert (
        "2 of 3 reps would hit clearly more often by the month with another mix; most of all Bo "
        "by the month with Bo's: 60.0 % instead of 40.0 % (+20.0 points ±2.0)." == told
    )


def test_many_reps_and_cadences() -> None:
    """In one sentence; a cadence in which nobody gains comes last."""
    (told,) = _told(
        _row("Ana", "month", "as today"), _row("Bo", "month", "as today"),
        _row("Ana", "quarter", "better"), _row("Bo", "quarter", "no clear gain", 0.4),
        _row("Ana", "year", "better", 0.2), _row("Bo", "year", "better"),
    )  # fmt: skip

    assert told.startswith(
        "1 of 2 reps would hit clearly more often by the quarter with another mix, 2 by the year, "
        "none by the month; most of all Ana by the year with Ana's: 60.0 %"
    )


def test_one_rep() -> None:
    """No number of reps is told of one."""
    month, year = _told(_row("Ana", "month", "as today"), _row("Ana", "year", "better"))

    assert "By the month no other mix clearly helps Ana." == month
    assert year.startswith("By the year Ana would hit clearly more often with Ana's: 50.0 %")


def test_nobody_gains() -> None:
    """Of several reps."""
    rows = [_row(name, "quarter", "no clear gain") for name in ("Ana", "Bo")]
    assert ["No other mix clearly helps any of 2 reps, by the quarter."] == _told(*rows)
    assert [] == list(tell_best(pl.DataFrame(rows).clear(), "mix", str))
