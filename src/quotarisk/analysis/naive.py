"""What a forecast must beat: the four that cost nothing.

Each gives samples of what a rep books in the days after ``as_of``, from nothing that was not
known at the end of that day. For a group or the team, hand in its bookings as those of one rep.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy import special

from quotarisk.calibration.streams import draw_shares
from quotarisk.errors import ArgumentError
from quotarisk.periods import WEEK
from quotarisk.simulation.estimates import Array


@dataclass(frozen=True, eq=False)
class Bookings:
    """What reps have booked.

    Parameters
    ----------
    won
        A row a won deal: ``rep``, ``closed`` and ``amount``. Rows of other reps, of days before
        ``observed_from`` or after the day on which a forecast is made, and rows without an
        amount do not count.
    observed_from
        The first day of which all won deals are known.
    reps
        Who is forecast, also those who have booked nothing.
    """

    won: pl.DataFrame
    observed_from: date
    reps: tuple[str, ...]

    def by_day(self, as_of: date) -> Array:
        """``[reps, days]`` what was booked on each day up to ``as_of``."""
        days = max((as_of - self.observed_from).days + 1, 0)
        place = pl.DataFrame({"rep": self.reps}, schema={"rep": pl.String}).with_row_index("place")
        known = (
            self.won.select("rep", "closed", "amount")
            .drop_nulls()
            .filter(pl.col("closed").is_between(self.observed_from, as_of))
            .join(place, on="rep", maintain_order="left")
        )
        day = (known["closed"] - self.observed_from).dt.total_days().to_numpy()
        at = known["place"].to_numpy().astype(np.int64) * days + day
        booked = np.bincount(at, known["amount"].to_numpy(), len(self.reps) * days)
        return booked.reshape(len(self.reps), days).astype(np.float64)  # whole numbers if empty

    def windows(self, as_of: date, days: int) -> Array:
        """``[reps, windows]`` bookings of whole windows of so many days, the last one last."""
        by_day = self.by_day(as_of)
        count = by_day.shape[1] // days
        used = by_day[:, by_day.shape[1] - count * days :]
        return np.asarray(used.reshape(len(self.reps), count, days).sum(axis=2))


def weekly_bootstrap(
    bookings: Bookings,
    *,
    as_of: date,
    days: int,
    paths: int,
    seed: int,
    weeks: int | None = None,
) -> dict[str, Array]:
    """What if every week to come were one of the past weeks, drawn by lot?

    Weeks are counted back from ``as_of``, so that a window that ends within a week takes the
    first days of one week more, the same days of the week. A path draws the same weeks for all
    reps: what reps have in common stays in their sum.

    Parameters
    ----------
    days
        Length of the window that is forecast.
    weeks
        Draw from the last so many weeks only; from all where it is left out, or where there
        are fewer.

    Returns
    -------
    dict
        By rep, ``[paths]`` bookings.

    Raises
    ------
    ArgumentError
        If not one whole week was seen.
    """
    by_day = bookings.by_day(as_of)
    seen = by_day.shape[1] // WEEK
    count = seen if weeks is None else min(seen, weeks)
    _check(days, count, 1, "week")
    used = by_day[:, by_day.shape[1] - WEEK * count :].reshape(-1, count, WEEK)
    whole, rest = divmod(days, WEEK)
    full, begun = used.sum(axis=2), used[:, :, :rest].sum(axis=2)

    shares = draw_shares(seed, "weekly bootstrap", draws=whole + 1, count=paths)
    drawn = (shares * count).astype(np.int64)
    return {
        rep: full[row][drawn[:whole]].sum(axis=0) + begun[row][drawn[whole]]
        for row, rep in enumerate(bookings.reps)
    }


def normal_of_windows(
    bookings: Bookings, *, as_of: date, days: int, paths: int, seed: int
) -> dict[str, Array]:
    """What if the window to come were normal, with mean and deviation of the windows before it?

    Windows are as long as the one that is forecast, end to end, counted back from ``as_of``.
    What falls below zero is zero: nobody books less than nothing, and the forecast is the
    better for it.

    Raises
    ------
    ArgumentError
        If not two whole windows were seen.
    """
    windows = bookings.windows(as_of, max(days, 1))
    _check(days, windows.shape[1], 2, "window")
    centre, spread = windows.mean(axis=1), windows.std(axis=1, ddof=1)
    samples = {}
    for row, rep in enumerate(bookings.reps):
        score = special.ndtri(draw_shares(seed, "normal", rep, draws=1, count=paths)[0])
        samples[rep] = np.maximum(centre[row] + spread[row] * score, 0.0)
    return samples


def previous_window(bookings: Bookings, *, as_of: date, days: int) -> dict[str, Array]:
    """What if the window to come were the one before it again? A point: one value a rep.

    Raises
    ------
    ArgumentError
        If not one whole window was seen.
    """
    windows = bookings.windows(as_of, max(days, 1))
    _check(days, windows.shape[1], 1, "window")
    return {rep: windows[row, -1:] for row, rep in enumerate(bookings.reps)}


def weighted_pipeline(deals: pl.DataFrame, *, reps: tuple[str, ...]) -> dict[str, Array]:
    """What if open deals were won at the rate of the closed ones? A point: one value a rep.

    The sum over a rep's open deals of amount times won / (won + lost) of their segment: what a
    CRM shows as the weighted pipeline. It does not say when, so it is the same for a month as
    for a quarter; new deals are left out, stalled ones counted.

    Parameters
    ----------
    deals
        A row a deal as it stood on the day: ``rep``, ``segment``, ``outcome`` (open, won, lost)
        and ``amount``. An open deal without an amount counts with the mean won amount of its
        segment. A segment of which nothing was closed or won takes the rate, or the amount, of
        all segments; where nothing was at all, 0.
    reps
        Who is forecast, also those without open deals.
    """
    won, closed = pl.col("outcome") == "won", pl.col("outcome") != "open"
    rate, size = won.filter(closed).mean(), pl.col("amount").filter(won).mean()
    weighted = (
        deals.with_columns(
            rate=pl.coalesce(rate.over("segment"), rate, pl.lit(0.0)),
            size=pl.coalesce("amount", size.over("segment"), size, pl.lit(0.0)),
        )
        .filter(~closed)
        .group_by("rep")
        .agg((pl.col("rate") * pl.col("size")).sum().alias("forecast"))
    )
    found = dict(weighted.select("rep", "forecast").iter_rows())
    return {rep: np.array([found.get(rep, 0.0)]) for rep in reps}


def _check(days: int, seen: int, least: int, what: str) -> None:
    if days < 1:
        raise ArgumentError(f"days must be 1 or more, got {days}")
    if seen < least:
        raise ArgumentError(
            f"as_of must have at least {least} whole {what}{'s' * (least > 1)} of bookings"
            f" before it, got {seen}"
        )
