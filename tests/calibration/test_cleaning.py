from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from quotarisk.calibration.cleaning import clean, merge_spellings
from quotarisk.calibration.history import SCHEMA

DAY, LATER = date(2026, 1, 1), date(2026, 2, 1)
GOOD: dict[str, Any] = {
    "row": 2,
    "deal": "a",
    "rep": "Ana",
    "group": None,
    "segment": "new",
    "created": DAY,
    "closed": LATER,
    "outcome": "won",
    "amount": 5.0,
}


def _frame(*rows: dict[str, Any]) -> pl.DataFrame:
    full = [{**GOOD, "row": number, **row} for number, row in enumerate(rows, start=2)]
    return pl.DataFrame(full, schema={"row": pl.Int64, **SCHEMA})


@pytest.mark.parametrize(
    ("row", "rule", "example"),
    [
        ({"outcome": "ignored"}, "ignored_outcome", "deal b"),
        ({"outcome": None}, "no_outcome", "deal b"),
        ({"created": None}, "no_created_date", "deal b, outcome won"),
        ({"amount": -1.0}, "negative_amount", "amount -1.0"),
        ({"closed": None}, "won_without_close", "deal b, created 2026-01-01"),
        (
            {"closed": None, "outcome": "lost"},
            "lost_without_close",
            "deal b, created 2026-01-01",
        ),
        (
            {"created": LATER, "closed": DAY},
            "closed_before_created",
            "closed 2026-01-01, created 2026-02-01",
        ),
    ],
)
def test_left_out(row: dict[str, Any], rule: str, example: str) -> None:
    """What cannot be true is left out, counted and shown."""
    deals, findings = clean(_frame({}, {"deal": "b", **row}))

    assert ["a"] == deals["deal"].to_list()
    assert [(rule, 1, (f"row 3: {example}",))] == [(f.rule, f.rows, f.examples) for f in findings]


@pytest.mark.parametrize(
    ("row", "rule", "repaired"),
    [
        ({"outcome": "open"}, "open_with_close_date", {"outcome": "open", "closed": None}),
        (
            {"outcome": "lost", "amount": 0.0},
            "lost_amount_zero",
            {"outcome": "lost", "amount": None},
        ),
        (
            {"outcome": "open", "closed": None, "amount": 0.0},
            "open_amount_zero",
            {"outcome": "open", "closed": None, "amount": None},
        ),
        ({"amount": 0.0}, "won_amount_unknown", {"amount": None}),
        ({"amount": None}, "won_amount_unknown", {"amount": None}),
        ({"deal": None}, "empty_id", {"deal": "row 2"}),
        ({"rep": None}, "empty_owner", {"rep": "unassigned"}),
    ],
)
def test_repaired(row: dict[str, Any], rule: str, repaired: dict[str, Any]) -> None:
    """What has one sensible reading is repaired and counted."""
    deals, findings = clean(_frame(row))

    expected = {**GOOD, **repaired}
    del expected["row"]
    assert [expected] == deals.to_dicts()
    assert [(rule, 1)] == [(found.rule, found.rows) for found in findings]


def test_an_empty_segment_among_others() -> None:
    """A deal without a segment is another segment; a column without any stays empty."""
    some, findings = clean(_frame({}, {"deal": "b", "segment": None}))
    none, nothing = clean(_frame({"segment": None}))

    assert (["new", "other"], [None]) == (some["segment"].to_list(), none["segment"].to_list())
    assert (["empty_segment"], ()) == ([found.rule for found in findings], nothing)


def test_identical_rows_count_once_and_contradictory_ones_by_their_last_close() -> None:
    """Repeated rows go; of rows with one id the latest close stays, of equal ones the last."""
    deals, findings = clean(
        _frame(
            {},
            {},
            {"closed": None, "outcome": "open"},
            {"deal": "b", "amount": 1.0},
            {"deal": "b", "amount": 2.0},
            {"deal": None},
            {"deal": None},
        )
    )

    assert [("a", 5.0), ("b", 2.0), ("row 7", 5.0), ("row 8", 5.0)] == deals.select(
        "deal", "amount"
    ).rows()
    assert [
        ("duplicate_rows", 1, ("row 3: deal a",)),
        (
            "contradictory_ids",
            2,
            (
                "row 4: deal a, outcome open, closed None",
                "row 5: deal b, outcome won, closed 2026-02-01",
            ),
        ),
        (
            "empty_id",
            2,
            ("row 7: rep Ana, created 2026-01-01", "row 8: rep Ana, created 2026-01-01"),
        ),
    ] == [(found.rule, found.rows, found.examples) for found in findings]


def test_spellings() -> None:
    """A spelling with capitals and small letters wins, then the frequent, then the first."""
    names = ["ANA SILVA", "ANA SILVA", "Ana Silva", "ana Silva", "ana Silva", "Bo", "bO"]

    assert [*["ana Silva"] * 5, "Bo", "Bo"] == merge_spellings(names)
