"""What should a reader of costs, velocity and lifetime values know?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from quotarisk.analysis.pay_packages import Plans
from quotarisk.caution import Caution
from quotarisk.periods import Period
from quotarisk.scenario.segment import Value
from quotarisk.scenario.terms import streams_of
from quotarisk.simulation.variants import Variant
from quotarisk.wording import list_names


def _lacking(base: Variant, names: Collection[str], key: Value) -> tuple[str, ...]:
    """Segments in which somebody has no such figure."""
    streams = (
        stream for name in names for terms in base.tasks[name].terms for stream in streams_of(terms)
    )
    return tuple(dict.fromkeys(each.segment for each in streams if getattr(each, key) is None))


def _values(base: Variant, paid: Sequence[str]) -> Iterator[Caution]:
    free = _lacking(base, paid, "cost_per_opp")
    if free:
        yield Caution(
            "efficiency_no_cost",
            free,
            f"{list_names(free)}: nobody says what an opportunity costs (cost_per_opp), so "
            "programmes are taken as free there and customer acquisition cost is pay alone.",
        )
    unvalued = _lacking(base, paid, "lifetime_value")
    if unvalued:
        yield Caution(
            "efficiency_no_value",
            unvalued,
            f"{list_names(unvalued)}: no lifetime_value, so LTV to CAC is not told there, nor of "
            "the team.",
        )


def _left_out(
    base: Variant, plans: Plans, paid: Sequence[str], period: Period
) -> Iterator[Caution]:
    others = tuple(name for name in base.tasks if name not in plans)
    if others:
        yield Caution(
            "efficiency_no_plan",
            others,
            f"{list_names(others)}: looked at under no pay plan, so neither their deals nor what "
            "these cost are in the efficiency of the team.",
        )
    longer = tuple(name for name in plans if name not in paid)
    if longer:
        yield Caution(
            "efficiency_unpaid",
            longer,
            f"{list_names(longer)}: a plan pays by longer periods than {period.name}, the longest "
            "that is answered, so they are left out of efficiency.",
        )


def _drawn(base: Variant, paid: Sequence[str]) -> Iterator[Caution]:
    bound = tuple(name for name in paid if base.tasks[name].is_bound)
    if bound:
        yield Caution(
            "efficiency_hours",
            bound,
            f"{list_names(bound)}: with hours_per_week the opportunities of all segments are drawn "
            "together, and each segment has the share of them that is expected in the long run.",
        )
    if not base.setting.correction.does_nothing:
        yield Caution(
            "efficiency_correction",
            (),
            "The scenario's correction moves bookings and deals, but not the opportunities behind "
            "them, so costs vary less with bookings than without it.",
        )
    if any(base.units["rep", name].certain(base.periods).any() for name in paid):
        yield Caution(
            "efficiency_to_date",
            (),
            "What is booked to date has no segment and no number of deals: it, and the pay that "
            "goes with it, are left out of efficiency.",
        )


def efficiency_cautions(
    base: Variant, plans: Plans, paid: Sequence[str], period: Period
) -> tuple[Caution, ...]:
    """What is doubtful about efficiency?

    Parameters
    ----------
    base
        The scenario as it is.
    plans
        By rep, then by name.
    paid
        Reps whose plans pay in the period.
    period
        What is looked at.
    """
    return (
        *_values(base, paid),
        *_left_out(base, plans, paid, period),
        *_drawn(base, paid),
        Caution(
            "efficiency_timing",
            (),
            "Opportunities that are created in the period are set against deals that are won in "
            "it, which others may have begun: where rates or cycles change, cost and wins do not "
            "belong to each other. Opportunities rise and fall with wins on the same luck, more "
            "than by lot, so acquisition cost spreads a little less than it would.",
        ),
    )
