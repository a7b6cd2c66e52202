"""Pairs: hazards told as chances and cycles are what walking day by day gives."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest

from quotarisk.calibration.hazards import Hazards
from quotarisk.calibration.incidence import LEVELS
from quotarisk.calibration.paces import Pace
from quotarisk.calibration.pairs import Levels, describe_pairs, evidence_of_share, levels_of
from quotarisk.kernel.arrays import Floats
from tests.calibration.fits import hazards_of, monthly_of

BASE = [[0.01, 0.02, 0.05, 0.04, 0.02, 0.01], [0.03, 0.01, 0.02, 0.06, 0.02, 0.02]]
TAIL = [0.004, 0.009]
REP = [[1.5, 0.7, 1.0], [0.6, 1.4, 1.0]]
SEGMENT = [[0.8, 1.3], [1.1, 0.9]]
LEVEL = Levels(np.array([[0.3, -0.2], [-0.4, 0.1]]), np.zeros((2, 2)), np.ones((2, 3)))
FLAT = Levels(np.zeros((2, 2)), np.zeros((2, 2)), np.ones((2, 3)))
NO_LUCK = np.zeros((64, 2, 2))
LONG = 6_000  # days that the tail is walked


class Walked(NamedTuple):
    """What a deal comes to, walked day by day."""

    won: float
    never: float
    unresolved: float
    won_by_tail: float
    won_cycle: list[float]
    lost_cycle: list[float]


def quantile(of_day: list[float], level: float) -> float:
    """When so much of what ends so has ended; a day lies from a half before to a half after."""
    target, done = level * sum(of_day), 0.0
    for age, share in enumerate(of_day):
        if done + share >= target:
            begin = max(age - 0.5, 0.0)
            return begin + (target - done) / share * (age + 0.5 - begin)
        done += share
    raise AssertionError


def walk(hazards: Hazards, rep: int, segment: int, level: Floats) -> Walked:
    """Walk a deal from day to day."""
    is_open, at_last, ended = 1.0, 1.0, ([0.0] * LONG, [0.0] * LONG)
    for age in range(LONG):
        beyond = age > hazards.last_age
        daily = [
            (hazards.tail[k] if beyond else hazards.base[k, age])
            * hazards.rep[k, rep]
            * hazards.segment[k, segment]
            * math.exp(level[k, int(age >= hazards.band_edge)])
            for k in range(2)
        ]
        for k in range(2):
            ended[k][age] = is_open * daily[k]
        is_open *= 1 - sum(daily)
        if age == hazards.last_age:
            at_last = is_open
    return Walked(
        sum(ended[0]),
        is_open,
        at_last,
        sum(ended[0][hazards.last_age + 1 :]),
        [quantile(ended[0], float(u)) for u in LEVELS],
        [quantile(ended[1], float(u)) for u in LEVELS],
    )


@pytest.mark.parametrize("tail", [TAIL, [0.0, 0.0]])
@pytest.mark.parametrize("rep", [0, 1, 2])
@pytest.mark.parametrize("segment", [0, 1])
def test_chances_and_cycles(tail: list[float], rep: int, segment: int) -> None:
    """Each rep's and segment's figures are those of a walk from day to day, the tail included."""
    hazards = hazards_of(BASE, tail, rep=REP, segment=SEGMENT)
    told = describe_pairs(hazards, LEVEL, NO_LUCK)
    walked = walk(hazards, rep, segment, LEVEL.mean)
    assert walked.won == pytest.approx(told.win_rate[rep, segment], abs=1e-9)
    assert walked.never == pytest.approx(told.stall_rate[rep, segment], abs=1e-9)
    assert walked.unresolved == pytest.approx(told.unresolved[rep, segment])
    assert walked.won_by_tail == pytest.approx(told.won_by_tail[rep, segment], abs=1e-9)
    # within a day of the tail the law is exponential, the walk's even
    assert walked.won_cycle == pytest.approx(told.won_cycle[rep, segment].tolist(), abs=0.01)
    assert walked.lost_cycle == pytest.approx(told.lost_cycle[rep, segment].tolist(), abs=0.01)


def test_levels_matter() -> None:
    """Negative control: at the levels of the past the chances are others."""
    hazards = hazards_of(BASE, TAIL, rep=REP, segment=SEGMENT)
    told = describe_pairs(hazards, FLAT, NO_LUCK)
    assert abs(walk(hazards, 0, 0, LEVEL.mean).won - told.win_rate[0, 0]) > 0.01


def shared_walks(hazards: Hazards, levels: Levels, luck: Floats) -> list[list[Walked]]:
    """Walks of a rep like the team in both segments, at each draw of what all reps share."""
    made = []
    for i, base in enumerate(hazards.base_draws):
        drawn = hazards._replace(
            base=base[:, :-1],
            tail=base[:, -1],
            segment=hazards.segment_draws[i],
            rep=np.ones((2, 3)),
        )
        level = levels.mean + levels.sd * luck[i]
        made.append([walk(drawn, 1, segment, level) for segment in range(2)])
    return made


def test_own_doubt_is_the_spread_of_draws() -> None:
    """A rep's sd is that of the walks at the rep's draws; none without noise."""
    hazards = hazards_of(BASE, TAIL, rep=REP, segment=SEGMENT, noise=0.2)
    told = describe_pairs(hazards, LEVEL, NO_LUCK)
    walks = [walk(hazards._replace(rep=drawn), 1, 0, LEVEL.mean) for drawn in hazards.rep_draws]
    assert np.std([w.won for w in walks]) == pytest.approx(told.win_rate_sd[1, 0])
    certain = describe_pairs(hazards_of(BASE), LEVEL, NO_LUCK)
    assert 0.0 == pytest.approx(certain.win_rate_sd[0, 0], abs=1e-12)
    assert 0.0 == pytest.approx(certain.won_cycle_sd[0, 0], abs=1e-12)
    assert 0.0 == pytest.approx(certain.win_odds_sd, abs=1e-12)


def test_shared_doubt_is_the_distance_of_odds() -> None:
    """What base, segments and levels leave open is how far log odds lie off in their draws."""
    hazards = hazards_of(BASE, rep=REP, segment=SEGMENT, noise=0.2)
    levels = LEVEL._replace(sd=np.array([[0.3, 0.1], [0.2, 0.4]]))
    luck = np.random.default_rng(3).normal(size=(64, 2, 2))
    told = describe_pairs(hazards, levels, luck)
    like_the_team = hazards._replace(rep=np.ones((2, 3)))

    def odds(walked: Walked) -> float:
        return math.log(walked.won / (1 - walked.won))

    usual = [odds(walk(like_the_team, 0, segment, levels.mean)) for segment in range(2)]
    off = np.array([[odds(w) for w in pair] for pair in shared_walks(hazards, levels, luck)])
    distance = math.sqrt(((off - usual) ** 2).mean())
    assert distance == pytest.approx(told.win_odds_sd, rel=1e-6)


def test_doubt_about_cycles_is_own_and_shared() -> None:
    """A cycle is as doubtful as the rep's own draws and the draws of what all share make it."""
    hazards = hazards_of(BASE, rep=REP, segment=SEGMENT, noise=0.2)
    told = describe_pairs(hazards, LEVEL, NO_LUCK)
    middle = len(LEVELS) // 2
    own = [walk(hazards._replace(rep=drawn), 1, 0, LEVEL.mean) for drawn in hazards.rep_draws]
    shared = [pair[0] for pair in shared_walks(hazards, LEVEL, NO_LUCK)]
    usual = walk(hazards._replace(rep=np.ones((2, 3))), 0, 0, LEVEL.mean)
    for name, sd in (("won_cycle", told.won_cycle_sd), ("lost_cycle", told.lost_cycle_sd)):
        of_own, of_shared, of_usual = (
            np.log([getattr(walked, name)[middle] for walked in walks])
            for walks in (own, shared, [usual])
        )
        expected = math.hypot(of_own.std(), math.sqrt(((of_shared - of_usual) ** 2).mean()))
        assert expected == pytest.approx(sd[1, 0], rel=1e-3)


def test_tail_is_in_doubt() -> None:
    """Where wins rest on deals older than any that was seen, odds and cycles are in doubt."""
    certain = hazards_of(BASE, TAIL, rep=REP, segment=SEGMENT)
    told = describe_pairs(certain, LEVEL, NO_LUCK)
    like_the_team = certain._replace(rep=np.ones((2, 3)))
    usual = walk(like_the_team, 0, 0, LEVEL.mean)
    none = usual.won - usual.won_by_tail
    most = math.log(usual.won / (1 - usual.won)) - math.log(none / (1 - none))
    assert 0.3 * most < told.win_odds_sd < most
    assert (told.won_cycle_sd > 0.01).all()


def test_pace_stretches_cycles() -> None:
    """A rep who takes longer than the hazards say has longer cycles, and the same chances."""
    hazards = hazards_of(BASE, TAIL, rep=REP, segment=SEGMENT)
    slow = Pace(np.array([0.0, 0.5, 0.0]), np.array([0.0, 0.3, 0.4]))
    usual = describe_pairs(hazards, LEVEL, NO_LUCK)
    told = describe_pairs(hazards._replace(pace=(slow, hazards.pace[1])), LEVEL, NO_LUCK)
    longer = np.log(told.won_cycle[:, 0] / usual.won_cycle[:, 0])
    low, high = (int(np.abs(LEVELS - level).argmin()) for level in (0.1, 0.9))
    spread = np.log(usual.won_cycle[1, 0, high] / usual.won_cycle[1, 0, low]) / (2 * 1.2815515655)
    assert 0.5 * spread == pytest.approx(longer[1])
    assert 0.0 == pytest.approx(longer[[0, 2]])
    doubt = np.sqrt(told.won_cycle_sd[1, 0] ** 2 - usual.won_cycle_sd[1, 0] ** 2)
    assert 0.3 * spread == pytest.approx(doubt)
    np.testing.assert_array_equal(usual.win_rate, told.win_rate)
    np.testing.assert_array_equal(usual.lost_cycle, told.lost_cycle)


def test_nothing_won() -> None:
    """Without a win the win rate is 0, its cycle unknown and its doubt none."""
    told = describe_pairs(hazards_of([[0.0] * 6, BASE[1]]), FLAT, NO_LUCK)
    assert 0.0 == told.win_rate[0, 0]
    assert np.isnan(told.won_cycle).all()
    assert 0.0 == told.won_cycle_sd[0, 0]
    assert 0.0 == told.won_by_tail[0, 0]


def test_levels_of_the_months_to_come() -> None:
    """Average of the months at the quarter's mean speed, less half the average's variance."""
    cov = [[0.04, 0.01, 0.01], [0.01, 0.06, 0.02], [0.01, 0.02, 0.08]]
    young = monthly_of(future=(0.5, 0.1, 0.3), cov=cov, of_quarter=(0.2, -0.3, 0.1))
    old = monthly_of(future=(0.0, 0.3, 0.6), of_quarter=(0.1, 0.1, -0.2))
    still = monthly_of()
    hazards = hazards_of(BASE, monthly=((young, old), (still, still)))
    told = levels_of(hazards, np.array([2, 0, 1]))
    variance = sum(map(sum, cov)) / 9
    fast, slow = ([math.exp(log) for log in band.of_quarter] for band in (young, old))
    mean = ((0.5 - 0.1) + (0.1 - 0.2) + (0.3 + 0.3)) / 3 + math.log(sum(fast) / 3)
    assert mean - variance / 2 == pytest.approx(told.mean[0, 0])
    mean = ((0.0 + 0.2) + (0.3 - 0.1) + (0.6 - 0.1)) / 3 + math.log(sum(slow) / 3)
    assert mean == pytest.approx(told.mean[0, 1])
    assert math.sqrt(variance) == pytest.approx(told.sd[0, 0])
    assert [0.0] * 3 == [told.sd[0, 1], told.mean[1, 0], told.sd[1, 1]]
    speeds = [1.5 * (a / sum(fast) + b / sum(slow)) for a, b in zip(fast, slow, strict=True)]
    assert speeds == pytest.approx(told.rhythm[0].tolist())
    assert 3.0 == pytest.approx(told.rhythm[0].sum())
    assert [1.0] * 3 == told.rhythm[1].tolist()


@pytest.mark.parametrize(("mean", "sd"), [(0.3, 0.1), (0.05, 0.02), (0.9, 0.01), (0.5, 0.3)])
def test_evidence_recovers_a_beta(mean: float, sd: float) -> None:
    """Beta(won + 1/2, of - won + 1/2) has the mean and the standard deviation asked for."""
    won, of = (float(part) for part in evidence_of_share(np.array(mean), np.array(sd)))
    a, b = won + 0.5, of - won + 0.5
    assert mean == pytest.approx(a / (a + b))
    assert sd == pytest.approx(math.sqrt(a * b / (a + b + 1)) / (a + b))


@pytest.mark.parametrize("mean", [0.0002, 0.01, 0.2, 0.5, 0.98])
@pytest.mark.parametrize("sd", [0.0, 0.05, 0.6])
def test_evidence_keeps_the_mean(mean: float, sd: float) -> None:
    """Where no evidence is so uncertain, or so certain, the mean is kept nevertheless."""
    won, of = (float(part) for part in evidence_of_share(np.array(mean), np.array(sd)))
    assert mean == pytest.approx((won + 0.5) / (of + 1), rel=2e-3)
    assert 0 <= won <= of <= 1e6
    assert of > 0


@pytest.mark.parametrize("mean", [0.0, 1.0])
def test_evidence_of_the_impossible(mean: float) -> None:
    """None and all become nearly none and nearly all."""
    won, of = (float(part) for part in evidence_of_share(np.array(mean), np.array(0.0)))
    assert mean == pytest.approx((won + 0.5) / (of + 1), abs=2e-4)
