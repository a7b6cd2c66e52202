"""The scenario file as a JSON Schema: what editors complete and check while one types."""

from __future__ import annotations

from typing import Any

from quotarisk.scenario.scenario import Scenario

TABLES = {
    "rep_table": (
        "A table with a row for each rep and segment: rep, group, segment, opps_per_week, opps,"
        " weeks, win_rate, won, of, stall_rate, deal_size_median, deal_size_p90,"
        " won_cycle_median, won_cycle_p90, lost_cycle_median, lost_cycle_p90; any law, as it is"
        " written in this file: deal_size, won_cycle_days, lost_cycle_days; start_date, ramp,"
        " pipeline, booked_since, hours_per_week, prospecting_share, pay."
    ),
    "segment_table": "A table with a row for each segment: segment and the rep table's figures.",
    "quota_table": (
        "A table of quotas: rep or group (neither for the team), cadence, period, quota."
    ),
}
FILE = {
    "type": "string",
    "pattern": r"\.([cC][sS][vV]|[pP][aA][rR][qQ][uU][eE][tT]|[xX][lL][sS][xX](#.+)?)$",
}
DATABASE = {
    "type": "object",
    "properties": {
        "uri": {
            "type": "string",
            "pattern": r"^([A-Za-z][A-Za-z0-9+.-]+://|\$\{[A-Za-z_][A-Za-z0-9_]*\}$)",
            "description": "The address, such as sqlite://crm.db or postgresql://host/crm; ${NAME}"
            " in it stands for a variable of the environment.",
        },
        "query": {
            "type": "string",
            "pattern": r"\S",
            "description": "SQL whose answer has the table's columns.",
        },
    },
    "required": ["uri", "query"],
    "additionalProperties": False,
}


def _without_null(schema: Any) -> Any:
    """Leave out ``null``, which TOML does not know, and titles that only repeat the keys."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _without_null(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and isinstance(value, dict | None))
    }
    branches = kept.get("anyOf")
    if isinstance(branches, list):
        kept["anyOf"] = [branch for branch in branches if branch != {"type": "null"}]
        if len(kept["anyOf"]) == 1:
            kept |= {**kept.pop("anyOf")[0], **kept}
    return kept


def scenario_schema() -> dict[str, Any]:
    """Which keys may a scenario file have, and what may stand there?

    Returns
    -------
    dict
        A JSON Schema (draft 2020-12) of the TOML file. It knows keys, types and ranges; what
        needs the whole scenario is left to `load_scenario`.
    """
    schema: dict[str, Any] = _without_null(Scenario.model_json_schema())
    properties = dict(schema["properties"])
    for key in ("open_deals", "booked"):
        inline = {name: value for name, value in properties[key].items() if name != "description"}
        properties[key] = {
            "anyOf": [FILE, DATABASE, inline],
            "description": properties[key]["description"]
            + " A file beside this one or in a bucket, a query to a database, or a list.",
        }
    for key, description in TABLES.items():
        properties[key] = {"anyOf": [FILE, DATABASE], "description": description}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "quotarisk scenario",
        **schema,
        "properties": properties,
    }
