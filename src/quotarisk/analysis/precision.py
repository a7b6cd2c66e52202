"""As many paths as it takes: until no chance's standard error is larger than was asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.errors import ArgumentError, RunError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import LEAST_PATHS, Progress, Simulation, simulate
from quotarisk.simulation.spreading import Executor

FINEST, COARSEST = 5e-4, 0.1
FIRST = 2_000  # paths that tell how many it takes
STEP = 1_000  # numbers of paths are whole multiples of it
MOST = 1_100_000  # paths: what the finest error takes of an even chance, and a little more
_MOST_ROUNDS = 4
_ROOM = 1.02  # a little more than the errors seen so far say, for these are estimates


class Plan(NamedTuple):
    """How many paths it takes, and how long these may last.

    Parameters
    ----------
    paths
        Number of paths.
    seconds
        At the pace of those that have been simulated.
    error
        The largest standard error of a chance so far.
    """

    paths: int
    seconds: float
    error: float


def check_precision(precision: object) -> float:
    """Which standard error of a chance is asked for?

    Raises
    ------
    ArgumentError
        If it is no number in the range.
    """
    if (
        isinstance(precision, int | float)
        and not isinstance(precision, bool)
        and FINEST <= precision <= COARSEST
    ):
        return float(precision)
    raise ArgumentError(
        f"precision must be a standard error of P(hit) from {FINEST:g} to {COARSEST:g}, "
        f"got {precision!r}"
    )


def _largest_error(simulation: Simulation) -> float:
    """The largest standard error of P(hit) of anybody in any period; 0 without quotas."""
    error = estimate_attainment(simulation).frame["p_hit_se"].max()
    return float(error) if isinstance(error, float) else 0.0


def simulate_to(
    scenario: Scenario,
    precision: float,
    *,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    tell: Callable[[Plan], None] | None = None,
) -> Simulation:
    """What may the team book, on as many paths as it takes?

    Paths are added until the standard error of every P(hit) of a rep, group or the team in a
    month, quarter or year is at most ``precision``. The first ones are always the same: the
    result is that of `simulate` with as many paths, bit by bit.

    Parameters
    ----------
    scenario, seed, workers, executor, progress
        As `simulate` takes them.
    precision
        From 0.0005 to 0.1: 0.002 are 0.2 points.
    tell
        Called with the plan before the paths of each round are simulated.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range.
    RunError
        If no number of paths is enough, as may be where a correction ties paths.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> simulation = simulate_to(scenario, 0.01, seed=7)
    >>> simulation.paths
    3000
    """
    precision = check_precision(precision)

    def run(paths: int, shown: Progress | None = None) -> Simulation:
        return simulate(
            scenario,
            paths=paths,
            seed=seed,
            workers=workers,
            executor=executor,
            progress=shown,
        )

    run(LEAST_PATHS)  # so that no compiling is timed
    paths = FIRST
    for _ in range(_MOST_ROUNDS):
        begun = time.perf_counter()
        simulation = run(paths, progress if paths > FIRST else None)
        seconds = time.perf_counter() - begun
        error = _largest_error(simulation)
        if error <= precision:
            return simulation
        more = math.ceil(paths * (error / precision) ** 2 * _ROOM / STEP) * STEP
        if more > MOST:
            break
        if tell is not None:
            tell(Plan(more, seconds * more / paths, error))
        paths = more
    raise RunError(
        f"standard errors of {precision:g} are out of reach: {error:.2g} with {paths:,} paths; "
        "ask for less, or name a number of paths"
    )
