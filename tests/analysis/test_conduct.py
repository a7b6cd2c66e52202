"""What people may do with deals: small cases by hand, and what no behaviour may create or lose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotarisk.analysis.conduct import Behaviour, Books, GiveUp, PullForward, Sandbag, Span
from quotarisk.errors import ArgumentError

QUARTERS = (range(3), range(3, 6))


def _books(*months: float, wins: bool = False) -> Books:
    """One segment on one path."""
    booked = np.array(months, dtype=np.float64).reshape(1, -1, 1)
    return Books(booked, np.ones(1), booked / 10 if wins else None)


def _spans(quota: float = 100.0, stop: float = np.inf, so_far: float = 0.0) -> list[Span]:
    return [Span(months, 0, quota, so_far, stop) for months in QUARTERS]


def _told(books: Books) -> list[float]:
    return [float(amount) for amount in books.booked[0, :, 0]]


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        # 90 of 100: half of the 40 that would come in April, less a tenth
        ((30, 30, 30, 40, 50, 60), [30, 30, 48, 20, 50, 60]),
        # 70 of 100 is out of reach, 100 is there
        ((30, 30, 10, 40, 50, 60), [30, 30, 10, 40, 50, 60]),
        ((30, 30, 40, 40, 50, 60), [30, 30, 40, 40, 50, 60]),
        # what April lost counts in the next quarter, whose end has no month after it
        ((30, 30, 30, 40, 20, 40), [30, 30, 48, 20, 20, 40]),
    ],
)
def test_pull_forward(months: tuple[float, ...], expected: list[float]) -> None:
    """Only where the quota is within reach, only from the month after, less the discount."""
    told = PullForward(share=0.5, reach=0.8, discount=0.1)

    assert expected == _told(told.act(_books(*months), _spans()))


def test_pull_forward_needs_a_quota() -> None:
    """Where there is none, none is within reach."""
    books = _books(30, 30, 30, 40, 50, 60)

    assert _told(books) == _told(PullForward().act(books, _spans(quota=np.nan)))


@pytest.mark.parametrize(
    ("months", "stop", "expected"),
    [
        # 150 is the cap: 10 of March wait until April, which leaves the second quarter below it
        ((60, 60, 40, 50, 20, 10), 150.0, [60, 60, 30, 60, 20, 10]),
        # all that comes after the cap waits, and makes the second quarter exceed it too
        ((200, 10, 5, 120, 0, 20), 150.0, [150, 0, 0, 150, 0, 0]),
        ((200, 10, 5, 120, 0, 20), np.inf, [200, 10, 5, 120, 0, 20]),
    ],
)
def test_sandbag(months: tuple[float, ...], stop: float, expected: list[float]) -> None:
    """What comes after the cap waits for the next period; after the last one it is gone."""
    assert expected == _told(Sandbag().act(_books(*months), _spans(stop=stop)))


def test_sandbag_in_part() -> None:
    """A share of what comes after the cap waits."""
    told = Sandbag(share=0.5).act(_books(60, 60, 50, 0, 0, 0, wins=True), _spans(stop=150.0))

    assert [60, 60, 40, 10, 0, 0] == _told(told)
    assert told.wins is not None
    assert [6, 6, 4, 1, 0, 0] == told.wins[0, :, 0].tolist()


def test_booked_to_date_counts() -> None:
    """What was booked before the first day counts towards quota and cap."""
    books = _books(10, 10, 10, 40, 40, 40)
    spans = [Span(range(3), 0, 100.0, 60.0, 85.0), *_spans()[1:]]

    assert [10, 10, 20, 30, 40, 40] == _told(PullForward(0.25, 0.8, 0.0).act(books, spans))
    assert [10, 10, 5, 45, 40, 40] == _told(Sandbag().act(books, spans))


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        # 10 of 33, then 15 of 67: hopeless; 40 of 33 is not
        ((10, 10, 10, 40, 20, 20), [10, 5, 5, 40, 20, 20]),
        # a good second month gives hope again
        ((10, 80, 10, 40, 20, 20), [10, 40, 10, 40, 20, 20]),
    ],
)
def test_give_up(months: tuple[float, ...], expected: list[float]) -> None:
    """Later months of a hopeless period book less, and what is lost is lost."""
    told = GiveUp(loss=0.5, threshold=0.5)

    assert expected == _told(told.act(_books(*months), _spans()))


def test_give_up_in_the_middle() -> None:
    """A period that began before the horizon may be hopeless on the first day; no quota is not."""
    books = _books(10, 10, 40)
    told = GiveUp(loss=0.5, threshold=0.5)

    assert [5, 5, 20] == _told(told.act(books, [Span(range(3), 9, 400.0, 0.0)]))
    assert [10, 10, 40] == _told(told.act(books, [Span(range(3), 9, 400.0, 390.0)]))
    assert [10, 10, 40] == _told(told.act(books, [Span(range(3), 9, np.nan, 0.0)]))


def test_deals_move_with_money() -> None:
    """Discounts make deals smaller, not fewer; what leaves the horizon takes its deals along."""
    pulled = PullForward(0.5, 0.8, 0.1).act(_books(30, 30, 30, 40, 50, 60, wins=True), _spans())
    gone = Sandbag().act(_books(0, 0, 0, 0, 0, 60, wins=True), _spans(stop=30.0))

    assert pulled.wins is not None
    assert gone.wins is not None
    assert pytest.approx([3, 3, 5, 2, 5, 6]) == pulled.wins[0, :, 0].tolist()
    assert pytest.approx([0, 0, 0, 0, 0, 3]) == gone.wins[0, :, 0].tolist()


def test_multipliers_count() -> None:
    """Attainment is that of the plan: bookings of a segment that counts double reach it sooner."""
    booked = np.array([[30.0, 30.0, 0.0, 40.0], [5.0, 5.0, 5.0, 10.0]])[:, :, np.newaxis]
    books = Books(booked, np.array([1.0, 2.0]))
    spans = [Span(range(3), 0, 100.0, 0.0), Span(range(3, 4), 0, 100.0, 0.0)]

    told = PullForward(share=0.5, reach=0.9, discount=0.0).act(books, spans)

    assert [[30, 30, 20, 20], [5, 5, 10, 5]] == told.booked[:, :, 0].tolist()


amounts = st.lists(
    st.lists(st.integers(0, 10_000_000), min_size=6, max_size=6), min_size=1, max_size=3
)


@given(
    amounts, st.integers(0, 30_000_000), st.floats(0, 1), st.floats(0, 1),
    st.floats(0, 30_000_000),
)  # fmt: skip
def test_nothing_is_made_or_lost(
    rows: list[list[int]], quota: int, share: float, reach: float, stop: float
) -> None:
    """Whole cents, none below 0; what moves arrives, but for what leaves the horizon's end."""
    booked = np.array(rows, dtype=np.float64)[:, :, np.newaxis]
    books = Books(booked.copy(), np.ones(len(booked)), booked / 7)
    spans = _spans(float(quota), stop)

    pulled = PullForward(share, reach, discount=0.0).act(books, spans)
    held = Sandbag().act(books, spans)
    tired = GiveUp(share, reach).act(books, spans)

    assert np.array_equal(booked, books.booked)  # it stays as it is
    for each in (pulled, held, tired):
        assert np.array_equal(np.rint(each.booked), each.booked)
        assert each.booked.min() >= 0
    assert np.array_equal(booked.sum(axis=1), pulled.booked.sum(axis=1))
    for first in (0, 3):
        quarter = held.booked[:, first : first + 3].sum()
        assert quarter <= np.floor(stop) + 1
    last = booked[:, 3:].sum() + booked[:, :3].sum() - held.booked[:, :3].sum()
    gone = booked.sum() - held.booked.sum()
    assert gone == pytest.approx(max(last - stop, 0.0), abs=1.0)
    assert (tired.booked <= booked).all()
    assert pulled.wins is not None
    assert pulled.wins.sum() == pytest.approx(booked.sum() / 7)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (PullForward, {"share": 1.5}),
        (PullForward, {"discount": True}),
        (Sandbag, {"share": "all"}),
        (GiveUp, {"loss": -0.1}),
    ],
)
def test_shares_only(kind: type[Behaviour], told: dict[str, Any]) -> None:
    """Every assumption is a share; what is none is named."""
    (key,) = told
    with pytest.raises(ArgumentError, match=f"{key} of {kind.name} must lie between 0 and 1"):
        kind(**told)


@pytest.mark.parametrize("told", [PullForward(), Sandbag(), GiveUp()])
def test_nothing_assumed_is_hidden(told: Behaviour) -> None:
    """Every behaviour says what it assumes, and who found it."""
    assert "%" in told.assumptions
    assert "doi:" in told.source
