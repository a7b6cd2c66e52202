"""The funnel and the hours: how they are written, what they come to, what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from quotarisk.errors import InputError
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.figures import OppRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.terms import NO_OPPS, missing_parameters, streams_of, terms_of

FUNNEL: dict[str, Any] = {
    "hours_per_activity": 0.5,
    "stages": [
        {"name": "SQL", "rate": 0.2},
        {"name": "opportunity", "rate": {"won": 4.5, "of": 9}},
    ],
}
SEGMENT: dict[str, Any] = {"win_rate": 0.3, "deal_size": 10.0, "won_cycle_days": 30.0}
HEAD = 'name = "T"\nstart = 2027-01-01\n[segments.small]\nwin_rate = 0.3\ndeal_size = 10\n'


def _team(rep: dict[str, Any], **segment: Any) -> Scenario:
    told = {"small": {**SEGMENT, **segment}}
    reps = [{"name": "Ana", **rep}]
    return Scenario.model_validate(
        {"name": "T", "start": date(2027, 1, 1), "segments": told, "reps": reps}
    )


def test_what_an_hour_makes() -> None:
    """Rates multiply, those with evidence at their mean; an activity takes its time."""
    funnel = Funnel.model_validate(FUNNEL)
    assert funnel.opps_per_activity == pytest.approx(0.1)
    assert funnel.opps_per_hour == pytest.approx(0.2)
    assert not funnel.is_known
    assert Funnel.model_validate({**FUNNEL, "stages": FUNNEL["stages"][:1]}).is_known


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hours_per_activity": 0}, "greater than or equal to 0.0001"),
        ({"stages": []}, "at least 1 item"),
        ({"stages": [{"name": "A", "rate": 1.2}]}, "less than or equal to 1"),
        ({"stages": [{"name": "A", "rate": 0.5}] * 2}, "must have stages of different names"),
        ({"stage": []}, "Extra inputs are not permitted"),
    ],
)
def test_refused(changed: dict[str, Any], words: str) -> None:
    """What is no funnel."""
    with pytest.raises(ValidationError, match=words):
        Funnel.model_validate({**FUNNEL, **changed})


def test_as_it_is_written(tmp_path: Path) -> None:
    """A table of its own, in the file as the documentation has it, and per rep."""
    (tmp_path / "team.toml").write_text(
        HEAD
        + """won_cycle_days = 30
inbound_opps_per_week = { opps = 10, weeks = 20 }
hours_per_open_deal = 0.5
[segments.small.funnel]
hours_per_activity = 0.5
stages = [{ name = "SQL", rate = 0.20 }, { name = "opportunity", rate = { won = 5, of = 10 } }]
[[reps]]
name = "Ana"
hours_per_week = 30
prospecting_share = 0.25
[[reps]]
name = "Bo"
hours_per_week = 30
[reps.segments.small.funnel]
hours_per_activity = 1.0
stages = [{ name = "opportunity", rate = 0.1 }]
"""
    )
    scenario = load_scenario(tmp_path / "team.toml")
    ana, bo = (terms_of(scenario, rep, "small") for rep in scenario.reps)
    assert (30.0, 0.25) == (scenario.reps[0].hours_per_week, scenario.reps[0].prospecting_share)
    assert ana.opps_per_week == NO_OPPS
    assert ana.inbound_opps_per_week == OppRate(opps=10, weeks=20)
    assert 0.5 == ana.hours_per_open_deal
    assert ana.funnel is not None
    assert ["SQL", "opportunity"] == [stage.name for stage in ana.funnel.stages]
    assert bo.funnel is not None
    assert 1.0 == bo.funnel.hours_per_activity
    assert "funnel" in bo.own
    assert "funnel" not in ana.own


def test_in_a_table(tmp_path: Path) -> None:
    """Reps from a table have hours, and funnels as TOML writes them."""
    (tmp_path / "reps.csv").write_text(
        "rep,segment,hours_per_week,prospecting_share,inbound_opps_per_week,hours_per_open_deal,"
        'funnel\nAna,small,30,0.2,0.4,1.5,"{ hours_per_activity = 0.5, '
        'stages = [{ name = ""opportunity"", rate = 0.1 }] }"\n'
    )
    (tmp_path / "team.toml").write_text('rep_table = "reps.csv"\n' + HEAD + "won_cycle_days = 30\n")
    (rep,) = load_scenario(tmp_path / "team.toml").reps
    own = rep.segments["small"]
    assert (30.0, 0.2, 1.5) == (rep.hours_per_week, rep.prospecting_share, own.hours_per_open_deal)
    assert OppRate(known=0.4) == own.inbound_opps_per_week
    assert own.funnel is not None
    assert 0.2 == own.funnel.opps_per_hour


def test_a_faulty_stage_is_named(tmp_path: Path) -> None:
    """File, line's key, what is wrong, what is allowed."""
    (tmp_path / "team.toml").write_text(
        HEAD + "won_cycle_days = 30\n[segments.small.funnel]\nhours_per_activity = 1\n"
        'stages = [{ name = "SQL", rat = 0.2 }]\n[[reps]]\nname = "Ana"\n'
    )
    with pytest.raises(InputError, match=r"team\.toml") as caught:
        load_scenario(tmp_path / "team.toml")
    told = "\n".join(map(str, caught.value.faults))
    assert "segments.small.funnel.stages[0].rat" in told
    assert "rate" in told


@pytest.mark.parametrize(
    ("rep", "segment", "missing"),
    [
        ({"hours_per_week": 30}, {"funnel": FUNNEL}, ()),
        ({}, {"funnel": FUNNEL}, ("opps_per_week",)),
        ({"hours_per_week": 30}, {}, ("opps_per_week",)),
        ({}, {"inbound_opps_per_week": 1.0}, ()),
    ],
)
def test_who_needs_a_rate(
    rep: dict[str, Any], segment: dict[str, Any], missing: tuple[str, ...]
) -> None:
    """Hours with a funnel make opportunities, marketing brings them; else a rate must be told."""
    scenario = _team(rep, **segment)
    assert missing == missing_parameters(scenario, scenario.reps[0], "small")


def test_streams() -> None:
    """What is inbound is a stream of its own, and only where there is any."""
    rate = OppRate(known=0.5)
    scenario = _team({}, opps_per_week=1.0, inbound_opps_per_week=0.5)
    made, inbound = streams_of(terms_of(scenario, scenario.reps[0], "small"))
    assert (OppRate(known=1.0), rate) == (made.opps_per_week, inbound.opps_per_week)
    assert made.inbound_opps_per_week == inbound.inbound_opps_per_week == NO_OPPS
    scenario = _team({}, opps_per_week=1.0)
    assert 1 == len(streams_of(terms_of(scenario, scenario.reps[0], "small")))


@pytest.mark.parametrize(
    ("rep", "segment", "rules"),
    [
        (
            {"prospecting_share": 0.2},
            {"opps_per_week": 1.0},
            ["a prospecting_share needs the hours_per_week that it is a share of"],
        ),
        (
            {"hours_per_week": 30},
            {"funnel": FUNNEL, "prospecting_mix": 0.0},
            ["prospecting_mix must be above 0 in at least one segment with a funnel"],
        ),
        ({"hours_per_week": 30}, {"opps_per_week": 1.0, "prospecting_mix": 0.0}, []),
        ({"hours_per_week": 30}, {"funnel": FUNNEL, "prospecting_mix": 2.0}, []),
    ],
)
def test_time_that_makes_no_sense(
    rep: dict[str, Any], segment: dict[str, Any], rules: list[str]
) -> None:
    """A share of no hours, and hours for nothing, are refused."""
    assert rules == [fault.rule for fault in find_faults(_team(rep, **segment))]
