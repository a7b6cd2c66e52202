# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from quotarisk.calibration.history import SCHEMA
from quotarisk.calibration.reading import read_history
from quotarisk.errors import InputError
from tests.calibration.exports import (
    DATA,
    HEADER,
    LOST,
    OPEN,
    WON,
    csv_of,
    faults,
    finding,
    read,
    troubles,
)

CLEAN = csv_of(WON, LOST, OPEN)
FIRST = {
    "deal": "1",
    "rep": "Ana Silva",
    "group": None,
    "segment": "New",
    "created": date(2026, 1, 2),
    "closed": date(2026, 2, 3),
    "outcome": "won",
    "amount": 1000.0,
}


@pytest.fixture
def crm(tmp_path: Path) -> str:
    """The clean export in a SQLite file: its address, with times and a decimal."""
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.execute(
            "create table deals (id integer, owner text, created date, closed timestamp, stage text, amount decimal(9, 2), type text)"
        )
        connection.executemany(
            "insert into deals values (?, ?, ?, ?, ?, ?, ?)",
            [
                (1, "Ana Silva", "2026-01-02", "2026-02-03", "Closed Won", 1000, "New"),
                (2, "Ben Cho", "2026-01-05", "2026-03-01 10:00:00", "Closed Lost", None, "New"),
                (3, "Ben Cho", "2026-02-28", None, "Negotiation", 3000.5, "New"),
            ],
        )
        connection.commit()
    return f"sqlite://{tmp_path}/crm.db"


QUERY = 'select id as "Opportunity ID", owner, created as "Created Date", closed as "Close Date", stage, amount, type from deals'


def test_a_database(crm: str) -> None:
    """The answer of a database is read as an export is, and cleaned alike."""
    history = read_history(crm, query=QUERY)

    assert FIRST == history.deals.to_dicts()[0]
    assert [1000.0, None, 3000.5] == history.deals["amount"].to_list()
    assert ["won", "lost", "open"] == history.deals["outcome"].to_list()
    assert (3, {"time_of_day": 1}, crm) == (history.rows_read, troubles(history), history.source)


PASSWORD = "postgresql://ana:s3cret@h:5432/crm"


@pytest.mark.parametrize(
    ("source", "query", "expected"),
    [
        ("{crm}", None, "the history must come with a query where it is a database ({crm}); such as 'select * from deals', a row an opportunity"),
        ("{crm}", " ", "the history must come with a query where it is a database ({crm}); such as 'select * from deals', a row an opportunity"),
        ("{crm}", "select nope", "the history must be given by its database, got no such column: nope ({crm})"),
        ("{crm}", f"{QUERY} where 0", "the history must have a header and at least one row, got only a header ({crm})"),
        ("{crm}", QUERY.replace("owner", "1 x"), "a column for rep must be there, .*[(]{crm}: row 1[)].*"),
        ("d.csv", "select 1", "the history must be a database such as sqlite://crm.db where there is a query, got 'd.csv' (d.csv)"),
        (PASSWORD, None, "the history must come with a query where it is a database (postgresql://***@h:5432/crm); such as 'select * from deals', a row an opportunity"),
    ],
)  # fmt: skip
def test_databases_that_do_not_answer(
    crm: str, source: str, query: str | None, expected: str
) -> None:
    """A database needs a query whose answer has the columns, and a file needs none."""
    with pytest.raises(InputError) as caught:
        read_history(source.format(crm=crm), query=query)

    told, expected = str(caught.value), expected.format(crm=crm)
    assert told == expected or re.fullmatch(expected, told)


def test_who_asks_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The history of a server does not say who asked for it."""
    columns = HEADER.split(",")
    frame = pl.DataFrame([line.split(",") for line in (WON, LOST, OPEN)], columns, orient="row")
    monkeypatch.setattr("quotarisk.scenario.database._knock", lambda uri: uri)
    monkeypatch.setattr(pl, "read_database_uri", lambda *_, **__: frame)
    history = read_history(PASSWORD, query="select * from deals")

    assert FIRST == history.deals.to_dicts()[0]
    assert "postgresql://***@h:5432/crm" == history.source
    assert "s3cret" not in repr(history)


def test_a_clean_export(tmp_path: Path) -> None:
    """A clean export has its deals, one row each, and nothing to be said of them."""
    history = read(tmp_path, CLEAN)

    assert pl.Schema(SCHEMA) == history.deals.schema
    assert FIRST == history.deals.to_dicts()[0]
    assert ["won", "lost", "open"] == history.deals["outcome"].to_list()
    assert (3, {}, True, False, "") == (
        history.rows_read,
        troubles(history),
        history.amounts_while_open,
        history.banded,
        history.currency,
    )


# Each kind of damage: the rows, the map file, what is found, and the first deal where it differs.
DAMAGE: dict[str, tuple[str | bytes, str | None, dict[str, int], dict[str, Any]]] = {
    "days before months": (
        csv_of("1,Ana Silva,02/01/2026,13/02/2026,Won,1000,New", header=HEADER),
        None,
        {"written_order": 1},
        {"closed": date(2026, 2, 13)},
    ),
    "months before days": (
        csv_of("1,Ana Silva,01/02/2026,02/13/2026,Won,1000,New"),
        None,
        {"written_order": 1},
        {"closed": date(2026, 2, 13)},
    ),
    "an order that only the map file knows": (
        csv_of("1,Ana Silva,02/01/2026,03/02/2026,Won,1000,New"),
        'dates = "day-first"',
        {"written_order": 1},
        {},
    ),
    "times and time zones": (
        csv_of("1,Ana Silva,2026-01-02T23:59:00-08:00,2026-02-03 01:00 AM,Won,1000,New"),
        None,
        {"time_of_day": 1},
        {},
    ),
    "serial numbers of Excel": (
        csv_of("1,Ana Silva,46024,46056.75,Won,1000,New"),
        None,
        {"excel_serial": 1},
        {},
    ),
    "thousands separators": (
        csv_of('1,Ana Silva,2026-01-02,2026-02-03,Won,"1,000.00",New'),
        None,
        {"thousands_separator": 1},
        {},
    ),
    "thousands separators of Europe": (
        csv_of('1,Ana Silva,2026-01-02,2026-02-03,Won,"1.000,00",New'),
        None,
        {"thousands_separator": 1},
        {},
    ),
    "spaces between thousands": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Won,1 000,New"),
        None,
        {"thousands_separator": 1},
        {},
    ),
    "currency signs": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Won,€1000,New"),
        None,
        {"currency_sign": 1},
        {},
    ),
    "parentheses for a negative amount": (
        csv_of(WON, "4,Ana Silva,2026-01-02,2026-02-03,Won,(50),New"),
        None,
        {"parentheses": 1, "negative_amount": 1},
        {},
    ),
    "spaces": (
        csv_of("1 , Ana\u00a0Silva ,2026-01-02,2026-02-03\u00a0, Won,1000,New"),
        None,
        {"spaces": 1},
        {},
    ),
    "letter case of reps and segments": (
        csv_of(WON, "4,ana silva,2026-01-02,2026-02-03,won,5,NEW"),
        None,
        {"letter_case": 1},
        {},
    ),
    "renamed reps": (
        csv_of("1,Ana S.,2026-01-02,2026-02-03,Won,1000,New"),
        '[reps]\n"ana s." = "Ana Silva"',
        {"renamed_rep": 1},
        {},
    ),
    "closed before created": (
        csv_of(WON, "4,Ana Silva,2026-01-02,2025-02-03,Won,5,New"),
        None,
        {"closed_before_created": 1},
        {},
    ),
    "won without a close date": (
        csv_of(WON, "4,Ana Silva,2026-01-02,,Won,5,New"),
        None,
        {"won_without_close": 1},
        {},
    ),
    "lost without a close date": (
        csv_of(WON, "4,Ana Silva,2026-01-02,n/a,Lost,5,New"),
        None,
        {"lost_without_close": 1},
        {},
    ),
    "open with a close date": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Proposal,1000,New"),
        None,
        {"open_with_close_date": 1},
        {"closed": None, "outcome": "open"},
    ),
    "lost with amount 0": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Lost,0,New"),
        None,
        {"lost_amount_zero": 1},
        {"outcome": "lost", "amount": None},
    ),
    "won with amount 0": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Won,0.00,New"),
        None,
        {"won_amount_unknown": 1},
        {"amount": None},
    ),
    "won without an amount": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Won,,New"),
        None,
        {"won_amount_unknown": 1},
        {"amount": None},
    ),
    "negative amounts": (
        csv_of(WON, "4,Ana Silva,2026-01-02,2026-02-03,Won,-50,New"),
        None,
        {"negative_amount": 1},
        {},
    ),
    "rows that repeat": (csv_of(WON, WON), None, {"duplicate_rows": 1}, {}),
    "rows that contradict each other": (
        csv_of("1,Ana Silva,2026-01-02,,Open,900,New", WON),
        None,
        {"contradictory_ids": 1},
        {},
    ),
    "empty id": (
        csv_of(",Ana Silva,2026-01-02,2026-02-03,Won,1000,New"),
        None,
        {"empty_id": 1},
        {"deal": "row 2"},
    ),
    "empty owner": (
        csv_of("1,,2026-01-02,2026-02-03,Won,1000,New"),
        None,
        {"empty_owner": 1},
        {"rep": "unassigned"},
    ),
    "empty segment": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Won,1000,", WON.replace("1,", "4,", 1)),
        None,
        {"empty_segment": 1},
        {"segment": "other"},
    ),
    "no created date": (
        csv_of(WON, "4,Ana Silva,,,Prospecting,,New"),
        None,
        {"no_created_date": 1},
        {},
    ),
    "outcome words of one's own": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Signed,1000,New"),
        '[outcomes]\nwon = ["Signed"]',
        {},
        {},
    ),
    "empty outcome": (
        csv_of(WON, "4,Ana Silva,2026-01-02,2026-02-03,,5,New"),
        None,
        {"no_outcome": 1},
        {},
    ),
    "byte order mark": ("\ufeff" + csv_of(WON), None, {"byte_order_mark": 1}, {}),
    "semicolons": (csv_of(WON).replace(",", ";"), None, {"separator": 1}, {}),
    "tabs": (csv_of(WON).replace(",", "\t"), None, {"separator": 1}, {}),
    "line breaks in cells": (
        csv_of(WON.replace("Ana Silva", '"Ana\nSilva"')),
        None,
        {"line_breaks": 1},
        {},
    ),
    "UTF-16": (csv_of(WON).encode("utf-16"), None, {"encoding": 1}, {}),
    "Latin-1": (
        csv_of(WON.replace("Ana", "Añá")).encode("latin-1"),
        None,
        {"encoding": 1},
        {"rep": "Añá Silva"},
    ),
    "spaces and case in headers": (
        csv_of(WON, header=HEADER.upper().replace(",", " , ")),
        None,
        {"header_spaces": 1},
        {},
    ),
    "a row of totals": (csv_of(WON, "Total,,,,,1000,"), None, {"totals_row": 1}, {}),
    "cells that are missing": (csv_of(WON, LOST + ",,,7"), None, {"long_row": 1}, {}),
    "amounts beyond 1e12": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Won,9e15,New"),
        None,
        {"amount_beyond_limit": 1, "won_amount_unknown": 1},
        {"amount": None},
    ),
    "absurd years": (
        csv_of(WON, "4,Ana Silva,1900-01-01,2999-12-31,Won,5,New"),
        None,
        {"absurd_year": 1, "no_created_date": 1},
        {},
    ),
    "percent signs": (
        csv_of("1,Ana Silva,2026-01-02,2026-02-03,Won,50%,New", WON.replace("1,", "4,", 1), LOST),
        None,
        {"percent_amount": 1, "won_amount_unknown": 1},
        {"amount": None},
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_treated_and_said(tmp_path: Path, damage: str) -> None:
    """Each kind of damage is repaired or left out by its rule, and its rows are counted."""
    content, told, expected, differs = DAMAGE[damage]

    history = read(tmp_path, content, told=told)

    assert {**FIRST, **differs} == history.deals.to_dicts()[0]
    found = {rule: rows for rule, rows in troubles(history).items() if rule not in ("one_segment",)}
    assert expected == found


@pytest.mark.parametrize("damage", DAMAGE)
def test_no_row_is_dropped_silently(tmp_path: Path, damage: str) -> None:
    """Rows that were read are deals, or counted by a rule that leaves them out."""
    content, told, *_ = DAMAGE[damage]
    history = read(tmp_path, content, told=told)

    left_out = sum(
        found.rows
        for found in history.findings
        if found.treatment.startswith("Left out") or found.rule == "duplicate_rows"
    )
    assert history.rows_read == history.deals.height + left_out


REFUSED = {
    "an order of day and month that nothing tells": (
        csv_of("1,Ana,02/01/2026,2026-02-03,Won,5,New"),
        "the order of day and month in Created Date must be known, got '02/01/2026' in row 2 and none that tells",
    ),
    "two orders in one column": (
        csv_of("1,Ana,31/01/2026,,Open,5,New", "2,Ana,01/31/2026,,Open,5,New"),
        "all days of Created Date must be written in one order, got '31/01/2026' in row 2 and '01/31/2026' in row 3",
    ),
    "several currencies in cells": (
        csv_of("1,Ana,2026-01-02,,Open,€5,New", "2,Ana,2026-01-02,,Open,$5,New"),
        "all amounts must be in one currency, got EUR (row 2), USD (row 3)",
    ),
    "several currencies in a column": (
        csv_of("1,Ana,2026-01-02,,Open,5,EUR", "2,Ana,2026-01-02,,Open,5,usd", header=HEADER.replace("Type", "Currency")),
        "all amounts must be in one currency, got EUR (row 2), USD (row 3)",
    ),
    "unknown outcome words": (
        csv_of("1,Ana,2026-01-02,,Xyzzy,5,New"),
        "the words of Stage must be known as won, lost, open, ignored, got 'Xyzzy' (1)",
    ),
    "a table without rows": (HEADER + "\n", "the history must have a header and at least one row, got only a header"),
    "an empty file": ("", "the history must have a header and at least one row, got nothing"),
    "only sums": (csv_of("Total,,,,,5,"), "the history must have an opportunity that can be understood, got only sums and remarks"),
    "nothing that can be understood": (
        csv_of("1,Ana,,,Won,5,New"),
        "the history must have an opportunity that can be understood, got no_created_date (1)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", REFUSED)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, damage: str) -> None:
    """What has no one reading is a fault, not a guess."""
    content, expected = REFUSED[damage]

    assert [expected] == [text.partition(" (deals.csv")[0] for text in faults(tmp_path, content)]


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """Faults of the map file, of columns and of cells are told together."""
    told = 'dates = "first"\n[reps]\n"Bo" = "Bob"'
    content = csv_of(
        "1,Bob,02/01/2026,2026-02-03,Xyzzy,x,New", header=HEADER.replace("Created", "Made")
    )

    said = faults(tmp_path, content, told=told)

    assert [
        "dates must be a known word, got 'first'",
        "a column for created must be there, with a usual name",
        "the words of Stage must be known as won, lost, open, ignored, got 'Xyzzy'",
        "Amount must hold amounts, such as 1234.50 or 1,234.50, got Amount 'x' in row 2",
        "a rep of the map file must occur in deals.csv, got 'Bo'",
    ] == [text.partition(" (")[0] for text in said]
    assert said[-1].endswith("did you mean 'Bob'?")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing history is a fault beside those of the map file."""
    (tmp_path / "map.toml").write_text("dates = 1")

    with pytest.raises(InputError) as caught:
        read_history(tmp_path / "none.csv", columns=tmp_path / "map.toml")

    assert [
        "dates must be a known word, got 1",
        "the history must be there, got no such file",
    ] == [str(fault).partition(" (")[0] for fault in caught.value.faults]


def test_what_was_read_from_where(tmp_path: Path) -> None:
    """Each answer says which columns were read, and which were not."""
    history = read(tmp_path, csv_of(WON + ",x", header=HEADER + ",Next Step"))

    read_from, unused = finding(history, "columns_read"), finding(history, "columns_unused")

    assert read_from is not None
    assert unused is not None
    assert (
        "Read: deal from 'Opportunity ID', rep from 'Owner', created from 'Created Date', closed from 'Close Date', amount from 'Amount', segment from 'Type', outcome from 'Stage'."
    ) == read_from.treatment
    assert "Not used: 'Next Step'." == unused.treatment


def test_pipedrive_has_two_columns_of_closing(tmp_path: Path) -> None:
    """A won deal closed at its won time, a lost one at its lost time; deleted ones are left out."""
    header = "Deal - ID,Deal - Owner,Deal - Status,Deal - Value,Deal - Currency,Deal - Deal created,Deal - Won time,Deal - Lost time"
    history = read(
        tmp_path,
        csv_of(
            "1,Ana,Won,5,EUR,2026-01-01 08:00:00,2026-02-01 08:00:00,2026-01-15 08:00:00",
            "2,Ana,Lost,5,EUR,2026-01-01 08:00:00,,2026-01-16 08:00:00",
            "3,Ana,Open,5,,2026-01-01 08:00:00,,",
            "4,Ana,Deleted,5,EUR,2026-01-01 08:00:00,,",
            header=header,
        ),
    )

    assert [date(2026, 2, 1), date(2026, 1, 16), None] == history.deals["closed"].to_list()
    assert ("EUR", 1) == (history.currency, troubles(history)["ignored_outcome"])


def test_dynamics_has_an_estimate_and_an_actual_revenue(tmp_path: Path) -> None:
    """A won deal has its actual revenue where that is known, all others their estimate."""
    header = "Opportunity,Owner,Created On,Actual Close Date,Status,Est. Revenue,Actual Revenue"
    history = read(
        tmp_path,
        csv_of(
            "a,Ana,2026-01-01,2026-02-01,Won,$9,$8",
            "b,Ana,2026-01-01,2026-02-01,Won,$9,$0",
            "c,Ana,2026-01-01,2026-02-01,Lost,$9,$0",
            "d,Ana,2026-01-01,,Open,$9,",
            header=header,
        ),
    )

    assert [8, 9, 9, 9] == history.deals["amount"].to_list()
    assert "USD" == history.currency


def test_salesforce_flags(tmp_path: Path) -> None:
    """Stages of any name do where IsWon and IsClosed say how a deal ended."""
    header = "Opportunity ID,Opportunity Owner,Created Date,Close Date,Stage,IsWon,IsClosed,Amount"
    rows = ("1,Ana,2026-01-01,2026-02-01,Yay,1,1,5", "2,Ana,2026-01-01,2026-02-01,Nay,0,1,5")

    assert ["won", "lost"] == read(tmp_path, csv_of(*rows, header=header)).deals[
        "outcome"
    ].to_list()


def test_orders_alone(tmp_path: Path) -> None:
    """Orders are deals that were won on the day on which they were created."""
    header = "order_id,rep_id,order_date,amount,territory"
    history = read(tmp_path, csv_of("7,275,2026-01-02,5,East", header=header))

    assert {
        "deal": "7", "rep": "275", "group": "East", "segment": "all",
        "created": date(2026, 1, 2), "closed": date(2026, 1, 2), "outcome": "won", "amount": 5.0,
    } == history.deals.to_dicts()[0]  # fmt: skip
    assert {"orders_only": 1, "one_segment": 1} == troubles(history)


def test_an_option_names_the_segments(tmp_path: Path) -> None:
    """Segments come from the column that the option names."""
    assert ["Ana Silva"] == read(tmp_path, csv_of(WON), segment="Owner").deals["segment"].to_list()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["Open,5", "Lost,5"], True),
        (["Open,", "Lost,5"], False),
        (["Open,5", "Lost,0"], False),
        (["Lost,5"], True),
        (["Won,5"], False),
    ],
)
def test_whether_amounts_are_known_while_open(
    tmp_path: Path, rows: list[str], expected: bool
) -> None:
    """They are if open deals and lost deals have amounts; won deals alone do not tell."""
    header = "Owner,Created,Closed,Stage,Amount"
    content = csv_of(*(f"Ana,2026-01-01,2026-02-01,{row}" for row in rows), header=header)

    assert expected == read(tmp_path, content).amounts_while_open


def test_parquet_and_excel_say_the_same(tmp_path: Path) -> None:
    """The same table is the same history from each kind of file; typed numbers are not guessed at."""
    rows = [
        ("1", "Ana", date(2026, 1, 2), date(2026, 2, 3), "Won", 1.234, "New"),
        ("2", "Ana", date(2026, 1, 2), None, "Open", 12345678.25, "New"),
    ]
    names = HEADER.split(",")
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(tmp_path / "d.parquet")
    with xlsxwriter.Workbook(str(tmp_path / "d.xlsx")) as book:
        sheet, day = book.add_worksheet("Deals"), book.add_format({"num_format": "d mmm yyyy"})
        sheet.write_row(0, 0, names)
        for number, (deal, rep, created, closed, *others) in enumerate(rows, start=1):
            sheet.write_row(number, 0, [deal, rep])
            sheet.write_datetime(number, 2, created, day)
            if closed:
                sheet.write_datetime(number, 3, closed, day)
            sheet.write_row(number, 4, others)

    parquet = read_history(tmp_path / "d.parquet")
    excel = read_history(f"{tmp_path}/d.xlsx#Deals")

    assert [1.234, 12345678.25] == parquet.deals["amount"].to_list()
    assert parquet.deals.to_dicts() == excel.deals.to_dicts()
    assert ({}, {}) == (troubles(parquet), troubles(excel))


SETS: dict[str, tuple[int, int, dict[str, int], bool]] = {
    "maven_crm/sales_pipeline.csv": (
        8800,
        8300,
        {"no_created_date": 500, "lost_amount_zero": 2473},
        False,
    ),
    "regional_sales/opportunities.csv": (8377, 8377, {}, True),
    "leadforge/opportunities.csv": (5492, 5492, {}, True),
    "adventureworks/orders.csv": (
        1994,
        1994,
        {"orders_only": 1994, "segments_from_amounts": 1994},
        False,
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_real_exports_need_no_map_file(name: str) -> None:
    """Four real exports are read without being told, and each row is accounted for."""
    if not (DATA / name).exists():
        pytest.skip("the shared data are not here")
    rows, deals, found, while_open = SETS[name]

    history = read_history(DATA / name)

    assert (rows, deals, found, while_open) == (
        history.rows_read,
        history.deals.height,
        troubles(history),
        history.amounts_while_open,
    )


def test_a_history_in_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet in a bucket is a history; polars is told its address as it stands."""
    rows = [line.split(",") for line in (WON, LOST, OPEN)]
    frame, asked = pl.DataFrame(rows, HEADER.split(","), orient="row"), list[str]()

    def scan(address: str) -> pl.LazyFrame:
        asked.append(address)
        return frame.lazy()

    monkeypatch.setattr(pl, "scan_parquet", scan)
    history = read_history("https://h/deals.parquet?X-Amz-Signature=s3cret")
    assert FIRST == history.deals.to_dicts()[0]
    assert ["https://h/deals.parquet?X-Amz-Signature=s3cret"] == asked
    assert "https://h/deals.parquet" == history.source


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select 1", "the history must be a database such as sqlite://crm.db where there is a query, got 'https://h/deals.parquet' (https://h/deals.parquet)"),
        (None, "the history must be a Parquet file that can be read, got gone (https://h/deals.parquet)"),
    ],
)  # fmt: skip
def test_no_history_in_a_bucket(
    monkeypatch: pytest.MonkeyPatch, query: str | None, expected: str
) -> None:
    """A bucket answers no query, and what goes wrong there is told without its signature."""

    def fail(_: str) -> pl.LazyFrame:
        raise OSError("gone")

    monkeypatch.setattr(pl, "scan_parquet", fail)
    with pytest.raises(InputError) as caught:
        read_history("https://h/deals.parquet?X-Amz-Signature=s3cret", query=query)
    assert expected == str(caught.value)
