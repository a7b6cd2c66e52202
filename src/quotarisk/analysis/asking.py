"""What is asked about: a scenario on paths of its own, or the ones of a simulation."""

from __future__ import annotations

from typing import NamedTuple

from quotarisk.errors import ArgumentError
from quotarisk.scenario.limits import MOST_MONEY
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.listed import CENTS
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


def _is_number(told: object) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool)


def share_called(name: str, told: object) -> float:
    """Which share is asked for, such as a confidence?

    Raises
    ------
    ArgumentError
        If it does not lie between 0 and 1.
    """
    if isinstance(told, int | float) and _is_number(told) and 0 < told < 1:
        return float(told)
    raise ArgumentError(f"{name} must lie between 0 and 1, got {told!r}")


def cents_of_plan(told: object) -> float:
    """How much is planned, in cents?

    Raises
    ------
    ArgumentError
        If it is no amount that a scenario may hold.
    """
    if isinstance(told, int | float) and _is_number(told) and 1 / CENTS <= told <= MOST_MONEY:
        return float(round(told * CENTS))
    raise ArgumentError(f"plan must be an amount above 0, at most {MOST_MONEY:,.0f}, got {told!r}")
