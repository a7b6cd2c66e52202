# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from quotarisk.errors import Fault
from quotarisk.scenario.faults import abridge, suggest_word, translate
from quotarisk.scenario.places import Origins
from quotarisk.scenario.scenario import Scenario

BILLION = "1,000,000,000"


def found(**told: Any) -> list[str]:
    """What is wrong with a scenario of these keys, as it is printed."""
    values = {"name": "Team", "start": date(2027, 1, 1), **told}
    with pytest.raises(ValidationError) as caught:
        Scenario.model_validate(values)
    faults = translate(caught.value, told=values, origins=Origins("team.toml"))
    return [str(fault) for fault in faults]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"start": "2027-01-01"}, "start must be a day such as 2027-01-31, without quotes or a time, got the text '2027-01-01' (team.toml: start)"),
        ({"start": datetime(2027, 1, 1)}, "start must be a day such as 2027-01-31, without quotes or a time, got the date 2027-01-01T00:00:00 (team.toml: start)"),
        ({"start": date(1800, 1, 1)}, "start must lie between 1900-01-01 and 2200-12-31, got 1800-01-01 (team.toml: start)"),
        ({"months": 12.0}, "months must be a whole number between 1 and 60, got 12.0 (team.toml: months)"),
        ({"months": 61}, "months must lie between 1 and 60, got 61 (team.toml: months)"),
        ({"months": True}, "months must be a whole number between 1 and 60, got true (team.toml: months)"),
        ({"name": ""}, "name must not be empty (team.toml: name)"),
        ({"name": 3}, "name must be text, got 3 (team.toml: name)"),
        ({"name": "a\tb"}, "name must be free of control characters such as line breaks, got 'a\\tb' (team.toml: name)"),
        ({"name": "a "}, "name must not begin or end with a space, got 'a ' (team.toml: name)"),
        ({"name": "\ud800"}, "name must be text that every computer can read, got half of a letter (team.toml: name)"),
        ({"currency": "a" * 201}, f"currency must have at most 200 letters, got '{'a' * 58}… (team.toml: currency)"),
        ({"Start": 3}, "a key of the scenario must be one that quotarisk knows, got 'Start' (team.toml: Start); did you mean 'start'?"),
        ({"rep_tabel": 3}, "a key of the scenario must be one that quotarisk knows, got 'rep_tabel' (team.toml: rep_tabel); did you mean 'rep_table'?"),
        ({"reps": {"a": 1}}, "reps must be a list of tables, got the table { a = 1 } (team.toml: reps)"),
        ({"reps": [3]}, "an entry of reps must be a table such as { name = \"Ana\" }, got 3 (team.toml: reps[0])"),
        ({"reps": [{}]}, "name must be given (team.toml: reps[0])"),
        ({"reps": [{"name": "A", "ramp": [1, "x"]}]}, "ramp must be a number between 0 and 5, got the text 'x' (team.toml: reps[0].ramp[1])"),
        ({"reps": [{"name": "A", "ramp": [1] * 121}]}, "ramp must have 0 to 120 numbers, got 121 (team.toml: reps[0].ramp)"),
        ({"reps": [{"name": "A", "quota": 3}]}, "quota must be a table such as { month = 40_000 }, got 3 (team.toml: reps[0].quota)"),
        ({"team": {"quota": {"month": -1}}}, "month quota must lie between 0 and 1,000,000,000,000, got -1 (team.toml: team.quota.month)"),
        ({"team": {"quota": {"month": 10**400}}}, "month quota must lie between 0 and 1,000,000,000,000, got a number of more than 60 digits (team.toml: team.quota.month)"),
        ({"team": {"quota": {"month": True}}}, "month quota must be a number, a list of numbers or a table by period name, got true (team.toml: team.quota.month)"),
        ({"team": {"quota": {"month": [1, -2]}}}, "month quota must lie between 0 and 1,000,000,000,000, got -2 (team.toml: team.quota.month[1])"),
        ({"team": {"quota": {"year": {"2027": "x"}}}}, "year quota must be a number between 0 and 1,000,000,000,000, got the text 'x' (team.toml: team.quota.year.2027)"),
        ({"team": {"quota": {"moth": 3}}}, "a key of team.quota must be one that quotarisk knows, got 'moth' (team.toml: team.quota.moth); did you mean 'month'?"),
        ({"market": {"creation": float("nan")}}, "creation must be a number between 0 and 3, got nan (team.toml: market.creation)"),
        ({"market": {"creation": 10**400}}, "creation must lie between 0 and 3, got a number of more than 60 digits (team.toml: market.creation)"),
        ({"market": {"persistence": 1}}, "persistence must lie between -1 and 1, both excluded, got 1 (team.toml: market.persistence)"),
        ({"market": {"period": "Month"}}, "period must be 'month' or 'quarter', got 'Month' (team.toml: market.period); did you mean 'month'?"),
        ({"market": {"period": "xyz"}}, "period must be 'month' or 'quarter', got 'xyz' (team.toml: market.period)"),
        ({"market": {"period": ["month"]}}, "period must be 'month' or 'quarter', got ['month'] (team.toml: market.period)"),
        ({"calendar": {"won": [1, 2]}}, "won must have 3 numbers, got 2 (team.toml: calendar.won)"),
        ({"calendar": {"creation": 1}}, "creation must be a list of numbers, got 1 (team.toml: calendar.creation)"),
        ({"stress": {"x": {"cycle_days": 0}}}, "cycle_days must lie between 0.001 and 1,000, got 0 (team.toml: stress.x.cycle_days)"),
        ({"stress": {"x": {"remove_reps": "Ana"}}}, "remove_reps must be a list of names, got the text 'Ana' (team.toml: stress.x.remove_reps)"),
        ({"stress": {"x": 1}}, "stress.x must be a table such as { win_rate = 0.8, cycle_days = 1.25 }, got 1 (team.toml: stress.x)"),
        ({"segments": 5}, "segments must be a table, got 5 (team.toml: segments)"),
        ({"segments": {"": {}}}, "a name in segments must not be empty (team.toml: segments.\"\")"),
        ({"segments": {" a": {}}}, "a name in segments must not begin or end with a space, got ' a' (team.toml: segments.\" a\")"),
        ({"segments": {"a": {3: 4}}}, "a key of segments.a must be text, got 3 (team.toml: segments.a[3])"),
        ({"booked": [{"rep": "a", "date": date(2027, 1, 1), "amount": 1e13}]}, "amount must lie between -1,000,000,000,000 and 1,000,000,000,000, got 10000000000000.0 (team.toml: booked[0].amount)"),
        ({"open_deals": [{"deal": "a", "rep": "b", "segment": "c", "created": date(2027, 1, 1), "amount": 0}]}, "amount must be above 0 and at most 1,000,000,000,000, got 0 (team.toml: open_deals[0].amount)"),
    ],
)  # fmt: skip
def test_fault_in_words(told: dict[str, Any], expected: str) -> None:
    """Every kind of wrong value is one sentence: what is allowed, what stands there, where."""
    assert [expected] == found(**told)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ({"win_rate": 1.3}, "win_rate must lie between 0 and 1, got 1.3 (team.toml: segments.small.win_rate)"),
        ({"win_rate": {"known": 1.3}}, "win_rate must lie between 0 and 1, got 1.3 (team.toml: segments.small.win_rate.known)"),
        ({"win_rate": [1]}, "win_rate must be a number or a table such as { won = 120, of = 400 }, got the list [1] (team.toml: segments.small.win_rate)"),
        ({"win_rate": {"won": 3, "of": 2}}, "win_rate must not have more won than there were, got { won = 3, of = 2 } (team.toml: segments.small.win_rate)"),
        ({"win_rate": {"won": 3}}, "win_rate must be a number or { won = 120, of = 400 }, got { won = 3 } (team.toml: segments.small.win_rate)"),
        ({"win_rate": {"won": 0, "of": 0}}, f"of must be above 0 and at most {BILLION}, got 0 (team.toml: segments.small.win_rate.of)"),
        ({"win_rate": {"won": 1, "off": 2}}, "a key of segments.small.win_rate must be one that quotarisk knows, got 'off' (team.toml: segments.small.win_rate.off); did you mean 'of'?"),
        ({"opps_per_week": 10_001}, "opps_per_week must lie between 0 and 10,000, got 10001 (team.toml: segments.small.opps_per_week)"),
        ({"opps_per_week": {"known": 1, "opps": 2, "weeks": 3}}, "opps_per_week must be a number or { opps = 62, weeks = 52 }, got { known = 1, opps = 2, weeks = 3 } (team.toml: segments.small.opps_per_week)"),
        ({"opps_per_week": {"opps": 10**9, "weeks": 1}}, "opps_per_week must be at most 10,000 a week, got { opps = 1000000000, weeks = 1 } (team.toml: segments.small.opps_per_week)"),
        ({"stall_rate": "0.3"}, "stall_rate must be a number between 0 and 1, got the text '0.3' (team.toml: segments.small.stall_rate)"),
        ({"deal_size": "x"}, "deal_size must be a number or a table such as { median = 8_000, p90 = 16_000 }, got the text 'x' (team.toml: segments.small.deal_size)"),
        ({"deal_size": {"median": 0, "p90": 1}}, "median must lie between 0.000001 and 1,000,000,000,000, got 0 (team.toml: segments.small.deal_size.median)"),
        ({"deal_size": {"median": 9, "p90": 3}}, "deal_size must be a law: no lognormal law has median 9 and p90 3 (the figures must rise from the lower percentile to the higher), got { median = 9, p90 = 3 } (team.toml: segments.small.deal_size)"),
        ({"deal_size": {"dist": "lognorml", "median": 1, "p90": 2}}, "dist must be 'lognormal', 'gamma', 'weibull' or 'exponential', got 'lognorml' (team.toml: segments.small.deal_size.dist); did you mean 'lognormal'?"),
        ({"deal_size": {"values": []}}, "values must have 1 to 1,000,000 numbers, got 0 (team.toml: segments.small.deal_size.values)"),
        ({"deal_size": {"values": [0]}}, "deal_size must have at least one positive number in values, got { values = [0] } (team.toml: segments.small.deal_size)"),
        ({"deal_size": {"values": [1], "of": "x"}}, f"of must be a number between 1 and {BILLION}, got the text 'x' (team.toml: segments.small.deal_size.of)"),
        ({"deal_size": {}}, "deal_size must be one of: a number, two figures (median and p90, mean and sd, p10 and p90), values, quantiles, got { } (team.toml: segments.small.deal_size)"),
        ({"deal_size": {"known": 3, "of": 4}}, "deal_size must be one of: a number, two figures (median and p90, mean and sd, p10 and p90), values, quantiles, got { known = 3, of = 4 } (team.toml: segments.small.deal_size)"),
        ({"deal_size": {"quantiles": 3}}, "quantiles must be a table, got 3 (team.toml: segments.small.deal_size.quantiles)"),
        ({"deal_size": {"quantiles": {"0.5": 3}}}, "deal_size must have quantiles that map two or more probabilities between 0 and 1 to rising values, got { quantiles = { 0.5 = 3 } } (team.toml: segments.small.deal_size)"),
        ({"deal_size": {"quantiles": {"a": 3, "b": 4}}}, "deal_size must have quantiles that map two or more probabilities between 0 and 1 to rising values, got { quantiles = { a = 3, b = 4 } } (team.toml: segments.small.deal_size)"),
        ({"deal_size": {"quantiles": {"0": {"1": 3, "5": "x"}}}}, "quantiles must be a number between 0.000001 and 1,000,000,000,000, got the text 'x' (team.toml: segments.small.deal_size.quantiles.\"0.5\")"),
        ({"deal_size": {"quantiles": {"0.5": 1, "0.50001": 1e6}}}, "deal_size must not spread so wide that its mean exceeds 1,000,000,000,000, got { quantiles = { 0.5 = 1, 0.50001 = 1000000.0 } } (team.toml: segments.small.deal_size)"),
        ({"won_cycle_days": 36_501}, "won_cycle_days must have a mean of at most 36,500 days, got 36501 (team.toml: segments.small.won_cycle_days)"),
        ({"won_cycle": 5}, "a key of segments.small must be one that quotarisk knows, got 'won_cycle' (team.toml: segments.small.won_cycle); did you mean 'won_cycle_days'?"),
    ],
)  # fmt: skip
def test_fault_of_a_figure(figure: dict[str, Any], expected: str) -> None:
    """Every wrong figure of a segment is one sentence with the segment's place."""
    assert [expected] == found(segments={"small": figure})


def test_all_at_once() -> None:
    """All that is wrong is told, not only the first."""
    assert [
        "months must lie between 1 and 60, got 0 (team.toml: months)",
        'an entry of reps must be a table such as { name = "Ana" }, got 1 (team.toml: reps[0])',
        'an entry of reps must be a table such as { name = "Ana" }, got 2 (team.toml: reps[1])',
    ] == found(months=0, reps=[1, 2])


def test_key_that_no_computer_reads() -> None:
    """A key with half of a letter is a fault of the scenario."""
    assert [
        "the scenario must be text that every computer can read, got half of a letter (team.toml)"
    ] == found(**{"\ud800": 1})


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("EMEA ", "did you mean 'emea'?"),
        ("emae", "did you mean 'emea'?"),
        ("zz", "allowed: 'emea', 'apac'"),
    ],
)
def test_suggest_word(wrong: str, expected: str) -> None:
    """Capitals and spaces do not hide what was meant."""
    assert expected == suggest_word(wrong, iter(["emea", "apac"]))


def test_abridge() -> None:
    """Faults that are told twice are told once; of many alike fifty are told, and their number."""
    many = [Fault("a.csv", f"row {number}", "x must be a number") for number in range(60)]
    other = Fault("b.csv", "row 1", "x must be a number")

    assert (*many[:50], Fault("a.csv", "10 more places", "x must be a number"), other) == abridge(
        [*many, other, *many[:9]]
    )
