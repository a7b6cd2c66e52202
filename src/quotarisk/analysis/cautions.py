"""What is doubtful about an answer, found in the scenario and in the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from scipy import special

from quotarisk.analysis.profiles import profile_of
from quotarisk.analysis.quota_cautions import quota_cautions
from quotarisk.analysis.rules import Coverage, contradicted_rules
from quotarisk.analysis.wins import chance_of_deal
from quotarisk.caution import Caution
from quotarisk.periods import CADENCES, MONTHS_IN
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, rep_tasks, starts_steady
from quotarisk.simulation.simulation import Simulation
from quotarisk.wording import count_of, list_names

WIDE_ERROR = 0.005  # standard error of a P(hit): one point either way
ODD_CHECK = 1e-4  # chance of a false alarm in a whole table of exact checks
FEW_DEALS = 5.0  # effective deals a year
SOLD_OUT = 1e-3  # chance of winning below which an open deal is as good as dead
DAYS_PER_MONTH = 365.25 / 12


def _wide_error(frame: pl.DataFrame) -> Iterator[Caution]:
    worst = frame["p_hit_se"].max()
    if isinstance(worst, float) and worst > WIDE_ERROR:
        yield Caution(
            "monte_carlo_error",
            (),
            f"P(hit) is simulated to no better than ±{200 * worst:.1f} points (95 %): "
            "run more paths before acting on small differences.",
        )


def _odd_check(frame: pl.DataFrame) -> Iterator[Caution]:
    checks = frame["p_hit_z"].drop_nulls().len()
    if not checks:
        return
    limit = float(-special.ndtri(ODD_CHECK / (2 * checks)))  # Bonferroni
    odd = frame.filter(pl.col("p_hit_z").abs() > limit)
    if odd.height:
        names = odd["name"].unique(maintain_order=True).to_list()
        yield Caution(
            "exact_check",
            tuple(names),
            f"The simulation and the exact calculation differ by more than {limit:.1f} standard "
            f"errors for {list_names(names)}: do not use these figures, and report this.",
        )


def _left_out(simulation: Simulation) -> Iterator[Caution]:
    scenario = simulation.scenario
    horizon = scenario.horizon
    begun = [p.name for p in horizon.all_periods if p not in simulation.periods]
    if begun:
        yield Caution(
            "began_before_start",
            tuple(begun),
            f"{list_names(begun)} began before the start on {scenario.start}: left out, because "
            "the scenario does not say what was booked until then (booked).",
        )
    quotas = [rep.quota for rep in scenario.reps]
    quotas += [scenario.team.quota, *(group.quota for group in scenario.groups.values())]
    missing = [c for c in CADENCES if not horizon.periods(c) and any(q.of(c) for q in quotas)]
    for cadence in missing:
        yield Caution(
            "horizon_too_short",
            (cadence,),
            f"The horizon of {scenario.months} months holds no whole {cadence}: "
            f"the {cadence}'s quota is not answered.",
        )


def _booked(simulation: Simulation) -> Iterator[Caution]:
    scenario = simulation.scenario
    rows = scenario.booked or ()
    ahead = [row for row in rows if scenario.start <= row.date < scenario.horizon.end]
    if ahead:
        yield Caution(
            "booked_ahead",
            tuple(sorted({row.rep for row in ahead})),
            f"{count_of(len(ahead), 'booking')} dated on or after the start: added to what is "
            "simulated, so not to be listed as open deals too.",
        )
    opening = min((period.first for period in simulation.periods), default=scenario.start)
    if scenario.correction.own_history and scenario.correction.since is not None:
        opening = min(opening, scenario.correction.since)  # the past that is repeated
    outside = [row for row in rows if row.date < opening or row.date >= scenario.horizon.end]
    if outside:
        yield Caution(
            "booked_outside",
            tuple(sorted({row.rep for row in outside})),
            f"{count_of(len(outside), 'booking')} outside all answered periods: not counted.",
        )


def _correction(scenario: Scenario) -> Iterator[Caution]:
    told = scenario.correction
    if told.does_nothing:
        return
    past = [
        f"{told.own_history:.0%} of the futures repeat the reps' own past weeks since {told.since}"
    ]
    wide = ["what reps book varies more, alone or together, than the rates say"]
    shapes = min(told.month_shape, told.quarter_shape)
    varied = told.together > 0 or any(told.shared) or shapes < 1
    said = past * (told.own_history > 0) + wide * varied
    yield Caution(
        "corrected",
        (),
        f"As past forecasts taught (correction): {' and '.join(said)}.",
    )


def _pipelines(tasks: Sequence[RepTask], simulation: Simulation) -> Iterator[Caution]:
    start = simulation.scenario.start
    listed = [task for task in tasks if task.open_deals]
    unlisted = [
        task.rep.name
        for task in tasks
        if task.rep.pipeline is None
        and starts_steady(task)
        and (task.rep.start_date is None or task.rep.start_date < start)
    ]
    if listed and unlisted:
        yield Caution(
            "assumed_pipeline",
            tuple(unlisted),
            f"Others list open deals, {list_names(unlisted)} none: assumed to start with a steady "
            'pipeline. Say pipeline = "empty" where there is none.',
        )


def _stale_deals(tasks: Sequence[RepTask], simulation: Simulation) -> Iterator[Caution]:
    """Open deals with next to no chance of being won, whatever stage the CRM shows."""
    scenario, setting = simulation.scenario, simulation.setting
    names, count, value = [], 0, 0.0
    for task in tasks:
        terms = {terms.segment: terms for terms in task.terms}
        for deal in task.open_deals:
            if chance_of_deal(deal, task, terms[deal.segment], setting) < SOLD_OUT:
                names.append(task.rep.name)
                count += 1
                value += deal.amount or 0.0
    if count:
        worth = f", worth {value:,.0f} {scenario.currency}," if value else ""
        yield Caution(
            "stale_deals",
            tuple(dict.fromkeys(names)),
            f"{count_of(count, 'open deal')} of {list_names(list(dict.fromkeys(names)))}"
            f"{worth} outlasted nearly every won cycle: hardly anything is expected from them.",
        )


def _hires(tasks: Sequence[RepTask], simulation: Simulation) -> Iterator[Caution]:
    horizon = simulation.scenario.horizon
    short, late = [], []
    for task in tasks:
        hired = task.rep.start_date
        if hired is None or not task.terms:
            continue
        ramp, cycle = len(task.rep.ramp) * DAYS_PER_MONTH, profile_of(task).cycle_days
        if hired >= horizon.end:
            late.append(task.rep.name)
        elif ramp < cycle and (horizon.start - hired).days < ramp + cycle:
            short.append(task.rep.name)
    if short:
        yield Caution(
            "short_ramp",
            tuple(short),
            f"The ramp of {list_names(short)} is missing or shorter than the mean won cycle: a "
            "ramp slows only the creation of opportunities, and bookings come a cycle later.",
        )
    if late:
        yield Caution(
            "starts_after_horizon",
            tuple(late),
            f"{list_names(late)} {'start' if len(late) > 1 else 'starts'} after the horizon "
            f"ends on {horizon.end}, and books nothing in it.",
        )


def _assumed_losses(tasks: Sequence[RepTask], scenario: Scenario) -> Iterator[Caution]:
    """Listed deals are judged by their age, which needs to know how long losing takes."""
    assumed = []
    for task in tasks:
        for name in {deal.segment for deal in task.open_deals}:
            own = task.rep.segments.get(name, Segment())
            shared = scenario.segments.get(name, Segment())
            if own.lost_cycle_days is None and shared.lost_cycle_days is None:
                assumed.append(name)
    if assumed:
        names = sorted(set(assumed))
        yield Caution(
            "assumed_losses",
            tuple(names),
            f"Open deals of {list_names(names)} are judged as if losing took as long as winning, "
            "so their age tells nothing: give lost_cycle_days.",
        )


def _clocks(simulation: Simulation) -> Iterator[Caution]:
    calendar = simulation.scenario.calendar
    for name, speeds in (("won", calendar.won), ("lost", calendar.lost)):
        mean = sum(speeds) / 3
        if abs(mean - 1) > 0.1:
            yield Caution(
                "clock_off_pace",
                (name,),
                f"The clock of {name} deals runs at {mean:.2f} of a day a day on average: cycles "
                f"take {1 / mean:.2f} times as many days as the scenario says.",
            )


def attainment_cautions(simulation: Simulation, frame: pl.DataFrame) -> tuple[Caution, ...]:
    """What should a reader of the attainment table know?

    Parameters
    ----------
    simulation
        What was asked.
    frame
        The attainment table.
    """
    tasks = rep_tasks(simulation.scenario)
    return (
        *_odd_check(frame),
        *_wide_error(frame),
        *quota_cautions(simulation, frame),
        *_left_out(simulation),
        *_booked(simulation),
        *_correction(simulation.scenario),
        *_pipelines(tasks, simulation),
        *_stale_deals(tasks, simulation),
        *_hires(tasks, simulation),
        *_assumed_losses(tasks, simulation.scenario),
        *_clocks(simulation),
    )


def _few_deals(simulation: Simulation) -> Iterator[Caution]:
    few = []
    for measures in simulation.reps:
        for cadence in ("year", "quarter", "month"):
            n = measures.cadence.n_eff[cadence].value
            if not np.isnan(n):
                if n * 12 / MONTHS_IN[cadence] < FEW_DEALS:
                    few.append(measures.unit.name)
                break
    if few:
        yield Caution(
            "few_deals",
            tuple(few),
            f"{list_names(few)}: fewer than {FEW_DEALS:g} effective deals a year: bookings "
            "vary so much that one result says little about skill.",
        )


def _covers(simulation: Simulation, tasks: Sequence[RepTask]) -> Iterator[Coverage]:
    """Open pipelines of the reps who list deals, against what their first quarter still lacks."""
    quarters = [row for row, p in enumerate(simulation.periods) if p.cadence == "quarter"]
    for task, measures in zip(tasks, simulation.reps, strict=True):
        if not task.open_deals or not quarters or np.isnan(measures.periods.quota[quarters[0]]):
            continue
        sizes = {terms.segment: terms.deal_size.law.mean for terms in task.terms}
        value = sum(
            sizes[deal.segment] if deal.amount is None else deal.amount for deal in task.open_deals
        )
        first, unit = quarters[0], measures.unit
        inside = [m for m in simulation.periods[first].month_numbers if m >= 0]
        left = float(unit.quotas[first] - unit.before[first] - unit.booked[inside].sum())
        if left > 0:
            p_hit = float(measures.periods.hits[first]) / simulation.paths
            yield Coverage(task.rep.name, value * CENTS / left, p_hit)


def cadence_cautions(simulation: Simulation, frame: pl.DataFrame) -> tuple[Caution, ...]:
    """What should a reader of the cadence table know?

    Parameters
    ----------
    simulation
        What was asked.
    frame
        The cadence table.
    """
    rows = {row["name"]: row for row in frame.iter_rows(named=True)}
    tasks = rep_tasks(simulation.scenario)
    profiles = [profile_of(task) for task in tasks]
    scenario = simulation.scenario
    covers = list(_covers(simulation, tasks))
    return (*_few_deals(simulation), *contradicted_rules(profiles, rows, covers, scenario.currency))
