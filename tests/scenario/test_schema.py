from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from typing import Any

import pytest

from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.schema import scenario_schema
from quotarisk.scenario.starter import starter_text
from tests.scenario.texts import FULL, SMALL

SCHEMA = scenario_schema()
TABLED = 'name = "T"\nstart = 2027-01-01\nrep_table = "r.csv"\nopen_deals = "b.XLSX#Deals"\n'
KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": (str, date),
    "integer": int,
    "number": (int, float),
}


def complaints(value: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """Check a value against the part of JSON Schema that ours is written in."""
    found = []
    for key, told in sorted(schema.items(), key=lambda item: item[0] != "type"):
        if key == "$ref":
            found += complaints(value, SCHEMA["$defs"][told.rpartition("/")[2]], at)
        elif key in ("anyOf", "oneOf"):
            fits = [branch for branch in told if not complaints(value, branch, at)]
            if not fits or (key == "oneOf" and len(fits) > 1):
                found.append(f"{at}: {key}")
        elif key == "type":
            if not isinstance(value, KINDS[told]):
                return [f"{at}: {told}"]
        elif key == "properties":
            for name in set(value) & set(told):
                found += complaints(value[name], told[name], f"{at}.{name}")
        elif key == "additionalProperties":
            for name in set(value) - set(schema.get("properties", {})):
                found += [f"{at}.{name}"] if told is False else complaints(value[name], told, at)
        elif key == "items":
            found += [
                c for i, item in enumerate(value) for c in complaints(item, told, f"{at}[{i}]")
            ]
        else:
            fits_rule: dict[str, Any] = {
                "required": lambda v, t: set(t) <= set(v),
                "minimum": lambda v, t: v >= t,
                "maximum": lambda v, t: v <= t,
                "exclusiveMinimum": lambda v, t: v > t,
                "exclusiveMaximum": lambda v, t: v < t,
                "minItems": lambda v, t: len(v) >= t,
                "maxItems": lambda v, t: len(v) <= t,
                "minLength": lambda v, t: len(v) >= t,
                "maxLength": lambda v, t: len(v) <= t,
                "enum": lambda v, t: v in t,
                "pattern": lambda v, t: re.search(t, v) is not None,
                "propertyNames": lambda v, t: not [c for n in v for c in complaints(n, t, at)],
            }
            silent = ("description", "default", "title", "$schema", "$defs", "format")
            if key not in silent and not fits_rule[key](value, told):
                found.append(f"{at}: {key}")
    return found


@pytest.mark.parametrize("text", [SMALL, FULL, TABLED, starter_text("T", date(2027, 1, 1))])
def test_good_files_fit(text: str) -> None:
    """Files that load fit the schema."""
    assert [] == complaints(tomllib.loads(text), SCHEMA)


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

    found = complaints(tomllib.loads(FULL.replace(old, new)), SCHEMA)

    assert any(complaint.startswith(where) for complaint in found)


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
