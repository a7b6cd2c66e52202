"""Pay at a glance: what reps, groups and the team are paid, by other plans and cadences too."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import Format
from quotarisk.reporting.pay_columns import (
    ABOVE,
    AT_MEAN,
    BOOKINGS,
    BUDGET,
    GAINING,
    LOSING,
    MEAN,
    OTE,
    P10,
    P90,
    P_HIT,
    P_OTE,
    PLAN,
    RESERVE,
    SPREAD,
    SWING,
    TITLES,
    VERDICT,
    change_of,
    with_error,
)
from quotarisk.reporting.pay_glance import (
    at_most,
    in_order,
    longest,
    plan_columns,
    shorter,
    speak_period,
    speak_whom,
    widest,
    without_zeros,
)
from quotarisk.reporting.pay_spans import draw_span, scale_of
from quotarisk.reporting.tables import Column, Table
from quotarisk.scenario.scenario import Scenario

UNIT = Column("unit", "who", "text", "The team, a group or a rep.")
CHANGE = change_of(MEAN, "by the plan as it is")
_COST = "cost"


def _scaled(frame: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
    """A share in per cent with decimals, however large it is."""
    return frame.with_columns(
        (100 * pl.col(key)).alias(name), (100 * pl.col(f"{key}_se")).alias(f"{name}_se")
    )


def _percent(name: str, label: str, note: str, rank: int = 0) -> Column:
    form: Format = "count"
    return Column(name, label, form, note, f"{name}_se", rank=rank)


def _periods(frame: pl.DataFrame) -> str:
    names = frame["period"].unique(maintain_order=True).to_list()
    return names[0] if len(names) == 1 else "the period"


def _span(answer: Answer, scenario: Scenario, frame: pl.DataFrame) -> str:
    """The same, with where it begins."""
    period = _periods(frame)
    return period if frame["period"].n_unique() > 1 else speak_period(answer, scenario, period)


def pay_table(answer: Answer, scenario: Scenario) -> Table:
    """What does each earn, and what does it cost?"""
    whole = longest(in_order(answer.frame, scenario))
    parts = shorter(answer.frame, scenario)
    several = whole["period"].n_unique() > 1
    whole = whole.join(
        parts, on=["level", "name", "plan", "period"], how="left", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    whole = without_zeros(_scaled(whole, "cost_of_sales", _COST), "cost_of_average")
    names = parts["part"].unique().to_list()
    part = names[0] if len(names) == 1 else "period"
    of_part = f"By {part}: the mean of its {part}s." if len(names) == 1 else (
        "P(OTE) period: the mean of the months or quarters that are paid for, of sums the longest."
    )  # fmt: skip
    cost = _percent(_COST, "cost %", "Mean pay by mean bookings, in per cent.")
    shown = {
        column.key: with_error(column)
        for column in (MEAN, P10, BUDGET, P90, RESERVE, P_OTE, AT_MEAN, ABOVE)
    }
    by_part = Column(
        "p_ote_part", f"P(OTE) {part}", "share", "The mean over the plan's periods.",
        "p_ote_part_se", rank=2,
    )  # fmt: skip
    plain = {key: replace(column, error="") for key, column in shown.items()}
    columns = (
        UNIT, *plan_columns(whole, PLAN),
        *((Column("period", "period", "text", "Quarter or fiscal year."),) if several else ()),
        OTE, replace(plain["mean"], label="mean"), replace(plain["p10"], rank=3), plain["budget"],
        plain["p90"], plain["reserve"], plain["p_ote"],
        *(() if several or not names else (replace(by_part, error=""),)), replace(cost, error=""),
        replace(plain["pay_at_mean"], rank=4), replace(plain["cost_of_average"], rank=4),
        replace(BOOKINGS, rank=5),
    )  # fmt: skip
    error = {key: at_most(whole, column) for key, column in shown.items()}
    return Table(
        "pay",
        f"What is paid in {_span(answer, scenario, whole)}, and what does it cost?",
        columns,
        whole,
        scenario.currency,
        (
            (("mean",), f"Amounts in {scenario.currency}. Mean: expected pay{error['mean']}."),
            (("budget",), f"Budget: P50, the median{error['budget']}."),
            (("p90",), f"P90: more in 1 of 10 futures{error['p90']}."),
            (("reserve",), "Reserve: P90 less budget."),
            (("p_ote",), f"P(OTE) in %{error['p_ote']}."),
            (("p_ote_part",), of_part),
            ((_COST,), f"Cost %: of bookings, mean by mean{at_most(whole, cost)}."),
            (("pay_at_mean",), "At mean bookings: what expected bookings would pay."),
        ),
    )


def spread_table(answer: Answer, scenario: Scenario, *, with_chart: bool) -> Table:
    """How far does pay vary from month to month, and from future to future?"""
    shown = in_order(answer.parts["volatility"], scenario)
    year = longest(answer.frame).group_by("level", "name", "plan", maintain_order=True).first()
    shown = shown.join(
        year.select("level", "name", "plan", "ote", "p10", "p50", "p90", "p_ote"),
        on=["level", "name", "plan"], how="left", nulls_equal=True, maintain_order="left",
    )  # fmt: skip
    chart: tuple[Column, ...] = ()
    paid = shown.filter(pl.col("ote") > 0, pl.col("p_ote").is_not_null())
    if with_chart and paid.height:
        shares = paid.select(pl.col("p10", "p90") / pl.col("ote"))
        low, high = shares["p10"].to_list(), shares["p90"].to_list()
        scale = scale_of(min(low), max(high))
        lines = [
            draw_span(*(row[key] / row["ote"] for key in ("p10", "p50", "p90")), scale=scale)
            if row["ote"] > 0 and row["p_ote"] is not None
            else ""
            for row in shown.iter_rows(named=True)
        ]
        shown = shown.with_columns(pl.Series("line", lines, pl.String))
        ends = f"{100 * scale[0]:.0f} to {100 * scale[1]:.0f}"
        chart = (Column("line", f"pay in % of OTE, {ends}", "text", "From P10 to P90."),)
    month = with_error(replace(MEAN, label="mean month", note="Expected pay of a month."))
    swing = with_error(SWING)
    columns = (
        UNIT, *plan_columns(shown, PLAN), replace(month, error=""), replace(swing, error=""),
        Column("cv", "cv %", "percent", "The swing as a share of the mean month."),
        *chart,
    )  # fmt: skip
    told = f"Mean month: expected pay{at_most(shown, month)}."
    moves = f"Monthly swing: standard deviation from month to month{at_most(shown, swing)}."
    return Table(
        "volatility", TITLES["volatility"], columns, shown, scenario.currency,
        (
            (("mean",), told), (("volatility",), moves),
            (("line",), f"Line: P10 to P90 of {_span(answer, scenario, year)}, ● P50, │ OTE."),
        ),
    )  # fmt: skip


def compare_table(answer: Answer, scenario: Scenario) -> Table:
    """What do other plans cost than the first?"""
    frame = answer.parts["compare"].filter(pl.col("plan") != pl.col("against"))
    frame = _scaled(in_order(frame, scenario), "cost_of_sales", _COST)
    several = frame["period"].n_unique() > 1
    cost = _percent(_COST, "cost %", "Mean pay by mean bookings, in per cent.")
    than = f"by {answer.parts['compare']['against'][0]}"
    columns = (
        UNIT, replace(PLAN, rank=0 if frame["plan"].n_unique() > 1 else 3),
        *((Column("period", "period", "text", "Quarter or fiscal year."),) if several else ()),
        replace(MEAN, label="mean"), replace(with_error(CHANGE), label="change"), VERDICT,
        replace(with_error(change_of(P_OTE, than)), label="P(OTE) change"),
        Column("p_less", "paid less %", "share", "In how many futures pay is lower.", rank=1),
        replace(cost, error=""), GAINING, LOSING,
    )  # fmt: skip
    plans = " and ".join(frame["plan"].unique(maintain_order=True).to_list())
    return Table(
        "compare", f"What does {plans} pay in {_periods(frame)} instead of "
        f"{answer.parts['compare']['against'][0]}?",
        columns, frame.with_columns(*_of_sums()), scenario.currency,
        (
            (("mean",), f"Amounts in {scenario.currency}, ± half a 95 % interval."),
            (("p_ote_change",), "P(OTE) change in points."),
            (("p_less",), "Paid less: in % of futures, path by path."),
            ((_COST,), f"Cost %: of bookings{at_most(frame, cost)}."),
        ),
    )  # fmt: skip


def _of_sums() -> tuple[pl.Expr, ...]:
    """Counts of reps are told of groups and the team; of a rep the verdict says it."""
    rep = pl.col("level") == "rep"
    return tuple(pl.when(~rep).then(pl.col(key)).alias(key) for key in ("gaining", "losing"))


def cadence_table(answer: Answer, scenario: Scenario) -> Table:
    """What if the plan went by another cadence? Of the team, or of the only rep."""
    frame = widest(answer.parts["cadences"])
    rows = frame.iter_rows(named=True)
    words = [f"{row['cadence']}{', as it is' * row['own']}" for row in rows]
    frame = frame.with_columns(pl.Series("by", words, pl.String), *_of_sums())
    frame = without_zeros(frame, "mean_change")
    columns = (
        Column("by", "by the", "text", "Month, quarter or fiscal year."),
        *plan_columns(frame, PLAN), replace(MEAN, label="mean"),
        replace(with_error(CHANGE), label="change"),
        replace(SPREAD, rank=2), SWING, replace(with_error(P_OTE), rank=1),
        replace(with_error(P_HIT), rank=1), GAINING, LOSING,
    )  # fmt: skip
    months = frame["months"][0]
    swing, hit = (at_most(frame, with_error(column)) for column in (SWING, P_HIT))
    whose = "the team's plan" if speak_whom(answer, scenario) == "the team" else "the plan"
    return Table(
        "cadences",
        f"What if {whose} went by another cadence ({months} months)?",
        columns, frame, scenario.currency,
        (
            (("mean",), f"Amounts in {scenario.currency}, ± half a 95 % interval."),
            (("volatility",), f"Monthly swing: standard deviation from month to month{swing}."),
            (("p_hit",), f"P(hit): the mean of the periods{hit}."),
        ),
    )  # fmt: skip


def gains_table(answer: Answer, scenario: Scenario) -> Table | None:
    """Who gains and who loses by another cadence: a row a rep and plan; none where nobody does."""
    frame = in_order(answer.parts["cadences"], scenario).filter(level="rep")
    shown = frame.select("unit", "name", "plan").unique(maintain_order=True)
    columns = [replace(UNIT, label="rep", note="Who sells."), *plan_columns(shown, PLAN)]
    own = frame.filter("own").select("name", "plan", pl.col("mean").alias("as_is"))
    shown = shown.join(own, on=["name", "plan"], how="left", maintain_order="left")
    columns.append(Column("as_is", "now", "money", "Mean pay by the plan as it is."))
    for cadence in CADENCES:
        key, verdict = f"change_{cadence}", f"verdict_{cadence}"
        told = frame.filter(~pl.col("own"), cadence=cadence).select(
            "name",
            "plan",
            pl.col("mean_change").alias(key),
            pl.col("mean_change_se").alias(f"{key}_se"),
            pl.col("verdict").alias(verdict),
        )
        told = without_zeros(told, key).with_columns(
            pl.when(pl.col(key).is_not_null()).then(verdict)
        )
        shown = shown.join(told, on=["name", "plan"], how="left", maintain_order="left")
        columns += [
            Column(key, f"by the {cadence}", "money", "Mean pay less that as it is.", f"{key}_se"),
            Column(verdict, "verdict", "text", f"Who gains by the {cadence}."),
        ]
    if not any(shown[f"change_{cadence}"].count() for cadence in CADENCES):
        return None
    return Table(
        "cadences", "Who gains and who loses by another cadence?", tuple(columns), shown,
        scenario.currency,
        ((("as_is",), "Now: mean pay by the plan as it is; then by how much it changes, ± half a "
          "95 % interval."),),
    )  # fmt: skip
