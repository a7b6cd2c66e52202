"""The charts of the page, as Vega-Lite specifications made with Altair.

Names of parameters and views are never left to Altair, which counts them up: the same answers
give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import altair as alt
import vl_convert

from quotarisk.reporting.colours import BAND, CADENCE_COLOURS, INK, LINE, MEDIAN, PLAN, QUIET

START = "the start"  # the month of the row that a fan opens with
LEAST_POINTS = 2  # that a line is drawn through
_MOST_BARE_MONTHS = 13  # that are named without their year
_DAY_MS = 86_400_000
_HEADROOM = 1.16  # for the labels above the fan
_MOST_ABOVE = 2.0  # times the highest bookings, up to which a plan is drawn to scale
_BARE_ZERO = "datum.value ? datum.label : '0'"
Row = Mapping[str, object]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def bundled_javascript() -> str:
    """Give Vega, Vega-Lite and Vega-Embed in one piece, of the version that Altair writes for."""
    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    # its stub has no default for what the function has one for
    code: str = vl_convert.javascript_bundle(vl_version=version)  # type: ignore[call-arg]
    return code


def _specification(
    chart: alt.LayerChart | alt.FacetChart, *, height: int, description: str
) -> dict[str, Any]:
    drawn = (
        chart.properties(width="container", height=height, description=description)
        .configure(font=FONT, background="white")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=QUIET,
            titleColor=INK,
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
            gridColor=LINE,
            gridOpacity=0.7,
            domainColor=QUIET,
            tickColor=QUIET,
        )
    )
    told: dict[str, Any] = drawn.to_dict()
    told.pop("$schema")  # an address, though nothing ever asks for it
    return told


def _middles(fan: Sequence[Row]) -> list[int]:
    """Where the names of months stand: in their middle, in milliseconds."""
    days = (date.fromisoformat(str(row["day"])) for row in fan if row["month"] != START)
    middles = (day.replace(day=15) for day in days)
    epoch = date(1970, 1, 1)
    return [(day - epoch).days * _DAY_MS for day in middles]


def _inline(rows: Sequence[Row]) -> alt.InlineData:
    return alt.InlineData(values=[dict(row) for row in rows])


def _amounts(rows: Sequence[Row], keys: Sequence[str]) -> list[float]:
    """List the amounts that are there."""
    found = (row[key] for row in rows for key in keys)
    return [float(value) for value in found if isinstance(value, int | float)]


def _label(day: alt.X, *, side: Literal["left", "right"]) -> alt.Chart:
    """Write labels at the top, whose left or right end stands at their day."""
    away = 5 if side == "left" else -5
    text = alt.Chart().mark_text(
        align=side,
        baseline="top",
        dx=away,
        fontSize=13,
        color=INK,
        lineHeight=16,
        lineBreak="\n",
    )
    labels: alt.Chart = text.encode(x=day, y=alt.value(2), text="label:N")
    return labels


def draw_fan(
    fan: Sequence[Row],
    ends: Sequence[Row],
    plans: Sequence[Row],
    *,
    currency: str,
    description: str,
) -> dict[str, Any]:
    """Draw how bookings add up, against the plan.

    Parameters
    ----------
    fan
        A row or more: ``day`` (the last of a month, as ISO text), ``p10``, ``p50``, ``p90`` and
        ``plan``, which may be None, with the same in words as ``p10_told`` and so on.
    ends
        The ends of quarters: ``day`` and ``label``; none where nothing is told of them.
    plans
        The plans of years: ``day``, ``amount`` and ``told``; none where there is none.
    currency, description
        What amounts are in, and what a reader who does not see the chart is told.
    """
    day = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(
            format="%b %y" if len(fan) > _MOST_BARE_MONTHS else "%b",
            values=_middles(fan),
            ticks=False,
            grid=False,
            labelOverlap=True,
        ),
    )
    money = alt.Axis(
        format="~s", labelExpr=_BARE_ZERO, tickCount=5, title=f"bookings to date, {currency}"
    )
    top = max([*_amounts(fan, ("p90", "plan")), 1.0])
    # a plan far out of reach must not press the bookings flat: it is told at the top
    reach = min(max([top, *_amounts(plans, ("amount",))]), _MOST_ABOVE * top)
    plans = [
        {**row, "amount": min(amount, reach), "beyond": f"↑ {row['told']}" * (amount > reach)}
        for row, amount in zip(plans, _amounts(plans, ("amount",)), strict=True)
    ]
    amounts = alt.Scale(domainMax=_HEADROOM * max(reach, 1.0), nice=False)
    tooltip = [
        alt.Tooltip("month:N", title="to the end of"),
        alt.Tooltip("p90_told:N", title="P90"),
        alt.Tooltip("p50_told:N", title="P50"),
        alt.Tooltip("p10_told:N", title="P10"),
        alt.Tooltip("plan_told:N", title="quotas"),
    ]
    base = alt.Chart().encode(x=day)
    band = base.mark_area(color=BAND, aria=False).encode(
        y=alt.Y("p10:Q", axis=money, scale=amounts), y2="p90:Q"
    )
    middle = base.mark_line(color=MEDIAN, strokeWidth=2.5, aria=False).encode(y="p50:Q")
    points = base.mark_circle(color=MEDIAN, size=70, opacity=1).encode(y="p50:Q", tooltip=tooltip)
    rules = alt.Chart().mark_rule(color=QUIET, strokeDash=[1, 3], aria=False).encode(x=day)
    plan = (
        alt.Chart()
        .mark_line(color=PLAN, strokeWidth=1.75, strokeDash=[6, 4], aria=False)
        .encode(x=day, y="plan:Q")
    )
    year = (
        alt.Chart()
        .mark_point(shape="diamond", filled=True, color=PLAN, size=170, opacity=1)
        .encode(x=day, y="amount:Q", tooltip=alt.Tooltip("told:N", title="plan"))
    )
    beyond = (
        alt.Chart()
        .mark_text(align="right", dx=-12, fontSize=13, color=INK)
        .encode(x=day, y="amount:Q", text="beyond:N")
    )
    # the label of a period that ends where the chart begins would lie left of it
    inside = [row for row in ends if row["day"] != fan[0]["day"]]
    at_start = [row for row in ends if row["day"] == fan[0]["day"]]
    planned = [row for row in fan if row["plan"] is not None]
    layers: list[tuple[alt.Chart, Sequence[Row]]] = [
        (band, fan),
        (rules, ends),
        (middle, fan),
        (plan, planned if len(planned) >= LEAST_POINTS else ()),
        (year, plans),
        (beyond, [row for row in plans if row["beyond"]]),
        (points, fan),
        (_label(day, side="right"), inside),
        (_label(day, side="left"), at_start),
    ]
    # a layer without rows has no extent, which Vega warns of
    chart = alt.layer(*(layer.properties(data=_inline(rows)) for layer, rows in layers if rows))
    return _specification(chart, height=360, description=description)


def draw_survival(*, currency: str, description: str) -> dict[str, Any]:
    """Draw the chance of every quota by cadence, on data that the page puts in.

    The page fills ``curve`` (``cadence``, ``x``, ``p``) and ``reading``, the same at the quota
    that is read off.
    """
    order = list(CADENCE_COLOURS)
    colour = alt.Color(
        "cadence:N",
        legend=None,
        scale=alt.Scale(domain=order, range=list(CADENCE_COLOURS.values())),
    )
    dash = alt.StrokeDash(
        "cadence:N", legend=None, scale=alt.Scale(domain=order, range=[[1, 0], [8, 3], [2, 3]])
    )
    x = alt.X(
        "x:Q",
        title=[f"quota a month, {currency}", "(a quarter's is 3 times, a year's 12 times that)"],
        axis=alt.Axis(
            format="~s",
            labelExpr=_BARE_ZERO,
            tickCount=6,
            grid=False,
            titlePadding=8,
            titleFontSize=12,
        ),
        scale=alt.Scale(nice=False),
    )
    y = alt.Y(
        "p:Q",
        title="P(hit)",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    curve = alt.Chart(alt.NamedData("curve"))
    reading = alt.Chart(alt.NamedData("reading"))
    lines = curve.mark_line(strokeWidth=2.5, clip=True).encode(
        x=x, y=y, color=colour, strokeDash=dash
    )
    rule = reading.mark_rule(color=INK, strokeWidth=1.25).encode(x=x)
    points = reading.mark_point(size=90, filled=True, opacity=1).encode(x=x, y=y, color=colour)
    chart = alt.layer(lines, rule, points)
    return _specification(chart, height=340, description=description)
