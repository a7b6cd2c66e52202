"""Goals in a few sentences: who must do more, what is in the way, what would buy the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.goal_frames import TOO_LATE
from quotarisk.analysis.levers import LEVERS
from quotarisk.reporting.formats import speak_money, write_number, write_value
from quotarisk.wording import count_of, list_names

Row = Mapping[str, Any]
MOST_NAMED = 3  # reps of whom it is told what would buy the rest
PASSED = "has passed"


def _chance(share: float) -> str:
    return f"{write_value(share, 'share')} %"


def _span(values: list[float], write: Callable[[float], str]) -> str:
    low, high = write(min(values)), write(max(values))
    return low if low == high else f"{low} to {high}"


def _paces(answer: Answer) -> Iterator[str]:
    """Count who must make more opportunities, and how many times as many."""
    frame = answer.frame.drop_nulls("p_hit")
    if frame.is_empty():
        return
    row = frame.row(0, named=True)
    goal = f"To hit {row['period']} with {100 * row['confidence']:g} %"
    more = frame.filter(pl.col("pace") > 1)
    paces, alone = more["pace"].to_list(), frame.height == 1
    if paces:
        verb = "needs" if len(paces) == 1 else "need"
        whom = row["name"] if alone else f"{len(paces)} of {count_of(frame.height, 'rep')}"
        times = _span(paces, lambda pace: f"{pace:.2f}")
        yield f"{goal}, {whom} {verb} more opportunities than today: {times} times as many."
    there = frame.filter(pl.col("pace") <= 1)["name"].to_list()
    if there:
        verb = "needs" if len(there) == 1 else "need"
        whom = "all reps" if len(there) == frame.height > 1 else list_names(there)
        yield f"{'' if paces else f'{goal}, '}{whom} {verb} no more than today."
    never = frame.filter(pl.col("p_goal").is_null(), pl.col("opps_now") > 0)
    is_late = pl.col("reason").str.starts_with(TOO_LATE)
    late = never.filter(is_late)["name"].to_list()
    if late:
        yield f"Too late in the period for new opportunities alone: {list_names(late)}."
    others = never.filter(~is_late)["name"].to_list()
    if others:
        yield f"No number of opportunities is enough for {list_names(others)}."


def _naive(answer: Answer) -> Iterator[str]:
    """Hold the work-back by averages against it."""
    # who is there already needs no work-back
    rows = answer.frame.drop_nulls("p_naive").filter(pl.col("p_hit") < pl.col("confidence"))
    if rows.height:
        span = _span(rows["p_naive"].to_list(), lambda share: write_value(share, "share"))
        yield (
            "The usual work-back by averages (quota / deal size / win rate / weeks) knows neither "
            f"cycles nor luck: with it P(hit) is {span} %."
        )


def _times(answer: Answer) -> Iterator[str]:
    """Tell who has time for it, and what can be reached otherwise."""
    told = answer.frame.drop_nulls("has_time")
    if told.is_empty():
        return
    short = told.filter(~pl.col("has_time"))
    names, alone = list_names(told["name"].to_list()), told.height == 1
    if short.is_empty():
        whom = names if alone else f"all of {count_of(told.height, 'rep')} with hours"
        yield f"There is time for it for {whom}."
        return
    few = f"{short.height} of {count_of(told.height, 'rep')} with hours: "
    whom = names if alone else f"{few}{list_names(short['name'].to_list())}"
    yield f"Time is too short for {whom}."


def _lever_words(row: Row) -> str:
    if row["lever"] == LEVERS[0]:
        return f"a win rate of {_chance(row['needed'])} ({_chance(row['now'])} today)"
    if row["lever"] == LEVERS[1]:
        return f"{write_number(row['change'])} more inbound opportunities a week"
    lower = -100 * row["change"] / row["now"]
    return f"a quota of {speak_money(row['needed'])} {row['unit']} ({lower:.0f} % lower)"


def _levers(answer: Answer) -> Iterator[str]:
    """Tell what would buy the rest for those who are furthest off."""
    levers = answer.parts["levers"].drop_nulls("needed")
    off = answer.frame.filter(pl.col("name").is_in(levers["name"].unique().to_list())).sort("p_hit")
    for name in off["name"].head(MOST_NAMED):
        words = [_lever_words(row) for row in levers.filter(name=name).iter_rows(named=True)]
        *most, last = words
        told = f"{', '.join(most)} or {last}" if most else last
        yield f"{'Each by itself' if most else 'This'} would be enough for {name}: {told}."
    yield from _not_enough(answer, off["name"].head(MOST_NAMED).to_list())


def _not_enough(answer: Answer, names: list[str]) -> Iterator[str]:
    """Tell of whom more inbound opportunities would never be enough."""
    rows = answer.parts["levers"].filter(
        pl.col("name").is_in(names), pl.col("needed").is_null(), lever=LEVERS[1]
    )
    told = [
        f"{row['name']} ({_chance(row['p_hit'])} at most)" for row in rows.iter_rows(named=True)
    ]
    if told:
        yield f"More inbound opportunities alone would not be for {list_names(told)}."


def _last_days(answer: Answer) -> Iterator[str]:
    """Tell until when new deals can still close, by segment."""
    rows = answer.parts["segments"]
    if rows.is_empty():
        return
    days = (
        rows.group_by("segment", maintain_order=True)
        .agg(pl.col("last_day").min().alias("first"), pl.col("last_day").max().alias("last"))
        .iter_rows(named=True)
    )
    told = []
    for row in days:
        if row["first"] is None:
            told.append(f"{row['segment']} {PASSED}")
        else:
            others = "" if row["first"] == row["last"] else f" to {row['last']}"
            told.append(f"{row['segment']} {row['first']}{others}")
    yield (
        "Last day on which a new deal that is won has an even chance to close in time: "
        f"{'; '.join(told)}."
    )


def _cover(answer: Answer, currency: str) -> Iterator[str]:
    """Tell what the team has open, and what it takes."""
    rows = answer.parts["coverage"].filter(level="team").drop_nulls("coverage")
    for row in rows.iter_rows(named=True):
        needed = row["coverage_80"]
        takes = (
            "no pipeline of this kind gives 80 %" if needed is None else f"80 % takes {needed:.1f}x"
        )
        rule = (
            "" if row["p_rule"] is None else f", and the rule of 3x gives {_chance(row['p_rule'])}"
        )
        yield (
            f"The team has {speak_money(row['pipeline'])} {currency} open, {row['coverage']:.1f}x "
            f"what is missing to its {row['period']} quota, and hits with {_chance(row['p_hit'])}; "
            f"{takes}{rule}."
        )


def goal_sentences(answer: Answer, currency: str) -> tuple[str, ...]:
    """What do goals come to?

    Parameters
    ----------
    answer
        From `plan_goals`.
    currency
        Of its amounts.
    """
    return (
        *_paces(answer),
        *_naive(answer),
        *_times(answer),
        *_levers(answer),
        *_last_days(answer),
        *_cover(answer, currency),
    )
