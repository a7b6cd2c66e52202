"""What if people act on how they are paid? Scenarios of behaviour beside "exposure only"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import polars as pl

from quotarisk.analysis.behaviour_cautions import behaviour_cautions
from quotarisk.analysis.behaviour_paths import Outcome, draw_outcomes
from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.conduct import Behaviour, GiveUp, PullForward, Sandbag
from quotarisk.analysis.glance import figure_columns, longest_row
from quotarisk.analysis.influence import estimate_of, mean_figure
from quotarisk.analysis.pay_packages import OWN, Package, Plans, names_of_plans, packages_of
from quotarisk.analysis.sweep import check_answerable
from quotarisk.analysis.team_plan import TeamPlan, team_today
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError, suggest
from quotarisk.simulation.estimates import NOTHING, Array, Estimate, mean_of
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.passes import in_pieces
from quotarisk.simulation.simulation import Progress
from quotarisk.simulation.spreading import default_workers, threads
from quotarisk.simulation.variants import Variant

EXPOSURE = "exposure only"
BEHAVIOURS: Mapping[str, type[Behaviour]] = {
    kind.name: kind for kind in (PullForward, Sandbag, GiveUp)
}
FIGURES = ("pay", "pay_change", "bookings", "bookings_change", "p_hit", "p_hit_change")
_TEXTS = (
    "level", "name", "group", "plan", "behaviour", "assumptions", "source", "cadence", "period"
)  # fmt: skip
_NOBODY = "nobody changes behaviour because of a quota or of pay"
_SURE = Estimate(0.0, 0.0)
Row = dict[str, object]


def choose_behaviours(asked: Behaviour | Sequence[str | Behaviour]) -> tuple[Behaviour, ...]:
    """Which behaviours are meant: those named, with what they assume by default, or given?

    Raises
    ------
    ArgumentError
        If there is none of a name.

    Examples
    --------
    >>> choose_behaviours(["give_up"])
    (GiveUp(loss=0.2, threshold=0.5),)
    """
    chosen: list[Behaviour] = []
    for each in [asked] if isinstance(asked, str | Behaviour) else asked:
        if not isinstance(each, Behaviour):
            if each not in BEHAVIOURS:
                hint = suggest(str(each), list(BEHAVIOURS))
                raise ArgumentError(
                    f"behaviour must be of {', '.join(BEHAVIOURS)}, got {each!r}; {hint}".rstrip(
                        "; "
                    )
                )
            each = BEHAVIOURS[each]()
        chosen.append(each)
    return tuple(dict.fromkeys(chosen))


def _money(here: Array, there: Array | None = None) -> Estimate:
    return estimate_of(mean_figure(here if there is None else here - there), CENTS)


def _counts(here: Outcome, usual: Outcome | None) -> Estimate:
    """Share of the periods that is hit, or by how much it is higher than usual."""
    if here.hits is None:
        return NOTHING
    counts = here.hits
    if usual is not None:
        assert usual.hits is not None
        counts = counts - usual.hits
        if np.array_equal(here.booked, usual.booked) and not counts.any():
            return _SURE
    return mean_of(float(counts.sum()), float((counts**2).sum()), len(counts), here.parts)


def _figures(here: Outcome, usual: Outcome) -> dict[str, Estimate]:
    """What is told of a behaviour beside exposure only."""
    same = here is usual
    return {
        "pay": _money(here.pay),
        "pay_change": _SURE if same else _money(here.pay, usual.pay),
        "bookings": _money(here.booked),
        "bookings_change": _SURE if same else _money(here.booked, usual.booked),
        "p_hit": _counts(here, None),
        "p_hit_change": _counts(here, usual),
    }


class _Sums:
    """What all reps come to under each behaviour, by plan: whole cents, in any order the same."""

    def __init__(self, plans: Sequence[str], number: int, paths: int) -> None:
        self.pay = {plan: np.zeros((number, paths)) for plan in plans}
        self.booked = {plan: np.zeros((number, paths)) for plan in plans}

    def add(self, found: Sequence[Sequence[Outcome]], plans: Sequence[str]) -> None:
        """Add a rep, by package; the first one where all go by one name."""
        names = plans[:1] if OWN in self.pay else plans
        for plan, outcomes in zip(names, found, strict=False):
            for place, each in enumerate(outcomes):
                self.pay[OWN if OWN in self.pay else plan][place] += each.pay
                self.booked[OWN if OWN in self.pay else plan][place] += each.booked

    def outcomes(self, team: TeamPlan | None) -> dict[str, list[Outcome]]:
        """Hold the whole team to its plan, by the plans of those who act."""
        told: dict[str, list[Outcome]] = {}
        for plan, pays in self.pay.items():
            told[plan] = []
            for pay, booked in zip(pays, self.booked[plan], strict=True):
                outcome = Outcome(pay, booked, None)
                if team is not None:
                    whole = team.booked + (booked - self.booked[plan][0])
                    outcome = Outcome(pay, booked, 1.0 * (whole >= team.quota), 1)
                told[plan].append(outcome)
        return told


def _about_rep(base: Variant, name: str, package: Package) -> Row:
    return {
        "level": "rep",
        "name": name,
        "group": base.units["rep", name].group,
        "plan": package.plan,
        "cadence": package.contract.plan.cadence,
        "period": base.keys[longest_row(base.keys)][1],
    }


def _about_team(base: Variant, plan: str) -> Row:
    cadence, period = base.keys[longest_row(base.keys)]
    name = next(unit.name for (level, _), unit in base.units.items() if level == "team")
    about = {"level": "team", "name": name, "group": "", "plan": plan}
    return {**about, "cadence": cadence, "period": period}


def _rows(
    about: Row, behaviours: Sequence[Behaviour], outcomes: Sequence[Outcome]
) -> Iterator[Row]:
    """Exposure only, then each behaviour."""
    words = [
        (EXPOSURE, _NOBODY, ""),
        *((each.name, each.assumptions, each.source) for each in behaviours),
    ]
    for (behaviour, assumptions, source), each in zip(words, outcomes, strict=True):
        label = {"behaviour": behaviour, "assumptions": assumptions, "source": source}
        yield {**about, **label, **with_errors(_figures(each, outcomes[0]))}


def price_behaviours(
    base: Variant,
    plans: Plans,
    behaviours: Behaviour | Sequence[str | Behaviour],
    *,
    paths: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[pl.DataFrame, tuple[Caution, ...]]:
    """What would pay, bookings and chances be if people acted on how they are paid?

    Each behaviour is put on the bookings of "exposure only", path by path and by itself. None is
    believed unless it is asked for: how much people act so in a team is an assumption.

    Parameters
    ----------
    base
        The scenario as it is.
    plans
        By rep, then by name.
    behaviours
        Names among ``pull_forward``, ``sandbag`` and ``give_up``, or behaviours with assumptions
        of one's own, such as ``PullForward(share=0.5)``.
    paths, workers, progress
        As `simulate` takes them.

    Returns
    -------
    tuple
        A table, and what is doubtful about it. For each rep and plan, then for the team of those
        who are named ("own" where they are on plans of several names), a row of "exposure only"
        and one of each ``behaviour`` with its ``assumptions`` and ``source``: of the first
        ``period`` of the longest cadence ``pay`` (base and variable) and ``bookings``; ``p_hit``,
        of a rep the mean over the periods with a quota of the plan's ``cadence`` in it, of the
        team P(its quota of the period), with all reps who are not named as they are; and the
        ``*_change`` from exposure only on the same paths. Amounts are in currency; each figure
        has its ``*_se``; ``p_hit`` is null without a quota.

    Raises
    ------
    ArgumentError
        If there is no such behaviour, or no period can be answered.
    """
    chosen = choose_behaviours(behaviours)
    check_answerable(base)
    asked = {name: packages_of(base, name, told) for name, told in plans.items()}
    sums = _Sums(names_of_plans(plans), 1 + len(chosen), paths)
    rows: list[Row] = []
    workers, done = workers or default_workers(), 0
    look = partial(draw_outcomes, base=base, behaviours=chosen, paths=paths)
    with threads(workers) as pool:
        for piece in in_pieces(list(asked.items()), 2 * workers):
            for (name, packages), found in zip(piece, pool.map(look, piece), strict=True):
                for package, outcomes in zip(packages, found, strict=True):
                    rows += _rows(_about_rep(base, name, package), chosen, outcomes)
                sums.add(found, [package.plan for package in packages])
                done += 1
                if progress is not None:
                    progress(done, len(plans))
    team = team_today(base, paths=paths, workers=workers)
    for plan, outcomes in sums.outcomes(team).items():
        rows += _rows(_about_team(base, plan), chosen, outcomes)
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(_TEXTS, pl.String),
        **figure_columns(*FIGURES),
    }
    period = base.keys[longest_row(base.keys)][1]
    frame = pl.DataFrame(rows, schema=schema).fill_nan(None)
    return frame, behaviour_cautions(chosen, asked, period)
