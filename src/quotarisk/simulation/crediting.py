"""A rep's bookings by segment, and how many deals they are: what a pay plan credits."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.bookings import BLOCK, add_bookings, count_bookings
from quotarisk.kernel.inputs import SIZE, MarketFactors
from quotarisk.kernel.spifs import weigh_segments
from quotarisk.kernel.work import Work
from quotarisk.kernel.workload import BLOCK as WORK_BLOCK
from quotarisk.kernel.workload import add_workload
from quotarisk.scenario.terms import streams_of
from quotarisk.simulation.correcting import PAST, Origin, correct
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting, lower_rep
from quotarisk.simulation.paths import draw_rep, market_factors, paths_together
from quotarisk.simulation.workload import NO_LOG, lower_work

_DEAL = 1.0  # what a won deal books where deals are counted
_TURNS = 50  # of a fit, at most
_CLOSE = 1e-4  # share of a month's bookings


@dataclass(frozen=True)
class Credited:
    """What a rep books on all paths, by segment in the order of the task's terms.

    Parameters
    ----------
    booked
        ``[segments, months, paths]`` in whole cents, from the start on; they sum to what
        `simulate_rep` says, to the cent.
    wins
        ``[segments, months, paths]`` numbers of won deals, 0 in segments that were not asked for;
        None where none was. Under a correction they follow the bookings, and need not be whole
        numbers.
    """

    booked: Array = field(repr=False)
    wins: Array | None = field(default=None, repr=False)
    _weighted: dict[tuple[float, ...], Array] = field(default_factory=dict, repr=False)

    @property
    def total(self) -> Array:
        """``[months, paths]`` cents of all segments."""
        return self.weighted((1.0,) * len(self.booked))

    def weighted(self, multipliers: tuple[float, ...]) -> Array:
        """``[months, paths]`` cents of all segments, each so many times; kept."""
        if multipliers not in self._weighted:
            self.weigh([multipliers])
        return self._weighted[multipliers]

    def weigh(self, asked: Sequence[tuple[float, ...]], out: Array | None = None) -> None:
        """Sum the segments in every way that is asked for in one look, and keep the sums.

        Parameters
        ----------
        asked
            How often each segment counts.
        out
            ``[asked, months, paths]`` to keep them in.
        """
        if len(self.booked) == 1 and list(asked) == [(1.0,)]:
            self._weighted[1.0,] = np.asarray(self.booked[0])
            return
        times = np.array(asked).reshape(len(asked), len(self.booked))
        counted = np.empty((len(asked), *self.booked.shape[1:])) if out is None else out
        weigh_segments(np.ascontiguousarray(self.booked), times, counted)
        self._weighted.update(zip(asked, counted, strict=True))


def _still(market: MarketFactors) -> MarketFactors:
    """Leave out what the market does to deal sizes."""
    return market._replace(size=np.ones_like(market.size))


def _segment_rows(task: RepTask, rows: int) -> NDArray[np.int64]:
    """``[rows]`` which segment each of the arrays belongs to that a rep is turned into."""
    of = [number for number, terms in enumerate(task.terms) for _ in streams_of(terms)]
    return np.repeat(np.array(of, np.int64), rows // max(len(of), 1))


def _rows_of(room: Array, segment: int, months: int) -> Array:
    """``[months + 1, paths]`` of a segment, emptied; its last row is the next segment's first.

    So segments lie side by side, each drawn after the one before it.
    """
    rows = room[segment * months : (segment + 1) * months + 1]
    rows[:] = 0.0
    return rows


def _draw_free(
    task: RepTask, setting: Setting, booked: Array, won: Array, count: Collection[int]
) -> None:
    """Bookings, and wins of some segments, of who has all the time that it takes."""
    lowered, months = lower_rep(task, setting), setting.horizon.months
    market = market_factors(setting, 0, booked.shape[-1])
    places = _segment_rows(task, len(lowered))
    for segment in range(len(task.terms)):
        into = _rows_of(booked, segment, months)
        deals = _rows_of(won, segment, months) if segment in count else None
        for draws in (
            each for each, place in zip(lowered, places, strict=True) if place == segment
        ):
            room = paths_together(draws, BLOCK)
            if deals is None:
                add_bookings(draws, market, setting.clock, 0, room, into)
            else:
                count_bookings(draws, market, setting.clock, 0, room, into, deals)


def _only(work: Work, rows: NDArray[np.bool_], *, count: bool) -> Work:
    """The same work, of which some rows alone book anything: what it is worth, or one a deal."""
    sizes, listed, begin = work.sizes, work.listed, work.sizes.begin
    prices = [
        (np.array([_DEAL]) if count else sizes.values[begin[row] : begin[row + 1]])
        if kept
        else np.zeros(1)
        for row, kept in enumerate(rows)
    ]
    known = work.believed.known.copy()
    known[:, SIZE] |= np.uint8(count)
    amount = np.where(rows[listed.segment], listed.amount, 0.0)
    if count:
        amount = np.minimum(amount, _DEAL)
    return work._replace(
        believed=work.believed._replace(known=known),
        sizes=sizes._replace(
            begin=np.cumsum([0, *(len(each) for each in prices)]).astype(np.int64),
            values=np.concatenate(prices),
        ),
        listed=listed._replace(amount=amount),
    )


def _draw_bound(
    task: RepTask, setting: Setting, booked: Array, won: Array, count: Collection[int]
) -> None:
    """The same of who has not: the loop runs once a segment, with nothing booked in the others.

    Deals are counted in a run more, in which each books one unit: outcomes and cycles keep their
    luck.
    """
    work, months = lower_work(task, setting), setting.horizon.months
    market = market_factors(setting, 0, booked.shape[-1])
    rows = _segment_rows(task, len(work.origins.key))
    for segment in range(len(task.terms)):
        here, into = rows == segment, _rows_of(booked, segment, months)
        add_workload(_only(work, here, count=False), market, 0, WORK_BLOCK, into, NO_LOG)
        if segment in count:
            one, into = _only(work, here, count=True), _rows_of(won, segment, months)
            add_workload(one, _still(market), 0, WORK_BLOCK, into, NO_LOG)


def _shares(booked: Array) -> Array:
    """``[segments, months]`` of what is expected; of all months where a month has none."""
    parts = booked.sum(axis=2)
    whole = parts.sum(axis=1, keepdims=True)
    parts = np.where(parts.sum(axis=0) > 0, parts, whole)
    parts[0] += parts.sum(axis=0) == 0  # nothing is expected at all: the first has it
    return np.asarray(parts / parts.sum(axis=0))


def _raked(parts: Array, wanted: Array) -> Array:
    """Give each segment the share of a month that it is to have, and each path what it has.

    Both in turn, until they agree (iterative proportional fitting: Deming and Stephan, *Annals of
    Mathematical Statistics* 11, 1940, doi:10.1214/aoms/1177731829). A month of which no path has
    two segments cannot be moved so, and is left.

    Parameters
    ----------
    parts
        ``[segments, months, paths]``.
    wanted
        ``[segments, months]`` shares that sum to 1.
    """
    whole = parts.sum(axis=0)
    goal = wanted * whole.sum(axis=1)
    for _ in range(_TURNS):
        sums = parts.sum(axis=2)
        if np.allclose(sums, goal, rtol=_CLOSE, atol=1.0):
            break
        times = np.divide(goal, sums, out=np.ones_like(sums), where=sums > 0)
        parts = parts * times[..., np.newaxis]
        again = parts.sum(axis=0)
        parts *= np.divide(whole, again, out=np.ones_like(whole), where=again > 0)
    return parts


def _moved(drawn: Array, origin: Origin) -> Array:
    """``[segments, months, paths]`` of the paths that bookings come from."""
    return np.take_along_axis(drawn, np.maximum(origin, 0)[np.newaxis], axis=2)


def _split(total: Array, booked: Array, origin: Origin, *, rake: bool) -> Array:
    """Cut corrected totals up as the path is that they come from; the past as is expected.

    Cut at whole cents from the first segment on, so that they add up to the cent.

    Parameters
    ----------
    total
        ``[months, paths]`` corrected.
    booked
        ``[segments, months, paths]`` drawn.
    origin
        ``[months, paths]`` as `correct` tells it.
    rake
        Whether paths were taken more than once: each segment is given its share again then.
    """
    shares = _shares(booked)
    own = _moved(booked, origin)
    drawn = own.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (drawn > 0) & (origin != PAST)
        parts = total * np.where(known, own / drawn, shares[..., np.newaxis])
    if rake:
        parts = _raked(parts, shares)
    reached = np.cumsum(parts, axis=0)
    reached[-1] = total
    return np.diff(np.rint(reached), axis=0, prepend=0.0)


def _follow(wins: Array, booked: Array, corrected: Array, origin: Origin, *, rake: bool) -> Array:
    """As many deals as the corrected bookings stand for; of the usual size where none was drawn.

    Where paths are taken more than once each month keeps the usual size of its deals: large ones
    are on the paths that are moved.
    """
    sums, numbers = booked.sum(axis=(1, 2)), wins.sum(axis=(1, 2))
    usual = np.divide(numbers, sums, out=np.zeros_like(sums), where=sums > 0)
    own, won = _moved(booked, origin), _moved(wins, origin)
    known = (own > 0) & (origin != PAST)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(known, won * (corrected / own), corrected * usual[:, None, None])
    if rake:
        before, after = booked.sum(axis=2), corrected.sum(axis=2)
        kept = np.divide(after, before, out=np.ones_like(after), where=before > 0)
        goal, found = wins.sum(axis=2) * kept, told.sum(axis=2)
        told *= np.divide(goal, found, out=np.ones_like(goal), where=found > 0)[..., np.newaxis]
    return np.asarray(told)


def _correct(
    credited: tuple[Array, Array | None],
    task: RepTask,
    setting: Setting,
    *,
    usual: Array | None,
    starts: Sequence[int],
) -> tuple[Array, Array | None]:
    """Correct the total of the segments, and move them and their deals with it."""
    booked, wins = credited
    total, paths = booked.sum(axis=0), booked.shape[2]
    origin = np.tile(np.arange(paths), (len(total), 1))
    correct(total, task, setting, usual=usual, starts=starts, origin=origin)
    told = setting.correction
    rake = told.quarter_shape != 1 or told.month_shape != 1
    parts, deals = np.empty_like(booked), None if wins is None else np.empty_like(wins)
    for first, end in itertools.pairwise((*starts, paths)):
        # a block never takes from another one: errors are told from blocks
        here, places = slice(first, end), origin[:, first:end]
        places = np.where(places == PAST, PAST, places - first)
        drawn = booked[..., here]
        parts[..., here] = _split(total[:, here], drawn, places, rake=rake)
        if deals is not None and wins is not None:
            moved = _follow(wins[..., here], drawn, parts[..., here], places, rake=rake)
            deals[..., here] = moved
    return parts, deals


def _places(task: RepTask, count: bool | Collection[str]) -> tuple[int, ...]:
    """Which segments are deals counted in?"""
    if isinstance(count, bool):
        return tuple(range(len(task.terms))) if count else ()
    return tuple(place for place, terms in enumerate(task.terms) if terms.segment in count)


def credit_rep(
    task: RepTask,
    setting: Setting,
    *,
    paths: int,
    count: bool | Collection[str] = False,
    starts: Sequence[int] = (0,),
    usual: Array | None = None,
    out: Array | None = None,
    won: Array | None = None,
) -> Credited:
    """What does a rep book in each segment, month by month on each path?

    A correction moves totals: each segment has the share of them that it had on the path that
    they come from, or the expected one where the past is repeated. Segments keep what is expected
    of them in each month, and how many deals.

    Parameters
    ----------
    task, setting
        The rep, and what all reps share.
    paths
        Number of simulated futures.
    count
        Whether won deals are counted too: in all segments, or in those that are named.
    starts, usual
        As `correct` takes them.
    out
        ``[segments, months + 1, paths]`` to work in, overwritten.
    won
        The same for wins: zeros, other than in the segments that are counted.

    Returns
    -------
    Credited
        Views of ``out`` and ``won`` where they are given and nothing is corrected.
    """
    draw: Callable[[RepTask, Setting, Array, Array, Collection[int]], None]
    draw = _draw_bound if task.is_bound else _draw_free
    segments, months, places = len(task.terms), setting.horizon.months, _places(task, count)

    def flat(given: Array | None, make: Callable[[tuple[int, int]], Array]) -> Array:
        rows = segments * months + 1
        return make((rows, paths)) if given is None else given.reshape(-1, paths)[:rows]

    room = flat(out, np.empty)
    counted = flat(won, np.zeros) if places else room
    draw(task, setting, room, counted, places)
    booked = room[: segments * months].reshape(segments, months, paths)
    wins = counted[: segments * months].reshape(booked.shape) if places else None
    if not setting.correction.does_nothing and len(booked):
        booked, wins = _correct((booked, wins), task, setting, usual=usual, starts=starts)
    return Credited(booked, wins)


def credit_together(
    task: RepTask,
    setting: Setting,
    *,
    paths: int,
    starts: Sequence[int] = (0,),
    out: Array | None = None,
) -> Credited:
    """The same with all segments as one, which is faster: where pay does not tell them apart."""
    total = draw_rep(task, setting, paths=paths, out=out)
    correct(total, task, setting, starts=starts)
    return Credited(total[np.newaxis])
