"""What is doubtful about an answer on pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from scipy import special

from quotarisk.analysis.blocks import block_cautions
from quotarisk.analysis.cautions import ODD_CHECK
from quotarisk.analysis.pay_reading import Reader
from quotarisk.caution import Caution
from quotarisk.periods import MONTHS_IN
from quotarisk.scenario.pay import MONTHS_OF
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.listed import CENTS
from quotarisk.wording import list_names


def left_out_cautions(
    scenario: Scenario, names: Sequence[str], paid: Sequence[str], asked: Sequence[str]
) -> Iterator[Caution]:
    """Who of those looked at is not paid, and why?

    Parameters
    ----------
    scenario
        What was asked.
    names
        Reps who are looked at.
    paid
        Those who are paid.
    asked
        Names of the plans that everybody is put on; none where everybody is on the own one.
    """
    missing = tuple(name for name in names if name not in paid)
    if not missing:
        return
    if asked:
        why = "no quota of the plan's cadence, or no whole period of it"
        text = f"{list_names(missing)} cannot be on {list_names(asked)} ({why}): left out."
    else:
        text = (
            f"{list_names(missing)} {'is' if len(missing) == 1 else 'are'} on no plan that pays in "
            "the horizon: left out of groups and the team, with what they book. Write "
            f'pay = "{next(iter(scenario.pay))}" for each of them.'
        )
    yield Caution("no_plan", missing, text)


def _begun(scenario: Scenario, reader: Reader) -> Iterator[Caution]:
    """Say which periods are not whole, and what is not known of the time before."""
    answered = reader.variant.periods
    begun = [p.name for p in scenario.horizon.all_periods if p not in answered]
    if begun:
        yield Caution(
            "began_before_start",
            tuple(begun),
            f"{list_names(begun)} began before the start on {scenario.start}: left out, because "
            "the scenario does not say what was booked until then (booked).",
        )
    partial: dict[str, None] = {}
    for offer in reader.offers:
        shown = reader.shown(offer, tuple(offer.scheme.contracts))
        for period, begin, stop in zip(shown.periods, shown.begin, shown.stop, strict=True):
            months = sum(MONTHS_IN[part.cadence] for part in offer.scheme.periods[begin:stop])
            if months < MONTHS_IN[period.cadence]:
                partial[period.name] = None
    if partial:
        yield Caution(
            "partial_pay",
            tuple(partial),
            f"{list_names(list(partial))}: pay of the periods that ended before the start on "
            f"{scenario.start} is not in it, nor is their on-target pay.",
        )
    carrying = [
        rep
        for offer in reader.offers
        for rep, contract in offer.scheme.contracts.items()
        for window in {contract.plan.carry_surplus, contract.plan.carry_shortfall} - {"none"}
        if (contract.periods[0].first.month - scenario.fiscal_year_start) % MONTHS_OF[window]
    ]
    if carrying:
        names = tuple(dict.fromkeys(carrying))
        yield Caution(
            "nothing_carried_in",
            names,
            f"{list_names(names)}: what was carried over, or advanced by a draw, before the first "
            "period is not known, and taken as nothing.",
        )


def _booked(reader: Reader) -> Iterator[Caution]:
    """Bookings to date have no segment."""
    names = tuple(
        dict.fromkeys(
            rep
            for offer in reader.offers
            for rep, contract in offer.scheme.contracts.items()
            if contract.splits and contract.certain.any()
        )
    )
    if names:
        yield Caution(
            "booked_without_segment",
            names,
            f"What {list_names(names)} booked to date is of no segment: it counts once, without a "
            "multiplier, and earns no SPIF.",
        )


def _carried_out(reader: Reader) -> Iterator[Caution]:
    """Say what the last period leaves to periods that are not simulated."""
    carried: dict[str, None] = {}
    owed: dict[str, None] = {}
    faster: dict[str, None] = {}
    for offer in reader.offers:
        for rep, contract in offer.scheme.contracts.items():
            plan, rules = contract.plan, contract.rules
            if not (rules.surplus_ends[-1] and rules.shortfall_ends[-1]):
                carried[rep] = None
            if plan.recoverable and rules.draw.any():
                owed[rep] = None
            if plan.carry_surplus != "none" and any(tier.rate > 1 for tier in plan.tiers):
                faster[rep] = None
    if carried:
        yield Caution(
            "carried_out",
            tuple(carried),
            f"{list_names(list(carried))}: bookings above or below the quota that are carried out "
            "of the last period move pay of later ones, which is in no figure; a horizon that ends "
            "with the window (carry_surplus, carry_shortfall) has all of it.",
        )
    if owed:
        yield Caution(
            "draw_not_given_back",
            tuple(owed),
            f"{list_names(list(owed))}: what the draw advanced and no later pay has made good by "
            "the end of the last period counts as pay; that it is still owed then is in no figure.",
        )
    if faster:
        yield Caution(
            "surplus_accelerated",
            tuple(faster),
            f"{list_names(list(faster))}: surplus is carried into the next period, where it counts "
            "towards the quota and tiers above 1 as if it were sold then, so bookings that one "
            "good period would have paid may be paid at higher rates in another; say if the plan "
            "is not meant so (carry_surplus, tiers).",
        )


def _other_quotas(reader: Reader) -> Iterator[Caution]:
    """Say where cadences hold a group or the team to another amount than its own quota."""
    base = reader.variant
    names: dict[str, None] = {}
    for (level, _), unit in base.units.items():
        members = tuple(
            name
            for name, task in base.tasks.items()
            if level == "team" or (level == "group" and task.rep.group == unit.name)
        )
        if not members or any(name not in reader.quotas for name in members):
            continue
        apart = np.abs(unit.quotas - reader.quotas_of(members)) > CENTS * len(members)
        if apart.any():
            names[unit.name] = None
    if names:
        yield Caution(
            "cadence_quotas",
            tuple(names),
            f"{list_names(list(names))}: by cadence P(hit) is against the sum of the reps' quotas, "
            "in months, quarters and years alike, which is not the quota of its own.",
        )


def _quotas(reader: Reader) -> Iterator[Caution]:
    """Say whose quotas of other cadences are shares of those that are given."""
    periods = reader.variant.periods
    shared = []
    for offer in reader.offers:
        for scheme in (offer.scheme, *offer.by_cadence.values()):
            for rep, contract in scheme.contracts.items():
                rows = [periods.index(period) for period in contract.periods]
                given = reader.variant.units["rep", rep].quotas[rows]
                if (np.isnan(given) & (reader.quotas[rep][rows] > 0)).any():
                    shared.append(rep)
    names = tuple(dict.fromkeys(shared))
    if names:
        yield Caution(
            "shared_quotas",
            names,
            f"{list_names(names)}: quotas of a cadence that has none are shares of the quarter's "
            "or the year's, by months at work.",
        )


def _correction(scenario: Scenario, reader: Reader, paths: int) -> Iterator[Caution]:
    yield from block_cautions(scenario.correction, paths)
    if scenario.correction.does_nothing:
        return
    names = tuple(
        dict.fromkeys(
            rep
            for offer in reader.offers
            for rep, contract in offer.scheme.contracts.items()
            if contract.splits
        )
    )
    if names:
        yield Caution(
            "corrected_segments",
            names,
            "The correction moves what is booked, not in which segment: each keeps its expected "
            f"share, and its number of deals follows ({list_names(names)}).",
        )


def odd_checks(frame: pl.DataFrame) -> Iterator[Caution]:
    """Where do simulation and exact calculation differ by more than chance allows?"""
    for key in ("mean_z", "p_ote_z"):
        checks = frame[key].drop_nulls().len()
        if not checks:
            continue
        limit = float(-special.ndtri(ODD_CHECK / (2 * checks)))  # Bonferroni
        odd = frame.filter(pl.col(key).abs() > limit)
        if odd.height:
            names = odd["name"].unique(maintain_order=True).to_list()
            yield Caution(
                "exact_check",
                tuple(names),
                f"The simulation and the exact calculation differ by more than {limit:.1f} "
                f"standard errors for {list_names(names)}: do not use these figures, and report "
                "this.",
            )


def pay_cautions(
    scenario: Scenario, reader: Reader, *, cadences: bool, paths: int
) -> Iterator[Caution]:
    """What should a reader of the tables of pay know?

    Parameters
    ----------
    scenario, reader
        What was asked.
    cadences
        Whether plans were to be looked at by other cadences.
    paths
        Number of simulated futures.
    """
    yield from _begun(scenario, reader)
    yield from _booked(reader)
    yield from _quotas(reader)
    yield from _carried_out(reader)
    if cadences:
        yield from _other_quotas(reader)
    if cadences and any(not offer.by_cadence for offer in reader.offers):
        yield Caution(
            "no_common_span",
            (),
            "No time is answered by the month, by the quarter and by the plans' own cadence alike: "
            "cadences are not compared.",
        )
    if len(reader.offers) > 1 and not reader.compared(tuple(reader.offers[0].scheme.contracts)):
        yield Caution(
            "not_compared",
            (),
            "No period is paid for as a whole by all plans: they are not compared.",
        )
    yield from _correction(scenario, reader, paths)
