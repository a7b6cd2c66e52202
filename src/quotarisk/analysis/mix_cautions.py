"""What should a reader of the mixes know?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from quotarisk.analysis.blend import LEAST_SEGMENTS, Blend, Moved
from quotarisk.caution import Caution
from quotarisk.simulation.comparing import Variant
from quotarisk.simulation.lowering import RepTask
from quotarisk.wording import list_names

_LATE = 0.25  # of the horizon: of cycles that long much of a change comes after it


def _why_not(task: RepTask) -> str:
    """Say why there is no mix to move."""
    if len(task.terms) < LEAST_SEGMENTS:
        return "sells one segment only"
    if task.is_bound:
        return "has hours_per_week, but a funnel in fewer than two segments"
    return "makes no opportunities"


def _left_out(base: Variant, blends: Mapping[str, Blend | None]) -> Iterator[Caution]:
    reasons: dict[str, list[str]] = {}
    for name, blend in blends.items():
        if blend is None:
            reasons.setdefault(_why_not(base.tasks[name]), []).append(name)
    for why, names in reasons.items():
        each = "" if len(names) == 1 else "each "
        yield Caution(
            "mix_left_out",
            tuple(names),
            f"{list_names(names)}: {each}{why}, so there is no mix to move. Left out.",
        )


def _by_worth(blends: Mapping[str, Blend | None]) -> Iterator[Caution]:
    names = [name for name, blend in blends.items() if blend and blend.moved == "worth"]
    if names:
        yield Caution(
            "mix_by_worth",
            tuple(names),
            f"{list_names(names)}: no funnel in every segment says what an opportunity takes, so "
            "each mix is worth as much as today's in expected bookings: mixes differ in risk and "
            "timing alone.",
        )


def _not_as_told(blends: Mapping[str, Blend | None], by: Moved) -> Iterator[Caution]:
    reasons: dict[tuple[str, str], list[str]] = {}
    for name, blend in blends.items():
        if blend is None or blend.moved == by:
            continue
        if blend.task.is_bound:
            why = "hours_per_week bound what is made"
        elif by == "hours":
            why = "no funnel in every segment says what an opportunity takes"
        else:
            why = "opportunities of a segment are worth nothing"
        reasons.setdefault((blend.moved, why), []).append(name)
    for (moved, why), names in reasons.items():
        yield Caution(
            "mix_not_as_told",
            tuple(names),
            f"{list_names(names)}: {moved} {'is' if moved == 'worth' else 'are'} moved and not "
            f"{by}, as {why}.",
        )


def _one_for_one(blends: Mapping[str, Blend | None]) -> Iterator[Caution]:
    names = [name for name, blend in blends.items() if blend and blend.moved == "opportunities"]
    if names:
        yield Caution(
            "mix_one_for_one",
            tuple(names),
            f"{list_names(names)}: opportunities are moved one for one, as if one of each segment "
            "took the same effort, so large deals look better than they are. With a funnel in "
            "every segment hours are moved instead, and by worth expected bookings.",
        )


def _coarser(told: Mapping[str, int], steps: int) -> Iterator[Caution]:
    names = [name for name, taken in told.items() if taken != steps]
    if names:
        sizes = sorted({f"{100 / told[name]:g} %" for name in names})
        yield Caution(
            "mix_coarser",
            tuple(names),
            f"{list_names(names)}: steps of {' or '.join(sizes)} instead of {100 / steps:g} %, as "
            "finer ones would make more than 101 mixes of so many segments.",
        )


def _late(base: Variant, blends: Mapping[str, Blend | None]) -> Iterator[Caution]:
    horizon = base.setting.horizon
    days = horizon.day_number(horizon.end)
    cycles: dict[str, float] = {}
    for blend in filter(None, blends.values()):
        for place in blend.places:
            terms = blend.task.terms[place]
            mean = terms.won_cycle_days.law.mean
            cycles[terms.segment] = max(cycles.get(terms.segment, 0.0), mean)
    slow = [name for name, mean in cycles.items() if mean > _LATE * days]
    if slow:
        longest = max(cycles[name] for name in slow)
        yield Caution(
            "mix_late",
            tuple(slow),
            f"{list_names(slow)}: deals take {longest:.0f} days to win on average, so the "
            f"{days} days that are simulated show only part of what another mix does; more "
            "months show more.",
        )


def mix_cautions(
    base: Variant,
    blends: Mapping[str, Blend | None],
    taken: Mapping[str, int],
    steps: int,
    by: Moved | None = None,
) -> tuple[Caution, ...]:
    """What is doubtful about the mixes?

    Parameters
    ----------
    base
        The scenario as it is.
    blends
        By rep; none where there is nothing to move.
    taken, steps
        Into how many steps the whole is cut for each rep, and how many were asked for.
    by
        What was asked to be moved, if anything.
    """
    return (
        *_left_out(base, blends),
        *(() if by is None else _not_as_told(blends, by)),
        *(_by_worth(blends) if by is None else ()),
        *_one_for_one(blends),
        *_coarser(taken, steps),
        *_late(base, blends),
    )
