"""Which mix serves whom best: the rep's pay, the company's bookings, or the team's plan?

Mixes are chosen on the first half of the paths (of those that it cannot tell from the best the
nearest to today's, see `nearest`) and told by the second, which had no part in the choice; levels
are today's on all paths, moved by what the second half tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import sub
from typing import Literal, NamedTuple

import numpy as np

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.choice import AS_TODAY, BETTER, NOT_CLEAR, Verdict, is_clear
from quotarisk.analysis.influence import (
    Figure,
    apart,
    certainty_figure,
    estimate_of,
    mean_figure,
    ratio_figure,
    shifted,
)
from quotarisk.analysis.nearest import Nearest, Tally
from quotarisk.analysis.pay_packages import Package
from quotarisk.analysis.pay_sample import Sample, Which, arrays_of, booked_before, draw_sample
from quotarisk.analysis.team_plan import TeamPlan
from quotarisk.analysis.walk import Walk
from quotarisk.simulation.estimates import Array, Estimate, proportion_se
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.passes import at_once
from quotarisk.simulation.variants import Variant

Objective = Literal["pay", "certainty", "bookings", "team_plan"]
MEASURE: dict[str, str] = {  # the figure that an objective looks at
    "pay": "pay",
    "certainty": "certainty_equivalent",
    "bookings": "bookings",
    "team_plan": "p_team",
}
MONEY = ("pay", "certainty_equivalent", "bookings")
FIGURES = (*MONEY, "cost_of_sales", "p_team")
SURE = Estimate(0.0, 0.0)


@dataclass(frozen=True)
class Question:
    """What all reps are asked.

    Parameters
    ----------
    base
        The scenario as it is.
    paths
        Number of simulated futures.
    risk_aversion
        Of the exponential utility, times on-target earnings; 0: none.
    team
        None where it has no quota in the period.
    """

    base: Variant = field(repr=False)
    paths: int
    risk_aversion: float
    team: TeamPlan | None = field(repr=False)

    @property
    def half(self) -> int:
        """Paths that choose; the others tell."""
        return self.paths // 2


class _Scores(NamedTuple):
    """What the first half of the paths says of each mix, today's first."""

    pay: dict[Which, Tally]
    certainty: list[Tally]  # by package
    booked: Tally
    team: Tally | None


def _aversion(question: Question, package: Package, today: Array) -> float:
    """Aversion to a cent of risk: relative to on-target earnings, or to today's pay without any."""
    scale = package.on_target or float(today.mean())
    return question.risk_aversion / scale if scale > 0 else 0.0


class Explorer:
    """A rep's mixes under several packages; holds no more paths at a time than the bound allows.

    Parameters
    ----------
    question
        What all are asked.
    name
        The rep.
    walk
        The mixes; None where there is nothing to move.
    packages
        Plans that pay the rep.
    """

    def __init__(
        self, question: Question, name: str, walk: Walk | None, packages: tuple[Package, ...]
    ) -> None:
        self.question = question
        self.packages = packages
        self.walk = walk
        self.task = question.base.tasks[name]
        self.today = self._draw(0, question.paths)
        self._most = at_once(arrays_of(packages), question.paths)
        self._held: dict[int, Sample] = {}
        self._rest: Array | None = None
        if question.team is not None:
            self._rest = question.team.booked - self.today.booked
        self._aversions = [
            _aversion(question, package, self.today.pay[number, None])
            for number, package in enumerate(packages)
        ]
        self.scores = self._score()

    @property
    def points(self) -> tuple[tuple[float, ...], ...]:
        """Shares of each mix, today's first."""
        if self.walk is None:
            return ((),)
        return (self.walk.points[self.walk.today], *self.walk.others)

    def _draw(self, place: int, paths: int) -> Sample:
        task = self.task
        if place > 0:
            assert self.walk is not None
            task = self.walk.blend.task_at(self.points[place])
        return draw_sample(self.question.base, task, self.packages, paths=paths)

    def sample(self, place: int) -> Sample:
        """All paths of a mix."""
        if place == 0:
            return self.today
        if place not in self._held:
            if len(self._held) >= self._most:
                self._held.pop(next(iter(self._held)))
            self._held[place] = self._draw(place, self.question.paths)
        return self._held[place]

    def _hits(self, booked: Array, cut: slice) -> Array:
        """``[paths]`` 1 where the team makes its plan."""
        assert self._rest is not None
        assert self.question.team is not None
        hit = self._rest[cut] + booked >= self.question.team.quota
        return np.asarray(hit, dtype=np.float64)

    def _score(self) -> _Scores:
        half = self.question.half
        scores = _Scores(
            {key: Tally() for key in self.today.pay},
            [Tally() for _ in self.packages],
            Tally(),
            None if self._rest is None else Tally(),
        )
        for place in range(len(self.points)):
            sample = self._draw(place, half)
            for key, amounts in sample.pay.items():
                scores.pay[key].add(mean_figure(amounts))
            for number, aversion in enumerate(self._aversions):
                scores.certainty[number].add(certainty_figure(sample.pay[number, None], aversion))
            scores.booked.add(mean_figure(sample.booked))
            if scores.team is not None:
                scores.team.add(mean_figure(self._hits(sample.booked, slice(half))))
        return scores

    def best(self, tally: Tally) -> Nearest:
        """Which mix is as good as the best, and nearest to today's?"""
        return tally.nearest(self._distances(0))

    def _distances(self, place: int) -> list[float]:
        """How far is each mix from one of them?"""
        here = self.points[place]
        return [sum(map(abs, map(sub, shares, here))) for shares in self.points]

    def moved(self, number: int, which: int) -> tuple[int, int]:
        """Which mix pays best without an incentive, and which one with it?

        They are the same where one mix is as good as the best either way: what paths cannot tell
        from no move is none.
        """
        pay = self.scores.pay
        distances = [self._distances(place) for place in range(len(self.points))]
        return pay[number, which].moved(pay[number, None], distances)

    def choices(self, number: int) -> Iterator[tuple[Objective, Nearest]]:
        """Which mix is best by each objective under a package?"""
        scores = self.scores
        by: dict[Objective, Tally] = {"pay": scores.pay[number, None]}
        if self.question.risk_aversion > 0:
            by["certainty"] = scores.certainty[number]
        by["bookings"] = scores.booked
        if scores.team is not None:
            by["team_plan"] = scores.team
        for objective, tally in by.items():
            yield objective, self.best(tally)

    def _figures(self, sample: Sample, number: int, cut: slice) -> dict[str, Figure]:
        pay, simulated = sample.pay[number, None][cut], sample.booked[cut]
        booked = simulated + booked_before(self.packages[number])
        told = {"pay": mean_figure(pay), "bookings": mean_figure(booked)}
        if self.question.risk_aversion > 0:
            told["certainty_equivalent"] = certainty_figure(pay, self._aversions[number])
        told["cost_of_sales"] = ratio_figure(pay, booked)
        if self._rest is not None:
            told["p_team"] = mean_figure(self._hits(simulated, cut))
        return told

    def figures(self, number: int, place: int) -> dict[str, Estimate]:
        """What is told of a mix under a package, each figure with its change from today's."""
        usual = self._figures(self.today, number, slice(None))
        told: dict[str, Estimate] = {}
        if place == 0:
            for key, figure in usual.items():
                told |= {key: _estimate(key, figure), f"{key}_change": SURE}
            return told
        cut = slice(self.question.half, None)
        here = self._figures(self.sample(place), number, cut)
        there = self._figures(self.today, number, cut)
        for key, figure in usual.items():
            change = apart(here[key], there[key])
            told[key] = _estimate(key, shifted(figure, change))
            told[f"{key}_change"] = _change(key, change)
        return told

    def spif_figures(
        self, number: int, which: int, without: int, moved: int
    ) -> dict[str, Estimate]:
        """What does a SPIF cost and bring, where it moves the best mix of pay to another?

        Parameters
        ----------
        number, which
            Of the package, and of its incentive.
        without, moved
            The mixes that are best for pay without it and with it.
        """
        cut = slice(self.question.half, None)
        before, after = self.sample(without), self.sample(moved)
        today = self.today.spif[number, which]
        usual = mean_figure(today)
        paid = apart(mean_figure(after.spif[number, which][cut]), mean_figure(today[cut]))
        told = {
            "spif_pay_today": _estimate("pay", usual),
            "spif_pay_moved": _estimate("pay", shifted(usual, paid)),
        }
        told["pay_change"] = _change(
            "pay",
            apart(
                mean_figure(after.pay[number, None][cut]),
                mean_figure(before.pay[number, which][cut]),
            ),
        )
        changes = {"bookings": (after.booked[cut], before.booked[cut])}
        if self._rest is not None:
            hits = self._hits(after.booked[cut], cut), self._hits(before.booked[cut], cut)
            changes["p_team"] = hits
        for key, (one, other) in changes.items():
            change = apart(mean_figure(one), mean_figure(other))
            told[f"{key}_change"] = SURE if without == moved else _change(key, change)
        return told


def _estimate(key: str, figure: Figure) -> Estimate:
    """A level with its error; a chance stays one, and few paths do not pass for certainty."""
    told = estimate_of(figure, CENTS if key in MONEY else 1.0)
    if key != "p_team":
        return told
    chance, paths = min(max(told.value, 0.0), 1.0), len(figure.influence)
    return Estimate(chance, max(told.se, float(proportion_se(chance * paths, paths))))


def _change(key: str, figure: Figure) -> Estimate:
    told = estimate_of(figure, CENTS if key in MONEY else 1.0)
    if key != "p_team":
        return told
    return Estimate(told.value, max(told.se, float(proportion_se(0, len(figure.influence)))))


def judge_mix(objective: str, place: int, told: dict[str, Estimate]) -> Verdict:
    """Does the mix gain what it was chosen for, as far as the other paths can tell?"""
    if place == 0:
        return AS_TODAY
    gain = told[f"{MEASURE[objective]}_change"]
    return BETTER if gain.value > 0 and is_clear(gain) else NOT_CLEAR


def mix_rows(explorer: Explorer) -> Iterator[tuple[str, int, dict[str, object]]]:
    """Tell of each package today's mix, then the best one by each objective.

    Yields
    ------
    tuple
        The plan's name, the place of the mix, and its row.
    """
    for number, package in enumerate(explorer.packages):
        best = list(explorer.choices(number))
        for objective, (place, as_good) in [("today", Nearest(0, 1)), *best]:
            told = explorer.figures(number, place)
            row = {
                "objective": objective,
                "as_good": as_good if objective != "today" else None,
                "verdict": judge_mix(objective, place, told),
            }
            yield package.plan, place, {**row, **with_errors(told)}
