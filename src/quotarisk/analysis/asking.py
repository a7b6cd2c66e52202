"""What is asked about: a scenario on paths of its own, or the ones of a simulation."""

from __future__ import annotations

from typing import NamedTuple

from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import (
    DEFAULT_PATHS,
    Provenance,
    Simulation,
    package_version,
)

DEFAULT_SEED = 0


class Asked(NamedTuple):
    """A scenario with the luck that it is looked at under."""

    scenario: Scenario
    paths: int
    seed: int


def asked_of(asked: Scenario | Simulation, paths: int | None, seed: int | None) -> Asked:
    """Which scenario is meant, on how many paths and under which seed?

    Parameters
    ----------
    asked
        A scenario, or a simulation, which brings its scenario, paths and seed.
    paths, seed
        What was said besides; of a scenario the usual ones where they are left out.

    Raises
    ------
    ArgumentError
        If a simulation is contradicted, or something else is asked about.
    """
    if isinstance(asked, Simulation):
        for what, told, own in (("paths", paths, asked.paths), ("seed", seed, asked.seed)):
            if told is not None and told != own:
                raise ArgumentError(
                    f"{what} must be left out or be the simulation's {own:_}, got {told!r}"
                )
        return Asked(asked.scenario, asked.paths, asked.seed)
    if not isinstance(asked, Scenario):
        raise ArgumentError(
            f"asked about must be a Scenario or a Simulation, got a {type(asked).__name__}"
        )
    return Asked(
        asked,
        DEFAULT_PATHS if paths is None else paths,
        DEFAULT_SEED if seed is None else seed,
    )


def provenance_of(scenario: Scenario, paths: int, seed: int) -> Provenance:
    """Where do figures come from that are simulated by other means than `simulate`?"""
    return Provenance(scenario.name, scenario.fingerprint, seed, paths, package_version())
