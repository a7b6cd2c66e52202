"""Gaps in a few sentences: who loses where, what it costs, and what it is too early to tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.differences import TOO_EARLY
from quotarisk.analysis.reference import Against
from quotarisk.reporting.formats import Z_95, speak_money, write_number, write_value
from quotarisk.wording import count_of, list_names

Row = Mapping[str, Any]
REST: dict[Against, str] = {"team": "the rest of the team", "benchmark": "benchmarks"}
MOST_TOLD = 2  # reps of whom it is told where they lose
MOST_CAUSES = 3
_LEAST = 0.0005  # what is written as no point at all


def write_figure(value: float | None, unit: str) -> str:
    """How is a figure written in its unit?

    Examples
    --------
    >>> write_figure(0.1714, "share"), write_figure(28.0, "days"), write_figure(8_681.0, "currency")
    ('17.1 %', '28 days', '8.68k')
    >>> write_figure(3.333, "activities an hour"), write_figure(32.0, "hours a week")
    ('3.33/hour', '32.0 h')
    """
    if value is None:
        return write_value(None, "text")
    if unit.startswith("share"):
        return f"{100 * value:.1f} %"
    if unit == "currency":
        return speak_money(value)
    if unit == "days":
        return f"{value:.0f} days"
    number = write_number(value)
    if unit.startswith("hours"):
        return f"{number} h"
    return f"{number}/{'hour' if unit.endswith('an hour') else 'week'}"


def write_factor(factor: str) -> str:
    """How is that called in which a rep differs?

    Examples
    --------
    >>> write_factor("stage: meeting"), write_factor("time: per deal")
    ('to meeting', 'time: per deal')
    """
    stage = factor.removeprefix("stage: ")
    return factor if stage == factor else f"to {stage}"


def write_needed(row: Row) -> str:
    """How many more deals would tell? Nothing where it is told already.

    Examples
    --------
    >>> write_needed({"verdict": "too early to tell", "needed": 161, "counted": "opportunities"})
    '161 opportunities'
    >>> write_needed({"verdict": "too early to tell", "needed": None, "counted": "won deals"})
    'no number'
    """
    if row["verdict"] != TOO_EARLY:
        return ""
    return "no number" if row["needed"] is None else f"{row['needed']:,} {row['counted']}"


class _Measure:
    """In what gaps are told: points of P(hit), or bookings where there is no quota."""

    def __init__(self, row: Row, currency: str) -> None:
        self.in_points = row["gap"] is not None
        self.currency = currency
        self.whole, self.of_parts = ("gap", "points") if self.in_points else ("mean_gap", "amount")
        self.real = f"{self.whole}_real"

    def write(self, value: float) -> str:
        """Write a size without its sign."""
        return f"{abs(100 * value):.1f}" if self.in_points else speak_money(abs(value))

    def with_unit(self, value: float) -> str:
        """Write a size with its unit."""
        return f"{self.write(value)} {'points' if self.in_points else self.currency}"

    def is_clear(self, row: Row, key: str) -> bool:
        """Is it more than nothing, as far as the futures tell?"""
        return bool(abs(row[key]) >= max(Z_95 * row[f"{key}_se"], _LEAST))


def _beside(row: Row) -> str:
    own, other = (write_figure(row[key], row["unit"]) for key in ("own", "reference"))
    return f"{own} against {other}"


def _named(row: Row) -> str:
    told = write_factor(row["factor"])
    return f"conversion {told}" if row["figure"] == "stage" else told


def _with_more(told: Sequence[str], noun: str) -> str:
    """Tell a few, count the rest."""
    more = len(told) - MOST_CAUSES
    shown = list(told[:MOST_CAUSES])
    return list_names([*shown, *([f"{count_of(more, f'other {noun}')}"] if more > 0 else [])])


def _unsure(row: Row, measure: _Measure) -> str:
    """Say on which side a difference seems to lie, and what it would take to tell."""
    size = row[measure.of_parts]
    told = f"{_named(row)} ({'costs' if size > 0 else 'ahead by'} {measure.write(size)}"
    more = f"; {row['needed']:,} more {row['counted']} would tell" if row["needed"] else ""
    return f"{told}{more})"


def _causes(rows: Sequence[Row], measure: _Measure) -> Iterator[str]:
    """Say what costs, what is ahead, and of what it is too early to tell."""
    clear = [row for row in rows if measure.is_clear(row, measure.of_parts)]
    real = [row for row in clear if row["verdict"] != TOO_EARLY]
    costs = [row for row in real if row[measure.of_parts] > 0]
    gains = [row for row in real if row[measure.of_parts] < 0]
    if costs:
        told = [
            f"{_named(row)} costs {measure.write(row[measure.of_parts])} ({_beside(row)})"
            for row in costs
        ]
        yield _with_more(told, "difference")
    if gains:
        told = [f"{_named(row)} ({measure.write(row[measure.of_parts])})" for row in gains[::-1]]
        yield f"ahead in {_with_more(told, 'difference')}"
    early = [row for row in clear if row["verdict"] == TOO_EARLY]
    if early:
        told = [_unsure(row, measure) for row in early]
        yield f"{TOO_EARLY}: {_with_more(told, 'difference')}"


def _loser(row: Row, parts: pl.DataFrame, measure: _Measure, whose: str) -> str:
    """Say what a rep loses, and where."""
    rows = list(parts.filter(name=row["name"]).iter_rows(named=True))
    period = row["period"]
    if measure.in_points:
        own, other = (write_value(row[key], "share") for key in ("p_hit", "p_reference"))
        lost = f"hits {period} with {own} %, and would with {other} % with the figures of {whose}"
    else:
        more = measure.with_unit(row["mean_gap"])
        lost = f"would book {more} more in {period} on average with the figures of {whose}"
    causes = "; ".join(_causes(rows, measure))
    return f"{row['name']} {lost}" + (f": {causes}." if causes else ".")


Told = Sequence[tuple[Row, _Measure]]


def _names(rows: Told) -> str:
    """Name reps with what their real differences come to, the largest first."""
    ranked = sorted(rows, key=lambda each: -abs(each[0][each[1].real]))
    return list_names([f"{row['name']} by {m.with_unit(row[m.real])}" for row, m in ranked])


def _headline(losing: Told, number: int, whose: str) -> str:
    """Count who loses, and say whether that is clear."""
    if not losing:
        return f"No rep clearly loses against {whose}."
    period = losing[0][0]["period"]
    clear = [(row, m) for row, m in losing if row[m.real] > 0 and m.is_clear(row, m.real)]
    some = clear or losing
    told = (
        f"{len(some)} of {count_of(number, 'rep')} {'loses' if len(some) == 1 else 'lose'} "
        f"against {whose} in {period}"
    )
    if not clear:
        return f"{told}, but {TOO_EARLY} in what."
    return f"{told} by differences that are real: {_names(clear)}."


def is_alone(answer: Answer, against: Against) -> bool:
    """Is there nobody else in the team to hold the only rep against?"""
    return against == "team" and answer.parts["reps"].height == 1


def gap_sentences(answer: Answer, currency: str, against: Against) -> tuple[str, ...]:
    """Who loses where, and what does it cost? The worst first.

    Parameters
    ----------
    answer
        From `find_gaps`.
    currency
        Of its amounts.
    against
        What reps were held against.
    """
    rows = [(row, _Measure(row, currency)) for row in answer.parts["reps"].iter_rows(named=True)]
    whose = REST[against]
    if is_alone(answer, against):
        who = rows[0][0]["name"]
        return (f"{who} is the only rep: there is no rest of the team to be held against.",)
    losing = [(row, m) for row, m in rows if row[m.whole] > 0 and m.is_clear(row, m.whole)]
    told = [_headline(losing, len(rows), whose)]
    told += [_loser(row, answer.frame, m, whose) for row, m in losing[:MOST_TOLD]]
    if len(losing) > MOST_TOLD:
        told.append(f"Others lose less: {list_names([r['name'] for r, _ in losing[MOST_TOLD:]])}.")
    ahead = [
        (row, m)
        for row, m in rows
        if row[m.whole] < 0 and row[m.real] < 0 and m.is_clear(row, m.real)
    ]
    if ahead:
        told.append(f"Ahead of {whose} by differences that are real: {_names(ahead)}.")
    return tuple(told)
