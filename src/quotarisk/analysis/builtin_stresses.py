"""The stresses that everybody has: what finance asks before it has thought of its own."""

from __future__ import annotations

from quotarisk.analysis.exact import rep_sources
from quotarisk.periods import Period
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.correcting import common_means, repeated_mean, weeks_repeated
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, Setting, rep_tasks
from quotarisk.simulation.paths import draw_rep
from quotarisk.simulation.simulation import setting_of

LOW_WIN_RATES = "low_win_rates"
LONG_CYCLES = "long_cycles"
SMALL_DEALS = "small_deals"
LOW_CREATION = "low_creation"
TOP_REP_LEAVES = "top_rep_leaves"
LATE_HIRES = "late_hires"
ALL_AT_ONCE = "all_at_once"
BUILTINS = (
    LOW_WIN_RATES,
    LONG_CYCLES,
    SMALL_DEALS,
    LOW_CREATION,
    TOP_REP_LEAVES,
    LATE_HIRES,
    ALL_AT_ONCE,
)
_FACTORS = {"win_rate": 0.8, "cycle_days": 1.3, "deal_size": 0.85, "opps_per_week": 0.75}
_LATE_DAYS = 60
_FUTURES = 2000  # that the expectation of a rep with hours is the mean of


def _expected(task: RepTask, setting: Setting, months: tuple[Period, ...]) -> float:
    """What is a rep expected to book from the start on, with the scenario's correction?

    Neither tying nor spreading changes a mean, and a factor that all have in common is of the
    same mean for everybody, by month.
    """
    told = setting.correction
    if task.is_bound:  # hours have no expectation that could be calculated
        model = draw_rep(task, setting, paths=_FUTURES).mean(axis=1) / CENTS
    else:
        model = rep_sources(task, setting, months).mean
    weeks = weeks_repeated(task, setting)
    if weeks is not None:
        past = repeated_mean(weeks, setting.horizon) / CENTS
        model = model + told.own_history * (past - model)
    return float(model @ common_means(len(months), told.shared))


def find_top_rep(scenario: Scenario) -> str:
    """Who is expected to book most from the start on, over the whole horizon?

    The expectation is calculated, not simulated, but for reps with hours: new deals and listed
    open deals at the mean rates, without the market and without what is booked already, which
    stays when a rep leaves; where a correction lets some paths repeat the reps' past, past weeks
    have their share in it. So it depends on no seed of the caller's. Of equals the first one
    named.
    """
    setting, horizon = setting_of(scenario, 0), scenario.horizon
    months = tuple(period for period in horizon.all_periods if period.cadence == "month")
    expected = {task.rep.name: _expected(task, setting, months) for task in rep_tasks(scenario)}
    return max(expected, key=lambda name: expected[name])


def builtin_stresses(scenario: Scenario) -> dict[str, Stress]:
    """What if win rates, cycles, sizes, creation, the best rep or hiring turn out worse?

    Returns
    -------
    dict
        ``low_win_rates`` (x 0.8), ``long_cycles`` (x 1.3), ``small_deals`` (x 0.85),
        ``low_creation`` (x 0.75), ``top_rep_leaves`` (see `find_top_rep`), ``late_hires`` (60
        days) and ``all_at_once``. Where one rep is the whole team nobody
        leaves, and without hires none of them is late in ``all_at_once``.
    """
    top = (find_top_rep(scenario),) if len(scenario.reps) > 1 else ()
    hires = any(rep.start_date and rep.start_date >= scenario.start for rep in scenario.reps)
    return {
        LOW_WIN_RATES: Stress(win_rate=_FACTORS["win_rate"]),
        LONG_CYCLES: Stress(cycle_days=_FACTORS["cycle_days"]),
        SMALL_DEALS: Stress(deal_size=_FACTORS["deal_size"]),
        LOW_CREATION: Stress(opps_per_week=_FACTORS["opps_per_week"]),
        TOP_REP_LEAVES: Stress(remove_reps=top),
        LATE_HIRES: Stress(delay_hires_days=_LATE_DAYS),
        ALL_AT_ONCE: Stress(
            **_FACTORS, remove_reps=top, delay_hires_days=_LATE_DAYS if hires else 0
        ),
    }
