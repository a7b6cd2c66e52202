"""What paths of pay say: how much, how far it spreads, how it moves, and what differs.

Amounts are in cents. Each figure comes with its error; where a correction makes paths depend on
each other, with that of blocks of paths that are corrected each on its own (see `sectioning`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from quotarisk.kernel.cash import Together, look_together, spread_cash
from quotarisk.simulation.estimates import Array, Estimate, proportion_se
from quotarisk.simulation.order import find_quantiles, put_in_order
from quotarisk.simulation.sectioning import Blocks

LEVELS = (0.1, 0.5, 0.9)
_ROUNDING = 1e-14  # share of a sum of squares that is but rounding
_APART = 1 / 3  # correlation of the errors of p50 and p90: sqrt(0.5 * 0.1 / (0.9 * 0.5))
NONE = Estimate(float("nan"), float("nan"))
SURE = Estimate(0.0, 0.0)

Kind = Literal["mean", "share", "amount"]
Figures = dict[str, Estimate]
SHARES = frozenset(("p_ote", "p_hit", "p_more", "p_less"))
MEANS = frozenset(("mean", "mean_change", "bookings", "volatility", "volatility_change", "spif"))


class Pair(NamedTuple):
    """Two figures on the same paths, a beside b, as `Together` has their moments."""

    sums: Together
    paths: int

    @property
    def mean(self) -> Estimate:
        """The mean of a."""
        return Estimate(self.sums.mean_a, math.sqrt(self._variance(self.sums.var_a) / self.paths))

    @property
    def mean_b(self) -> Estimate:
        """The mean of b."""
        return Estimate(self.sums.mean_b, math.sqrt(self._variance(self.sums.var_b) / self.paths))

    @property
    def sd(self) -> Estimate:
        """How far a spreads, with the error ``sqrt((m4 - m2^2) / n) / (2 sd)``."""
        sums = self.sums
        if sums.var_a == 0:
            return SURE
        fourth = max(sums.fourth_a - sums.var_a**2, 0.0)
        sd = math.sqrt(self._variance(sums.var_a))
        return Estimate(sd, math.sqrt(fourth / self.paths) / (2 * sd))

    @property
    def differs(self) -> bool:
        """Whether both differ on any path."""
        return self.sums.more + self.sums.less > 0

    @property
    def mean_change(self) -> Estimate:
        """By how much is the mean of a above that of b?"""
        sums = self.sums
        if not self.differs:
            return SURE
        squares = max(sums.var_a + sums.var_b - 2 * sums.both, 0.0)
        return Estimate(sums.mean_a - sums.mean_b, math.sqrt(self._variance(squares) / self.paths))

    @property
    def sd_change(self) -> Estimate:
        """By how much does a spread wider than b?

        A path adds ``(x^2 - s^2) / (2 s)`` to a deviation s, with x its distance from the mean.
        """
        sums = self.sums
        if not self.differs:
            return SURE
        a, b = math.sqrt(sums.var_a), math.sqrt(sums.var_b)
        squares = (sums.fourth_a - sums.var_a**2) / (4 * sums.var_a) if a > 0 else 0.0
        squares += (sums.fourth_b - sums.var_b**2) / (4 * sums.var_b) if b > 0 else 0.0
        if a > 0 and b > 0:
            squares -= (sums.squares - sums.var_a * sums.var_b) / (2 * a * b)
        times = math.sqrt(self.paths / (self.paths - 1))
        return Estimate((a - b) * times, math.sqrt(max(squares, 0.0) / self.paths))

    @property
    def ratio(self) -> Estimate:
        """The mean of a by the mean of b."""
        sums = self.sums
        if sums.mean_b == 0:
            return NONE
        ratio = sums.mean_a / sums.mean_b
        squares = sums.var_a - 2 * ratio * sums.both + ratio**2 * sums.var_b
        if squares <= _ROUNDING * sums.var_a:
            squares = 0.0  # in proportion on every path
        error = math.sqrt(self._variance(squares) / self.paths) / abs(sums.mean_b)
        return Estimate(ratio, error)

    def reach(self, amount: float) -> Estimate:
        """On which share of the paths does a reach its amount? None where that is NaN."""
        return NONE if math.isnan(amount) else self._share(self.sums.reach_a)

    def reach_change(self, amounts: float) -> Estimate:
        """By how much more often does a reach its amount than b its own? None without both.

        Parameters
        ----------
        amounts
            Their sum, NaN where one is.
        """
        if math.isnan(amounts):
            return NONE
        up = self.sums.only_a
        down = self.sums.reach_b - self.sums.reach_a + up
        if not up and not down:
            return SURE
        change = (up - down) / self.paths
        squares = max((up + down) / self.paths - change**2, 0.0)
        return Estimate(change, math.sqrt(squares / self.paths))

    @property
    def more(self) -> Estimate:
        """On which share of the paths is a above b?"""
        return self._share(self.sums.more) if self.differs else SURE

    @property
    def less(self) -> Estimate:
        """On which share of the paths is a below b?"""
        return self._share(self.sums.less) if self.differs else SURE

    def _share(self, number: int) -> Estimate:
        return Estimate(number / self.paths, float(proportion_se(number, self.paths)))

    def _variance(self, moment: float) -> float:
        """Of the paths as a sample."""
        return moment * self.paths / (self.paths - 1)


def pair_of(a: Array, b: Array, least_a: float = math.inf, least_b: float = math.inf) -> Pair:
    """Look at two figures on the same paths, two at least."""
    return Pair(look_together(a, b, least_a, least_b), len(a))


def pay_figures(pay: Array, sold: Array, on_target: float) -> Figures:
    """What does a period pay, and how much of what is sold?

    Parameters
    ----------
    pay, sold
        ``[paths]`` in whole cents.
    on_target
        On-target earnings; NaN where nothing variable is on target.
    """
    pair = pair_of(pay, sold, on_target)
    value, error = find_quantiles(put_in_order(pay[np.newaxis]), LEVELS)
    p10, p50, p90 = (
        Estimate(float(v), float(e)) for v, e in zip(value[:, 0], error[:, 0], strict=True)
    )
    above = p50.se**2 + p90.se**2 - 2 * _APART * p50.se * p90.se
    return {
        "mean": pair.mean,
        "sd": pair.sd,
        "p10": p10,
        "p50": p50,
        "p90": p90,
        "p_ote": pair.reach(on_target),
        "budget": p50,
        "reserve": Estimate(p90.value - p50.value, math.sqrt(above)),
        "bookings": pair.mean_b,
        "cost_of_sales": pair.ratio,
    }


class Cash(NamedTuple):
    """When pay is paid: fixed pay by month, variable pay in the last month of its period."""

    base: Array  # [months] cents
    due: Array  # [periods] fixed pay of the month in which a period is paid
    months: int  # from the first one on in which somebody is at work


class Flow(NamedTuple):
    """Pay on paths; ``[paths]`` each."""

    total: Array  # of all months
    sd: Array | None  # from month to month; none where there is but one
    months: int


def flow_of(variable: Array, cash: Cash) -> Flow:
    """Sum pay up, and tell how far its months differ on each path."""
    paths, months = variable.shape[1], cash.months
    total, sd = np.empty(paths), np.empty(paths)
    base, squares = float(cash.base.sum()), float((cash.base**2).sum())
    spread_cash(variable, cash.due, base, squares, max(months, 2), total, sd)
    return Flow(total, sd if months > 1 else None, months)


def _of_each(figure: Estimate, number: int) -> Estimate:
    return Estimate(figure.value / number, figure.se / number)


def volatility_figures(flow: Flow) -> Figures:
    """How far does pay move from month to month on a path, and as a share of the mean month?"""
    if flow.sd is None:
        mean = pair_of(flow.total, flow.total).mean
        return {"mean": mean, "volatility": NONE, "cv": NONE}
    pair = pair_of(flow.sd, flow.total)
    cv = pair.ratio
    return {
        "mean": _of_each(pair.mean_b, flow.months),
        "volatility": pair.mean,
        "cv": Estimate(cv.value * flow.months, cv.se * flow.months),
    }


def change_figures(
    pay: Array, base: Array, *, sold: Array, on_target: float, base_on_target: float
) -> Figures:
    """What does one plan pay beside another on the same paths?"""
    pair, cost = pair_of(pay, base, on_target, base_on_target), pair_of(pay, sold)
    moved, booked = pair_of(pay - base, sold), cost.mean_b.value
    # bookings are the same: the change of the shares is the share of the change
    change = moved.ratio if pair.differs or booked == 0 else SURE
    return {
        "mean": pair.mean,
        "mean_change": pair.mean_change,
        "sd": pair.sd,
        "sd_change": pair.sd_change,
        "p_ote": pair.reach(on_target),
        "p_ote_change": pair.reach_change(on_target + base_on_target),
        "p_more": pair.more,
        "p_less": pair.less,
        "cost_of_sales": cost.ratio,
        "cost_of_sales_change": change,
    }


class ByCadence(NamedTuple):
    """Pay by a cadence."""

    flow: Flow
    on_target: float
    p_hit: Estimate  # mean over the periods with a quota


def cadence_figures(paid: ByCadence, own: ByCadence) -> Figures:
    """What does the plan pay by a cadence, beside its own on the same paths?"""
    pair = pair_of(paid.flow.total, own.flow.total, paid.on_target)
    moves = NONE, NONE
    if paid.flow.sd is not None and own.flow.sd is not None:
        cash = pair_of(paid.flow.sd, own.flow.sd)
        moves = cash.mean, cash.mean_change
    return {
        "mean": pair.mean,
        "mean_change": pair.mean_change,
        "sd": pair.sd,
        "sd_change": pair.sd_change,
        "volatility": moves[0],
        "volatility_change": moves[1],
        "p_ote": pair.reach(paid.on_target),
        "p_hit": paid.p_hit,
        "p_more": pair.more,
        "p_less": pair.less,
    }


def with_block_errors(told: Figures, parts: Sequence[Figures], blocks: Blocks) -> Figures:
    """The same figures with errors told from those of blocks that are corrected apart."""
    found: Figures = {}
    for key, figure in told.items():
        value, own = np.array(figure.value), np.array(figure.se)
        apart = np.array([part[key].value for part in parts])
        if math.isnan(figure.value):
            found[key] = figure
        elif key in SHARES:
            found[key] = Estimate(figure.value, float(blocks.share_error(value, apart, own)))
        elif key in MEANS:
            error = float(blocks.mean_error(value, apart))
            found[key] = Estimate(figure.value, error if error > 0 else figure.se)
        else:
            found[key] = Estimate(figure.value, float(blocks.error(value, apart, own)))
    return found


def in_currency(figures: Mapping[str, Estimate], *, amounts: frozenset[str]) -> dict[str, float]:
    """Columns of a table: amounts in currency, each figure followed by its error."""
    told: dict[str, float] = {}
    for key, figure in figures.items():
        unit = 100.0 if key in amounts else 1.0
        told[key], told[f"{key}_se"] = figure.value / unit, figure.se / unit
    return told
