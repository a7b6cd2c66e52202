"""Words for what a scenario file calls by a key."""

from __future__ import annotations

from quotarisk.scenario.segment import Parameter

FIGURES: dict[Parameter, str] = {
    "opps_per_week": "opps a week",
    "win_rate": "win rate",
    "stall_rate": "never decided",
    "deal_size": "deal size",
    "won_cycle_days": "days to win",
    "lost_cycle_days": "days to lose",
}
SWINGS = {  # what the market moves
    "creation": "new opportunities",
    "win_odds": "odds of winning",
    "deal_size": "deal sizes",
}
