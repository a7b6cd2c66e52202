"""Which assumptions does a scenario rest on, and where may each one lie?

A figure that was learnt from evidence moves to the 10th and the 90th percentile of what it may
be; one that is taken as known by 10 % down and up. A figure of a segment moves for all who sell
it. Where reps have evidence of their own, what one of them lacks another may have: all of a
group's or the team's move together, and only so far that their mean lies at its percentile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from scipy import special

from quotarisk.periods import Horizon
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.limits import MOST_OPPS_PER_WEEK
from quotarisk.scenario.segment import EFFORTS, PARAMETERS, Effort, Parameter
from quotarisk.scenario.terms import NO_OPPS, Terms
from quotarisk.simulation.comparing import Variant
from quotarisk.simulation.lowering import RepTask, Setting
from quotarisk.simulation.simulation import Level

Figure = (
    Parameter
    | Effort
    | Literal[
        "ramp",
        "hires",
        "hours",
        "market_creation",
        "market_win_odds",
        "market_deal_size",
        "market_persistence",
        "seasons",
        "clock",
    ]
)
WORDS: dict[Figure, str] = {
    "opps_per_week": "opps a week",
    "win_rate": "win rate",
    "stall_rate": "never decided",
    "deal_size": "deal size",
    "won_cycle_days": "days to win",
    "lost_cycle_days": "days to lose",
    "inbound_opps_per_week": "inbound opps a week",
    "funnel": "opps an hour of prospecting",
    "hours_per_open_deal": "hours an open deal",
    "prospecting_mix": "mix of prospecting",
    "hours": "hours a week",
    "ramp": "ramp",
    "hires": "start of hires",
    "market_creation": "market's swing of opps",
    "market_win_odds": "market's swing of win odds",
    "market_deal_size": "market's swing of deal size",
    "market_persistence": "market's persistence",
    "seasons": "swing of the seasons",
    "clock": "swing of the clock of deals",
}
LEVELS = (0.1, 0.9)
SCORE = float(special.ndtri(LEVELS[1]))
STEP = 0.1  # share by which a known figure moves
LATE_DAYS = 60  # by which hires may slip
PERCENTILES, TENTH, LATE = "p10 to p90", "±10 %", f"{LATE_DAYS} days late"


class Move(NamedTuple):
    """Where a rep's figure lies now, and where it moves to.

    ``weight`` is what it counts in a mean over reps.
    """

    value: float
    low: float
    high: float
    basis: str
    weight: float = 1.0


@dataclass(frozen=True)
class Assumption:
    """A figure that may be otherwise, for all whom it concerns.

    Parameters
    ----------
    figure, segment
        What it is; no segment where it is about people.
    moves
        By rep.
    low, high
        The tasks that become others, by rep; none where the figure stays as it is.
    low_setting, high_setting
        What all reps share becomes another; none where the figure is of reps.
    """

    figure: Figure
    segment: str
    moves: Mapping[str, Move] = field(repr=False)
    low: Mapping[str, RepTask] = field(repr=False)
    high: Mapping[str, RepTask] = field(repr=False)
    low_setting: Setting | None = field(default=None, repr=False)
    high_setting: Setting | None = field(default=None, repr=False)

    @property
    def words(self) -> str:
        """What people call it."""
        return ", ".join(filter(None, (WORDS[self.figure], self.segment)))


def with_tasks(variant: Variant, tasks: Mapping[str, RepTask]) -> Variant:
    """Let some reps work otherwise, and let what they repeat of the past follow."""
    return replace(variant, tasks={**variant.tasks, **tasks}, past_follows=True)


def mean_move(moves: Sequence[Move]) -> Move:
    """What do several reps' figures come to, weighted by what they count?"""
    weights = [move.weight for move in moves]
    if sum(weights) == 0:
        weights = [1.0] * len(moves)

    def mean(values: Iterable[float]) -> float:
        return math.fsum(w * v for w, v in zip(weights, values, strict=True)) / math.fsum(weights)

    bases = {move.basis for move in moves}
    return Move(
        mean(move.value for move in moves),
        mean(move.low for move in moves),
        mean(move.high for move in moves),
        f"{PERCENTILES}, {TENTH} where known" if len(bases) > 1 else bases.pop(),
        math.fsum(weights),
    )


def scale_law(spec: LawSpec, factor: float) -> LawSpec:
    """Make all values so many times as large, and the location known."""
    told: dict[str, Any] = {key: value * factor for key, value in spec.figures.items()}
    if spec.known is not None:
        told["known"] = spec.known * factor
    if spec.values is not None:
        told["values"] = tuple(value * factor for value in spec.values)
    if spec.quantiles is not None:
        told["quantiles"] = {key: value * factor for key, value in spec.quantiles.items()}
    # it was a law, so it still is: at the edge of what a file may say it is not refused
    return LawSpec.model_construct(dist=spec.dist, **told)


def _between(mean: float, ends: tuple[float, float], reach: float) -> tuple[float, float]:
    """Go from the mean so much of the way to either end."""
    low, high = (mean + reach * (end - mean) for end in ends)
    return low, high


def _factors(spec: LawSpec, reach: float) -> tuple[float, float]:
    """By which factors does a law move? Its location has a lognormal factor of median 1."""
    if spec.is_known:
        return 1 - STEP, 1 + STEP
    sd = spec.factor_sd
    return _between(math.exp(sd**2 / 2), (math.exp(-SCORE * sd), math.exp(SCORE * sd)), reach)


def _rates(rate: OppRate | WinRate, most: float, reach: float) -> tuple[float, float]:
    mean = rate.mean
    if rate.is_known:
        low, high = mean * (1 - STEP), mean * (1 + STEP)
    else:
        ends = float(rate.posterior.ppf(LEVELS[0])), float(rate.posterior.ppf(LEVELS[1]))
        low, high = _between(mean, ends, reach)
    return min(low, most), min(high, most)


class _Moved(NamedTuple):
    """A rep's figure in a segment, and the terms that hold when it has moved."""

    move: Move
    low: Terms
    high: Terms


def _basis(*, is_known: bool) -> str:
    return TENTH if is_known else PERCENTILES


def _move_law(terms: Terms, key: Parameter | Effort, weight: float, reach: float) -> _Moved:
    spec: LawSpec = getattr(terms, key)
    low, high = _factors(spec, reach)
    median = float(spec.law.ppf(0.5))

    def scaled(factor: float) -> Terms:
        moved: dict[str, Any] = {key: scale_law(spec, factor)}
        if key == "won_cycle_days" and terms.lost_as_won:
            # who does not say how long losing takes means as long as winning, here as well
            moved["lost_cycle_days"] = moved[key]
        return replace(terms, **moved)

    return _Moved(
        Move(median, low * median, high * median, _basis(is_known=spec.is_known), weight),
        scaled(low),
        scaled(high),
    )


def _move_funnel(terms: Terms, funnel: Funnel, reach: float) -> _Moved:
    """Let the first stage be reached more or less often, and know all rates.

    What an hour makes is a product of Beta laws. Its logarithm has the sum of their means and
    variances (digamma and trigamma functions) and is taken as normal.
    """
    made = funnel.opps_per_hour
    laws = [stage.rate.posterior for stage in funnel.stages if not stage.rate.is_known]
    if funnel.is_known:
        low, high = 1 - STEP, 1 + STEP
    else:
        sd = math.sqrt(
            sum(special.polygamma(1, p.a) - special.polygamma(1, p.a + p.b) for p in laws)
        )
        middle = math.exp(
            math.fsum(special.digamma(p.a) - special.digamma(p.a + p.b) for p in laws)
            - math.fsum(math.log(p.a / (p.a + p.b)) for p in laws)
        )
        ends = middle * math.exp(-SCORE * sd), middle * math.exp(SCORE * sd)
        low, high = _between(1.0, ends, reach)
    first, *others = funnel.stages
    most = 1.0 / max(first.rate.mean, 1e-12)
    low, high = min(low, most), min(high, most)

    def scaled(factor: float) -> Terms:
        rates = [first.rate.mean * factor, *(stage.rate.mean for stage in others)]
        stages = tuple(
            stage.model_copy(update={"rate": WinRate(known=min(rate, 1.0))})
            for stage, rate in zip(funnel.stages, rates, strict=True)
        )
        return replace(terms, funnel=funnel.model_copy(update={"stages": stages}))

    basis = _basis(is_known=funnel.is_known)
    return _Moved(Move(made, low * made, high * made, basis), scaled(low), scaled(high))


def _move_opps(
    terms: Terms, key: Literal["opps_per_week", "inbound_opps_per_week"], reach: float
) -> _Moved:
    rate: OppRate = getattr(terms, key)
    low, high = _rates(rate, MOST_OPPS_PER_WEEK, reach)
    changed: list[dict[str, Any]] = [{key: OppRate(known=end)} for end in (low, high)]
    return _Moved(
        Move(rate.mean, low, high, _basis(is_known=rate.is_known)),
        replace(terms, **changed[0]),
        replace(terms, **changed[1]),
    )


def move_figure(terms: Terms, key: Parameter | Effort, reach: float = 1.0) -> _Moved:
    """Where does a rep's figure in a segment move to?

    Of laws the median is told, though all of the law moves; of a funnel what an hour
    makes. A win rate leaves room for those that are never decided, and these for wins.

    Parameters
    ----------
    terms, key
        The rep's figures, and which of them moves.
    reach
        How much of the way from its mean to its percentiles, where it has evidence.
    """
    opps = terms.opps_per_week.mean + terms.inbound_opps_per_week.mean
    win, stall = terms.win_rate, terms.stall_rate
    if key in ("opps_per_week", "inbound_opps_per_week"):
        return _move_opps(terms, key, reach)
    if key == "funnel" and terms.funnel is not None:
        return _move_funnel(terms, terms.funnel, reach)
    if key == "hours_per_open_deal":
        effort = terms.hours_per_open_deal
        low, high = effort * (1 - STEP), effort * (1 + STEP)
        return _Moved(
            Move(effort, low, high, TENTH, opps),
            replace(terms, hours_per_open_deal=low),
            replace(terms, hours_per_open_deal=high),
        )
    if key == "win_rate":
        low, high = _rates(win, 1.0 - stall, reach)
        return _Moved(
            Move(win.mean, low, high, _basis(is_known=win.is_known), opps),
            replace(terms, win_rate=WinRate(known=low)),
            replace(terms, win_rate=WinRate(known=high)),
        )
    if key == "stall_rate":
        low, high = stall * (1 - STEP), max(min(stall * (1 + STEP), 1.0 - win.mean), stall)
        return _Moved(
            Move(stall, low, high, TENTH, opps),
            replace(terms, stall_rate=low),
            replace(terms, stall_rate=high),
        )
    return _move_law(terms, key, opps * win.mean, reach)


def common_reach(shared: Sequence[float], own: Sequence[float]) -> float:
    """How much of their way do all figures go together to bring their mean to its percentile?

    Errors of reps who share a figure add up, those of figures of their own in squares.

    Parameters
    ----------
    shared, own
        By how much each rep's figure moves the mean where it goes all of its way by itself.
    """
    together = math.fsum(shared) + math.fsum(own)
    if len(own) + bool(shared) <= 1 or together == 0:
        return 1.0
    return math.hypot(math.fsum(shared), *own) / together


def _reaches(
    tasks: Mapping[str, RepTask], places: Mapping[str, int], key: Parameter | Effort, level: Level
) -> dict[str, float]:
    """Tell by rep how far a figure moves where reps, groups or the team are looked at."""
    members: dict[str, list[str]] = {}
    for name in places:
        unit = {"rep": name, "group": tasks[name].rep.group or "", "team": ""}[level]
        members.setdefault(unit, []).append(name)
    reaches: dict[str, float] = {}
    for names in members.values():
        widths: tuple[list[float], list[float]] = [], []
        for name in names:
            terms = tasks[name].terms[places[name]]
            move = move_figure(terms, key).move
            if move.basis == PERCENTILES:
                widths[key in terms.own].append(move.weight * (move.high - move.low))
        reaches |= dict.fromkeys(names, common_reach(*widths))
    return reaches


def _is_told(terms: Terms, key: Parameter | Effort) -> bool:
    """Whether there is anything to move: no funnel, no hours and no inbound is nothing."""
    return getattr(terms, key) not in (None, 0.0, NO_OPPS)


def _of_segment(
    tasks: Mapping[str, RepTask], segment: str, key: Parameter | Effort, level: Level
) -> Assumption:
    places = {
        name: place
        for name, task in tasks.items()
        for place, terms in enumerate(task.terms)
        if terms.segment == segment and task.matters(terms, key) and _is_told(terms, key)
    }
    reaches = _reaches(tasks, places, key, level)
    moves, low, high = {}, {}, {}
    for name, place in places.items():
        task = tasks[name]
        moved = move_figure(task.terms[place], key, reaches[name])
        if moved.move.low == moved.move.high:  # none of nothing is nothing
            continue
        before, after = task.terms[:place], task.terms[place + 1 :]
        moves[name] = moved.move
        low[name] = replace(task, terms=(*before, moved.low, *after))
        high[name] = replace(task, terms=(*before, moved.high, *after))
    return Assumption(key, segment, moves, low, high)


def with_ramps(
    tasks: Mapping[str, RepTask], moved: Callable[[tuple[float, ...]], tuple[float, ...]]
) -> dict[str, RepTask]:
    """Give those who ramp other ramps; only who works otherwise then is named."""
    return {
        name: replace(task, rep=task.rep.model_copy(update={"ramp": ramp}))
        for name, task in tasks.items()
        if task.rep.start_date is not None and (ramp := moved(task.rep.ramp)) != task.rep.ramp
    }


def _of_ramps(tasks: Mapping[str, RepTask]) -> Assumption:
    def times(factor: float) -> dict[str, RepTask]:
        return with_ramps(tasks, lambda ramp: tuple(share * factor for share in ramp))

    low, high = times(1 - STEP), times(1 + STEP)
    return Assumption(
        "ramp", "", dict.fromkeys(low, Move(1.0, 1 - STEP, 1 + STEP, TENTH)), low, high
    )


def _of_hours(tasks: Mapping[str, RepTask]) -> Assumption:
    def times(factor: float) -> dict[str, RepTask]:
        return {
            name: replace(task, rep=task.rep.model_copy(update={"hours_per_week": hours * factor}))
            for name, task in tasks.items()
            if (hours := task.rep.hours_per_week) is not None
        }

    moves = {
        name: Move(hours, hours * (1 - STEP), hours * (1 + STEP), TENTH)
        for name, task in tasks.items()
        if (hours := task.rep.hours_per_week) is not None
    }
    return Assumption("hours", "", moves, times(1 - STEP), times(1 + STEP))


def _of_hires(tasks: Mapping[str, RepTask], horizon: Horizon) -> Assumption:
    late = {
        name: replace(
            task,
            rep=task.rep.model_copy(
                update={"start_date": task.rep.start_date + timedelta(days=LATE_DAYS)}
            ),
        )
        for name, task in tasks.items()
        if task.rep.start_date is not None and horizon.start <= task.rep.start_date < horizon.end
    }
    moves = dict.fromkeys(late, Move(0.0, 0.0, float(LATE_DAYS), LATE))
    return Assumption("hires", "", moves, {}, late)


def _all(variant: Variant, level: Level) -> Iterator[Assumption]:
    tasks = variant.tasks
    segments = dict.fromkeys(terms.segment for task in tasks.values() for terms in task.terms)
    for segment in segments:
        for key in (*PARAMETERS, *EFFORTS):
            yield _of_segment(tasks, segment, key, level)
    yield _of_hours(tasks)
    yield _of_ramps(tasks)
    yield _of_hires(tasks, variant.setting.horizon)


def list_assumptions(variant: Variant, level: Level = "rep") -> tuple[Assumption, ...]:
    """Which assumptions can be moved, segment by segment, then ramps and hires?

    Parameters
    ----------
    variant
        What is asked about.
    level
        Who is looked at: each rep moves to percentiles of its own figure, a group's or the
        team's reps to those of their mean.
    """
    return tuple(assumption for assumption in _all(variant, level) if assumption.moves)
