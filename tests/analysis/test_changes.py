"""What changed, and how many points each cause accounts for."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings

from quotarisk.analysis import division
from quotarisk.analysis.answers import Answer
from quotarisk.analysis.changes import explain_change
from quotarisk.analysis.coalitions import mixture
from quotarisk.analysis.hybrids import CAUSES, Cause, Pair
from quotarisk.errors import ArgumentError, InputError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import compare
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.simulation import answered_periods, simulate
from tests.analysis.cases import make, open_deal, segment
from tests.analysis.pairs import pairs

# a deal many times as old as its cycle makes the law's tail 0
pytestmark = pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
KEYS = ["level", "name", "cadence", "period"]
SEGMENTS = {"s": segment(opps=1.5, win=0.3, size={"median": 9_000.0, "p90": 20_000.0})}
ANA = {"name": "Ana", "group": "East", "quota": {"month": 20_000.0}}
BO = {"name": "Bo", "group": "West", "quota": {"month": 25_000.0}}
DEALS = [open_deal(number, 10 * number, amount=8_000.0) for number in range(1, 5)]


def _team(*reps: dict[str, Any], segments: dict[str, Any] | None = None, **told: Any) -> Scenario:
    return make(segments or SEGMENTS, *(reps or (ANA, BO)), **{"months": 6, **told})


RICH = {
    "old": _team(open_deals=DEALS),
    "new": _team(
        {**ANA, "quota": {"month": 22_000.0}},
        {**BO, "group": "East"},
        {"name": "Cy", "group": "West", "quota": {"month": 5_000.0}},
        segments={"s": segment(opps=1.5, win=0.25, size={"median": 9_000.0, "p90": 20_000.0})},
        open_deals=[*DEALS[2:], open_deal(9, 3, amount=30_000.0)],
        months=7,
    ),
}


def _rich(**told: Any) -> Answer:
    return explain_change(RICH["old"], RICH["new"], **{"paths": 400, "seed": 7, **told})


def _assert_adds_up(answer: Answer) -> None:
    causes = answer.parts["causes"]
    sums = causes.group_by(KEYS).agg(
        pl.col("points").sum(), pl.col("amount").sum(), asked=pl.col("points").is_not_null().all()
    )
    joined = answer.frame.join(sums, on=KEYS).filter("asked")
    np.testing.assert_allclose(joined["points"], joined["change"], rtol=0, atol=1e-14)
    apart = (joined["amount"] - joined["mean_change"]).abs()
    assert (apart <= 1e-9 * (1 + joined["mean_old"].abs() + joined["mean_new"].abs())).all()


def test_unchanged_is_nothing() -> None:
    """Two equal scenarios differ by exactly 0 everywhere, for no cause."""
    scenario = RICH["new"]
    answer = explain_change(scenario, scenario.model_copy(update={"name": "Other"}), paths=50)
    assert answer.frame.height > 0
    for key in ("change", "change_se", "mean_change", "mean_change_se"):
        assert (answer.frame[key] == 0).all()
        assert answer.frame[key].null_count() == 0
    assert 0 == answer.parts["causes"].height == answer.parts["inputs"].height
    assert () == answer.cautions


def test_ends_are_plain_runs() -> None:
    """P(hit), quota and mean before and now are those of two plain runs, to the bit."""
    answer = _rich()
    for word, scenario in RICH.items():
        plain = simulate(scenario, paths=400, seed=7)
        for measured in plain.units:
            for row, period in enumerate(plain.periods):
                told = answer.frame.filter(
                    level=measured.unit.level,
                    name=measured.unit.name,
                    cadence=period.cadence,
                    period=period.name,
                )
                if told.is_empty():  # the seventh month
                    assert period.name == "2027-07"
                    continue
                quota = measured.unit.quotas[row]
                assert (None if np.isnan(quota) else quota / CENTS) == told[f"quota_{word}"][0]
                hits = measured.periods.hits[row] / 400
                assert (None if np.isnan(quota) else hits) == told[f"p_hit_{word}"][0]
                mean = measured.periods.mean[row] / CENTS
                assert told[f"mean_{word}"][0] == pytest.approx(mean, rel=1e-12)


def test_causes_of_a_rich_change() -> None:
    """All five causes are in the game, and their parts add up, for movers and groups as well."""
    answer = _rich()
    assert set(CAUSES) == set(answer.parts["causes"]["cause"])
    _assert_adds_up(answer)
    joined = answer.frame.filter(name="Cy")
    assert joined["p_hit_old"].null_count() == joined["change"].null_count() == joined.height
    assert joined["p_hit_new"].null_count() == joined["mean_old"].len() - joined.height == 0
    assert answer.parts["causes"].filter(name="Cy").is_empty()
    team = answer.parts["causes"].filter(level="team", cadence="quarter")
    assert (team.filter(cause="time")["points"] == 0).all()  # a longer horizon changes no quarter
    assert (team.filter(cause="time")["points_se"] == 0).all()


@FEW
@given(pairs())
def test_parts_add_up_and_turn_round(told: tuple[Scenario, Scenario]) -> None:
    """Parts add up to the whole, and the way back is the same with the other sign."""
    days = [{(p.cadence, p.name, p.first) for p in answered_periods(each)} for each in told]
    assume(days[0] & days[1])
    there = explain_change(*told, paths=40, seed=3)
    back = explain_change(*reversed(told), paths=40, seed=3)
    _assert_adds_up(there)
    for name, key, signed in (
        ("frame", KEYS, ["change", "mean_change"]),
        ("causes", [*KEYS, "cause"], ["points", "amount"]),
    ):
        frames = [
            (answer.frame if name == "frame" else answer.parts[name])
            .with_columns(name=pl.when(level="team").then(pl.lit("")).otherwise("name"))
            .sort(key)
            for answer in (there, back)
        ]
        assert frames[0].select(key).equals(frames[1].select(key))
        for column in signed:
            np.testing.assert_allclose(
                frames[0][column].to_numpy(), -frames[1][column].to_numpy(), rtol=1e-9, atol=1e-7
            )
            errors = [frame[f"{column}_se"].to_numpy() for frame in frames]
            np.testing.assert_allclose(errors[0], errors[1], rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize(
    ("cause", "new"),
    [
        ("deals", _team(open_deals=DEALS[:1])),
        ("rates", _team(segments={"s": segment()}, open_deals=DEALS)),
        ("quotas", _team({**ANA, "quota": {"month": 30_000.0}}, BO, open_deals=DEALS)),
        ("people", _team({**ANA, "start_date": date(2027, 2, 1)}, BO, open_deals=DEALS)),
        ("time", _team(start=date(2027, 2, 1), months=5, booked=[])),
    ],
)
def test_one_cause_gets_all(cause: Cause, new: Scenario) -> None:
    """Where one group of inputs changed, it accounts for the whole change, error included."""
    answer = explain_change(RICH["old"], new, paths=300, seed=7)
    causes = answer.parts["causes"]
    assert [cause] == causes["cause"].unique().to_list()
    joined = answer.frame.join(causes, on=KEYS)
    assert joined["points"].equals(joined["change"])
    assert joined["points_se"].equals(joined["change_se"])
    assert (joined["change"] != 0).any()


def test_quotas_cost_no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """With other quotas only, one mixture is simulated, and bookings do not change by a cent."""
    seen: list[int] = []

    def spy(variants: Any, *args: Any, **told: Any) -> Any:
        seen.append(len(variants))
        return compare(variants, *args, **told)

    monkeypatch.setattr(division, "compare", spy)
    new = _team({**ANA, "quota": {"month": 30_000.0}}, BO, open_deals=DEALS)
    answer = explain_change(RICH["old"], new, paths=300, seed=7)
    assert [1] == seen
    assert (answer.frame["mean_change"] == 0).all()
    runs = [simulate(scenario, paths=300, seed=7).team for scenario in (RICH["old"], new)]
    change = (runs[1].periods.hits - runs[0].periods.hits) / 300
    assert change.tolist() == answer.frame.filter(level="team")["change"].to_list()
    assert (answer.parts["causes"].filter(name="Bo")["points"] == 0).all()


def _by_orders(pair: Pair, causes: tuple[Cause, ...], key: tuple[Any, str]) -> dict[str, float]:
    """The independent twin: what each cause adds to those before it, in every order."""

    def chance(taken: tuple[Cause, ...]) -> float:
        scenario = pair.mix(taken).scenario
        team = simulate(scenario, paths=400, seed=7).team
        periods = [(p.cadence, p.name) for p in answered_periods(scenario)]
        return float(team.periods.hits[periods.index(key)] / 400)

    orders = list(permutations(causes))
    sums = dict.fromkeys(causes, 0.0)
    known: dict[frozenset[Cause], float] = {}
    for order in orders:
        for place, cause in enumerate(order):
            for taken in (order[:place], order[: place + 1]):
                if frozenset(taken) not in known:
                    known[frozenset(taken)] = chance(taken)
            sums[cause] += known[frozenset(order[: place + 1])] - known[frozenset(order[:place])]
    return {cause: total / len(orders) for cause, total in sums.items()}


def test_points_are_means_over_orders() -> None:
    """Points are what each cause adds, averaged over all orders, by plain runs of mixtures."""
    expected = _by_orders(Pair(**RICH), CAUSES, ("quarter", "2027-Q2"))
    rows = _rich().parts["causes"].filter(level="team", cadence="quarter", period="2027-Q2")
    points = dict(rows.select("cause", "points").iter_rows())
    assert points == pytest.approx(expected, abs=1e-12)
    assert len({round(value, 6) for value in points.values()}) > 3


def test_error_is_the_spread_over_seeds() -> None:
    """Errors of changes and of points are what seeds differ by; negative control: not of P(hit)."""
    seeds, found = 60, []
    for seed in range(seeds):
        answer = _rich(seed=seed, paths=200)
        row = answer.frame.filter(level="team", cadence="quarter", period="2027-Q1")
        parts = answer.parts["causes"].filter(
            level="team", cadence="quarter", period="2027-Q1", cause="rates"
        )
        changes_of = row.row(0, named=True) | parts.row(0, named=True)
        keys = ("change", "change_se", "points", "points_se", "p_hit_old_se")
        found.append([changes_of[key] for key in keys])
    told = np.array(found)
    for value, error in ((0, 1), (2, 3)):
        ratio = told[:, value].std(ddof=1) / told[:, error].mean()
        assert abs(ratio - 1) < 4 / np.sqrt(2 * seeds)
    assert told[:, 2].std(ddof=1) / told[:, 4].mean() < 1 - 4 / np.sqrt(2 * seeds)


def test_movers_are_in_both_their_groups() -> None:
    """A rep who changes groups is one rep, whose bookings move from group to group."""
    new = _team(ANA, {**BO, "group": "East"}, {"name": "Cy", "group": "West"})
    old = _team(ANA, BO, {"name": "Cy", "group": "West"})
    answer = explain_change(old, new, paths=200, seed=7)
    frame = answer.frame.filter(cadence="quarter", period="2027-Q1")
    means = {name: tuple(row) for name, *row in frame.select("name", "mean_old", "mean_new").rows()}
    assert means["Bo"][0] == means["Bo"][1]
    assert means["East"][1] == pytest.approx(means["Ana"][0] + means["Bo"][0])
    assert means["West"] == pytest.approx((means["Bo"][0] + means["Cy"][0], means["Cy"][0]))
    assert ["East", "West", "East"] == [
        frame.filter(name=name)["group"][0] for name in ("Ana", "Cy", "Bo")
    ]
    mixed = mixture(Pair(old, new), ["people"], 7)
    assert "Bo" in mixed.tasks


def test_passes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Periods that are looked at in several passes give what one pass gives."""
    whole = _rich()
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(division, "_AT_HAND", 2**4 * 400 * 3)
    parted = _rich(progress=lambda done, total: told.append((done, total)), workers=1)
    assert whole.frame.equals(parted.frame)
    assert whole.parts["causes"].equals(parted.parts["causes"])
    total = told[0][1]
    assert [(done, total) for done in range(1, total + 1)] == told


def test_simulations_bring_their_luck() -> None:
    """A simulation gives paths and seed, as if they were said."""
    simulations = [simulate(RICH[word], paths=400, seed=7) for word in ("old", "new")]
    assert explain_change(*simulations).frame.equals(_rich().frame)
    mixed = explain_change(RICH["old"], simulations[1])
    assert (400, 7) == (mixed.provenance.paths, mixed.provenance.seed)
    with pytest.raises(ArgumentError, match="paths must be left out or be the simulation's 400"):
        explain_change(*simulations, paths=20)


def test_moved_start_is_one_cause_with_the_deals() -> None:
    """Where the start moved, what happened to deals is told, and counted as time."""
    old = _team(open_deals=DEALS, booked=[])
    start = date(2027, 2, 1)
    kept = [{**deal, "created": deal["created"]} for deal in DEALS[1:]]
    new = _team(
        start=start,
        months=5,
        open_deals=kept,
        booked=[{"rep": "Ana", "date": date(2027, 1, 20), "amount": 8_000.0}],
    )
    answer = explain_change(old, new, paths=300, seed=7)
    assert ["time"] == answer.parts["causes"]["cause"].unique().to_list()
    assert {"won", "still open", "later", "lowered"} == set(answer.parts["inputs"]["kind"])
    assert "time and deals are one cause" in answer.note
    assert ["2027-01"] == [name for caution in answer.cautions for name in caution.about]
    assert "2027-Q1" in answer.frame["period"].to_list()


def test_deals_that_are_gone_are_a_caution() -> None:
    """What cannot be known of a deal is said, by its name."""
    answer = explain_change(RICH["old"], _team(open_deals=DEALS[1:]), paths=50)
    (caution,) = answer.cautions
    assert ("deals_gone", ("Ana-1",)) == (caution.code, caution.about)


def test_other_currencies() -> None:
    """Amounts in two currencies are not compared."""
    with pytest.raises(ArgumentError, match=r"one currency.* got 'USD' and 'EUR'"):
        explain_change(RICH["old"], _team(currency="EUR"), paths=50)


def test_nothing_in_common() -> None:
    """Scenarios of two years have no period to compare."""
    with pytest.raises(
        ArgumentError, match="in common; they run from 2027-01-01 to 2027-07-01 and"
    ):
        explain_change(RICH["old"], _team(start=date(2029, 1, 1)), paths=50)
    months = explain_change(RICH["old"], _team(fiscal_year_start=2), paths=50).frame
    assert ["month"] == months["cadence"].unique().to_list()


def test_faults_of_both() -> None:
    """What is wrong with either is told at once, and with which."""
    wrong = make({}, {"name": "Ana"})
    with pytest.raises(InputError) as error:
        explain_change(wrong, wrong, paths=50)
    assert ["old", "new"] == [fault.file for fault in error.value.faults]
