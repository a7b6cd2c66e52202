"""What a CRM's history said at the end of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from quotarisk.calibration.banding import with_bands
from quotarisk.calibration.history import History, Outcome
from quotarisk.errors import ArgumentError
from quotarisk.kernel.arrays import Ints

FEWEST_CLOSES = 30
MOST_EXPECTED = 10.0


@dataclass(frozen=True)
class Snapshot:
    """What was known at the end of a day.

    Parameters
    ----------
    as_of
        That day.
    deals
        Columns as in a history, sorted by creation; what closed later is open.
    observed_from
        The first day from which closes are recorded.
    truncated
        Whether that is later than the first creation: closes before it are missing.
    """

    as_of: date
    deals: pl.DataFrame
    observed_from: date
    truncated: bool


def _expected_before(created: Ints, closed: Ints, *, first_close: int, as_of: int) -> float:
    """How many closes would there have been before the first one, had they been recorded?

    h(a) = closes at age a / deals at risk at age a, from the first close on, each deal from the
    age that it had then; the sum over deals of h(0) + ... + h(age on the day before it).
    """
    entry = np.maximum(first_close - created, 0)
    leaving = np.minimum(closed, as_of) - created
    ages = int(leaving.max()) + 2
    changes = np.bincount(entry, minlength=ages) - np.bincount(leaving + 1, minlength=ages)
    at_risk = np.cumsum(changes)
    events = np.bincount((closed - created)[closed <= as_of], minlength=ages)
    hazard = np.divide(events, at_risk, out=np.zeros(ages), where=at_risk > 0)
    before = first_close - 1 - created
    return float(np.cumsum(hazard)[before[before >= 0]].sum())


def _first_day(deals: pl.DataFrame, as_of: date) -> tuple[date, bool]:
    """Find the first day from which closes are recorded.

    It is the first close if that comes well after the first creation: so late that it cannot be
    by chance. If closes were recorded all along, the number of closes that the hazards lead one
    to expect up to the first one is exponential with mean 1 (a point process runs at rate 1 on
    its own compensator), so more than 10 has a chance of 5 in 100,000. A long cycle by itself
    does not count as late, for then few closes are expected; nor do fewer than 30 closes tell.
    """
    numbers = deals.select(
        created=pl.col("created").dt.epoch("d").cast(pl.Int64),
        closed=pl.col("closed").dt.epoch("d").cast(pl.Int64).fill_null(np.iinfo(np.int64).max),
    )
    created, closed = numbers["created"].to_numpy(), numbers["closed"].to_numpy()
    today = (as_of - date(1970, 1, 1)).days
    first_creation, first_close = int(created.min()), int(closed.min())
    late = (closed <= today).sum() >= FEWEST_CLOSES and (
        _expected_before(created, closed, first_close=first_close, as_of=today) > MOST_EXPECTED
    )
    first = first_close if late else first_creation
    return date(1970, 1, 1) + timedelta(days=first), bool(late)


def take_snapshot(history: History, as_of: date) -> Snapshot:
    """What was known at the end of a day?

    Deals that were created later are absent, those that closed later are open. Their final
    amount counts as known only if this CRM knows amounts before a deal is decided
    (``History.amounts_while_open``, a matter of the export's layout); else it is unknown. Bands
    of the amount are found anew from what was won by then.

    Parameters
    ----------
    history
        The history.
    as_of
        The day.

    Raises
    ------
    ArgumentError
        If no deal was created by then.
    """
    known = history.deals.filter(pl.col("created") <= as_of).sort("created", "deal")
    if known.is_empty():
        first = min(history.deals["created"])
        raise ArgumentError(
            f"as_of must not lie before the first creation, {first}, got {as_of} ({history.source})"
        )
    decided = (pl.col("closed") <= as_of).fill_null(value=False)
    amount = pl.col("amount") if history.amounts_while_open else pl.when(decided).then("amount")
    deals = known.with_columns(
        closed=pl.when(decided).then("closed"),
        outcome=pl.when(decided).then("outcome").otherwise(pl.lit(Outcome.OPEN)),
        amount=amount,
    )
    if history.banded:
        deals, _ = with_bands(deals)
    observed_from, truncated = _first_day(deals, as_of)
    return Snapshot(as_of, deals, observed_from, truncated)
