"""A scenario as tables: what the sheets of a workbook say, to be read back by `load_scenario`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from quotarisk.scenario.columns import (
    BOOKED,
    LAW_PARTS,
    LAWS,
    OPEN_DEALS,
    OWN_KEYS,
    PAIRS,
    QUOTA_TABLE,
    REP_TABLE,
    SEGMENT_TABLE,
)
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.literals import write_key, write_literal, write_text
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.part import Part
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.sheets import (
    BOOKED_SHEET,
    LONG_TEXTS,
    LONG_TEXTS_SHEET,
    OPEN_DEALS_SHEET,
    QUOTAS_SHEET,
    REPS_SHEET,
    SCENARIO_SHEET,
    SEGMENTS_SHEET,
    SETTINGS,
)
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.tables import LITERALS, Layout
from quotarisk.scenario.team import Booking, OpenDeal, Rep

MOST_LETTERS = 16_000  # of a cell; Excel's own limit is 32,767 halves of a letter
ALWAYS_TOLD = ("name", "start", "months", "fiscal_year_start", "currency")
PARTS: dict[str, type[Part]] = {
    "market": Market,
    "calendar": Calendar,
    "correction": Correction,
    "pay": PayPlan,
    "stress": Stress,
}
LAW_NOTE = " As in a scenario file: a number, or a table such as { median = 25, p90 = 60 }."
FIGURE_NOTES = {
    "opps": "How many opportunities were created in so many weeks: evidence.",
    "weeks": "In how many weeks they were created.",
    "won": "How many opportunities were won of so many: evidence.",
    "of": "Of how many, the lost and the stalled ones included.",
}
QUOTA_NOTES = {
    "rep": "Whose quota it is; without a rep and a group the team's.",
    "group": "The group whose plan it is.",
    "cadence": "month, quarter or year.",
    "period": "2027-01, 2027-Q1 or 2027; empty for all that no other row names.",
    "quota": "What must be booked; without a period also a list such as [40000, 45000].",
}
SETTING_NOTES = {
    "key": "As in a scenario file; what is left out has its usual value.",
    "value": "As in a scenario file: a number, a day, text, a list in [ ].",
    "meaning": "What the key means; not read.",
}
LONG_TEXT_NOTES = {
    "text": "What a cell says that cannot hold the text.",
    "part": "A piece of the text; the rows of a text are read one after the other.",
}

Row = Mapping[str, Any]
Settings = dict[tuple[str, ...], Any]  # values by their paths in the scenario file


@dataclass(frozen=True)
class Page:
    """A sheet of assumptions.

    Parameters
    ----------
    name
        What it is called.
    layout
        Its columns, as they are read.
    notes
        What each column means.
    rows
        Text, numbers and days by column; what is not given is absent.
    """

    name: str
    layout: Layout
    notes: Mapping[str, str]
    rows: tuple[Row, ...]


def _described(part: type[Part], keys: Iterable[str]) -> dict[str, str]:
    return {key: part.model_fields[key].description or "" for key in keys}


def _figure_notes() -> dict[str, str]:
    """Say what each column of a figure means."""
    own = _described(Segment, Segment.model_fields)
    laws = {key: own[key] + LAW_NOTE for key in LAWS.values()}
    words = {
        "median": "Half are below it; with the p90 a lognormal law.",
        "p90": "Nine in ten are below it.",
        "of": "Number of deals that it was learnt from: evidence.",
    }
    parts = {f"{stem}_{part}": words[part] for stem in LAWS for part in LAW_PARTS}
    return {**own, **FIGURE_NOTES, **parts, **laws}


def _in_order(layout: Layout, notes: Mapping[str, str]) -> dict[str, str]:
    return {column: notes[column] for column in layout.columns}


def _figures(told: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a segment's figures out in columns."""
    cells: dict[str, Any] = {}
    stems = {key: stem for stem, key in LAWS.items()}
    for key, value in told.items():
        parts = set(value) if isinstance(value, dict) else set()
        if key in PAIRS and isinstance(value, dict):
            cells |= value
        elif key in stems and {"median", "p90"} <= parts <= set(LAW_PARTS):
            cells |= {f"{stems[key]}_{part}": figure for part, figure in value.items()}
        else:
            cells[key] = write_literal(value) if isinstance(value, dict) else value
    return cells


def _segment_rows(told: Mapping[str, Any]) -> Iterator[Row]:
    for name, figures in told.items():
        yield {"segment": name, **_figures(figures)}


def _rep_rows(told: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row for each rep and segment; what is the rep's own stands in the first of them."""
    for rep in told:
        own = {key: rep[key] for key in OWN_KEYS if key in rep}
        if "ramp" in own:
            own["ramp"] = write_literal(own["ramp"])
        for name, figures in rep.get("segments", {}).items() or [(None, {})]:
            named = {} if name is None else {"segment": name}
            yield {"rep": rep["name"], **own, **named, **_figures(figures)}
            own = {}


def _quota_rows(owner: Row, told: Mapping[str, Any]) -> Iterator[Row]:
    """A row for each period that is named; one for a number, a list or what is for all."""
    for cadence, quota in told.get("quota", {}).items():
        row = {**owner, "cadence": cadence}
        if isinstance(quota, dict) and set(quota) - {""}:
            for period, amount in quota.items():
                yield {**row, **({"period": period} if period else {}), "quota": amount}
        else:
            is_number = isinstance(quota, int | float)
            yield {**row, "quota": quota if is_number else write_literal(quota)}


def _flat(path: tuple[str, ...], told: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Take tables apart down to their values; an empty table is a value."""
    if isinstance(told, dict) and told:
        for key, value in told.items():
            yield from _flat((*path, key), value)
    else:
        yield path, told


def _settings(scenario: Scenario, rest: Mapping[str, Any]) -> Settings:
    """Gather what no table holds, with what one may want to change though it is as usual."""
    found: Settings = {(key,): getattr(scenario, key) for key in ALWAYS_TOLD}
    for key in ("market", "calendar"):
        part = getattr(scenario, key)
        found |= {(key, name): getattr(part, name) for name in type(part).model_fields}
    for head, told in rest.items():
        if told:
            found |= dict(_flat((head,), told))
    return found


def _setting_rows(found: Settings) -> Iterator[Row]:
    for path, value in found.items():
        part = PARTS.get(path[0], Scenario)
        field = part.model_fields.get(path[-1])
        shown = value
        if isinstance(value, str):
            shown = write_text(value)
        elif isinstance(value, bool) or not isinstance(value, int | float | date):
            shown = write_literal(value)
        row = {"key": write_key(path), "value": shown}
        yield row if field is None else {**row, "meaning": field.description}


def _shortened(pages: Iterable[Page]) -> Iterator[Page]:
    """Put what no cell can hold on a sheet of its own, in pieces."""
    pieces: list[Row] = []
    names: dict[str, str] = {}
    for page in pages:
        literals = [key for key, read in page.layout.columns.items() if read in LITERALS]
        rows = []
        for row in page.rows:
            long = {key: row[key] for key in literals if len(str(row.get(key, ""))) > MOST_LETTERS}
            for text in long.values():
                if text not in names:
                    names[text] = f"long text {len(names) + 1}"
                    pieces += [
                        {"text": names[text], "part": text[at : at + MOST_LETTERS]}
                        for at in range(0, len(text), MOST_LETTERS)
                    ]
            rows.append({**row, **{key: names[text] for key, text in long.items()}})
        yield replace(page, rows=tuple(rows))
    if pieces:
        yield Page(LONG_TEXTS_SHEET, LONG_TEXTS, LONG_TEXT_NOTES, tuple(pieces))


def scenario_pages(scenario: Scenario) -> tuple[Page, ...]:
    """What does a scenario say, sheet by sheet?

    Every figure is there in full: `load_scenario` reads the same scenario back from a workbook
    with these sheets.
    """
    told = scenario.as_dict()
    reps, segments = told.pop("reps", []), told.pop("segments", {})
    deals, booked = told.pop("open_deals", []), told.pop("booked", None)
    team, groups = told.pop("team", {}), told.pop("groups", {})
    quotas = [row for rep in reps for row in _quota_rows({"rep": rep["name"]}, rep)]
    for name, group in groups.items():
        quotas += _quota_rows({"group": name}, group)
    quotas += _quota_rows({}, team)
    told["groups"] = {name: group for name, group in groups.items() if not group}
    figures = _figure_notes()
    rep_notes = {"rep": "Who sells.", "segment": "What the row's figures are for.", **figures}
    rep_notes |= _described(Rep, OWN_KEYS)
    segment_notes = {"segment": "A kind of deal.", **figures}
    pages = [
        Page(
            SCENARIO_SHEET,
            SETTINGS,
            SETTING_NOTES,
            tuple(_setting_rows(_settings(scenario, told))),
        ),
        Page(
            SEGMENTS_SHEET,
            SEGMENT_TABLE,
            _in_order(SEGMENT_TABLE, segment_notes),
            tuple(_segment_rows(segments)),
        ),
        Page(REPS_SHEET, REP_TABLE, _in_order(REP_TABLE, rep_notes), tuple(_rep_rows(reps))),
        Page(QUOTAS_SHEET, QUOTA_TABLE, QUOTA_NOTES, tuple(quotas)),
        Page(
            OPEN_DEALS_SHEET,
            OPEN_DEALS,
            _described(OpenDeal, OPEN_DEALS.columns),
            tuple(deals),
        ),
    ]
    if booked is not None:
        notes = _described(Booking, BOOKED.columns)
        pages.append(Page(BOOKED_SHEET, BOOKED, notes, tuple(booked)))
    return tuple(_shortened(pages))
