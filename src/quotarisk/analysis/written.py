"""Inputs in words: what a figure, a quota or a deal said before and says now."""

from __future__ import annotations

from collections.abc import Sequence

from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.team import OpenDeal

Figure = OppRate | WinRate | LawSpec | float


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
        return "none"
    ends = dict.fromkeys(write_amount(end) for end in (min(amounts), max(amounts)))
    return " to ".join(ends)


def mean_of_figure(figure: Figure) -> float:
    """What does a figure come to on average?"""
    if isinstance(figure, LawSpec):
        return float(figure.law.mean)
    return figure.mean if isinstance(figure, OppRate | WinRate) else figure


def _write_law(spec: LawSpec) -> str:
    if spec.values is not None:
        told = f"{len(spec.values):,} values, mean {write_plain(float(spec.law.mean))}"
    elif spec.quantiles is not None:
        told = ", ".join(
            f"{level}: {write_plain(value)}" for level, value in spec.quantiles.items()
        )
    else:
        figures = ", ".join(f"{key} {write_plain(value)}" for key, value in spec.figures.items())
        told = f"{spec.dist} {figures}" if spec.dist else figures
    return told if spec.of is None else f"{told} (of {write_plain(spec.of)})"


def write_figure(figure: Figure) -> str:
    """How is a figure written, with the evidence that it comes with?

    Examples
    --------
    >>> write_figure(WinRate(won=120, of=400)), write_figure(LawSpec(median=20.0, p90=70.0))
    ('120 of 400', 'median 20, p90 70')
    """
    if isinstance(figure, int | float):
        return write_plain(figure)
    if figure.known is not None:
        return write_plain(figure.known)
    if isinstance(figure, OppRate):
        return f"{write_plain(figure.opps or 0.0)} in {write_plain(figure.weeks or 0.0)} weeks"
    if isinstance(figure, WinRate):
        return f"{write_plain(figure.won or 0.0)} of {write_plain(figure.of or 0.0)}"
    return _write_law(figure)


def write_deal(deal: OpenDeal) -> str:
    """What is known of an open deal?"""
    amount = "no amount" if deal.amount is None else write_amount(deal.amount)
    return f"{amount}, {deal.rep}, {deal.segment}, created {deal.created}"
