"""A plain twin of the workload: path by path, week by week, deal by deal.

Written from the model and the layout of the counters, with lists and loops. It shares with the
kernel the arrays that both are told, and with the other twin how a word becomes a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import SupportsInt

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.bits import COUNTS, MADE, OPEN, PARAMETERS, START
from quotarisk.kernel.bookings import START_CELL
from quotarisk.kernel.inputs import CYCLE, LOST_CYCLE, RATE, SIZE, WIN, MarketFactors
from quotarisk.kernel.work import EFFORT_UNIT, Work
from tests.simulation.twin import (
    Block,
    Single,
    draw,
    philox,
    poisson_of_any_mean,
    quantile,
    share_of,
)

Array = NDArray[np.float64]


@dataclass
class Deal:
    """An open deal; it closes when its clock passes the middle of its day."""

    lost: bool
    day: int
    effort: int
    cents: float


@dataclass
class Stream:
    """A segment's opportunities: the next one and when it is due."""

    made: float = 0.0  # an hour of prospecting
    inbound: float = 0.0  # a week
    then: float = 0.0
    now: float = 0.0
    due: float = 0.0
    number: int = 0


@dataclass
class Segment:
    """What holds on the path."""

    win: float
    size: np.float32
    pace: list[np.float32]  # of won and of lost cycles
    word: list[int]  # of these factors
    base: list[float]  # opportunities an hour of prospecting, and a week
    stream: Stream = field(default_factory=Stream)


class WorkloadTwin:
    """One path.

    Parameters
    ----------
    work, market
        What the kernel is told.
    column, path
        Of the market's factors, and the number that the counters see.
    """

    def __init__(self, work: Work, market: MarketFactors, column: int, path: int) -> None:
        self.work, self.market, self.column, self.path = work, market, column, path
        self.clocks = [0.0, 0.0]
        self.advance = [0.0, 0.0]
        self.owed, self.speed = 0.0, 1.0
        self.deals: list[Deal] = []
        self.row = 0
        self.segments = [self._believe(s) for s in range(len(work.origins.key))]

    def _bits(
        self, number: SupportsInt, purpose: SupportsInt, cell: SupportsInt, key: SupportsInt
    ) -> Block:
        return philox((number, self.path, purpose, cell), int(key))

    def _believe(self, s: int) -> Segment:
        told = self.work.believed
        words, values = [0] * 5, [*told.value[s][:2].tolist(), 1.0, 1.0, 1.0]
        for which in (RATE, WIN, SIZE, CYCLE, LOST_CYCLE):
            key = told.own_key[s] if told.own[s, which] else told.shared_key[s]
            if which == RATE and told.rate_key[s]:
                key = told.rate_key[s]
            words[which] = self._bits(which // 4, PARAMETERS, 0, key)[which % 4]
            if not told.known[s, which]:
                values[which] = float(draw(told.posterior[s, which], words[which]))
        if told.lost_as_won[s]:
            words[4], values[4] = words[3], values[3]
        made = float(self.work.made[s])
        for k in range(len(self.work.stage_key)):
            if self.work.stage_segment[k] == s:
                word = self._bits(0, PARAMETERS, 0, self.work.stage_key[k])[0]
                made *= float(draw(self.work.stage[k], word))
        rate, win, size, cycle, lost = values
        return Segment(win, Single(size), [Single(cycle), Single(lost)], words[3:], [made, rate])

    def _won(self, segment: Segment) -> float:
        odds = segment.win * float(self.market.odds[self.row, self.column])
        return odds / (odds + (1.0 - segment.win))

    def _cycles(self, row: int) -> Array:
        laws = self.work.cycles
        return laws.values[laws.begin[row] : laws.begin[row + 1]]

    def _length(self, tables: NDArray[np.uint64], row: int, word: int) -> np.float32:
        cycles = self._cycles(row)
        if len(cycles):
            return Single(cycles[(word * len(cycles)) >> 32])
        return draw(tables[row], word)

    def _cents(self, s: int, word: int) -> float:
        sizes, segment = self.work.sizes, self.segments[s]
        prices = sizes.values[sizes.begin[s] : sizes.begin[s + 1]]
        if len(prices):
            cents = float(prices[(word * len(prices)) >> 32])
        else:
            cents = float(draw(sizes.table[s], word)) * 100.0
        return float(round(cents * float(segment.size * self.market.size[self.row, self.column])))

    def _put(self, s: int, lost: bool, end: float, cents: float) -> None:
        day = max(int(end) + 1, int(self.clocks[lost] + 0.5) + 1)
        self.deals.append(Deal(lost, day, int(self.work.origins.effort[s]), cents))

    def _closing(self) -> list[Deal]:
        passed = [int(self.clocks[c] + self.advance[c] + 0.5) for c in range(2)]
        return [deal for deal in self.deals if deal.day <= passed[deal.lost]]

    @staticmethod
    def _load(deals: list[Deal]) -> float:
        return float(sum(deal.effort for deal in deals)) * EFFORT_UNIT

    def _start(self, creation: float) -> None:
        """Balance of hours, and the deals that are open in it."""
        work, steps = self.work, self.work.steps
        count = len(work.origins.key)
        whole = steps.days.sum()
        speeds = [steps.won_days.sum() / whole, steps.lost_days.sum() / whole]
        hours = steps.hours[0] / (steps.days[0] / 7.0)
        productivity = float(steps.productivity[0])
        pull = push = 0.0
        for s, segment in enumerate(self.segments):
            won = self._won(segment)
            for clock, share in enumerate((won, 1.0 - won)):
                each = work.mean_cycle[clock * count + s] / speeds[clock] / 7.0
                each = (
                    share
                    * float(segment.pace[clock])
                    * (each * (work.origins.effort[s] * EFFORT_UNIT))
                )
                pull += segment.stream.made * each
                push += segment.stream.inbound * each
        factor = productivity * creation
        load = (pull * hours + push) * factor / (1.0 + pull * factor)
        free = max(hours - load, hours * work.reserved)
        for s, segment in enumerate(self.segments):
            won = self._won(segment)
            for clock, share in enumerate((won, 1.0 - won)):
                row = clock * count + s
                cycles = self._cycles(row)
                longest = cycles[-1] if len(cycles) else work.mean_cycle[row]
                coming = (free * segment.stream.made + segment.stream.inbound) * creation
                weeks = longest / speeds[clock] / 7.0 * productivity
                mean = coming * weeks * float(segment.pace[clock]) * share
                self._start_segment(s, clock, float(mean))

    def _start_segment(self, s: int, clock: int, mean: float) -> None:
        work, key = self.work, self.work.origins.key[s]
        row = clock * len(work.origins.key) + s
        cycles = self._cycles(row)
        open_now = poisson_of_any_mean(
            mean, lambda piece: self._bits(piece, COUNTS, START_CELL // 4, key)[clock]
        )
        for number in range(open_now):
            words = self._bits(number, START, clock, key)
            drawn = self._length(work.lengths.table, row, words[0])
            if len(cycles) and not Single(share_of(words[3])) < drawn / Single(cycles[-1]):
                continue
            length = drawn * self.segments[s].pace[clock]
            left = float(length - length * Single(share_of(words[1])))
            self._put(s, bool(clock), left, 0.0 if clock else self._cents(s, words[2]))

    def _outlasts(self, s: int, clock: int, k: int) -> float:
        listed = self.work.listed
        row = listed.by_path[clock, k]
        if row < 0:
            return float(listed.outlasting[clock, k])
        value = draw(listed.outlasts[row], self.segments[s].word[clock])
        return min(max(float(value), 0.0), 1.0)

    def _list(self, k: int) -> None:
        """Enter a listed deal, if it is worked at all."""
        work, listed = self.work, self.work.listed
        s = int(listed.segment[k])
        segment, stall = self.segments[s], float(listed.stall[k])
        won, outlasts = self._won(segment), [self._outlasts(s, clock, k) for clock in range(2)]
        words = self._bits(0, OPEN, 0, listed.key[k])
        win = won * outlasts[0]
        lose = max(1.0 - won - stall, 0.0) * outlasts[1]
        lot, beyond = share_of(words[0]) * (win + (lose + stall)), 1.0 - share_of(words[1])
        clock = int(not lot < win)
        survival = outlasts[clock] * beyond
        if clock and not lot < win + lose:  # it stalls
            if not beyond < outlasts[1]:
                return
            survival = beyond
        row, age = clock * len(work.origins.key) + s, listed.age[clock, k]
        cycles, old = self._cycles(row), listed.old[clock, k]
        if old >= 0:
            length, age = draw(listed.residual[old], words[3]), Single(0)
        elif len(cycles):
            last = len(cycles) - 1
            length = Single(cycles[last - min(int(survival * (last + 1)), last)])
        else:
            distance = Single(max(min(survival, 1.0 - survival) * 2.0**32, 0.5))
            length = quantile(work.cycles.table[row], distance, upper=survival < 0.5)
        end = self.clocks[clock] + float(length * segment.pace[clock] - age)
        amount = float(listed.amount[k]) or self._cents(s, words[2])
        self._put(s, bool(clock), end, 0.0 if clock else amount)

    def _begin_streams(self, era: int, shares: Array) -> None:
        told = self.work.origins
        for s, segment in enumerate(self.segments):
            word = self._bits(0, MADE, era, told.key[s])[0]
            made, inbound = (rate * float(shares[s]) for rate in segment.base)
            segment.stream = Stream(made, inbound, due=float(draw(told.gap, word)))

    def _come(self, s: int, era: int) -> None:
        """Let a segment's opportunities of a step come."""
        work, segment = self.work, self.segments[s]
        stream = segment.stream
        while stream.made + stream.inbound > 0 and stream.due <= stream.now:
            stream.number += 1
            at = (stream.due - stream.then) / (stream.now - stream.then)
            words = self._bits(stream.number, MADE, era, work.origins.key[s])
            clock = int(not share_of(words[1]) < self._won(segment))
            row = clock * len(work.origins.key) + s
            length = self._length(work.cycles.table, row, words[2])
            begun = self.clocks[clock] + at * self.advance[clock]
            end = begun + float(length * segment.pace[clock])
            self._put(s, bool(clock), end, 0.0 if clock else self._cents(s, words[3]))
            stream.due += float(draw(work.origins.gap, words[0]))

    def _share_hours(self, step: int, creation: float) -> tuple[float, float]:
        """Hours on deals and of prospecting; the clocks' advance is kept."""
        work, steps = self.work, self.work.steps
        weeks, hours = float(steps.days[step]) / 7.0, float(steps.hours[step])
        most = hours * (1.0 - work.reserved)
        factor = float(steps.productivity[step]) * creation
        days = (float(steps.won_days[step]), float(steps.lost_days[step]))

        def run_at(speed: float) -> None:
            self.advance = [speed * day for day in days]

        held = self._load(self.deals)
        load = held * weeks
        spent = min(load, most)
        run_at(1.0 if load <= most else most / load)
        pull = push = 0.0
        for s, segment in enumerate(self.segments):
            effort = work.origins.effort[s] * EFFORT_UNIT
            pull += segment.stream.made * effort
            push += segment.stream.inbound * effort
        comes = ((hours - spent) * pull + weeks * push) * factor
        goes = self._load(self._closing()) if work.midway > 0 else 0.0
        load = max(held + work.midway * (comes - goes), 0.0) * weeks
        left = most - self.owed
        self.speed = 1.0 if load <= left else max(left, 0.0) / load
        run_at(self.speed)
        spent = min(max(load + self.owed, 0.0), most)
        for segment in self.segments:
            stream = segment.stream
            stream.then = stream.now
            stream.now += stream.made * ((hours - spent) * factor) + stream.inbound * (
                weeks * factor
            )
        return spent, hours - spent

    def run(self, months: int) -> tuple[Array, Array]:
        """Cents by month, and the log by quantity and month."""
        work, steps = self.work, self.work.steps
        booked, log = np.zeros(months), np.zeros((4, months))
        era = -1
        for step, month in enumerate(steps.month.tolist()):
            self.row = int(steps.market[step])
            creation = float(self.market.creation[self.row, self.column])
            if step == 0:
                self._begin_streams(1, work.origins.before)
                if work.steady:
                    self._start(creation)
            if era < 0:
                era = 1
            if month >= 0 and era == 1:
                era = 0
                for k in range(len(work.listed.key)):
                    self._list(k)
                self._begin_streams(0, work.origins.coming)
            spent, free = self._share_hours(step, creation)
            held = self._load(self.deals)
            before = sum(segment.stream.number for segment in self.segments)
            for s in range(len(self.segments)):
                self._come(s, era)
            closing = self._closing()
            gone = {id(deal) for deal in closing}
            self.deals = [deal for deal in self.deals if id(deal) not in gone]
            self.clocks = [a + b for a, b in zip(self.clocks, self.advance, strict=True)]
            got = self.speed * (held + self._load(self.deals))
            self.owed += got * (0.5 * float(steps.days[step]) / 7.0 * work.settles) - (
                spent * work.settles
            )
            if month >= 0:
                after = sum(segment.stream.number for segment in self.segments)
                booked[month] += sum(deal.cents for deal in closing)
                log[:3, month] += spent, free, after - before
                log[3, month] = len(self.deals)
        return booked, log
