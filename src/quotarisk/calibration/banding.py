"""Segments from the amounts, where a CRM has none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from quotarisk.calibration.history import Finding, Outcome
from quotarisk.kernel.arrays import Floats, Ints

MOST_BANDS = 3
FEWEST_IN_BAND = 30
LEAST_SHARE = 0.05
MOST_CUTS = 400
KNOWN_SHARE = 0.8
ROUNDING = 0.1
ALL = "all"


def _cost(logs: Floats, cuts: Sequence[int]) -> float:
    """Minus twice the classification log likelihood of bands with one variance, plus BIC's cost.

    Each deal pays for the place in its band, n log(RSS / n), and for the band itself,
    -2 sum n_j log(n_j / n). Without the second part even a single lognormal law, cut in two,
    would win: its squares fall by 64 % (-1.01 n), the label costs 1.39 n. (Celeux and Govaert
    1992, doi:10.1016/0167-9473(92)90042-E.)
    """
    n = len(logs)
    parts = [logs[a:b] for a, b in pairwise([0, *cuts, n])]
    sizes = np.array([len(part) for part in parts], dtype=np.float64)
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in parts)
    spread = n * np.log(max(squares / n, 1e-6))
    labels = -2.0 * float((sizes * np.log(sizes / n)).sum())
    parameters = 2 * len(parts)  # means, shares but one, the variance
    return float(spread + labels + parameters * np.log(n))


def _best_cuts(logs: Floats, bands: int) -> list[int] | None:
    """Cut sorted logs so that their squares within the bands are least: exact k-means."""
    n = len(logs)
    least = max(FEWEST_IN_BAND, int(LEAST_SHARE * n))
    edges: Ints = np.flatnonzero(np.diff(logs) > 0) + 1  # equal amounts stay together
    edges = edges[(edges >= least) & (edges <= n - least)]
    if len(edges) > MOST_CUTS:
        edges = edges[np.linspace(0, len(edges) - 1, MOST_CUTS).round().astype(np.int64)]
    total = np.concatenate([[0.0], np.cumsum(logs)])

    def gain(a: Ints, b: Ints) -> Floats:  # the squares of the means, weighted
        kept: Floats = (total[b] - total[a]) ** 2 / np.maximum(b - a, 1)
        return kept

    if bands == 2:
        if not len(edges):
            return None
        kept = gain(np.zeros_like(edges), edges) + gain(edges, np.full_like(edges, n))
        return [int(edges[kept.argmax()])]
    first: Ints
    second: Ints
    first, second = np.meshgrid(edges, edges, indexing="ij")
    wide = second - first >= least
    if not wide.any():
        return None
    first, second = first[wide], second[wide]
    kept = gain(np.zeros_like(first), first) + gain(first, second)
    kept += gain(second, np.full_like(second, n))
    best = kept.argmax()
    return [int(first[best]), int(second[best])]


def _round_edge(low: float, high: float) -> float:
    """Choose a round amount between two: one digit where that is near enough, else two."""
    middle = float(np.sqrt(low * high))
    rounder = float(f"{middle:.1g}")
    near = low < rounder <= high or abs(rounder / middle - 1) <= ROUNDING
    return rounder if near else float(f"{middle:.2g}")


def find_edges(amounts: Floats) -> tuple[float, ...]:
    """Where do won amounts fall apart into bands; nowhere, if that does not pay?

    The logs of the amounts are cut into one, two or three bands by exact k-means; the number is
    the one with the least classification likelihood plus penalty. A band holds at least 30 deals
    and 5 % of them. Deterministic.

    Parameters
    ----------
    amounts
        Positive amounts of won deals.

    Returns
    -------
    tuple of float
        Edges, ascending: a band begins at its edge.
    """
    logs = np.sort(np.log(amounts))
    if len(logs) < 2 * FEWEST_IN_BAND:
        return ()
    best, cuts = _cost(logs, []), list[int]()
    for bands in range(2, MOST_BANDS + 1):
        found = _best_cuts(logs, bands)
        if found is not None and (cost := _cost(logs, found)) < best:
            best, cuts = cost, found
    values = np.sort(amounts)
    edges = {_round_edge(float(values[cut - 1]), float(values[cut])) for cut in cuts}
    return tuple(sorted(edges))


def _short(amount: float) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if amount >= size:
            return f"{amount / size:.6g}{letter}"
    return f"{amount:.6g}"


def name_bands(edges: Sequence[float]) -> tuple[str, ...]:
    """What are the bands called?

    Examples
    --------
    >>> name_bands([5000, 50_000]), name_bands([])
    (('under 5k', '5k-50k', 'over 50k'), ('all',))
    """
    if not edges:
        return (ALL,)
    between = [f"{_short(low)}-{_short(high)}" for low, high in pairwise(edges)]
    return (f"under {_short(edges[0])}", *between, f"over {_short(edges[-1])}")


def can_be_banded(deals: pl.DataFrame) -> bool:
    """Are amounts known for nearly all lost and all open deals too?

    Else a band would tell the outcome: where only won deals have an amount, a rare band holds
    only won deals. Orders are never open: they can be banded.
    """
    undecided = [
        ended["amount"]
        for outcome in (Outcome.LOST, Outcome.OPEN)
        if not (ended := deals.filter(pl.col("outcome") == outcome)).is_empty()
    ]
    if not undecided:
        return bool((deals["created"] == deals["closed"]).all())
    return all(amounts.count() >= KNOWN_SHARE * len(amounts) for amounts in undecided)


def with_bands(deals: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Which band does each deal lie in, and for how many is that but the usual one?

    A deal of unknown amount gets the most frequent band of its rep, or of all where the rep has
    no known amount.

    Parameters
    ----------
    deals
        Deals of a history or of a snapshot: bands are found from what is won in it.

    Returns
    -------
    tuple
        The deals with their ``segment``, and the number of deals without an amount.
    """
    won = deals.filter((pl.col("outcome") == Outcome.WON) & pl.col("amount").is_not_null())
    edges = find_edges(won["amount"].to_numpy())
    names = name_bands(edges)
    if len(names) == 1:
        return deals.with_columns(segment=pl.lit(ALL)), 0
    amounts = deals["amount"].to_list()
    bands = [None if amount is None else bisect_right(edges, amount) for amount in amounts]
    counts: dict[str, list[int]] = {}
    total = [0] * len(names)
    for rep, band in zip(deals["rep"], bands, strict=True):
        if band is not None:
            counts.setdefault(rep, [0] * len(names))[band] += 1
            total[band] += 1
    usual = [
        names[
            max(range(len(names)), key=counts.get(rep, total).__getitem__) if band is None else band
        ]
        for rep, band in zip(deals["rep"], bands, strict=True)
    ]
    return deals.with_columns(segment=pl.Series(usual, dtype=pl.String)), bands.count(None)


def find_bands(deals: pl.DataFrame) -> tuple[pl.DataFrame, bool, tuple[Finding, ...]]:
    """Which segments does a history without any get, are they bands, and what is to be said?"""
    if not can_be_banded(deals):
        treatment = (
            "No column holds segments, and amounts are known for won deals only, so that bands of "
            "the amount would tell the outcome: all deals are one segment."
        )
        found = (Finding("one_segment", treatment, deals.height),)
        return deals.with_columns(segment=pl.lit(ALL)), False, found
    banded, guessed = with_bands(deals)
    names = banded.group_by("segment").agg(pl.col("amount").min()).sort("amount")["segment"]
    if len(names) == 1:
        treatment = "No column holds segments, and the amounts do not fall apart: one segment."
        return banded, True, (Finding("one_segment", treatment, deals.height),)
    listed = ", ".join(repr(name) for name in names)
    treatment = f"No column holds segments: bands of the amount were found, {listed}."
    bands = Finding("segments_from_amounts", treatment, deals.height)
    if not guessed:
        return banded, True, (bands,)
    treatment = "Deals of unknown amount were counted for the usual band of their rep."
    return banded, True, (bands, Finding("band_of_unknown_amount", treatment, guessed))
