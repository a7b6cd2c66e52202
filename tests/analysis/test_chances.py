"""Chances and their changes, as rows."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.analysis.chances import about, chance_of, change_of, with_errors
from quotarisk.simulation.comparing import Seen
from quotarisk.simulation.estimates import proportion_se

HIT = np.array([True, True, False, False])


def test_chance() -> None:
    """The share of hits, with its error."""
    assert (0.5, float(proportion_se(2, 4))) == chance_of(HIT)


def test_change() -> None:
    """Of the shares; its error is that of the differences on each path."""
    value, error = change_of(HIT, np.array([True, False, False, False]))
    assert 0.25 == value
    assert error == pytest.approx(np.std([0, 1, 0, 0], ddof=1) / 2)


def test_rows() -> None:
    """Whom and what a row is about, in currency, and figures with their errors."""
    seen = Seen("rep", "Ana", "East", [], [np.array([12_345.0])])
    assert about(seen, ("year", "2027")) == {
        "level": "rep", "name": "Ana", "group": "East",
        "cadence": "year", "period": "2027", "quota": 123.45,
    }  # fmt: skip
    told = with_errors({"p_hit": chance_of(HIT)})
    assert ["p_hit", "p_hit_se"] == list(told)
