"""Sheets with a scenario's assumptions: change a cell, and run the workbook again."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from xlsxwriter import Workbook

from quotarisk.reporting.spreadsheet import DAY, Field, add_sheet, new_workbook, write_rows
from quotarisk.scenario.cells import read_day, read_period, read_text
from quotarisk.scenario.pages import Page, scenario_pages
from quotarisk.scenario.scenario import Scenario

COLOUR = "#e69f00"  # of the tabs; the headings bear a lighter shade
SHADE = "#fbe8bf"
SHARES = ("win_rate", "stall_rate")
MONEY = ("quota", "amount", "deal_size_median", "deal_size_p90")
FROZEN = {"Scenario": 1, "Reps": 1, "Segments": 1, "Quotas": 2}


def money_format(amounts: Iterable[object]) -> str:
    """How are amounts shown: with cents where there are any?"""
    has_cents = any(isinstance(amount, float) and amount % 1 for amount in amounts)
    return "#,##0.00" if has_cents else "#,##0"


def _num_format(page: Page, column: str) -> str:
    read = page.layout.columns[column]
    if read is read_day:
        return DAY
    if column in SHARES:
        return "0.0%"
    if column in MONEY:
        return money_format(row.get(column) for row in page.rows)
    return "@" if read in (read_text, read_period) else "General"


def add_assumptions(book: Workbook, scenario: Scenario) -> None:
    """Add a sheet for each of the tables that a scenario is made of."""
    for page in scenario_pages(scenario):
        sheet = add_sheet(book, page.name, colour=COLOUR)
        fields = [
            Field(column, column, note, _num_format(page, column))
            for column, note in page.notes.items()
        ]
        write_rows(book, sheet, fields, page.rows, frozen=FROZEN.get(page.name, 1), shade=SHADE)


def draw_scenario(scenario: Scenario) -> bytes:
    """What is a scenario as a workbook, which `load_scenario` reads?"""
    data = BytesIO()
    with new_workbook(data, title=scenario.name) as book:
        add_assumptions(book, scenario)
    return data.getvalue()
