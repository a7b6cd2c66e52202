# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

import random
import re
import time
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from quotarisk.errors import Fault, InputError
from quotarisk.reporting.assumption_sheets import draw_scenario
from quotarisk.scenario import workbook
from quotarisk.scenario.figures import LawSpec, WinRate
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.team import Booking, Quota, Rep
from tests.reporting.teams import team
from tests.scenario.strategies import scenarios
from tests.scenario.texts import FULL

Change = Callable[[Workbook], Any]


@pytest.mark.filterwarnings("error")
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(scenario=scenarios(bound=True))
def test_round_trip(scenario: Scenario, tmp_path: Path) -> None:
    """Every valid scenario reads back from its workbook as the same scenario."""
    (tmp_path / "team.xlsx").write_bytes(draw_scenario(scenario))

    actual = load_scenario(tmp_path / "team.xlsx")

    assert scenario == actual
    assert scenario.fingerprint == actual.fingerprint


@pytest.fixture
def full(tmp_path: Path) -> Scenario:
    """A scenario with every key."""
    (tmp_path / "full.toml").write_text(FULL, encoding="utf-8")
    return load_scenario(tmp_path / "full.toml")


@pytest.fixture
def reload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scenario]:
    """Write a scenario to a workbook, let another program change it, and read it again."""
    monkeypatch.chdir(tmp_path)

    def changed(scenario: Scenario, *changes: Change) -> Scenario:
        book = openpyxl.load_workbook(BytesIO(draw_scenario(scenario)))
        for change in changes:
            change(book)
        book.save("book.xlsx")
        return load_scenario("book.xlsx")

    return changed


def read(path: Path) -> tuple[tuple[Fault, ...], Scenario | None]:
    """Read a scenario, or the faults that are in its way; every other error is let through."""
    try:
        return (), load_scenario(path)
    except InputError as error:
        return error.faults, None


def put(sheet: str, where: str, value: Any) -> Change:
    """Change a cell, told by its coordinates or as ``key:column`` of the first column."""

    def change(book: Workbook) -> None:
        page = book[sheet]
        key, _, column = where.partition(":")
        if column:
            head = [cell.value for cell in page[1]].index(column)
            row = next(r for r in page.iter_rows() if r[0].value == key)
            row[head].value = value
        else:
            page[where] = value

    return change


def test_every_key(full: Scenario, reload: Callable[..., Scenario]) -> None:
    """What another program opens and saves is still the same scenario."""
    actual = reload(full)

    assert full == actual
    assert full.fingerprint == actual.fingerprint


FORMULAS = [
    ("Scenario", "market.creation:value", "B", "=0.1*2"),
    ("Segments", "C2", "C2", "=1/3"),
    ("Reps", "B2", "B2", "=A2"),
    ("Quotas", "E2", "E2", "=28000*1.1"),
    ("Booked", "C2", "C2", "=SUM(1,2)"),
]


@pytest.mark.parametrize(("sheet", "where", "cell", "formula"), FORMULAS)
def test_formulas_without_results(
    sheet: str, where: str, cell: str, formula: str, full: Scenario, reload: Callable[..., Scenario]
) -> None:
    """A formula that no program has computed is told with its sheet and cell: it is no empty cell."""
    with pytest.raises(InputError) as caught:
        reload(full, put(sheet, where, formula))
    told = str(caught.value.faults[0])

    rule = "a cell must hold a value, or a formula whose result was saved with it"
    assert told.startswith(f"{rule}, got '{formula}' (book.xlsx#{sheet}: cell {cell}")
    assert told.endswith("save it, or put in the value")


def test_formulas_of_other_sheets(full: Scenario, reload: Callable[..., Scenario]) -> None:
    """What is not an assumption may be computed by whom it pleases."""

    def add(book: Workbook) -> None:
        book.create_sheet("My sums")["A1"] = "=1+1"

    assert full == reload(full, add)


@pytest.mark.parametrize(
    ("cell", "faults"),
    [
        ('<c r="Z2"><f>1+1</f><v>2</v></c>', 0),
        ('<c r="Z2" t="str"><f>""</f><v></v></c>', 0),
        ('<c r="Z2"><f>1+1</f><v></v></c>', 1),
        ('<c r="Z2"><f>1+1</f></c>', 1),
        ('<c r="Z2"><f t="shared" si="0"/><v/></c>', 1),
        ("<broken <f >", 0),
    ],
)
def test_results_of_formulas(cell: str, faults: int, full: Scenario, tmp_path: Path) -> None:
    """A result is a value, an empty text too; what cannot be read is told by who reads it."""
    drawn, changed = draw_scenario(full), BytesIO()
    with zipfile.ZipFile(BytesIO(drawn)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.namelist():
            body = old.read(part)
            if part == "xl/worksheets/sheet3.xml":
                body = re.sub(b"(<row r=.2.*?)</row>", rb"\1" + cell.encode() + b"</row>", body)
            new.writestr(part, body)
    (tmp_path / "book.xlsx").write_bytes(changed.getvalue())
    found, _ = read(tmp_path / "book.xlsx")

    assert faults == sum("formula" in fault.rule for fault in found)


def test_change_a_cell(full: Scenario, reload: Callable[..., Scenario]) -> None:
    """A changed cell changes that value, and nothing else."""
    assert full.booked is not None
    actual = reload(
        full,
        put("Scenario", "market.creation:value", 0.25),
        put("Scenario", "start:value", date(2027, 2, 16)),
        put("Scenario", "name:value", "Next year"),
        put("Scenario", "months:value", "12"),
        put("Scenario", "calendar.won:value", "[1, 1, 1.5]"),
        put("Segments", "small:won", 100),
        put("Segments", "small:won_cycle_days", 33),
        put("Quotas", "Ana:quota", 41_000.5),
        put("Booked", "Ana:amount", -7.25),
    )
    expected = full.model_copy(
        update={
            "name": "Next year",
            "start": date(2027, 2, 16),
            "market": full.market.model_copy(update={"creation": 0.25}),
            "calendar": full.calendar.model_copy(update={"won": (1.0, 1.0, 1.5)}),
            "segments": {
                **full.segments,
                "small": full.segments["small"].model_copy(
                    update={
                        "win_rate": WinRate(won=100, of=400),
                        "won_cycle_days": LawSpec(known=33),
                    }
                ),
            },
            "reps": (
                full.reps[0].model_copy(update={"quota": Quota(month=41_000.5, quarter=120_000)}),
                *full.reps[1:],
            ),
            "booked": (full.booked[0].model_copy(update={"amount": -7.25}),),
        }
    )

    assert expected == actual


def test_a_cleared_setting_is_the_usual_one(
    full: Scenario, reload: Callable[..., Scenario]
) -> None:
    """Where the value of a key is deleted, its default holds."""
    actual = reload(full, put("Scenario", "currency:value", None))

    assert ("EUR", "USD") == (full.currency, actual.currency)


def test_rows_may_be_added(full: Scenario, reload: Callable[..., Scenario]) -> None:
    """A row below a table belongs to it, and a month that Excel made a day of is a month."""
    actual = reload(
        full,
        lambda book: book["Reps"].append(["Di", "EMEA"]),
        lambda book: book["Quotas"].append(["Di", None, "month", date(2027, 4, 1), 7]),
        lambda book: book["Open deals"].append([77, "Di", "small", None, date(2027, 1, 5)]),
    )

    assert Rep(name="Di", group="EMEA", quota=Quota(month={"2027-04": 7})) == actual.reps[-1]
    assert ("77", "Di") == (actual.open_deals[-1].deal, actual.open_deals[-1].rep)


def test_sheets_may_be_missing(full: Scenario, reload: Callable[..., Scenario]) -> None:
    """Without its sheet nothing is booked, no deal is open and nobody has a quota."""
    actual = reload(
        full,
        *(
            lambda book, name=name: book.remove(book[name])
            for name in ("Booked", "Open deals", "Quotas")
        ),
    )

    assert (None, ()) == (actual.booked, actual.open_deals)
    assert {Quota()} == {rep.quota for rep in actual.reps}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([put("Reps", "Ana:win_rate", 1.5)], "win_rate must lie between 0 and 1, got 1.5 (book.xlsx#Reps: row 2, column win_rate)"),
        ([put("Reps", "Ben:ramp", "[0.5, 'x']")], "ramp must be a number between 0 and 5, got the text 'x' (book.xlsx#Reps: row 3, column ramp)"),
        ([put("Reps", "Cy:pipeline", "emty")], "pipeline must be 'steady' or 'empty', got 'emty' (book.xlsx#Reps: row 4, column pipeline); did you mean 'empty'?"),
        ([put("Segments", "large:deal_size", "{ dist = 'gama', mean = 1 }")], "deal_size must be 'lognormal', 'gamma', 'weibull' or 'exponential', got 'gama' (book.xlsx#Segments: row 3, column deal_size); did you mean 'gamma'?"),
        ([put("Segments", "large:deal_size", "{ mean = 1, sd }")], "deal_size must be a number or a table such as { median = 8_000, p90 = 16_000 }, got the text '{ mean = 1, sd }' (book.xlsx#Segments: row 3, column deal_size)"),
        ([put("Segments", "large:deal_size_p90", 9)], "deal_size must be given alone, or deal_size_median and deal_size_p90 in its place, got deal_size and deal_size_p90 (book.xlsx#Segments: row 3)"),
        ([put("Scenario", "months:value", 1.5)], "months must be a whole number between 1 and 60, got 1.5 (book.xlsx#Scenario: row 4, column value)"),
        ([put("Scenario", "market.period:value", "week")], "market.period must be 'month' or 'quarter', got 'week' (book.xlsx#Scenario: row 11, column value)"),
        ([put("Scenario", "A11", "market.perod")], "a key of market must be one that quotarisk knows, got 'perod' (book.xlsx#Scenario: row 11, column value); did you mean 'period'?"),
        ([put("Scenario", "A11", "market period")], "key must be one of a scenario file, such as market.creation, got 'market period' (book.xlsx#Scenario: row 11, column key)"),
        ([put("Scenario", "A11", "market.creation")], "key must be in one row only, and not within a value of another row, got 'market.creation' (book.xlsx#Scenario: row 11, column key)"),
        ([put("Scenario", "A11", "months.x")], "key must be in one row only, and not within a value of another row, got 'months.x' (book.xlsx#Scenario: row 11, column key)"),
        ([put("Scenario", "A11", "rep_table")], "key must not be rep_table, which is told on the sheet Reps, got 'rep_table' (book.xlsx#Scenario: row 11, column key)"),
        ([put("Scenario", "A11", None)], "key must be given (book.xlsx#Scenario: row 11, column key)"),
        ([put("Quotas", "Ana:quota", "[1, 2]")], "month quota must be a list of 12, one for each month that ends within the horizon, got 2 (book.xlsx#Quotas: row 2, column quota)"),
        ([put("Quotas", "Ana:group", "EMEA")], "rep must be empty in a row of a group's quota, got 'Ana' (book.xlsx#Quotas: row 2, column rep)"),
        ([put("Quotas", "B8", "EMEAA")], "a group must be one that some rep belongs to, got 'EMEAA' (book.xlsx#Quotas: row 8, column group); did you mean 'EMEA'?"),
        ([put("Quotas", "E4", "[1]")], "quota must be a number where there are rows by period, got [1] (book.xlsx#Quotas: row 4, column quota)"),
        ([put("Booked", "Ana:rep", "Anna")], "rep must be one of the reps, got 'Anna' (book.xlsx#Booked: row 2, column rep); did you mean 'Ana'?"),
        ([lambda book: setattr(book["Quotas"], "title", "Quota")], "a sheet of assumptions must bear its name, got 'Quota' (book.xlsx: sheet Quota); did you mean 'Quotas'?"),
    ],
)  # fmt: skip
def test_faults_name_sheet_and_cell(
    full: Scenario, reload: Callable[..., Scenario], changes: list[Change], expected: str
) -> None:
    """What is wrong in a workbook is told with its sheet, row and column."""
    with pytest.raises(InputError) as caught:
        reload(full, *changes)

    assert expected == str(caught.value)


def test_group_twice(full: Scenario, reload: Callable[..., Scenario]) -> None:
    """A group's plan is told once for a cadence and a period."""
    with pytest.raises(InputError, match="a group with a cadence and a period must be in one row"):
        reload(full, lambda book: book["Quotas"].append([None, "EMEA", "quarter", None, 3]))


def clear(book: Workbook) -> None:
    """Leave the heading of the sheet Scenario alone."""
    book["Scenario"].delete_rows(2, 100)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (clear, "the table must have at least one row, got none (book.xlsx#Scenario)"),
        (
            lambda book: setattr(book["Scenario"], "title", "Keys"),
            "a workbook must have a sheet 'Scenario' of keys and values, "
            "got 'Keys, Segments, Reps, Quotas, Open deals, Booked' (book.xlsx)",
        ),
    ],
)
def test_no_scenario(
    full: Scenario, reload: Callable[..., Scenario], change: Change, expected: str
) -> None:
    """A workbook without keys and values is no scenario."""
    with pytest.raises(InputError) as caught:
        reload(full, change)

    assert expected == str(caught.value)


def test_sheet_that_cannot_be_read(
    full: Scenario, reload: Callable[..., Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sheet that its reader fails at is a fault, whatever else is there."""
    real = workbook._error_cells

    def fail(data: bytes, name: str) -> dict[str, str]:
        if name == "Quotas":
            raise KeyError("no such part")
        return real(data, name)

    monkeypatch.setattr(workbook, "_error_cells", fail)
    with pytest.raises(InputError) as caught:
        reload(full)

    assert "the table must have a readable sheet 'Quotas' (book.xlsx#Quotas)" == str(caught.value)


@pytest.mark.parametrize(
    ("data", "rule"), [(None, "be there, got no such file"), (b"x", "be an Excel workbook (.xlsx)")]
)
def test_no_workbook(tmp_path: Path, data: bytes | None, rule: str) -> None:
    """What is no workbook is one fault."""
    path = tmp_path / "a.XLSX"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        load_scenario(path)

    assert f"the scenario file must {rule} ({path})" == str(caught.value)


def test_what_no_cell_holds(tmp_path: Path, reload: Callable[..., Scenario]) -> None:
    """Text that is too long for a cell stands on a sheet of its own, once."""
    law = LawSpec(values=tuple(number / 3 for number in range(1, 3000)), of=2999)
    segment = Segment(opps_per_week=1, win_rate=0.5, deal_size=law, won_cycle_days=law)  # type: ignore[arg-type]
    reps = tuple(Rep(name=f"{number} {'=' * 190}") for number in range(100))
    scenario = Scenario(
        name="Long",
        start=date(2027, 1, 1),
        segments={"a": segment},
        reps=reps,
        stress={"all leave": Stress(remove_reps=tuple(rep.name for rep in reps[1:]))},
        booked=(),
    )

    assert scenario == reload(scenario)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    texts = {row[0].value for row in book["Long texts"].iter_rows(min_row=2)}
    assert {"long text 1", "long text 2"} == texts
    assert 16_000 == max(len(str(row[1].value)) for row in book["Long texts"].iter_rows())


def test_broken_long_text(reload: Callable[..., Scenario]) -> None:
    """A piece of a long text that is missing is a fault of its row."""
    law = LawSpec(values=tuple(number / 3 for number in range(1, 3000)))
    segment = Segment.model_validate(
        {"opps_per_week": 1, "win_rate": 0.5, "deal_size": law, "won_cycle_days": 9}
    )
    scenario = Scenario(
        name="Long", start=date(2027, 1, 1), segments={"a": segment}, reps=(Rep(name="Ana"),)
    )
    with pytest.raises(InputError) as caught:
        reload(scenario, put("Long texts", "B3", None))

    assert "part must be given (book.xlsx#Long texts: row 3, column part)" in str(caught.value)


JUNK = [
    *("", " ", "x", "=1+1", "{", "[1", "{ median = 1 }", "[[]]", "'", "007", "1e999", "nan", "a.b"),
    *(None, -1, 0, 1.5, 1e300, True, date(2027, 1, 1), date(1900, 1, 1), "long text 1", "é" * 300),
]


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), rounds=st.integers(1, 5))
def test_scenario_or_plain_faults(seed: int, rounds: int, full: Scenario, tmp_path: Path) -> None:
    """Whatever is written into its cells, a workbook is a scenario or has plain faults."""
    luck = random.Random(seed)
    book = openpyxl.load_workbook(BytesIO(draw_scenario(full)))
    for _ in range(rounds):
        page = luck.choice(book.worksheets)
        row, column = luck.randint(1, page.max_row + 1), luck.randint(1, page.max_column + 1)
        page.cell(row, column).value = luck.choice(JUNK)
    book.save(tmp_path / "book.xlsx")
    faults, scenario = read(tmp_path / "book.xlsx")

    assert (scenario is None) == bool(faults)
    assert not any(re.search(r"Input should|pydantic|Traceback", str(fault)) for fault in faults)


def test_sheets(full: Scenario) -> None:
    """Headings are frozen and say what they mean; text, money, shares and days look like it."""
    book = openpyxl.load_workbook(BytesIO(draw_scenario(full)))

    assert ["Scenario", "Segments", "Reps", "Quotas", "Open deals", "Booked"] == book.sheetnames
    for page in book:
        assert page.freeze_panes in ("B2", "C2")
        assert page.auto_filter.ref is not None
        assert all(cell.comment is not None for cell in page[1])
    page = book["Segments"]
    shown = {header.value: cells for header, *cells in page.iter_cols()}
    assert ("@", "General") == (shown["segment"][0].number_format, shown["won"][0].number_format)
    assert ("0.0%", 0.25) == (shown["win_rate"][1].number_format, shown["win_rate"][1].value)
    assert "#,##0" == shown["deal_size_median"][0].number_format
    assert "yyyy-mm-dd" == book["Booked"]["B2"].number_format
    assert "#,##0.00" == book["Booked"]["C2"].number_format
    assert date(2027, 2, 10) == book["Booked"]["B2"].value.date()


def test_team_of_300(tmp_path: Path) -> None:
    """Three hundred reps in three segments are written and read in seconds."""
    figures = Segment.model_validate({"opps_per_week": {"opps": 1, "weeks": 3}, "win_rate": 0.1})
    small = team().segments["small"]
    sold = dict.fromkeys(("a", "b", "c"), small)
    scenario = Scenario(
        name="Many",
        start=date(2027, 1, 1),
        segments=sold,
        reps=tuple(
            Rep(name=f"Rep {number}", segments=dict.fromkeys(sold, figures))
            for number in range(300)
        ),
        booked=tuple(
            Booking(rep=f"Rep {number % 300}", date=date(2026, 5, 1), amount=number / 7)
            for number in range(3000)
        ),
    )
    begin = time.perf_counter()
    (tmp_path / "many.xlsx").write_bytes(draw_scenario(scenario))

    assert scenario == load_scenario(tmp_path / "many.xlsx")
    assert time.perf_counter() - begin < 20
