"""What would buy a goal, and what must be open today, as tables."""

from __future__ import annotations

import math

import polars as pl

from quotarisk.analysis.coverage import RULE, Cover
from quotarisk.analysis.goal_frames import Plan, asked_reps, estimated, percent, table_of
from quotarisk.analysis.levers import LEVERS, Lever, Name
from quotarisk.analysis.rep_goals import RepGoal

_LEVERS = (
    "name", "lever", "unit", "now", "needed", "needed_se", "change", "change_se", "p_hit",
    "p_hit_se", "reason", "group",
)  # fmt: skip
_COVERAGE = (
    "level", "name", "period", "missing", "basis", "deals", "pipeline", "coverage", "p_hit",
    "p_hit_se", "deals_60", "pipeline_60", "pipeline_60_se", "coverage_60", "coverage_60_se",
    "p_60", "p_60_se", "deals_80", "pipeline_80", "pipeline_80_se", "coverage_80",
    "coverage_80_se", "p_80", "p_80_se", "rule_coverage", "p_rule", "p_rule_se", "reason",
    "group",
)  # fmt: skip


def _not_by_this(lever: Lever) -> str | None:
    if not math.isnan(lever.needed):
        return None
    chance = percent(lever.chance.value)
    if lever.name == "win rate":
        return f"Not by this alone: a win rate of {percent(lever.most)} gives {chance}."
    if lever.name == "inbound opportunities":
        return f"Not by this alone: {lever.most:.3g} a week give {chance}."
    return f"Not by this alone: anything at all is booked with {chance}."


def _unit(lever: Name, currency: str) -> str:
    units: dict[Name, str] = {
        "win rate": "share",
        "inbound opportunities": "a week",
        "quota": currency,
    }
    return units[lever]


def levers_frame(plan: Plan) -> pl.DataFrame:
    """What would buy the confidence, each by itself?"""
    rows: list[dict[str, object]] = []
    currency = plan.scenario.currency
    for goal in asked_reps(plan):
        rows += [
            {
                "name": goal.name,
                "lever": lever.name,
                "unit": _unit(lever.name, currency),
                "now": lever.now,
                "needed": lever.needed,
                "needed_se": lever.needed_se,
                "change": lever.needed - lever.now,
                "change_se": lever.needed_se,
                **estimated("p_hit", lever.chance),
                "reason": _not_by_this(lever),
                "group": goal.group,
            }
            for lever in goal.levers
        ]
        if not goal.levers:
            rows += [
                {
                    "name": goal.name,
                    "lever": lever,
                    "unit": _unit(lever, currency),
                    **estimated("p_hit", goal.p_hit),
                    "reason": f"Not needed: {percent(plan.confidence)} is reached as it is.",
                    "group": goal.group,
                }
                for lever in LEVERS
            ]
    return table_of(_LEVERS, rows)


def _cover_row(cover: Cover | None, missing: float) -> dict[str, object]:
    if cover is None or missing <= 0:
        return {}
    row: dict[str, object] = {
        "basis": cover.basis,
        "deals": cover.deals,
        "pipeline": cover.worth,
        "coverage": cover.worth / missing,
        "rule_coverage": RULE,
        **estimated("p_rule", cover.by_rule),
    }
    for needed in cover.needed:
        level = f"{100 * needed.level:.0f}"
        row |= {
            f"deals_{level}": needed.deals,
            f"pipeline_{level}": needed.worth,
            f"pipeline_{level}_se": needed.worth_se,
            f"coverage_{level}": needed.worth / missing,
            f"coverage_{level}_se": needed.worth_se / missing,
            **estimated(f"p_{level}", needed.chance),
        }
    return row


def _why_no_cover(goal: RepGoal) -> str | None:
    if goal.missing <= 0:
        return "The quota is booked already."
    if goal.cover is None:
        return "Nothing is open: not at work on the first day, or without any opportunity."
    return None


def coverage_frame(plan: Plan) -> pl.DataFrame:
    """What must be open today, beside what is?"""
    rows: list[dict[str, object]] = [
        {
            "level": "rep",
            "name": goal.name,
            "period": plan.period,
            "missing": goal.missing,
            **estimated("p_hit", goal.p_hit),
            **_cover_row(goal.cover, goal.missing),
            "reason": _why_no_cover(goal),
            "group": goal.group,
        }
        for goal in asked_reps(plan)
    ]
    team = plan.team
    if team.quota > 0:
        rows.append(
            {
                "level": "team",
                "name": plan.scenario.name,
                "period": plan.period,
                "missing": team.missing,
                **estimated("p_hit", team.p_hit),
                **_cover_row(team.cover, team.missing),
                "reason": None if team.cover is not None else "Nothing is open today, or missing.",
                "group": "",
            }
        )
    return table_of(_COVERAGE, rows)
