"""quotarisk: how likely is each rep, group and team to hit its quotas?

>>> import quotarisk as qr
>>> scenario = qr.load_scenario("scenarios/saas_team.toml")
>>> simulation = qr.simulate(scenario, paths=20_000, seed=7)
>>> attainment = qr.estimate_attainment(simulation)
>>> cadence = qr.compare_cadences(simulation)

Names are resolved on first use, so that importing quotarisk loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quotarisk.analysis.answers import Answer
    from quotarisk.analysis.attainment import estimate_attainment
    from quotarisk.analysis.backtest import Backtest, backtest
    from quotarisk.analysis.cadence import compare_cadences
    from quotarisk.analysis.changes import explain_change
    from quotarisk.analysis.drivers import rank_drivers
    from quotarisk.analysis.gaps import find_gaps
    from quotarisk.analysis.goals import plan_goals
    from quotarisk.analysis.mix import trace_mix
    from quotarisk.analysis.pay import price_plans
    from quotarisk.analysis.precision import simulate_to
    from quotarisk.analysis.quotas import solve_quotas
    from quotarisk.analysis.risk import measure_risk
    from quotarisk.analysis.stress import stress_test
    from quotarisk.analysis.time import trace_time
    from quotarisk.batch.nightly import run_batch
    from quotarisk.calibration.fit import calibrate
    from quotarisk.calibration.history import History
    from quotarisk.calibration.plain import Calibration
    from quotarisk.calibration.reading import read_history
    from quotarisk.caution import Caution
    from quotarisk.errors import ArgumentError, Fault, InputError, QuotariskError, RunError
    from quotarisk.reporting.report import write_report
    from quotarisk.scenario.checking import find_faults
    from quotarisk.scenario.loading import load_scenario
    from quotarisk.scenario.scenario import Scenario
    from quotarisk.scenario.schema import scenario_schema
    from quotarisk.scenario.writing import write_scenario
    from quotarisk.simulation.cluster import Cluster
    from quotarisk.simulation.simulation import Provenance, Simulation, simulate

_WHERE = {
    "Answer": "analysis.answers",
    "ArgumentError": "errors",
    "Backtest": "analysis.backtest",
    "Calibration": "calibration.plain",
    "Caution": "caution",
    "Cluster": "simulation.cluster",
    "Fault": "errors",
    "History": "calibration.history",
    "InputError": "errors",
    "Provenance": "simulation.simulation",
    "QuotariskError": "errors",
    "RunError": "errors",
    "Scenario": "scenario.scenario",
    "Simulation": "simulation.simulation",
    "backtest": "analysis.backtest",
    "calibrate": "calibration.fit",
    "compare_cadences": "analysis.cadence",
    "estimate_attainment": "analysis.attainment",
    "explain_change": "analysis.changes",
    "find_faults": "scenario.checking",
    "find_gaps": "analysis.gaps",
    "load_scenario": "scenario.loading",
    "measure_risk": "analysis.risk",
    "plan_goals": "analysis.goals",
    "price_plans": "analysis.pay",
    "rank_drivers": "analysis.drivers",
    "read_history": "calibration.reading",
    "run_batch": "batch.nightly",
    "scenario_schema": "scenario.schema",
    "simulate": "simulation.simulation",
    "simulate_to": "analysis.precision",
    "solve_quotas": "analysis.quotas",
    "stress_test": "analysis.stress",
    "trace_mix": "analysis.mix",
    "trace_time": "analysis.time",
    "write_report": "reporting.report",
    "write_scenario": "scenario.writing",
}

__all__ = [
    "Answer",
    "ArgumentError",
    "Backtest",
    "Calibration",
    "Caution",
    "Cluster",
    "Fault",
    "History",
    "InputError",
    "Provenance",
    "QuotariskError",
    "RunError",
    "Scenario",
    "Simulation",
    "backtest",
    "calibrate",
    "compare_cadences",
    "estimate_attainment",
    "explain_change",
    "find_faults",
    "find_gaps",
    "load_scenario",
    "measure_risk",
    "plan_goals",
    "price_plans",
    "rank_drivers",
    "read_history",
    "run_batch",
    "scenario_schema",
    "simulate",
    "simulate_to",
    "solve_quotas",
    "stress_test",
    "trace_mix",
    "trace_time",
    "write_report",
    "write_scenario",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"quotarisk.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'quotarisk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
