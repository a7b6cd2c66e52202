"""Which pay plan a rep is on."""

from __future__ import annotations

from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Rep


def plan_name_of(scenario: Scenario, rep: Rep) -> str | None:
    """What is the rep's plan called: the one named, or the only one that there is?

    Where there are several plans, a rep who names none is on none.
    """
    if rep.pay is not None:
        return rep.pay
    return next(iter(scenario.pay)) if len(scenario.pay) == 1 else None


def plan_of(scenario: Scenario, rep: Rep) -> PayPlan | None:
    """Which plan is a rep on? ``None`` where it is none, or none that the scenario has."""
    name = plan_name_of(scenario, rep)
    return None if name is None else scenario.pay.get(name)
