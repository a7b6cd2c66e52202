"""What is doubtful about quotas that were solved."""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl
from scipy import special

from quotarisk.analysis.cautions import ODD_CHECK, WIDE_ERROR
from quotarisk.analysis.quota_frames import Context
from quotarisk.analysis.splits import reachable
from quotarisk.caution import Caution
from quotarisk.periods import Period
from quotarisk.simulation.listed import CENTS
from quotarisk.wording import list_names

_CLEAR = 4.0  # standard errors


def _odd_check(frame: pl.DataFrame) -> Iterator[Caution]:
    checks = frame["p_solved_z"].drop_nulls().len()
    if not checks:
        return
    limit = float(-special.ndtri(ODD_CHECK / (2 * checks)))  # Bonferroni
    odd = frame.filter(pl.col("p_solved_z").abs() > limit)["name"].unique(maintain_order=True)
    if len(odd):
        yield Caution(
            "exact_check",
            tuple(odd),
            f"P(hit) of solved quotas is off the exact one by more than {limit:.1f} standard "
            f"errors for {list_names(odd.to_list())}: do not use these figures, and report this.",
        )


def _wide_error(context: Context) -> Iterator[Caution]:
    share = context.wanted.confidence
    error = math.sqrt(share * (1 - share) / context.paths)
    if error > WIDE_ERROR:
        yield Caution(
            "monte_carlo_error",
            (),
            f"The chance of a solved quota is known to no better than ±{200 * error:.1f} points "
            "(95 %): run more paths before acting on small differences.",
        )


def _clipped(context: Context, reps: pl.DataFrame) -> list[str]:
    """Whose part is 0 because more may be taken back than booked where the others hit theirs?"""
    below = [rep.name for rep in context.reps if rep.grid is not None and rep.grid.amounts[0] < 0]
    fair = dict(reps.select("name", "fair").iter_rows())
    return [name for name in below if fair[name] is None]


def _refunds(clipped: list[str], period: Period) -> Iterator[Caution]:
    if clipped:
        yield Caution(
            "refunds_not_split",
            tuple(clipped),
            f"{list_names(clipped)}: more may be taken back than booked in {period.name}. Nobody "
            "can have a quota below 0, so the plan is split without them, and P(fair) and P(rep) "
            "leave out what they take back.",
        )


def _plan(context: Context, split: pl.DataFrame) -> Iterator[Caution]:
    period, currency = context.plan_period, context.scenario.currency
    if period is None:
        yield Caution(
            "no_periods", (), "No period of the horizon can be answered: nothing is solved."
        )
        return
    if context.plan is None:
        yield Caution(
            "no_plan",
            (),
            f"The team has no quota in {period.name}, and no plan was told: nothing is split.",
        )
        return
    plan = f"The plan of {context.plan / CENTS:,.0f} {currency} in {period.name}"
    if split.filter(level="team")["fair"].null_count():
        limits = reachable(context.grids)
        most = f"{limits.most / CENTS:,.0f} {currency}"
        yield Caution(
            "plan_not_split",
            (),
            f"{plan} cannot be split so that all reps hit equally often: "
            + (
                f"at most {most} can, and then each hits in one of {context.paths:,} futures."
                if context.plan > limits.most
                else f"every rep's part of {limits.least / CENTS:,.0f} {currency} is hit in all "
                f"of {context.paths:,} futures, so any split of it is as good."
            ),
        )
        return
    reps = split.filter(level="rep")
    clipped = _clipped(context, reps)
    yield from _refunds(clipped, period)
    nothing = reps.filter(pl.col("fair").is_null())["name"].to_list()
    without = [name for name in nothing if name not in clipped]
    if without:
        yield Caution(
            "no_fair_quota",
            tuple(without),
            f"{plan} is split without {list_names(without)}: their net bookings by then are above "
            "0 less often than the others hit their quotas.",
        )
    chances = reps.drop_nulls("fair").sort("p_fair")
    first, last = chances.row(0, named=True), chances.row(-1, named=True)
    error = math.hypot(first["p_fair_se"], last["p_fair_se"])
    if last["p_fair"] - first["p_fair"] > _CLEAR * error + 2 / context.paths:
        yield Caution(
            "unequal_chances",
            (first["name"], last["name"]),
            "Amounts come in so few sizes that no split is equally likely for all: from "
            f"{first['p_fair']:.0%} ({first['name']}) to {last['p_fair']:.0%} ({last['name']}).",
        )


def _missing(context: Context, frame: pl.DataFrame) -> Iterator[Caution]:
    row, period = context.wanted.plan_row, context.plan_period
    if row is None or period is None or not frame["quota"].count():  # a run says that of all
        return
    at_work = [rep for rep in context.reps if rep.works[row]]
    without = [rep.name for rep in at_work if math.isnan(rep.quotas[row])]
    if without:
        who = (
            "No rep has"
            if len(without) == len(at_work)
            else f"Without: {list_names(without)}. Not all reps have"
        )
        yield Caution(
            "no_sum_of_quotas",
            tuple(without),
            f"{who} a quota in {period.name}: the present quotas are not added up.",
        )


def solved_cautions(
    context: Context, frame: pl.DataFrame, split: pl.DataFrame
) -> tuple[Caution, ...]:
    """What should a reader of the solved quotas know?

    Parameters
    ----------
    context
        What was found.
    frame, split
        The table of quotas, and that of the split plan.
    """
    return (
        *_odd_check(frame),
        *_wide_error(context),
        *_plan(context, split),
        *_missing(context, frame),
    )
