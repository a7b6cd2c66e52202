"""What one export cannot tell of a day that is past, and what a rule cannot tell of quotas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from quotarisk.calibration.history import History
from quotarisk.calibration.quota_rule import QuotaRule
from quotarisk.caution import Caution
from quotarisk.scenario.team import Quota
from quotarisk.wording import list_names


def doubts_of_amounts(history: History, as_of: date) -> Iterator[Caution]:
    """Are amounts of open deals those of a later day? An export has one amount a deal."""
    later = history.deals.filter(
        (pl.col("created") <= as_of)
        & ((pl.col("closed") > as_of) | pl.col("closed").is_null())
        & pl.col("amount").is_not_null()
    )
    known_later = history.deals.filter(pl.max_horizontal("created", "closed") > as_of)
    if history.amounts_while_open and later.height and known_later.height:
        yield Caution(
            "amounts_of_a_later_day",
            (),
            f"The export knows more than {as_of}: the amounts of {later.height:,} deals that were "
            "open then are those of the day of the export, if they were changed since.",
        )


def doubts_of_rule(
    quotas: Mapping[str, Quota] | QuotaRule | None, given: Mapping[str, Quota], reps: Sequence[str]
) -> Iterator[Caution]:
    """Who has no quota by a rule, because nothing was booked that it could be made of?"""
    missing = tuple(rep for rep in reps if rep not in given)
    if isinstance(quotas, QuotaRule) and missing:
        yield Caution(
            "no_quota_by_rule",
            missing,
            f"Without a quota, as nothing was booked in the last full {quotas.cadence}: "
            f"{list_names(missing)}.",
        )
