"""A rep's blend of segments, and tasks at other shares."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quotarisk.analysis.blend import Blend, blend_of
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.paths import draw_rep
from tests.analysis.blends import KNOWN, OPPS, PER_HOUR, starving, two_segments
from tests.analysis.cases import make, segment

PATHS = 2_000


def _task(**told: Any) -> RepTask:
    return variant_of(two_segments(**told), 1).tasks["Ana"]


def _blend(by: Any = None, **told: Any) -> Blend:
    blend = blend_of(_task(**told), by)
    assert blend is not None
    return blend


def _made(task: RepTask) -> dict[str, float]:
    """Opportunities a week that a rep makes from the first day on."""
    return {terms.segment: terms.opps_per_week.mean * terms.pace for terms in task.terms}


def test_opportunities_without_funnels() -> None:
    """They are moved one for one, and their number stays."""
    blend = _blend("opportunities")

    assert ("opportunities", ("small", "large")) == (blend.moved, blend.segments)
    assert (0.75, 0.25) == blend.shares
    for shares in ((1.0, 0.0), (0.4, 0.6), (0.0, 1.0)):
        made = _made(blend.task_at(shares))
        assert [2 * share for share in shares] == pytest.approx(list(made.values()))
        assert 1 == pytest.approx(blend.made_at(shares))


def test_hours_with_funnels() -> None:
    """1.5 small ones at 0.1 an hour take 15 hours, half a large one at 0.04 takes 12.5."""
    blend = _blend(per_hour=PER_HOUR)

    assert "hours" == blend.moved
    assert (15 / 27.5, 12.5 / 27.5) == pytest.approx(blend.shares)
    for share in (0.0, 0.3, 1.0):
        made = _made(blend.task_at((share, 1 - share)))
        assert [27.5 * share * 0.1, 27.5 * (1 - share) * 0.04] == pytest.approx(list(made.values()))
        assert sum(made.values()) / 2 == pytest.approx(blend.made_at((share, 1 - share)))


def test_a_funnel_in_one_segment_is_not_enough() -> None:
    """Nobody knows what an opportunity of the other takes; so it is with one that makes none."""
    assert "worth" == _blend(per_hour={"small": 0.1}).moved
    assert "worth" == _blend(per_hour={"small": 0.1, "large": 0.0}).moved
    assert "worth" == _blend("hours").moved


def test_order() -> None:
    """Shares stand in the order that is asked for; at others the tasks are the same."""
    task = _task()
    blend, turned = blend_of(task), blend_of(task, order=("large", "mid", "small"))

    assert blend is not None
    assert turned is not None
    assert ("large", "small") == turned.segments
    assert blend.shares == pytest.approx(turned.shares[::-1])
    assert _made(blend.task_at((0.2, 0.8))) == pytest.approx(_made(turned.task_at((0.8, 0.2))))


def test_worth() -> None:
    """Expected bookings of what is made are the same at every mix."""
    blend = _blend("worth", per_hour=PER_HOUR)
    worth = {t.segment: t.win_rate.mean * t.deal_size.law.mean for t in blend.task.terms}
    today = sum(OPPS[name] * worth[name] for name in OPPS)

    assert "worth" == blend.moved
    for share in (0.0, 0.3, 1.0):
        made = _made(blend.task_at((share, 1 - share)))
        assert share * today == pytest.approx(made["small"] * worth["small"])
        assert today == pytest.approx(sum(made[name] * worth[name] for name in made))
    # the control: opportunities one for one are not
    made = _made(_blend("opportunities").task_at((1.0, 0.0)))
    assert today != pytest.approx(made["small"] * worth["small"])


def test_worth_of_nothing_is_unknown() -> None:
    """Where deals of a segment are worth nothing opportunities are moved, whatever is asked."""
    segments = {
        "free": segment(opps=1.0, size=0.0),
        "paid": segment(opps=1.0),
    }
    blend = blend_of(variant_of(make(segments), 0).tasks["Ana"], "worth")

    assert blend is not None
    assert "opportunities" == blend.moved


def test_today_is_the_very_task() -> None:
    """At today's shares, but for rounding, nothing is made anew."""
    blend = _blend("opportunities")

    assert blend.task is blend.task_at(blend.shares)
    assert blend.task is blend.task_at((0.75 + 1e-12, 0.25 - 1e-12))
    assert blend.task is not blend.task_at((0.74, 0.26))


def test_a_segment_in_which_nothing_is_made_today() -> None:
    """Of it nothing is open on the first day: it begins as if the rep began with nothing."""
    told: dict[str, Any] = {"opps": {"small": 1.5, "large": 0.0}, "rep": {"pipeline": "steady"}}
    blend = _blend("opportunities", **told)
    setting = variant_of(two_segments(**told), 1).setting
    (_, large) = blend.task_at((0.0, 1.0)).terms
    other = blend.task_at((0.0, 1.0))
    steady = replace(other, terms=(large,))
    empty = _task(opps={"small": 0.0, "large": 1.5})
    empty = replace(empty, terms=empty.terms[1:])

    assert (1.0, 0.0) == blend.shares
    assert np.array_equal(
        draw_rep(steady, setting, paths=PATHS), draw_rep(empty, setting, paths=PATHS)
    )
    # the control: a steady pipeline at that rate would have deals at once
    usual = replace(empty, rep=empty.rep.model_copy(update={"pipeline": "steady"}))
    assert not np.array_equal(
        draw_rep(usual, setting, paths=PATHS), draw_rep(empty, setting, paths=PATHS)
    )


def test_a_segment_that_stays_closed() -> None:
    """Nothing is made today, and nothing at the other shares: its terms stay."""
    scenario = make(
        {name: segment(opps=opps) for name, opps in {"a": 1.0, "b": 1.0, "c": 0.0}.items()}
    )
    blend = blend_of(variant_of(scenario, 0).tasks["Ana"])

    assert blend is not None
    assert blend.task.terms[2] is blend.task_at((1.0, 0.0, 0.0)).terms[2]


def _bound(**told: Any) -> dict[str, Any]:
    rep = {"hours_per_week": 30.0, **told.pop("rep", {})}
    return {"per_hour": PER_HOUR, "rep": rep, **told}


def test_bound_hours_follow_the_mix() -> None:
    """By prospecting_mix where it is given; else as opportunities come, whatever is asked."""
    weighed = {"small": {"prospecting_mix": 3.0}, "large": {"prospecting_mix": 1.0}}

    assert (0.75, 0.25) == pytest.approx(_blend(**_bound(more=weighed)).shares)
    assert (15 / 27.5, 12.5 / 27.5) == pytest.approx(_blend("worth", **_bound()).shares)
    assert "hours" == _blend("opportunities", **_bound()).moved


@pytest.mark.parametrize("today", [(0.5, 0.5), (1.0, 0.0)], ids=["both", "one alone"])
@pytest.mark.parametrize("shares", [(1.0, 0.0), (0.1, 0.9), (0.0, 1.0)])
def test_bound_hours_are_moved_as_if_written_so(
    today: tuple[float, float], shares: tuple[float, float]
) -> None:
    """With nothing open, hours that are moved do what a prospecting_mix of these shares does."""

    def weighed(weights: tuple[float, float]) -> dict[str, Any]:
        more = {
            name: {"prospecting_mix": weight, "hours_per_open_deal": 0.5}
            for name, weight in zip(KNOWN, weights, strict=True)
        }
        return _bound(more=more)

    setting = variant_of(two_segments(), 1).setting
    moved = draw_rep(_blend(**weighed(today)).task_at(shares), setting, paths=PATHS)
    written = draw_rep(_task(**weighed(shares)), setting, paths=PATHS)
    as_today = draw_rep(_task(**weighed(today)), setting, paths=PATHS)

    def apart(one: np.ndarray, other: np.ndarray) -> float:
        """Difference of the means, in standard errors."""
        change = (one - other).sum(axis=0)
        return abs(float(change.mean())) / max(float(change.std()) / math.sqrt(PATHS), 1e-9)

    assert apart(moved, written) < 4
    if today != shares:  # the control
        assert apart(moved, as_today) > 4


def test_nothing_to_move() -> None:
    """One segment, one with a funnel where time is bound, or no opportunities at all."""
    single = make({"s": segment()})
    nothing = two_segments({"small": 0.0, "large": 0.0})

    assert blend_of(variant_of(single, 0).tasks["Ana"]) is None
    assert blend_of(variant_of(nothing, 0).tasks["Ana"]) is None
    assert blend_of(variant_of(starving(), 0).tasks["Ana"]) is None
