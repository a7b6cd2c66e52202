"""Fitted figures become a scenario that can be run as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from quotarisk.calibration.creation import Creation
from quotarisk.calibration.history import Outcome
from quotarisk.calibration.incidence import LEVELS
from quotarisk.calibration.pairs import Levels, Pairs, evidence_of_share
from quotarisk.calibration.sizes import Sizes
from quotarisk.calibration.snapshot import Snapshot
from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.periods import add_months
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.team import Booking, OpenDeal, Quota, Rep

SHOWN_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)  # of a cycle, as a scenario has them
PERSISTENCE = 0.9  # what all reps share about the months to come is known or unknown as a whole
_SHORTEST, _LONGEST = 0.25, 10_000.0  # days of a cycle: beyond any horizon all are alike
_LONGEST_TAIL = 15.0  # p97.5 over p90: what goes on beyond must have a mean
_LEAST_STEP = 0.01  # days between the levels of a cycle
_LEAST_WEEKS, _MOST_WEEKS = 0.001, 10_000.0
_MOST_OF = 1e6
_ALIKE = 0.8  # of the segment's evidence: standard errors that differ by less than 12 %
_SLOWEST, _FASTEST = 0.02, 50.0  # clocks
_STALL_STEPS = 1e4  # rounded down: it must leave room for the win rate
_MOST_SPREAD = 3.0  # of a market's logarithm


@dataclass(frozen=True)
class Fitted:
    """All that was fitted to a snapshot, in the order of ``reps`` and ``segments``."""

    snapshot: Snapshot
    reps: tuple[str, ...]
    segments: tuple[str, ...]
    levels: Levels
    pairs: Pairs
    of_quarter: Ints  # month of quarter, 0 to 2, of the months to come
    creation: Creation
    sizes: Sizes


_NO_CYCLE = LawSpec(known=_LONGEST)


def _law_of(cycle: Floats, sd: float) -> LawSpec | None:
    """A cycle by its quantiles, with the evidence that its location rests on."""
    if np.isnan(cycle).any():
        return None
    days = np.clip(np.interp(SHOWN_LEVELS, LEVELS, cycle), _SHORTEST, _LONGEST)
    days[-1] = min(days[-1], days[-2] * _LONGEST_TAIL)
    days = np.maximum.accumulate(days) + _LEAST_STEP * np.arange(days.size)
    shown = {
        f"{level:g}": round(float(day), 3) for level, day in zip(SHOWN_LEVELS, days, strict=True)
    }
    law = LawSpec(quantiles=shown)
    if sd <= 0:
        return law
    of = (law.law.log_sd / sd) ** 2
    return LawSpec(quantiles=shown, of=_evidence(of))


def _size_of(fitted: Fitted, rep: int, segment: int) -> LawSpec | None:
    """A rep's own law of deal sizes; nothing where the segment's serves, its evidence too.

    That a rep seems to sell like the team may be chance: then the rep has the segment's values,
    but only the evidence that is the rep's own.
    """
    sizes = fitted.sizes
    own = sizes.of[rep, segment]
    if sizes.own_values[rep][segment]:
        return LawSpec(values=sizes.own_values[rep][segment], of=_evidence(own))
    if not sizes.as_segment[rep, segment]:
        return _lognormal(sizes.median[rep, segment], sizes.p90[rep, segment], own)
    if own >= _ALIKE * sizes.segment_of[segment]:
        return None
    return LawSpec(values=sizes.values[segment], of=_evidence(own))


def _evidence(of: float) -> float:
    return round(float(np.clip(of, 1, _MOST_OF)), 3)


def _lognormal(median: float, p90: float, of: float) -> LawSpec:
    middle = max(round(float(median), 2), 0.01)
    return LawSpec(
        median=middle,
        p90=max(round(float(p90), 2), round(middle * 1.001 + 0.01, 2)),
        of=_evidence(of),
    )


def _segment(fitted: Fitted, segment: int) -> Segment:
    """What a rep like the team does in a segment."""
    sizes, pairs = fitted.sizes, fitted.pairs
    middle = int(np.argsort(pairs.win_rate[:, segment], kind="stable")[len(fitted.reps) // 2])
    values = sizes.values[segment]
    size = (
        LawSpec(values=values, of=_evidence(sizes.segment_of[segment]))
        if values
        else _lognormal(
            sizes.segment_median[segment], sizes.segment_p90[segment], sizes.segment_of[segment]
        )
    )
    return _figures(fitted, middle, segment).model_copy(update={"deal_size": size})


def _figures(fitted: Fitted, rep: int, segment: int) -> Segment:
    pairs, creation = fitted.pairs, fitted.creation
    mean = np.array(pairs.win_rate[rep, segment])
    won, of = evidence_of_share(mean, np.array(pairs.win_rate_sd[rep, segment]))
    win_rate = WinRate(won=round(float(won), 3), of=round(float(of), 3))
    stall = min(float(pairs.stall_rate[rep, segment]), 1.0 - win_rate.mean)
    pace, _ = creation_pace(fitted)
    weeks = np.clip(creation.weeks[rep, segment] / pace, _LEAST_WEEKS, _MOST_WEEKS)
    won_cycle, lost_cycle = (
        _law_of(cycle[rep, segment], float(sd[rep, segment]))
        for cycle, sd in (
            (pairs.won_cycle, pairs.won_cycle_sd),
            (pairs.lost_cycle, pairs.lost_cycle_sd),
        )
    )
    return Segment(
        opps_per_week=OppRate(
            opps=round(float(creation.opps[rep, segment]), 3), weeks=round(float(weeks), 3)
        ),
        win_rate=win_rate,
        stall_rate=np.floor(max(stall, 0.0) * _STALL_STEPS) / _STALL_STEPS,
        deal_size=_size_of(fitted, rep, segment),
        # the hazards may know of no win: then hardly any comes, and any cycle will do
        won_cycle_days=won_cycle or lost_cycle or _NO_CYCLE,
        lost_cycle_days=lost_cycle,
    )


def creation_pace(fitted: Fitted) -> tuple[float, Floats]:
    """How fast will deals be created, against an average past month, and in which rhythm?

    Returns
    -------
    pace
        Of the months to come, the quarter's rhythm apart.
    rhythm
        ``[3]`` factors by month of quarter, 1 on average.
    """
    monthly = fitted.creation.monthly
    speed = np.exp(monthly.of_quarter)
    steady = monthly.future_mean - monthly.of_quarter[fitted.of_quarter]
    return float(np.exp(steady.mean()) * speed.mean()), speed / speed.mean()


def _seasons(rhythm: Floats, fiscal_year_start: int) -> tuple[float, ...]:
    """Factors of creation by calendar month, January to December."""
    of_quarter = (np.arange(1, 13) - fiscal_year_start) % 3
    return tuple(rhythm[of_quarter].round(4).tolist())


def _speeds(rhythm: Floats) -> tuple[float, float, float]:
    """Clock speeds by month of quarter, 1 on average."""
    first, second, third = np.clip(rhythm, _SLOWEST, _FASTEST).round(4).tolist()
    return first, second, third


def _open_deals(snapshot: Snapshot, reps: tuple[str, ...]) -> tuple[OpenDeal, ...]:
    rows = snapshot.deals.filter(
        (pl.col("outcome") == Outcome.OPEN) & pl.col("rep").is_in(reps)
    ).sort("rep", "created", "deal")
    return tuple(
        OpenDeal(
            deal=row["deal"],
            rep=row["rep"],
            segment=row["segment"],
            created=row["created"],
            amount=row["amount"],
        )
        for row in rows.iter_rows(named=True)
    )


def bookings_since(snapshot: Snapshot, day: date) -> tuple[Booking, ...]:
    """What did each rep book on each day from a day on?"""
    rows = (
        snapshot.deals.filter(
            (pl.col("outcome") == Outcome.WON)
            & (pl.col("closed") >= day)
            & pl.col("amount").is_not_null()
        )
        .group_by("rep", "closed")
        .agg(pl.col("amount").sum().round(2))
        .sort("rep", "closed")
    )
    return tuple(Booking(rep=rep, date=day, amount=amount) for rep, day, amount in rows.iter_rows())


def year_began(day: date, fiscal_year_start: int) -> date:
    """When did the fiscal year begin that a day lies in?"""
    return add_months(day.replace(day=1), -((day.month - fiscal_year_start) % 12))


def translate(
    fitted: Fitted,
    *,
    name: str,
    months: int,
    quotas: Mapping[str, Quota],
    fiscal_year_start: int = 1,
    currency: str = "USD",
) -> Scenario:
    """Which scenario do the fitted figures make, from the day after the snapshot on?

    Parameters
    ----------
    fitted
        What was fitted.
    name, currency
        Of the scenario.
    months
        Its length.
    quotas
        By rep; reps without one have none.
    fiscal_year_start
        Number of the month in which fiscal years begin.
    """
    snapshot = fitted.snapshot
    start = snapshot.as_of + timedelta(days=1)
    groups = dict(
        snapshot.deals.sort("created")
        .group_by("rep", maintain_order=True)
        .agg(pl.col("group").drop_nulls().last())
        .iter_rows()
    )
    sd = float(np.sqrt(fitted.creation.monthly.future_cov.mean()))
    open_deals = _open_deals(snapshot, fitted.reps)
    busy = {deal.rep for deal in open_deals}
    everybody = frozenset(fitted.reps)
    booked = bookings_since(snapshot, year_began(start, fiscal_year_start))
    return Scenario(
        name=name,
        start=start,
        months=months,
        fiscal_year_start=fiscal_year_start,
        currency=currency,
        segments={s: _segment(fitted, i) for i, s in enumerate(fitted.segments)},
        reps=tuple(
            Rep(
                name=rep,
                group=groups.get(rep),
                quota=quotas.get(rep, Quota()),
                # a rep of whom no deal is open has none: nothing is to be made up
                pipeline=None if rep in busy else "empty",
                segments={s: _figures(fitted, i, j) for j, s in enumerate(fitted.segments)},
            )
            for i, rep in enumerate(fitted.reps)
        ),
        market=Market(
            creation=round(min(sd, _MOST_SPREAD), 4),
            win_odds=round(min(fitted.pairs.win_odds_sd, _MOST_SPREAD), 4),
            persistence=PERSISTENCE,
            period="month",
        ),
        calendar=Calendar(
            creation=_seasons(creation_pace(fitted)[1], fiscal_year_start),
            won=_speeds(fitted.levels.rhythm[0]),
            lost=_speeds(fitted.levels.rhythm[1]),
        ),
        open_deals=open_deals,
        booked=tuple(row for row in booked if row.rep in everybody),
    )
