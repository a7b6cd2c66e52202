"""Whose deals earned the pay: what a rep is paid on a path, shared among streams of deals.

SPIFs go to the streams that earn them. All other pay, base included, goes by credited bookings:
by what was booked times the plan's multiplier, in the same period.
"""

from __future__ import annotations

import numpy as np

from quotarisk.analysis.pay_packages import Package
from quotarisk.simulation.crediting import Credited
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS


def _cut(amounts: Array, weights: Array, usual: Array) -> Array:
    """Cut ``[paths]`` whole cents up by ``[parts, paths]`` weights, so that parts sum to them.

    Where all weights are 0 by the ``[parts]`` usual ones.
    """
    whole = weights.sum(axis=0)
    told = np.where(whole > 0, weights, usual[:, np.newaxis])
    reached = np.cumsum(told, axis=0)
    last = np.where(reached[-1] > 0, reached[-1], 1.0)
    edges = np.rint(reached / last * amounts)
    edges[-1] = amounts
    return np.diff(edges, axis=0, prepend=0.0)


def _usual(weights: Array) -> Array:
    """``[parts]`` expected weights; all alike where none is expected to be above 0."""
    means = weights.mean(axis=1)
    return means if means.sum() > 0 else np.ones(len(means))


def share_pay(
    package: Package,
    credited: Credited,
    segments: tuple[str, ...],
    streams: Credited,
    certain: float,
) -> Array:
    """Which streams of deals earned the pay of a period?

    Parameters
    ----------
    package
        The plan.
    credited
        The rep's bookings by segment, in the order of the contract.
    segments
        Of each stream.
    streams
        The same bookings and wins by stream, ``[streams, 1, paths]`` of the period.
    certain
        Cents that are booked to date in it, in no stream.

    Returns
    -------
    ndarray
        ``[streams + 1, paths]`` whole cents which add up to the pay; the last row is the share
        of what is booked to date. On paths without bookings the expected shares hold.
    """
    plan, booked = package.contract.plan, streams.booked[:, 0]
    pay = package.pay(credited)
    parts = np.zeros((len(segments) + 1, booked.shape[1]))
    earned = np.array([package.spif_pay(credited, each.alone) for each in package.incentives])
    total = earned.sum(axis=0) if len(earned) else np.zeros_like(pay)
    # what is recovered for a draw may leave less than SPIFs paid
    left = np.divide(np.minimum(pay, total), total, out=np.ones_like(total), where=total > 0)
    for each, amounts in zip(package.incentives, earned, strict=True):
        places = [place for place, name in enumerate(segments) if name == each.spif.segment]
        weights = each.spif.rate * booked[places]
        if each.spif.per_deal:
            assert streams.wins is not None
            weights = weights + each.spif.per_deal * CENTS * streams.wins[places, 0]
        parts[places] += _cut(np.floor(amounts * left), weights, _usual(weights))
    times = np.array([plan.multipliers.get(name, 1.0) for name in segments])
    to_date = np.full((1, booked.shape[1]), certain)
    weights = np.concatenate([times[:, np.newaxis] * booked, to_date])
    return np.asarray(parts + _cut(pay - parts.sum(axis=0), weights, _usual(weights)))
