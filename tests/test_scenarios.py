"""Every file of scenarios/ loads, runs and says what it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import quotarisk as qr

FOLDER = Path(__file__).parent.parent / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))


def test_the_scenarios_are_there() -> None:
    """A glob that finds nothing would make the tests below pass for nothing."""
    assert 6 <= len(FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_runs_and_agrees_with_the_exact_check(file: Path) -> None:
    """Every rep gets its chances, and where an exact value exists it is met."""
    scenario = qr.load_scenario(file)
    simulation = qr.simulate(scenario, paths=4_000, seed=3)
    attainment = qr.estimate_attainment(simulation).frame
    cadence = qr.compare_cadences(simulation).frame
    assert [rep.name for rep in scenario.reps] == cadence["name"].to_list()
    assert attainment["p_hit"].is_between(0, 1).drop_nulls().all()
    far = attainment.filter((attainment["p_hit_z"].abs() > 4) | (attainment["mean_z"].abs() > 4))
    assert 0 == far.height


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_opens_with_what_it_shows(file: Path) -> None:
    """A reader knows after three lines why the file exists."""
    opening = file.read_text(encoding="utf-8").split("\n\nname")[0]
    assert opening.startswith("# ")
    assert "What it shows:" in opening


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_survives_being_written_and_read(file: Path, tmp_path: Path) -> None:
    """Tables and all, a scenario is the same after `write_scenario` and `load_scenario`."""
    scenario = qr.load_scenario(file)
    qr.write_scenario(scenario, tmp_path / "again.toml")
    assert scenario.fingerprint == qr.load_scenario(tmp_path / "again.toml").fingerprint


def test_finance_plan_is_over_assigned_and_uncertain() -> None:
    """Finance's scenario shows what it says: quotas above a plan that is made every other time."""
    scenario = qr.load_scenario(FOLDER / "finance_plan.toml")
    frame = qr.estimate_attainment(qr.simulate(scenario, paths=4_000, seed=3)).frame
    year = frame.filter(cadence="year")
    team = year.filter(level="team").row(0, named=True)
    quotas = year.filter(level="rep")["quota"].to_numpy()
    chances = year.filter(level="rep")["p_hit"].to_numpy()

    assert (30, 3, 3) == (
        len(scenario.reps),
        len({rep.group for rep in scenario.reps}),
        len(scenario.stress),
    )
    assert 1.05 <= quotas.sum() / team["quota"] <= 1.2
    assert 0.35 <= team["p_hit"] <= 0.65
    assert np.quantile(chances, 0.1) < 0.25 < 0.5 < np.quantile(chances, 0.95)
    assert 0.3 <= chances.mean() <= 0.4
