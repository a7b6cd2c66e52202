"""Tables of pay: what is read off the paths, in currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from quotarisk.analysis.exact_pay import Exact
from quotarisk.analysis.glance import figure_columns
from quotarisk.analysis.marginal_pay import bands_of
from quotarisk.analysis.pay_figures import Figures, in_currency
from quotarisk.analysis.pay_reading import Drawn, Reader
from quotarisk.analysis.pay_schemes import Offer
from quotarisk.scenario.pay import PayPlan
from quotarisk.simulation.estimates import Estimate
from quotarisk.simulation.listed import CENTS

_CLEAR = 2.0  # standard errors
_WHO = ("level", "name", "group", "plan")
_SHARES = ("p_ote", "cost_of_sales", "cv", "p_hit", "p_more", "p_less", "p_ote_change")
_RATES = frozenset((*_SHARES, "cost_of_sales_change", "rate"))
FRAME = (
    "mean", "sd", "p10", "p50", "p90", "p_ote", "budget", "reserve", "bookings", "pay_at_mean",
    "cost_of_average", "cost_of_sales",
)  # fmt: skip
VOLATILITY = ("mean", "volatility", "cv")
CADENCES = (
    "mean", "mean_change", "sd", "sd_change", "volatility", "volatility_change", "p_ote", "p_hit",
    "p_more", "p_less",
)  # fmt: skip
COMPARED = (
    "mean", "mean_change", "sd", "sd_change", "p_ote", "p_ote_change", "p_more", "p_less",
    "cost_of_sales", "cost_of_sales_change",
)  # fmt: skip
Schema = dict[str, type[pl.DataType]]


def _schema(*texts: str) -> Schema:
    return dict.fromkeys((*_WHO, *texts), pl.String)


FRAME_SCHEMA: Schema = {
    **_schema("cadence", "period"),
    "ote": pl.Float64,
    **figure_columns(*FRAME),
    "mean_exact": pl.Float64,
    "mean_z": pl.Float64,
    "p_ote_exact": pl.Float64,
    "p_ote_z": pl.Float64,
}
VOLATILITY_SCHEMA: Schema = {**_schema(), "months": pl.Int64, **figure_columns(*VOLATILITY)}
DEALS_SCHEMA: Schema = {
    **_schema("segment"),
    "attainment_from": pl.Float64,
    "attainment_to": pl.Float64,
    "just_below": pl.String,
    "share": pl.Float64,
    **figure_columns("deal_pay", "rate"),
}
CADENCES_SCHEMA: Schema = {
    **_schema("cadence"),
    "own": pl.Boolean,
    "months": pl.Int64,
    "ote": pl.Float64,
    **figure_columns(*CADENCES),
    "verdict": pl.String,
    "gaining": pl.Int64,
    "losing": pl.Int64,
}
COMPARED_SCHEMA: Schema = {
    **_schema("against", "cadence", "period"),
    **figure_columns(*COMPARED),
    "verdict": pl.String,
    "gaining": pl.Int64,
    "losing": pl.Int64,
}


def _columns(figures: Figures, names: Iterable[str]) -> dict[str, float]:
    told = {name: figures[name] for name in names}
    return in_currency(told, amounts=frozenset(told) - _RATES)


def _who(drawn: Drawn, plan: str | None) -> dict[str, object]:
    unit = drawn.unit
    return {"level": unit.level, "name": unit.name, "group": unit.group, "plan": plan}


def _table(rows: Iterable[Mapping[str, object]], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema).fill_nan(None)


def verdict_of(change: Estimate, least: float = 0.0) -> str:
    """Does somebody gain or lose by more than two standard errors?

    Parameters
    ----------
    change
        In cents.
    least
        What is no gain: plans round their amounts by the period, for each rep.
    """
    if abs(change.value) <= max(_CLEAR * change.se, least):
        return "as before" if change == (0.0, 0.0) else "no clear change"
    return "gains" if change.value > 0 else "loses"


def _least(periods: int, reps: int) -> float:
    """A unit of currency a period and rep, in cents."""
    return CENTS * periods * reps


def _in_errors(value: float, exact: float | None, error: float) -> float | None:
    return (value - exact) / error if exact is not None and error > 0 else None


def _exact_rows(
    reader: Reader, offer: Offer, each: Drawn, known: Mapping[str, Exact]
) -> list[tuple[float | None, float | None]]:
    """Exact mean in cents and exact P(pay >= OTE) of each period that is shown, where known."""
    shown, scheme = reader.shown(offer, each.members), offer.scheme
    nothing = [(None, None) for _ in shown.periods]
    if not all(name in known for name in each.members):
        return list(nothing)
    means = shown.sums(
        np.sum(
            [scheme.placed(scheme.contracts[name], known[name].means) for name in each.members],
            axis=0,
        )
    )
    chances: dict[str, float | None] = {}
    if each.unit.level == "rep":
        told = known[each.unit.name].chances
        periods = scheme.contracts[each.unit.name].periods
        chances = {period.name: chance for period, chance in zip(periods, told, strict=True)}
    return [
        (float(mean), chances.get(period.name))
        for period, mean in zip(shown.periods, means, strict=True)
    ]


def frame_of(
    reader: Reader, drawn: Sequence[Drawn], exact: Sequence[Mapping[str, Exact]]
) -> pl.DataFrame:
    """Pay of each unit, by offer and period.

    Parameters
    ----------
    reader, drawn
        What was asked, and what paths say of each unit.
    exact
        For each offer, pay of the reps of whom it is known exactly.
    """

    def rows() -> Iterator[dict[str, object]]:
        for each in drawn:
            for place, offer in enumerate(reader.offers):
                shown = reader.shown(offer, each.members)
                known = _exact_rows(reader, offer, each, exact[place])
                for row, (period, (mean, p_ote)) in enumerate(
                    zip(shown.periods, known, strict=True)
                ):
                    figures = each.told.periods[place][row] | each.at_mean[place][row]
                    chance = figures["p_ote"]
                    yield {
                        **_who(each, offer.plan_of(each.members)),
                        "cadence": period.cadence,
                        "period": period.name,
                        "ote": shown.on_target[row] / CENTS,
                        **_columns(figures, FRAME),
                        "mean_exact": None if mean is None else mean / CENTS,
                        "mean_z": _in_errors(figures["mean"].value, mean, figures["mean"].se),
                        "p_ote_exact": p_ote,
                        "p_ote_z": _in_errors(chance.value, p_ote, chance.se),
                    }

    return _table(rows(), FRAME_SCHEMA)


def volatility_frame(reader: Reader, drawn: Sequence[Drawn]) -> pl.DataFrame:
    """How far pay moves from month to month, by offer."""
    rows = (
        {
            **_who(each, offer.plan_of(each.members)),
            "months": reader.known(offer.scheme, each.members).cash.months,
            **_columns(each.told.volatility[place], VOLATILITY),
        }
        for each in drawn
        for place, offer in enumerate(reader.offers)
    )
    return _table(rows, VOLATILITY_SCHEMA)


def deals_frame(
    drawn: Sequence[Drawn], errors: Sequence[Drawn] | None, plans: Mapping[str, PayPlan]
) -> pl.DataFrame:
    """What one more deal pays, by plan, segment and attainment."""

    def rows() -> Iterator[dict[str, object]]:
        for number, each in enumerate(drawn):
            for place, deals in enumerate(each.deals):
                for (plan, segment), sums in deals.items():
                    bands = bands_of(plans[plan])
                    share, pay, rate = sums.estimates()
                    apart = errors and errors[number].deals[place][plan, segment].estimates()
                    for band in np.flatnonzero(share > 0).tolist():
                        inside = band < len(bands.ends)
                        told = {"deal_pay": pay[band], "rate": rate[band]}
                        if apart:
                            told = {
                                "deal_pay": Estimate(pay[band].value, apart[1][band].se),
                                "rate": Estimate(rate[band].value, apart[2][band].se),
                            }
                        yield {
                            **_who(each, plan),
                            "segment": segment,
                            "attainment_from": bands.edges[band] if inside else None,
                            "attainment_to": bands.edges[band + 1]
                            if inside and np.isfinite(bands.edges[band + 1])
                            else None,
                            "just_below": (bands.ends[band] or None) if inside else None,
                            "share": share[band],
                            **_columns(told, told),
                        }

    return _table(rows(), DEALS_SCHEMA)


def _counted(verdicts: Iterable[str]) -> dict[str, object]:
    told = list(verdicts)
    return {"gaining": told.count("gains"), "losing": told.count("loses")}


def cadences_frame(reader: Reader, drawn: Sequence[Drawn]) -> pl.DataFrame:
    """The same plans by month, quarter and year."""
    reps = {each.unit.name: each for each in drawn if each.unit.level == "rep"}

    def row_of(
        each: Drawn, place: int, offer: Offer, cadence: str, figures: Figures
    ) -> dict[str, object]:
        scheme = offer.by_cadence[cadence]  # type: ignore[index]
        contracts = [offer.own.contracts[name] for name in each.members]
        # the own cadence rounds by its periods, this one by its own
        number = max(len(scheme.periods), len(offer.own.periods))
        verdicts = (
            verdict_of(
                reps[name].told.cadences[place][cadence]["mean_change"],  # type: ignore[index]
                _least(number, 1),
            )
            for name in each.members
        )
        target = sum(float(scheme.contracts[name].on_target.sum()) for name in each.members)
        return {
            **_who(each, offer.plan_of(each.members)),
            "cadence": cadence,
            "own": all(contract.plan.cadence == cadence for contract in contracts),
            "months": sum(len(period.month_names) for period in scheme.periods),
            "ote": target / CENTS,
            **_columns(figures, CADENCES),
            "verdict": verdict_of(figures["mean_change"], _least(number, len(each.members))),
            **_counted(verdicts),
        }

    rows = (
        row_of(each, place, offer, cadence, figures)
        for each in drawn
        for place, offer in enumerate(reader.offers)
        for cadence, figures in each.told.cadences[place].items()
    )
    return _table(rows, CADENCES_SCHEMA)


def compared_frame(reader: Reader, drawn: Sequence[Drawn]) -> pl.DataFrame:
    """Each plan beside the first, on the same paths."""
    reps = {each.unit.name: each for each in drawn if each.unit.level == "rep"}
    first = reader.offers[0].name

    def rows() -> Iterator[dict[str, object]]:
        for each in drawn:
            shown = reader.compared(each.members)
            for place, figures in enumerate(each.told.compared):
                for row, told in enumerate(figures):
                    period = shown[place].periods[row]
                    number = max(shown[i].stop[row] - shown[i].begin[row] for i in (0, place))
                    verdicts = (
                        verdict_of(
                            reps[name].told.compared[place][row]["mean_change"], _least(number, 1)
                        )
                        for name in each.members
                    )
                    yield {
                        **_who(each, reader.offers[place].name),
                        "against": first,
                        "cadence": period.cadence,
                        "period": period.name,
                        **_columns(told, COMPARED),
                        "verdict": verdict_of(
                            told["mean_change"], _least(number, len(each.members))
                        ),
                        **_counted(verdicts),
                    }

    return _table(rows(), COMPARED_SCHEMA)
