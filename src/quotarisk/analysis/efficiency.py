"""What does it cost to win a customer, how fast is sold, and what is a customer worth to that?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from quotarisk.analysis.chances import chance_of, with_errors
from quotarisk.analysis.creation_paths import by_stream, draw_created
from quotarisk.analysis.efficiency_cautions import efficiency_cautions
from quotarisk.analysis.glance import figure_columns, longest_row
from quotarisk.analysis.influence import Figure, estimate_of, mean_figure, ratio_figure
from quotarisk.analysis.pay_packages import (
    Package,
    Plans,
    month_slice,
    names_of_plans,
    packages_by_name,
)
from quotarisk.analysis.pay_shares import share_pay
from quotarisk.analysis.sweep import check_answerable
from quotarisk.caution import Caution
from quotarisk.periods import DAYS_PER_WEEK
from quotarisk.simulation.crediting import Credited, credit_rep
from quotarisk.simulation.estimates import NOTHING, Array, Estimate
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.order import find_quantiles
from quotarisk.simulation.passes import in_pieces
from quotarisk.simulation.simulation import Progress
from quotarisk.simulation.spreading import default_workers, threads
from quotarisk.simulation.variants import Variant

LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
MEANS = ("opps", "wins", "bookings", "spend", "pay", "no_win")
RATIOS = ("cac", "velocity", "average_deal", "ltv_to_cac")
ALL = "all"
Stream = tuple[str, str]  # segment and channel
_FEWEST = 2  # paths that an error can be told from
_MILLIDAYS = 1000.0  # cycles in whole ones, so that sums do not depend on their order


@dataclass
class Flows:
    """What streams of deals bring and cost in the period, on each path; sums over reps.

    Parameters
    ----------
    opps, wins
        ``[paths]`` numbers.
    booked, spend, worth
        ``[paths]`` cents; ``worth`` is the lifetime value of the deals that are won.
    days
        ``[paths]`` wins times the expected days of a won cycle, in thousandths.
    pay
        ``[paths]`` cents by plan.
    valued
        Whether all of the deals have a lifetime value.
    """

    opps: Array = field(repr=False)
    wins: Array = field(repr=False)
    booked: Array = field(repr=False)
    spend: Array = field(repr=False)
    worth: Array = field(repr=False)
    days: Array = field(repr=False)
    pay: dict[str, Array] = field(repr=False)
    valued: bool = True

    def add(self, other: Flows) -> None:
        """Add what another rep, or stream, brings."""
        for key in ("opps", "wins", "booked", "spend", "worth", "days"):
            getattr(self, key).__iadd__(getattr(other, key))
        for plan, amounts in other.pay.items():
            self.pay[plan] += amounts
        self.valued = self.valued and other.valued


def no_flows(plans: Sequence[str], paths: int) -> Flows:
    """Begin a sum."""
    opps, wins, booked, spend, worth, days = (np.zeros(paths) for _ in range(6))
    pay = {plan: np.zeros(paths) for plan in plans}
    return Flows(opps, wins, booked, spend, worth, days, pay)


class _Asked(NamedTuple):
    """What every rep is asked."""

    base: Variant
    paths: int
    plans: tuple[str, ...]  # names under which pay is told


def _flows_of(who: tuple[str, Mapping[str, Package]], asked: _Asked) -> dict[Stream, Flows]:
    """What does a rep on some packages bring and cost in each stream?"""
    (name, packages), (base, paths, _) = who, asked
    row = longest_row(base.keys)
    months, task = month_slice(base.periods[row]), base.tasks[name]
    certain = float(base.units["rep", name].certain(base.periods)[row])
    every = by_stream(task)
    told = credit_rep(every, base.setting, paths=paths, count=True)
    assert told.wins is not None
    created = draw_created(task, base.setting, paths=paths)[:, months].sum(axis=1)
    segments = tuple(terms.segment for terms in every.terms)
    first = [segments.index(terms.segment) for terms in task.terms]  # streams of one lie together
    whole = Credited(
        np.add.reduceat(told.booked, first, axis=0), np.add.reduceat(told.wins, first, axis=0)
    )
    inside = Credited(
        told.booked[:, months].sum(axis=1, keepdims=True),
        told.wins[:, months].sum(axis=1, keepdims=True),
    )
    assert inside.wins is not None
    pay = {
        plan: share_pay(package, whole, segments, inside, certain)
        for plan, package in packages.items()
    }
    found: dict[Stream, Flows] = {}
    for place, terms in enumerate(every.terms):
        wins, cycle = inside.wins[place, 0], terms.won_cycle_days.law.mean
        found[terms.segment, terms.stream] = Flows(
            opps=created[place],
            wins=wins,
            booked=inside.booked[place, 0],
            spend=created[place] * round((terms.cost_per_opp or 0.0) * CENTS),
            worth=wins * round((terms.lifetime_value or 0.0) * CENTS),
            days=wins * round(cycle * _MILLIDAYS),
            pay={plan: parts[place] for plan, parts in pay.items()},
            valued=terms.lifetime_value is not None,
        )
    return found


def _quantiles(amounts: Array) -> dict[str, Estimate]:
    """p10, p50 and p90; none where it lies among paths on which there is no such figure."""
    if len(amounts) < _FEWEST:
        return dict.fromkeys(LEVELS, NOTHING)
    ordered = np.sort(amounts)[np.newaxis]
    with np.errstate(invalid="ignore"):
        values, errors = find_quantiles(ordered, tuple(LEVELS.values()))
    return {
        level: Estimate(float(value), float(error)) if math.isfinite(value) else NOTHING
        for level, value, error in zip(LEVELS, values[:, 0], errors[:, 0], strict=True)
    }


def _per(above: Array, below: Array, nothing: float) -> Array:
    """``[paths]`` ratios; so much where there is nothing to divide by."""
    told = np.divide(above, below, out=np.full(len(above), nothing), where=below > 0)
    return np.asarray(told)


def _told(figure: Figure, by_path: Array, name: str) -> dict[str, object]:
    figures = {name: estimate_of(figure)}
    figures |= {f"{name}_{level}": told for level, told in _quantiles(by_path).items()}
    return with_errors(figures)


def _figures(flows: Flows, plan: str, weeks: float) -> dict[str, object]:
    """What is told of some deals under a plan."""
    wins, cost = flows.wins, (flows.spend + flows.pay[plan]) / CENTS
    booked, worth = flows.booked / CENTS, flows.worth / CENTS
    means = {
        "opps": flows.opps,
        "wins": wins,
        "bookings": booked,
        "spend": flows.spend / CENTS,
        "pay": flows.pay[plan] / CENTS,
    }
    cycle = _per(flows.days / _MILLIDAYS, wins, 0.0)
    velocity = _per(booked / weeks, cycle, 0.0)
    row = with_errors({key: estimate_of(mean_figure(amounts)) for key, amounts in means.items()})
    row |= with_errors({"no_win": chance_of(wins == 0)})
    row |= _told(ratio_figure(cost, wins), _per(cost, wins, np.inf), "cac")
    row |= _told(mean_figure(velocity), velocity, "velocity")
    sold = wins > 0
    row |= _told(ratio_figure(booked, wins), booked[sold] / wins[sold], "average_deal")
    if flows.valued:
        row |= _told(ratio_figure(worth, cost), _per(worth, cost, np.inf), "ltv_to_cac")
    return row


def _together(
    found: Mapping[Stream, Flows], plans: tuple[str, ...], paths: int
) -> Iterator[tuple[str | None, str, Flows]]:
    """Streams of each segment, the segment, streams of the team, and the team."""
    segments: list[str | None] = list(dict.fromkeys(segment for segment, _ in found))
    for segment in (*segments, None):
        whole = no_flows(plans, paths)
        for channel in ("made", "inbound"):
            part, sold = no_flows(plans, paths), False
            for (of, by), flows in found.items():
                if by == channel and segment in (of, None):
                    part.add(flows)
                    sold = True
            if sold:
                yield segment, channel, part
                whole.add(part)
        yield segment, ALL, whole


def _frame(rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    ratios = [f"{key}{end}" for key in RATIOS for end in ("", *(f"_{level}" for level in LEVELS))]
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(("level", "segment", "channel", "plan", "period"), pl.String),
        **figure_columns(*MEANS, *ratios),
    }
    return pl.DataFrame(rows, schema=schema).fill_nan(None)


def measure_efficiency(
    base: Variant,
    plans: Plans,
    *,
    paths: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[pl.DataFrame, tuple[Caution, ...]]:
    """What does it cost to win a deal, how fast is sold, and what is a deal worth against it?

    With S the programme spend (``cost_per_opp`` times opportunities created in the period), P
    the pay that the deals earned (see `share_pay`), W the deals won in the period, B their
    bookings, V their lifetime values and C the mean of their expected cycles:
    ``cac = (S + P) / W``, ``average_deal = B / W``, ``ltv_to_cac = V / (S + P)`` and
    ``velocity = B / weeks / C``, which is opportunities a week x win rate x average deal / cycle,
    as `velocity_of` has it, of the wins of the path.

    Parameters
    ----------
    base
        The scenario as it is.
    plans
        By rep, then by name; the team here is the reps who are named.
    paths, workers, progress
        As `simulate` takes them.

    Returns
    -------
    tuple
        A table, and what is doubtful about it. A row for each segment and channel (``made`` by
        reps, ``inbound``, ``all``), then those of the team (``segment`` null), by ``plan``
        ("own" where reps are on plans of several names), of the first ``period`` of the longest
        cadence: means of ``opps``, ``wins``, ``bookings``, ``spend`` and ``pay``; ``no_win``,
        P(no deal is won); then ``cac``, ``velocity``, ``average_deal`` and ``ltv_to_cac``: the
        ratio of means (the mean of the paths for ``velocity``), and ``*_p10``, ``*_p50``,
        ``*_p90`` over paths. A path without wins counts as one of boundless cost, so a
        percentile of ``cac`` among such paths is null; ``average_deal`` is that of the paths
        with wins; LTV to CAC is null where a segment has no ``lifetime_value``. What was booked
        to date has no segment: neither it nor the pay that goes with it counts. Amounts are in
        currency; each figure has its ``*_se``.

    Raises
    ------
    ArgumentError
        If no period can be answered.
    """
    check_answerable(base)
    period = base.periods[longest_row(base.keys)]
    asked = _Asked(base, paths, names_of_plans(plans))
    packages = {name: packages_by_name(base, name, plans) for name in plans}
    paid = [name for name, each in packages.items() if len(each) == len(asked.plans)]
    found: dict[Stream, Flows] = {}
    workers, done = workers or default_workers(), 0
    look = partial(_flows_of, asked=asked)
    with threads(workers) as pool:
        for piece in in_pieces([(name, packages[name]) for name in paid], 2 * workers):
            for each in pool.map(look, piece):  # in order: the same sums for any number of threads
                for key, flows in each.items():
                    found.setdefault(key, no_flows(asked.plans, paths)).add(flows)
                done += 1
                if progress is not None:
                    progress(done, len(paid))
    horizon = base.setting.horizon
    weeks = (horizon.day_number(period.end) - max(horizon.day_number(period.first), 0)) / (
        DAYS_PER_WEEK
    )
    rows = [
        {
            "level": "team" if segment is None else "segment",
            "segment": segment,
            "channel": channel,
            "plan": plan,
            "period": period.name,
            **_figures(flows, plan, weeks),
        }
        for segment, channel, flows in _together(found, asked.plans, paths)
        for plan in asked.plans
    ]
    return _frame(rows), efficiency_cautions(base, plans, paid, period)
