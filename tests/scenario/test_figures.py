from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import BaseModel
from scipy import stats

from quotarisk.scenario.figures import LawField, LawSpec, OppRate, OppRateField, WinRate
from quotarisk.scenario.laws import Empirical, Fixed, Lognormal
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.percentiles import Percentiles


class Holder(BaseModel):
    """A table with a figure of each kind."""

    rate: OppRateField = OppRate(known=0)
    size: LawField = LawSpec(known=0)


def test_known_rates() -> None:
    """A bare number is known: it is its own mean."""
    assert (2.0, True) == (OppRate(known=2.0).mean, OppRate(known=2.0).is_known)
    assert (0.3, True) == (WinRate(known=0.3).mean, WinRate(known=0.3).is_known)


def test_posteriors() -> None:
    """Evidence gives the posteriors of Jeffreys' priors, and their means."""
    rate, win = OppRate(opps=62, weeks=52), WinRate(won=12, of=40)

    assert not rate.is_known
    assert not win.is_known
    assert rate.mean == pytest.approx(stats.gamma(62.5, scale=1 / 52).mean())
    assert win.mean == pytest.approx(stats.beta(12.5, 28.5).mean())
    assert (12.5, 28.5) == (win.posterior.a, win.posterior.b)


@pytest.mark.parametrize(
    ("spec", "law"),
    [
        (LawSpec(known=7), Fixed(7.0)),
        (LawSpec(values=(3, 1)), Empirical.of((1.0, 3.0))),
        (LawSpec(quantiles={"0.1": 1, "0.9": 5}), Percentiles.through({0.1: 1.0, 0.9: 5.0})),
    ],
)
def test_law_of_spec(spec: LawSpec, law: Any) -> None:
    """Each way of writing a law makes that law."""
    assert law == spec.law


def test_two_figures_are_lognormal() -> None:
    """Two figures without a family are a lognormal law."""
    law = LawSpec(median=8.0, p90=16.0).law

    assert isinstance(law, Lognormal)
    assert float(law.ppf(0.9)) == pytest.approx(16.0)


def test_evidence_of_a_law() -> None:
    """The location's uncertainty is the standard error of the mean logarithm."""
    spec = LawSpec(median=8.0, p90=16.0, of=25)

    assert spec.factor_sd == pytest.approx(spec.law.log_sd / 5)
    assert not spec.is_known
    assert (0.0, True) == (LawSpec(median=8, p90=16).factor_sd, LawSpec(median=8, p90=16).is_known)
    assert LawSpec(values=(3.0,), of=4).is_known


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"rate": 2, "size": {"values": [1, 2]}}, {"rate": 2.0, "size": {"values": (1.0, 2.0)}}),
        ({"rate": {"opps": 1, "weeks": 2}}, {"rate": {"opps": 1.0, "weeks": 2.0}, "size": 0.0}),
        ({"size": {"known": 3}}, {"rate": 0.0, "size": 3.0}),
    ],
)
def test_written_as_read(told: dict[str, Any], expected: dict[str, Any]) -> None:
    """A figure is written the way it is read: a number, or a table without what is not given."""
    assert expected == Holder.model_validate(told).model_dump()


def test_smallest_figures() -> None:
    """A law over four orders of magnitude still has a finite mean and variance."""
    law = LawSpec(median=1e-4, p90=1.0).law

    assert math.isfinite(law.mean)
    assert math.isfinite(law.variance)


def test_market_moves() -> None:
    """A market without spread does nothing."""
    assert not Market().moves
    assert Market(win_odds=0.1).moves
    assert (1.0, 1.0, 1.0) == Calendar().won
