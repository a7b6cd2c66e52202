from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from quotarisk.reporting.reply_book import draw_reply_book, sheet_name
from tests.reporting.replies import EVIL, reply, stress_table


@pytest.fixture(scope="module")
def book() -> Workbook:
    """The reply's workbook as another program reads it."""
    return openpyxl.load_workbook(BytesIO(draw_reply_book(reply())))


def test_sheets(book: Workbook) -> None:
    """A sheet a table, between the summary and what is doubtful."""
    assert ["Summary", "Stress", "By rep", "Cautions", "Run"] == book.sheetnames


def test_summary(book: Workbook) -> None:
    """The first sheet tells the answer and what the others hold."""
    told = [str(row[0]) for row in book["Summary"].iter_rows(values_only=True) if row[0]]

    assert ["Starter & <b>Co</b>", *reply().sentences] == told[:3]
    assert "Stress: What if it gets worse?" in told
    assert "Cautions: 6, on a sheet of their own." in told
    assert "1,000 paths, seed 7; scenario 0123456789ab; quotarisk 1.2.3" == told[-1]


def test_table(book: Workbook) -> None:
    """Figures are numbers with a format, errors beside them, headings and names in sight."""
    sheet = book["Stress"]
    labels = [cell.value for cell in sheet[1]]
    formats = {label: cell.number_format for label, cell in zip(labels, sheet[3], strict=True)}

    assert "C2" == sheet.freeze_panes
    assert ["stress", "name", "P(hit)", "change", "mean", "months hit"] == labels[:6]
    assert {"P(hit) s.e.", "change s.e.", "of months"} == set(labels[6:])
    assert ("0.0%", "+0.0%;-0.0%;0.0%", "#,##0") == tuple(
        formats[label] for label in ("P(hit)", "change", "mean")
    )
    assert 1_250_000 == sheet["E2"].value


def test_text_is_never_a_formula(book: Workbook) -> None:
    """A name that begins with an equals sign is a name."""
    cells = [row[0] for row in book["By rep"].iter_rows(min_row=2)]

    assert list(EVIL) == [cell.value for cell in cells]
    assert {"s"} == {cell.data_type for cell in cells}


def test_cautions_and_run(book: Workbook) -> None:
    """All cautions are there, and all that is needed to make the figures again."""
    rows = book["Run"].iter_rows(min_row=2, max_col=2, values_only=True)
    run = {row[0]: row[1] for row in rows}

    assert 7 == book["Cautions"].max_row
    assert (7, 1000, "USD") == (run["seed"], run["paths"], run["currency"])


def test_without_doubts_and_rows() -> None:
    """A table without rows and an answer without cautions have their sheets all the same."""
    book = openpyxl.load_workbook(BytesIO(draw_reply_book(reply(stress_table(0), cautions=()))))

    assert ["Summary", "Stress", "Cautions", "Run"] == book.sheetnames
    assert "stress" == book["Stress"]["A1"].value


def test_same_bytes() -> None:
    """The same reply is the same bytes."""
    assert draw_reply_book(reply()) == draw_reply_book(reply())


@pytest.mark.parametrize(
    ("key", "expected"),
    [("over_assignment", "Over assignment"), ("a[b]:c", "A b c"), ("x" * 40, "X" + "x" * 30)],
)
def test_sheet_names(key: str, expected: str) -> None:
    """A key becomes a name that Excel takes."""
    assert expected == sheet_name(key)
