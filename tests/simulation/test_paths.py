"""Bookings by path: equal to the plain twin's, and to themselves however they are cut."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.kernel.bits import DEALS
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.paths import simulate_rep
from tests.simulation.cases import (
    BUSY,
    CASES,
    EVIDENCE,
    LARGE,
    MARKET,
    RHYTHM,
    SEASONS,
    SMALL,
    START,
    book,
    digest_of,
    open_deals,
    scenario_of,
    setting_of,
    task_of,
)
from tests.simulation.twin import Block, Counter, Twin, philox


def _composite() -> Scenario:
    """Two reps, two segments, evidence, market, clocks, open deals and a hire: all at once."""
    return scenario_of(
        segments={"small": EVIDENCE | {"stall_rate": 0.1}, "large": LARGE},
        reps=[
            {"name": "Ana", "pipeline": "steady"},
            {"name": "Bo", "start_date": date(2027, 2, 10), "ramp": [0.3, 0.6]},
        ],
        open_deals=open_deals(2, 30, amount=5_000.0) + open_deals(4, 60, rep="Bo"),
        market=MARKET,
        calendar={"creation": SEASONS, **RHYTHM},
    )


@pytest.mark.parametrize("name", CASES)
def test_equals_the_twin(name: str) -> None:
    """Every booking is the plain twin's, to the cent."""
    scenario = CASES[name]
    expected = Twin(scenario, "Ana", 7).bookings(paths=24, first_path=1000)
    np.testing.assert_array_equal(expected, book(scenario, paths=24, first_path=1000))


def test_equals_the_twin_where_counts_are_large() -> None:
    """Counts with means above 64 come in pieces, and add up as the twin's."""
    expected = Twin(BUSY, "Ana", 7).bookings(paths=5)
    assert expected.sum() > 0
    np.testing.assert_array_equal(expected, book(BUSY, paths=5))


def test_cases_book_something() -> None:
    """The cases that are compared with the twin are not empty, but for those that must be."""
    empty = {name for name, scenario in CASES.items() if not book(scenario, paths=24).any()}
    assert {"none won", "hired after the horizon"} == empty


def test_twin_sees_one_changed_bit() -> None:
    """One deal's word for its size, changed, is enough to tell the twin from the program."""
    scenario = scenario_of({"won_cycle_days": 0.0}, months=3)

    def changed(counter: Counter, key: int) -> Block:
        a, b, c, d = philox(counter, key)
        return (
            (a, b, c ^ (1 << 31), d)
            if [int(word) for word in counter[:3]] == [0, 3, int(DEALS)]
            else (a, b, c, d)
        )

    booked = book(scenario, paths=6)
    assert booked[:, 3].any()
    differs = Twin(scenario, "Ana", 7, changed).bookings(paths=6) != booked
    assert [False, False, False, True, False, False] == differs.any(axis=0).tolist()


_CYCLES = st.sampled_from(
    [
        {"median": 25.0, "p90": 60.0},
        {"dist": "gamma", "mean": 40.0, "sd": 30.0, "of": 9.0},
        {"dist": "weibull", "median": 50.0, "p90": 200.0, "of": 30.0},
        {"values": [5.0, 30.0, 120.0]},
        {"quantiles": {"0.2": 10.0, "0.6": 50.0, "0.9": 90.0}},
        20.0,
    ]
)
_SEGMENT = st.fixed_dictionaries(
    {
        "opps_per_week": st.one_of(
            st.floats(0, 3),
            st.fixed_dictionaries({"opps": st.floats(0, 60), "weeks": st.floats(30, 60)}),
        ),
        "win_rate": st.one_of(
            st.floats(0, 0.9),
            st.fixed_dictionaries({"won": st.floats(0, 20), "of": st.floats(20, 60)}),
        ),
        "stall_rate": st.floats(0, 0.1),
        "deal_size": st.sampled_from(
            [1000.0, {"values": [10.0, 2e4]}, {"mean": 5e3, "sd": 9e3, "of": 40.0}]
        ),
        "won_cycle_days": _CYCLES,
        "lost_cycle_days": _CYCLES,
    }
)
_FACTOR = st.one_of(st.just(0.0), st.floats(0.05, 2))
_SPEED = st.floats(0.1, 3)
_SCENARIO = st.fixed_dictionaries(
    {
        "segment": _SEGMENT,
        "start": st.dates(date(2025, 12, 1), date(2028, 3, 31)),
        "months": st.integers(1, 5),
        "fiscal_year_start": st.integers(1, 12),
        "market": st.fixed_dictionaries(
            {
                "creation": st.sampled_from([0.0, 0.3]),
                "win_odds": st.sampled_from([0.0, 0.5]),
                "deal_size": st.sampled_from([0.0, 0.1]),
                "persistence": st.floats(-0.9, 0.9),
                "period": st.sampled_from(["month", "quarter"]),
            }
        ),
        "calendar": st.one_of(
            st.just({}),
            st.fixed_dictionaries(
                {
                    "creation": st.lists(_FACTOR, min_size=12, max_size=12),
                    "won": st.lists(_SPEED, min_size=3, max_size=3),
                    "lost": st.lists(_SPEED, min_size=3, max_size=3),
                }
            ),
        ),
        "hired": st.one_of(st.none(), st.integers(-400, 150)),
        "ramp": st.lists(_FACTOR, max_size=4),
        "pipeline": st.sampled_from([None, "steady", "empty"]),
        "ages": st.lists(st.integers(0, 300), max_size=3),
        "amount": st.one_of(st.none(), st.floats(1, 1e6)),
        "own": st.booleans(),
    }
)


def _made(told: dict[str, Any]) -> Scenario:
    start, segment = told["start"], told["segment"]
    rep: dict[str, Any] = {"ramp": told["ramp"]}
    if told["hired"] is not None:
        rep["start_date"] = start + timedelta(days=told["hired"])
    if told["pipeline"] is not None:
        rep["pipeline"] = told["pipeline"]
    if told["own"]:
        rep["segments"] = {"small": segment}
    return scenario_of(
        None if told["own"] else segment,
        rep=rep,
        open_deals=open_deals(*told["ages"], amount=told["amount"], start=start),
        **{key: told[key] for key in ("start", "months", "fiscal_year_start", "market")},
        calendar=told["calendar"],
    )


@settings(derandomize=True, database=None, deadline=None, max_examples=150)
@given(_SCENARIO)
def test_equals_the_twin_in_any_scenario(told: dict[str, Any]) -> None:
    """For scenarios that nobody thought of, every booking is the plain twin's."""
    scenario = _made(told)
    expected = Twin(scenario, "Ana", 3).bookings(paths=5)
    np.testing.assert_array_equal(expected, book(scenario, paths=5, seed=3))


@pytest.mark.parametrize("block", [64, 333, 1000, 5000])
@pytest.mark.parametrize("name", ["Ana", "Bo"])
def test_blocks_change_nothing(name: str, block: int) -> None:
    """The same bits come out for any number of paths that pass through the stages together."""
    scenario = _composite()
    expected = digest_of(book(scenario, name, paths=5300, block=2048))
    assert expected == digest_of(book(scenario, name, paths=5300, block=block))


@pytest.mark.parametrize("block", [1, 64, 333, 5000])
def test_blocks_change_nothing_where_counts_are_large(block: int) -> None:
    """Nor where means above 64 come in pieces, and only in some of the blocks."""
    expected = digest_of(book(BUSY, paths=700, block=2048))
    assert expected == digest_of(book(BUSY, paths=700, block=block))


def test_ranges_of_paths_are_the_whole() -> None:
    """Paths simulated in ranges are the paths simulated at once."""
    scenario = _composite()
    whole = book(scenario, paths=3000)
    parts = [
        book(scenario, paths=end - first, first_path=first)
        for first, end in ((0, 1), (1, 1024), (1024, 2900), (2900, 3000))
    ]
    assert digest_of(whole) == digest_of(np.ascontiguousarray(np.hstack(parts)))


def test_working_space_is_overwritten() -> None:
    """Bookings made in an array that was used before are the same bits."""
    scenario = scenario_of()
    out = np.full((6, 500), 7.0)
    booked = simulate_rep(task_of(scenario), setting_of(scenario), paths=500, out=out)
    assert digest_of(book(scenario, paths=500)) == digest_of(booked)
    assert np.shares_memory(out, booked)


def test_seeds_differ() -> None:
    """Another seed gives other bookings."""
    scenario = scenario_of()
    assert digest_of(book(scenario, paths=50)) != digest_of(book(scenario, paths=50, seed=8))


def test_bookings_are_whole_cents() -> None:
    """Every booking is a whole number of cents, so sums do not depend on their order."""
    booked = book(_composite(), paths=1000)
    np.testing.assert_array_equal(np.rint(booked), booked)


def test_adding_others_changes_nobody() -> None:
    """Another rep, another segment or another rep's open deal changes none of Ana's bookings."""
    alone = scenario_of(EVIDENCE, market=MARKET)
    crowd = scenario_of(
        segments={"large": LARGE, "small": EVIDENCE | {"stall_rate": SMALL["stall_rate"]}},
        reps=[{"name": "Bo"}, {"name": "Ana", "segments": {"small": {}}}, {"name": "Cy"}],
        open_deals=open_deals(5, 50, rep="Cy"),
        market=MARKET,
    )
    assert digest_of(book(alone, paths=2000)) == digest_of(book(crowd, paths=2000))


def test_adding_an_open_deal_adds_its_booking() -> None:
    """A further open deal leaves all others as they were, and at most books its amount."""
    before = scenario_of(open_deals=open_deals(5, 50))
    told = {"deal": "later", "rep": "Ana", "segment": "small", "created": START, "amount": 12.5}
    after = scenario_of(open_deals=[told, *open_deals(5, 50)])
    added = book(after, paths=2000) - book(before, paths=2000)
    assert {0.0, 1250.0} == set(np.unique(added))
    assert added.sum(axis=0).max() == 1250.0


def test_adding_a_segment_adds_its_bookings() -> None:
    """A rep who sells one segment more books the same in the first one."""
    small = scenario_of(segments={"small": SMALL})
    large = scenario_of(segments={"large": LARGE})
    both = scenario_of(segments={"large": LARGE, "small": SMALL})
    expected = book(small, paths=2000) + book(large, paths=2000)
    assert digest_of(expected) == digest_of(book(both, paths=2000))


def test_shared_evidence_is_shared() -> None:
    """Reps who take an uncertain rate from their segment have it in common, others do not."""
    rate = {"opps_per_week": {"opps": 2.0, "weeks": 2.0}, "deal_size": 1.0, "win_rate": 1.0}
    own = {"segments": {"small": {"opps_per_week": {"opps": 2.0, "weeks": 2.0}}}}
    scenario = scenario_of(
        {**rate, "stall_rate": 0.0},
        reps=[{"name": "Ana"}, {"name": "Bo"}, {"name": "Cy", **own}],
        months=12,
    )
    ana, bo, cy = (book(scenario, name, paths=4000).sum(axis=0) for name in ("Ana", "Bo", "Cy"))
    assert np.corrcoef(ana, bo)[0, 1] > 0.9
    assert abs(np.corrcoef(ana, cy)[0, 1]) < 4 / np.sqrt(4000)


_RAISED: dict[str, Any] = {
    "opps_per_week": st.tuples(
        st.floats(0.01, 10), st.one_of(st.floats(0, 1e-9), st.floats(0, 1), st.floats(0, 30))
    ),
    "opps": st.tuples(st.floats(0, 100), st.one_of(st.floats(0, 1e-6), st.floats(0, 50))),
    "win_rate": st.tuples(st.floats(0, 0.6), st.one_of(st.floats(0, 1e-9), st.floats(0, 0.3))),
    "won": st.tuples(st.floats(0, 60), st.one_of(st.floats(0, 1e-6), st.floats(0, 40))),
}


def _with(key: str, value: float, told: dict[str, Any], *, listed: bool) -> Scenario:
    raised: dict[str, dict[str, Any]] = {
        "opps_per_week": {"opps_per_week": value},
        "opps": {"opps_per_week": {"opps": value, "weeks": 20.0}},
        "win_rate": {"win_rate": value},
        "won": {"win_rate": {"won": value, "of": 100.0}},
    }
    return scenario_of(
        {**told, **raised[key]},
        market=MARKET,
        calendar=RHYTHM,
        open_deals=open_deals(3, 20, 70) if listed else [],
    )


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("key", _RAISED)
def test_more_never_books_less(key: str, *, known: bool, listed: bool) -> None:
    """A higher creation or win rate lowers no booking on any path in any month."""

    @settings(derandomize=True, database=None, deadline=None, max_examples=25)
    @given(_RAISED[key])
    def check(pair: tuple[float, float]) -> None:
        low, more = pair
        figures: dict[str, Any] = SMALL if known else EVIDENCE
        before, after = (
            book(_with(key, value, figures, listed=listed), paths=400)
            for value in (low, low + more)
        )
        assert np.all(after >= before)

    check()


SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
from tests.simulation.cases import CASES, book, digest_of
print(digest_of(book(CASES["all at once"], paths=3000)))
"""


def test_any_processor(tmp_path: Path) -> None:
    """Machine code for the plainest processor of its kind gives the same bits."""
    root = Path(__file__).parents[2]
    told = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root), str(root / "src")],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=True,
    )
    assert digest_of(book(CASES["all at once"], paths=3000)) == ran.stdout.strip()


def test_many_deals_go_in_small_blocks() -> None:
    """Where a path wins thousands of deals fewer paths go together, with the same bits."""
    scenario = scenario_of({"opps_per_week": 5_000.0, "win_rate": 0.5, "won_cycle_days": 20.0})
    assert np.array_equal(book(scenario, paths=40)[:, 7:11], book(scenario, paths=4, first_path=7))
