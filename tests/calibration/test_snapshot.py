from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.calibration.history import SCHEMA, History
from quotarisk.calibration.reading import read_history
from quotarisk.calibration.snapshot import take_snapshot
from quotarisk.errors import ArgumentError
from tests.calibration.exports import DATA, csv_of, read

START = date(2026, 1, 1)
AS_OF = date(2026, 6, 30)


def _history(rows: list[dict[str, Any]], **options: Any) -> History:
    usual = {"rep": "Ana", "segment": "new", "outcome": "open", "amount": 5.0}
    full = [{**usual, "deal": f"{number:04d}", **row} for number, row in enumerate(rows)]
    return History("d.csv", pl.DataFrame(full, schema=SCHEMA), (), len(rows), **options)


def _on(day: int) -> date:
    return START + timedelta(days=day)


def test_what_comes_later_is_not_known() -> None:
    """A later close means open, a later creation means absent."""
    history = _history(
        [
            {"created": _on(3), "closed": _on(9), "outcome": "won"},
            {"created": _on(2), "closed": _on(10), "outcome": "won"},
            {"created": _on(1), "closed": _on(11), "outcome": "lost"},
            {"created": _on(10)},
            {"created": _on(11)},
        ]
    )

    snapshot = take_snapshot(history, _on(10))

    assert [
        ("0002", None, "open"),
        ("0001", _on(10), "won"),
        ("0000", _on(9), "won"),
        ("0003", None, "open"),
    ] == snapshot.deals.select("deal", "closed", "outcome").rows()
    assert pl.Schema(SCHEMA) == snapshot.deals.schema


@pytest.mark.parametrize(("while_open", "expected"), [(True, 5.0), (False, None)])
def test_amounts_that_come_with_the_close(while_open: bool, expected: float | None) -> None:
    """The amount of a deal that closes later is known only if this CRM knows it while open."""
    rows = [
        {"created": _on(1), "closed": _on(2), "outcome": "won"},
        {"created": _on(2), "closed": _on(20), "outcome": "won"},
    ]

    snapshot = take_snapshot(_history(rows, amounts_while_open=while_open), _on(10))

    assert [5.0, expected] == snapshot.deals["amount"].to_list()


def test_before_the_first_creation_nothing_is_known() -> None:
    """A day before all deals is refused."""
    with pytest.raises(ArgumentError, match="as_of must not lie before the first creation"):
        take_snapshot(_history([{"created": _on(5)}]), _on(4))


def _stream(cycle_days: tuple[int, ...], *, days: int, recorded_from: int = 0) -> History:
    """Three creations a day; closes before some day are not in the export."""
    rows: list[dict[str, Any]] = []
    for number in range(3 * days):
        created = number // 3
        closed = created + cycle_days[number % len(cycle_days)]
        if closed >= recorded_from:
            rows.append({"created": _on(created), "closed": _on(closed), "outcome": "won"})
    return _history(rows)


def test_missing_closes_are_noticed() -> None:
    """Where closes before a day are missing, deals are observed from the first one on."""
    history = _stream((2, 5, 10, 30, 60), days=200, recorded_from=50)

    snapshot = take_snapshot(history, _on(180))

    assert (_on(50), True) == (snapshot.observed_from, snapshot.truncated)


@pytest.mark.parametrize("cycle", [(2, 5, 10, 30, 60), (90, 100, 120), (0,)])
def test_a_long_cycle_is_no_truncation(cycle: tuple[int, ...]) -> None:
    """If all closes are recorded, deals are observed from the first creation on."""
    snapshot = take_snapshot(_stream(cycle, days=200), _on(180))

    assert (_on(0), False) == (snapshot.observed_from, snapshot.truncated)


def test_few_closes_tell_nothing() -> None:
    """Without closes, and with fewer than thirty, nothing is taken to be missing."""
    truncated = _stream((2, 5, 10, 30, 60), days=200, recorded_from=50)

    none = take_snapshot(truncated, _on(40))
    few = take_snapshot(truncated, _on(52))

    assert (False, False) == (none.truncated, few.truncated)


def test_truncation_is_seldom_seen_where_there_is_none() -> None:
    """Of 300 complete histories of exponential cycles none is taken for truncated."""
    rng = np.random.default_rng(3)
    count = 0
    for _ in range(300):
        created = np.sort(rng.integers(0, 200, 150))
        closed = created + rng.exponential(rng.choice([5.0, 40.0, 150.0]), 150).astype(int)
        rows = [
            {"created": _on(int(a)), "closed": _on(int(b)), "outcome": "won"}
            for a, b in zip(created, closed, strict=True)
        ]
        count += take_snapshot(_history(rows), _on(200)).truncated

    assert 0 == count


@pytest.mark.parametrize(
    ("name", "days", "expected"),
    [
        ("maven_crm/sales_pipeline.csv", ["2017-03-31", "2017-12-31"], ("2017-03-01", True)),
        ("regional_sales/opportunities.csv", ["2019-11-30", "2020-12-31"], ("2019-06-22", False)),
        ("leadforge/opportunities.csv", ["2024-02-29", "2024-04-30"], ("2024-01-05", False)),
        ("adventureworks/orders.csv", ["2017-12-31", "2019-06-30"], ("2017-07-01", False)),
    ],
)
def test_real_histories(name: str, days: list[str], expected: tuple[str, bool]) -> None:
    """One of four real exports lacks its early closes."""
    if not (DATA / name).exists():
        pytest.skip("the shared data are not here")
    history = read_history(DATA / name)

    for day in days:
        snapshot = take_snapshot(history, date.fromisoformat(day))
        assert expected == (snapshot.observed_from.isoformat(), snapshot.truncated)


def test_bands_are_those_of_the_day() -> None:
    """Bands of the amount are found from what was won by then, whatever is won later."""
    amounts = [*(900.0 + 5 * i for i in range(40)), *(90_000.0 + 500 * i for i in range(40))]
    rows = [
        {"created": _on(0), "closed": _on(1 if amount < 5000 else 9), "outcome": "won",
         "amount": amount}
        for amount in amounts
    ]  # fmt: skip
    history = _history(rows, banded=True)

    early, late = take_snapshot(history, _on(5)), take_snapshot(history, _on(9))

    assert ({"all"}, {"under 10k", "over 10k"}) == (
        set(early.deals["segment"]),
        set(late.deals["segment"]),
    )


# A whole export: past deals, deals whose future is drawn, and deals that are open in any case.
# In one layout the CRM knows amounts only of won deals, in the other it knows them all along.
HEADER = "Opportunity ID,Owner,Created Date,Close Date,Stage,Amount"


def _past(carried: bool) -> list[str]:
    rows = []
    for number in range(90):
        created, closed = _on(number), _on(number + 5 + number % 60)
        won = number % 3 == 0
        amount = f"{100 + 20_000 * (number % 2) + number}" if won or carried else "0"
        rows.append(
            f"p{number},Rep {number % 4},{created},{closed},{'Won' if won else 'Lost'},{amount}"
        )
    amount = "700" if carried else ""
    return rows + [f"o{n},Rep {n % 4},{_on(170)},,Proposal,{amount}" for n in range(40)]


@st.composite
def _futures(draw: st.DrawFn, carried: bool) -> list[str]:
    """Draw what becomes of eight deals after the day, and deals that are created later."""
    rows = []
    for number in range(8):
        created = _on(100 + number)
        stage = draw(st.sampled_from(["Closed Won", "Closed Lost", "Prospecting", "Negotiation"]))
        closed: date | str = AS_OF + timedelta(days=draw(st.integers(1, 400)))
        if not stage.startswith("Closed"):
            closed = draw(st.sampled_from([closed, ""]))
        amount = str(1000 * number + 500)
        if not carried:
            final = draw(st.integers(1, 10**7))
            amount = {"Closed Won": f"{final}", "Closed Lost": "0"}.get(stage, "")
        rows.append(f"f{number},Rep {number % 4},{created},{closed},{stage},{amount}")
    for number in range(draw(st.integers(0, 3))):
        created = AS_OF + timedelta(days=draw(st.integers(1, 90)))
        rows.append(f"n{number},Rep 9,{created},,Proposal,{5 if carried else ''}")
    return rows


def _state(rows: list[str]) -> tuple[list[dict[str, Any]], date, bool]:
    with TemporaryDirectory() as folder:
        snapshot = take_snapshot(read(Path(folder), csv_of(*rows, header=HEADER)), AS_OF)
    return snapshot.deals.to_dicts(), snapshot.observed_from, snapshot.truncated


@pytest.mark.parametrize("carried", [False, True])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_future_changes_nothing(carried: bool, data: st.DataObject) -> None:
    """Whatever becomes of deals after the day: what was known on it stays the same."""
    past = _past(carried)
    one, other = (data.draw(_futures(carried)) for _ in range(2))

    assert _state(past + one) == _state(past + other)


def test_a_past_that_differs_is_seen() -> None:
    """The comparison would notice: a close on the day itself, or a final amount, changes it."""
    won = f"f0,Rep 0,{_on(100)},{{}},Closed Won,123456"
    before, after = won.format(AS_OF), won.format(AS_OF + timedelta(days=1))
    history = _history([{"created": _on(1), "closed": _on(20), "amount": 7.0}])
    other = replace(history, deals=history.deals.with_columns(amount=pl.lit(8.0)))

    assert _state([*_past(carried=False), before]) != _state([*_past(carried=False), after])
    assert not take_snapshot(history, _on(5)).deals.equals(take_snapshot(other, _on(5)).deals)
