from __future__ import annotations

from datetime import date

import pytest

from tests.analysis.cases import exact_case, make, segment
from tests.analysis.solving import PATHS, fresh_bookings, one, solve, team_of


@pytest.mark.parametrize("given", ["month", "quarter"])
def test_as_hard_on_the_paths_and_on_fresh_ones(given: str) -> None:
    """The mean P(hit) of the equivalent is that of the present quotas; a larger one's is not."""
    scenario = team_of()
    rows = solve(scenario).parts["equivalents"].filter(given=given).drop_nulls("equivalent")
    # large deals come so seldom that no month is hit as often as Cho's quarters
    names = {"Ana", "Ben", "Dev"} if given == "quarter" else {"Ana", "Ben", "Cho", "Dev"}
    assert names == set(rows["name"])
    periods = scenario.horizon.all_periods
    same = fresh_bookings(scenario, seed=1, paths=PATHS)
    fresh = fresh_bookings(scenario, seed=2, paths=PATHS)
    for row in rows.iter_rows(named=True):
        at = [
            n
            for n, period in enumerate(periods)
            if period.cadence == row["cadence"]
            and (row["name"] != "Dev" or period.end > date(2027, 7, 1))
        ]
        on_paths = (same[f"rep {row['name']}"][at] >= row["equivalent"]).mean()
        assert 0 <= on_paths - row["p_hit"] < 1 / PATHS
        hits = fresh[f"rep {row['name']}"][at] >= row["equivalent"]
        error = hits.mean(axis=0).std() / PATHS**0.5 + row["p_hit_se"]
        assert abs(hits.mean() - row["p_hit"]) < 4 * error
        above = fresh[f"rep {row['name']}"][at] >= 1.3 * row["equivalent"]
        assert abs(above.mean() - row["p_hit"]) > 4 * error
        sums = 3 if given == "quarter" else 1 / 3
        assert row["multiple"] == pytest.approx(sums * row["equivalent"] / row["quota"])


def test_hire_within_a_quarter() -> None:
    """A quarter of a hire is as many times a month as the months at work, not three times."""
    hired = {"start_date": date(2027, 3, 20), "quota": {"month": 50_000.0, "quarter": 140_000.0}}
    scenario = make({"s": segment(opps=3.0)}, {"name": "Ana", **hired})
    rows = solve(scenario).parts["equivalents"]
    times = 10 / 4  # months in four quarters
    row = one(rows, given="quarter")
    assert row["multiple"] == pytest.approx(times * row["equivalent"] / 140_000.0)
    assert row["multiple_se"] == pytest.approx(times * row["equivalent_se"] / 140_000.0)
    row = one(rows, given="month")
    assert row["multiple"] == pytest.approx(row["equivalent"] / times / 50_000.0)


def test_there_and_back() -> None:
    """The equivalent of the equivalent is the quota, but for the paths that divide them."""
    month = 30_000.0
    first = one(solve(exact_case(quota={"month": month})).parts["equivalents"], given="month")[
        "equivalent"
    ]
    back = one(solve(exact_case(quota={"quarter": first})).parts["equivalents"], given="quarter")[
        "equivalent"
    ]
    assert abs(back / month - 1) < 0.002


@pytest.mark.parametrize(
    ("quota", "given", "said"),
    [
        ({}, "quarter", "No quarter with all of its months has a quota by the quarter."),
        ({"month": 1.0}, "quarter", "It is hit in every future"),
        ({"quarter": 1e11}, "quarter", "It is hit in no future"),
        ({"month": 1e11}, "month", "It is hit in no future"),
        ({"quarter": 10_000.0}, "quarter", "Even the smallest quota by the month is hit less"),
    ],
)
def test_none(quota: dict[str, float], given: str, said: str) -> None:
    """Where nothing is as hard there is none, with the reason."""
    busy = 40.0 if quota.get("month") == 1.0 else 0.4
    scenario = make({"s": segment(opps=busy)}, {"name": "Ana", "quota": quota})
    row = one(solve(scenario).parts["equivalents"], given=given)
    assert row["equivalent"] is row["equivalent_se"] is row["multiple"] is None
    assert row["reason"].startswith(said)


def test_quarters_that_began_before() -> None:
    """A quarter whose months are not all answered is not compared."""
    told = {"start": date(2027, 2, 1), "months": 5, "booked": []}
    scenario = make({"s": segment()}, {"name": "Ana", "quota": {"month": 9e3}}, **told)
    answer = solve(scenario)
    row = one(answer.parts["equivalents"], given="quarter")
    second = one(answer.frame, level="rep", period="2027-Q2")
    assert second["p_hit"] == row["p_hit"]
