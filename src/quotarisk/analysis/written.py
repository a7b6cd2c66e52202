"""Inputs in words: what a figure, a quota or a deal said before and says now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.team import OpenDeal

Figure = OppRate | WinRate | LawSpec | Funnel | float
NONE = "none"
_MOST = 5  # numbers that are all told; of more the first, the middle and the last that differ


def write_amount(amount: float) -> str:
    """How is an amount written? Cents only where there are any.

    Examples
    --------
    >>> write_amount(8000.0), write_amount(12.5)
    ('8,000', '12.50')
    """
    return f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.2f}"


def write_plain(number: float) -> str:
    """How is any number written? With the digits that tell it.

    Examples
    --------
    >>> write_plain(0.3), write_plain(8000.0), write_plain(1 / 3)
    ('0.3', '8,000', '0.33333')
    """
    return f"{number:,.0f}" if number == round(number) else f"{number:,.5g}"


def write_amounts(amounts: Sequence[float]) -> str:
    """How are the quotas of some periods written?

    Examples
    --------
    >>> write_amounts([20.0, 20.0]), write_amounts([20.0, 30.0]), write_amounts([])
    ('20', '20 to 30', 'none')
    """
    if not amounts:
        return NONE
    ends = dict.fromkeys(write_amount(end) for end in (min(amounts), max(amounts)))
    return " to ".join(ends)


def _abridge(parts: Mapping[str, str], beside: Mapping[str, str], noun: str) -> str:
    """Tell a few of many numbers, by their places: of those that are another beside them."""
    if len(parts) <= _MOST:
        return ", ".join(f"{place}: {number}" for place, number in parts.items())
    apart = [place for place in parts if beside.get(place) != parts[place]] or list(parts)
    picked = dict.fromkeys((apart[0], apart[len(apart) // 2], apart[-1]))
    told = ", ".join(f"{place}: {parts[place]}" for place in picked)
    return f"{told}, … ({len(parts):,} {noun})"


def write_numbers(numbers: Sequence[float], beside: Sequence[float] = ()) -> str:
    """How are some numbers written? Of many a few that differ from those beside them.

    Examples
    --------
    >>> write_numbers([0.5, 1.0]), write_numbers([])
    ('0.5, 1', 'none')
    >>> write_numbers([1, 1, 1, 1, 1, 2, 1], beside=[1] * 7)
    '6: 2, … (7 numbers)'
    """
    if len(numbers) <= _MOST:
        return ", ".join(map(write_plain, numbers)) or NONE
    placed, others = (
        {str(place): write_plain(number) for place, number in enumerate(each, 1)}
        for each in (numbers, beside)
    )
    return _abridge(placed, others, "numbers")


def mean_of_figure(figure: Figure) -> float:
    """What does a figure come to on average?"""
    if isinstance(figure, LawSpec):
        return float(figure.law.mean)
    if isinstance(figure, Funnel):
        return figure.opps_per_hour
    return figure.mean if isinstance(figure, OppRate | WinRate) else figure


def _write_quantiles(spec: LawSpec) -> dict[str, str]:
    return {str(level): write_plain(value) for level, value in (spec.quantiles or {}).items()}


def _write_law(spec: LawSpec, beside: Figure | None) -> str:
    if spec.values is not None:
        told = f"{len(spec.values):,} values, mean {write_plain(float(spec.law.mean))}"
    elif spec.quantiles is not None:
        others = _write_quantiles(beside) if isinstance(beside, LawSpec) else {}
        told = _abridge(_write_quantiles(spec), others, "levels")
    else:
        figures = ", ".join(f"{key} {write_plain(value)}" for key, value in spec.figures.items())
        told = f"{spec.dist} {figures}" if spec.dist else figures
    return told if spec.of is None else f"{told} (of {write_plain(spec.of)})"


def _write_funnel(funnel: Funnel) -> str:
    stages = ", ".join(f"{stage.name} {write_figure(stage.rate)}" for stage in funnel.stages)
    return f"{write_plain(funnel.hours_per_activity)} hours an activity, {stages}"


def write_figure(figure: Figure | None, *, beside: Figure | None = None) -> str:
    """How is a figure written, with the evidence that it comes with?

    Of a law with many levels only a few are told, that differ from those of the one beside it.

    Examples
    --------
    >>> write_figure(WinRate(won=120, of=400)), write_figure(LawSpec(median=20.0, p90=70.0))
    ('120 of 400', 'median 20, p90 70')
    """
    if figure is None:
        return NONE
    if isinstance(figure, int | float):
        return write_plain(figure)
    if isinstance(figure, Funnel):
        return _write_funnel(figure)
    if figure.known is not None:
        return write_plain(figure.known)
    if isinstance(figure, OppRate):
        return f"{write_plain(figure.opps or 0.0)} in {write_plain(figure.weeks or 0.0)} weeks"
    if isinstance(figure, WinRate):
        return f"{write_plain(figure.won or 0.0)} of {write_plain(figure.of or 0.0)}"
    return _write_law(figure, beside)


def write_deal(deal: OpenDeal) -> str:
    """What is known of an open deal?"""
    amount = "no amount" if deal.amount is None else write_amount(deal.amount)
    return f"{amount}, {deal.rep}, {deal.segment}, created {deal.created}"
