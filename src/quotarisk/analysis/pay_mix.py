"""What does a plan make people sell: whose interest does each mix of deals serve?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import polars as pl

from quotarisk.analysis.blend import MOVED, Blend, Moved, blend_of
from quotarisk.analysis.glance import figure_columns, longest_row
from quotarisk.analysis.mix_cautions import mix_cautions
from quotarisk.analysis.mix_frames import SHARE, write_mix
from quotarisk.analysis.pay_choice import FIGURES, Explorer, Question, mix_rows
from quotarisk.analysis.pay_packages import Package, Plans, packages_of
from quotarisk.analysis.simplex import DEFAULT_STEP, count_steps
from quotarisk.analysis.spif_effect import spif_frame, spif_rows
from quotarisk.analysis.sweep import check_answerable, tied_paths
from quotarisk.analysis.team_plan import TeamPlan, team_today
from quotarisk.analysis.walk import Walk, walk_of
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError
from quotarisk.simulation.simulation import Progress
from quotarisk.simulation.spreading import default_workers, threads
from quotarisk.simulation.variants import Variant
from quotarisk.wording import list_names

MOST_AVERSE = 100.0
LEAST_PATHS = 20  # half of them choose, and errors of fewer are none
Row = dict[str, object]


class PayMixes(NamedTuple):
    """Which mixes a plan rewards.

    Parameters
    ----------
    mixes
        Rows by rep, plan and objective.
    spifs
        Rows by rep, plan and SPIF.
    cautions
        What is doubtful about both.
    """

    mixes: pl.DataFrame
    spifs: pl.DataFrame
    cautions: tuple[Caution, ...]


class _Found(NamedTuple):
    """What was found of a rep."""

    mixes: list[Row]
    spifs: list[Row]


def check_aversion(risk_aversion: object) -> float:
    """Refuse what is no aversion to risk.

    Raises
    ------
    ArgumentError
        If it is no number from 0 to 100.
    """
    number = isinstance(risk_aversion, int | float) and not isinstance(risk_aversion, bool)
    if number and 0 <= risk_aversion <= MOST_AVERSE:  # type: ignore[operator]
        return float(risk_aversion)  # type: ignore[arg-type]
    raise ArgumentError(
        f"risk_aversion must lie between 0 and {MOST_AVERSE:g}, got {risk_aversion!r}"
    )


def check_paths(paths: int) -> None:
    """Refuse paths that are too few to tell pay with its errors.

    Raises
    ------
    ArgumentError
        If there are fewer than 20.
    """
    if paths < LEAST_PATHS:
        raise ArgumentError(
            f"paths must be {LEAST_PATHS} or more to tell pay and its errors, got {paths!r}"
        )


def _about(base: Variant, name: str, plan: str) -> Row:
    return {
        "name": name,
        "group": base.units["rep", name].group,
        "plan": plan,
        "period": base.keys[longest_row(base.keys)][1],
    }


def _mixed(walk: Walk, shares: Sequence[float]) -> Row:
    segments = walk.blend.segments
    return {
        "mix": write_mix(segments, shares),
        "point": walk.points.index(tuple(shares)),
        **{f"{SHARE}{segment}": s for segment, s in zip(segments, shares, strict=True)},
    }


class _Asked(NamedTuple):
    """A rep with what is asked about: mixes, or none where there is nothing to move."""

    name: str
    walk: Walk | None
    packages: tuple[Package, ...]


def _explore(asked: _Asked, question: Question) -> _Found:
    """Look at all mixes of a rep, or of one who has none at what SPIFs cost today."""
    name, walk, packages = asked
    explorer = Explorer(question, name, walk, packages)
    mixes: list[Row] = []
    if walk is not None:
        mixes = [
            {
                **_about(question.base, name, plan),
                **_mixed(walk, explorer.points[place]),
                **row,
            }
            for plan, place, row in mix_rows(explorer)
        ]
    spifs = [{**_about(question.base, name, plan), **row} for plan, row in spif_rows(explorer)]
    return _Found(mixes, spifs)


def _frame(rows: Sequence[Row], walks: Iterable[Walk]) -> pl.DataFrame:
    segments = dict.fromkeys(segment for walk in walks for segment in walk.blend.segments)
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(("name", "group", "plan", "period", "objective", "mix"), pl.String),
        **dict.fromkeys(("point", "as_good"), pl.Int64),
        **{f"{SHARE}{segment}": pl.Float64 for segment in segments},
        **figure_columns(*(f"{key}{end}" for key in FIGURES for end in ("", "_change"))),
        "verdict": pl.String,
    }
    return pl.DataFrame(rows, schema=schema).fill_nan(None)


def _unpaid(
    plans: Plans, packages: Mapping[str, tuple[Package, ...]], period: str
) -> list[Caution]:
    """Say whose plan pays by longer periods than the one that is looked at."""
    names = [name for name, told in plans.items() if len(packages[name]) < len(told)]
    if not names:
        return []
    text = (
        f"{list_names(names)}: a plan pays by longer periods than {period}, the longest that is "
        "answered, so nothing is told of what it makes people sell; more months show it."
    )
    return [Caution("pay_mix_unpaid", tuple(names), text)]


def _no_plan(team: TeamPlan | None, period: str) -> list[Caution]:
    if team is not None:
        return []
    text = (
        f"The team has no quota for {period}, so the mix that serves its plan best is not told "
        "(team.quota)."
    )
    return [Caution("pay_mix_no_team_quota", (), text)]


def _others_stay() -> Caution:
    text = (
        "Mixes: P(team plan) moves one rep at a time while all others sell as today. The mix "
        "changes from the first day on and what is open then stays: a move to faster deals brings "
        "bookings and pay forward once, a move to slower ones puts them off. A rep is taken to "
        "know all rates and to sell what pays best, so it is what the plan rewards, not what "
        "people will do."
    )
    return Caution("pay_mix_one_by_one", (), text)


def trace_pay_mixes(
    base: Variant,
    plans: Plans,
    *,
    paths: int,
    step: float = DEFAULT_STEP,
    by: Moved | None = None,
    risk_aversion: float = 0.0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> PayMixes:
    """Which mix does each plan reward, and which one serves the company and the team's plan?

    Mixes are those of `trace_mix`, on shared luck. The best of each objective is chosen on the
    first half of the paths: of those within two standard errors of the highest the nearest to
    today's. Changes from today's mix are told by the second half, path by path,
    and each level is today's on all paths plus that change, so that none is too high because it
    was the highest. All are of the first period of the longest cadence that is answered.

    Parameters
    ----------
    base
        The scenario as it is.
    plans
        By rep, then by name: one plan each, or several to hold against each other.
    paths
        Number of simulated futures; half of them for each mix that is looked at.
    step, by
        Share by which mixes differ, and what is moved, as `trace_mix` takes them.
    risk_aversion
        r of the exponential utility ``-exp(-r pay / OTE)`` of the period's pay, OTE being the
        on-target earnings of the period (today's mean pay for a plan without any): relative risk
        aversion at OTE, see `certainty_figure`. 0 leaves the certainty equivalent out.
    workers, progress
        As `simulate` takes them.

    Returns
    -------
    PayMixes
        ``mixes``, a row for each rep with a mix to move, plan and ``objective``: ``today``, then
        the mix with the highest mean ``pay``, ``certainty`` equivalent, expected ``bookings`` of
        the company, and P(``team_plan``). ``mix`` in words, its number ``point`` among all from
        the first segment downwards, ``as_good``, how many are as good, ``share_*``; ``pay`` (base
        and variable), ``certainty_equivalent``, ``bookings`` of the rep (whose change is the
        company's), ``cost_of_sales`` (mean pay by mean bookings), ``p_team``, each with its
        ``*_change`` from today's mix; ``verdict`` whether the objective is better than today by
        more than two standard errors. ``spifs``: see `spif_rows`. Amounts are in currency; each
        simulated figure has its ``*_se``; null where a figure is not asked for or has no quota.

    Raises
    ------
    ArgumentError
        If ``step``, ``by`` or ``risk_aversion`` is none, paths are fewer than 20, or no period can
        be answered.
    """
    steps, averse = count_steps(step), check_aversion(risk_aversion)
    check_paths(paths)
    if by is not None and by not in MOVED:
        raise ArgumentError(f"by must be one of {', '.join(MOVED)}, got {by!r}")
    check_answerable(base)
    period = base.keys[longest_row(base.keys)][1]
    packages = {name: packages_of(base, name, told) for name, told in plans.items()}
    blends: dict[str, Blend | None] = {
        name: blend_of(base.tasks[name], by) for name, each in packages.items() if each
    }
    walks = {name: walk_of(blend, steps) for name, blend in blends.items() if blend is not None}
    team = team_today(base, paths=paths, workers=workers) if blends else None
    question = Question(base, paths, averse, team)
    found: list[_Found] = []
    asked = [_Asked(name, walks.get(name), packages[name]) for name in blends]
    with threads(workers or default_workers()) as pool:
        told = pool.map(partial(_explore, question=question), asked)
        for done, each in enumerate(told, start=1):
            found.append(each)
            if progress is not None:
                progress(done, len(blends))
    taken = {name: walk.steps for name, walk in walks.items()}
    return PayMixes(
        _frame([row for each in found for row in each.mixes], walks.values()),
        spif_frame([row for each in found for row in each.spifs]),
        (
            *mix_cautions(base, blends, taken, steps, by),
            *_unpaid(plans, packages, period),
            *_no_plan(team, period),
            _others_stay(),
            *tied_paths(base),
        ),
    )
