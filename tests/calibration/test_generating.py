"""Histories with a known truth: every law that the scenario states is found in them."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quotarisk.analysis.wins import expected_wins
from quotarisk.calibration.generating import COLUMNS, generate_history, write_history
from quotarisk.errors import ArgumentError, InputError
from quotarisk.periods import add_months
from quotarisk.scenario.laws import Law
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.terms import Terms, segments_of, terms_of
from quotarisk.simulation.lowering import rep_tasks
from tests.simulation.cases import EVIDENCE, LARGE, RHYTHM, SEASONS, SMALL, scenario_of, setting_of

SINCE = date(2024, 1, 1)
SPREAD = {
    "won_cycle_days": {"median": 60.0, "p90": 120.0},
    "lost_cycle_days": {"dist": "exponential", "mean": 20.0},
}
LATER = date(2029, 12, 31)  # when all that is ever decided has been decided
BUSY = {**SMALL, "opps_per_week": 60.0}


def _history(scenario: Scenario, until: date = LATER, seed: int = 1) -> pl.DataFrame:
    return generate_history(scenario, since=SINCE, until=until, seed=seed)


def _terms(scenario: Scenario) -> Terms:
    rep = scenario.reps[0]
    return terms_of(scenario, rep, segments_of(scenario, rep)[0])


def _errors_off(seen: float, share: float, of: int) -> float:
    """By how many standard errors a number of hits differs from what it should be."""
    return abs(seen - share * of) / math.sqrt(share * (1 - share) * of)


def _poisson_off(seen: float, mean: float) -> float:
    """The same for a Poisson number."""
    return abs(seen - mean) / math.sqrt(mean)


def _old(frame: pl.DataFrame, until: date = date(2026, 12, 31)) -> pl.DataFrame:
    """Opportunities that were created so long before the end that nothing is cut off."""
    return frame.filter(pl.col("created_date") <= until)


def test_shape() -> None:
    """The columns are those of an export; ids are unique, rows in the order of creation."""
    frame = _history(scenario_of(segments={"small": SMALL, "large": LARGE}), date(2025, 12, 31))
    assert COLUMNS == dict(frame.schema)
    assert frame.height == frame["opportunity_id"].n_unique()
    assert frame["created_date"].is_sorted()
    assert {"small", "large"} == set(frame["segment"])
    assert {"won", "lost", "open"} == set(frame["status"])


@pytest.mark.parametrize("figure", [60.0, {"opps": 120.0, "weeks": 2.0}])
def test_number_created(figure: Any) -> None:
    """As many opportunities come as the rate says, at its mean where it has evidence."""
    scenario = scenario_of({"opps_per_week": figure})
    frame = _history(scenario, date(2026, 12, 31))
    mean = _terms(scenario).opps_per_week.mean * (365 + 366 + 365) / 7
    assert _poisson_off(frame.height, mean) < 4
    assert _poisson_off(frame.height, 1.1 * mean) > 4


def test_numbers_by_week_are_poisson() -> None:
    """Counts of weeks vary as those of a Poisson process: not less, not more."""
    frame = _history(scenario_of(BUSY), date(2026, 12, 31))
    week = (frame["created_date"].to_numpy() - np.datetime64(SINCE)).astype(int) // 7
    counts = np.bincount(week)[:-1]
    spread = float(((counts - 60.0) ** 2).mean() / 60.0)
    error = math.sqrt((2 + 1 / 60) / len(counts))
    assert abs(spread - 1) < 4 * error
    assert abs(spread - 2) > 4 * error


@pytest.mark.parametrize("figure", [0.35, {"won": 34.5, "of": 99.0}])
def test_outcomes_of_old_opportunities(figure: Any) -> None:
    """Of old opportunities the win rate is won, the stall rate open for ever, the rest lost."""
    scenario = scenario_of({**BUSY, "win_rate": figure, "stall_rate": 0.1})
    frame = _old(_history(scenario))
    seen = dict(frame["status"].value_counts().iter_rows())
    for status, share in {"won": 0.35, "open": 0.1, "lost": 0.55}.items():
        assert _errors_off(seen[status], share, frame.height) < 4
        assert _errors_off(seen[status], share + 0.05, frame.height) > 4


def test_young_opportunities_mislead() -> None:
    """Of what closed early, won / (won + lost) is off the truth: losing is the faster."""
    scenario = scenario_of({**SMALL, **SPREAD, "opps_per_week": 1_000.0, "stall_rate": 0.0})
    frame = _history(scenario, SINCE + timedelta(days=40)).filter(pl.col("status") != "open")
    assert _errors_off(frame.filter(pl.col("status") == "won").height, 0.35, frame.height) > 4


def _share_over(law: Law, days: int) -> float:
    """P(days between the dates >= days): the moment of the day at creation is uniform."""
    return float(law.lev(float(days)) - law.lev(days - 1.0))


@pytest.mark.parametrize("status", ["won", "lost"])
@pytest.mark.parametrize("cycles", [SMALL, EVIDENCE, SPREAD])
def test_cycles(status: str, cycles: dict[str, Any]) -> None:
    """Days from creation to close follow the law of their outcome, and not the other one."""
    told = {key: cycles[key] for key in ("won_cycle_days", "lost_cycle_days")}
    scenario = scenario_of({**BUSY, **told})
    terms = _terms(scenario)
    laws = {"won": terms.won_cycle_days.law, "lost": terms.lost_cycle_days.law}
    frame = _old(_history(scenario)).filter(pl.col("status") == status)
    took = (frame["close_date"] - frame["created_date"]).dt.total_days().to_numpy()
    other = laws["lost" if status == "won" else "won"]
    off = []
    for level in (0.1, 0.5, 0.9):
        days = math.ceil(float(laws[status].ppf(level)))
        assert (
            _errors_off(int((took >= days).sum()), _share_over(laws[status], days), len(took)) < 4
        )
        off.append(_errors_off(int((took >= days).sum()), _share_over(other, days), len(took)))
    assert max(off) > 4


@pytest.mark.parametrize("size", [SMALL["deal_size"], LARGE["deal_size"], EVIDENCE["deal_size"]])
def test_sizes(size: dict[str, Any]) -> None:
    """Amounts of won, lost and open opportunities follow the law of deal sizes alike."""
    scenario = scenario_of({**BUSY, "deal_size": size})
    law = _terms(scenario).deal_size.law
    for _, frame in _history(scenario, date(2026, 12, 31)).group_by("status"):
        amounts = frame["amount"].to_numpy()
        for level in (0.1, 0.5, 0.9):
            below = int((amounts < law.ppf(level)).sum())
            assert _errors_off(below, level, len(amounts)) < 4
        below = int((amounts < law.ppf(0.5)).sum())
        assert _errors_off(below, 0.7, len(amounts)) > 4


def test_sizes_are_whole_cents() -> None:
    """Amounts are money: nothing below a cent."""
    amounts = _history(scenario_of(BUSY), date(2024, 12, 31))["amount"]
    assert_frame_equal(amounts.round(2).to_frame(), amounts.to_frame(), check_exact=True)


def test_last_day_is_seen() -> None:
    """What closes on the last day is closed; what closes the day after is open until then."""
    scenario = scenario_of(BUSY)
    until = date(2025, 6, 30)
    before, after = _history(scenario, until), _history(scenario)
    assert (SINCE, until) == (before["created_date"].min(), before["created_date"].max())
    assert until == before["close_date"].max()
    cut = pl.col("close_date") > until
    expected = after.filter(pl.col("created_date") <= until).with_columns(
        pl.when(cut).then(pl.lit("open")).otherwise("status").alias("status"),
        pl.when(cut).then(None).otherwise("close_date").alias("close_date"),
    )
    assert_frame_equal(expected, before, check_exact=True)
    assert after.filter(cut & (pl.col("created_date") <= until)).height > 0


def test_open_means_no_day_of_close() -> None:
    """Exactly the open opportunities have no close date, and nothing closes before it came."""
    scenario = scenario_of({**BUSY, "won_cycle_days": {"values": [0.0, 0.1, 30.0]}})
    frame = _history(scenario, date(2025, 12, 31))
    assert frame.select(
        (pl.col("status") == "open").eq(pl.col("close_date").is_null()).all()
    ).item()
    assert frame.select((pl.col("close_date") >= pl.col("created_date")).all()).item()


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """A seed gives the same file again, another one another."""
    scenario = scenario_of(EVIDENCE, calendar={"creation": SEASONS, **RHYTHM})
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_history(tmp_path / name, _history(scenario, date(2024, 12, 31), seed))
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c
    assert a.startswith(b"opportunity_id,rep,segment,created_date,close_date,status,amount\n")


def test_written_history_reads_back(tmp_path: Path) -> None:
    """Names with commas, quotes and umlauts come back as they were."""
    frame = _history(scenario_of(rep={"name": 'Zoë "Z", Ltd'}), date(2024, 6, 30))
    write_history(tmp_path / "history.csv", frame)
    assert_frame_equal(frame, pl.read_csv(tmp_path / "history.csv", schema=COLUMNS))


def _team(*names: str) -> Scenario:
    return Scenario.model_validate(
        {
            "name": "Team",
            "start": SINCE,
            "segments": {"small": SMALL, "large": LARGE},
            "reps": [{"name": name} for name in names],
        }
    )


def test_another_rep_changes_nothing() -> None:
    """Another rep, before or after, changes no row of those who were there."""
    until = date(2025, 12, 31)
    alone = _history(_team("Ana"), until)
    for names in (("Ana", "Bo"), ("Bo", "Ana")):
        frame = _history(_team(*names), until)
        assert_frame_equal(alone, frame.filter(pl.col("rep") == "Ana"), check_exact=True)
        other = frame.filter(pl.col("rep") == "Bo")
        assert set(alone["amount"]).isdisjoint(other["amount"])


def test_another_segment_changes_nothing() -> None:
    """A segment that comes on top changes no row of the others."""
    until = date(2025, 12, 31)
    alone = _history(scenario_of(), until)
    both = _history(scenario_of(segments={"large": LARGE, "small": SMALL}), until)
    assert_frame_equal(alone, both.filter(pl.col("segment") == "small"), check_exact=True)


def test_a_higher_win_rate() -> None:
    """Under one seed a higher win rate turns lost opportunities into won ones, and no more."""
    few, many = (_history(scenario_of({"win_rate": rate})) for rate in (0.3, 0.5))
    same = ["opportunity_id", "created_date", "amount"]
    assert_frame_equal(few.select(same), many.select(same))
    assert many.filter((few["status"] == "won") & (many["status"] != "won")).is_empty()
    assert many.filter((few["status"] != "won") & (many["status"] == "won")).height > 0


def test_seasons() -> None:
    """Months get their share of new opportunities, a month with none gets none."""
    seasons = [1.0, 2.0, 0.5, 1, 1, 1, 0.0, 1, 1, 1, 1, 1.5]
    frame = _history(scenario_of(BUSY, calendar={"creation": seasons}), date(2026, 12, 31))
    by_month = frame["created_date"].dt.month().to_numpy()
    days = np.datetime64(SINCE) + np.arange(366 + 365 + 365)
    of_month = days.astype("datetime64[M]").astype(int) % 12
    flat_off = []
    for month, factor in enumerate(seasons):
        seen = int((by_month == month + 1).sum())
        full = 60.0 / 7 * int((of_month == month).sum())
        if factor == 0:
            assert 0 == seen
            continue
        assert _poisson_off(seen, full * factor) < 4
        flat_off.append(_poisson_off(seen, full))
    assert max(flat_off) > 4


def test_ramp_of_a_new_hire() -> None:
    """A new hire creates nothing before the first day, its ramp's share after, then all."""
    rep = {"start_date": date(2024, 3, 15), "ramp": [0.25, 0.5]}
    frame = _history(scenario_of(BUSY, rep=rep), date(2024, 12, 31))
    steps = [SINCE, *(add_months(date(2024, 3, 15), month) for month in range(3)), date(2025, 1, 1)]
    created = frame["created_date"]
    for first, end, share in zip(steps[:-1], steps[1:], [0.0, 0.25, 0.5, 1.0], strict=True):
        seen = int(((created >= first) & (created < end)).sum())
        mean = 60.0 / 7 * (end - first).days * share
        assert abs(seen - mean) <= 4 * math.sqrt(mean)


def test_nothing_to_sell() -> None:
    """Who starts later than the last day, or creates nothing, has no rows."""
    for told in ({"start_date": date(2030, 5, 1)}, {"segments": {"small": {"opps_per_week": 0}}}):
        assert _history(scenario_of(rep=told)).is_empty()


def _clock_days(row: dict[str, Any], speeds: list[float], fiscal_year_start: int) -> float:
    """Clock days from the morning of creation to the morning of close, day by day."""
    span = (row["close_date"] - row["created_date"]).days
    months = [(row["created_date"] + timedelta(days=day)).month for day in range(span)]
    return sum((speeds[(month - fiscal_year_start) % 3] for month in months), 0.0)


@pytest.mark.parametrize("fiscal_year_start", [1, 2])
def test_clocks(fiscal_year_start: int) -> None:
    """Each clock has run for the cycle when a deal closes; by the other clocks it has not."""
    told = {"opps_per_week": 5.0, "won_cycle_days": 60.0, "lost_cycle_days": 40.0}
    scenario = scenario_of(told, calendar=RHYTHM, fiscal_year_start=fiscal_year_start)
    frame = _history(scenario, date(2026, 12, 31))

    def off(status: str, clock: str, cycle: float, start: int) -> float:
        """Largest difference from the cycle, in the clock's fastest days."""
        rows = frame.filter(pl.col("status") == status).iter_rows(named=True)
        speeds: list[float] = RHYTHM[clock]
        return max(abs(_clock_days(row, speeds, start) - cycle) for row in rows) / max(speeds)

    for status, other, cycle in (("won", "lost", 60.0), ("lost", "won", 40.0)):
        assert off(status, status, cycle, fiscal_year_start) <= 1 + 1e-9
        assert off(status, other, cycle, fiscal_year_start) > 5
        assert off(status, status, cycle, fiscal_year_start + 1) > 5


def test_wins_by_month_are_those_of_the_simulator() -> None:
    """Wins by month come at the rate that the model's exact formula gives the same scenario."""
    rep = {"pipeline": "empty", "start_date": SINCE, "ramp": [0.5]}
    calendar = {"creation": SEASONS, **RHYTHM}
    told: dict[str, Any] = {"start": SINCE, "months": 24, "rep": rep}
    scenario = scenario_of(BUSY, calendar=calendar, **told)
    frame = _history(scenario, date(2025, 12, 31)).filter(pl.col("status") == "won")
    months = scenario.horizon.periods("month")
    closed = frame["close_date"]
    seen = [int(((closed >= month.first) & (closed < month.end)).sum()) for month in months]

    def off(other: Scenario) -> float:
        task = rep_tasks(other)[0]
        wins = expected_wins(task, task.terms[0], setting_of(other), months)
        means = np.maximum(wins, 0.01).tolist()
        return max(_poisson_off(*pair) for pair in zip(seen, means, strict=True))

    assert off(scenario) < 4
    assert off(scenario_of(BUSY, calendar={"creation": SEASONS}, **told)) > 4


def test_one_day() -> None:
    """A history may be of a single day."""
    frame = generate_history(scenario_of(BUSY), since=SINCE, until=SINCE, seed=0)
    assert {SINCE} == set(frame["created_date"])


def test_wrong_arguments() -> None:
    """Days in the wrong order, a seed that is none and a scenario with faults are refused."""
    with pytest.raises(ArgumentError, match="until must not be before since"):
        generate_history(scenario_of(), since=SINCE, until=date(2023, 12, 31), seed=0)
    with pytest.raises(ArgumentError, match=r"seed must be a whole number, got 1\.5"):
        generate_history(scenario_of(), since=SINCE, until=SINCE, seed=1.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="reps must have at least one rep"):
        generate_history(
            Scenario.model_validate({"name": "T", "start": SINCE}), since=SINCE, until=SINCE, seed=0
        )
