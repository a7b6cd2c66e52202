"""Words for what a scenario file calls by a key."""

from __future__ import annotations

from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.segment import VALUES, Parameter

FIGURES: dict[Parameter, str] = {
    "opps_per_week": "opps a week",
    "win_rate": "win rate",
    "stall_rate": "never decided",
    "deal_size": "deal size",
    "won_cycle_days": "days to win",
    "lost_cycle_days": "days to lose",
}
MADE = {"inbound_opps_per_week": "inbound opps a week", "funnel": "funnels"}
WORTH: dict[str, str] = {key: key.replace("_", " ") for key in VALUES}
PLANS = {"pay_plan": "pay plan", **{key: key.replace("_", " ") for key in PayPlan.model_fields}}
SHARED: dict[tuple[str, str], str] = {  # what all reps have in common, by table and key
    ("market", "creation"): "swing of new deals",
    ("market", "win_odds"): "swing of win odds",
    ("market", "deal_size"): "swing of deal sizes",
    ("market", "persistence"): "carry-over",
    ("market", "period"): "how often it moves",
    ("calendar", "creation"): "season",
    ("calendar", "won"): "pace of wins",
    ("calendar", "lost"): "pace of losses",
    ("correction", "own_history"): "repeated past",
    ("correction", "since"): "past since",
    ("correction", "together"): "luck in common",
    ("correction", "shared"): "luck in common by month",
    ("correction", "month_shape"): "spread of months",
    ("correction", "quarter_shape"): "spread of quarters",
}
SWINGS = {  # what the market moves
    "creation": "new opportunities",
    "win_odds": "odds of winning",
    "deal_size": "deal sizes",
}
