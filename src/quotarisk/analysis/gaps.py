"""In which stage does a rep lose against the team, is that real, and what does it cost?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asked_periods import longest_with_quotas
from quotarisk.analysis.asking import asked_of, provenance_of
from quotarisk.analysis.gap_frames import (
    Found,
    evidence_frame,
    factors_frame,
    reps_frame,
    velocity_frame,
    worst_first,
)
from quotarisk.analysis.reference import AGAINST, Against, compare_with, without_peers
from quotarisk.analysis.rep_games import Gap, RepGame, game_of, read_gap
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError, suggest
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Key, Seen, Variant, compare, variant_of
from quotarisk.simulation.simulation import Progress, Simulation, check_arguments
from quotarisk.wording import list_names

QUESTIONS: dict[Against, str] = {
    "team": "Where does each rep lose against the rest of the team?",
    "benchmark": "Where does each rep lose against benchmarks?",
}
GAP_PATHS = 8_000  # where nobody says how many: reps are simulated many times over
_WIDE_ERROR = 0.01  # standard error of a gap: two points either way
KEPT = "Quotas, ramps, open deals and what marketing and seasons do stay each rep's own."


def _check_against(against: object) -> Against:
    for known in AGAINST:
        if against == known:
            return known
    hint = suggest(against, AGAINST) if isinstance(against, str) else ""
    told = f"against must be one of {', '.join(AGAINST)}, got {against!r}"
    raise ArgumentError(f"{told}; {hint}" if hint.startswith("did") else told)


def _variants(base: Variant, games: Sequence[RepGame]) -> list[Variant]:
    """So many variants as the longest game has coalitions; others stay as they are in its rest."""
    units = {key: replace(unit, group="") for key, unit in base.units.items() if key[0] != "group"}
    first = replace(base, units=units, past_follows=True)
    variants = [first]
    for place in range(1, max(len(game.tasks) for game in games)):
        moved = {g.task.rep.name: g.tasks[place] for g in games if place < len(g.tasks)}
        variants.append(replace(first, tasks={**base.tasks, **moved}))
    return variants


def _cautions(
    base: Variant, found: Sequence[Found], against: Against, key: Key
) -> Iterator[Caution]:
    without = [each.game.task.rep.name for each in found if np.isnan(each.gap.quota)]
    if without:
        yield Caution(
            "no_quota",
            tuple(without),
            f"{list_names(without)}: no quota in {key[1]}, so gaps are told in bookings only.",
        )
    errors = [each.gap.whole.points.se for each in found if not np.isnan(each.gap.quota)]
    if max(errors, default=0.0) > _WIDE_ERROR:
        yield Caution(
            "monte_carlo_error",
            (),
            f"Gaps are simulated to no better than ±{200 * max(errors):.1f} points (95 %): run "
            "more paths before acting on small differences.",
        )
    alone = without_peers(base.tasks) if against == "team" else ()
    alike = [each.game.task.rep.name for each in found if not each.game.comparisons]
    alike = [name for name in alike if name not in alone]
    if against == "team" and len(found) == 1:
        yield Caution(
            "no_team",
            tuple(alike),
            f"{alike[0]} is the only rep, so there is nobody to be held against; surveys are "
            "there with --against benchmark.",
        )
    elif alike:
        others = "those of others who sell the same segments"
        beside = f"from {others if against == 'team' else 'benchmarks'}, so there is no gap."
        yield Caution(
            "nothing_to_compare",
            tuple(alike),
            f"No rep has a figure of its own that differs {beside}"
            if len(alike) == len(found)
            else f"{list_names(alike)}: no figure of their own differs {beside}",
        )
    if alone:
        yield Caution(
            "activity_not_compared",
            alone,
            f"{list_names(alone)}: opportunities a week are not compared, as nobody else sells "
            "the same set of segments, and nothing says how many of one kind are as much work as "
            "one of another.",
        )
    correction = base.setting.correction
    if correction.together > 0 or min(correction.month_shape, correction.quarter_shape) < 1:
        yield Caution(
            "tied_paths",
            (),
            "The scenario's correction ties or spreads bookings, so that futures depend on each "
            "other: errors are told as if they did not, and may be larger.",
        )


def _sources(games: Sequence[RepGame]) -> Iterator[str]:
    """Say what benchmarks are, and where they come from."""
    told = dict.fromkeys(c.source for game in games for c in game.comparisons if c.source)
    if told:
        yield f"Benchmarks are bands of surveys, taken at their middle: {'; '.join(told)}."


def find_gaps(
    asked: Scenario | Simulation,
    *,
    against: Against = "team",
    period: str | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """In which stage does a rep lose against the team, is that real, and what does it cost?

    Each rep is held against the other reps who sell the same segments, or against benchmarks:
    activity, each stage's conversion, win rate, deal size, cycle, stall rate and time. What a rep
    takes from a segment is no difference. The gap is P(hit) with the reference's figures less
    P(hit) with the rep's own, on the same luck, and is divided among the factors by Shapley value.

    Parameters
    ----------
    asked
        A scenario, or a simulation of one, which brings its paths and seed.
    against
        ``team``: what the others have. Evidence adds up, won and of, opportunities and weeks,
        and counts once where several take it from a segment (which may have been seen in part
        at those who have evidence of their own); sizes and cycles are averaged in
        proportion, by the number of deals; figures without evidence are averaged over reps.
        Opportunities a week are held against reps who sell the same set of segments only, as
        nothing says how many of one kind are as much work as one of another.
        ``benchmark``: the middle of the bands of `quotarisk.scenario.benchmarks`, for win
        rates and won cycles, taken as known.
    period
        Name of a month, quarter or fiscal year; where it is left out the first of the longest
        cadence in which a rep has a quota.
    paths, seed, workers, progress
        As for `simulate`; 8,000 paths of a scenario where they are left out.

    Returns
    -------
    Answer
        ``frame``, a row for each rep and factor in which the rep has a figure of its own, who
        loses most first, the costliest factor first: ``name``, ``group``, ``cadence``,
        ``period``, ``factor`` (activity, stage: NAME, win rate, ...), ``figure`` (by which it is
        told) with its ``unit``, the rep's ``own``, the ``reference`` and the ``difference``
        (over several segments weighted by what they book);
        ``p_real``, the posterior probability that the rep's figure lies on that side of the
        reference's, null where both are stated without evidence and nothing is unsure;
        ``verdict`` (higher, lower, or too early to tell below 90 %); ``needed``, how many more
        ``counted`` would bring it to 90 % if the difference stays as it is, null where no number
        would; ``points``, the part of the gap (what the difference costs, as a share of the
        futures; below 0 where the rep is ahead), and ``amount``, the part of the gap in mean
        bookings.

        ``parts``:

        - ``reps``, a row a rep: ``quota``, ``p_hit``, ``p_reference`` (with the reference's
          figures), ``gap`` and ``gap_real`` (the part of the factors that are no longer too early
          to tell); ``mean``, ``mean_reference``, ``mean_gap`` and ``mean_gap_real`` of bookings.
        - ``velocity``, a row a rep: opportunities a week x win rate x mean size / mean won cycle
          in days, its four parts, each beside that with the reference's figures and their
          ``*_ratio``. Of a rep with hours, opportunities are those of a balance of time.
        - ``evidence``, a row for each rep, segment and figure: as in ``frame``, with
          ``own_evidence`` and ``reference_evidence`` in ``counted`` and the ``source`` of a
          benchmark.

        Amounts are in currency, cycles are medians, and each simulated figure has its standard
        error ``*_se``. The points of a rep add up to its gap, and so do the amounts.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range.

    Notes
    -----
    A rep with n factors is simulated 2**n times, from seven factors on n (n - 1) + 2 times, and
    so many bookings of the period are held at a time: 8 bytes a path, and two or three times as
    much for their hits.

    Only values are taken from the reference: how well a figure is known, and how widely sizes and
    cycles spread, stay the rep's own, so a figure that is as high makes no gap. Stall rates and
    days to lose matter where open deals are listed or hours bound the rep. Up to six factors are
    divided exactly, more by rotations of their order, see `list_coalitions`. Each difference is
    judged by itself: of ten that are nothing one may pass for real.

    Examples
    --------
    >>> import quotarisk as qr
    >>> from quotarisk.analysis.gaps import find_gaps
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = find_gaps(scenario, paths=1000, seed=7)
    >>> sorted(answer.parts)
    ['evidence', 'reps', 'velocity']
    """
    if paths is None and not isinstance(asked, Simulation):
        paths = GAP_PATHS
    scenario, paths, seed = asked_of(asked, paths, seed)
    check_arguments(paths, seed, workers)
    against = _check_against(against)
    base = variant_of(scenario, seed)
    key = base.keys[longest_with_quotas(base, period)]
    compared = compare_with(against, base.tasks)
    games = {name: game_of(task, compared[name]) for name, task in base.tasks.items()}

    def read(seen: Seen) -> Gap | None:
        return read_gap(games[seen.name], seen) if seen.level == "rep" else None

    units = compare(
        _variants(base, list(games.values())),
        read,
        paths=paths,
        periods=[key],
        workers=workers,
        progress=progress,
    )
    found = worst_first([Found(games[name], gap) for _, name, gap in units if gap is not None])
    ranked = [each.game for each in found]
    return Answer(
        question=QUESTIONS[against],
        frame=factors_frame(found, key),
        cautions=tuple(_cautions(base, found, against, key)),
        provenance=provenance_of(scenario, paths, seed),
        note=" ".join((EXPOSURE_ONLY, KEPT, *_sources(ranked))),
        headline=(
            "name", "period", "factor", "own", "reference", "p_real", "verdict", "points",
            "points_se",
        ),
        parts={
            "reps": reps_frame(found, key),
            "velocity": velocity_frame(ranked),
            "evidence": evidence_frame(ranked),
        },
    )  # fmt: skip
