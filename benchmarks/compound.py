"""Exact P(hit) where nothing but the deals is uncertain: ours, and that of `aggregate`.

The case: 60 opportunities a year, 45 small (win .30, median 8,000) and 15 large (win .20,
median 80,000), a steady pipeline, and a quota of 0.9 times the expected bookings.
"""

from __future__ import annotations

from aggregate import build

from benchmarks.case import MONTHS, START
from quotarisk.analysis.exact import Sources, exact_p_hit, rep_sources
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import answered_periods, setting_of

SIZES = ((8_000.0, 0.6), (80_000.0, 0.8))  # median, deviation of the logarithm
MONTH_QUOTA = 34_486.0
_POINTS = 1024  # of the lattice of `aggregate` below a quota
_LOG2_SIZE = 14
_WEEKS_A_YEAR = 365 / 7


def known_scenario() -> Scenario:
    """Write the case as a scenario: no market, every figure known."""
    laws = [
        {"median": m, "p90": m * 2.718281828459045 ** (1.2815515655446004 * s)} for m, s in SIZES
    ]
    return Scenario.model_validate(
        {
            "name": "Known case",
            "start": START,
            "months": MONTHS,
            "segments": {
                "small": {
                    "opps_per_week": 45 / _WEEKS_A_YEAR,
                    "win_rate": 0.30,
                    "deal_size": laws[0],
                    "won_cycle_days": {"median": 30, "p90": 60},
                },
                "large": {
                    "opps_per_week": 15 / _WEEKS_A_YEAR,
                    "win_rate": 0.20,
                    "deal_size": laws[1],
                    "won_cycle_days": {"median": 120, "p90": 240},
                },
            },
            "reps": [{"name": "Rep", "quota": {"month": MONTH_QUOTA}}],
        }
    )


def expected_sources(scenario: Scenario) -> Sources:
    """Expected wins of the scenario's rep in each period."""
    setting, periods = setting_of(scenario, 0), answered_periods(scenario)
    return rep_sources(rep_tasks(scenario)[0], setting, periods)


def period_quotas(*, more: float = 0.0) -> list[float]:
    """Quotas of 12 months, 4 quarters and the year, a month's by so much above the case's."""
    month = MONTH_QUOTA + more
    return [month] * 12 + [3 * month] * 4 + [12 * month]


def our_p_hit(sources: Sources, quotas: list[float]) -> list[float]:
    """P(hit) of each period by our own transform."""
    return [exact_p_hit(sources, row, quota) for row, quota in enumerate(quotas)]


def aggregate_p_hit(sources: Sources, quotas: list[float]) -> list[float]:
    """P(hit) of each period by `aggregate`, the quota between two points of its lattice."""
    medians = " ".join(f"{median:g}" for median, _ in SIZES)
    sds = " ".join(f"{sd:g}" for _, sd in SIZES)
    found = []
    for row, quota in enumerate(quotas):
        wins = " ".join(f"{deals.wins[row]:.12g}" for deals in sources.new)
        law = build(
            f"agg Period{row} [{wins}] claims sev [{medians}] * lognorm [{sds}] poisson",
            update=False,
        )
        step = quota / (_POINTS + 0.5)
        law.update(log2=_LOG2_SIZE, bs=step, padding=1)
        found.append(float(law.sf(_POINTS * step)))
    return found
