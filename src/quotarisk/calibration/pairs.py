"""What hazards say of each rep in each segment, in the words of a scenario, with their doubt.

At constant multipliers daily hazards of winning and losing are chances and laws of cycles
(`incidence.incidence_of`). A rep's own doubt, that about the rep's two multipliers, becomes
evidence behind the rep's figures; doubt that all reps share, about the baseline, the segments
and the months to come, becomes the market's. A market does not stretch cycles, so the evidence
behind a rep's cycle is as little as both doubts together leave of it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from quotarisk.calibration.hazards import Hazards
from quotarisk.calibration.incidence import LEVELS, Outcomes, incidence_of
from quotarisk.calibration.paces import Pace
from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.scenario.figures import JEFFREYS

DRAWS = 64  # of the posterior that are looked at
_LOW, _MIDDLE, _HIGH = (int(np.abs(LEVELS - level).argmin()) for level in (0.1, 0.5, 0.9))
_SCORE_90 = float(special.ndtri(0.9))
_LEAST_SHARE, _MOST_SHARE = 1e-4, 1.0 - 1e-4
_LEAST_DOUBT = 1e-6  # of a standard deviation
_LEAST_OF, _MOST_OF = 1e-3, 1e6
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0  # its multiples lie evenly between whole numbers


class Levels(NamedTuple):
    """Log multipliers of the months to come, the quarter's rhythm apart."""

    mean: Floats  # [2 causes, 2 bands] average of the months
    sd: Floats  # [2, 2] of that average
    rhythm: Floats  # [2 causes, 3] speed by month of quarter, 1 on average


class Pairs(NamedTuple):
    """Chances and cycles of reps in segments."""

    win_rate: Floats  # [reps, segments] P(won)
    win_rate_sd: Floats  # [reps, segments] of what is the rep's own
    stall_rate: Floats  # [reps, segments] P(never decided)
    unresolved: Floats  # [reps, segments] share still open at the last age that was seen
    won_by_tail: Floats  # [reps, segments] part of the win rate that comes of these
    won_cycle: Floats  # [reps, segments, levels] days at `incidence.LEVELS`
    lost_cycle: Floats  # [reps, segments, levels]
    won_cycle_sd: Floats  # [reps, segments] of the logarithm of the median, shared doubt included
    lost_cycle_sd: Floats  # [reps, segments]
    win_odds_sd: float  # of the log odds, shared by all


def levels_of(hazards: Hazards, of_quarter: Ints) -> Levels:
    """How fast will deals be won and lost in the months to come, against the past?

    Parameters
    ----------
    hazards
        The fitted hazards.
    of_quarter
        ``[ahead]`` month of quarter, 0 to 2, of the months to come.
    """
    mean, sd, rhythm = np.empty((2, 2)), np.empty((2, 2)), np.zeros((2, 3))
    # the bands meet at the median closing age: half of the closes are in either
    for cause, bands in enumerate(hazards.monthly):
        for band, monthly in enumerate(bands):
            steady = monthly.future_mean - monthly.of_quarter[of_quarter]
            variance = float(monthly.future_cov.mean())
            speed = np.exp(monthly.of_quarter)
            # the mean of a lognormal multiplier is what bookings are proportional to, and that of
            # the quarter's three speeds is what a clock of speed 1 leaves to the level
            mean[cause, band] = float(steady.mean()) - variance / 2 + np.log(speed.mean())
            sd[cause, band] = np.sqrt(variance)
            rhythm[cause] += speed / speed.mean() / len(bands)
    return Levels(mean, sd, rhythm)


def _outcomes(
    hazards: Hazards,
    base: Floats,
    rep: Floats,
    segment: Floats,
    level: Floats,
    *,
    ending_share: Floats | float = 1.0,
) -> Outcomes:
    """Outcomes under a baseline [..., 2, ages + 1] and multipliers [..., 2], levels [..., 2, 2]."""
    ages = base.shape[-1] - 1
    old = np.arange(ages + 1) >= hazards.band_edge
    old[-1] = True
    speed = np.exp(np.where(old, level[..., 1:], level[..., :1]))
    daily = base * (rep * segment)[..., np.newaxis] * speed
    return incidence_of(
        daily[..., 0, :-1], daily[..., 1, :-1], daily[..., :, -1], ending_share=ending_share
    )


def _doubt(drawn: Floats, told: Floats) -> Floats:
    """Root mean square over draws [draws, ...] of the distance from what is told [...]."""
    return np.asarray(np.sqrt(((drawn - told) ** 2).mean(axis=0)))


def _log_median(cycles: Floats) -> Floats:
    """Logarithm of the median [...] of cycles [..., levels]; 0 where there is none."""
    return np.asarray(np.log(np.maximum(np.nan_to_num(cycles[..., _MIDDLE], nan=1.0), 0.5)))


def _logit(share: Floats) -> Floats:
    inside = np.clip(share, _LEAST_SHARE, _MOST_SHARE)
    return np.asarray(np.log(inside / (1 - inside)))


def _paced(cycle: Floats, pace: Pace, sd: Floats) -> tuple[Floats, Floats]:
    """Cycles [reps, segments, levels] of reps who take longer, and their doubt."""
    low, high = (np.log(np.maximum(cycle[..., place], 0.5)) for place in (_LOW, _HIGH))
    log_sd = (high - low) / (2.0 * _SCORE_90)  # of the logarithm of one cycle
    longer = np.exp(pace.mean[:, np.newaxis] * log_sd)
    return (
        cycle * longer[..., np.newaxis],
        np.hypot(sd, np.nan_to_num(pace.sd[:, np.newaxis] * log_sd)),
    )


def describe_pairs(hazards: Hazards, levels: Levels, normals: Floats) -> Pairs:
    """What are a rep's chances and cycles in each segment, and how well are they known?

    Parameters
    ----------
    hazards
        The fitted hazards.
    levels
        Of the months to come.
    normals
        ``[draws, 2, 2]`` standard normal numbers: the levels' luck in each draw.
    """
    reps, segments = hazards.rep.shape[1], hazards.segment.shape[1]
    base = np.concatenate([hazards.base, hazards.tail[:, np.newaxis]], axis=1)
    shape = (reps, segments)
    found = Pairs(
        win_rate=np.empty(shape),
        win_rate_sd=np.empty(shape),
        stall_rate=np.empty(shape),
        unresolved=np.empty(shape),
        won_by_tail=np.empty(shape),
        won_cycle=np.empty((*shape, LEVELS.size)),
        lost_cycle=np.empty((*shape, LEVELS.size)),
        won_cycle_sd=np.empty(shape),
        lost_cycle_sd=np.empty(shape),
        win_odds_sd=0.0,
    )
    draws = min(DRAWS, len(hazards.rep_draws), len(normals))
    for segment in range(segments):
        of_segment = hazards.segment[:, segment]
        usual = _outcomes(hazards, base, hazards.rep.T, of_segment, levels.mean)
        found.win_rate[:, segment] = usual.won
        found.stall_rate[:, segment] = usual.never
        found.unresolved[:, segment] = usual.unresolved
        tail = hazards.tail * hazards.rep.T * of_segment * np.exp(levels.mean[:, 1])
        ending = np.maximum(tail.sum(axis=1), np.finfo(np.float64).tiny)
        found.won_by_tail[:, segment] = usual.unresolved * tail[:, 0] / ending
        found.won_cycle[:, segment], found.lost_cycle[:, segment] = (
            usual.won_cycle,
            usual.lost_cycle,
        )
        for rep in range(reps):
            told = _outcomes(
                hazards, base, hazards.rep_draws[:draws, :, rep], of_segment, levels.mean
            )
            found.win_rate_sd[rep, segment] = told.won.std()
            found.won_cycle_sd[rep, segment] = _log_median(told.won_cycle).std(axis=0)
            found.lost_cycle_sd[rep, segment] = _log_median(told.lost_cycle).std(axis=0)
    alike = np.ones(2), np.moveaxis(hazards.segment, 0, 1)
    usual = _outcomes(hazards, base, *alike, levels.mean)
    # how many of the oldest deals go on nobody knows: all, none or anything between
    share = np.asarray(np.arange(draws) * _GOLDEN % 1.0, np.float64)
    shared = _outcomes(
        hazards,
        hazards.base_draws[:draws, np.newaxis],
        np.ones(2),
        np.moveaxis(hazards.segment_draws[:draws], 1, 2),
        (levels.mean + levels.sd * normals[:draws])[:, np.newaxis],
        ending_share=share[:, np.newaxis],
    )
    won_cycle, lost_cycle = (
        _doubt(_log_median(drawn), _log_median(told))
        for drawn, told in (
            (shared.won_cycle, usual.won_cycle),
            (shared.lost_cycle, usual.lost_cycle),
        )
    )
    of_won = _paced(found.won_cycle, hazards.pace[0], np.hypot(found.won_cycle_sd, won_cycle))
    of_lost = _paced(found.lost_cycle, hazards.pace[1], np.hypot(found.lost_cycle_sd, lost_cycle))
    return found._replace(
        won_cycle=of_won[0],
        lost_cycle=of_lost[0],
        won_cycle_sd=of_won[1],
        lost_cycle_sd=of_lost[1],
        win_odds_sd=float(np.sqrt((_doubt(_logit(shared.won), _logit(usual.won)) ** 2).mean())),
    )


def evidence_of_share(mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Which evidence ``(won, of)`` leads to a Beta law of this mean and standard deviation?

    ``Beta(won + 1/2, of - won + 1/2)`` by its moments. A share less certain than nothing won,
    or nothing lost, says keeps its mean and gets the spread of that.
    """
    inside = np.clip(mean, _LEAST_SHARE, _MOST_SHARE)
    total = inside * (1 - inside) / np.maximum(sd, _LEAST_DOUBT) ** 2 - 1
    least = JEFFREYS / np.minimum(inside, 1 - inside)
    total = np.clip(total, np.maximum(least, 2 * JEFFREYS + _LEAST_OF), _MOST_OF)
    of = total - 2 * JEFFREYS
    return np.clip(inside * total - JEFFREYS, 0.0, of), of
