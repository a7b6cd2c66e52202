"""The page: one file that tells the answer from top to bottom and asks nothing of any network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files

import polars as pl
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from quotarisk.analysis.curves import Curves
from quotarisk.reporting import sentences
from quotarisk.reporting.assumptions import assumptions_table, list_assumptions, pipeline_table
from quotarisk.reporting.charts import bundled_javascript, draw_survival
from quotarisk.reporting.colours import CADENCE_COLOURS, shade
from quotarisk.reporting.dumbbells import draw_dumbbells
from quotarisk.reporting.fan import chart_fan, fan_table
from quotarisk.reporting.grids import Grid, grid_of
from quotarisk.reporting.heat_map import map_heat
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.rep_panel import fill_panel
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, reps_table

MOST_OPEN_ROWS = 40  # of a table that stands open
NAMES = ("unit", "name", "rep", "group", "segment")  # keys of columns
LEFT_OUT = ("known", "evidence", "stress")  # topics that the tables tell better


def _span(results: Results) -> str:
    horizon = results.scenario.horizon
    return f"{horizon.start} to {horizon.end - timedelta(days=1)}"


def _spoken(name: str) -> str:
    """Name a month as people do: 2027-01 as Jan 27.

    Examples
    --------
    >>> _spoken("2027-01"), _spoken("2027-Q1")
    ('Jan 27', '2027-Q1')
    """
    year, _, month = name.partition("-")
    words = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{words[int(month) - 1]} {year[2:]}" if month.isdigit() else name


def _is_name(column: Column) -> bool:
    """Does a column hold names, which may be long?"""
    return column.key in NAMES


def _shaded(column: Column, value: object) -> str:
    """Give the colour of a chance in a table of plans; none for anything else."""
    is_chance = column.key.startswith("p_hit") and isinstance(value, float)
    return shade(value) if is_chance and isinstance(value, float) else ""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["spoken"] = _spoken
    environment.globals["shaded"] = _shaded
    environment.tests["name"] = _is_name
    return environment


def _part(name: str) -> str:
    return (files("quotarisk.reporting") / "templates" / name).read_text(encoding="utf-8")


def _script(code: str) -> Markup:
    """Put our own code into a script element: it must not hold what ends one."""
    assert "</script" not in code.lower()
    assert "<!--" not in code
    return Markup(code)


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
        "reps": grid_of(replace(reps_table(results), title="What does each rep book?")),
        "assumptions": grid_of(assumptions_table(scenario)),
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
    return (
        _environment()
        .from_string(_part("report.html.j2"))
        .render(
            name=scenario.name,
            currency=scenario.currency,
            span=_span(results),
            reps=len(scenario.reps),
            sentences=sentences.headline(results),
            fan=fan,
            planned=above["p_hit"].count() > 0,
            has_groups="group" in above["level"],
            grids=grids,
            heat=map_heat(results),
            dumbbells=draw_dumbbells(results),
            colours=CADENCE_COLOURS,
            assumptions=[each for each in list_assumptions(scenario) if each[0] not in LEFT_OUT],
            most_open=MOST_OPEN_ROWS,
            cautions=[
                caution for caution in results.cautions if not caution.code.startswith("rule_")
            ],
            notes=results.notes,
            source=sentences.source(results),
            panel=fill_panel(results, curves),
            specifications=specifications,
            css=Markup(_part("page.css")),
            javascript=_script(_part("page.js")),
            bundle=_script(bundled_javascript()),
        )
    )
