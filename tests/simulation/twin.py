"""A plain twin of the simulation: path by path, cell by cell, deal by deal.

Written from the model and from the layout of the counters, a scalar at a time, without the
program's timeline, lowering and kernel. It shares three things with them: stream keys, the
scenario's own laws, and the quantile tables, which have tests of their own. Single-precision
steps of the kernel are `numpy.float32` here, so a booking must come out the same to the cent.

Days are told one by one, so sums over days may differ from the program's in the last digit of
a double; nothing that is booked depends on that digit unless a random word falls within one
part in 10**12 of an edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import SupportsInt

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.bits import COUNTS, DEALS, MARKET, OPEN, PARAMETERS, START
from quotarisk.kernel.bookings import START_CELL
from quotarisk.kernel.quantiles import HALF_TABLE
from quotarisk.periods import add_months
from quotarisk.scenario.figures import LawSpec
from quotarisk.scenario.laws import Array, Empirical, Fixed, Law, Lognormal, Quantiles
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Parameter, Segment
from quotarisk.scenario.team import OpenDeal, Rep
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.paths import _NORMAL
from quotarisk.simulation.tables import (
    Beyond,
    Table,
    Transformed,
    factor_table,
    flat_table,
    law_table,
    posterior_table,
)

Single = np.float32
Counter = tuple[SupportsInt, SupportsInt, SupportsInt, SupportsInt]
Block = tuple[int, int, int, int]
Bits = Callable[[Counter, int], Block]

ALL = 0xFFFFFFFF
DRAWN: tuple[Parameter, ...] = (
    "opps_per_week",
    "win_rate",
    "deal_size",
    "won_cycle_days",
    "lost_cycle_days",
)


def philox(counter: Counter, key: int) -> Block:
    """Philox4x32-10 in plain integers; the key's low half comes first."""
    a, b, c, d = (int(word) for word in counter)
    k0, k1 = key & ALL, key >> 32
    for _ in range(10):
        left, right = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (right >> 32) ^ b ^ k0, right & ALL, (left >> 32) ^ d ^ k1, left & ALL
        k0, k1 = (k0 + 0x9E3779B9) & ALL, (k1 + 0xBB67AE85) & ALL
    return a, b, c, d


def share_of(word: int) -> float:
    """Probability that a word stands for."""
    return (word + 0.5) / 2.0**32


def _line_at(table: Table, index: int, fraction: float) -> np.float32:
    value, slope = table[index : index + 1].view(np.float32)
    return Single(value + slope * Single(fraction))


def quantile(table: Table, distance: np.float32, *, upper: bool) -> np.float32:
    """Value at a distance, counted in words, from the nearer end of a law."""
    mantissa, exponent = math.frexp(float(distance))
    octave = exponent  # 2**(octave - 1) is the first distance of an octave
    place = (2.0 * mantissa - 1.0) * 16.0
    cell = int(place)
    return _line_at(table, octave * 16 + cell + upper * HALF_TABLE, place - cell)


def draw(table: Table, word: int) -> np.float32:
    """Value of a law for a word."""
    near = min(word, word ^ ALL)
    return quantile(table, Single(Single(near) + Single(0.5)), upper=word >= 2**31)


def draw_law(law: Quantiles, word: int) -> np.float32:
    """Size or cycle for a word; a listed value as it is."""
    if isinstance(law, Empirical):
        return Single(law.values[(word * len(law.values)) >> 32])
    return draw(law_table(law), word)


def draw_beyond(law: Quantiles, survival: float) -> np.float32:
    """Value that a law exceeds with a probability."""
    if isinstance(law, Empirical):
        last = len(law.values) - 1
        return Single(law.values[last - min(int(survival * (last + 1)), last)])
    table = law_table(law)
    distance = Single(max(min(survival, 1.0 - survival) * 2.0**32, 0.5))
    return quantile(table, distance, upper=survival < 0.5)


def draw_flat(table: Table, word: int) -> np.float32:
    """Value in a flat table of 1024 cells for a word."""
    return _line_at(table, word >> 22, float(Single(word & (2**22 - 1))) / 2.0**22)


def exponential(x: float) -> float:
    """e**x as the kernel computes it: x = n ln 2 + r, and a polynomial in r."""
    n = round(x * 1.4426950408889634)
    r = (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10
    p = 1.0 / math.factorial(10)
    for k in range(9, -1, -1):
        p = p * r + 1.0 / math.factorial(k)
    return p * 2.0**n


def poisson(mean: float, word: int) -> int:
    """Smallest k with P(N <= k) >= u, by summing up the probabilities."""
    term = exponential(-mean)
    rest = share_of(word) - term
    k = 0
    while rest > 0.0:
        k += 1
        term *= mean * (1.0 / k)
        rest -= term
    return k


def poisson_of_any_mean(mean: float, words: Callable[[int], int]) -> int:
    """Sum of Poisson numbers with means of at most 64, each from its own word."""
    pieces = max(math.ceil(mean / 64.0), 1)
    return sum(poisson(min(mean - 64.0 * j, 64.0), words(j)) for j in range(pieces))


@dataclass(frozen=True)
class Cell:
    """A market period within the horizon."""

    number: int
    weeks: float
    arrival: Table
    straight: tuple[np.float32, np.float32, np.float32] | None  # begin, length and end


@dataclass(frozen=True)
class Market:
    """What the market does to a path in one period."""

    creation: float
    odds: float
    size: np.float32


@dataclass(frozen=True)
class Days:
    """A rep's days from five years before the start's month to the horizon's end."""

    scenario: Scenario
    rep: Rep

    @cached_property
    def days(self) -> list[date]:
        """Every day."""
        first = add_months(self.scenario.start.replace(day=1), -60)
        count = (self.scenario.horizon.end - first).days
        return [first + timedelta(days=k) for k in range(count)]

    @cached_property
    def start(self) -> int:
        """Place of the start among the days."""
        return (self.scenario.start - self.days[0]).days

    def _ramp(self, day: date) -> float:
        hired = self.rep.start_date
        if hired is None:
            return 1.0
        if day < hired:
            return 0.0
        return next(
            (share for k, share in enumerate(self.rep.ramp) if day < add_months(hired, k + 1)),
            1.0,
        )

    @cached_property
    def creation(self) -> list[float]:
        """Ramp times season of each day."""
        return [
            self._ramp(day) * self.scenario.calendar.creation[day.month - 1] for day in self.days
        ]

    def _speeds(self, rhythm: tuple[float, ...]) -> list[float]:
        fiscal = self.scenario.fiscal_year_start
        return [rhythm[(day.month - fiscal) % 3] for day in self.days]

    def _reading(self, speeds: list[float]) -> Array:
        reading = np.array([0.0, *accumulate(speeds)])
        return np.asarray(reading - reading[self.start])

    @cached_property
    def won_speed(self) -> list[float]:
        """Clock days of won deals that pass in each day."""
        return self._speeds(self.scenario.calendar.won)

    @cached_property
    def won_clock(self) -> Array:
        """Reading of the won deals' clock when each day begins, and at the end."""
        return self._reading(self.won_speed)

    @cached_property
    def lost_clock(self) -> Array:
        """The same of lost deals."""
        return self._reading(self._speeds(self.scenario.calendar.lost))

    def age(self, created: date, clock: Array) -> float:
        """Age at the start on a clock; older deals aged at the first year's mean speed."""
        passed = (created - self.days[0]).days
        if passed >= 0:
            return -float(clock[passed])
        year = (add_months(self.days[0], 12) - self.days[0]).days
        return float((clock[year] - clock[0]) / year * -passed - clock[0])

    @cached_property
    def created(self) -> Array:
        """Days of creation at full rate up to the beginning of each day."""
        return np.array([0.0, *accumulate(self.creation)])

    @cached_property
    def month_ends(self) -> list[np.float32]:
        """Reading of the won deals' clock at the end of each month."""
        months = range(1, self.scenario.months + 1)
        first = self.scenario.start.replace(day=1)
        ends = [(add_months(first, k) - self.days[0]).days for k in months]
        return [Single(self.won_clock[end]) for end in ends]

    def month_of(self, closing: np.float32) -> int:
        """Number of the month in which a closing time lies."""
        return sum(bool(closing >= end) for end in self.month_ends)

    def _period(self, day: date) -> int:
        if self.scenario.market.period == "month":
            return day.year * 12 + day.month - 1
        return (day.year * 12 + day.month - self.scenario.fiscal_year_start) // 3

    @cached_property
    def cells(self) -> list[Cell]:
        """Market periods of the horizon."""
        periods = [self._period(day) for day in self.days[self.start :]]
        cells = []
        for number in sorted(set(periods)):
            first = self.start + periods.index(number)
            end = first + periods.count(number)
            total = float(self.created[end] - self.created[first])
            active = [k for k in range(first, end) if self.creation[k] > 0]
            edges = sorted({*active, *(k + 1 for k in active)})
            levels = np.array([(self.created[k] - self.created[first]) / total for k in edges])
            table = flat_table(levels, self.won_clock[edges]) if active else np.empty(0, np.uint64)
            steps = [(self.won_clock[k + 1] - self.won_clock[k]) / self.creation[k] for k in active]
            even = max(steps, default=0.0) - min(steps, default=1.0) < 1e-9
            gaps = bool(active) and len(active) < active[-1] - active[0] + 1
            left, right = (self.won_clock[edges[k]] if active else 0.0 for k in (0, -1))
            straight = None
            if even and not gaps:
                straight = (Single(left), Single(right - left), Single(right))
            cells.append(Cell(number, total / 7.0, table, straight))
        return cells

    @cached_property
    def past(self) -> tuple[float, NDArray[np.float32], float]:
        """Highest creation a clock day before the start, its shares by age, places a day."""
        density = [c / w for c, w in zip(self.creation, self.won_speed, strict=True)][: self.start]
        highest = max(density)
        if highest == min(density):
            return highest, np.ones(1, np.float32), 0.0
        ages = -self.won_clock[self.start :: -1]
        sums = self.created[self.start] - self.created[self.start :: -1]
        edges = np.linspace(0.0, ages[-1], 4097)
        year = (add_months(self.days[0], 12) - self.days[0]).days
        before = self.created[year] / (self.won_clock[year] - self.won_clock[0])
        shares = [*np.diff(np.interp(edges, ages, sums)) / np.diff(edges) / highest]
        told = np.minimum([*shares, before / highest], 1.0).astype(np.float32)
        return highest, told, 4096 / float(ages[-1])


@dataclass(frozen=True)
class Sales:
    """A rep in a segment, by the scenario."""

    scenario: Scenario
    rep: Rep
    name: str

    @property
    def lost_as_won(self) -> bool:
        """Whether neither the rep nor the segment says how long losing takes."""
        told = (self.rep.segments.get(self.name), self.scenario.segments.get(self.name))
        return all(part is None or part.lost_cycle_days is None for part in told)

    def spec(self, key: Parameter) -> tuple[object, bool]:
        """What holds, and whether the rep gives it itself."""
        own = getattr(self.rep.segments.get(self.name, Segment()), key)
        shared = getattr(self.scenario.segments.get(self.name, Segment()), key)
        found = (shared, False) if own is None else (own, True)
        if found[0] is None and key == "lost_cycle_days":
            return self.spec("won_cycle_days")
        return found

    def law(self, key: Parameter) -> Law:
        """Law of a size or a cycle."""
        spec, _ = self.spec(key)
        assert isinstance(spec, LawSpec)
        return spec.law

    @cached_property
    def stall(self) -> float:
        """Share that is never decided."""
        spec, _ = self.spec("stall_rate")
        return float(spec or 0.0)  # type: ignore[arg-type]

    @cached_property
    def deals(self) -> list[OpenDeal]:
        """Open deals of the rep in the segment."""
        return [
            deal
            for deal in self.scenario.open_deals
            if (deal.rep, deal.segment) == (self.rep.name, self.name)
        ]

    @cached_property
    def is_steady(self) -> bool:
        """Whether the rep starts with the usual pipeline."""
        listed = any(deal.rep == self.rep.name for deal in self.scenario.open_deals)
        return self.rep.pipeline == "steady" or (self.rep.pipeline is None and not listed)


@dataclass(frozen=True)
class Factors:
    """What holds on one path: rate and win rate, factors of size and cycles, and their words."""

    rate: float
    win: float
    size: np.float32
    cycle: np.float32
    cycle_word: int
    lost_word: int


class Twin:
    """One rep's bookings on some paths.

    Parameters
    ----------
    scenario, name, seed
        Whose bookings, and under which seed.
    bits
        Four words for a counter and a key.
    """

    def __init__(self, scenario: Scenario, name: str, seed: int, bits: Bits = philox) -> None:
        self.scenario, self.seed, self.bits = scenario, seed, bits
        self.rep = next(rep for rep in scenario.reps if rep.name == name)
        self.days = Days(scenario, self.rep)
        self.sales = [
            Sales(scenario, self.rep, segment) for segment in self.rep.segments or scenario.segments
        ]

    def bookings(self, *, paths: int, first_path: int = 0) -> NDArray[np.float64]:
        """Cents by month and path."""
        booked = np.zeros((self.scenario.months + 1, paths))
        for path in range(paths):
            markets = self._markets(first_path + path)
            for sales in self.sales:
                for closing, cents in self._deals(sales, markets, first_path + path):
                    booked[self.days.month_of(closing), path] += cents
        return booked[:-1]

    def _markets(self, path: int) -> list[Market]:
        market, numbers = self.scenario.market, [cell.number for cell in self.days.cells]
        if not market.moves:
            return [Market(1.0, 1.0, Single(1.0)) for _ in numbers]
        key = int(stream_key(self.seed, "market"))
        normal = law_table(_NORMAL)
        fresh = [
            float(draw(normal, self.bits((0, path, MARKET, number), key)[0])) for number in numbers
        ]
        weight = math.sqrt(1.0 - market.persistence * market.persistence)
        scores = list(accumulate(fresh, lambda old, new: market.persistence * old + weight * new))

        def factor(spread: float, score: float, drift: float) -> np.float32:
            return Single(exponential(spread * score - drift))

        return [
            Market(
                float(factor(market.creation, z, 0.5 * market.creation * market.creation)),
                float(factor(market.win_odds, z, 0.0)),
                factor(market.deal_size, z, 0.5 * market.deal_size * market.deal_size),
            )
            for z in scores
        ]

    def _key(self, sales: Sales, *, own: bool) -> int:
        names = ("rep", self.rep.name, sales.name) if own else ("segment", sales.name)
        return int(stream_key(self.seed, *names))

    def _factors(self, sales: Sales, path: int) -> Factors:
        words, values = [0] * 5, [1.0] * 5
        for which, key in enumerate(DRAWN):
            spec, own = sales.spec(key)
            counter = (which // 4, path, PARAMETERS, 0)
            words[which] = self.bits(counter, self._key(sales, own=own))[which % 4]
            if which < 2:
                values[which] = (
                    spec.mean  # type: ignore[attr-defined]
                    if spec.is_known  # type: ignore[attr-defined]
                    else float(
                        draw(posterior_table(spec.posterior), words[which])  # type: ignore[attr-defined]
                    )
                )
            elif not spec.is_known:  # type: ignore[attr-defined]
                values[which] = float(
                    draw(factor_table(spec.factor_sd), words[which])  # type: ignore[attr-defined]
                )
        if sales.lost_as_won:
            words[4] = words[3]
        rate, win, size, cycle, _ = values
        return Factors(rate, win, Single(size), Single(cycle), words[3], words[4])

    @staticmethod
    def _won(factors: Factors, market: Market) -> float:
        odds = factors.win * market.odds
        return odds / (odds + (1.0 - factors.win))

    def _size(self, sales: Sales, word: int) -> float:
        """Cents of a deal before the path's factor; a price is known to the cent."""
        law = sales.law("deal_size")
        if isinstance(law, Fixed):
            return float(round(law.value * 100))
        if isinstance(law, Empirical):
            return float(round(law.values[(word * len(law.values)) >> 32] * 100))
        return float(draw(law_table(law), word)) * 100.0

    @staticmethod
    def _cents(cents: float, scale: np.float32) -> float:
        return float(round(cents * float(scale)))

    def _deals(
        self, sales: Sales, markets: list[Market], path: int
    ) -> list[tuple[np.float32, float]]:
        """Closing time and amount of every deal that is won."""
        factors = self._factors(sales, path)
        deals = self._started(sales, factors, markets[0], path) if sales.is_steady else []
        for cell, market in zip(self.days.cells, markets, strict=True):
            if cell.weeks > 0:
                deals += self._created(sales, factors, cell, market, path)
        for deal in sales.deals:
            deals += self._open(sales, factors, deal, markets[0], path)
        return deals

    def _count(self, sales: Sales, mean: float, cell: int, path: int) -> int:
        key = self._key(sales, own=True)
        return poisson_of_any_mean(
            mean, lambda piece: self.bits((piece, path, COUNTS, cell // 4), key)[cell % 4]
        )

    @staticmethod
    def _arrival(cell: Cell, word: int) -> np.float32:
        if cell.straight is None:
            return draw_flat(cell.arrival, word)
        begin, days, end = cell.straight
        step = days * Single(2.0**-23)
        last = np.nextafter(Single(end), begin)
        return min(Single(begin + (Single(word >> 9) + Single(0.5)) * step), last)

    def _created(
        self, sales: Sales, factors: Factors, cell: Cell, market: Market, path: int
    ) -> list[tuple[np.float32, float]]:
        mean = factors.rate * cell.weeks * market.creation * self._won(factors, market)
        cycle, key = sales.law("won_cycle_days"), self._key(sales, own=True)
        deals = []
        for number in range(self._count(sales, mean, cell.number, path)):
            words = self.bits((number, path, DEALS, cell.number), key)
            length = draw_law(cycle, words[1])
            closing = self._arrival(cell, words[0]) + length * factors.cycle
            scale = factors.size * market.size
            deals.append((closing, self._cents(self._size(sales, words[2]), scale)))
        return deals

    def _started(
        self, sales: Sales, factors: Factors, market: Market, path: int
    ) -> list[tuple[np.float32, float]]:
        law, key = sales.law("won_cycle_days"), self._key(sales, own=True)
        highest, past, step = self.days.past
        longest = law.values[-1] if isinstance(law, Empirical) else None
        mean = factors.rate * (highest * (longest or law.mean) / 7.0) * market.creation
        mean = mean * self._won(factors, market) * float(factors.cycle)
        if mean == 0:
            return []
        lengths = law if longest else law.length_biased()
        deals = []
        for number in range(self._count(sales, mean, START_CELL, path)):
            words = self.bits((number, path, START, 0), key)
            drawn = draw_law(lengths, words[0])
            length = drawn * factors.cycle
            age = length * Single(share_of(words[1]))
            share = past[min(int(float(age) * step), len(past) - 1)]
            share *= drawn / Single(longest) if longest else Single(1)
            if share >= 1 or Single(share_of(words[3])) < share:
                scale = factors.size * market.size
                deals.append((length - age, self._cents(self._size(sales, words[2]), scale)))
        return deals

    def _outlasts(self, spec: LawSpec, age: float, word: int) -> float:
        """P(cycle > age) on a path."""
        if spec.is_known:
            return float(spec.law.sf(age))
        factor = Lognormal(0.0, spec.factor_sd)
        table = posterior_table.__wrapped__(Transformed(factor, lambda c: spec.law.sf(age / c)))
        return min(max(float(draw(table, word)), 0.0), 1.0)

    def _open(
        self, sales: Sales, factors: Factors, deal: OpenDeal, market: Market, path: int
    ) -> list[tuple[np.float32, float]]:
        spec, lost_spec = sales.spec("won_cycle_days")[0], sales.spec("lost_cycle_days")[0]
        assert isinstance(spec, LawSpec)
        assert isinstance(lost_spec, LawSpec)
        age = self.days.age(deal.created, self.days.won_clock)
        lost_age = self.days.age(deal.created, self.days.lost_clock)
        outlasts = self._outlasts(spec, age, factors.cycle_word)
        lost_outlasts = self._outlasts(lost_spec, lost_age, factors.lost_word)
        won = self._won(factors, market)
        win = won * outlasts
        rest = max(1.0 - won - sales.stall, 0.0) * lost_outlasts + sales.stall
        key = int(stream_key(self.seed, "deal", self.rep.name, deal.deal))
        words = self.bits((0, path, OPEN, 0), key)
        if not share_of(words[0]) * (win + rest) < win:
            return []
        survival = float(spec.law.sf(age))
        if survival < 1e-6 and not isinstance(spec.law, Empirical):
            left = Beyond(spec.law, age, max(survival, float(np.finfo(np.float64).tiny)))
            closing = draw(posterior_table(left), words[3]) * factors.cycle
        else:
            length = draw_beyond(spec.law, outlasts * (1.0 - share_of(words[1])))
            closing = length * factors.cycle - Single(age)
        if deal.amount is not None:
            return [(closing, max(float(round(deal.amount * 100)), 1.0))]
        return [(closing, self._cents(self._size(sales, words[2]), factors.size * market.size))]
