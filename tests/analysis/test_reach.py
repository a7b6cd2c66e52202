"""What is reached within the hours with another share of them kept."""

from __future__ import annotations

from dataclasses import replace

from quotarisk.analysis.goals import plan_goals
from quotarisk.analysis.reach import reach_of
from quotarisk.analysis.weekly import with_inbound
from tests.analysis.goal_cases import bound, fresh, goals, one

QUOTA = 125_000.0


def test_a_better_share() -> None:
    """Who keeps far too much is told of a share that `time` finds too, on paths of their own."""
    scenario = bound(QUOTA, prospecting_share=0.9)
    row = one(goals(scenario, period="2027-Q2").frame)
    assert row["share_reachable"] < 0.7
    assert row["p_reachable"] > row["p_hit"] + 0.2
    share, told = 100 * row["share_reachable"], 100 * row["p_reachable"]
    assert row["reason"].endswith(f"{told:.3g} % with {share:.3g} % of them kept for prospecting.")
    paths = fresh(scenario, "2027-Q2", seed=77)["Ana"]
    rep = paths.task.rep.model_copy(update={"prospecting_share": row["share_reachable"]})
    chance = paths.chance(replace(paths.task, rep=rep), 100 * QUOTA)
    error = (row["p_reachable_se"] ** 2 + chance * (1 - chance) / paths.paths) ** 0.5
    assert abs(row["p_reachable"] - chance) < 4 * error


def test_no_better_share() -> None:
    """Where today's is best it is told with all paths, and nothing is said of another one."""
    scenario = bound(QUOTA, prospecting_share=0.0)
    row = one(goals(scenario, period="2027-Q2").frame)
    assert (row["share_reachable"], row["p_reachable"]) == (0.0, row["p_hit"])
    assert row["reason"].endswith("is reached.")


def test_open_deals_without_time() -> None:
    """Where all that is kept leaves too little for deals the reason says so."""
    scenario = bound(60_000.0, prospecting_share=0.95)
    row = one(plan_goals(scenario, paths=1_000, period="2027-Q2").frame)
    assert "No time for open deals: they take" in row["reason"]


def test_it_is_chosen_and_told_apart() -> None:
    """The half that chooses does not tell: errors are those of half of the paths."""
    paths = fresh(bound(QUOTA, prospecting_share=0.9), "2027-Q2", seed=3, paths=1_000)["Ana"]
    today = paths.booked(paths.task) >= 100 * QUOTA
    reach = reach_of(paths, 100 * QUOTA, today)
    p = reach.chance.value
    assert abs(reach.chance.se - (p * (1 - p) / 500) ** 0.5) < 1e-3


def test_more_inbound_may_be_too_much() -> None:
    """Deals that nobody has time for hold up the others; where they take none each one helps.

    From the first day on: what comes sooner may be booked in an earlier period.
    """
    busy = fresh(bound(QUOTA), "2027-Q1", seed=3, paths=1_000)["Ana"]
    booked = [busy.booked(with_inbound(busy.task, more)).mean() for more in (0.0, 2.0, 40.0)]
    assert booked[1] > booked[0] > booked[2]
    terms = tuple(replace(each, hours_per_open_deal=0.0) for each in busy.task.terms)
    idle = replace(busy.task, terms=terms)
    paths = [busy.booked(with_inbound(idle, more)) for more in (0.0, 2.0, 40.0)]
    assert (paths[0] <= paths[1]).all()
    assert (paths[1] <= paths[2]).all()
