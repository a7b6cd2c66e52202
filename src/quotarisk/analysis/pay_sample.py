"""What a rep books and earns under a mix, path by path, in the period that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from quotarisk.analysis.glance import longest_row
from quotarisk.analysis.pay_packages import Package, counted_in, month_slice
from quotarisk.simulation.crediting import credit_rep
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.paths import draw_rep
from quotarisk.simulation.variants import Variant

Which = tuple[int, int | None]  # number of a package, and of one of its incentives or none


@dataclass(frozen=True)
class Sample:
    """A mix on some paths; amounts in cents.

    Parameters
    ----------
    booked
        ``[paths]`` from the start on; what is booked to date is `booked_before`.
    pay
        ``[paths]`` by package; and without one of its incentives.
    spif
        ``[paths]`` what an incentive pays.
    """

    booked: Array = field(repr=False)
    pay: Mapping[Which, Array] = field(repr=False)
    spif: Mapping[Which, Array] = field(repr=False)


def booked_before(package: Package) -> float:
    """What is booked to date in the periods that a package pays for, in cents.

    Periods that ended before the start are paid, and their bookings are no part of what this pay
    is for.
    """
    return float(package.contract.certain[list(package.inside)].sum())


def arrays_of(packages: tuple[Package, ...]) -> int:
    """How many arrays of paths does a sample hold?"""
    return 1 + sum(1 + 2 * len(package.incentives) for package in packages)


def draw_sample(
    base: Variant, task: RepTask, packages: tuple[Package, ...], *, paths: int
) -> Sample:
    """Simulate a rep at work on a mix, and pay what comes of it under each package.

    Parameters
    ----------
    base
        The scenario as it is.
    task
        The rep's, under the mix.
    packages
        Plans that pay the rep.
    paths
        How many of the paths, from the first on.
    """
    setting, today = base.setting, base.tasks[task.rep.name]
    usual = None
    if setting.correction.own_history and task is not today:
        # weeks of the past that are repeated follow what the model makes of the mix
        usual = draw_rep(today, setting, paths=paths).mean(axis=1)
    credited = credit_rep(task, setting, paths=paths, count=counted_in(packages), usual=usual)
    row = longest_row(base.keys)
    months = month_slice(base.periods[row])
    pay: dict[Which, Array] = {}
    spif: dict[Which, Array] = {}
    for number, package in enumerate(packages):
        pay[number, None] = package.pay(credited)
        for place, incentive in enumerate(package.incentives):
            pay[number, place] = package.pay(credited, incentive.without)
            spif[number, place] = package.spif_pay(credited, incentive.alone)
    booked = credited.booked[:, months].sum(axis=(0, 1))
    return Sample(np.asarray(booked), pay, spif)
