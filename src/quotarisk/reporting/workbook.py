"""The report as a workbook: the answers, the assumptions that one may change, the source."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from quotarisk.reporting import sentences
from quotarisk.reporting.assumption_sheets import add_assumptions
from quotarisk.reporting.grids import grid_of
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.results import Results
from quotarisk.reporting.risks import risk_tables, tell_risk
from quotarisk.reporting.spreadsheet import add_sheet, new_workbook
from quotarisk.reporting.table_sheets import COLOUR, draw_cautions, draw_run, draw_table
from quotarisk.reporting.tables import attainment_table, reps_table

HOW_TO_CHANGE = (
    "Change a cell of the sheets with a yellow tab, from Scenario on, and run quotarisk on this "
    "workbook as on a scenario file. The other sheets are not read."
)


def _draw_summary(book: Workbook, results: Results) -> None:
    sheet = add_sheet(book, "Summary", colour=COLOUR)
    title, bold = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True})
    sheet.write_string(0, 0, results.scenario.name, title)
    row = 1
    for sentence in sentences.headline(results):
        sheet.write_string(row, 0, sentence, bold)
        row += 1
    if not results.attainment.frame.is_empty():
        plans = plans_table(results)
        draw_table(book, sheet, plans, row=row + 1)
        row += plans.frame.height + 2
        sheet.write_string(row + 1, 0, " ".join(grid_of(plans).captions))
        row += 1
    told = [*results.notes, sentences.source(results)]
    risk = tell_risk(results.risk, results.scenario)
    if results.cautions:
        told.insert(0, f"Cautions: {len(results.cautions):,}, on a sheet of their own.")
    for number, text in enumerate([*risk, *told], start=row + 2):
        sheet.write_string(number, 0, text)


def _told(results: Results) -> dict[str, Any]:
    """Say where the figures come from."""
    return {
        **asdict(results.provenance),
        "currency": results.scenario.currency,
        "source": sentences.source(results),
        "note": " ".join(results.notes),
        "to change an assumption": HOW_TO_CHANGE,
    }


def draw_workbook(results: Results) -> bytes:
    """What are the answers as a workbook?

    Returns
    -------
    bytes
        An ``.xlsx`` file: the sheets Summary, Attainment, Cadence, Risk with Bands (and what makes
        the risk, where that is known), then the assumptions,
        which `load_scenario` reads back as the same scenario, Cautions and Run. The same
        results give the same bytes, and no cell holds a formula.
    """
    data = BytesIO()
    with new_workbook(data, title=results.scenario.name) as book:
        _draw_summary(book, results)
        for name, table, frozen in (
            ("Attainment", attainment_table(results), 4),
            ("Cadence", reps_table(results), 1),
        ):
            draw_table(book, add_sheet(book, name, colour=COLOUR), table, frozen=frozen)
        for table in risk_tables(results.risk, results.scenario):
            sheet = add_sheet(book, table.key.capitalize(), colour=COLOUR)
            draw_table(book, sheet, table, frozen=1)
        add_assumptions(book, results.scenario)
        draw_cautions(book, results.cautions)
        draw_run(book, _told(results))
    return data.getvalue()
