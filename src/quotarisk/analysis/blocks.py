"""Errors of a run under a correction that ties or spreads bookings: see `sectioning`."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from quotarisk.caution import Caution
from quotarisk.periods import CADENCES
from quotarisk.scenario.correction import Correction
from quotarisk.simulation.comparing import Seen, Variant, compare, variant_of
from quotarisk.simulation.estimates import Array, Estimate
from quotarisk.simulation.measures import CadenceMeasures, Measures, PeriodMeasures, Unit, measure
from quotarisk.simulation.sectioning import Blocks, blocks_of
from quotarisk.simulation.simulation import Simulation

_FIGURES = ("sd", "quantiles", "shortfall", "low", "worst")

_known: dict[int, Simulation] = {}


def _periods(
    told: PeriodMeasures, parts: Sequence[PeriodMeasures], blocks: Blocks
) -> PeriodMeasures:
    def of(name: str) -> Array:
        return np.stack([getattr(part, name) for part in parts], axis=-1)

    sizes = np.diff(blocks.starts, append=blocks.paths)
    hits_se = blocks.share_error(told.hits / blocks.paths, of("hits") / sizes, told.hits_se)
    errors = {
        f"{name}_se": blocks.error(getattr(told, name), of(name), getattr(told, f"{name}_se"))
        for name in _FIGURES
    }
    mean_se = blocks.mean_error(told.mean, of("mean"))
    return told._replace(
        # what is the same on all paths cannot be spread
        hits_se=np.where(told.sd > 0, hits_se, told.hits_se),
        mean_se=np.where(mean_se > 0, mean_se, told.sd / np.sqrt(blocks.paths)),
        **errors,
    )


def _cadences(
    told: CadenceMeasures, parts: Sequence[CadenceMeasures], blocks: Blocks
) -> CadenceMeasures:
    def chance(figure: Estimate, of: list[Estimate]) -> Estimate:
        values = np.array([part.value for part in of])
        error = blocks.share_error(np.array(figure.value), values, np.array(figure.se))
        return Estimate(figure.value, float(error))

    def amount(figure: Estimate, of: list[Estimate]) -> Estimate:
        values = np.array([part.value for part in of])
        error = blocks.error(np.array(figure.value), values, np.array(figure.se))
        return Estimate(figure.value, float(error))

    p_hit = {c: chance(told.p_hit[c], [part.p_hit[c] for part in parts]) for c in CADENCES}
    difference = amount(told.difference, [part.difference for part in parts])
    # the crossover is as much less exact as the difference that turns there
    wider = difference.se / told.difference.se if told.difference.se > 0 else 1.0
    return replace(
        told,
        p_hit=p_hit,
        periods_hit={
            c: Estimate(told.periods_hit[c].value, p_hit[c].se * told.periods[c]) for c in CADENCES
        },
        p_all={c: chance(told.p_all[c], [part.p_all[c] for part in parts]) for c in CADENCES},
        n_eff={c: amount(told.n_eff[c], [part.n_eff[c] for part in parts]) for c in CADENCES},
        false_alarm=chance(told.false_alarm, [part.false_alarm for part in parts]),
        difference=difference,
        crossover=Estimate(told.crossover.value, told.crossover.se * wider),
    )


def _by_month(simulation: Simulation, starts: tuple[int, ...]) -> Variant:
    """Make months of the horizon the periods that are looked at, without what is booked to date."""
    scenario = simulation.scenario
    months = scenario.horizon.periods("month")
    none = np.zeros(len(months))
    units = {
        (unit.level, unit.name): Unit(
            unit.level, unit.name, unit.group, np.full(len(months), np.nan), none, none
        )
        for unit in (measures.unit for measures in simulation.units)
    }
    plain = variant_of(scenario, simulation.seed)
    return replace(plain, units=units, periods=months, starts=starts)


def _measured_apart(simulation: Simulation, blocks: Blocks) -> list[list[Measures]]:
    """Measure each unit on each block, in the order of the simulation's units."""
    units = {(each.unit.level, each.unit.name): each.unit for each in simulation.units}

    def read(seen: Seen) -> list[Measures]:
        unit, (booked,) = units[seen.level, seen.name], seen.booked
        return [
            measure(np.ascontiguousarray(booked[:, first:end]), unit, simulation.periods)
            for first, end in blocks.edges
        ]

    variant = _by_month(simulation, blocks.starts)
    found = {
        (level, name): parts
        for level, name, parts in compare([variant], read, paths=simulation.paths)
    }
    return [found[key] for key in units]


def _with_errors(simulation: Simulation, blocks: Blocks) -> Simulation:
    found = [
        replace(
            told,
            periods=_periods(told.periods, [part.periods for part in parts], blocks),
            cadence=_cadences(told.cadence, [part.cadence for part in parts], blocks),
        )
        for told, parts in zip(simulation.units, _measured_apart(simulation, blocks), strict=True)
    ]
    reps, groups = len(simulation.reps), len(simulation.groups)
    return replace(
        simulation,
        reps=tuple(found[:reps]),
        groups=tuple(found[reps : reps + groups]),
        team=found[-1],
    )


def block_cautions(correction: Correction, paths: int) -> Iterator[Caution]:
    """Say that errors are a bound where a correction moves few paths to many."""
    blocks = blocks_of(correction, paths)
    if blocks is not None and blocks.wider > 1:
        yield Caution(
            "errors_by_blocks",
            (),
            "The correction spreads bookings, which makes paths depend on each other: errors are "
            f"told from {len(blocks.starts)} blocks of paths that are corrected one by one, and "
            f"widened {blocks.wider:.2g} times, a bound.",
        )


def with_block_errors(simulation: Simulation) -> Simulation:
    """How exact are a run's figures where a correction makes its paths depend on each other?

    Parameters
    ----------
    simulation
        From `simulate`.

    Returns
    -------
    Simulation
        The same figures. Where the correction ties or spreads bookings, with errors of 4 to 16
        blocks of paths that are drawn again and corrected each on its own (told to 18 % where
        there are 16), a bound where few paths are moved to many; else the very same.
    """
    blocks = blocks_of(simulation.scenario.correction, simulation.paths)
    if blocks is None:
        return simulation
    key = id(simulation)
    if key not in _known:  # several answers of one run ask for it
        _known[key] = _with_errors(simulation, blocks)
        weakref.finalize(simulation, _known.pop, key, None)
    return _known[key]
