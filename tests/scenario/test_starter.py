from __future__ import annotations

from datetime import date

import pytest

from quotarisk.errors import ArgumentError
from quotarisk.scenario.starter import starter_text
from tests.scenario.conftest import Load


@pytest.mark.parametrize(
    ("name", "start"),
    [("Team", date(2027, 1, 1)), ('Łódź "B"\\', date(2028, 12, 31)), ("x", date(2027, 11, 15))],
)
def test_starter_loads(load: Load, name: str, start: date) -> None:
    """The starting scenario loads without faults, whatever its name and first day."""
    scenario = load(starter_text(name, start))

    assert (name, start, 3, 2) == (
        scenario.name,
        scenario.start,
        len(scenario.reps),
        len(scenario.segments),
    )


def test_its_pay_plan_is_one(load: Load) -> None:
    """The plan that stands there as a comment is one, once it is none any more."""
    text = starter_text("Team", date(2027, 1, 1))
    before, plan = text.split("# [pay.ae]")
    lines, _, rest = plan.partition("\n\n")
    scenario = load(before + "[pay.ae]" + lines.replace("\n# ", "\n") + "\n\n" + rest)

    assert (120_000, 2, 3.0) == (
        scenario.pay["ae"].on_target,
        len(scenario.pay["ae"].tiers),
        scenario.pay["ae"].cap,
    )


@pytest.mark.parametrize("name", ["", "  ", "two\nlines"])
def test_name_of_one_line(name: str) -> None:
    """A name that no file can bear is refused."""
    with pytest.raises(ArgumentError, match="a scenario's name must be text in one line, got '"):
        starter_text(name, date(2027, 1, 1))
