"""What one export cannot tell of a day that is past."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from quotarisk.calibration.quota_rule import QuotaRule
from quotarisk.calibration.unknowns import doubts_of_amounts, doubts_of_rule
from quotarisk.scenario.team import Quota
from tests.calibration.fits import history_of
from tests.calibration.histories import UNTIL, steady_history


def test_amounts_of_a_later_day() -> None:
    """An export that knows more than the day has the amounts of its own day."""
    (found,) = doubts_of_amounts(steady_history(), date(2026, 6, 30))
    assert "amounts_of_a_later_day" == found.code
    assert "more than 2026-06-30" in str(found)


@pytest.mark.parametrize(
    "layout", ["ends on the day", "amounts at the close only", "no open deals"]
)
def test_amounts_that_are_of_the_day(layout: str) -> None:
    """Nothing is said where the export ends on the day, or has no amounts of open deals."""
    history = steady_history()
    deals, day = history.deals, UNTIL
    if layout == "amounts at the close only":
        history, day = history_of(deals, amounts_while_open=False), date(2026, 6, 30)
    elif layout == "no open deals":
        day = date(2026, 6, 30)
        history = history_of(deals.filter((pl.col("closed") <= day) | (pl.col("created") > day)))
    assert [] == list(doubts_of_amounts(history, day))


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(("Bo",), "month: Bo."), (tuple("ABCDEFG"), "month: A, B, C and 4 others.")],
)
def test_no_quota_by_rule(missing: tuple[str, ...], expected: str) -> None:
    """Who booked nothing has no quota by a rule, and is named."""
    rule = QuotaRule("month", 1.1)
    (found,) = doubts_of_rule(rule, {"Ana": Quota(month=1.0)}, ("Ana", *missing))
    assert str(found).endswith(expected)
    assert missing == found.about


def test_quotas_as_given_are_as_given() -> None:
    """Who has none in a table was left out by whoever wrote it."""
    assert [] == list(doubts_of_rule({}, {}, ("Ana",)))
    assert [] == list(doubts_of_rule(None, {}, ("Ana",)))
