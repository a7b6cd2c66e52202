from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from quotarisk.errors import RunError
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Rep
from quotarisk.scenario.writing import write_scenario
from tests.scenario.strategies import scenarios


@pytest.mark.filterwarnings("error")
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(scenario=scenarios(bound=True))
def test_round_trip(scenario: Scenario, tmp_path: Path) -> None:
    """Every valid scenario reads back from its files as the same scenario."""
    write_scenario(scenario, tmp_path / "team.toml")

    actual = load_scenario(tmp_path / "team.toml")

    assert () == find_faults(scenario)
    assert scenario == actual
    assert scenario.fingerprint == actual.fingerprint


def test_tables_beside_the_file(tmp_path: Path) -> None:
    """Bookings go to a table of their own, which is there though it be empty."""
    scenario = Scenario(name="T", start=date(2027, 1, 1), reps=(Rep(name="Ana"),), booked=())
    write_scenario(scenario, str(tmp_path / "team.v2.toml"))

    assert {"team.v2.toml", "team.v2.booked.csv"} == {path.name for path in tmp_path.iterdir()}
    assert "rep,date,amount\n" == (tmp_path / "team.v2.booked.csv").read_text()
    assert 'booked = "team.v2.booked.csv"' in (tmp_path / "team.v2.toml").read_text()


@pytest.mark.parametrize("path", ["missing/team.toml", "folder", "."])
def test_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A path that cannot be written is an error that names it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    scenario = Scenario(name="T", start=date(2027, 1, 1))

    with pytest.raises(RunError, match=f"^{path} cannot be written: "):
        write_scenario(scenario, path)
