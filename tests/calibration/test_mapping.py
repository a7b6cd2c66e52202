# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

from pathlib import Path

import pytest

from quotarisk.calibration.mapping import ColumnMap, match_columns, read_map

HEADERS = {
    "Salesforce": "Opportunity ID,Opportunity Name,Opportunity Owner,Created Date,Close Date,Stage,Amount,Type,IsClosed,IsWon",
    "HubSpot": "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Create Date,Pipeline",
    "Pipedrive": "Deal - ID,Deal - Title,Deal - Owner,Deal - Status,Deal - Value,Deal - Currency,Deal - Deal created,Deal - Won time,Deal - Lost time",
    "Dynamics": "Opportunity,Owner,Created On,Est. Close Date,Actual Close Date,Status,Est. Revenue,Actual Revenue",
    "Maven": "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
    "plain": "opportunity_id,rep_id,created_date,close_date,status,amount,segment",
}
EXPECTED = {
    "Salesforce": {
        "deal": "Opportunity ID", "rep": "Opportunity Owner", "created": "Created Date",
        "closed": "Close Date", "outcome": "Stage", "amount": "Amount", "segment": "Type",
        "is_closed": "IsClosed", "is_won": "IsWon",
    },
    "HubSpot": {
        "deal": "Record ID", "rep": "Deal owner", "created": "Create Date",
        "closed": "Close Date", "outcome": "Deal Stage", "amount": "Amount", "segment": "Pipeline",
    },
    "Pipedrive": {
        "deal": "Deal - ID", "rep": "Deal - Owner", "created": "Deal - Deal created",
        "won_date": "Deal - Won time", "lost_date": "Deal - Lost time",
        "outcome": "Deal - Status", "amount": "Deal - Value", "currency": "Deal - Currency",
    },
    "Dynamics": {
        "deal": "Opportunity", "rep": "Owner", "created": "Created On",
        "closed": "Actual Close Date", "outcome": "Status", "amount": "Est. Revenue",
        "won_amount": "Actual Revenue",
    },
    "Maven": {
        "deal": "opportunity_id", "rep": "sales_agent", "created": "engage_date",
        "closed": "close_date", "outcome": "deal_stage", "amount": "close_value",
        "segment": "product",
    },
    "plain": {
        "deal": "opportunity_id", "rep": "rep_id", "created": "created_date",
        "closed": "close_date", "outcome": "status", "amount": "amount", "segment": "segment",
    },
}  # fmt: skip


@pytest.mark.parametrize("crm", HEADERS)
def test_usual_names_are_known(crm: str) -> None:
    """The columns of each CRM's own export are found without being told."""
    header = HEADERS[crm].split(",")

    columns, faults = match_columns(header, file="deals.csv", told=ColumnMap())

    found = {role: header[index] for role, index in columns.index.items()}
    found |= {"outcome": header[columns.outcomes[0]]}
    assert (EXPECTED[crm], ()) == (found, faults)


def test_orders_are_known_by_their_date() -> None:
    """A table with an order date and nothing of creation or outcome holds orders."""
    header = ["order_id", "rep_id", "order_date", "amount", "territory"]

    columns, faults = match_columns(header, file="orders.csv", told=ColumnMap())

    assert (True, (), ()) == (columns.orders_only, columns.unused, faults)


def _faults(header: str, told: ColumnMap, segment: str | None = None) -> list[str]:
    _, faults = match_columns(header.split(","), file="d.csv", told=told, segment=segment)
    return [str(fault) for fault in faults]


def test_all_that_is_missing_is_said_at_once() -> None:
    """Each role without a column is a fault that names usual headers and the map file's key."""
    expected = [
        "a column for rep must be there, with a usual name ('Rep', 'Rep ID', 'Rep Name', 'Opportunity Owner', 'Deal Owner', 'Deal - Owner' ...) (d.csv: row 1); did you mean 'Ownr'? name it in the map file: [columns] rep = 'Ownr'",
        "a column for amount must be there, with a usual name ('Amount', 'Deal Value', 'Deal - Value', 'Close Value', 'Deal Amount', 'Opportunity Amount' ...) (d.csv: row 1); name it in the map file: [columns] amount = 'Name of the column'",
        "a column for created must be there, with a usual name ('Created Date', 'Create Date', 'Created On', 'Deal - Deal created', 'Created', 'Created At' ...) (d.csv: row 1); name it in the map file: [columns] created = 'Name of the column'",
        "a column for closed must be there, with a usual name ('Actual Close Date', 'Close Date', 'Closed Date', 'Closed On', 'Closed At', 'Date Closed' ...) (d.csv: row 1); name it in the map file: [columns] closed = 'Name of the column'",
        "a column for outcome must be there, with a usual name ('Outcome', 'Status', 'Deal Status', 'Deal - Status', 'Opportunity Status', 'Stage' ...) (d.csv: row 1); name it in the map file: [columns] outcome = 'Name of the column'",
    ]

    assert expected == _faults("Opportunity ID,Ownr", ColumnMap())


def test_unknown_columns_of_the_map_get_a_suggestion() -> None:
    """A header that the export lacks is a fault of the map file, and so is that of the option."""
    told = ColumnMap("m.toml", {"rep": "Ownr Name"})

    assert [
        "columns.rep must name a column of d.csv, got 'Ownr Name' (m.toml: columns.rep); did you mean 'Owner Name'?",
        "--segment must name a column of d.csv, got 'Typ' (--segment); did you mean 'Type'?",
    ] == _faults("Owner Name,Created,Closed,Status,Amount,Type", told, "Typ")


def test_the_map_goes_before_usual_names_and_the_option_before_the_map() -> None:
    """What is told is read; an empty name switches a role off."""
    names = "Owner,Manager,Created,Closed,Status,Amount,Type,Product,Region"
    header = names.split(",")
    told = ColumnMap("m.toml", {"rep": "manager", "segment": "Product", "group": ""})

    columns, faults = match_columns(header, file="d.csv", told=told)
    by_option, _ = match_columns(header, file="d.csv", told=told, segment="Region")

    assert ({"rep": 1, "created": 2, "closed": 3, "amount": 5, "segment": 7}, ()) == (
        columns.index,
        faults,
    )
    assert 8 == by_option.index["segment"]


def test_two_columns_of_one_name_cannot_be_read() -> None:
    """A header that stands twice is a fault where it is read, and none where it is not."""
    fault = (
        "the column that rep is read from must have a name of its own, got 'Owner' (d.csv: row 1)"
    )

    assert [fault] == _faults("Owner,owner,Created,Closed,Status,Amount,Note,Note", ColumnMap())


def test_flags_and_actual_revenue_are_enough() -> None:
    """Two columns of yes and no say the outcome, and the actual revenue the amount."""
    header = "Owner,Created On,Closed On,IsWon,IsClosed,Actual Revenue"

    assert [] == _faults(header, ColumnMap())


def _read(folder: Path, text: str) -> tuple[ColumnMap, list[str]]:
    (folder / "m.toml").write_text(text)
    told, faults = read_map(folder / "m.toml")
    return told, [str(fault).replace(f"{folder}/", "") for fault in faults]


def test_a_map_file_is_read(tmp_path: Path) -> None:
    """Columns, words, names and ways of writing are taken from the map file."""
    text = """
        dates = "day-first"
        decimal = "comma"
        [columns]
        rep = "Verkäufer"
        [outcomes]
        won = ["Gewonnen"]
        ignored = ["Test"]
        [reps]
        "Ana S." = "Ana Silva"
    """
    file = str(tmp_path / "m.toml")
    expected = ColumnMap(
        file,
        {"rep": "Verkäufer"},
        {"gewonnen": "won", "test": "ignored"},
        {"Ana S.": "Ana Silva"},
        "day-first",
        "comma",
    )

    assert (expected, []) == _read(tmp_path, text)


def test_all_that_is_wrong_in_a_map_file_is_said_at_once(tmp_path: Path) -> None:
    """Unknown keys, wrong kinds and words with two meanings are faults, with suggestions."""
    text = """
        date = "day-first"
        decimal = "coma"
        reps = 3
        [columns]
        reb = "Owner"
        rep = 7
        [outcomes]
        wno = ["x"]
        lost = "Lost"
        won = ["Done"]
        open = ["done"]
    """
    assert [
        "a key of the map file must be one that quotarisk knows, got 'date' (m.toml: the map file); did you mean 'dates'?",
        "columns.rep must be text, got 7 (m.toml: columns.rep)",
        "a key of columns must be one that quotarisk knows, got 'reb' (m.toml: columns); did you mean 'rep'?",
        "decimal must be a known word, got 'coma' (m.toml: decimal); did you mean 'comma'?",
        "a key of outcomes must be one that quotarisk knows, got 'wno' (m.toml: outcomes); did you mean 'won'?",
        "outcomes.lost must be a list of texts, got 'Lost' (m.toml: outcomes.lost)",
        "a word must mean one outcome, got 'done' (m.toml: outcomes.open)",
        "reps must be a table, got 3 (m.toml: reps)",
    ] == _read(tmp_path, text)[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("outcomes = 1", "outcomes must be a table, got 1 (m.toml: outcomes)"),
        (
            "a = ",
            "the map file must be valid TOML, got Invalid value (at end of document) (m.toml)",
        ),
    ],
)
def test_what_is_no_map_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    """A file that cannot be read as a map is a fault."""
    assert [expected] == _read(tmp_path, text)[1]


def test_a_map_file_that_is_not_there(tmp_path: Path) -> None:
    """A map file must exist."""
    _, faults = read_map(tmp_path / "none.toml")

    assert ["the map file must be there, got no such file"] == [
        str(fault).partition(" (")[0] for fault in faults
    ]
