"""A rep's gap to the reference, divided among the factors in which the rep differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from quotarisk.analysis.chances import chance_of
from quotarisk.analysis.differences import Difference, judge_factor
from quotarisk.analysis.permutations import Coalitions, list_coalitions
from quotarisk.analysis.traits import FACTORS, Comparison, with_reference
from quotarisk.analysis.velocity import flows_of
from quotarisk.simulation.comparing import Seen
from quotarisk.simulation.estimates import NOTHING, Array, Estimate, proportion_se
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask

_ORDER = list(FACTORS)
_ZERO = Estimate(0.0, 0.0)


class Part(NamedTuple):
    """What a factor accounts for: of P(hit), as a share, and of mean bookings, in currency."""

    points: Estimate
    amount: Estimate


class Gap(NamedTuple):
    """A rep as it is and with the reference's figures; NaN where there is no quota."""

    quota: float  # in currency
    p_hit: Estimate
    p_reference: Estimate
    whole: Part
    real: Part  # what the factors account for whose difference the evidence supports
    mean: Estimate
    mean_reference: Estimate
    parts: Mapping[str, Part]  # by factor


@dataclass(frozen=True)
class RepGame:
    """What is divided, and among whom.

    Parameters
    ----------
    task
        The rep as it is.
    comparisons
        The rep's figures beside the reference's.
    factors
        How far the rep differs in each, in order.
    players
        The factors that make a difference to bookings.
    coalitions
        Of the players.
    tasks
        Of each coalition: the rep with the reference's figures in its factors.
    """

    task: RepTask
    comparisons: tuple[Comparison, ...]
    factors: Mapping[str, Difference]
    players: tuple[str, ...]
    coalitions: Coalitions = field(repr=False)
    tasks: tuple[RepTask, ...] = field(repr=False)

    @property
    def as_reference(self) -> RepTask:
        """The rep with all of the reference's figures."""
        return self.tasks[-1]


def _by_factor(comparisons: Sequence[Comparison]) -> dict[str, list[Comparison]]:
    """Put them together by factor, as people read them; stages in the order of the funnel."""
    found: dict[str, list[Comparison]] = {}
    for comparison in sorted(comparisons, key=lambda c: _ORDER.index(c.trait.name)):
        found.setdefault(comparison.trait.factor, []).append(comparison)
    return found


def game_of(task: RepTask, comparisons: Sequence[Comparison]) -> RepGame:
    """In what does a rep differ from the reference, and who is that with some of its figures?"""
    by_factor = _by_factor(comparisons)
    flows = flows_of(task)
    players = tuple(
        factor for factor, told in by_factor.items() if with_reference(task, told) != task
    )
    coalitions = list_coalitions(len(players))
    tasks = tuple(
        with_reference(
            task,
            [
                comparison
                for bit, factor in enumerate(players)
                if members >> bit & 1
                for comparison in by_factor[factor]
            ],
        )
        for members in coalitions.members
    )
    return RepGame(
        task,
        tuple(comparisons),
        {factor: judge_factor(told, flows) for factor, told in by_factor.items()},
        players,
        coalitions,
        tasks,
    )


def _estimate(values: Array, scale: float, least: float) -> Estimate:
    """Mean over ``[paths]`` values in some unit, with an error of at least so much.

    Luck that is shared cancels on each path, so the error is that of the values themselves.
    """
    paths = len(values)
    error = float(np.std(values, ddof=1)) / (scale * paths**0.5)
    return Estimate(float(values.sum()) / (scale * paths), max(error, least))


class _Shares(NamedTuple):
    """What each player accounts for, the real ones together, and all."""

    players: list[Estimate]
    real: Estimate
    whole: Estimate


class _Worth(NamedTuple):
    """What coalitions book, and by how much each counts for each player."""

    weights: Array  # [players, different]
    booked: Array  # [different, paths] cents
    everybody: int  # row of the coalition of all; that of nobody is the first


def _worth(game: RepGame, seen: Seen) -> _Worth:
    """Coalitions that book the very same count once, with the sum of their weights."""
    kinds: dict[int, list[int]] = {}
    booked = seen.booked[: len(game.tasks)]
    for place, each in enumerate(booked):
        kinds.setdefault(id(each), []).append(place)
    weights = [game.coalitions.weights[:, alike].sum(axis=1) for alike in kinds.values()]
    return _Worth(
        np.array(weights, np.float64).T,
        np.array([booked[alike[0]][0] for alike in kinds.values()]),
        list(kinds).index(id(booked[-1])),
    )


def _divide(game: RepGame, worth: _Worth, values: Array, unit: float, least: float) -> _Shares:
    """What does each player account for, and the real ones, and all?

    Parameters
    ----------
    values
        ``[different, paths]`` what each coalition is worth.
    unit
        By which values are divided.
    least
        Least error of what may differ.
    """
    scale = game.coalitions.scale * unit
    each = worth.weights @ values
    whole = values[worth.everybody] - values[0]
    is_real = np.array([game.factors[factor].is_real for factor in game.players])
    # where none is real they account for nothing, for certain
    real = _estimate(each[is_real].sum(axis=0), scale, least) if is_real.any() else _ZERO
    return _Shares(
        [_estimate(row, scale, least) for row in each], real, _estimate(whole, unit, least)
    )


def _shares(game: RepGame, seen: Seen, quota: float) -> tuple[_Shares, _Shares]:
    """Shares of the gap in P(hit) and in mean bookings."""
    worth, players = _worth(game, seen), len(game.players)
    nobody = _Shares([], _ZERO, _ZERO)
    amounts = _divide(game, worth, worth.booked, CENTS, 0.0) if players else nobody
    if np.isnan(quota):
        return _Shares([NOTHING] * players, NOTHING, NOTHING), amounts
    hits = (worth.booked >= quota).astype(np.float64)
    least = float(proportion_se(0, hits.shape[1]))
    return _divide(game, worth, hits, 1.0, least) if players else nobody, amounts


def read_gap(game: RepGame, seen: Seen) -> Gap:
    """What does the gap come to on the paths, and what does each factor account for?

    Parameters
    ----------
    game
        Of the rep.
    seen
        The rep under as many variants as there are coalitions, or more; of one period.
    """
    quota = float(seen.quotas[0][0])
    own, other = seen.booked[0][0], seen.booked[len(game.tasks) - 1][0]
    points, amounts = _shares(game, seen, quota)
    asked = not np.isnan(quota)
    still = Part(_ZERO if asked else NOTHING, _ZERO)
    moved = map(Part, points.players, amounts.players)
    return Gap(
        quota / CENTS,
        chance_of(own >= quota) if asked else NOTHING,
        chance_of(other >= quota) if asked else NOTHING,
        Part(points.whole, amounts.whole),
        Part(points.real, amounts.real),
        _estimate(own, CENTS, 0.0),
        _estimate(other, CENTS, 0.0),
        {**dict.fromkeys(game.factors, still), **dict(zip(game.players, moved, strict=True))},
    )
