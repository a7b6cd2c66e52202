"""A plain twin of what a plan pays: path by path, in fractions, which round nothing but money."""

from __future__ import annotations

from fractions import Fraction
from math import inf, isnan

import numpy as np

from quotarisk.kernel.arrays import Floats
from quotarisk.kernel.pay import PayRules


def _cents(amount: Fraction) -> int:
    return round(amount)  # halves to even, as the kernel


def _commission(rules: PayRules, credited: int, quota: int, rate: Fraction) -> int:
    """What is paid of so much credited against a quota?"""
    threshold = _cents(Fraction(rules.threshold) * quota)
    if credited <= 0 or credited < threshold:
        return 0
    unpaid = 0 if rules.cliff else threshold
    begins = [_cents(Fraction(start) * quota) for start in rules.tier_from.tolist()]
    multiples = [Fraction(multiple) for multiple in rules.tier_rate.tolist()]
    if rules.retroactive:
        # of tiers that begin with the same cent the last one is reached
        reached = [m for begin, m in zip(begins, multiples, strict=True) if begin <= credited][-1]
        return _cents((credited - unpaid) * reached * rate)
    ends = [*begins[1:], credited]
    paid = Fraction(0)
    for begin, end, multiple in zip(begins, ends, multiples, strict=True):
        within = range(max(begin, unpaid), min(end, credited))  # cents of the tier
        paid += len(within) * multiple
    return _cents(paid * rate)


def pay_path(rules: PayRules, credited: list[int], extra: list[int]) -> list[int]:
    """What does one path pay, period after period?"""
    surplus = short = owed = 0
    given = []
    for period, (booked, spif) in enumerate(zip(credited, extra, strict=True)):
        asked = float(rules.quota[period])
        quota = (0 if isnan(asked) else int(asked)) + short
        counted, surplus, short = booked + surplus, 0, 0
        if quota == 0:
            quota = counted
        elif counted > quota:
            if not rules.surplus_ends[period]:
                counted, surplus = quota, counted - quota
        elif not rules.shortfall_ends[period]:
            short = quota - counted
        paid = _commission(rules, counted, quota, Fraction(float(rules.rate[period])))
        if rules.cap < inf:
            paid = min(paid, _cents(Fraction(rules.cap) * int(rules.target[period])))
        paid = max(paid + spif, int(rules.guarantee[period]))
        draw = int(rules.draw[period])
        if paid < draw:
            owed += draw - paid if rules.recoverable else 0
            paid = draw
        else:
            back = min(owed, paid - max(draw, int(rules.guarantee[period])))
            owed, paid = owed - back, paid - back
        given.append(paid)
    return given


def pay_paths(rules: PayRules, credited: Floats, extra: Floats) -> Floats:
    """All paths, one by one: ``[periods, paths]``."""
    columns = zip(credited.T.astype(int).tolist(), extra.T.astype(int).tolist(), strict=True)
    paid = [pay_path(rules, booked, spif) for booked, spif in columns]
    return np.array(paid, dtype=np.float64).reshape(credited.shape[::-1]).T
