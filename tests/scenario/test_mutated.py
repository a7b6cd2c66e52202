"""Whatever happens to a scenario file, reading it ends in a scenario or in plain faults."""

from __future__ import annotations

import random
import re
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotarisk.errors import Fault, InputError
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
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
    *("{ quantiles = { 0.1 = 1, 0.9 = 1e9 } }", "{ uri = 'x', query = 'y' }", "'deals.csv'"),
]
VALUE = re.compile(r"(?<== ).+$|\d+(?:[._\d]*\d)?|\"[^\"\n]*\"", re.MULTILINE)
CELLS = ["", "x", "-1", "1e999", "nan", "0", '"', ",", "\n", "Ana", "2027-99-01", "\u00e9", ";"]


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
        lines[at] = re.sub(r"\w+", luck.choice(words), lines[at], count=1)
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
        return data.decode().encode(luck.choice(["utf-16", "latin-1", "utf-8-sig"]), "replace")
    return data


def read(path: Path) -> tuple[tuple[Fault, ...], Scenario | None]:
    """Read a scenario, or the faults that are in its way; every other error is let through."""
    try:
        return (), load_scenario(path)
    except InputError as error:
        return error.faults, None


@pytest.mark.filterwarnings("error")
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), text=st.sampled_from(TEXTS), rounds=st.integers(1, 6))
def test_scenario_or_plain_faults(seed: int, text: str, rounds: int) -> None:
    """A mutated scenario loads without faults, or raises an error that lists them plainly."""
    luck = random.Random(seed)
    tables = dict(TABLES)
    for _ in range(rounds):
        if text is TABLED and luck.random() < 0.4:
            name = luck.choice(sorted(tables))
            tables[name] = mutate(tables[name], luck, CELLS)
        else:
            text = mutate(text, luck, VALUES)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in tables.items():
            Path(folder, name).write_bytes(spoil(content.encode(), luck))
        path = Path(folder, "team.toml")
        path.write_bytes(spoil(text.encode(), luck))
        faults, scenario = read(path)
    for fault in faults:
        assert fault.rule
        assert not re.search(r"Input should|validation|pydantic|Traceback", str(fault))
    if scenario is None:
        assert faults
    else:
        assert () == find_faults(scenario)
        assert scenario.fingerprint
