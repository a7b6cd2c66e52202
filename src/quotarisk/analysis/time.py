"""How much time for prospecting, how much for open deals?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asking import provenance_of
from quotarisk.analysis.balance import balance_cautions
from quotarisk.analysis.feast import Rhythm, rhythm_of
from quotarisk.analysis.glance import longest_row, look
from quotarisk.analysis.simplex import DEFAULT_STEP, count_steps
from quotarisk.analysis.sweep import (
    asked_to_sweep,
    check_answerable,
    choose_reps,
    sweep,
    tied_paths,
)
from quotarisk.analysis.time_frames import Kept, Told, best_frame, hour_frame, time_frame
from quotarisk.analysis.timekeeping import Plan
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Key, Seen, variant_of
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.simulation import Progress, Simulation
from quotarisk.wording import list_names

QUESTION = "How much of the working time should be kept for prospecting?"
NOTE = (
    "The share that is kept changes from the first day on. Time that open deals do not need goes "
    "to prospecting in any case."
)
HOW_TO_WRITE = (
    "write hours_per_week = 40 with the rep, and hours_per_open_deal and a funnel with its segments"
)


def _look(seen: Seen, keys: Sequence[Key]) -> list[Told]:
    """Look at a unit under each variant; the very same array once."""
    months = [row for row, (cadence, _) in enumerate(keys) if cadence == "month"]
    rhythms: dict[int, Rhythm] = {}
    for booked in seen.booked:
        if id(booked) not in rhythms:
            rhythms[id(booked)] = rhythm_of(booked[months])
    glances = look(seen, keys)
    return [Told(g, rhythms[id(b)]) for g, b in zip(glances, seen.booked, strict=True)]


def _left_out(names: Collection[str], busy: Collection[str]) -> tuple[Caution, ...]:
    others = [name for name in names if name not in busy]
    if not others:
        return ()
    who = list_names(others)
    told = f"{who}: no hours_per_week, so time sets no bounds. Left out."
    return (Caution("time_left_out", tuple(others), told),)


def _idle(busy: Mapping[str, RepTask]) -> Iterator[Caution]:
    """Say for whom time that is kept makes nothing, or whose deals take no time."""
    makes_none, takes_none = [], []
    for name, task in busy.items():
        if not any(terms.funnel and terms.funnel.opps_per_hour > 0 for terms in task.terms):
            makes_none.append(name)
        if not any(terms.hours_per_open_deal > 0 for terms in task.terms):
            takes_none.append(name)
    if makes_none:
        why = "no funnel says what an hour of prospecting makes, so time that is kept is lost."
        who = list_names(makes_none)
        yield Caution("time_no_funnel", tuple(makes_none), f"{who}: {why}")
    if takes_none:
        why = "open deals take no time (hours_per_open_deal), so it matters not what is kept."
        who = list_names(takes_none)
        yield Caution("time_no_effort", tuple(takes_none), f"{who}: {why}")


def trace_time(
    asked: Scenario | Simulation,
    *,
    step: float = DEFAULT_STEP,
    reps: Iterable[str] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """How much time for prospecting, how much for open deals?

    Reps with ``hours_per_week`` keep a share of them for prospecting, however busy they are
    (``prospecting_share``). Every share is simulated on the same luck; of a group or the team all
    such reps keep it. Others stay as they are.

    Parameters
    ----------
    asked
        A scenario, or a simulation of it, whose paths and seed are taken then.
    step
        Share by which shares differ, from 0 to 1.
    reps
        Names of those whose time is looked at; all where they are left out.
    paths, seed, workers, progress
        As `simulate` takes them; 10,000 paths of a scenario where they are left out.

    Returns
    -------
    Answer
        ``frame`` has a row for each unit and share, today's among them: ``level``, ``name``,
        ``group``; the ``share`` that is kept (null for today's where reps differ), ``today`` and
        ``kept_hours`` a week; of the first ``period`` of the longest cadence ``mean``, ``sd`` and
        ``p10``; ``p_hit_month``, ``p_hit_quarter`` and ``p_hit_year``, means over the periods with
        a quota; ``*_change`` from today's on the same paths; ``variation`` and
        ``autocorrelation`` of the months, see `rhythm_of`.

        ``parts["best"]`` has a row for each unit and cadence: of the shares whose P(hit) is
        within two standard errors of the highest, which lie between ``share_from`` and
        ``share_to``, the ``share`` that is nearest to today's. It is chosen on the first half of
        the paths; ``p_hit_today``, ``p_hit`` and the ``gain`` are those of the second half, so
        that the highest of many noisy figures does not look better than it is. ``verdict``:
        better, no clear gain (within two standard errors) or as today, which is as good as any.

        ``parts["hour"]``: what an hour more a week brings, for each of the ``reps``, all of it
        kept for prospecting or none (``use``): changes of the mean and of P(hit).

        Amounts are in currency, shares from 0 to 1; each simulated figure has its ``*_se``.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range, or no rep has ``hours_per_week``.
    """
    scenario, paths, seed = asked_to_sweep(asked, paths, seed)
    steps = count_steps(step)
    base = variant_of(scenario, seed)
    check_answerable(base)
    names = choose_reps(base, reps)
    busy = {name: base.tasks[name] for name in names if base.tasks[name].is_bound}
    if not busy:
        raise ArgumentError(
            f"time needs a rep with hours_per_week, got none among {len(names):,}; {HOW_TO_WRITE}"
        )
    shares = tuple(number / steps for number in range(steps + 1))
    plan = Plan(base, busy, shares)
    found = sweep(
        plan.variants,
        partial(_look, keys=base.keys),
        paths=paths,
        workers=workers,
        progress=progress,
    )
    units = [
        Kept(level, name, base.units[level, name].group, members, told)
        for level, name, told in found
        if (members := plan.members(level, name))
    ]
    period = base.keys[longest_row(base.keys)][1]
    return Answer(
        question=QUESTION,
        frame=time_frame(units, shares, base.keys, period),
        cautions=(
            *_left_out(names, busy),
            *_idle(busy),
            *balance_cautions(busy.values()),
            *tied_paths(base),
        ),
        provenance=provenance_of(scenario, paths, seed),
        note=f"{EXPOSURE_ONLY} {NOTE}",
        headline=("level", "name", "share", "today", "mean", "variation", "autocorrelation"),
        parts={
            "best": best_frame(units, shares, period),
            "hour": hour_frame(units, base.keys, period),
        },
    )
