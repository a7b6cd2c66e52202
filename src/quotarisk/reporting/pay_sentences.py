"""Pay in a few sentences: what it costs, who earns the OTE, what is sold for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.behaviour import EXPOSURE
from quotarisk.analysis.choice import BETTER
from quotarisk.periods import MONTHS_IN
from quotarisk.reporting.formats import speak_money, write_error, write_share
from quotarisk.reporting.pay_glance import (
    CENTS,
    by_timing,
    first_plan,
    longest,
    speak_period,
    speak_whom,
    widest,
)
from quotarisk.scenario.scenario import Scenario
from quotarisk.wording import list_names

Row = Mapping[str, Any]
_CLEAR = 2.0  # standard errors
_NO_MOVE = 1e-9  # what rounding of a share may come to


def _is_clear(row: Row, key: str) -> bool:
    return bool(abs(row[key]) > max(_CLEAR * (row[f"{key}_se"] or 0.0), CENTS))


def _change(row: Row, key: str, currency: str) -> str:
    """How much more or less, with the error: 8.5k USD ±1.2k more."""
    amount, error = speak_money(abs(row[key])), write_error(row[f"{key}_se"], "money")
    more = "more" if row[key] > 0 else "less"
    return f"{amount} {currency} {error} {more}".replace("  ", " ")


def _of_plan(frame: pl.DataFrame) -> str:
    """Name the plan, or say that there are several."""
    plans = frame["plan"].unique().to_list()
    return f"plan {plans[0]}" if len(plans) == 1 and plans[0] is not None else "the plans"


def _some(number: int, total: int) -> str:
    """Count some of all: none of 5 reps, 2 of 5 reps, both reps, all 5 reps."""
    if number == total:
        return "both reps" if total == 2 else f"all {total:,} reps"
    return f"{number or 'none':,} of {total:,} reps" if number else f"none of {total:,} reps"


def _headline(answer: Answer) -> pl.DataFrame:
    """Pay of the longest periods, the first of which the first sentence is about."""
    return longest(first_plan(widest(answer.frame)))


def _when(answer: Answer, period: str) -> str:
    """Name a period, where it is not the one that the first sentence is about."""
    return "" if period == _headline(answer)["period"][0] else f" in {period}"


def _under(answer: Answer) -> str:
    """Name the first plan, where the same people are put on several."""
    rows = widest(answer.frame)
    several = first_plan(rows).height < rows.height
    return f" under plan {rows['plan'][0]}" if several else ""


def _costs(answer: Answer, scenario: Scenario) -> Iterator[str]:
    currency, rows = scenario.currency, _headline(answer)
    row = rows.row(0, named=True)
    span, whom = speak_period(answer, scenario, row["period"]), speak_whom(answer, scenario)
    several = "pay" if row["plan"] is None else "pays"
    share = "" if row["cost_of_sales"] is None else (
        f" Pay is {100 * row['cost_of_sales']:.1f} % of bookings."
    )  # fmt: skip
    yield (
        f"In {span} {_of_plan(rows)} {several} {whom} {speak_money(row['budget'])} {currency} in "
        f"the median future (the budget) and {speak_money(row['p90'])} or more in 1 of 10: a "
        f"reserve of {speak_money(row['reserve'])}.{share}"
    )
    at_mean = f"Expected bookings would pay {speak_money(row['pay_at_mean'])} {currency}"
    if _is_clear(row, "cost_of_average"):
        yield (
            f"{at_mean}, yet expected pay is {speak_money(row['mean'])}: the cost of the average "
            f"is not the average cost, which is {_change(row, 'cost_of_average', currency)}."
        )
    else:
        yield f"{at_mean}, and expected pay is no different ({speak_money(row['mean'])})."


def _on_target(answer: Answer, scenario: Scenario) -> Iterator[str]:
    """Who is likely to earn the OTE?"""
    reps = first_plan(longest(answer.frame.filter(level="rep")))
    reps = reps.filter(period=reps["period"][0]).drop_nulls("p_ote").sort("p_ote")
    if reps.is_empty():
        return
    low, high = reps.row(0, named=True), reps.row(-1, named=True)
    ote = f"the OTE of {speak_period(answer, scenario, low['period'])}{_under(answer)}"
    told = [f"{write_share(row['p_ote'])} % ({row['name']})" for row in (low, high)]
    if reps.height == 1:
        yield f"{low['name']} earns {ote} in {told[0].split(' (')[0]} of futures."
        return
    likely = reps.filter(pl.col("p_ote") > 0.5).height
    verb = "is" if likely < 2 and likely != reps.height else "are"
    told_of = f"{_some(likely, reps.height)} {verb} more likely than not to earn {ote}"
    yield f"{told_of[0].upper()}{told_of[1:]}: from {told[0]} to {told[1]}."


def _who_gains(row: Row, reps: int) -> str:
    """Count who gains and who loses; nothing for a rep alone."""
    if row["level"] == "rep":
        return ""
    gaining, losing = row["gaining"], row["losing"]
    if not gaining and not losing:
        return "; nobody clearly gains or loses"
    told = [
        f"{_some(number, reps)} {verb}{'s' * (number == 1 < reps)}"
        for number, verb in ((gaining, "gain"), (losing, "lose"))
        if number
    ]
    return f"; {' and '.join(told)}"


def _reps(answer: Answer) -> int:
    return answer.frame.filter(level="rep")["name"].n_unique()


def _cadences(answer: Answer, scenario: Scenario) -> Iterator[str]:
    """What would the month cost instead of the quarter, or the quarter instead of the month?"""
    currency, rows = scenario.currency, first_plan(widest(answer.parts["cadences"]))
    own = next(iter(rows.filter("own")["cadence"]), None)
    instead = "for everybody" if own is None else f"instead of the {own}"
    several = rows["plan"].null_count() > 0
    plans = "the same plans" if several else (
        _under(answer).removeprefix(" under ") or "the same plan"
    )  # fmt: skip
    pay, vary = ("pay", "vary") if several else ("pays", "varies")
    whole = MONTHS_IN[_headline(answer)["cadence"][0]]
    for row in rows.filter(~pl.col("own"), pl.col("cadence") != "year").iter_rows(named=True):
        pays = (
            f"{pay} {_change(row, 'mean_change', currency)}"
            if _is_clear(row, "mean_change")
            else f"{pay} as much"
        )
        span = "" if row["months"] == whole else f" over {row['months']} months"
        before = row["volatility"] - row["volatility_change"]
        yield (
            f"By the {row['cadence']} {instead} {plans} {pays}{span} and {vary} by "
            f"{speak_money(row['volatility'])} instead of {speak_money(before)} from month to month"
            f"{_who_gains(row, _reps(answer))}."
        )


def _compared(answer: Answer, scenario: Scenario) -> Iterator[str]:
    if "compare" not in answer.parts:
        return
    currency, whom = scenario.currency, speak_whom(answer, scenario)
    rows = widest(answer.parts["compare"])
    first = pl.col("period") == pl.col("period").first()
    told = rows.filter(pl.col("plan") != pl.col("against"), first)
    for row in told.iter_rows(named=True):
        costs = (
            f"pays {whom} {_change(row, 'mean_change', currency)}"
            if _is_clear(row, "mean_change")
            else f"pays {whom} as much"
        ) + _when(answer, row["period"])
        share = "" if row["cost_of_sales"] is None else (
            f", {100 * row['cost_of_sales']:.1f} % of bookings"
        )  # fmt: skip
        yield (
            f"Instead of {row['against']}, {row['plan']} {costs}{share}"
            f"{_who_gains(row, _reps(answer))}."
        )


def _wanted(rows: pl.DataFrame, best: pl.DataFrame, reps: int) -> str:
    """Say for whom the mix that pays best is not what the company would want."""
    books = rows.filter(objective="bookings").select("name", pl.col("point").alias("books"))
    apart = best.join(books, on="name").filter(pl.col("point") != pl.col("books"))
    if apart.is_empty():
        return "; what pays best books most"
    whom = f" for {_some(apart.height, reps)}" if reps > 1 else ""
    return f"; what pays best is not what books most{whom}"


def _mixes(answer: Answer, scenario: Scenario) -> Iterator[str]:
    """Which deals does the plan make people sell, and are they what the company wants?"""
    rows = first_plan(answer.parts["mixes"])
    if rows.is_empty():
        return
    best, reps = rows.filter(objective="pay"), _reps(answer)
    better, wanted = best.filter(verdict=BETTER), _wanted(rows, best, reps)
    under = f"Under {_of_plan(rows)}{_when(answer, rows['period'][0])}"
    if better.is_empty():
        whom = rows["name"][0] if reps == 1 else f"any of {reps:,} reps"
        yield f"{under} no other mix of deals clearly pays {whom} more{wanted}."
        return
    top = better.sort("pay_change", descending=True).row(0, named=True)
    today = rows.filter(objective="today", name=top["name"])["mix"][0]
    whom = top["name"] if reps == 1 else _some(better.height, reps)
    one = f"another mix{', most of all' if better.height > 1 else ':'} {top['name']} with "
    most = one if reps > 1 else ""
    currency = scenario.currency
    timing = " from timing alone" if by_timing(answer, [top["name"]]) else ""
    books = (
        f", bookings {_change(top, 'bookings_change', currency)}{timing}"
        if _is_clear(top, "bookings_change")
        else ""
    )
    yield (
        f"{under} {whom} would be paid clearly more with {most}{top['mix']} instead of {today}: "
        f"pay {_change(top, 'pay_change', currency)}{books}{wanted}."
    )


def _costs_and_brings(total: Row, currency: str, timing: str) -> str:
    """Say what a SPIF costs and brings all in all, as far as it is clear."""
    if not any(_is_clear(total, key) for key in ("pay_change", "bookings_change")):
        return "all in all neither pay nor bookings clearly change"
    pay = (
        f"pay is {_change(total, 'pay_change', currency)}"
        if _is_clear(total, "pay_change")
        else "pay does not clearly change"
    )
    brings = (
        f"bookings are {_change(total, 'bookings_change', currency)}{timing}"
        if _is_clear(total, "bookings_change")
        else "bookings do not clearly change"
    )
    return f"all in all {pay} and {brings}"


def _spifs(answer: Answer, scenario: Scenario) -> Iterator[str]:
    """What does each SPIF move, cost and bring, all reps together?"""
    currency, rows = scenario.currency, first_plan(answer.parts["spifs"])
    for _, told in rows.group_by("plan", "spif", maintain_order=True):
        far = pl.col("share_moved").abs()
        moved = told.filter(far > _NO_MOVE).sort(far, maintain_order=True)
        # reps share luck, so errors are added as if they were one
        total = told.select(
            pl.col("spif_pay_today", "pay_change", "bookings_change").sum(),
            pl.col("pay_change_se", "bookings_change_se").sum(),
        ).row(0, named=True)
        paid = (
            f"At today's mixes the SPIF on {told['segment'][0]} pays "
            f"{speak_money(total['spif_pay_today'])} {currency}"
            f"{_when(answer, told['period'][0])}."
        )
        whom = told["name"][0] if told.height == 1 else _some(moved.height, told.height)
        if moved.is_empty():
            yield f"{paid} It moves nobody's best-paid mix."
            continue
        most = moved.row(-1, named=True)
        way = "towards it" if most["share_moved"] > 0 else "away from it"
        points = f"{100 * abs(most['share_moved']):.0f} points {way}"
        by = f"by up to {points} ({most['name']})" if moved.height > 1 else f"by {points}"
        if moved.height == 1 < told.height:
            whom = f"{whom} ({most['name']})"
        timing = " from timing alone" if by_timing(answer, moved["name"]) else ""
        brings = _costs_and_brings(total, currency, timing)
        yield f"{paid} It moves the best-paid mix of {whom} {by}; {brings}."


def _efficiency(answer: Answer, scenario: Scenario) -> Iterator[str]:
    currency, under = scenario.currency, _under(answer)
    rows = first_plan(answer.parts["efficiency"].filter(level="team", channel="all"), "channel")
    for row in rows.drop_nulls("cac").iter_rows(named=True):
        spent = "pay alone" if row["spend"] == 0 else "programme spend and pay"
        span = "" if None in (row["cac_p10"], row["cac_p90"]) else (
            f" ({speak_money(row['cac_p10'])} to {speak_money(row['cac_p90'])} in 8 of 10 futures)"
        )  # fmt: skip
        worth = "" if row["ltv_to_cac"] is None else (
            f", and its lifetime value is {row['ltv_to_cac']:.1f} times that"
        )  # fmt: skip
        when = _when(answer, row["period"])
        cost = f"{speak_money(row['cac'])} {currency} of {spent}"
        yield f"A won deal costs {cost}{when}{under}{span}{worth}."


def _behaviour(answer: Answer, scenario: Scenario) -> Iterator[str]:
    """What would each named behaviour do to bookings?"""
    if "behaviour" not in answer.parts:
        return
    rows = first_plan(widest(answer.parts["behaviour"])).filter(pl.col("behaviour") != EXPOSURE)
    told = [
        f"{_change(row, 'bookings_change', scenario.currency)} ({row['behaviour']})"
        if row["bookings_change"] != 0
        else f"as much ({row['behaviour']})"
        for row in rows.iter_rows(named=True)
    ]
    yield (
        f"If people acted on their pay as is assumed below, {speak_whom(answer, scenario)} would "
        f"book {list_names(told)}{_when(answer, rows['period'][0])}{_under(answer)}."
    )


def pay_sentences(answer: Answer, scenario: Scenario) -> tuple[str, ...]:
    """What does the answer come to?

    Parameters
    ----------
    answer
        From `price_plans`, with its mixes and its efficiency.
    scenario
        What it is about.
    """
    told = (
        tell(answer, scenario)
        for tell in (
            _costs, _on_target, _compared, _cadences, _mixes, _spifs, _efficiency, _behaviour,
        )
    )  # fmt: skip
    return tuple(chain.from_iterable(told))
