# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

from quotarisk.calibration.extract import Extract, Row
from quotarisk.calibration.mapping import ColumnMap, match_columns
from quotarisk.calibration.outcomes import Read, read_outcomes


def _read(header: str, *rows: str, told: ColumnMap | None = None) -> Read:
    names = tuple(header.split(","))
    numbered = tuple(Row(n, row.split(",")) for n, row in enumerate(rows, start=2))
    told = told or ColumnMap()
    columns, _ = match_columns(names, file="d.csv", told=told)
    return read_outcomes(Extract("d.csv", names, numbered), columns, told)


def test_words_say_how_a_deal_ended() -> None:
    """Usual words are known, and an empty cell says nothing."""
    ends, _, faults = _read("Stage", "Closed Won", "closed lost", "2 - Discovery", "", "Deleted")

    assert (["won", "lost", "open", None, "ignored"], ()) == (ends, faults)


def test_the_column_whose_words_are_known_is_read() -> None:
    """Where the status says nothing that is known, the stage is asked."""
    ends, _, faults = _read("Status,Stage", "Green,Closed Won", "Red,Proposal")

    assert (["won", "open"], ()) == (ends, faults)


def test_unknown_words_are_listed() -> None:
    """Words that nobody knows are a fault with their counts and the map file's key."""
    _, _, faults = _read("Stage", "Lots", "Closed Won", "Lots", "Zzz")

    assert [
        "the words of Stage must be known as won, lost, open, ignored, got 'Lots' (2), 'Zzz' (1) (d.csv: column Stage); did you mean 'Lost'? say what they mean in the map file: [outcomes] open = ['Lots']"
    ] == [str(fault) for fault in faults]


def test_a_word_like_no_other_gets_no_suggestion() -> None:
    """Where nothing is near, only the map file's key is shown."""
    _, _, faults = _read("Stage", "Zzz")

    assert ["say what they mean in the map file: [outcomes] open = ['Zzz']"] == [
        fault.hint for fault in faults
    ]


def test_the_map_file_gives_words_a_meaning() -> None:
    """Words of the map file go before the usual ones."""
    told = ColumnMap("m.toml", outcomes={"renewed": "won", "new": "lost"})

    assert ["won", "lost"] == _read("Stage", "3. Renewed", "New", told=told)[0]


def test_flags_go_before_the_stage() -> None:
    """IsWon and IsClosed decide whatever the stages are called; what contradicts itself is none."""
    rows = ("Yay,true,TRUE", "Nay,0,1", "Hm,,No", "Odd,yes,no")

    ends, findings, faults = _read("Stage,IsWon,IsClosed", *rows)

    assert (["won", "lost", "open", None], ()) == (ends, faults)
    assert [("contradictory_flags", 1)] == [(found.rule, found.rows) for found in findings]


def test_a_column_that_the_map_file_names_goes_before_flags() -> None:
    """Who names an outcome column wants it read."""
    told = ColumnMap("m.toml", columns={"outcome": "Result"})

    assert ["lost"] == _read("Result,IsWon,IsClosed", "Lost,1,1", told=told)[0]


def test_flags_must_be_yes_or_no() -> None:
    """Another word in a flag is a fault."""
    _, _, faults = _read("IsWon,IsClosed", "maybe,1", "1,often")

    assert [
        "IsWon must hold true or false, got 'maybe' in row 2 (d.csv: column IsWon)",
        "IsClosed must hold true or false, got 'often' in row 3 (d.csv: column IsClosed)",
    ] == [str(fault) for fault in faults]


def test_orders_are_won() -> None:
    """Every order is a won deal, and that is said."""
    ends, findings, _ = _read("Rep,Order Date,Amount", "Ana,2026-01-01,5")

    assert (["won"], ["orders_only"]) == (ends, [found.rule for found in findings])


def test_no_column_no_outcome() -> None:
    """Without any such column nothing is read: that is a fault of the columns."""
    assert ([], (), ()) == _read("Rep", "Ana")
