"""The closed loop of working time against its twin, queueing theory and the loop's own laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from quotarisk.kernel.arrays import Floats, Singles
from quotarisk.kernel.bookings import BLOCK as OPEN_LOOP_BLOCK
from quotarisk.kernel.bookings import add_bookings
from quotarisk.kernel.inputs import RATE, MarketFactors
from quotarisk.kernel.quantiles import TABLE
from quotarisk.kernel.work import SegmentWork, Steps, Work, stack_work
from quotarisk.kernel.workload import BLOCK, add_workload
from quotarisk.scenario.laws import BetaLaw, Empirical, Fixed, Law, Lognormal, Weibull
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.listed import _residuals
from quotarisk.simulation.lowering import (
    listed_values,
    lower_rep,
    rep_tasks,
    running_table,
    table_of,
    timeline_of,
)
from quotarisk.simulation.paths import market_factors
from quotarisk.simulation.tables import law_table, posterior_table
from tests.kernel.workload_twin import WorkloadTwin
from tests.simulation.cases import (
    EVIDENCE,
    LARGE,
    MARKET,
    RHYTHM,
    SMALL,
    open_deals,
    scenario_of,
    setting_of,
)

Array = NDArray[np.float64]

GAP = law_table(Weibull(1.0, 1.0))
_NO_KEYS = np.empty(0, np.uint64)
_NO_TABLES = np.empty((0, TABLE), np.uint64)


def steps_of(scenario: Scenario, *, hours: float, warm_up: int = 0) -> Steps:
    """Weeks before day 0, and months cut into equal steps of at most a week."""
    setting = setting_of(scenario)
    timeline = timeline_of(rep_tasks(scenario)[0], setting)
    starts = scenario.horizon.month_starts
    ends = [scenario.horizon.day_number(day) for day in (*starts[1:], scenario.horizon.end)]
    edges, month = [-7.0 * k for k in range(warm_up, -1, -1)], [-1] * warm_up
    for number, end in enumerate(ends):
        parts = math.ceil((end - edges[-1]) / 7)
        edges += np.linspace(edges[-1], end, parts + 1)[1:].tolist()
        month += [number] * parts
    at = np.array(edges)
    days = np.diff(at)
    rows = np.searchsorted(setting.cell_days[1:-1], at[:-1] + 1e-9, side="right")
    return Steps(
        days=days,
        hours=days * (hours / 7.0),
        month=np.array(month, np.int64),
        market=rows.astype(np.int64),
        productivity=np.diff(np.interp(at, timeline.edges, timeline.created)) / days,
        won_days=np.diff(np.interp(at, timeline.edges, timeline.won_clock)),
        lost_days=np.diff(np.interp(at, timeline.edges, timeline.lost_clock)),
    )


def work_of(
    scenario: Scenario,
    *,
    hours: float = 20.0,
    reserved: float = 0.2,
    effort: float = 1.0,
    opps_per_hour: float = 0.1,
    inbound: float | None = None,
    warm_up: int = 0,
    steady: bool = False,
    stages: int = 0,
    midway: float = 0.5,
) -> tuple[Work, MarketFactors]:
    """A scenario's rep with hours; ``inbound`` is a factor of the scenario's rate."""
    setting, task = setting_of(scenario), rep_tasks(scenario)[0]
    timeline = timeline_of(task, setting)
    draws, works = [], []
    for draw, terms in zip(lower_rep(task, setting), task.terms, strict=True):
        won, lost = terms.won_cycle_days.law, terms.lost_cycle_days.law
        listed = [deal for deal in task.open_deals if deal.segment == terms.segment]
        passed = np.array([-scenario.horizon.day_number(deal.created) for deal in listed], float)
        ages = timeline.lost_age(passed)
        outlasts = np.asarray(lost.sf(ages))
        old = (outlasts < 1e-6) & (not isinstance(lost, Empirical))
        if inbound is not None:
            value, known = draw.value.copy(), draw.known.copy()
            value[RATE], known[RATE] = value[RATE] * inbound, known[RATE] or inbound == 0
            draw = draw._replace(value=value, known=known)
        key = draw.key + np.arange(1, stages + 1, dtype=np.uint64)
        works.append(
            SegmentWork(
                effort=effort,
                share=1 / len(task.terms),
                opps_per_hour=opps_per_hour,
                lost_cycle=table_of(lost),
                lost_cycles=listed_values(lost),
                lost_length=running_table(lost),
                won_mean=won.mean,
                lost_mean=lost.mean,
                deal_lost_age=ages.astype(np.float32),
                deal_lost_old=np.where(old, np.cumsum(old) - 1, -1),
                lost_residual=_residuals(lost, ages[old]) if old.any() else _NO_TABLES,
                stage_key=key,
                stage=np.stack([posterior_table(BetaLaw(8.0, 4.0))] * stages)
                if stages
                else _NO_TABLES,
            )
        )
        draws.append(draw._replace(length=running_table(won)))
    work = stack_work(
        draws,
        works,
        steps_of(scenario, hours=hours, warm_up=warm_up),
        reserved=reserved,
        steady=steady,
        gap=GAP,
        midway=midway,
    )
    return work, market_factors(setting, 0, 4096)


def run(
    work: Work,
    market: MarketFactors,
    *,
    paths: int,
    first_path: int = 0,
    block: int = BLOCK,
) -> tuple[Floats, Singles]:
    """Cents by month and path, and the log."""
    months = int(work.steps.month.max()) + 1
    booked = np.zeros((months + 1, paths))
    log = np.zeros((4, months, paths), np.float32)
    end = first_path + paths
    factors = MarketFactors(*(np.ascontiguousarray(f[:, first_path:end]) for f in market))
    add_workload(work, factors, first_path, block, booked, log)
    assert not booked[-1].any()
    return booked[:-1], log


CASES: dict[str, tuple[Scenario, dict[str, Any]]] = {
    "plenty of time": (scenario_of(), {"hours": 60.0}),
    "too little time": (scenario_of(), {"hours": 6.0, "effort": 2.0}),
    "all inbound": (scenario_of(), {"opps_per_hour": 0.0, "hours": 9.0}),
    "nothing inbound": (scenario_of(), {"inbound": 0.0, "opps_per_hour": 0.4}),
    "nothing reserved": (scenario_of(), {"reserved": 0.0, "opps_per_hour": 0.3, "hours": 8.0}),
    "two segments": (scenario_of(segments={"small": SMALL, "large": LARGE}), {"hours": 15.0}),
    "evidence": (scenario_of(EVIDENCE, market=MARKET), {"stages": 2, "opps_per_hour": 0.3}),
    "clocks": (scenario_of(EVIDENCE, calendar=RHYTHM, market=MARKET), {"hours": 10.0}),
    "listed deals": (
        scenario_of(open_deals=open_deals(0, 3, 33, 133, 900)),
        {"hours": 5.0, "opps_per_hour": 0.2},
    ),
    "listed deals under evidence": (
        scenario_of(EVIDENCE, open_deals=open_deals(0, 3, 33, 133), calendar=RHYTHM, market=MARKET),
        {"hours": 6.0},
    ),
    "steady": (scenario_of(), {"steady": True, "warm_up": 3, "hours": 18.0}),
    "steady without a warm-up": (scenario_of(), {"steady": True, "hours": 12.0}),
    "steady, all at once": (
        scenario_of(
            EVIDENCE,
            rep={"pipeline": "steady"},
            open_deals=open_deals(3, 33),
            calendar=RHYTHM,
            market=MARKET,
        ),
        {"steady": True, "warm_up": 4, "hours": 12.0, "stages": 1, "opps_per_hour": 0.3},
    ),
    "listed values": (
        scenario_of(
            {
                "won_cycle_days": {"values": [0.0, 14.0, 40.0, 90.0], "of": 4.0},
                "deal_size": {"values": [500.0, 990.5, 12e3], "of": 3.0},
            },
            rep={"pipeline": "steady"},
            open_deals=open_deals(3, 50),
        ),
        {"steady": True, "warm_up": 2, "hours": 9.0},
    ),
    "fixed": (
        scenario_of({"won_cycle_days": 45.0, "deal_size": 1_000.0}, open_deals=open_deals(9)),
        {"hours": 7.0},
    ),
    "closed at once": (scenario_of({"won_cycle_days": 0.0}), {"hours": 7.0}),
    "months": (scenario_of(market={**MARKET, "period": "month"}), {"hours": 9.0}),
    "a busy rep": (
        scenario_of({"opps_per_week": 90.0}, months=2),
        {"hours": 400.0, "steady": True, "warm_up": 1},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_twin(name: str) -> None:
    """Deal by deal in plain Python: the same cents, hours, opportunities and open deals."""
    scenario, told = CASES[name]
    work, market = work_of(scenario, **told)
    paths = 2 if name == "a busy rep" else 6
    booked, log = run(work, market, paths=paths, first_path=3, block=4)
    for column in range(paths):
        cents, diary = WorkloadTwin(work, market, column + 3, column + 3).run(len(booked))
        assert cents.tolist() == booked[:, column].tolist()
        assert diary[2:].tolist() == log[2:, :, column].tolist()
        # the log keeps seven digits; one part in 10**9 more would move the bookings above
        np.testing.assert_allclose(log[:2, :, column], diary[:2], rtol=1.3e-7, atol=1e-6)


def erlang_mean(servers: int, offered: float) -> float:
    """Mean number in an M/M/c queue (Erlang C), and in processor sharing of any law."""
    terms = [offered**k / math.factorial(k) for k in range(servers)]
    last = offered**servers / math.factorial(servers) / (1 - offered / servers)
    waits = last / (sum(terms) + last)
    return offered + waits * (offered / servers) / (1 - offered / servers)


def mean_open(law: Law, load: float, *, settles: float = 1.0, servers: int = 20) -> float:
    """Mean number of open deals of a rep who can serve so many at full speed."""
    weeks, skip, paths = 600, 240, 5000
    scenario = scenario_of({"opps_per_week": 1.0, "stall_rate": 0.0})
    work, _ = work_of(scenario, opps_per_hour=0.0, inbound=load * servers / 5.0)
    days, table = np.full(weeks, 7.0), law_table(law)
    steps = Steps(
        days=days,
        hours=np.full(weeks, servers / 0.8),
        month=np.maximum((np.arange(weeks) - skip) // 4, -1).astype(np.int64),
        market=np.zeros(weeks, np.int64),
        productivity=np.ones(weeks),
        won_days=days,
        lost_days=days,
    )
    work = work._replace(
        steps=steps,
        steady=True,
        settles=settles,
        cycles=work.cycles._replace(table=np.stack([table, table])),
        lengths=work.lengths._replace(table=np.stack([running_table(law)] * 2)),
        mean_cycle=np.full(2, 35.0),
    )
    _, log = run(work, MarketFactors(*np.ones((3, 1, paths), np.float32)), paths=paths)
    return float(log[3].mean())


CYCLES: dict[str, Law] = {
    "exponential": Weibull(1.0, 35.0),
    "lognormal": Lognormal(math.log(35.0) - 0.125, 0.5),
    "fixed": Fixed(35.0),
}


@pytest.mark.parametrize("load", [0.8, 0.9])
@pytest.mark.parametrize("law", CYCLES)
def test_processor_sharing(law: str, load: float) -> None:
    """Without prospecting it is a queue: as many open as Erlang C says, for any law of cycles."""
    expected = erlang_mean(20, 20 * load)
    assert abs(mean_open(CYCLES[law], load) / expected - 1) < 0.01


def test_processor_sharing_needs_its_hours_settled() -> None:
    """Were hours beyond the expected load forgotten, the queue would be too short (control)."""
    expected = erlang_mean(20, 18.0)
    assert mean_open(CYCLES["fixed"], 0.9, settles=0.0) / expected - 1 < -0.02


@pytest.mark.parametrize("name", CASES)
def test_hours_are_conserved(name: str) -> None:
    """Hours on deals and of prospecting are those of the month, on every path."""
    work, market = work_of(CASES[name][0], **CASES[name][1])
    _, log = run(work, market, paths=200)
    months = log.shape[1]
    hours = [work.steps.hours[work.steps.month == month].sum() for month in range(months)]
    both = log[0].astype(float) + log[1]
    np.testing.assert_allclose(both, np.broadcast_to(np.array(hours)[:, None], both.shape), 1e-6)
    assert (log >= 0).all()
    reserved = np.array(hours)[:, None] * work.reserved
    assert (log[1] >= reserved * (1 - 1e-6)).all()


@pytest.mark.parametrize("name", ["evidence", "steady, all at once", "a busy rep"])
def test_blocks_and_splits_change_nothing(name: str) -> None:
    """Any size of a block and any split of the paths gives the same bits."""
    work, market = work_of(CASES[name][0], **CASES[name][1])
    booked, log = run(work, market, paths=150)
    for block in (1, 7, 64, 4096):
        again, diary = run(work, market, paths=150, block=block)
        assert (again.tobytes(), diary.tobytes()) == (booked.tobytes(), log.tobytes())
    parts = [run(work, market, paths=n, first_path=f) for f, n in ((0, 40), (40, 110))]
    assert np.array_equal(booked, np.concatenate([part[0] for part in parts], axis=1))
    assert np.array_equal(log, np.concatenate([part[1] for part in parts], axis=2))


def test_no_log() -> None:
    """Without room for a log the bookings are the same."""
    work, market = work_of(CASES["two segments"][0], hours=15.0)
    booked, _ = run(work, market, paths=4096)
    again = np.zeros((len(booked) + 1, 4096))
    add_workload(work, market, 0, BLOCK, again, np.zeros((4, 0, 0), np.float32))
    assert np.array_equal(booked, again[:-1])


def test_the_log_adds_up() -> None:
    """What is open at the end came and did not close: all that closes has been created."""
    work, market = work_of(scenario_of(), hours=6.0, effort=2.0)
    _, log = run(work, market, paths=500)
    closed = log[2] - np.diff(log[3], axis=0, prepend=0.0)
    assert (closed >= 0).all()
    assert closed.sum() > 0


def test_more_hours_never_make_fewer_opportunities() -> None:
    """Where deals take no time, every path has as many opportunities as with fewer hours."""
    few, many = (
        run(*work_of(scenario_of(EVIDENCE), effort=0.0, hours=hours), paths=2000)[1][2]
        for hours in (20.0, 25.0)
    )
    assert (many.cumsum(axis=0) >= few.cumsum(axis=0)).all()
    assert many.sum() > 1.02 * few.sum()


def test_more_inbound_never_lowers_a_booking() -> None:
    """Where deals take no time, each path has booked as much at every month's end."""
    scenario = scenario_of({**EVIDENCE, "opps_per_week": 1.4})
    few, many = (
        run(*work_of(scenario, effort=0.0, inbound=inbound), paths=2000)[0]
        for inbound in (1.0, 1.3)
    )
    assert (many.cumsum(axis=0) >= few.cumsum(axis=0)).all()
    assert many.sum() > 1.1 * few.sum()


@pytest.mark.parametrize("pipeline", ["empty", "steady"])
def test_plenty_of_hours_is_the_open_loop(pipeline: str) -> None:
    """Where deals take no time, bookings are those without hours: mean and P(quota)."""
    scenario = scenario_of(rep={"pipeline": pipeline}, market=MARKET)
    hours, paths = 20.0, 4096
    work, market = work_of(
        scenario,
        effort=0.0,
        hours=hours,
        inbound=0.0,
        opps_per_hour=1.4 / hours,
        steady=pipeline == "steady",
    )
    booked, _ = run(work, market, paths=paths)
    setting, task = setting_of(scenario), rep_tasks(scenario)[0]
    plain = np.zeros_like(booked, shape=(len(booked) + 1, paths))
    for draws in lower_rep(task, setting):
        add_bookings(draws, market, setting.clock, 0, OPEN_LOOP_BLOCK, plain)
    for month in range(len(booked)):
        here, there = booked[month], plain[month]
        error = math.hypot(here.std(), there.std()) / math.sqrt(paths)
        assert abs(here.mean() - there.mean()) < 4 * error
        quota = float(np.median(there)) + 1.0
        hit, was = (here >= quota).mean(), (there >= quota).mean()
        assert abs(hit - was) < 4 * math.sqrt(2 * 0.25 / paths)


def swings(reserved: float) -> float:
    """Correlation of a half-year's opportunities with those of the one before."""
    scenario = scenario_of(
        {"won_cycle_days": 90.0, "lost_cycle_days": 90.0, "win_rate": 0.5}, months=36
    )
    work, market = work_of(
        scenario, hours=12.0, effort=1.2, inbound=0.0, opps_per_hour=0.6, reserved=reserved
    )
    _, log = run(work, market, paths=1000)
    made = log[2][12:].reshape(-1, 3, 1000).sum(axis=1)
    return float(np.corrcoef(made[1:].ravel(), made[:-1].ravel())[0, 1])


def test_nothing_reserved_makes_feast_and_famine() -> None:
    """Without reserved prospecting busy quarters starve the next ones; reserved hours calm it."""
    assert swings(0.0) < swings(0.6) - 0.05
