"""The page: one file that tells the answer from top to bottom and asks nothing of any network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import polars as pl

from quotarisk.analysis.curves import Curves
from quotarisk.reporting import sentences
from quotarisk.reporting.assumptions import assumptions_table, list_assumptions, pipeline_table
from quotarisk.reporting.charts import bundled_javascript, draw_survival
from quotarisk.reporting.colours import CADENCE_COLOURS
from quotarisk.reporting.dumbbells import draw_dumbbells
from quotarisk.reporting.efforts import efforts_table
from quotarisk.reporting.fan import chart_fan, fan_table
from quotarisk.reporting.grids import Grid, grid_of
from quotarisk.reporting.heat_map import map_heat
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.rep_panel import fill_panel
from quotarisk.reporting.results import Results
from quotarisk.reporting.risks import risk_tables, tell_risk
from quotarisk.reporting.tables import reps_table
from quotarisk.reporting.templating import fill_template, script

LEFT_OUT = ("known", "evidence", "stress")  # topics that the tables tell better


def _span(results: Results) -> str:
    horizon = results.scenario.horizon
    return f"{horizon.start} to {horizon.end - timedelta(days=1)}"


def draw_page(results: Results, curves: Curves) -> str:
    """What does the report look like, as one page of HTML?

    Parameters
    ----------
    results
        The answers.
    curves
        From `trace_curves`, of the same simulation.

    Returns
    -------
    str
        The page. It needs no other file and no network, and the same answers give the same text.
    """
    scenario, fan = results.scenario, chart_fan(results, curves)
    above = results.attainment.frame.filter(pl.col("level") != "rep")
    grids: Mapping[str, Grid] = {
        "plans": grid_of(plans_table(results)),
        "fan": grid_of(fan_table(results, curves)),
        **{
            table.key: grid_of(table) for table in risk_tables(results.risk, scenario, longest=True)
        },
        "reps": grid_of(replace(reps_table(results), title="What does each rep book?")),
        "assumptions": grid_of(assumptions_table(scenario)),
        "efforts": grid_of(efforts_table(scenario)),
        "pipeline": grid_of(pipeline_table(scenario)),
    }
    specifications = {
        "fan": fan.chart if fan else None,
        "survival": draw_survival(
            currency=scenario.currency,
            description="The chance that bookings reach a quota, by cadence; the figures at the "
            "chosen quota stand beside the chart.",
        ),
    }
    return fill_template(
        "report.html.j2",
        name=scenario.name,
        currency=scenario.currency,
        span=_span(results),
        reps=len(scenario.reps),
        sentences=sentences.headline(results),
        fan=fan,
        planned=above["p_hit"].count() > 0,
        has_groups="group" in above["level"],
        risk=tell_risk(results.risk, scenario),
        grids=grids,
        heat=map_heat(results),
        dumbbells=draw_dumbbells(results),
        colours=CADENCE_COLOURS,
        assumptions=[each for each in list_assumptions(scenario) if each[0] not in LEFT_OUT],
        cautions=[caution for caution in results.cautions if not caution.code.startswith("rule_")],
        notes=results.notes,
        source=sentences.source(results),
        panel=fill_panel(results, curves),
        specifications=specifications,
        bundle=script(bundled_javascript()),
    )
