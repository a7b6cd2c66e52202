from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest

from quotarisk.calibration.banding import (
    can_be_banded,
    find_bands,
    find_edges,
    name_bands,
    with_bands,
)
from quotarisk.calibration.history import SCHEMA

Law = tuple[float, float, int]


def _amounts(*laws: Law) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Lognormal amounts: median, sd of the log and number of each law."""
    rng = np.random.default_rng(5)
    return np.concatenate([median * np.exp(sd * rng.standard_normal(n)) for median, sd, n in laws])


@pytest.mark.parametrize("sd", [0.1, 0.5, 1.5])
@pytest.mark.parametrize("n", [40, 200, 5000])
def test_one_lognormal_law_is_not_cut(sd: float, n: int) -> None:
    """Amounts of one law are one band, however wide it is and however many they are."""
    assert () == find_edges(_amounts((8000, sd, n)))


def test_two_laws_far_apart_are_two_bands() -> None:
    """Small and big deals are told apart, at a round amount between them."""
    (edge,) = find_edges(_amounts((1000, 0.3, 300), (100_000, 0.3, 100)))

    assert 2000 < edge < 50_000
    assert edge == float(f"{edge:.2g}")


def test_three_laws_are_three_bands() -> None:
    """At most three bands are found, each edge between two laws."""
    low, high = find_edges(_amounts((100, 0.3, 400), (5000, 0.3, 400), (200_000, 0.3, 400)))

    assert 200 < low < 2500
    assert 10_000 < high < 100_000


@pytest.mark.parametrize(
    "amounts",
    [
        [],
        [5.0] * 500,
        [1.0] * 500 + [1000.0] * 20,
        [10.0] * 30 + [10.0] * 30,
    ],
)
def test_too_few_to_cut(amounts: list[float]) -> None:
    """Neither equal amounts nor a handful of big ones make bands of their own."""
    assert () == find_edges(np.array(amounts))


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([], ("all",)),
        ([5000.0], ("under 5k", "over 5k")),
        ([0.5, 1500.0], ("under 0.5", "0.5-1.5k", "over 1.5k")),
        ([2e6, 3e9], ("under 2M", "2M-3B", "over 3B")),
    ],
)
def test_names(edges: list[float], expected: tuple[str, ...]) -> None:
    """Bands are named by their edges, as people say them."""
    assert expected == name_bands(edges)


def _deals(rows: Sequence[tuple[str, str, float | None]]) -> pl.DataFrame:
    day = date(2026, 1, 1)
    return pl.DataFrame(
        [
            {
                "deal": str(number),
                "rep": rep,
                "created": day,
                "closed": None if outcome == "open" else day,
                "outcome": outcome,
                "amount": amount,
            }
            for number, (rep, outcome, amount) in enumerate(rows)
        ],
        schema=SCHEMA,
    )


SMALL = [("Ana", "won", 900.0 + 5 * i) for i in range(40)]
BIG = [("Ben", "won", 90_000.0 + 500 * i) for i in range(35)]


def test_deals_of_unknown_amount_get_the_usual_band() -> None:
    """A rep's unknown amount is in the rep's usual band; a new rep's in that of all."""
    deals = _deals([*SMALL, *BIG, ("Ben", "lost", None), ("Cho", "open", None)])

    banded, guessed = with_bands(deals)

    assert ["over 10k", "under 10k"] == banded["segment"].to_list()[-2:]
    assert 2 == guessed


def test_an_amount_at_the_edge_begins_a_band() -> None:
    """A band holds its lower edge."""
    banded, _ = with_bands(_deals([*SMALL, *BIG, ("Ana", "lost", 10_000.0)]))

    assert "over 10k" == banded["segment"][-1]


def test_bands_that_would_tell_the_outcome_are_not_made() -> None:
    """Where lost or open deals have no amounts, all deals are one segment, and that is said."""
    deals = _deals([*SMALL, *BIG, *[("Ana", "lost", None)] * 9, ("Ana", "lost", 5.0)])

    banded, may, findings = find_bands(deals)

    assert ({"all"}, False) == (set(banded["segment"]), may)
    assert [("one_segment", 85)] == [(found.rule, found.rows) for found in findings]


def test_only_won_deals_are_banded_if_they_are_orders() -> None:
    """Orders have no time in which they are open; won deals without others may have been."""
    orders = _deals([*SMALL, *BIG])
    closing = pl.lit(date(2026, 2, 1))

    assert (True, False) == (
        can_be_banded(orders),
        can_be_banded(orders.with_columns(closed=closing)),
    )


def test_what_is_said_of_bands() -> None:
    """Bands, one segment, and deals that were but guessed are findings."""
    full = find_bands(_deals([*SMALL, *BIG]))[2]
    guessed = find_bands(
        _deals([*SMALL, *BIG, *[("Ana", "lost", 5.0)] * 9, ("Ana", "lost", None)])
    )[2]
    single = find_bands(_deals(SMALL))[2]

    assert [
        "No column holds segments: bands of the amount were found, 'under 10k', 'over 10k'."
    ] == [found.treatment for found in full]
    assert [("segments_from_amounts", 85), ("band_of_unknown_amount", 1)] == [
        (found.rule, found.rows) for found in guessed
    ]
    assert [("one_segment", 40)] == [(found.rule, found.rows) for found in single]
