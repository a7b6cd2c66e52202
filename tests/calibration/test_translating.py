"""Translating: a fit becomes a scenario that is free of faults and says what was fitted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quotarisk.calibration.incidence import LEVELS
from quotarisk.calibration.pairs import Levels
from quotarisk.calibration.translating import (
    PERSISTENCE,
    SHOWN_LEVELS,
    Fitted,
    creation_pace,
    translate,
)
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.figures import LawSpec
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Booking, Quota
from quotarisk.scenario.terms import terms_of
from quotarisk.scenario.writing import write_scenario
from quotarisk.simulation.simulation import simulate
from tests.calibration.fits import (
    AS_OF,
    creation_of,
    deals_of,
    fitted_of,
    monthly_of,
    pairs_of,
    sizes_of,
    snapshot_of,
)


def translated(fitted: Fitted | None = None, **changed: Any) -> Scenario:
    """Translate a fit, and hold it to what always holds."""
    told: dict[str, Any] = {"name": "Fit", "months": 3, "quotas": {}, **changed}
    scenario = translate(fitted or fitted_of(), **told)
    assert () == tuple(find_faults(scenario))
    for rep in scenario.reps:
        for segment in scenario.segments:
            terms = terms_of(scenario, rep, segment)
            assert terms.win_rate.mean + terms.stall_rate <= 1
            for spec in (terms.won_cycle_days, terms.lost_cycle_days):
                days = list((spec.quantiles or {}).values())
                assert sorted(set(days)) == days
    assert min(*scenario.calendar.won, *scenario.calendar.lost) > 0
    return scenario


def cycle_of(days: Any) -> Any:
    """Cycles of two reps in two segments, all alike."""
    return np.broadcast_to(np.asarray(days, np.float64), (2, 2, LEVELS.size)).copy()


def cycle_law(scenario: Scenario) -> LawSpec:
    """Ana's won cycle in the large segment."""
    law = scenario.reps[0].segments["large"].won_cycle_days
    assert law is not None
    return law


def test_names_and_days() -> None:
    """Reps, segments, name, currency, length and the day after the snapshot arrive."""
    scenario = translated(months=7, fiscal_year_start=2, currency="EUR")
    assert ["Ana", "Bo"] == [rep.name for rep in scenario.reps]
    assert ["large", "small"] == list(scenario.segments)
    assert ("Fit", "EUR", 7, 2) == (
        scenario.name,
        scenario.currency,
        scenario.months,
        scenario.fiscal_year_start,
    )
    assert date(2026, 4, 1) == scenario.start


def test_quotas_and_groups() -> None:
    """Quotas arrive by rep; a group is the last one that a rep was in."""
    deals = snapshot_of().deals.with_columns(group=None).drop("group")
    groups = ["West", "East", None, None, None]
    grouped = deals.with_columns(group=np.array(groups, dtype=object)).select(
        snapshot_of().deals.columns
    )
    quota = Quota(month=5.0)
    scenario = translated(
        fitted_of(snapshot=snapshot_of(grouped.cast({"group": str}))), quotas={"Bo": quota}
    )
    assert [Quota(), quota] == [rep.quota for rep in scenario.reps]
    assert ["East", None] == [rep.group for rep in scenario.reps]


def test_open_deals() -> None:
    """Open deals arrive with segment, day and amount, unknown amounts as such."""
    deals = translated().open_deals
    told = [(deal.rep, deal.segment, deal.created, deal.amount) for deal in deals]
    expected = [
        ("Ana", "small", date(2025, 10, 1), 70.0),
        ("Bo", "small", date(2026, 3, 20), None),
    ]
    assert expected == told


def test_who_has_no_open_deal_starts_with_none() -> None:
    """A steady pipeline is not made up for a rep of whom the history knows no open deal."""
    deals = snapshot_of().deals.filter(~((snapshot_of().deals["rep"] == "Bo") & (_open())))
    scenario = translated(fitted_of(snapshot=snapshot_of(deals)))
    assert [None, "empty"] == [rep.pipeline for rep in scenario.reps]


def _open() -> Any:
    return snapshot_of().deals["outcome"] == "open"


@pytest.mark.parametrize(
    ("as_of", "fiscal", "expected"),
    [
        (AS_OF, 1, [("Ana", date(2026, 2, 4), 100.0), ("Bo", date(2026, 2, 11), 50.0)]),
        (date(2026, 4, 17), 1, [("Ana", date(2026, 2, 4), 100.0), ("Bo", date(2026, 2, 11), 50.0)]),
        (AS_OF, 4, []),
        (AS_OF, 3, []),
        (date(2026, 3, 30), 2, [("Ana", date(2026, 2, 4), 100.0), ("Bo", date(2026, 2, 11), 50.0)]),
    ],
)
def test_booked_to_date(as_of: date, fiscal: int, expected: list[tuple[Any, ...]]) -> None:
    """What was booked since the fiscal year of the first day began arrives, an empty list too."""
    scenario = translated(fitted_of(snapshot=snapshot_of(as_of=as_of)), fiscal_year_start=fiscal)
    booked = tuple(Booking(rep=rep, date=day, amount=amount) for rep, day, amount in expected)
    assert booked == scenario.booked


def test_bookings_of_a_day_are_summed() -> None:
    """Two wins of a rep on a day are one booking; a win of unknown amount is none."""
    day = date(2026, 3, 3)
    rows = [("Bo", "small", day, day, "won", amount) for amount in (1.25, 2.5, None)]
    scenario = translated(fitted_of(snapshot=snapshot_of(deals_of(*rows))))
    assert (Booking(rep="Bo", date=day, amount=3.75),) == scenario.booked


def test_chances() -> None:
    """Win rates come with the evidence of their mean and sd, stall rates as they are."""
    figures = translated().reps[1].segments["small"]
    assert figures.win_rate is not None
    posterior = figures.win_rate.posterior
    total = posterior.a + posterior.b
    assert 0.3 == pytest.approx(figures.win_rate.mean, abs=1e-4)
    sd = (posterior.a * posterior.b / (total + 1)) ** 0.5 / total
    assert 0.05 == pytest.approx(sd, rel=1e-3)
    assert 0.1 == figures.stall_rate


@pytest.mark.parametrize("win", [0.0, 0.33333, 0.9, 1.0])
def test_chances_leave_each_other_room(win: float) -> None:
    """Won and stalled deals are at most all of them, rounded as they are."""
    rates = np.full((2, 2), win)
    scenario = translated(fitted_of(pairs=pairs_of(win_rate=rates, stall_rate=1 - rates)))
    stall = scenario.segments["large"].stall_rate
    assert 1 - win == pytest.approx(stall or 0.0, abs=3e-4)


def test_creation() -> None:
    """Rates are a past month's times the pace of the months to come, their doubt the market's."""
    creation = creation_of(monthly=monthly_of(future=(0.3, 0.2, 0.1), cov=0.09))
    scenario = translated(fitted_of(creation=creation))
    rate = scenario.reps[0].segments["large"].opps_per_week
    assert rate is not None
    assert 2.0 * np.exp(0.2) == pytest.approx(rate.mean, rel=1e-3)
    assert 15.5 == rate.opps
    assert (0.3, 0.2) == (scenario.market.creation, scenario.market.win_odds)
    assert (PERSISTENCE, "month") == (scenario.market.persistence, scenario.market.period)


def test_rare_creation() -> None:
    """A rate below what evidence can say is the least that it can."""
    creation = creation_of(opps=np.zeros((2, 2)), weeks=np.full((2, 2), 1e6))
    rate = translated(fitted_of(creation=creation)).reps[0].segments["large"].opps_per_week
    assert rate is not None
    assert 10_000.0 == rate.weeks


def test_market_has_bounds() -> None:
    """A spread beyond any market's is cut."""
    creation = creation_of(monthly=monthly_of(cov=100.0))
    scenario = translated(fitted_of(creation=creation, pairs=pairs_of(win_odds_sd=9.0)))
    assert (3.0, 3.0) == (scenario.market.creation, scenario.market.win_odds)


def test_cycles() -> None:
    """Cycles arrive as quantiles, with the evidence that their location's doubt amounts to."""
    law = cycle_law(translated())
    days = [law.law.ppf(level) for level in SHOWN_LEVELS]
    expected = [30 * 4.0 ** (level - 0.5) for level in SHOWN_LEVELS]
    assert expected == pytest.approx(np.array(days).tolist(), abs=0.07)
    assert 0.1 == pytest.approx(law.factor_sd, rel=1e-3)
    certain = translated().reps[0].segments["large"].lost_cycle_days
    assert certain is not None
    assert certain.of is None


@pytest.mark.parametrize(
    "days",
    [
        np.zeros(LEVELS.size),
        np.full(LEVELS.size, 45.0),
        np.full(LEVELS.size, 1e9),
        np.where(LEVELS > 0.95, 1e8, 3.0),
        np.where(LEVELS > 0.5, 1e8, 1.0),
        np.where(LEVELS > 0.03, 500.0, 0.0),
    ],
)
def test_odd_cycles(days: Any) -> None:
    """Cycles of no length, of one length, of centuries and of two kinds make laws."""
    pairs = pairs_of(won_cycle=cycle_of(days), won_cycle_sd=np.full((2, 2), 50.0))
    law = cycle_law(translated(fitted_of(pairs=pairs)))
    assert np.isfinite(law.law.mean)
    assert 1.0 == law.of
    middle = min(max(float(np.interp(0.5, LEVELS, days)), 0.25), 10_000.0)
    assert middle == pytest.approx(float(law.law.ppf(0.5)), abs=0.05)


def test_cycles_that_nobody_saw() -> None:
    """Without a win its cycle is the losses'; without either any will do; lost as won otherwise."""
    unknown = cycle_of(np.nan)
    rates = np.zeros((2, 2))
    of_losses = translated(fitted_of(pairs=pairs_of(won_cycle=unknown, win_rate=rates)))
    figures = of_losses.reps[0].segments["large"]
    assert figures.won_cycle_days == figures.lost_cycle_days
    neither = pairs_of(won_cycle=unknown, lost_cycle=unknown, win_rate=rates)
    assert cycle_law(translated(fitted_of(pairs=neither))).is_known
    of_wins = translated(fitted_of(pairs=pairs_of(lost_cycle=unknown)))
    assert of_wins.reps[0].segments["large"].lost_cycle_days is None
    assert terms_of(of_wins, of_wins.reps[0], "large").lost_as_won


def test_sizes() -> None:
    """Values are the segment's, a rep who differs has others, laws stand in where none are."""
    scenario = translated()
    assert scenario.segments["large"].deal_size == LawSpec(values=(80.0, 100.0, 120.0), of=36.0)
    assert scenario.segments["small"].deal_size == LawSpec(median=900.0, p90=1900.0, of=36.0)
    shared = LawSpec(values=(80.0, 100.0, 120.0), of=25.0)
    assert shared == scenario.reps[0].segments["large"].deal_size
    as_sure = translated(fitted_of(sizes=sizes_of(of=np.full((2, 2), 35.0))))
    assert as_sure.reps[0].segments["large"].deal_size is None
    listed = LawSpec(values=(88.0, 110.0, 132.0), of=25.0)
    assert listed == scenario.reps[1].segments["large"].deal_size
    own = LawSpec(median=1000.0, p90=2000.0, of=25.0)
    assert [own] * 2 == [rep.segments["small"].deal_size for rep in scenario.reps]


def test_tiny_sizes_of_one_price() -> None:
    """A law needs a spread and a price of a cent."""
    tiny = np.full((2, 2), 0.001)
    scenario = translated(fitted_of(sizes=sizes_of(median=tiny, p90=tiny, of=tiny)))
    assert LawSpec(median=0.01, p90=0.02, of=1.0) == scenario.reps[1].segments["small"].deal_size


def test_segment_is_the_rep_in_the_middle() -> None:
    """A segment has the figures of the rep whose win rate is in the middle."""
    rates = np.array([[0.1, 0.3], [0.4, 0.2]])
    scenario = translated(fitted_of(pairs=pairs_of(win_rate=rates)))
    told = [scenario.segments[name].win_rate for name in ("large", "small")]
    assert [0.4, 0.3] == pytest.approx([rate.mean for rate in told if rate], abs=1e-3)


def test_clocks() -> None:
    """Clocks run at the rhythm of the quarter, within bounds."""
    rhythm = np.array([[0.6, 0.9, 1.5], [2.999, 1e-9, 1e-3]])
    levels = Levels(np.zeros((2, 2)), np.zeros((2, 2)), rhythm)
    calendar = translated(fitted_of(levels=levels)).calendar
    assert (0.6, 0.9, 1.5) == calendar.won
    assert (2.999, 0.02, 0.02) == calendar.lost


def test_one_rep_one_segment() -> None:
    """A team of one in one segment is a team."""
    one = (1, 1)
    alone = replace(
        fitted_of(),
        reps=("Ana",),
        segments=("large",),
        pairs=pairs_of(one),
        creation=creation_of(one),
        sizes=sizes_of(one),
        snapshot=snapshot_of(snapshot_of().deals.filter(snapshot_of().deals["segment"] == "large")),
    )
    assert 1 == len(translated(alone).reps)


def test_scenario_runs(tmp_path: Path) -> None:
    """It goes through files unchanged and through the simulator, quotas of the past included."""
    scenario = translated(quotas={"Ana": Quota(quarter=1_000.0)}, fiscal_year_start=2)
    write_scenario(scenario, tmp_path / "scenario.toml")
    assert scenario.fingerprint == load_scenario(tmp_path / "scenario.toml").fingerprint
    simulation = simulate(scenario, paths=400, workers=1)
    mean = simulation.bookings("Bo").mean(axis=1)
    # two opportunities a week in either segment, 30 % won, at least some of them in time
    assert 0 < mean.sum() < 13 * 4 * 0.3 * 1_300 * 2


@pytest.mark.parametrize("year_start", [1, 2])
def test_creation_follows_the_quarter(year_start: int) -> None:
    """A month's pace is the fitted one: what the segment says times the season of the month."""
    of_quarter = np.log([0.5, 1.0, 1.5])
    monthly = monthly_of(cov=0.04)._replace(
        of_quarter=of_quarter, future_mean=np.log(1.2) + of_quarter
    )
    fitted = fitted_of(creation=creation_of(monthly=monthly))
    scenario = translate(fitted, name="T", months=3, quotas={}, fiscal_year_start=year_start)
    rate = terms_of(scenario, scenario.reps[0], "large").opps_per_week.mean
    seasons = np.roll(scenario.calendar.creation, 1 - year_start)
    np.testing.assert_allclose(seasons, [0.5, 1.0, 1.5] * 4)
    assert rate == pytest.approx(2.0 * 1.2, rel=1e-3)
    assert creation_pace(fitted)[0] == pytest.approx(1.2)
