"""The split of the risk of a miss."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from quotarisk.analysis.asked_periods import choose_period
from quotarisk.analysis.luck import PARTS, has_market, knows_rates, split_luck, split_variance
from quotarisk.scenario.quotas import scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota, Team
from quotarisk.simulation.comparing import Key, variant_of
from quotarisk.simulation.simulation import setting_of, simulate
from tests.analysis.cases import make, open_deal, segment
from tests.scenario.strategies import scenarios

PATHS = 20_000
WEEKS = 90 / 7  # of the first quarter
PRICE, SPREAD = 1_000.0, 0.3
OPPS, OF_WEEKS = 40, 20
QUARTER: Key = ("quarter", "2027-Q1")
RATES = {"opps": OPPS, "weeks": OF_WEEKS}


def _of(
    scenario: Scenario, *, seed: int = 7, paths: int = PATHS, key: Key = QUARTER
) -> pl.DataFrame:
    return split_luck(variant_of(scenario, seed), [key], paths=paths)


def _quarter(
    *, opps: Any = 2.0, spread: float = SPREAD, reps: int = 1, quota: float = 13, **told: Any
) -> Scenario:
    """Reps who win half of what they create, on the spot, at a price that the market moves."""
    return make(
        {"s": segment(opps=opps, win=0.5, size=PRICE, cycle=0.0)},
        *({"name": f"R{number}", "quota": {"quarter": quota * PRICE}} for number in range(reps)),
        months=3,
        market={"deal_size": spread},
        **told,
    )


def _closed_form(*, reps: int, spread: float = SPREAD, known: float = 0.0) -> dict[str, float]:
    """The parts by quadrature: N of a quarter is Poisson at a rate and a price that are drawn."""
    levels = (np.arange(1200) + 0.5) / 1200
    price = np.exp(spread * special.ndtri(levels) - spread**2 / 2)[:, np.newaxis]
    law = stats.gamma(OPPS + 0.5, scale=1 / OF_WEEKS)
    rate = np.full((1, 1), known) if known else law.ppf(levels)[np.newaxis]
    need = np.ceil(13 * reps / price)
    p = np.asarray(stats.poisson.sf(need - 1, reps * 0.5 * rate * WEEKS))
    by_market = np.asarray(p.mean(axis=1))
    return {
        "p_hit": float(p.mean()),
        "luck": float((p * (1 - p)).mean()),
        "rates": float(np.asarray(p.var(axis=1)).mean()),
        "market": float(by_market.var()),
    }


def _off(row: dict[str, Any], expected: dict[str, float]) -> dict[str, float]:
    """Differences in standard errors."""
    return {key: abs(row[key] - value) / row[f"{key}_se"] for key, value in expected.items()}


@pytest.mark.parametrize("reps", [1, 4])
def test_parts_are_those_of_the_closed_form(reps: int) -> None:
    """Of a rep, and of a team whose reps share a rate; wrong spreads are seen."""
    row = _of(_quarter(opps=RATES, reps=reps)).row(-1 if reps == 1 else reps, named=True)
    assert row["level"] == "team"
    assert max(_off(row, _closed_form(reps=reps)).values()) < 4
    wrong = _closed_form(reps=reps, spread=SPREAD / 2)
    assert max(_off(row, wrong).values()) > 4


def test_a_team_that_knows_its_rates() -> None:
    """Nothing is left to them, exactly, and the rest is that of the closed form."""
    row = _of(_quarter(opps=2.0)).row(0, named=True)
    expected = _closed_form(reps=1, known=2.0)
    assert expected.pop("rates") == 0.0
    assert max(_off(row, expected).values()) < 4
    assert 0.0 == row["rates"] == row["rates_se"] == row["rates_share"]


def test_nothing_but_luck() -> None:
    """With all known and no market, luck is all of it and the others are nothing, exactly."""
    for row in _of(_quarter(spread=0.0, reps=2), paths=500).iter_rows(named=True):
        assert row["luck"] == row["variance"] > 0
        assert row["luck_share"] == 1.0
        assert row["luck_se"] == row["variance_se"] > 0
        for part in PARTS[1:]:
            assert (0.0, 0.0, 0.0) == (row[part], row[f"{part}_se"], row[f"{part}_share"])


def test_nothing_but_luck_and_rates() -> None:
    """Without a market its part is nothing, exactly."""
    row = _of(_quarter(opps=RATES, spread=0.0), paths=2_000).row(0, named=True)
    assert 0.0 == row["market"] == row["market_se"]
    assert row["rates"] > 4 * row["rates_se"]


def test_nearly_nothing_but_the_market() -> None:
    """Many small deals in a wild market."""
    scenario = _quarter(opps=2_000.0, spread=1.0, quota=0.5 * 2_000 * WEEKS)
    row = _of(scenario, paths=2_000).row(0, named=True)
    assert row["market_share"] > 0.95
    assert row["luck_share"] == pytest.approx(1 - row["market_share"], abs=1e-12)


def test_the_total_is_that_of_the_run() -> None:
    """P(hit) is the plain run's to the bit, and the variance p (1 - p)."""
    scenario = _quarter(opps=RATES, reps=2)
    plain = simulate(scenario, paths=400, seed=7)
    for measured, row in zip(
        plain.units, _of(scenario, paths=400).iter_rows(named=True), strict=True
    ):
        place = [period.name for period in plain.periods].index("2027-Q1")
        p = measured.periods.hits[place] / 400
        assert p == row["p_hit"]
        assert row["variance"] == pytest.approx(p * (1 - p), abs=1e-12)


@pytest.mark.filterwarnings("ignore:divide by zero")  # deals that are far older than any cycle
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_reps=3, most_months=4), st.floats(100, 1e6), st.integers(0, 5))
def test_parts_add_up(scenario: Scenario, quota: float, seed: int) -> None:
    """To the whole, and their shares to 1, of every unit, whatever the scenario."""
    planned = scenario.model_copy(update={"team": Team(quota=Quota(month=quota))})
    base = variant_of(planned, seed)
    key = choose_period(base, None)
    assume(key is not None)
    assert key is not None
    frame = split_luck(base, [key], paths=60)
    assert frame.height > 0
    for row in frame.iter_rows(named=True):
        assert sum(row[part] for part in PARTS) == pytest.approx(row["variance"], abs=1e-12)
        shares = [row[f"{part}_share"] for part in PARTS]
        if row["variance"] > 0:
            assert sum(shares) == pytest.approx(1.0, abs=1e-9)
        else:
            assert shares == [None] * len(PARTS)
        assert row["ramp"] == 0.0
        assert row["p_hit_se"] > 0
        assert row["luck_se"] > 0


def test_errors_are_those_seen_over_seeds() -> None:
    """Deviations of many runs are what each run says of itself, and their mean is the truth."""
    seeds, paths = 80, 400
    frame = pl.concat(
        _of(_quarter(opps=RATES), seed=seed, paths=paths).head(1) for seed in range(seeds)
    )
    expected = _closed_form(reps=1)
    whole = expected["p_hit"] * (1 - expected["p_hit"])
    told = {
        **{part: expected[part] for part in PARTS[:3]},
        **{f"{part}_share": expected[part] / whole for part in PARTS[:3]},
    }
    for key, truth in told.items():
        seen = float(np.std(frame[key].to_numpy(), ddof=1))
        said = float(np.sqrt(np.mean(frame[f"{key}_se"].to_numpy() ** 2)))
        assert abs(seen / said - 1) < 4 / np.sqrt(2 * (seeds - 1)), key
        assert abs(seen / (2 * said) - 1) > 4 / np.sqrt(2 * (seeds - 1)), key  # the control
        assert abs(frame[key].to_numpy().mean() - truth) < 4 * said / np.sqrt(seeds), key


def test_what_never_differs_is_not_certain() -> None:
    """Few paths that all miss tell little, and there is nothing to share."""
    never = split_variance(np.ones((3, 50), dtype=bool), rates=True, market=True)
    assert never.variance.value == 0.0
    assert all(never.parts[part].se > 0 for part in PARTS[:3])
    assert all(np.isnan(share.value) for share in never.shares.values())
    same = np.tile(np.arange(50) % 2 == 0, (3, 1))
    split = split_variance(same, rates=True, market=True)
    assert (0.0, 1.0) == (split.parts["luck"].value, split.shares["market"].value)
    assert split.parts["luck"].se > 0


def test_which_reps_know_their_rates() -> None:
    """One figure with evidence is enough not to; how long losing takes counts if deals are open."""

    def known(told: dict[str, Any], **more: Any) -> bool:
        return knows_rates(variant_of(make({"s": segment(**told)}, **more), 7).tasks["Ana"])

    lost = {"lost_cycle_days": {"median": 20, "p90": 50, "of": 9}}
    assert known({})
    assert known(lost)
    assert not known(lost, open_deals=[open_deal(1, 10)])
    assert not known({"win": {"won": 1, "of": 3}})
    assert not known({"opps": RATES})
    assert not known({"size": {"median": 20, "p90": 50, "of": 9}})
    assert not known({"cycle": {"median": 20, "p90": 50, "of": 9}})


PAST: dict[str, Any] = {
    "booked": [
        {"rep": f"R{rep}", "date": date(2026, 3, 1) + timedelta(days=9 * n), "amount": 700.0 * n}
        for rep in range(3)
        for n in range(33)
    ]
}


@pytest.mark.parametrize(
    "told",
    [{"shared": (0.3,)}, {"together": 0.5}, {"own_history": 0.5, "since": date(2026, 3, 1)}],
    ids=["a factor", "tied ranks", "weeks of the past"],
)
def test_luck_that_a_correction_shares_is_the_markets(told: dict[str, Any]) -> None:
    """Though no market is told of, all reps have it in common."""
    plain = _quarter(spread=0.0, reps=3)
    assert not has_market(setting_of(plain, 7))
    corrected = _quarter(spread=0.0, reps=3, correction=told, **PAST)
    assert has_market(setting_of(corrected, 7))
    row = _of(corrected, paths=2_000).row(-1, named=True)
    assert row["market"] > 4 * row["market_se"]


def test_what_ramping_costs() -> None:
    """As much as two plain runs differ, and nothing to whom it does not concern."""
    hire = {"name": "Bo", "group": "B", "start_date": date(2027, 1, 10)}
    steady = {"name": "Ana", "group": "A", "quota": {"quarter": 20_000.0}}
    quota = {"quota": {"quarter": 20_000.0}}

    def team(**told: Any) -> Scenario:
        return make({"s": segment(cycle=5.0)}, steady, {**hire, **quota, **told}, months=3)

    ramps, full = team(ramp=[0.1, 0.2]), team()
    frame = _of(ramps, paths=500)
    runs = [simulate(scenario, paths=500, seed=7) for scenario in (ramps, full)]
    for row, slow, fast in zip(
        frame.iter_rows(named=True), runs[0].units, runs[1].units, strict=True
    ):
        apart = float(fast.periods.hits[3] - slow.periods.hits[3]) / 500
        assert row["ramp_cost"] == pytest.approx(apart)
        assert (row["ramp_cost_se"] > 0) == (row["name"] not in ("Ana", "A"))
    assert frame.filter(name="Bo")["ramp_cost"].item() > 0.05
    assert (frame["ramp"] == 0).all()


def test_units_without_a_quota_are_left_out() -> None:
    """There is no chance to split."""
    scenario = make(None, {"name": "Ana", "quota": {"quarter": 1e4}}, {"name": "Bo"}, months=3)
    assert not scenario_quotas(scenario).team
    assert ["Ana"] == _of(scenario, paths=20)["name"].to_list()


def test_what_is_rare_tells_little() -> None:
    """Three misses that no twin shares are no proof that all is luck."""
    missed = np.zeros((3, 2_000), dtype=bool)
    missed[0, :3] = missed[1, 5:8] = missed[2, 10:13] = True
    rare = split_variance(missed, rates=True, market=True)
    assert rare.shares["luck"].se > 0.1
    assert rare.parts["luck"].se > 0.1 * rare.variance.value
