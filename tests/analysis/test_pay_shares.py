"""Whose deals earned the pay: cases by hand, and parts that sum to the whole."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quotarisk.analysis.pay_packages import Package, packages_of
from quotarisk.analysis.pay_shares import share_pay
from quotarisk.scenario.pay import PayPlan
from quotarisk.simulation.crediting import Credited
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.variants import variant_of
from tests.analysis.cases import make, segment
from tests.analysis.selling_cases import flat, plan, spif

STREAMS = ("small", "small", "large")
BASE = variant_of(
    make({"small": segment(), "large": segment()}, {"name": "Ana", "quota": {"quarter": 50_000.0}},
         months=3), 0,
)  # fmt: skip


def _package(told: PayPlan) -> Package:
    (package,) = packages_of(BASE, "Ana", {"p": told})
    return package


def _credited(streams: Array, wins: Array) -> tuple[Credited, Credited]:
    """``[streams, paths]`` cents and deals of a quarter's last month, by segment and by stream."""

    def by_month(parts: Array) -> Array:
        told = np.zeros((len(parts), 3, parts.shape[1]))
        told[:, 2] = parts
        return told

    whole = [np.array([each[0] + each[1], each[2]]) for each in (streams, wins)]
    inside = Credited(streams[:, np.newaxis], wins[:, np.newaxis])
    return Credited(by_month(whole[0]), by_month(whole[1])), inside


def _share(told: PayPlan, streams: list[list[float]], certain: float = 0.0) -> list[list[float]]:
    amounts = np.array(streams, dtype=np.float64)
    whole, inside = _credited(amounts, amounts / 1000)
    shares = share_pay(_package(told), whole, STREAMS, inside, certain)
    return [[float(cents) for cents in row] for row in shares]


def test_by_bookings() -> None:
    """Base and commission go by bookings, on a path without any by those that are expected."""
    told = flat(0.1, base=0.4)  # 3.33 cents a month, rounded to 3, and thus 9

    shares = _share(told, [[6000, 0], [2000, 0], [8000, 0]])

    assert [[603, 3], [201, 1], [805, 5], [0, 0]] == shares


def test_nothing_is_ever_booked() -> None:
    """Then all streams are alike."""
    assert [[300.0], [300.0], [300.0], [300.0]] == _share(flat(base=48.0), [[0], [0], [0]])


def test_multipliers() -> None:
    """What counts double earns double."""
    told = flat(0.1, multipliers={"large": 2.0})

    assert [[100], [100], [400], [0]] == _share(told, [[1000], [1000], [2000]])


def test_spifs_go_to_those_who_earn_them() -> None:
    """By deals where it is paid by deal, by bookings where it is a share of them."""
    told = flat(0.1, spifs=[spif(1.0, "small", rate=0.1), spif(2.0)])

    # small: 1 a deal and 0.1 of bookings; large: 2 a deal
    shares = _share(told, [[2000, 0], [6000, 0], [4000, 1000]])

    assert [[200 + 400, 0], [600 + 1200, 0], [400 + 800, 100 + 200], [0, 0]] == shares


def test_spifs_that_are_a_rate() -> None:
    """They go by bookings of the segment."""
    told = flat(0.1, spifs=[spif(0.0, "small", rate=0.2)])

    assert [[300], [600], [100], [0]] == _share(told, [[1000], [2000], [1000]])


def test_what_is_booked_to_date_earns_too() -> None:
    """Its share of the pay goes with it."""
    shares = _share(flat(0.1), [[1000], [0], [1000]], certain=2000.0)

    assert [[50], [0], [50], [100]] == shares


def test_spifs_that_are_taken_back() -> None:
    """What a draw takes back leaves less than SPIFs paid: they share what is left."""
    told = flat(0.1, draw=30.0, spifs=[spif(1.0)])
    amounts = np.zeros((3, 1))
    amounts[2] = 20_000.0
    whole, inside = _credited(amounts, np.full((3, 1), 20.0))

    shares = share_pay(_package(told), whole, STREAMS, inside, 0.0)

    pay = _package(told).pay(whole)
    assert pay.sum() == shares.sum() == 3000.0 * 3
    assert [2000.0 + 7000.0] == shares[2].tolist()


@given(
    st.lists(st.lists(st.integers(0, 10_000_000), min_size=3, max_size=3), min_size=2, max_size=4),
    st.integers(0, 5_000_000),
)
def test_parts_sum_to_the_pay(rows: list[list[int]], certain: int) -> None:
    """Whole cents of all parts are the pay, to the cent."""
    told = plan(
        cap=2.0, threshold=0.2, multipliers={"small": 0.7}, draw=500.0,
        spifs=[spif(100.0, rate=0.01), spif(50.0, "small"), spif(0.0, "none")],
    )  # fmt: skip
    amounts = np.array(rows, dtype=np.float64).T
    whole, inside = _credited(amounts, amounts // 1000)
    package = _package(told)

    shares = share_pay(package, whole, STREAMS, inside, float(certain))

    assert np.array_equal(package.pay(whole), shares.sum(axis=0))
    assert np.array_equal(np.rint(shares), shares)
    assert shares.min() >= 0
