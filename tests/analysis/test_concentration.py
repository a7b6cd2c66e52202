"""Concentration of the open pipeline: what it is exactly, and what losing the largest does."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis.concentration import SCHEMA, concentration_frame, without_deal
from quotarisk.analysis.exact import exact_p_hit, rep_sources
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Variant, variant_of
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.paths import draw_rep
from quotarisk.simulation.simulation import answered_periods, setting_of
from tests.analysis.cases import make, open_deal, segment

PATHS = 4_000
QUOTA = 30_000.0


def _team(**told: Any) -> Scenario:
    deals = [
        open_deal(1, 20, amount=25_000.0),
        open_deal(2, 5),
        open_deal(3, 40, amount=15_000.0),
        open_deal(1, 10, amount=90_000.0, rep="Bo"),
    ]
    reps = [
        {"name": "Ana", "group": "East", "quota": {"month": QUOTA}},
        {"name": "Bo", "group": "East", "quota": {"month": QUOTA}},
        {"name": "Cy", "quota": {"month": QUOTA}},
    ]
    return make(
        {"s": segment(opps=1.0, win=0.4)}, *reps, **{"open_deals": deals, "months": 3, **told}
    )


def _frame(scenario: Scenario, **told: Any) -> pl.DataFrame:
    return concentration_frame(variant_of(scenario, 1), **{"paths": PATHS, **told})


def _variant(scenario: Scenario) -> Variant:
    return variant_of(scenario, 1)


def test_shares() -> None:
    """A deal without an amount counts with the mean size; of the team the largest of all."""
    frame = _frame(_team(), paths=50).unique("name", keep="first", maintain_order=True)
    rows = {row["name"]: row for row in frame.iter_rows(named=True)}

    assert ["Ana", "Bo", "East", "Team"] == list(rows)  # Cy has no listed deals
    assert (3, 50_000.0, "Ana-1", 0.5) == tuple(
        rows["Ana"][key] for key in ("deals", "open_amount", "deal", "amount_share")
    )
    assert (1, 1.0) == (rows["Bo"]["deals"], rows["Bo"]["amount_share"])
    for unit in ("East", "Team"):
        assert ("Bo-1", "Bo", 90_000.0, 90 / 140) == tuple(
            rows[unit][key] for key in ("deal", "rep", "amount", "amount_share")
        )


def _exact(scenario: Scenario, name: str) -> dict[str, float]:
    """Mean P(hit) of a rep by cadence, by Fourier transform."""
    task = next(task for task in rep_tasks(scenario) if task.rep.name == name)
    periods, setting = answered_periods(scenario), setting_of(scenario, 0)
    sources = rep_sources(task, setting, periods)
    found: dict[str, list[float]] = {}
    for row, period in enumerate(periods):
        quota = QUOTA * len(period.month_names)
        found.setdefault(period.cadence, []).append(exact_p_hit(sources, row, quota))
    return {cadence: float(np.mean(chances)) for cadence, chances in found.items()}


@pytest.mark.parametrize("name", ["Ana", "Bo"])
def test_chances_are_exact(name: str) -> None:
    """With the deal and without it: the P(hit) of the scenario in which it was never listed."""
    scenario = _team()
    lost = f"{name}-1"
    rest = tuple(deal for deal in scenario.open_deals if deal.deal != lost)
    reps = tuple(
        rep if rep.name != "Bo" or name != "Bo" else rep.model_copy(update={"pipeline": "empty"})
        for rep in scenario.reps
    )
    without = scenario.model_copy(update={"open_deals": rest, "reps": reps})
    before, after = _exact(scenario, name), _exact(without, name)

    rows = _frame(scenario).filter(level="rep", name=name)

    assert ["month", "quarter"] == rows["cadence"].to_list()
    for row in rows.iter_rows(named=True):
        cadence = row["cadence"]
        assert abs(row["p_hit"] - before[cadence]) < 4 * row["p_hit_se"]
        assert abs(row["p_hit_lost"] - after[cadence]) < 4 * row["p_hit_lost_se"]
        assert abs(row["change"] - (after[cadence] - before[cadence])) < 4 * row["change_se"]
        assert abs(row["change"]) > 4 * row["change_se"]  # the control: it does matter


def test_other_deals_keep_their_luck() -> None:
    """No path books more without the deal, and none loses more than it would have booked."""
    variant = _variant(_team())
    task, setting = variant.tasks["Ana"], variant.setting
    before = draw_rep(task, setting, paths=500).sum(axis=0)
    after = draw_rep(without_deal(task, task.open_deals[0]), setting, paths=500).sum(axis=0)

    assert {0.0, 2_500_000.0} == set((before - after).tolist())


def test_the_last_deal_leaves_nothing_open() -> None:
    """Who loses the only listed deal does not start with a steady pipeline instead."""
    variant = _variant(_team())
    task, setting = variant.tasks["Bo"], variant.setting
    lost = without_deal(task, task.open_deals[0])

    assert () == lost.open_deals
    month = draw_rep(lost, setting, paths=500)[0]
    assert month.sum() <= draw_rep(task, setting, paths=500)[0].sum()
    assert "empty" == lost.rep.pipeline


def test_some_reps() -> None:
    """Who is named alone, without groups and the team; as in the answer about all."""
    some = _frame(_team(), paths=100, reps=["Ana"])
    every = _frame(_team(), paths=100)

    assert every.filter(level="rep", name="Ana").equals(some)


def test_nothing_open() -> None:
    """No rows, in the same columns; so it is where nobody of those named has any."""
    assert SCHEMA == dict(_frame(_team(open_deals=[])).schema)
    assert 0 == _frame(_team(), reps=["Cy"]).height


def test_without_quotas() -> None:
    """The share is told, and no chance."""
    reps = [{"name": "Ana"}]
    scenario = make({"s": segment(size=0.0)}, *reps, open_deals=[open_deal(1, 5)], months=3)
    row, *_ = _frame(scenario, paths=50).iter_rows(named=True)

    assert (None, None, None) == (row["cadence"], row["p_hit"], row["amount_share"])
