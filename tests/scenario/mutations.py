"""Scenario files and their tables, spoilt in every way that people and disks spoil them."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Mapping
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import polars as pl
import xlsxwriter

from quotarisk.scenario.starter import starter_text
from tests.scenario.texts import FULL, SMALL

TABLES = {
    "reps.csv": "rep,group,segment,win_rate,won,of,start_date\nAna,EMEA,small,,3,9,\nZoe,,large,0.2,,,2027-03-01\n",  # noqa: E501
    "quotas.csv": "rep,cadence,period,quota\nAna,month,,100\nZoe,quarter,2027-Q2,400\n,year,,900\n",
    "deals.csv": "deal,rep,segment,amount,created\nD1,Ana,small,,2026-12-01\nD2,Ana,small,5,2026-11-05\n",  # noqa: E501
}
TABLED = f"""\
rep_table = "reps.csv"
quota_table = "quotas.csv"
open_deals = "deals.csv"
{SMALL}
[segments.large]
opps_per_week = 0.3
win_rate = 0.25
deal_size = {{ dist = "gamma", mean = 40_000, sd = 20_000 }}
won_cycle_days = 90
"""
TEXTS = [FULL, TABLED, starter_text("Team", date(2027, 1, 1))]
VALUES = [
    *("0", "-1", "1e400", "-1e308", "1e-320", "nan", "inf", "-inf", "9" * 30, "9" * 400, "1.5"),
    *(
        "true",
        '"x"',
        '""',
        '"\\u0000"',
        "[]",
        "[[]]",
        "[{}]",
        "{}",
        "{ a = { b = 1 } }",
        "[1, 'a']",
    ),
    *("2027-01-01", "2027-01-01T00:00:00Z", "0001-01-01", "9999-12-31", "07:30:00", "'month'"),
    *("{ won = 1, of = 0 }", "{ values = [nan] }", "{ median = 1, p90 = 1 }", "0x10", "'Ana'"),
    *("1066-10-14", "2027-02-30", "1899-12-31", "2201-01-01", "'2027-01-01'"),
    *("'../../evil'", "'<script>alert(1)</script>'", "'=1+1'", "'@SUM(A1)'", "'/dev/null'"),
    *("{ quantiles = { 0.1 = 1, 0.9 = 1e9 } }", "{ uri = 'x', query = 'y' }", "'deals.csv'"),
]
VALUE = re.compile(r"(?<== ).+$|\d+(?:[._\d]*\d)?|\"[^\"\n]*\"", re.MULTILINE)
CELLS = [
    *("", "x", "-1", "1e999", "nan", "0", '"', ",", "\n", "Ana", "2027-99-01", "\u00e9", ";"),
    *("=1+1", '"=HYPERLINK(""http://x"")"', "@SUM(A1)", "+1", "-1+2", "\t=1", "#N/A", "9" * 400),
    *("0001-01-01", "9999-12-31", "1066-10-14", "46000", "true", "../evil", "<b>x</b>", "\x00"),
]
NAMES = ["Ana", "Ben", "Zoe", "Cy", "small", "large", "EMEA", "D1", "Team", "Mid-market SaaS"]
EVIL = [
    *("../../evil", "/etc/evil", "..", "evil/../../evil", "C:\\evil", "~evil", "$(evil)", "-rf"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;b&gt;", "{{ 1/0 }}"),
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x")', "Ana", "small", "reps"),
    *("e\u0301vil", "\u202egnp", "\U0001f600", "a" * 200, "a" * 201, "\u00a0", "nan", "1e5"),
]
ENCODINGS = ["utf-16", "utf-32", "latin-1", "cp1252", "shift_jis", "utf-8-sig", "utf-7", "cp037"]


def mutate(text: str, luck: random.Random, values: list[str]) -> str:
    """Delete, double, swap or cut something, or put another value in its place."""
    lines = text.splitlines()
    at, other = luck.randrange(len(lines)), luck.randrange(len(lines))
    way = luck.randrange(7)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(other, lines[at])
    elif way == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif way == 3:
        letter = luck.randrange(len(lines[at]) + 1)
        lines[at] = lines[at][:letter] + luck.choice('x=[]{}",.#-_ 9\t\x00é') + lines[at][letter:]
    elif way == 4:
        words = re.findall(r"\w+", text)
        lines[at] = re.sub(r"\w+", luck.choice(words or ["x"]), lines[at], count=1)
    else:
        found = list(VALUE.finditer(text))
        if found:
            match = luck.choice(found)
            return text[: match.start()] + luck.choice(values) + text[match.end() :]
    return "\n".join(lines) or "\n"


def spoil(data: bytes, luck: random.Random) -> bytes:
    """Cut a file, change bytes of it, or give it another encoding."""
    way = luck.randrange(12)
    if way == 0:
        return data[: luck.randrange(len(data) + 1)]
    if way == 1:
        at = luck.randrange(len(data) + 1)
        return data[:at] + bytes([luck.randrange(256)]) + data[at + 1 :]
    if way == 2:
        return data.decode(errors="replace").encode(luck.choice(ENCODINGS), "replace")
    return data


def rename(text: str, name: str, evil: str) -> str:
    """Call somebody or something by a name that means harm, wherever it stands in quotes."""
    return text.replace(f'"{name}"', json.dumps(evil))


def rename_cells(text: str, name: str, evil: str) -> str:
    """The same in a table."""
    cell = '"' + evil.replace('"', '""') + '"'
    return re.sub(rf"(?<![^,\n]){re.escape(name)}(?![^,\n])", lambda _: cell, text)


def as_workbook(text: str) -> bytes:
    """Write a table as a workbook; what looks like a formula becomes one."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet")
        for row, cells in enumerate(csv.reader(StringIO(text.replace("\0", "")))):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell[:1000])
    return buffer.getvalue()


def as_parquet(text: str) -> bytes:
    """Write a table as Parquet, as far as it is one."""
    rows = [*csv.reader(StringIO(text.replace("\0", ""))), []]
    header = rows.pop(0)
    names = [f"{name}{'' if header.index(name) == n else n}" for n, name in enumerate(header)]
    wide = [(row + [""] * len(names))[: len(names)] for row in rows]
    buffer = BytesIO()
    pl.DataFrame(wide, schema=dict.fromkeys(names, pl.String), orient="row").write_parquet(buffer)
    return buffer.getvalue()


def spoilt_files(seed: int, *, text: str, rounds: int, whole: bool = False) -> Mapping[str, bytes]:
    """Files of a scenario, ``team.toml`` and its tables, after some rounds of mishaps.

    Parameters
    ----------
    seed
        Of all luck.
    text
        One of ``TEXTS``.
    rounds
        How many things go wrong.
    whole
        Whether the files stay text that can be read.
    """
    luck, tabled = random.Random(seed), text is TABLED
    tables = dict(TABLES)
    for _ in range(rounds):
        way = luck.random()
        if way < 0.25:
            name, evil = luck.choice(NAMES), luck.choice(EVIL)
            text = rename(text, name, evil)
            tables = {file: rename_cells(told, name, evil) for file, told in tables.items()}
        elif tabled and way < 0.55:
            file = luck.choice(sorted(tables))
            tables[file] = mutate(tables[file], luck, CELLS)
        else:
            text = mutate(text, luck, VALUES)
    files = {}
    for file, told in tables.items():
        way = luck.random() if tabled else 1.0
        if way < 0.1:
            text = text.replace(file, f"{file}.xlsx")
            files[f"{file}.xlsx"] = as_workbook(told)
        elif way < 0.2:
            text = text.replace(file, f"{file}.parquet")
            files[f"{file}.parquet"] = as_parquet(told)
        else:
            files[file] = told.encode()
    files["team.toml"] = text.encode()
    return files if whole else {file: spoil(data, luck) for file, data in files.items()}


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files of a scenario; its own comes back."""
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return folder / "team.toml"
