"""Names that a rep, a group and the team may share, told apart."""

from __future__ import annotations

from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import Level

TEAM = "Team"


def name_unit(level: Level, name: str, scenario: Scenario) -> str:
    """What is a rep, a group or the team called where they stand side by side?

    By its name alone where nobody else bears it; the team is always ``Team``.

    Parameters
    ----------
    level, name
        Of whom, as in the tables of answers.
    scenario
        Where the others are found.

    Examples
    --------
    >>> from quotarisk import load_scenario
    >>> scenario = load_scenario("scenarios/saas_team.toml")
    >>> name_unit("team", scenario.name, scenario), name_unit("group", "Team", scenario)
    ('Team', 'Team (group)')
    """
    if level == "team":
        return TEAM
    others = {TEAM.casefold()}
    if level == "group":
        others |= {rep.name.casefold() for rep in scenario.reps}
    return f"{name} ({level})" if name.casefold() in others else name
