from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from quotarisk.periods import Horizon
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Booking, Quota, Rep

START = date(2027, 2, 1)


def test_horizon() -> None:
    """The horizon has the scenario's first day, months and fiscal year."""
    scenario = Scenario(name="T", start=START, months=6, fiscal_year_start=2)

    assert Horizon(START, 6, 2) == scenario.horizon


def test_fingerprint() -> None:
    """Equal scenarios have the same fingerprint, however they were written; others another."""
    one = Scenario(name="T", start=START, reps=(Rep(name="A", ramp=(0, 1)),), months=12)
    same = Scenario(name="T", start=START, reps=(Rep(name="A", ramp=(-0.0, 1.0)),))
    other = Scenario(name="T", start=START, reps=(Rep(name="B", ramp=(0, 1)),))

    assert one == same
    assert one.fingerprint == same.fingerprint
    assert other.fingerprint != one.fingerprint


def test_nothing_booked_is_not_nothing_known() -> None:
    """An empty list of bookings differs from none."""
    assert (
        Scenario(name="T", start=START, booked=()).fingerprint
        != Scenario(name="T", start=START).fingerprint
    )


def test_as_dict() -> None:
    """What is told holds no defaults, and whole numbers without their point."""
    booking = Booking(rep="A", date=START, amount=5.0)
    scenario = Scenario(
        name="T",
        start=START,
        reps=(Rep(name="A", quota=Quota(month=(1.5, 2.0))),),
        booked=(booking,),
    )

    assert {
        "name": "T",
        "start": START,
        "reps": [{"name": "A", "quota": {"month": [1.5, 2]}}],
        "booked": [{"rep": "A", "date": START, "amount": 5}],
    } == scenario.as_dict()


def test_frozen() -> None:
    """Nothing changes a scenario once it is made."""
    with pytest.raises(ValidationError):
        Scenario(name="T", start=START).months = 3  # type: ignore[misc]
