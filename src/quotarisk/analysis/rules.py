"""Rules of thumb that users will hold an answer against, and where the simulation disagrees.

None of them is used for any figure; each is shown with its source where it is contradicted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quotarisk.analysis.profiles import Profile
from quotarisk.caution import Caution
from quotarisk.wording import list_names

_CLEAR = 2.0  # standard errors
_CLEAR_SHARE = 0.05  # and at least five points
_FEW_WINS_A_YEAR = 20.0
_POSSIBLE = 0.5
_ENOUGH_COVER = 3.0
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """A rule of thumb about the month: whom it speaks for and where it is contradicted."""

    code: str
    text: str
    says_monthly: Callable[[Profile], bool]
    in_dollars: bool = False


MONTHLY_RULES = (
    Rule(
        "rule_cycle_and_deals",
        "Rule of thumb: monthly quotas work where the cycle is under 90 days and a quarter brings "
        "5 deals or more (D. Cummings).",
        lambda profile: profile.cycle_days < 90 and profile.wins_per_year >= 20,
    ),
    Rule(
        "rule_size_and_cycle",
        "Rule of thumb: a deal size below 80,000 USD and a cycle of 4 months or less call for "
        "monthly quotas (B. Cassidy).",
        lambda profile: profile.deal_size < 80_000 and profile.cycle_days <= 122,
        in_dollars=True,
    ),
)


def _verb(names: Sequence[str], verb: str) -> str:
    """Let a verb agree with the number of names."""
    return verb if len(names) > 1 else verb + ("es" if verb.endswith("s") else "s")


def _clearly(row: Row, kinder: str) -> bool:
    points, error = row["kinder_by"], row["kinder_by_se"]
    return bool(row["kinder"] == kinder and points > max(_CLEAR * error, _CLEAR_SHARE))


def _monthly_rule(
    rule: Rule, profiles: Sequence[Profile], rows: Mapping[str, Row]
) -> Caution | None:
    against = [
        profile.name
        for profile in profiles
        if rule.says_monthly(profile)
        and _clearly(rows[profile.name], "quarter")
        and rows[profile.name]["p_hit_month"] < _POSSIBLE
    ]
    if not against:
        return None
    worst = max(against, key=lambda name: rows[name]["kinder_by"])
    points = f"{100 * rows[worst]['kinder_by']:.0f} points"
    whose = f" for {worst}" if len(against) > 1 else ""
    return Caution(
        rule.code,
        tuple(against),
        f"{rule.text} The simulation disagrees for {list_names(against)}: the quarter is kinder, "
        f"by {points}{whose}.",
    )


def _few_wins_rule(profiles: Sequence[Profile], rows: Mapping[str, Row]) -> Caution | None:
    against = [
        profile.name
        for profile in profiles
        if profile.wins_per_year < _FEW_WINS_A_YEAR
        and (rows[profile.name]["p_hit_month"] or 0.0) >= _POSSIBLE
    ]
    if not against:
        return None
    return Caution(
        "rule_few_wins",
        tuple(against),
        "Rule of thumb: reps who close fewer than 20 deals a year cannot hit monthly quotas "
        f"(SaaStr). In the simulation {list_names(against)} "
        f"{_verb(against, 'hit')} more than half of the monthly quotas.",
    )


@dataclass(frozen=True)
class Coverage:
    """A rep's open pipeline against the next quarter.

    Parameters
    ----------
    name
        Of the rep.
    multiple
        Amounts of the listed open deals, as a multiple of the quarter's quota.
    p_hit
        Simulated chance of the quarter.
    """

    name: str
    multiple: float
    p_hit: float


def _coverage_rule(covers: Sequence[Coverage]) -> Caution | None:
    too_weak = [c.name for c in covers if c.multiple >= _ENOUGH_COVER and c.p_hit < _POSSIBLE]
    unneeded = [c.name for c in covers if c.multiple < _ENOUGH_COVER and c.p_hit >= _POSSIBLE]
    told = []
    if too_weak:
        told.append(f"{list_names(too_weak)} probably {_verb(too_weak, 'miss')} it with that much")
    if unneeded:
        told.append(f"{list_names(unneeded)} probably {_verb(unneeded, 'hit')} it with less")
    if not told:
        return None
    return Caution(
        "rule_coverage",
        (*too_weak, *unneeded),
        f"Rule of thumb: open deals worth {_ENOUGH_COVER:g} times the quarter's quota are what it "
        f"takes (it assumes a win rate of a third). In the simulation {' and '.join(told)}.",
    )


def contradicted_rules(
    profiles: Sequence[Profile],
    rows: Mapping[str, Row],
    covers: Sequence[Coverage] = (),
    currency: str = "USD",
) -> tuple[Caution, ...]:
    """Which rules of thumb does the simulation contradict, and for whom?

    Parameters
    ----------
    profiles
        Of the reps.
    rows
        Rows of the cadence table by rep.
    covers
        Of the reps who list open deals and have a quota in the first quarter.
    currency
        Of the amounts: a rule in dollars is for dollars only.
    """
    told = [
        _monthly_rule(rule, profiles, rows)
        for rule in MONTHLY_RULES
        if not rule.in_dollars or currency == "USD"
    ]
    told += [_few_wins_rule(profiles, rows), _coverage_rule(covers)]
    return tuple(caution for caution in told if caution)
