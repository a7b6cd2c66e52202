"""Forecasts from the past, scored."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quotarisk.analysis.backtest import Backtest, backtest, choose_origins
from quotarisk.analysis.scores import crps_of
from quotarisk.analysis.scoring import verdicts
from quotarisk.calibration.fit import calibrate, earlier_origins
from quotarisk.calibration.generating import generate_history, write_history
from quotarisk.calibration.history import History
from quotarisk.calibration.quota_rule import QuotaRule, parse_quota_rule
from quotarisk.calibration.reading import read_history
from quotarisk.errors import ArgumentError
from quotarisk.periods import add_months
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota
from quotarisk.simulation.simulation import simulate

UNTIL = date(2026, 12, 31)
ORIGINS = (date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30))
TEAM = {
    "name": "Made up",
    "start": date(2027, 1, 1),
    "segments": {
        "small": {
            "opps_per_week": 4.0,
            "win_rate": 0.4,
            "deal_size": {"median": 8_000, "p90": 16_000},
            "won_cycle_days": {"median": 20, "p90": 50},
        }
    },
    "reps": [{"name": "Ana"}, {"name": "Ben"}, {"name": "Cy"}],
}


def _history(folder: Path, *, since: date = date(2025, 7, 1)) -> History:
    scenario = Scenario.model_validate(TEAM)
    frame = generate_history(scenario, since=since, until=UNTIL, seed=3)
    write_history(folder / "deals.csv", frame)
    return read_history(folder / "deals.csv")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A year and a half of three steady reps."""
    return _history(tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="module")
def found(history: History) -> Backtest:
    """Three origins, a month and three months ahead."""
    return backtest(history, origins=ORIGINS, paths=400)


def test_one_row_a_forecast(found: Backtest) -> None:
    """Reps and the team at each origin; a window that is not over is not scored."""
    counts = found.forecasts.group_by("months", "level").len().rows_by_key(["months", "level"])
    assert {(1, "rep"): 12, (1, "team"): 4, (3, "rep"): 6, (3, "team"): 2} == {
        key: rows[0][0] for key, rows in counts.items()
    }
    windows = found.frame.rows_by_key(["months", "level"], named=True, unique=True)
    assert (12, 4) == (windows[1, "rep"]["forecasts"], windows[1, "rep"]["origins"])


def test_a_forecast_is_the_simulation_of_the_fit(history: History, found: Backtest) -> None:
    """What is scored is what `calibrate` and `simulate` say, against what the CRM then had."""
    origin = ORIGINS[0]
    scenario = calibrate(history, as_of=origin, months=3).scenario
    assert not scenario.correction.does_nothing
    samples = simulate(scenario, paths=400).bookings("Ben")[0]
    first, last = origin + timedelta(days=1), add_months(origin.replace(day=1), 2)
    came = history.deals.filter(
        (pl.col("rep") == "Ben")
        & (pl.col("outcome") == "won")
        & (pl.col("closed") >= first)
        & (pl.col("closed") < last)
    )["amount"].sum()
    row = found.forecasts.row(
        by_predicate=(pl.col("name") == "Ben")
        & (pl.col("origin") == origin)
        & (pl.col("months") == 1),
        named=True,
    )
    assert came == pytest.approx(row["observed"])
    assert samples.mean() == pytest.approx(row["mean"])
    assert crps_of(np.array([came]), samples[np.newaxis])[0] == pytest.approx(row["crps_model"])


def test_the_team_is_the_sum_of_all(found: Backtest) -> None:
    """Outcomes and means of the reps add up to the team's."""
    one = found.forecasts.filter(pl.col("months") == 1)
    reps = one.filter(level="rep").group_by("origin").agg(pl.col("observed", "mean").sum())
    team = one.filter(level="team").select("origin", "observed", "mean")
    assert_frame_equal(reps.sort("origin"), team.sort("origin"))


def test_no_look_ahead(history: History, found: Backtest) -> None:
    """A forecast does not change when everything after its origin does."""
    cut = ORIGINS[0]
    later = pl.col("closed") > cut
    changed = history.deals.with_columns(
        pl.when(later).then(pl.lit("lost")).otherwise(pl.col("outcome")).alias("outcome")
    )
    other = backtest(
        History(history.source, changed, history.findings, history.rows_read),
        origins=[cut],
        paths=400,
    )
    mine = found.forecasts.filter(pl.col("origin") == cut)["mean"]
    assert mine.to_list() == other.forecasts["mean"].to_list()
    assert 0.0 == other.forecasts["observed"].sum()


def test_steady_reps_are_forecast_well(found: Backtest) -> None:
    """With steady rates outcomes lie where they should, and chance is all that naive ones beat."""
    reps = found.frame.filter((pl.col("level") == "rep") & (pl.col("months") == 1)).row(
        0, named=True
    )
    assert 0.5 < reps["coverage_80"] <= 1.0
    assert reps["ratio"] < 1.5
    assert reps["ratio"] == max(
        value
        for key, value in reps.items()
        if key.startswith("ratio_") and not key.endswith("_se") and value is not None
    )


def test_intervals_that_are_too_narrow_are_told(found: Backtest) -> None:
    """A coverage clearly below 80 % is a caution, at its level."""
    narrow = found.frame.with_columns(coverage_80=pl.lit(0.4), coverage_80_se=pl.lit(0.1))
    codes = [caution.code for caution in verdicts(narrow)]
    assert narrow.height == codes.count("too_narrow")
    right = found.frame.with_columns(coverage_80=pl.lit(0.7), coverage_80_se=pl.lit(0.1))
    assert "too_narrow" not in [caution.code for caution in verdicts(right)]


def test_what_speaks_against_the_forecasts_is_said(found: Backtest) -> None:
    """A naive forecast that is better, and windows that prove little, are cautions."""
    codes = [caution.code for caution in found.cautions]
    steady = found.frame.filter(pl.col("windows") >= 3)["months"].to_list()
    assert [1, 1] == steady
    worse = found.frame.filter(pl.col("ratio") > 1).height
    assert worse == codes.count("naive_is_better")
    assert "few_windows" in codes


def test_origins_are_the_last_month_ends(history: History) -> None:
    """The latest whose next month is over come last, and none lies too early."""
    assert (date(2026, 10, 31), date(2026, 11, 30)) == choose_origins(history, number=2)
    many = choose_origins(history, number=100)
    assert date(2025, 8, 31) <= many[0] <= date(2025, 10, 31)


def test_progress_is_told(history: History) -> None:
    """Each origin is counted."""
    told: list[tuple[int, int]] = []
    backtest(
        history,
        origins=ORIGINS[:2],
        horizons=[1],
        paths=50,
        correct=False,
        progress=lambda *done: told.append(done),
    )
    assert [(1, 2), (2, 2)] == told
    told.clear()
    backtest(
        history,
        origins=ORIGINS[:1],
        horizons=[1],
        paths=50,
        progress=lambda *done: told.append(done),
    )
    steps = len(earlier_origins(history, ORIGINS[0])) + 1
    assert [(step, steps) for step in range(1, steps + 1)] == told


def test_chances_of_quotas(found: Backtest) -> None:
    """Multiples of what was usual are asked of every forecast, and scored."""
    assert found.hits.height == 3 * found.forecasts.height
    one = found.hits.filter((pl.col("name") == "Ana") & (pl.col("months") == 1)).head(3)
    low, middle, high = one["quota"].to_list()
    assert (low, high) == (pytest.approx(0.8 * middle), pytest.approx(1.2 * middle))
    assert one["p_model"].to_list() == sorted(one["p_model"].to_list(), reverse=True)
    assert found.frame["brier"].is_between(0.0, 0.5).all()
    assert found.quota_note.startswith("quotas of 0.8, 1, 1.2 times")


@pytest.mark.parametrize(
    ("quotas", "expected"),
    [
        ({"Ana": Quota(month=50_000.0), "Ben": Quota(quarter=90_000.0)}, {("Ana", 1): 50_000.0,
         ("Ana", 3): 150_000.0, ("Ben", 3): 90_000.0}),
        (parse_quota_rule("last-month*2"), None),
    ],
)  # fmt: skip
def test_quotas_as_told(
    history: History,
    quotas: dict[str, Quota] | QuotaRule,
    expected: dict[tuple[str, int], float] | None,
) -> None:
    """Quotas by rep, or a rule; a window without a quota is not asked."""
    made = backtest(history, origins=[ORIGINS[1]], paths=50, quotas=quotas, correct=False)
    asked = {(row["name"], row["months"]): row["quota"] for row in made.hits.to_dicts()}
    if expected is not None:
        assert expected == asked
        assert "quotas as given" == made.quota_note
    else:
        team = made.hits.filter(level="team")["quota"].to_list()
        assert [team[0], 3 * team[0]] == pytest.approx(team)
        assert "last full month" in made.quota_note


def test_no_quotas(history: History) -> None:
    """Where no window has a quota there are no chances, and forecasts are scored all the same."""
    made = backtest(history, origins=ORIGINS[:1], horizons=[1], paths=50, quotas={}, correct=False)
    assert made.hits.is_empty()
    assert made.reliability.is_empty()
    assert [0, 0] == made.frame["chances"].to_list()


def test_groups_are_scored(history: History) -> None:
    """A group is one more unit, the sum of its reps."""
    grouped = history.deals.with_columns(
        pl.when(pl.col("rep") == "Cy").then(None).otherwise(pl.lit("East")).alias("group")
    )
    found = backtest(
        History(history.source, grouped, history.findings, history.rows_read),
        origins=ORIGINS[:1],
        horizons=[1],
        paths=50,
    )
    rows = found.forecasts.rows_by_key("name", named=True, unique=True)
    assert rows["East"]["observed"] == pytest.approx(
        rows["Ana"]["observed"] + rows["Ben"]["observed"]
    )


def test_thin_histories(tmp_path: Path) -> None:
    """Where a naive forecast needs more history than there is, it is left out."""
    young = _history(tmp_path, since=date(2026, 10, 20))
    found = backtest(young, origins=[date(2026, 11, 30)], horizons=[1], paths=50)
    assert found.frame["ratio_normal"].is_null().all()
    assert found.frame["ratio"].is_not_null().all()


def test_origins_are_month_ends(history: History) -> None:
    """A window is made of whole months, so an origin inside a month is refused."""
    with pytest.raises(ArgumentError, match="last days of months, got 2026-09-15"):
        backtest(history, origins=[date(2026, 9, 15)])


@pytest.mark.parametrize("horizons", [[], [0], [13]])
def test_bad_horizons(history: History, horizons: list[int]) -> None:
    """Horizons are 1 to 12 months."""
    with pytest.raises(ArgumentError, match="from 1 to 12"):
        backtest(history, horizons=horizons)


def test_nothing_to_score(history: History) -> None:
    """A window that is not over, and a history of a few weeks, are said to be so."""
    with pytest.raises(ArgumentError, match="no window after the origins is over by 2026-12-"):
        backtest(history, origins=[UNTIL], paths=50)


def test_too_short(tmp_path: Path) -> None:
    """A history of a few weeks has no origin."""
    with pytest.raises(ArgumentError, match="too short"):
        backtest(_history(tmp_path, since=date(2026, 11, 20)))


@pytest.mark.parametrize("paths", [0, 19, 100_001])
def test_bad_paths(history: History, paths: int) -> None:
    """Paths are enough for a quantile, and no more than memory holds."""
    with pytest.raises(ArgumentError, match="paths must be from 20 to 100_000"):
        backtest(history, paths=paths)
