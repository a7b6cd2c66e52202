"""Small teams to report on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.risk import assess_risk
from quotarisk.caution import Caution
from quotarisk.reporting.results import Results
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate

SMALL = {
    "opps_per_week": 2.0,
    "win_rate": 0.3,
    "deal_size": {"median": 8000.0, "p90": 17000.0},
    "won_cycle_days": {"median": 30.0, "p90": 70.0},
}
LARGE = {
    "opps_per_week": 0.3,
    "win_rate": {"won": 18, "of": 90},
    "deal_size": {"median": 45000.0, "p90": 120000.0, "of": 18},
    "won_cycle_days": {"median": 95.0, "p90": 190.0},
}
SEGMENTS = {"small": SMALL, "large": LARGE}
CAUTIONS = (
    Caution("few_deals", ("Ben",), "Ben: fewer than 5 effective deals a year."),
    Caution("plan", ("East",), "East: the reps' quotas add up to 108 % of the plan."),
    Caution(
        "few_deals",
        ("Chloé",),
        "Chloé: fewer than 5 effective deals a year, so one large deal makes or breaks a quota.",
    ),
)


def scenario(**told: Any) -> Scenario:
    """Make a scenario that begins on the first day of 2027."""
    base = {"name": "Starter", "start": date(2027, 1, 1), "segments": SEGMENTS}
    return Scenario.model_validate({**base, **told})


def team() -> Scenario:
    """Three reps in two groups, one of them a new hire, and a plan of the team's own."""
    return scenario(
        reps=[
            {"name": "Ana", "group": "East", "quota": {"month": 28_000}},
            {"name": "Ben", "group": "East", "quota": {"month": 90_000}},
            {
                "name": "Chloé",
                "group": "West",
                "quota": {"month": 12_000},
                "start_date": date(2027, 3, 1),
                "ramp": [0.25, 0.5, 0.75],
                "segments": {"small": {}},
            },
        ],
        team={"quota": {"year": 1_400_000}},
        market={"creation": 0.1},
    )


def answers(asked: Scenario, *, paths: int = 1000) -> Results:
    """Simulate a scenario, with fixed cautions and a provenance that no release changes."""
    simulation = simulate(asked, paths=paths, seed=7, workers=1)
    attainment, cadence = estimate_attainment(simulation), compare_cadences(simulation)
    risk = assess_risk(simulation)
    source = replace(attainment.provenance, scenario_hash="0123456789abcdef", version="1.2.3")
    return Results(
        asked,
        replace(attainment, cautions=CAUTIONS, provenance=source),
        replace(cadence, cautions=CAUTIONS[::-1], provenance=source),
        replace(risk, cautions=(), provenance=source),
    )


def many(results: Results, reps: int) -> Results:
    """Make a large team out of the first rep of a small one; each hits less than the last."""
    first = results.cadence.frame.head(1)
    numbers = pl.int_range(reps, eager=True)
    cadence = first.select(pl.all().sample(reps, with_replacement=True)).with_columns(
        name=pl.format("Rep {}", numbers),
        p_hit_quarter=0.9 - numbers / 1000,
        quarters_hit=4 * (0.9 - numbers / 1000),
    )
    attainment = results.attainment.frame.filter(pl.col("level") == "team")
    return Results(
        results.scenario,
        replace(results.attainment, frame=attainment),
        replace(results.cadence, frame=cadence),
        results.risk,
    )
