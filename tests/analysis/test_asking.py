from __future__ import annotations

import pytest

import quotarisk as qr
from quotarisk.analysis.asking import Asked, asked_of, provenance_of
from quotarisk.simulation.simulation import DEFAULT_PATHS


@pytest.fixture(scope="module")
def scenario() -> qr.Scenario:
    """A team of the scenarios that everybody has."""
    return qr.load_scenario("scenarios/saas_team.toml")


@pytest.fixture(scope="module")
def simulation(scenario: qr.Scenario) -> qr.Simulation:
    """The team on few paths."""
    return qr.simulate(scenario, paths=20, seed=7)


def test_a_scenario_has_the_usual_paths_and_seed(scenario: qr.Scenario) -> None:
    """What is not said is as in `simulate`; what is said holds, 0 and 2 included."""
    assert Asked(scenario, DEFAULT_PATHS, 0) == asked_of(scenario, None, None)
    assert Asked(scenario, 2, -3) == asked_of(scenario, 2, -3)
    assert Asked(scenario, 50, 0) == asked_of(scenario, 50, 0)


def test_a_simulation_brings_its_own(simulation: qr.Simulation) -> None:
    """A simulation's paths and seed may be left out or repeated."""
    expected = Asked(simulation.scenario, 20, 7)

    assert expected == asked_of(simulation, None, None)
    assert expected == asked_of(simulation, 20, 7)


@pytest.mark.parametrize(
    ("paths", "seed", "expected"),
    [
        (30, None, "paths must be left out or be the simulation's 20, got 30"),
        (20, 0, "seed must be left out or be the simulation's 7, got 0"),
    ],
)
def test_a_simulation_is_not_contradicted(
    simulation: qr.Simulation, paths: int | None, seed: int | None, expected: str
) -> None:
    """Other paths or another seed than the simulation's would silently not be used."""
    with pytest.raises(qr.ArgumentError, match=f"^{expected}$"):
        asked_of(simulation, paths, seed)


def test_anything_else_is_refused() -> None:
    """A file's name is no scenario."""
    with pytest.raises(qr.ArgumentError, match=r"a Scenario or a Simulation, got a str$"):
        asked_of("team.toml", None, None)  # type: ignore[arg-type]


def test_the_source_is_the_simulations(simulation: qr.Simulation) -> None:
    """What tells where figures come from is the same by both ways."""
    assert simulation.provenance == provenance_of(simulation.scenario, 20, 7)
