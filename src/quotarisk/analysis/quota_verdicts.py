"""Is a quota out of reach, a stretch, realistic or soft, and why?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

from quotarisk.analysis.order_statistics import Z_95
from quotarisk.analysis.solved import Flat
from quotarisk.errors import ArgumentError
from quotarisk.simulation.estimates import Estimate
from quotarisk.wording import count_of

Verdict = Literal["out of reach", "stretch", "realistic", "soft", "too close to tell"]
Bands = tuple[float, float, float]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
TOO_CLOSE: Verdict = "too close to tell"
DEFAULT_BANDS: Bands = (0.2, 0.5, 0.8)
FEW_DEALS = 5.0  # effective deals in a period
_BOOKED = 0.1  # share of the expected bookings that is worth telling


def check_bands(bands: Sequence[float]) -> Bands:
    """Three bounds of P(hit), between four verdicts.

    Raises
    ------
    ArgumentError
        If they are not three ascending shares between 0 and 1.
    """
    try:
        told = tuple(float(bound) for bound in bands)
    except (TypeError, ValueError):
        told = ()
    if len(told) != 3 or not 0 < told[0] < told[1] < told[2] < 1:
        raise ArgumentError(
            f"bands must be three ascending shares between 0 and 1, got {bands!r}; "
            f"as a rule they are {', '.join(map(str, DEFAULT_BANDS))}"
        )
    return told


def verdict_of(chance: float, se: float, bands: Bands) -> Verdict | None:
    """What is a quota that is hit so often? None where there is no quota.

    Too close to tell where a bound lies within the 95 % interval of P(hit).

    Examples
    --------
    >>> verdict_of(0.35, 0.01, DEFAULT_BANDS), verdict_of(0.49, 0.01, DEFAULT_BANDS)
    ('stretch', 'too close to tell')
    """
    if math.isnan(chance):
        return None
    low, high = chance - Z_95 * se, chance + Z_95 * se
    if any(low < bound <= high for bound in bands):
        return TOO_CLOSE
    return VERDICTS[sum(chance >= bound for bound in bands)]


def _between(chance: Estimate, bands: Bands) -> str:
    """Which verdicts are too close: the bound that is nearest divides them."""
    at = min(range(3), key=lambda number: abs(bands[number] - chance.value))
    return f"between {VERDICTS[at]} and {VERDICTS[at + 1]} on so few paths"


def _few_deals(flat: Flat, cadence: str) -> str:
    """What does it do to P(hit) that few deals make the bookings of a period?

    With no luck at all a quota up to the mean would always be hit, and one above it never.
    """
    often = "more" if flat.quota <= flat.quota_mean.value else "less"
    return (
        f"few deals ({flat.n_eff:.2g} effective ones a {cadence}) make luck large, without which "
        f"it would be hit {often} often"
    )


def reason_of(flat: Flat, cadence: str, bands: Bands, *, ramping: int) -> str:
    """Why is a quota as hard as it is, in a sentence?

    Parameters
    ----------
    flat
        The quotas of a cadence and what is booked.
    cadence
        Month, quarter or year.
    bands
        The bounds.
    ramping
        In how many of the periods with a quota the rep is not yet fully productive.
    """
    mean = flat.quota_mean.value
    if mean > 0:
        told = [f"needs {flat.quota / mean:.2f}x the expected bookings"]
    else:
        net = "no more is expected to be booked than taken back" if mean < 0 else ""
        told = [net or "nothing is expected to be booked"]
    if flat.n_eff < FEW_DEALS:
        told.append(_few_deals(flat, cadence))
    if ramping:
        told.append(f"ramping in {ramping} of {count_of(flat.planned, cadence)}")
    if flat.certain > _BOOKED:
        told.append(f"{flat.certain:.0%} of that is booked already")
    if verdict_of(*flat.p_hit, bands) == TOO_CLOSE:
        told.append(_between(flat.p_hit, bands))
    return f"{told[0][:1].upper()}{'; '.join(told)[1:]}."
