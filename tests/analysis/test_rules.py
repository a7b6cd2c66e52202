"""Rules of thumb, shown where the simulation contradicts them and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from quotarisk.analysis.profiles import Profile
from quotarisk.analysis.rules import Coverage, contradicted_rules

FAST = Profile("Ana", wins_per_year=40.0, deal_size=9_000.0, cycle_days=30.0)
RARE = Profile("Ana", wins_per_year=10.0, deal_size=90_000.0, cycle_days=200.0)


def _row(**changed: Any) -> dict[str, Any]:
    row = {"kinder": "quarter", "kinder_by": 0.1, "kinder_by_se": 0.001, "p_hit_month": 0.3}
    return row | changed


def _codes(profile: Profile, row: dict[str, Any], *covers: Coverage) -> list[str]:
    return [c.code for c in contradicted_rules([profile], {profile.name: row}, covers)]


BOTH = ["rule_cycle_and_deals", "rule_size_and_cycle"]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (FAST, BOTH),
        (Profile("Ana", 20.0, 79_999.0, 89.9), BOTH),
        (Profile("Ana", 19.9, 79_999.0, 89.9), ["rule_size_and_cycle"]),
        (Profile("Ana", 20.0, 80_000.0, 89.9), ["rule_cycle_and_deals"]),
        (Profile("Ana", 20.0, 79_999.0, 122.0), ["rule_size_and_cycle"]),
        (Profile("Ana", 20.0, 79_999.0, 122.1), []),
        (RARE, []),
    ],
)
def test_whom_the_monthly_rules_speak_for(profile: Profile, expected: list[str]) -> None:
    """A rule is contradicted only for reps whom it calls monthly."""
    assert expected == _codes(profile, _row())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (_row(), BOTH),
        (_row(kinder="month"), []),
        (_row(kinder=None, kinder_by=None, kinder_by_se=None), []),
        (_row(kinder_by=0.05), []),
        (_row(kinder_by=0.051), BOTH),
        (_row(kinder_by=0.1, kinder_by_se=0.05), []),
        (_row(kinder_by=0.1, kinder_by_se=0.049), BOTH),
    ],
)
def test_clearly(row: dict[str, Any], expected: list[str]) -> None:
    """It takes a quarter that is kinder by two errors and by five points."""
    assert expected == _codes(FAST, row)


def test_monthly_text() -> None:
    """The caution quotes the rule with its source, and says for whom and by how much."""
    (caution, _) = contradicted_rules([FAST], {"Ana": _row()})
    assert ("Ana",) == caution.about
    assert caution.text == (
        "Rule of thumb: monthly quotas work where the cycle is under 90 days and a quarter brings "
        "5 deals or more (D. Cummings). The simulation disagrees for Ana: the quarter is kinder, "
        "by 10 points."
    )


def test_monthly_text_of_several() -> None:
    """Of several reps the one with the largest difference is named."""
    ben = Profile("Ben", 40.0, 9_000.0, 30.0)
    rows = {"Ana": _row(), "Ben": _row(kinder_by=0.25)}
    (_, caution) = contradicted_rules([FAST, ben], rows)
    assert ("Ana", "Ben") == caution.about
    assert caution.text.endswith(
        "disagrees for Ana and Ben: the quarter is kinder, by 25 points for Ben."
    )


@pytest.mark.parametrize(
    ("wins", "p_hit", "expected"),
    [
        (19.9, 0.5, ["rule_few_wins"]),
        (20.0, 0.9, []),
        (19.9, 0.499, []),
        (19.9, None, []),
    ],
)
def test_few_wins(wins: float, p_hit: float | None, expected: list[str]) -> None:
    """Fewer than 20 deals a year, and yet most months are hit."""
    profile = Profile("Ana", wins, 90_000.0, 200.0)
    assert expected == _codes(profile, _row(p_hit_month=p_hit))


def test_few_wins_text() -> None:
    """Verbs agree with the number of names."""
    ben = Profile("Ben", 10.0, 90_000.0, 200.0)
    rows = {"Ana": _row(p_hit_month=0.6), "Ben": _row(p_hit_month=0.6)}
    (one,) = contradicted_rules([RARE], rows)
    (two,) = contradicted_rules([RARE, ben], rows)
    assert one.text.endswith("In the simulation Ana hits more than half of the monthly quotas.")
    assert two.text.endswith(
        "In the simulation Ana and Ben hit more than half of the monthly quotas."
    )


@pytest.mark.parametrize(
    ("multiple", "p_hit", "expected"),
    [
        (3.0, 0.499, ["rule_coverage"]),
        (3.0, 0.5, []),
        (2.99, 0.5, ["rule_coverage"]),
        (2.99, 0.499, []),
    ],
)
def test_coverage(multiple: float, p_hit: float, expected: list[str]) -> None:
    """Three times the quota in open deals should hit, and less should not."""
    assert expected == _codes(RARE, _row(), Coverage("Ana", multiple, p_hit))


def test_coverage_text() -> None:
    """Who misses with enough and who hits with less are told together."""
    covers = [Coverage("Ana", 5.0, 0.1), Coverage("Ben", 1.0, 0.9), Coverage("Cho", 1.0, 0.8)]
    (caution,) = contradicted_rules([], {}, covers)
    assert ("Ana", "Ben", "Cho") == caution.about
    assert caution.text == (
        "Rule of thumb: open deals worth 3 times the quarter's quota are what it takes (it assumes "
        "a win rate of a third). In the simulation Ana probably misses it with that much and "
        "Ben and Cho probably hit it with less."
    )


def test_nothing_to_say() -> None:
    """Without reps no rule is contradicted."""
    assert () == contradicted_rules([], {})
