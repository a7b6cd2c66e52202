"""Pay in a few sentences: what it costs, who earns the OTE, what is sold for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.behaviour import EXPOSURE
from quotarisk.analysis.choice import BETTER
from quotarisk.reporting.formats import speak_money, write_error, write_share
from quotarisk.reporting.pay_glance import CENTS, first_plan, longest, widest
from quotarisk.scenario.scenario import Scenario
from quotarisk.wording import list_names

Row = Mapping[str, Any]
_CLEAR = 2.0  # standard errors


def _is_clear(row: Row, key: str) -> bool:
    return bool(abs(row[key]) > max(_CLEAR * (row[f"{key}_se"] or 0.0), CENTS))


def _change(row: Row, key: str, currency: str) -> str:
    """How much more or less, with the error: 8.5k USD ±1.2k more."""
    amount, error = speak_money(abs(row[key])), write_error(row[f"{key}_se"], "money")
    more = "more" if row[key] > 0 else "less"
    return f"{amount} {currency} {error} {more}".replace("  ", " ")


def _whom(row: Row) -> str:
    return "the team" if row["level"] == "team" else str(row["name"])


def _of_plan(frame: pl.DataFrame) -> str:
    """Name the plan, or say that there are several."""
    plans = frame["plan"].unique().to_list()
    return f"plan {plans[0]}" if len(plans) == 1 and plans[0] is not None else "the plans"


def _some(number: int, total: int) -> str:
    """Count some of all: none of 5 reps, 2 of 5 reps, all 5 reps."""
    if number == total:
        return f"all {total:,} reps"
    return f"{number or 'none':,} of {total:,} reps" if number else f"none of {total:,} reps"


def _costs(answer: Answer, currency: str) -> Iterator[str]:
    rows = longest(first_plan(widest(answer.frame)))
    row = rows.row(0, named=True)
    several = "pay" if row["plan"] is None else "pays"
    share = "" if row["cost_of_sales"] is None else (
        f" Pay is {100 * row['cost_of_sales']:.1f} % of bookings."
    )  # fmt: skip
    yield (
        f"In {row['period']} {_of_plan(rows)} {several} {_whom(row)} {speak_money(row['budget'])} "
        f"{currency} in the median future (the budget) and {speak_money(row['p90'])} or more in 1 "
        f"of 10: a reserve of {speak_money(row['reserve'])}.{share}"
    )
    at_mean = f"Expected bookings would pay {speak_money(row['pay_at_mean'])} {currency}"
    if _is_clear(row, "cost_of_average"):
        yield (
            f"{at_mean}, yet expected pay is {speak_money(row['mean'])}: the cost of the average "
            f"is not the average cost, which is {_change(row, 'cost_of_average', currency)}."
        )
    else:
        yield f"{at_mean}, and expected pay is no different ({speak_money(row['mean'])})."


def _on_target(answer: Answer) -> Iterator[str]:
    """Who is likely to earn the OTE?"""
    reps = first_plan(longest(answer.frame.filter(level="rep")))
    reps = reps.filter(period=reps["period"][0]).drop_nulls("p_ote").sort("p_ote")
    if reps.is_empty():
        return
    low, high = reps.row(0, named=True), reps.row(-1, named=True)
    told = [f"{write_share(row['p_ote'])} % ({row['name']})" for row in (low, high)]
    if reps.height == 1:
        yield f"{low['name']} earns the OTE of {low['period']} with {told[0].split(' (')[0]}."
        return
    likely = reps.filter(pl.col("p_ote") > 0.5).height
    verb = "is" if likely < 2 and likely != reps.height else "are"
    told_of = f"{_some(likely, reps.height)} {verb} more likely than not to earn the OTE"
    yield f"{told_of[0].upper()}{told_of[1:]} of {low['period']}: from {told[0]} to {told[1]}."


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


def _cadences(answer: Answer, currency: str) -> Iterator[str]:
    """What would the month cost instead of the quarter, or the quarter instead of the month?"""
    rows = first_plan(widest(answer.parts["cadences"]))
    own = next(iter(rows.filter("own")["cadence"]), None)
    instead = "throughout" if own is None else f"instead of the {own}"
    for row in rows.filter(~pl.col("own"), pl.col("cadence") != "year").iter_rows(named=True):
        pays = (
            f"pays {_change(row, 'mean_change', currency)}"
            if _is_clear(row, "mean_change")
            else "pays as much"
        )
        before = row["volatility"] - row["volatility_change"]
        yield (
            f"By the {row['cadence']} {instead} the same plan {pays} and varies by "
            f"{speak_money(row['volatility'])} instead of {speak_money(before)} from month to month"
            f"{_who_gains(row, _reps(answer))}."
        )


def _compared(answer: Answer, currency: str) -> Iterator[str]:
    if "compare" not in answer.parts:
        return
    rows = widest(answer.parts["compare"])
    first = pl.col("period") == pl.col("period").first()
    told = rows.filter(pl.col("plan") != pl.col("against"), first)
    for row in told.iter_rows(named=True):
        costs = (
            f"pays {_whom(row)} {_change(row, 'mean_change', currency)}"
            if _is_clear(row, "mean_change")
            else f"pays {_whom(row)} as much"
        )
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


def _mixes(answer: Answer, currency: str) -> Iterator[str]:
    """Which deals does the plan make people sell, and are they what the company wants?"""
    rows = first_plan(answer.parts["mixes"])
    if rows.is_empty():
        return
    best, reps = rows.filter(objective="pay"), _reps(answer)
    better, wanted = best.filter(verdict=BETTER), _wanted(rows, best, reps)
    under = f"Under {_of_plan(rows)}"
    if better.is_empty():
        whom = rows["name"][0] if reps == 1 else f"any of {reps:,} reps"
        yield f"{under} no other mix of deals clearly pays {whom} more{wanted}."
        return
    top = better.sort("pay_change", descending=True).row(0, named=True)
    today = rows.filter(objective="today", name=top["name"])["mix"][0]
    whom = top["name"] if reps == 1 else _some(better.height, reps)
    most = f"another mix, most of all {top['name']} with " if reps > 1 else ""
    books = (
        f", bookings {_change(top, 'bookings_change', currency)}"
        if _is_clear(top, "bookings_change")
        else ""
    )
    yield (
        f"{under} {whom} would be paid clearly more with {most}{top['mix']} instead of {today}: "
        f"pay {_change(top, 'pay_change', currency)}{books}{wanted}."
    )


def _spifs(answer: Answer, currency: str) -> Iterator[str]:
    """What does each SPIF move, cost and bring, all reps together?"""
    rows = first_plan(answer.parts["spifs"])
    for _, told in rows.group_by("plan", "spif", maintain_order=True):
        moved = told.filter(pl.col("share_moved").abs() > 1e-9).sort("share_moved")
        # reps share luck, so errors are added as if they were one
        total = told.select(
            pl.col("spif_pay_today", "pay_change", "bookings_change").sum(),
            pl.col("pay_change_se", "bookings_change_se").sum(),
        ).row(0, named=True)
        paid = (
            f"At today's mixes the SPIF on {told['segment'][0]} pays "
            f"{speak_money(total['spif_pay_today'])} {currency}."
        )
        whom = told["name"][0] if told.height == 1 else _some(moved.height, told.height)
        if moved.is_empty():
            yield f"{paid} It moves nobody's best-paid mix."
            continue
        most = moved.row(-1, named=True)
        points = f"{100 * most['share_moved']:.0f} points"
        by = f"by up to {points} ({most['name']})" if moved.height > 1 else f"by {points}"
        if moved.height == 1 < told.height:
            whom = f"{whom} ({most['name']})"
        pays, brings = (
            _change(total, key, currency) if _is_clear(total, key) else "no clear change"
            for key in ("pay_change", "bookings_change")
        )
        yield (
            f"{paid} It moves the best-paid mix of {whom} {by}; all in all pay {pays}, bookings "
            f"{brings}."
        )


def _efficiency(answer: Answer, currency: str) -> Iterator[str]:
    rows = first_plan(answer.parts["efficiency"].filter(level="team", channel="all"), "channel")
    for row in rows.drop_nulls("cac").iter_rows(named=True):
        spent = "pay alone" if row["spend"] == 0 else "programme spend and pay"
        span = "" if None in (row["cac_p10"], row["cac_p90"]) else (
            f" ({speak_money(row['cac_p10'])} to {speak_money(row['cac_p90'])} in 8 of 10 futures)"
        )  # fmt: skip
        worth = "" if row["ltv_to_cac"] is None else (
            f", and its lifetime value is {row['ltv_to_cac']:.1f} times that"
        )  # fmt: skip
        yield f"A won deal costs {speak_money(row['cac'])} {currency} of {spent}{span}{worth}."


def _behaviour(answer: Answer, currency: str) -> Iterator[str]:
    """What would each named behaviour do to bookings?"""
    if "behaviour" not in answer.parts:
        return
    rows = first_plan(widest(answer.parts["behaviour"])).filter(pl.col("behaviour") != EXPOSURE)
    told = [
        f"{_change(row, 'bookings_change', currency)} ({row['behaviour']})"
        if row["bookings_change"] != 0
        else f"as much ({row['behaviour']})"
        for row in rows.iter_rows(named=True)
    ]
    yield (
        f"If people acted on their pay as is assumed below, {_whom(rows.row(0, named=True))} would "
        f"book {list_names(told)}."
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
    currency = scenario.currency
    told = [*_costs(answer, currency), *_on_target(answer), *_compared(answer, currency)]
    for tell in (_cadences, _mixes, _spifs, _efficiency, _behaviour):
        told += tell(answer, currency)
    return tuple(told)
