# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

import os
import re
import sqlite3
import sys
from contextlib import closing
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from quotarisk.errors import InputError
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.team import Booking, OpenDeal, Quota
from quotarisk.scenario.workbook import UnreadableFileError, read_sheet
from tests.scenario.conftest import FaultsOf, Load
from tests.scenario.texts import FULL, HEAD, SEGMENT, SMALL

DEALS = "deal,rep,segment,amount,created\n"


def excel(rows: list[list[Any]], *, sheet: str = "Sheet", left: int = 0, top: int = 0) -> bytes:
    """Make a workbook whose second sheet is empty."""
    data = BytesIO()
    with xlsxwriter.Workbook(data) as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet(sheet)
        for y, row in enumerate(rows, start=top):
            for x, value in enumerate(row, start=left):
                if isinstance(value, date):
                    page.write_datetime(y, x, datetime(value.year, value.month, value.day), days)
                elif isinstance(value, str) and value.startswith("#"):
                    page.write_formula(y, x, "=1/0", None, value)
                else:
                    page.write(y, x, value)
        book.add_worksheet("Empty")
    return data.getvalue()


def parquet(**columns: Any) -> bytes:
    """Make a Parquet file."""
    data = BytesIO()
    pl.DataFrame(columns).write_parquet(data)
    return data.getvalue()


def test_small(load: Load) -> None:
    """A file with the required keys loads, the rest by default."""
    scenario = load(SMALL)

    assert ("Team", date(2027, 1, 1), 12, "USD") == (
        scenario.name,
        scenario.start,
        scenario.months,
        scenario.currency,
    )
    assert ((), None) == (scenario.open_deals, scenario.booked)


def test_full(load: Load) -> None:
    """A file with every key loads, with a mark at its beginning and quantiles without quotes."""
    scenario = load(b"\xef\xbb\xbf" + FULL.encode())

    assert {"0.1": 30.0, "0.5": 90.0, "0.95": 300.0} == scenario.segments[
        "large"
    ].won_cycle_days.quantiles  # type: ignore[union-attr]
    assert (
        Quota(month={"2027-03": 10_000.0, "": 9_000.0}, year=(500_000.0,)) == scenario.reps[1].quota
    )
    assert (Booking(rep="Ana", date=date(2027, 2, 10), amount=-1000.5),) == scenario.booked


def test_rep_table(load: Load) -> None:
    """A rep table adds reps, and segments and figures to reps that are there."""
    table = """\
rep,group,segment,opps_per_week,opps,weeks,win_rate,won,of,stall_rate,deal_size_median,deal_size_p90,deal_size_of,won_cycle_median,won_cycle_p90,lost_cycle_median,lost_cycle_p90,start_date
Ana,EMEA,small,,,,,3,10,,,,,,,,,
007,APAC,small,1.5,,,0.25,,,0.1,10,20,5,30,60,20,50,2027-03-01
 007 ,,large,,62,52,0.5,,,,10,20,,30,60,,,
Bo,,,,,,,,,,,,,,,,,
"""
    scenario = load(f'{HEAD}rep_table = "reps.csv"\n' + SMALL[len(HEAD) :], {"reps.csv": table})

    ana, other, bo = scenario.reps
    assert ("EMEA", {"small": Segment(win_rate=WinRate(won=3, of=10))}) == (ana.group, ana.segments)
    assert ("007", "APAC", date(2027, 3, 1)) == (other.name, other.group, other.start_date)
    law = LawSpec(median=10, p90=20)
    cycle = LawSpec(median=30, p90=60)
    assert other.segments == {
        "small": Segment(
            opps_per_week=OppRate(known=1.5),
            win_rate=WinRate(known=0.25),
            stall_rate=0.1,
            deal_size=LawSpec(median=10, p90=20, of=5),
            won_cycle_days=cycle,
            lost_cycle_days=LawSpec(median=20, p90=50),
        ),
        "large": Segment(
            opps_per_week=OppRate(opps=62, weeks=52),
            win_rate=WinRate(known=0.5),
            deal_size=law,
            won_cycle_days=cycle,
        ),
    }
    assert ("Bo", None, {}) == (bo.name, bo.group, bo.segments)


def test_segment_table(load: Load) -> None:
    """A segment table describes segments, and adds to those that are there."""
    table = "segment,stall_rate,win_rate,opps_per_week,deal_size_median,deal_size_p90,won_cycle_median,won_cycle_p90\nsmall,0.1,,,,,,\nlarge,,0.2,1,5,9,5,9\n"
    scenario = load(f'segment_table = "s.csv"\n{SMALL}', {"s.csv": table})

    assert {"small", "large"} == set(scenario.segments)
    assert 0.1 == scenario.segments["small"].stall_rate
    assert WinRate(won=120, of=400) == scenario.segments["small"].win_rate
    assert WinRate(known=0.2) == scenario.segments["large"].win_rate


def test_quota_table(load: Load) -> None:
    """A quota table fills the reps' quotas and, where the rep is empty, the team's plan."""
    table = "rep,cadence,period,quota\nAna,month,,100\nAna,month,2027-03,150\nAna,quarter,,400\n,year,2027,9000\n"
    scenario = load(f'quota_table = "q.csv"\n{SMALL}', {"q.csv": table})

    assert Quota(month={"": 100.0, "2027-03": 150.0}, quarter=400.0) == scenario.reps[0].quota
    assert Quota(year={"2027": 9000.0}) == scenario.team.quota


def test_same_value_twice(load: Load) -> None:
    """A value that a table and the file give alike is no contradiction."""
    text = SMALL + 'group = "East"\nquota.month = 5\n[team]\nquota.month = 5\n'
    tables: dict[str, str | bytes] = {
        "r.csv": "rep,group\nAna,East\n",
        "s.csv": "segment,won,of\nsmall,120,400\n",
        "q.csv": "rep,cadence,quota\nAna,month,5.0\n,month,5\n",
    }
    scenario = load(
        f'rep_table = "r.csv"\nsegment_table = "s.csv"\nquota_table = "q.csv"\n{text}', tables
    )

    assert "East" == scenario.reps[0].group


D1 = OpenDeal(deal="1", rep="Ana", segment="small", created=date(2026, 12, 1))
D2 = OpenDeal(deal="2", rep="Ana", segment="small", amount=1 / 3, created=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.csv", f"{DEALS}1,Ana,small,,2026-12-01\n\n2, Ana ,small,{1 / 3},2026-12-31 00:00:00\n"),
        (
            "d.CSV",
            f"\ufeff{DEALS}1,Ana,small,,2026-12-01,\n,,,,\n2,Ana,small,{1 / 3},2026-12-31,\n",
        ),
        (
            "d.parquet",
            parquet(
                deal=[1, 2],
                rep=["Ana", "Ana"],
                segment=["small", "small"],
                amount=[float("nan"), 1 / 3],
                created=[date(2026, 12, 1), date(2026, 12, 31)],
            ),
        ),
        (
            "d.xlsx#Deals",
            excel(
                [
                    ["deal", "rep", "amount", "segment", "created"],
                    [1, "Ana", None, "small", date(2026, 12, 1)],
                    [],
                    ["2", "Ana", 1 / 3, "small", "2026-12-31"],
                ],
                sheet="Deals",
                left=2,
                top=3,
            ),
        ),
        (
            "d.xlsx",
            excel(
                [
                    ["deal", "rep", "segment", "created", "amount"],
                    [1, "Ana", "small", date(2026, 12, 1), None],
                    [2, "Ana", "small", date(2026, 12, 31), 1 / 3],
                ]
            ),
        ),
    ],
)
def test_open_deals(load: Load, name: str, content: str | bytes) -> None:
    """Open deals are the same in each kind of table, to the last digit."""
    scenario = load(f'open_deals = "{name}"\n{SMALL}', {name.partition("#")[0]: content})

    assert (D1, D2) == scenario.open_deals


def test_booked(load: Load) -> None:
    """Bookings come from a table, which may be empty: then nothing is booked so far."""
    told = f'booked = "b.csv"\n{SMALL}'

    assert () == load(told, {"b.csv": "rep,date,amount\n"}).booked
    assert (Booking(rep="Ana", date=date(2027, 1, 5), amount=-3.0),) == load(
        told, {"b.csv": "rep,date,amount\nAna,2027-01-05,-3\n"}
    ).booked


def test_quota_table_of_a_spreadsheet(load: Load) -> None:
    """Periods that a spreadsheet turned into days and numbers are periods again."""
    rows: list[list[Any]] = [
        ["rep", "cadence", "period", "quota"],
        ["Ana", "month", date(2027, 3, 1), 5],
        ["Ana", "year", 2027, 60],
    ]
    scenario = load(f'quota_table = "q.xlsx"\n{SMALL}', {"q.xlsx": excel(rows)})

    assert Quota(month={"2027-03": 5.0}, year={"2027": 60.0}) == scenario.reps[0].quota


NO_TOML = "the scenario file must be valid TOML"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"name = \n", rf"{NO_TOML} \(invalid value\) \(team.toml: line 1, column 8\)"),
        (b'a = 1\na = "x"', rf"{NO_TOML} \(cannot overwrite a value\) \(team.toml: .*\)"),
        (b"x = 2027-13-01", rf"{NO_TOML} \(.*\) \(team.toml.*\)"),
        (b"x = " + b"9" * 5000, rf"{NO_TOML} \(.*\) \(team.toml\)"),
        (b"x = " + b"[" * 100_000, "the scenario file must not nest tables or lists so deep .*"),
        (
            b"# ok\nname = '\xff'",
            "the scenario file must be text in UTF-8, got the byte 0xff in line 2"
            r" \(team.toml\); save it with the encoding UTF-8",
        ),
    ],
)
def test_no_toml(faults_of: FaultsOf, data: bytes, expected: str) -> None:
    """What is no TOML in UTF-8 is one fault with its line."""
    (fault,) = faults_of(data)

    assert re.fullmatch(expected, fault)


def test_empty_file(faults_of: FaultsOf) -> None:
    """An empty file lacks what is required."""
    assert [
        "name must be given (team.toml)",
        "start must be given (team.toml)",
        "reps must have at least one rep, got none (team.toml: reps)",
    ] == faults_of("")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("nope.toml", "the scenario file must be there, got no such file (nope.toml)"),
        ("file/x.toml", "the scenario file must be there, got no such file (file/x.toml)"),
        (".", "the scenario file must be a file, got a folder (.)"),
        ("a\0b", "the scenario file must be readable, got embedded null byte (a\0b)"),
        ("a" * 300, f"the scenario file must be readable, got file name too long ({'a' * 300})"),
    ],
)
def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, expected: str) -> None:
    """A file that cannot be read is one fault."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        load_scenario(path)

    assert expected == str(caught.value)


def test_path_object(load: Load, tmp_path: Path) -> None:
    """A path may be text or an object, and tables are looked up beside the file."""
    load(f'booked = "b.csv"\n{SMALL}', {"b.csv": "rep,date,amount\n"})
    os.chdir("/")

    assert load_scenario(tmp_path / "team.toml") == load_scenario(str(tmp_path / "team.toml"))


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("open_deals", '"d.csv"', "the table must be there, got no such file (d.csv)"),
        ("open_deals", '"d.xls"', "the table must be a .csv, .parquet or .xlsx file, got 'd.xls' (d.xls)"),
        ("open_deals", '""', "open_deals must be the name of a .csv, .parquet or .xlsx file, or { uri, query }, got the text '' (team.toml: open_deals)"),
        ("rep_table", "3", "rep_table must be the name of a .csv, .parquet or .xlsx file, or { uri, query }, got 3 (team.toml: rep_table)"),
        ("rep_table", "[]", "rep_table must be the name of a .csv, .parquet or .xlsx file, or { uri, query }, got the list [] (team.toml: rep_table)"),
        ("booked", '{ uri = "x", query = "y" }', "uri must be a database's address such as sqlite://crm.db (team.toml: booked.uri)"),
        ("booked", '{ uri = "", query = "y" }', "uri must be text with something in it, got the text '' (team.toml: booked.uri)"),
        ("booked", '{ uri = "sqlite://x", query = 3 }', "query must be text with something in it, got 3 (team.toml: booked.query)"),
        ("booked", '{ uri = "sqlite://x" }', "query must be given (team.toml: booked)"),
        ("booked", '{ uri = "sqlite://x", query = "y", url = "a://b:c@d" }', "a key of booked must be one that quotarisk knows, got 'url' (team.toml: booked.url); did you mean 'uri'?"),
        ("booked", '{ uri = "sqlite://x", query = "y" }', "the table must be there, got no such file (booked from sqlite://x)"),
        ("booked", '"postgresql://ana:s3cret@h/crm"', "booked must have a query beside the address: { uri = ..., query = ... }, got 'postgresql://***@h/crm' (team.toml: booked)"),
        ("booked", "[3]", 'an entry of booked must be a table such as { rep = "Ana", date = 2027-01-15, amount = 8_000 }, got 3 (team.toml: booked[0])'),
    ],
)  # fmt: skip
def test_no_table(faults_of: FaultsOf, key: str, value: str, expected: str) -> None:
    """A table key that names no table is a fault."""
    assert [expected] == faults_of(f"{key} = {value}\n{SMALL}")


TABLES = """\
segment_table = { uri = "sqlite://crm.db", query = "select 'large' segment, 0.2 win_rate, 1 opps_per_week, 5 deal_size_median, 9 deal_size_p90, 5 won_cycle_median, 9 won_cycle_p90" }
rep_table = { uri = "sqlite://crm.db", query = "select 'Bo' rep, 'small' segment, '2027-03-01 00:00:00' start_date" }
quota_table = { uri = "sqlite://crm.db", query = "select 'Ana' rep, 'month' cadence, '' period, 100 quota union select null, 'year', 2027, 9000.5" }
open_deals = { uri = "sqlite://crm.db", query = "select * from deals;" }
booked = { uri = "sqlite://crm.db", query = "select rep, created as date, amount from deals where 0" }
"""


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    """A SQLite file with open deals, beside the scenario."""
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.execute(
            "create table deals (deal integer, rep text, segment text, amount decimal(9, 2), created timestamp)"
        )
        connection.executemany(
            "insert into deals values (?, 'Ana', 'small', ?, ?)",
            [(1, None, "2026-12-01 08:00:00"), (2, 1 / 3, "2026-12-31")],
        )
        connection.commit()
    return tmp_path / "crm.db"


def test_tables_of_a_database(load: Load, crm: Path) -> None:
    """Every table may be what a database answers, and a SQLite file stands beside the scenario."""
    load(f"{TABLES}{SMALL}")
    os.chdir("/")
    scenario = load_scenario(crm.with_name("team.toml"))

    assert {"small", "large"} == set(scenario.segments)
    assert [("Ana", None), ("Bo", date(2027, 3, 1))] == [
        (rep.name, rep.start_date) for rep in scenario.reps
    ]
    assert Quota(month=100.0) == scenario.reps[0].quota
    assert Quota(year={"2027": 9000.5}) == scenario.team.quota
    assert ((D1, D2), ()) == (scenario.open_deals, scenario.booked)


def test_bad_tables_of_a_database(faults_of: FaultsOf, crm: Path) -> None:
    """What is wrong in an answer is told with the table, its row and its column."""
    told = """\
open_deals = { uri = "sqlite://crm.db", query = "select deal, rep, segment, 'x' amount, created from deals limit 1" }
booked = { uri = "sqlite://crm.db", query = "select rep, amount from nope" }
"""
    assert crm.exists()
    assert [
        "amount must be a number, got the text 'x' (open_deals from sqlite://crm.db: row 2, column amount)",
        "the table must be given by its database, got no such table: nope (booked from sqlite://crm.db)",
    ] == faults_of(f"{told}{SMALL}")


def test_addresses_are_not_shown(faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may ask a database is not told, in whichever way its key is written wrong."""
    monkeypatch.setattr("quotarisk.scenario.database._knock", lambda uri: uri)
    monkeypatch.setattr(pl, "read_database_uri", lambda *_, **__: pl.DataFrame({"nope": [1]}))
    secret = "postgresql://ana:s3cret@h/crm"
    told = f"""\
rep_table = "{secret}"
quota_table = {{ url = "{secret}", sql = "select 1" }}
open_deals = {{ uri = "{secret.partition("://")[2]}", query = "select 1" }}
booked = {{ uri = "{secret}", query = "select 1" }}
"""
    faults = faults_of(f"{told}{SMALL}")

    assert "a column rep must be there (booked from postgresql://***@h/crm: row 1)" in faults
    assert [] == [fault for fault in faults if "s3cret" in fault or "ana" in fault]


XLSX = excel([["deal"], ["D1"]], sheet="Deals")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("d.csv", b"", ["the table must have a header and rows, got nothing (d.csv)"]),
        ("d.csv", DEALS, ["the table must have at least one row, got none (d.csv)"]),
        ("d.csv", b"deal\xff", ["the table must be text in UTF-8, got the byte 0xff in line 1 (d.csv); save it with the encoding UTF-8"]),
        ("d.csv", DEALS + 'D1,"A"na,small,,2026-01-01\n', ["the table must be a CSV file, got ',' expected after '\"' in line 2 (d.csv)"]),
        ("d.csv", DEALS.replace(",", ";"), ["the table must have columns separated by commas (d.csv); its columns are separated by semicolons: save it with commas"]),
        ("d.csv", DEALS + "D1,Ana,small,3\n", ["a row must have as many cells as the header, 5, got 4 (d.csv: row 2)"]),
        ("d.csv", DEALS + "D1,Ana,small,3,2026-01-01,,x\n", ["a row must have as many cells as the header, 5, got 6 (d.csv: row 2)"]),
        ("d.csv", DEALS.replace("amount", "Amount") + "D1,Ana,small,3,2026-01-01\n", ["a column must be one that quotarisk knows, got 'Amount' (d.csv: row 1); did you mean 'amount'?"]),
        ("d.csv", DEALS.replace("amount", "rep") + "D1,Ana,small,Ana,2026-01-01\n", ["a column must have a name of its own, got 'rep' (d.csv: row 1)"]),
        ("d.csv", "deal,rep,created\nD1,Ana,2026-01-01\n", ["a column segment must be there (d.csv: row 1)"]),
        ("d.csv", "deal\nD1\n", ["a column rep must be there (d.csv: row 1)", "a column segment must be there (d.csv: row 1)", "a column created must be there (d.csv: row 1)"]),
        ("d.csv", DEALS + "\nD1,Ana,,3,2026-01-01\n", ["segment must be given (d.csv: row 3, column segment)"]),
        ("d.csv", DEALS + 'D1,Ana,small,"3,5",2026-01-01\n', ["amount must be a number, got the text '3,5' (d.csv: row 2, column amount); write plain digits, such as 12000 or 0.3"]),
        ("d.csv", DEALS + "D1,Ana,small,3,1/2/26\n", ["created must be a day such as 2027-01-31, got the text '1/2/26' (d.csv: row 2, column created)"]),
        ("d.csv", DEALS + "D1,Ana,small,-3,1800-01-01\n", ["amount must be above 0 and at most 1,000,000,000,000, got -3 (d.csv: row 2, column amount)", "created must lie between 1900-01-01 and 2200-12-31, got 1800-01-01 (d.csv: row 2, column created)"]),
        ("d.csv", DEALS + "D1,Ana,small,,2026-01-01\nD1,Anna,small,,2028-01-01\nD2,Ana,smal,,2026-01-01\n", ["deal must be unique among the open deals, got 'D1' once more (d.csv: row 3, column deal)", "created must not be after the first day, 2027-01-01, got 2028-01-01 (d.csv: row 3, column created)", "rep must be one of the reps, got 'Anna' (d.csv: row 3, column rep); did you mean 'Ana'?", "segment must be one that 'Ana' sells, got 'smal' (d.csv: row 4, column segment); did you mean 'small'?"]),
        ("d.parquet", b"junk", ["the table must be a Parquet file (d.parquet)"]),
        ("d.parquet", parquet(deal=["D1"], rep=["Ana"], segment=["small"], created=[[1]]), ["created must be a day such as 2027-01-31, got the list [1] (d.parquet: row 2, column created)"]),
        ("d.xlsx", b"junk", ["the table must be an Excel workbook (.xlsx) (d.xlsx)"]),
        ("d.xlsx#Deal", XLSX, ["the table must name a sheet of the workbook, got 'Deal' (d.xlsx#Deal); did you mean 'Deals'? (sheets: Deals, Empty)"]),
        ("d.xlsx#Zz", XLSX, ["the table must name a sheet of the workbook, got 'Zz' (d.xlsx#Zz); allowed: 'Deals', 'Empty'"]),
        ("d.xlsx#Empty", XLSX, ["the table must have a header and rows, got nothing (d.xlsx#Empty)"]),
        ("d.xlsx", excel([["deal", "rep", "segment", "created", "amount"], ["D1", "Ana", "small", date(2026, 1, 1), "#DIV/0!"]]), ["a cell must hold a value or nothing, got #DIV/0! (d.xlsx: cell E2)"]),
    ],
)  # fmt: skip
def test_bad_open_deals(
    faults_of: FaultsOf, name: str, content: str | bytes, expected: list[str]
) -> None:
    """What is wrong in a table is told with its row and column."""
    assert expected == faults_of(
        f'open_deals = "{name}"\n{SMALL}', {name.partition("#")[0]: content}
    )


def test_damaged_workbook(faults_of: FaultsOf) -> None:
    """A workbook whose parts are damaged is a fault, whatever its reader makes of it."""
    data = XLSX.replace(b"xl/_rels/workbook.xml.rels", b"xl/_rels/workbook.xml.relz")
    (fault,) = faults_of(f'open_deals = "d.xlsx"\n{SMALL}', {"d.xlsx": data})

    assert fault.startswith("the table must ")


def test_sheet_that_cannot_be_read(faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet that its reader fails at is a fault."""

    def fail(*_: object) -> None:
        raise KeyError("no such part")

    monkeypatch.setattr("quotarisk.scenario.workbook._error_cells", fail)
    assert ["the table must have a readable sheet 'Deals' (d.xlsx)"] == faults_of(
        f'open_deals = "d.xlsx"\n{SMALL}', {"d.xlsx": XLSX}
    )


def test_a_workbook_without_a_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged workbook may be left without any."""

    class Bare:
        sheet_names: tuple[str, ...] = ()

    monkeypatch.setattr("quotarisk.scenario.workbook._opened", lambda _: Bare())
    with pytest.raises(UnreadableFileError, match="must have a sheet"):
        read_sheet(b"", sheet="", numeric=())


REPS = "rep,group,segment,opps_per_week,opps,weeks,win_rate,won,of,deal_size_median,deal_size_p90,start_date\n"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Ana,,small,1,2,3,,,,,,", ["opps_per_week must be given alone, or opps and weeks in its place, got opps_per_week and opps and weeks (r.csv: row 2)"]),
        ("Ana,,small,,2,,,,,,,", ["opps and weeks must be given together, got only opps (r.csv: row 2)"]),
        ("Ana,,small,,,,,3,2,,,", ["won must not have more won than there were, got { won = 3, of = 2 } (r.csv: row 2, column won)"]),
        ("Ana,,small,,,,1.3,,,,,", ["win_rate must lie between 0 and 1, got 1.3 (r.csv: row 2, column win_rate)"]),
        ("Ana,,small,,,,,,,9,,", ["deal_size_median and deal_size_p90 must be given together, got only deal_size_median (r.csv: row 2)"]),
        ("Ana,,small,,,,,,,0,9,", ["deal_size_median must lie between 0.000001 and 1,000,000,000,000, got 0 (r.csv: row 2, column deal_size_median)"]),
        ("Ana,,,1,,,,,,,,", ["segment must be given in a row with figures, got opps_per_week (r.csv: row 2, column segment)"]),
        (",,small,1,,,,,,,,", ["rep must be given (r.csv: row 2, column rep)"]),
        ("Ana,,small,,,,,,,,,\nAna,,small,,,,,,,,,", ["a rep with a segment must be in one row only, got 'Ana' and 'small' in row 2 too (r.csv: row 3)"]),
        ("Ana,,,,,,,,,,,\nAna,,,,,,,,,,,", ["a rep without a segment must be in one row only, got 'Ana' in row 2 too (r.csv: row 3)"]),
        ("Ana,West,,,,,,,,,,", ["group must be the same wherever it is given, got 'West' here, 'East' in team.toml: reps[0].group (r.csv: row 2, column group)"]),
        ("Bo,West,small,,,,,,,,,\nBo,Wst,,,,,,,,,,", ["group must be the same wherever it is given, got 'Wst' here, 'West' in row 2, column group (r.csv: row 3, column group)"]),
        ("Bo,,smal,,,,,,,,,", ["a segment must be described in [segments], or have all figures of its own, got 'smal' of Bo (r.csv: row 2, column segment); did you mean 'small'?"]),
        ("Bo,,tiny,1,,,,,,,,", ["a segment must be described in [segments], or have all figures of its own, got 'tiny' of Bo (r.csv: row 2, column segment); it lacks win_rate, deal_size, won_cycle_days"]),
        ("Bo,,,,,,,,,,,5/5/27", ["start_date must be a day such as 2027-01-31, got the text '5/5/27' (r.csv: row 2, column start_date)"]),
        ("Bo ,\"a\tb\",,,,,,,,,,", ["group must be free of control characters such as line breaks, got 'a\\tb' (r.csv: row 2, column group)"]),
    ],
)  # fmt: skip
def test_bad_rep_table(faults_of: FaultsOf, row: str, expected: list[str]) -> None:
    """What is wrong in a rep table, alone or beside the file, is told at its row."""
    text = f'rep_table = "r.csv"\n{SMALL}group = "East"\n'

    assert expected == faults_of(text, {"r.csv": f"{REPS}{row}\n"})


def test_bad_segment_table(faults_of: FaultsOf) -> None:
    """What is wrong in a segment table is told at its row."""
    table = "segment,win_rate,deal_size_median,deal_size_p90\nsmall,,,\nsmall,0.4,,\n,0.2,,\nhuge,,9,5\n"

    assert [
        "segment must be given (s.csv: row 4, column segment)",
        "a segment must be in one row only, got 'small' in row 2 too (s.csv: row 3)",
        "win_rate must be the same wherever it is given, got 0.4 here, { won = 120, of = 400 } in team.toml: segments.small.win_rate (s.csv: row 3, column win_rate)",
        "deal_size_median must be a law: no lognormal law has median 9 and p90 5 (the figures must rise from the lower percentile to the higher), got { median = 9, p90 = 5 } (s.csv: row 5, column deal_size_median)",
    ] == faults_of(f'segment_table = "s.csv"\n{SMALL}', {"s.csv": table})


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Anna,month,,5", ["rep must be one of the reps, got 'Anna' (q.csv: row 2, column rep); did you mean 'Ana'?"]),
        ("Ana,monthly,,5", ["cadence must be 'month', 'quarter' or 'year', got 'monthly' (q.csv: row 2, column cadence); did you mean 'month'?"]),
        ("Ana,xyz,,5", ["cadence must be 'month', 'quarter' or 'year', got 'xyz' (q.csv: row 2, column cadence)"]),
        ("Ana,month,,", ["quota must be given (q.csv: row 2, column quota)"]),
        ("Ana,month,2027-1,5", ["month quota must name periods such as 2027-01, got '2027-1' (q.csv: row 2, column quota)"]),
        ("Ana,month,2027-01,-5", ["quota must lie between 0 and 1,000,000,000,000, got -5 (q.csv: row 2, column quota)"]),
        ("Ana,month,,5\nAna,month,,5", ["a rep with a cadence and a period must be in one row only, got 'Ana' and 'month' in row 2 too (q.csv: row 3)"]),
        ("Ana,quarter,,5", ["quarter must be the same wherever it is given, got 5 here, 9 in team.toml: reps[0].quota.quarter (q.csv: row 2, column quota)"]),
    ],
)  # fmt: skip
def test_bad_quota_table(faults_of: FaultsOf, row: str, expected: list[str]) -> None:
    """What is wrong in a quota table is told at its row."""
    table = f"rep,cadence,period,quota\n{row}\n"

    assert expected == faults_of(
        f'quota_table = "q.csv"\n{SMALL}quota.quarter = 9\n', {"q.csv": table}
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('reps = "x"\n', ["reps must be a list of tables, got the text 'x' (team.toml: reps)"]),
        ("reps = [3]\n", ['an entry of reps must be a table such as { name = "Ana" }, got 3 (team.toml: reps[0])']),
        ('reps = [{ name = "Bo", segments = 3 }]\n', ["segments must be a table, got 3 (team.toml: reps[0].segments)"]),
    ],
)  # fmt: skip
def test_tables_beside_a_broken_file(faults_of: FaultsOf, text: str, expected: list[str]) -> None:
    """A table that has nothing to be put into leaves the fault to the file."""
    tables: dict[str, str | bytes] = {
        "r.csv": "rep,segment,opps_per_week\nBo,small,3\n",
        "q.csv": "rep,cadence,quota\nBo,month,3\n",
    }
    told = f'rep_table = "r.csv"\nquota_table = "q.csv"\n{text}{HEAD}{SEGMENT}'
    if text.startswith('reps = "x"'):
        expected = [
            "rep must be one of the reps, got 'Bo' (q.csv: row 2, column rep)",
            *expected,
        ]

    assert expected == faults_of(told, tables)


def test_faults_of_all_files(faults_of: FaultsOf) -> None:
    """What is wrong in any of the files is told at once, but nothing that only follows from it."""
    text = """\
name = "Team"
start = 2027-01-01
months = 100
rep_table = "reps.csv"
open_deals = "deals.csv"
quota_table = "none.csv"
[segments.small]
opps_per_week = 1.2
win_rte = 0.3
[[reps]]
name = "Ana"
[[reps]]
nam = "Ben"
[[reps]]
name = "Cy"
quota.month = [1, 2]
[[reps]]
name = "Di"
ramp = [1, "x"]
pipeline = "empty"
[stress.downturn]
remove_reps = ["Anna"]
[calendar]
creation = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
"""
    tables: dict[str, str | bytes] = {
        "reps.csv": "rep,group\nAna,East\n",
        "deals.csv": f"{DEALS}D1,Di,small,x,2026-01-01\nD1,Ana,small,-1,2028-01-01\nD1,Ana,small,,2028-01-01\n",
    }

    assert [
        "the table must be there, got no such file (none.csv)",
        "amount must be a number, got the text 'x' (deals.csv: row 2, column amount)",
        "months must lie between 1 and 60, got 100 (team.toml: months)",
        "a key of segments.small must be one that quotarisk knows, got 'win_rte' (team.toml: segments.small.win_rte); did you mean 'win_rate'?",
        "name must be given (team.toml: reps[1])",
        "a key of reps[1] must be one that quotarisk knows, got 'nam' (team.toml: reps[1].nam); did you mean 'name'?",
        "ramp must be a number between 0 and 5, got the text 'x' (team.toml: reps[3].ramp[1])",
        "amount must be above 0 and at most 1,000,000,000,000, got -1 (deals.csv: row 3, column amount)",
        "deal must be unique among the open deals, got 'D1' once more (deals.csv: row 3, column deal)",
        "deal must be unique among the open deals, got 'D1' once more (deals.csv: row 4, column deal)",
        "pipeline must be left out where open deals are listed for the rep, got 'empty' (team.toml: reps[3].pipeline)",
        "creation must be above 0 in at least one month, got zeros only (team.toml: calendar.creation)",
    ] == faults_of(text, tables)


def test_nothing_else_where_the_team_is_unknown(faults_of: FaultsOf) -> None:
    """Where the reps cannot be read, nobody is called unknown."""
    text = f'rep_table = "reps.csv"\nquota_table = "q.csv"\nbooked = "b.csv"\n{HEAD}{SEGMENT}[groups.East]\n'
    tables: dict[str, str | bytes] = {
        "q.csv": "rep,cadence,quota\nBo,month,3\n",
        "b.csv": "rep,date,amount\nBo,2027-01-01,3\n",
    }

    assert ["the table must be there, got no such file (reps.csv)"] == faults_of(text, tables)


def test_what_cannot_be_pruned(faults_of: FaultsOf) -> None:
    """Faults within faults are still told, though the rest cannot be looked at."""
    text = SMALL.replace("won_cycle_days = 25", 'won_cycle_days = { quantiles = { 0.1 = "x" } }')

    assert [
        "quantiles must be a number between 0.000001 and 1,000,000,000,000, got the text 'x' (team.toml: segments.small.won_cycle_days.quantiles.\"0.1\")"
    ] == faults_of(text)


def test_gives_up_on_the_whole(faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what is wrong cannot be left out soon enough, the parts' faults are told alone."""
    monkeypatch.setattr("quotarisk.scenario.loading.MOST_ROUNDS", 1)
    text = SMALL.replace("won_cycle_days = 25", 'won_cycle_days = { quantiles = { 0.1 = "x" } }')

    (fault,) = faults_of(f"{text}[calendar]\ncreation = [{'0, ' * 12}]\n")
    assert fault.startswith("quantiles must be a number")


def test_many_alike(faults_of: FaultsOf) -> None:
    """A column that is wrong in every row is told fifty times, then counted."""
    rows = "".join(f"D{number},Ana,small,x,2026-01-01\n" for number in range(60))
    faults = faults_of(f'open_deals = "d.csv"\n{SMALL}', {"d.csv": DEALS + rows})

    assert 51 == len(faults)
    assert "amount must be a number (d.csv: 10 more places)" == faults[-1]


def test_deep_nesting_needs_no_deep_stack(faults_of: FaultsOf) -> None:
    """Nesting below the limit of the language is told as any other fault."""
    depth = sys.getrecursionlimit() // 20
    (fault,) = faults_of(f"x = {'[' * depth}{']' * depth}\n{SMALL}")

    assert fault.startswith("a key of the scenario must be one that quotarisk knows, got 'x'")
