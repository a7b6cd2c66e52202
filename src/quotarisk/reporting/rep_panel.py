"""What the page's panel of a rep reads off: curves, in numbers to draw and in words to show."""

from __future__ import annotations

from typing import Any, cast

import polars as pl

from quotarisk.analysis.curves import Curves
from quotarisk.periods import CADENCES, MONTHS_IN
from quotarisk.reporting.formats import write_error, write_money, write_share
from quotarisk.reporting.namesakes import name_unit
from quotarisk.reporting.results import Results
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.estimates import proportion_se
from quotarisk.simulation.simulation import Level

Unit = tuple[Level, str]
Chances = dict[str, float]


def _told_quota(quotas: list[float]) -> str:
    """Say what a quota is, or between which amounts it lies."""
    low, high = write_money(min(quotas)), write_money(max(quotas))
    return low if low == high else f"{low} to {high}"


def _today(rows: pl.DataFrame, chances: Chances, currency: str) -> tuple[str, float]:
    """Say what the quotas are and how likely they are hit, and what the first is a month."""
    told, monthly = [], 0.0
    for cadence in CADENCES:
        held = rows.filter(cadence=cadence).drop_nulls("p_hit")
        if held.is_empty():
            continue
        quotas = held["quota"].to_list()
        monthly = monthly or quotas[0] / MONTHS_IN[cadence]
        # one and the same quota is what the curves are read off at; others need their own words
        chance = "" if len(set(quotas)) == 1 else f" (P(hit) {write_share(chances[cadence])} %)"
        told.append(f"{_told_quota(quotas)} a {cadence}{chance}")
    if not told:
        return "None of these periods has a quota.", monthly
    return f"Today's quota: {', '.join(told)}; in {currency}.", monthly


def _index(amounts: list[float], monthly: float) -> int:
    """Find where on the curve a quota lies."""
    return min(range(len(amounts)), key=lambda index: abs(amounts[index] - monthly))


def _chances(results: Results, unit: Unit, rows: pl.DataFrame) -> Chances:
    """Mean P(hit) by cadence: a rep's as the cadence answer has it."""
    level, name = unit
    if level == "rep":
        row = results.cadence.frame.row(by_predicate=pl.col("name") == name, named=True)
        return {cadence: row[f"p_hit_{cadence}"] for cadence in CADENCES}
    means = rows.drop_nulls("p_hit").group_by("cadence").agg(pl.col("p_hit").mean())
    return dict(means.iter_rows())


def _unit(
    unit: Unit, curve: pl.DataFrame, rows: pl.DataFrame, chances: Chances, scenario: Scenario
) -> dict[str, Any]:
    cadences = curve.partition_by("cadence", maintain_order=True)
    shown: dict[str, Any] = {}
    monthly: list[float] = []
    for frame in cadences:
        cadence = frame["cadence"][0]
        amounts, shares = frame["amount"].to_list(), frame["p_at_least"].to_list()
        months = {"month": 1, "quarter": 3, "year": 12}[cadence]
        monthly = [round(amount / months, 2) for amount in amounts]
        shown[cadence] = {
            "amounts": [write_money(amount) for amount in amounts],
            "p": [round(share, 4) for share in shares],
            "told": [
                "100" if amount == 0 else write_share(share)
                for amount, share in zip(amounts, shares, strict=True)
            ],
        }
    today, quota = _today(rows, chances, scenario.currency)
    level, name = unit
    return {
        "level": level,
        "name": name_unit(level, name, scenario),
        "x": monthly,
        "words": [write_money(amount) for amount in monthly],
        "today": today,
        "start": _index(monthly, quota or monthly[-1] / 2),
        "hasQuota": quota > 0,
        "cadences": shown,
    }


def fill_panel(results: Results, curves: Curves) -> dict[str, Any]:
    """What can the panel show? Reps first, then groups and the team.

    Returns
    -------
    dict
        ``currency``, ``error`` (how far a chance may be off, at most, in words) and ``units``:
        ``level``, ``name`` (no one else's), ``x`` (quotas a month), ``words`` (the same as they
        are written), ``today`` (the quotas, in words), ``start`` (where in ``x`` the present
        quota lies), ``hasQuota`` and, by cadence, what belongs to each x: ``amounts`` in words,
        the chances ``p``, and ``told``, the same in words.
    """
    frame, scenario = results.attainment.frame, results.scenario
    rows = dict(frame.group_by("level", "name", maintain_order=True))
    units = []
    for key, curve in curves.survival.group_by("level", "name", maintain_order=True):
        unit: Unit = (cast(Level, key[0]), str(key[1]))
        chances = _chances(results, unit, rows[key])
        units.append(_unit(unit, curve, rows[key], chances, scenario))
    paths = results.provenance.paths
    worst = float(proportion_se(paths / 2, paths))
    return {
        "currency": scenario.currency,
        "error": f"Each chance is good to {write_error(worst, 'share')} points (95 %), or better.",
        "units": units,
    }
