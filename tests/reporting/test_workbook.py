from __future__ import annotations

import re
import time
import zipfile
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import polars as pl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from quotarisk.caution import Caution
from quotarisk.reporting.colours import shade
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.results import Results
from quotarisk.reporting.risks import bands_table, risk_table, tell_risk
from quotarisk.reporting.sentences import headline, source
from quotarisk.reporting.spreadsheet import width_of
from quotarisk.reporting.tables import Table, attainment_table, reps_table
from quotarisk.reporting.workbook import draw_workbook
from quotarisk.scenario.loading import load_scenario
from tests.reporting.teams import answers, scenario

SHEETS = [
    *("Summary", "Attainment", "Cadence", "Risk", "Bands"),
    *("Scenario", "Segments", "Reps", "Quotas", "Open deals"),
    *("Cautions", "Run"),
]


def opened(results: Results) -> Workbook:
    """The workbook as an independent reader sees it."""
    return openpyxl.load_workbook(BytesIO(draw_workbook(results)))


@pytest.fixture(scope="module")
def book(results: Results) -> Workbook:
    """A workbook about three reps in two groups."""
    return opened(results)


def rows_of(page: Worksheet, *, first: int = 1, columns: int | None = None) -> list[list[Any]]:
    """What stands in a sheet."""
    rows = page.iter_rows(min_row=first, max_col=columns, values_only=True)
    return [list(row) for row in rows]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("Attainment", attainment_table),
        ("Cadence", reps_table),
        ("Risk", lambda results: risk_table(results.risk, results.scenario)),
        ("Bands", lambda results: bands_table(results.risk, results.scenario)),
    ],
)
def test_figures_are_the_tables(name: str, make: Any, results: Results, book: Workbook) -> None:
    """Every figure of a labelled table stands under its label, with its error."""
    table: Table = make(results)
    header, *rows = rows_of(book[name])
    by_label = {label: [row[at] for row in rows] for at, label in enumerate(header)}
    for column in table.columns:
        assert pytest.approx(table.frame[column.key].to_list()) == by_label[column.label]
        if column.error:
            errors = table.frame[column.error].to_list()
            assert pytest.approx(errors) == by_label[f"{column.label} s.e."]
    assert len(header) == len(set(map(str.casefold, header)))


def test_another_reader(results: Results) -> None:
    """A reader of data frames gets the same table."""
    data = fastexcel.read_excel(draw_workbook(results))
    read = data.load_sheet("Attainment").to_polars()
    table = attainment_table(results).frame

    assert table["p_hit"].to_list() == pytest.approx(read["P(hit)"].to_list())
    assert table["name"].to_list() == read["name"].to_list()


def test_summary(results: Results, book: Workbook) -> None:
    """The first sheet is the answer in sentences, the plans, and where it comes from."""
    page = book["Summary"]
    told = [row[0] for row in rows_of(page) if row[0] is not None]
    plans = plans_table(results)
    at = next(n for n, row in enumerate(rows_of(page), start=1) if row[0] == "plan")
    frame = plans.frame.row(0, named=True)

    assert ["Starter", *headline(results)] == told[:3]
    assert source(results) == told[-1]
    assert "Cautions: 3, on a sheet of their own." in told
    assert set(tell_risk(results.risk, results.scenario)) < set(told)
    assert [column.label for column in plans.columns] == [
        cell.value for cell in page[at][: len(plans.columns)]
    ]
    assert pytest.approx([frame[column.key] for column in plans.columns[1:]]) == [
        cell.value for cell in page[at + 1][1 : len(plans.columns)]
    ]


def test_sheets(book: Workbook) -> None:
    """The answers come first, then the assumptions, then what is doubtful and the source."""
    assert SHEETS == book.sheetnames
    colours = [page.sheet_properties.tabColor for page in book]
    assert {"FF0072B2", "FFE69F00"} == {colour.rgb for colour in colours if colour}


def test_formats(book: Workbook) -> None:
    """Shares are per cent, amounts are money, and a heading says what its column means."""
    page = book["Attainment"]
    cells = {header.value: first for header, first, *_ in page.iter_cols()}
    notes = {cell.value: cell.comment.text for cell in page[1] if cell.comment}

    assert ("0.0%", "#,##0", "@", "0.00%") == tuple(
        cells[label].number_format for label in ("P(hit)", "P50", "name", "P(hit) s.e.")
    )
    assert isinstance(cells["P(hit)"].value, float)
    assert "How likely bookings reach the quota." == notes["P(hit)"].strip()
    assert "In USD." in notes["quota"]
    assert set(cells) == set(notes)


@pytest.mark.parametrize(
    ("name", "frozen"), [("Attainment", "E2"), ("Cadence", "B2"), ("Cautions", "B2"), ("Run", "B2")]
)
def test_headings_stay_in_sight(name: str, frozen: str, book: Workbook) -> None:
    """Headings and names are frozen, and every column has a filter and a sensible width."""
    page = book[name]
    filters = page.auto_filter.ref or next(iter(page.tables.values())).autoFilter.ref

    assert frozen == page.freeze_panes
    assert filters.startswith("A1:")
    assert all(8 <= width.width <= 50 for width in page.column_dimensions.values())


def test_colours_of_chances(results: Results, book: Workbook) -> None:
    """P(hit) is coloured as on the page, on one scale; errors are not."""
    page = book["Attainment"]
    header = [cell.value for cell in page[1]]
    scales = {str(found.sqref): found.rules[0].colorScale for found in page.conditional_formatting}
    rows = attainment_table(results).frame.height
    letter = get_column_letter(header.index("P(hit)") + 1)

    assert {f"{letter}2:{letter}{rows + 1}"} < set(scales)
    assert 2 == len(scales)  # P(hit), and P(hit) exact
    for scale in scales.values():
        expected = [f"FF{shade(share)[1:].upper()}" for share in (0.0, 0.5, 1.0)]
        assert expected == [colour.rgb for colour in scale.color]
        assert ["0", "0.5", "1"] == [str(float(end.val)).removesuffix(".0") for end in scale.cfvo]
    assert 3 <= len(book["Cadence"].conditional_formatting)


def test_same_bytes(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers are the same bytes, whenever they are written."""
    first = draw_workbook(results)
    real = time.localtime
    monkeypatch.setattr(time, "localtime", lambda *_: real(2_000_000_000))

    assert first == draw_workbook(results)
    with zipfile.ZipFile(BytesIO(first)) as parts:
        assert {(1980, 1, 1, 0, 0, 0)} == {part.date_time for part in parts.infolist()}
        core = parts.read("docProps/core.xml").decode()
    assert {"2000-01-01T00:00:00Z"} == set(re.findall(r"20\d\d-[^<]*", core))
    assert datetime(2000, 1, 1) == openpyxl.load_workbook(BytesIO(first)).properties.created


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "{="])
def test_text_is_no_formula(sign: str) -> None:
    """Names that look like formulas, numbers or links are text in every cell."""
    evil = [f"{sign}1+1", f"{sign}cmd|' /C calc'!A0}}", "http://example.com", "12", "<b>&amp;"]
    told = scenario(
        name=evil[0],
        currency=evil[1],
        reps=[
            {"name": name, "group": f"{sign}G{at}", "quota": {"month": 9000}}
            for at, name in enumerate(evil)
        ],
    )
    results = answers(told, paths=100)
    caution = Caution(f"{sign}c", (evil[0],), f"{sign}2+2")
    results = replace(results, attainment=replace(results.attainment, cautions=(caution,)))
    data = draw_workbook(results)
    with zipfile.ZipFile(BytesIO(data)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name]
    book = openpyxl.load_workbook(BytesIO(data))

    assert [] == [sheet for sheet in sheets if re.search(rb"<f[ >/]|<hyperlink", sheet)]
    assert set(evil) <= {row[1] for row in rows_of(book["Attainment"])}
    assert (f"{sign}c", evil[0], f"{sign}2+2") == tuple(rows_of(book["Cautions"])[1])
    assert evil[0] == book["Summary"]["A1"].value
    assert "s" == book["Summary"]["A1"].data_type


def test_round_trip(results: Results, tmp_path: Path) -> None:
    """The report can be loaded, and is the scenario that was asked."""
    (tmp_path / "report.xlsx").write_bytes(draw_workbook(results))
    actual = load_scenario(tmp_path / "report.xlsx")

    assert results.scenario == actual
    assert results.scenario.fingerprint == actual.fingerprint


def test_change_a_cell_run_again(results: Results, tmp_path: Path) -> None:
    """A quota that is raised in the report lowers the chance, and changes no other rep."""
    book = opened(results)
    row = next(row for row in book["Quotas"].iter_rows() if row[0].value == "Ana")
    row[4].value = 56_000
    book.save(tmp_path / "changed.xlsx")
    again = answers(load_scenario(tmp_path / "changed.xlsx"))

    def chances(of: Results, name: str) -> pl.Series:
        return of.attainment.frame.filter(name=name, cadence="quarter")["p_hit"]

    assert (chances(again, "Ana") < chances(results, "Ana")).all()
    assert chances(results, "Ben").to_list() == chances(again, "Ben").to_list()


def test_run(results: Results, book: Workbook) -> None:
    """Seed, paths, the scenario's hash and the version stand on the last sheet."""
    told = {row[0]: row[1] for row in rows_of(book["Run"])[1:]}

    assert (7, 1000, "0123456789abcdef", "1.2.3") == tuple(
        told[key] for key in ("seed", "paths", "scenario hash", "version")
    )
    assert "Exposure only" in told["note"]
    assert source(results) == told["source"]


def test_without_quotas(without_quotas: Results) -> None:
    """Without a quota there are bookings but no chance."""
    book = opened(without_quotas)
    header, *rows = rows_of(book["Attainment"])
    summary = str(rows_of(book["Summary"]))

    assert "'who', 'mean'" in summary
    assert "P(hit)" not in summary

    assert {None} == {row[header.index("P(hit)")] for row in rows}
    assert all(row[header.index("mean")] > 0 for row in rows)


def test_nothing_to_answer() -> None:
    """A horizon without a whole period and without doubts has sheets without rows."""
    results = answers(
        scenario(months=1, start=date(2027, 1, 10), reps=[{"name": "Ana"}]), paths=100
    )
    results = replace(
        results,
        attainment=replace(results.attainment, cautions=()),
        cadence=replace(results.cadence, cautions=()),
    )
    book = opened(results)

    assert [] == [row for row in rows_of(book["Attainment"], first=2) if any(row)]
    assert 1 == len(rows_of(book["Cautions"]))
    assert not any("autions" in str(row[0]) for row in rows_of(book["Summary"]))


def test_a_caution_about_everybody(results: Results) -> None:
    """What no cell holds is cut, for a report must not fail at its margin."""
    caution = Caution("few_deals", tuple(f"Rep {number}" for number in range(9000)), "Few.")
    many = replace(
        results,
        attainment=replace(results.attainment, cautions=(caution,)),
        cadence=replace(results.cadence, cautions=()),
    )
    about = rows_of(opened(many)["Cautions"])[1][1]

    assert (16_000, "…") == (len(about), about[-1])


@pytest.mark.parametrize(
    ("label", "cells", "expected"),
    [("n", [1], 8), ("name", ["x" * 20, None], 21), ("shortfall", [], 12), ("x", ["y" * 99], 48)],
)
def test_widths(label: str, cells: list[object], expected: int) -> None:
    """A column is as wide as its words need, within bounds."""
    assert expected == width_of(label, cells)


def test_large_team() -> None:
    """The tables of three hundred reps are written in seconds."""
    results = answers(
        scenario(reps=[{"name": f"Rep {n}", "quota": {"month": 9000}} for n in range(300)]),
        paths=20,
    )
    begin = time.perf_counter()
    data = draw_workbook(results)

    assert time.perf_counter() - begin < 20
    assert len(data) < 3_000_000
