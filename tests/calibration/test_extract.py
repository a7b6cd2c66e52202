from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from quotarisk.calibration.extract import Extract, Row, read_extract, tidy, without_footer
from quotarisk.scenario.workbook import UnreadableFileError


def _read(folder: Path, content: bytes, name: str = "d.csv") -> Extract:
    (folder / name).write_bytes(content)
    return read_extract(str(folder / name))


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (b"a,b\n1,\xc3\xa9\n", []),
        (b"\xef\xbb\xbfa,b\n1,\xc3\xa9\n", ["byte_order_mark"]),
        (b"a,b\n1,\xe9\n", ["encoding"]),
        ("a,b\n1,é\n".encode("utf-16"), ["encoding"]),
        ("a,b\n1,é\n".encode("utf-16-be"), ["encoding"]),
        ("a,b\n1,é\n".encode("utf-16-le"), ["encoding"]),
        (b"a;b\n1;\xc3\xa9\n", ["separator"]),
        (b"a\tb\r\n1\t\xc3\xa9\r\n", ["separator"]),
        (b"a|b\n1|\xc3\xa9\n", ["separator"]),
        (b" a ,b\n1,\xc3\xa9\n", ["header_spaces"]),
        (b"\n,\na,b\n\n1,\xc3\xa9\n", []),
    ],
)
def test_text_in_each_encoding_and_separator(
    tmp_path: Path, content: bytes, rules: list[str]
) -> None:
    """The same cells are read from each encoding and separator, and that is said."""
    extract = _read(tmp_path, content)

    assert (("a", "b"), [["1", "é"]]) == (extract.header, [list(r.cells) for r in extract.rows])
    assert [(rule, 1) for rule in rules] == [(f.rule, f.rows) for f in extract.findings]


def test_rows_are_numbered_as_a_person_counts(tmp_path: Path) -> None:
    """Empty rows count; what is missing in a row is empty, and a row with too much is left out."""
    extract = _read(tmp_path, b'a,b,c\n1,2,3\n\n4,"x\ny"\n1,2,3,4\n5,6,7,\n')

    assert [
        Row(2, ["1", "2", "3"]),
        Row(4, ["4", "x\ny", ""]),
        Row(6, ["5", "6", "7"]),
    ] == list(extract.rows)
    assert [
        ("short_row", ("row 4: 2 cells, the header has 3",)),
        ("long_row", ("row 5: 4 cells, the header has 3",)),
    ] == [(found.rule, found.examples) for found in extract.findings]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("d.csv", b"", "must have a header and at least one row, nothing"),
        ("d.csv", b"a,b\n,\n", "must have a header and at least one row, only a header"),
        ("d.csv", b'a,b\n1,"2\n', "must be a CSV file, unexpected end of data in line 2"),
        ("d.csv", b"\xff\xfea,b", "must be text in UTF-8, UTF-16 or Latin-1, "),
        ("d.parquet", b"PAR1", "must be a Parquet file, "),
        ("d.xlsx", b"PK", "must be an Excel workbook (.xlsx), "),
        ("d.doc", b"a,b\n1,2\n", "must be a .csv, .parquet or .xlsx file"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    """A file without rows, or that is not what its name says, is refused."""
    with pytest.raises(UnreadableFileError) as caught:
        _read(tmp_path, content, name)

    assert f"{caught.value.must}, {caught.value.got}".startswith(expected)


def test_values_of_a_parquet_file_become_text(tmp_path: Path) -> None:
    """Types of the file are written as text; numbers with a fraction stay numbers."""
    frame = pl.DataFrame(
        {
            "id": [7, None],
            "won": [True, False],
            "day": [date(2026, 1, 2), None],
            "time": [datetime(2026, 1, 2, 3, 4), None],
            "whole": [8.0, float("nan")],
            "amount": [1.234, 2.5],
            "exact": [Decimal("1.50"), Decimal("2.00")],
        }
    )
    frame.write_parquet(tmp_path / "d.parquet")

    extract = read_extract(str(tmp_path / "d.parquet"))

    assert ["7", "true", "2026-01-02", "2026-01-02 03:04:00", "8", 1.234, 1.5] == list(
        extract.rows[0].cells
    )
    assert ["", "false", "", "", "", 2.5, "2"] == list(extract.rows[1].cells)


def test_a_sheet_is_read_with_its_errors(tmp_path: Path) -> None:
    """Cells with an error are empty and said; amounts keep all their digits."""
    with xlsxwriter.Workbook(str(tmp_path / "b.xlsx")) as book:
        sheet = book.add_worksheet("Deals")
        sheet.write_row(0, 0, ["ID", "Amount"])
        sheet.write_row(1, 0, ["007", 1234567.8912])
        sheet.write_row(2, 0, ["008"])
        sheet.write_formula(2, 1, "=NA()", value="#N/A")

    extract = read_extract(f"{tmp_path}/b.xlsx#Deals", numeric={"Amount"})

    assert [["007", 1234567.8912], ["008", ""]] == [list(row.cells) for row in extract.rows]
    assert [("error_cells", ("row 3: #N/A in B3",))] == [
        (found.rule, found.examples) for found in extract.findings
    ]


def test_tidy_makes_odd_spaces_plain() -> None:
    """Spaces around go, non-breaking spaces and line breaks inside become plain ones."""
    assert ("Ana Silva", "1.5") == (tidy("\u00a0Ana\u00a0 Silva\n"), tidy(1.5))


def test_sums_and_remarks_at_the_end_are_left_out() -> None:
    """Rows below the table go; a row of the same words inside the table stays."""
    rows = [
        ["Total", "", "", "5"],
        ["1", "Ana", "2026-01-01", "5"],
        ["2", "Ben", "", "6"],
        ["", "", "", "11"],
        ["Grand Totals (2 records)", "", "", ""],
        ["Copyright 2026", "", "", ""],
    ]
    numbered = tuple(Row(n, cells) for n, cells in enumerate(rows, start=2))
    extract = Extract("d.csv", ("id", "rep", "created", "amount"), numbered)

    whole = without_footer(extract, dated=[2], named=[0, 1])

    assert [2, 3, 4] == [row.number for row in whole.rows]
    assert [
        ("totals_row", 3, ("row 5: '11'", "row 6: 'Grand Totals (2 records)'",
                           "row 7: 'Copyright 2026'")),
    ] == [(found.rule, found.rows, found.examples) for found in whole.findings]  # fmt: skip


def test_a_table_of_sums_has_no_rows() -> None:
    """Where there are only sums, nothing remains."""
    extract = Extract("d.csv", ("id", "created"), (Row(2, ["Total", ""]),))

    assert () == without_footer(extract, dated=[1], named=[0]).rows
