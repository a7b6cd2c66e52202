"""Bands of attainment, over-assignment and concentration under stress."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.risk import assess_risk
from quotarisk.analysis.stress import AS_IT_IS, stress_test
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation import passes
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import make, segment

PATHS = 300
STRESSES = {
    "gone": Stress(remove_reps=("Ana",)),
    "east_gone": Stress(remove_reps=("Ana", "Bo")),
    "low": Stress(win_rate=0.5),
}
REPS: tuple[dict[str, Any], ...] = (
    {"name": "Ana", "group": "East", "quota": {"month": 30_000}},
    {"name": "Bo", "group": "East", "quota": {"month": 20_000}},
    {"name": "Cy", "group": "West", "start_date": date(2027, 3, 1)},
)


def _team(**told: Any) -> Scenario:
    uncertain = segment(opps={"opps": 60, "weeks": 52}, win={"won": 20, "of": 60})
    team = {"quota": {"month": 40_000}}
    return make({"s": uncertain}, *REPS, months=6, team=team, **told)


@pytest.fixture(scope="module")
def answer() -> Answer:
    """Two reps with quotas, one without."""
    return stress_test(_team(), stresses=STRESSES, paths=PATHS, seed=7)


def test_as_it_is_bands_are_those_of_the_run(answer: Answer) -> None:
    """To the last digit, and so is what is assigned."""
    plain = assess_risk(simulate(_team(), paths=PATHS, seed=7))
    mine = answer.parts["bands"].filter(stress=AS_IT_IS).drop("stress")
    expected = plain.parts["bands"].filter(cadence="quarter")
    order = ["level", "name", "period", "band"]
    assert_frame_equal(mine.sort(order), expected.sort(order))
    told = ["quotas", "over_assignment", "reps", "reps_with_quota"]
    keys = ["level", "name", "period"]
    both = answer.parts["risk"].filter(stress=AS_IT_IS).join(plain.frame, on=keys, suffix="_run")
    for column in told:
        assert both[column].to_list() == both[f"{column}_run"].to_list()


def test_who_left_counts_no_more(answer: Answer) -> None:
    """Neither quota nor band; who is left does as before."""
    risk = answer.parts["risk"].filter(level="team", period="2027-Q1")
    told = {row["stress"]: row for row in risk.iter_rows(named=True)}
    assert 150_000 / 120_000 == told[AS_IT_IS]["over_assignment"] == told["low"]["over_assignment"]
    assert (60_000 / 120_000, 2, 1) == tuple(
        told["gone"][key] for key in ("over_assignment", "reps", "reps_with_quota")
    )
    keys = ("quotas", "over_assignment", "reps", "largest", "largest_share")
    assert [None, None, 1, "Cy", 1.0] == [told["east_gone"][key] for key in keys]
    east = answer.parts["risk"].filter(name="East", period="2027-Q1", stress="east_gone")
    assert [None, None, 0, None, None] == [east[key].item() for key in keys]
    bands = answer.parts["bands"].filter(period="2027-Q1")
    assert bands.filter(stress="east_gone").is_empty()
    assert {1} == set(bands.filter(stress="gone", level="team")["reps_with_quota"])
    sums = bands.group_by("stress", "level", "name").agg(pl.col("share").sum())
    np.testing.assert_allclose(sums["share"], 1.0)


def test_stress_moves_reps_down(answer: Answer) -> None:
    """With half the wins more end below half."""
    low = answer.parts["bands"].filter(band="<50", level="team", period="2027-Q1")
    share = dict(low.select("stress", "share").iter_rows())
    assert share["low"] > share[AS_IT_IS] + 0.05


def test_the_largest_part() -> None:
    """Is what its rep is expected to book of all; its error is seen over seeds."""
    rows = []
    for seed in range(30):
        found = stress_test(_team(), stresses={}, paths=PATHS, seed=seed)
        row = found.parts["risk"].filter(level="team", period="2027-Q2").row(0, named=True)
        means = found.frame.filter(period="2027-Q2")
        mine = means.filter(level="rep", name=row["largest"])["mean"].item()
        team = means.filter(level="team")["mean"].item()
        assert row["largest_share"] == pytest.approx(mine / team)
        assert means.filter(level="rep")["mean"].max() == mine
        west = found.parts["risk"].filter(name="West", period="2027-Q2").row(0, named=True)
        assert ("Cy", 1.0, 0.0) == (
            west["largest"],
            west["largest_share"],
            west["largest_share_se"],
        )
        rows.append((row["largest_share"], row["largest_share_se"]))
    share, error = np.array(rows).T
    # the largest of two alike: half as wide as each of them, and no wider
    assert share.std(ddof=1) < 1.5 * np.sqrt((error**2).mean())


def test_nothing_is_booked() -> None:
    """Then nobody books most."""
    quiet = make({"s": segment(opps=0.0)}, *REPS[:2], months=3)
    risk = stress_test(quiet, stresses={}, paths=20).parts["risk"]
    assert {None} == set(risk["largest"]) == set(risk["largest_share"])


def test_passes_change_no_bit(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little memory there is, periods and stresses are cut into pieces."""
    told: list[tuple[int, int]] = []
    for most in (8 * PATHS * 16, 8 * PATHS * 4, 1):
        monkeypatch.setattr(passes, "MOST_BYTES", most)
        other = stress_test(
            _team(), stresses=STRESSES, paths=PATHS, seed=7, progress=lambda *at: told.append(at)
        )
        assert_frame_equal(answer.frame, other.frame, check_exact=True)
        for key, part in answer.parts.items():
            assert_frame_equal(part, other.parts[key], check_exact=True)
        done, number = told[-1]
        assert done == number > len(REPS)
