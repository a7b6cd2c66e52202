from __future__ import annotations

import json
import tomllib
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.schema import scenario_schema
from quotarisk.scenario.starter import starter_text
from tests.scenario.texts import FULL, HEAD, SMALL

SCHEMA = scenario_schema()
TABLED = 'name = "T"\nstart = 2027-01-01\nrep_table = "r.csv"\nopen_deals = "b.XLSX#Deals"\n'
ASKED = """\
name = "T"
start = 2027-01-01
rep_table = { uri = "sqlite://crm.db", query = "select * from reps" }
booked = { uri = "postgresql://h/crm", query = "select * from won" }
"""
VALIDATOR = Draft202012Validator(SCHEMA)


def _plain(value: Any) -> Any:
    """Dates of TOML as JSON has them."""
    return json.loads(json.dumps(value, default=str))


def complaints(value: Any) -> list[str]:
    """Where does a value not fit the schema, and which keyword says so?"""
    found = VALIDATOR.iter_errors(_plain(value))
    return [f"{error.json_path.removeprefix('$')}: {error.validator}" for error in found]


def test_it_is_a_schema() -> None:
    """The schema is one by the standard that it names."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("text", [SMALL, FULL, TABLED, ASKED, starter_text("T", date(2027, 1, 1))])
def test_good_files_fit(text: str) -> None:
    """Files that load fit the schema."""
    assert [] == complaints(tomllib.loads(text))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("months = 12", "months = 61", ".months: maximum"),
        ("stall_rate = 0.05", "stal_rate = 0.05", ".segments"),
        ('name = "Cy"', "nam = 3", ".reps"),
        ("won = [0.6, 0.9, 1.5]", "won = [0.6]", ".calendar.won: minItems"),
        ("start = 2027-02-15", "", ": required"),
        ("win_rate = 0.25", 'win_rate = "a"', ".segments"),
    ],
)
def test_bad_files_do_not(old: str, new: str, where: str) -> None:
    """A file with a wrong key, type, range or length does not fit the schema."""
    assert old in FULL

    found = complaints(tomllib.loads(FULL.replace(old, new)))

    assert any(complaint.startswith(where) for complaint in found)


@pytest.mark.parametrize(
    "told", ['{ uri = "crm.db", query = "q" }', '{ uri = "sqlite://crm.db" }', '{ sql = "q" }']
)
def test_queries_that_do_not_fit(told: str) -> None:
    """A query without an address, or an address without a query, does not fit."""
    assert [".rep_table: anyOf"] == complaints(tomllib.loads(f"{HEAD}rep_table = {told}"))


def test_addresses_with_variables() -> None:
    """An address may hold variables, or be one."""
    for uri in ("postgresql://${USER}:${PASSWORD}@h/crm", "${CRM}"):
        told = f'{HEAD}rep_table = {{ uri = "{uri}", query = "q" }}'
        assert [] == complaints(tomllib.loads(told))
    told = f'{HEAD}rep_table = {{ uri = "${{CRM}}/x", query = "q" }}'
    assert [".rep_table: anyOf"] == complaints(tomllib.loads(told))


def test_every_key_is_described() -> None:
    """Each key that one may write has a description."""
    tables = [SCHEMA, *SCHEMA["$defs"].values()]
    tables += [branch for table in tables for branch in table.get("anyOf", [])]
    undescribed = [
        name
        for table in tables
        for name, told in table.get("properties", {}).items()
        if not told.get("description")
    ]

    assert [] == undescribed


def test_knows_all_keys() -> None:
    """The schema knows the scenario's keys and the tables, and nothing of null."""
    keys = {*Scenario.model_fields, "rep_table", "segment_table", "quota_table"}

    assert keys == set(SCHEMA["properties"])
    assert "https://json-schema.org/draft/2020-12/schema" == SCHEMA["$schema"]
    assert "null" not in json.dumps(SCHEMA)


def numbers(schema: Any) -> list[dict[str, Any]]:
    """All parts of the schema that describe a number."""
    if isinstance(schema, list):
        return [found for part in schema for found in numbers(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("type") in ("number", "integer") else []
    return own + numbers(list(schema.values()))


def test_every_number_has_two_bounds() -> None:
    """No number may be so large or so small that arithmetic with it overflows."""
    lows, highs = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
    found = numbers(SCHEMA)

    assert len(found) > 40
    assert [] == [part for part in found if not lows & set(part) or not highs & set(part)]
