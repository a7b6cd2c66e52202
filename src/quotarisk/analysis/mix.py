"""Which blend of small fast and big slow deals?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asking import provenance_of
from quotarisk.analysis.balance import balance_cautions
from quotarisk.analysis.blend import MOVED, Blend, Moved, blend_of
from quotarisk.analysis.concentration import concentration_frame
from quotarisk.analysis.glance import longest_row, look
from quotarisk.analysis.mix_cautions import mix_cautions
from quotarisk.analysis.mix_frames import Walked, best_frame, mix_frame
from quotarisk.analysis.simplex import DEFAULT_STEP, count_steps
from quotarisk.analysis.sweep import (
    asked_to_sweep,
    check_answerable,
    choose_reps,
    only_reps,
    sweep,
    tied_paths,
)
from quotarisk.analysis.walk import Walk, variants_of, walk_of
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Variant, variant_of
from quotarisk.simulation.simulation import Progress, Simulation

QUESTION = "Which mix of segments is hit most often?"
NOTE = (
    "The mix changes from the first day on, and deals that are open then stay as they are: a move "
    "to faster deals brings bookings forward once, a move to slower ones puts them off."
)


def _check_anything(walks: Mapping[str, Walk], base: Variant, names: Collection[str]) -> None:
    if not walks and not any(base.tasks[name].open_deals for name in names):
        raise ArgumentError(
            "a mix needs a rep who makes opportunities and sells two segments or more, got "
            f"none among {len(names):,} (reps[].segments, opps_per_week), and no open deals"
        )


def _check_by(by: Moved | None, blends: Mapping[str, Blend | None]) -> None:
    """Refuse what cannot be moved of anybody."""
    found = [blend for blend in blends.values() if blend is not None]
    if by not in (None, "hours") and found and all(blend.task.is_bound for blend in found):
        raise ArgumentError(
            f"by must be hours or left out where hours_per_week bound what all reps make, got "
            f"{by!r}: their hours of prospecting are what is moved"
        )


def trace_mix(
    asked: Scenario | Simulation,
    *,
    step: float = DEFAULT_STEP,
    by: Moved | None = None,
    reps: Iterable[str] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Which blend of small fast and big slow deals?

    Hours of prospecting are moved between segments where the rep has a funnel in each of them
    (opportunities made = hours x opportunities an hour), and else what opportunities are worth
    (their expected bookings), as nothing says what one takes: then mixes differ in risk and
    timing alone. The total stays. All mixes are simulated on the same luck. Of a rep with
    ``hours_per_week`` the hours that go to prospecting are moved, however many these are.

    Parameters
    ----------
    asked
        A scenario, or a simulation of it, whose paths and seed are taken then.
    step
        Share by which mixes differ: 0.1 looks at 0 %, 10 % and so on of each segment. Coarser for
        reps with so many segments that there would be more than 101 mixes, which a caution says.
    by
        What is moved: ``hours``, ``opportunities`` one for one, as if each took the same effort,
        or ``worth``, the expected bookings of what is made. Left out, hours where they are known
        and worth where not. Reps with ``hours_per_week`` move hours in any case.
    reps
        Names of those whose mix is looked at; all where they are left out.
    paths, seed, workers, progress
        As `simulate` takes them; 10,000 paths of a scenario where they are left out.

    Returns
    -------
    Answer
        ``frame`` has a row for each rep and mix, today's among them: ``name``, ``group``,
        ``point`` (its number), ``today``, ``mix`` in words, ``share_*`` of each segment (null
        where the rep does not sell it), ``moved`` (see ``by``) and ``made``, the
        opportunities as a multiple of today's; of the first ``period`` of the longest cadence
        ``mean``, ``sd``, ``p10``; ``p_hit_month``, ``p_hit_quarter`` and ``p_hit_year``, means
        over the periods with a quota; ``*_change`` from today's on the same paths;
        ``frontier``, whether no other mix has at least that mean and at most that spread;
        ``differs``, whether mean or spread are more than two standard errors of the difference
        from today's, and ``beats_today``, whether both are better by more than that.

        ``parts["best"]`` has a row for each rep and cadence: of the mixes whose P(hit) is within
        two standard errors of the highest, ``as_good`` in number, the one that is nearest to
        today's. It is chosen on the first half of the paths; ``p_hit_today``, ``p_hit`` and the
        ``gain`` are those of the second half, so that the highest of many noisy figures does not
        look better than it is. ``verdict``: better, no clear gain (within two standard errors) or
        as today, which is as good as any.

        ``parts["concentration"]``: see `concentration_frame`.

        Amounts are in currency, shares from 0 to 1; each simulated figure has its ``*_se``.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range, there is nothing to move and nothing open, or
        ``by`` is not hours where the hours of all reps are bound.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = trace_mix(scenario, step=0.5, reps=["Iris Chen"], paths=1000)
    >>> answer.frame["mix"].to_list()
    ['mid 100 %', 'mid 66 %, large 34 %', 'mid 50 %, large 50 %', 'large 100 %']
    """
    scenario, paths, seed = asked_to_sweep(asked, paths, seed)
    steps = count_steps(step)
    base = variant_of(scenario, seed)
    check_answerable(base)
    names = choose_reps(base, reps)
    if by is not None and by not in MOVED:
        raise ArgumentError(f"by must be one of {', '.join(MOVED)}, got {by!r}")
    order = tuple(scenario.segments)
    blends = {name: blend_of(base.tasks[name], by, order=order) for name in names}
    _check_by(by, blends)
    walks = {name: walk_of(blend, steps) for name, blend in blends.items() if blend is not None}
    _check_anything(walks, base, names)
    found = sweep(
        list(variants_of(only_reps(base, walks), walks)),
        partial(look, keys=base.keys),
        paths=paths,
        workers=workers,
        progress=progress,
    )
    walked = [
        # who has fewer mixes than others is seen as today in the rest
        Walked(walks[name], base.units[level, name].group, told[: len(walks[name].points)])
        for level, name, told in found
        if level == "rep"
    ]
    period = base.keys[longest_row(base.keys)][1]
    return Answer(
        question=QUESTION,
        frame=mix_frame(walked, base.keys, period, order),
        cautions=(
            *mix_cautions(
                base, blends, {name: walk.steps for name, walk in walks.items()}, steps, by
            ),
            *balance_cautions(base.tasks[name] for name in walks),
            *tied_paths(base),
        ),
        provenance=provenance_of(scenario, paths, seed),
        note=f"{EXPOSURE_ONLY} {NOTE}",
        headline=("name", "mix", "today", "mean", "sd", "p10", "frontier"),
        parts={
            "best": best_frame(walked, period, order),
            "concentration": concentration_frame(
                base, paths=paths, reps=None if reps is None else names, workers=workers
            ),
        },
    )
