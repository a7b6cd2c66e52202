"""Small scenarios for tests, and how their bookings are made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from numpy.typing import NDArray

from quotarisk.kernel.bookings import BLOCK
from quotarisk.scenario.laws import Array
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.lowering import RepTask, Setting, rep_tasks
from quotarisk.simulation.paths import simulate_rep

START = date(2027, 1, 1)
SMALL: dict[str, Any] = {
    "opps_per_week": 1.4,
    "win_rate": 0.35,
    "stall_rate": 0.05,
    "deal_size": {"median": 8_000.0, "p90": 16_000.0},
    "won_cycle_days": {"dist": "weibull", "median": 30.0, "p90": 75.0},
    "lost_cycle_days": {"dist": "gamma", "median": 20.0, "p90": 60.0},
}
LARGE: dict[str, Any] = {
    "opps_per_week": 0.4,
    "win_rate": 0.2,
    "deal_size": {"quantiles": {"0.1": 20_000.0, "0.5": 60_000.0, "0.9": 250_000.0}},
    "won_cycle_days": {"median": 90.0, "p90": 200.0},
}
EVIDENCE: dict[str, Any] = {
    "opps_per_week": {"opps": 62.0, "weeks": 52.0},
    "win_rate": {"won": 21.0, "of": 60.0},
    "deal_size": {"median": 8_000.0, "p90": 16_000.0, "of": 21.0},
    "won_cycle_days": {"dist": "weibull", "median": 30.0, "p90": 75.0, "of": 21.0},
    "lost_cycle_days": {"dist": "gamma", "median": 20.0, "p90": 60.0, "of": 39.0},
}
MARKET: dict[str, Any] = {"creation": 0.2, "win_odds": 0.3, "deal_size": 0.1}
SEASONS = [1.0, 1.1, 0.9, 1.0, 1.2, 1.0, 0.7, 0.4, 1.0, 1.1, 1.3, 0.8]
RHYTHM: dict[str, Any] = {"won": [0.6, 0.9, 1.5], "lost": [1.8, 0.8, 0.4]}


def scenario_of(
    segment: Mapping[str, Any] | None = None,
    *,
    rep: Mapping[str, Any] | None = None,
    segments: Mapping[str, Any] | None = None,
    **scenario: Any,
) -> Scenario:
    """Make a scenario of one rep, Ana, in the segment ``small`` with some figures changed."""
    told = {"small": {**SMALL, **(segment or {})}} if segments is None else segments
    reps = [{"name": "Ana", **(rep or {})}]
    base = {"name": "Test", "start": START, "months": 5, "segments": told, "reps": reps}
    return Scenario.model_validate({**base, **scenario})


def open_deals(
    *ages: int, amount: float | None = None, rep: str = "Ana", start: date = START
) -> list[dict[str, Any]]:
    """Open deals that were created so many days before the start."""
    told: dict[str, Any] = {} if amount is None else {"amount": amount}
    return [
        {
            "deal": f"{rep}-{number}",
            "rep": rep,
            "segment": "small",
            "created": start - timedelta(days=age),
            **told,
        }
        for number, age in enumerate(ages)
    ]


def setting_of(scenario: Scenario, seed: int = 7) -> Setting:
    """What all reps of a scenario share."""
    return Setting(scenario.horizon, scenario.calendar, scenario.market, seed, scenario.correction)


def task_of(scenario: Scenario, name: str = "Ana") -> RepTask:
    """The task of a rep."""
    return next(task for task in rep_tasks(scenario) if task.rep.name == name)


def book(
    scenario: Scenario,
    name: str = "Ana",
    *,
    paths: int,
    seed: int = 7,
    first_path: int = 0,
    block: int = BLOCK,
) -> Array:
    """Cents that a rep books by month and path."""
    return simulate_rep(
        task_of(scenario, name),
        setting_of(scenario, seed),
        paths=paths,
        first_path=first_path,
        block=block,
    )


def digest_of(array: NDArray[Any]) -> str:
    """A hash of an array's bits."""
    return hashlib.sha256(array.tobytes()).hexdigest()


CASES: dict[str, Scenario] = {
    "all known": scenario_of(),
    "two segments, one of them overridden": scenario_of(
        segments={"small": SMALL, "large": LARGE},
        rep={"segments": {"small": {}, "large": {"win_rate": 0.3}}},
    ),
    **{
        f"{key} shared evidence": scenario_of({key: value}, open_deals=open_deals(5, 40))
        for key, value in EVIDENCE.items()
    },
    **{
        f"{key} own evidence": scenario_of(
            rep={"segments": {"small": {key: value}}, "pipeline": "steady"},
            open_deals=open_deals(5, 40),
        )
        for key, value in EVIDENCE.items()
    },
    "all evidence": scenario_of(EVIDENCE),
    "nothing won yet": scenario_of({"win_rate": {"won": 0.0, "of": 3.0}}),
    "market by quarter": scenario_of(market=MARKET, months=8),
    "market by month": scenario_of(market={**MARKET, "period": "month", "persistence": -0.4}),
    "market that forgets": scenario_of(market={**MARKET, "persistence": 0.0}),
    "seasons": scenario_of(calendar={"creation": SEASONS}),
    "a month without creation": scenario_of(calendar={"creation": [1, 0, 1, 1, 1, 0, *[1] * 6]}),
    "a quarter without creation": scenario_of(calendar={"creation": [1, 1, 1, 0, 0, 0, *[1] * 6]}),
    "new hire": scenario_of(rep={"start_date": date(2027, 2, 15)}),
    "new hire with ramp": scenario_of(
        rep={"start_date": date(2027, 1, 31), "ramp": [0.0, 0.25, 0.5]}, market=MARKET
    ),
    "hired before the start": scenario_of(
        rep={"start_date": date(2026, 10, 10), "ramp": [0.1, 0.3, 0.6, 0.8]},
        calendar={"creation": SEASONS, **RHYTHM},
    ),
    "hired long ago": scenario_of(rep={"start_date": date(2015, 3, 1), "ramp": [0.5]}),
    "hired after the horizon": scenario_of(rep={"start_date": date(2028, 3, 1)}),
    "clocks": scenario_of(calendar=RHYTHM),
    "clocks and open deals": scenario_of(
        calendar=RHYTHM, open_deals=open_deals(0, 1, 13, 75, 400, amount=12_345.67)
    ),
    "open deals of unknown amount": scenario_of(open_deals=open_deals(0, 8, 90), market=MARKET),
    "open deals of all ages": scenario_of(open_deals=open_deals(1, 200, 700, 1825, 1826, 4000)),
    "open deals under evidence": scenario_of(
        EVIDENCE, open_deals=open_deals(3, 33, 133), market=MARKET, calendar=RHYTHM
    ),
    "all at once": scenario_of(
        EVIDENCE,
        rep={"pipeline": "steady", "start_date": date(2026, 9, 1), "ramp": [0.2, 0.4, 0.6, 0.8]},
        open_deals=open_deals(3, 33),
        market=MARKET,
        calendar={"creation": SEASONS, **RHYTHM},
    ),
    "open deals, lost as won": scenario_of(
        {"lost_cycle_days": EVIDENCE["won_cycle_days"]}, open_deals=open_deals(3, 33, 133)
    ),
    "open deals and a steady pipeline": scenario_of(
        rep={"pipeline": "steady"}, open_deals=open_deals(20)
    ),
    "empty pipeline": scenario_of(rep={"pipeline": "empty"}),
    "sizes that were seen": scenario_of({"deal_size": {"values": [500.0, 500.0, 990.5, 12e3]}}),
    "sizes that were seen, uncertain": scenario_of(
        {"deal_size": {"values": [500.0, 990.5, 12e3], "of": 3.0}}, open_deals=open_deals(4)
    ),
    "cycles that were seen": scenario_of(
        {"won_cycle_days": {"values": [0.0, 14.0, 40.0, 90.0], "of": 4.0}},
        rep={"pipeline": "steady"},
        open_deals=open_deals(3, 50),
    ),
    "percentiles": scenario_of({"won_cycle_days": {"quantiles": {"0.1": 4, "0.5": 20, "0.9": 80}}}),
    "gamma": scenario_of({"won_cycle_days": {"dist": "gamma", "mean": 40.0, "sd": 50.0}}),
    "exponential": scenario_of({"won_cycle_days": {"dist": "exponential", "mean": 40.0}}),
    "cycles of a very long tail, seasons": scenario_of(
        {"opps_per_week": 0.002, "won_cycle_days": {"median": 0.00055, "p90": 1.2}},
        calendar={"creation": SEASONS},
    ),
    "fixed": scenario_of({"won_cycle_days": 45.0, "deal_size": 1_000.0}, open_deals=open_deals(9)),
    "fixed, steady": scenario_of({"won_cycle_days": 45.0}, calendar=RHYTHM),
    "closed at once": scenario_of({"won_cycle_days": 0.0}),
    "start in the middle of a month": scenario_of(
        EVIDENCE, start=date(2027, 2, 17), market=MARKET, calendar={"creation": SEASONS, **RHYTHM}
    ),
    "one day of the first month": scenario_of(start=date(2027, 1, 31), calendar=RHYTHM),
    "fiscal years from February": scenario_of(
        fiscal_year_start=2, months=7, market=MARKET, calendar=RHYTHM
    ),
    "fiscal years from December, start inside": scenario_of(
        EVIDENCE, fiscal_year_start=12, start=date(2027, 4, 12), market=MARKET, calendar=RHYTHM
    ),
    "a single month": scenario_of(months=1),
    "five years": scenario_of({"opps_per_week": 0.2}, months=60, market=MARKET),
    "all won": scenario_of({"win_rate": 1.0, "stall_rate": 0.0}, open_deals=open_deals(5)),
    "none won": scenario_of({"win_rate": 0.0}, market=MARKET, open_deals=open_deals(5)),
    "nothing created": scenario_of({"opps_per_week": 0.0}, open_deals=open_deals(5)),
    "huge amounts": scenario_of({"deal_size": {"median": 1e9, "p90": 8e9}}),
}
BUSY = scenario_of(
    {"opps_per_week": {"opps": 400.0, "weeks": 20.0}, "win_rate": {"won": 300.0, "of": 400.0}},
    months=2,
    market=MARKET,
)
