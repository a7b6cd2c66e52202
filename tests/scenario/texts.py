"""Scenario files to start from: a small one, and one with every key."""

from __future__ import annotations

SEGMENT = """
[segments.small]
opps_per_week = 1.2
win_rate = { won = 120, of = 400 }
deal_size = { median = 8_000, p90 = 16_000 }
won_cycle_days = 25
"""

HEAD = """\
name = "Team"
start = 2027-01-01
"""

SMALL = f"""{HEAD}{SEGMENT}
[[reps]]
name = "Ana"
"""

FULL = """\
name = "Mid-market SaaS"
start = 2027-02-15
months = 12
fiscal_year_start = 2
currency = "EUR"
open_deals = [
  { deal = "D1", rep = "Ana", segment = "small", amount = 8_000, created = 2027-01-31 },
  { deal = "D2", rep = "Ben", segment = "large", created = 2026-12-01 },
]
booked = [{ rep = "Ana", date = 2027-02-10, amount = -1_000.5 }]

[segments.small]
opps_per_week = { opps = 62, weeks = 52 }
win_rate = { won = 120, of = 400 }
stall_rate = 0.05
deal_size = { median = 8_000, p90 = 16_000, of = 30 }
won_cycle_days = { dist = "weibull", median = 25, p90 = 60 }
lost_cycle_days = { values = [3, 9, 14, 40] }

[segments.large]
opps_per_week = 0.3
win_rate = 0.25
deal_size = { dist = "gamma", mean = 40_000, sd = 20_000 }
won_cycle_days = { quantiles = { 0.1 = 30, 0.5 = 90, 0.95 = 300 } }
lost_cycle_days = { dist = "exponential", mean = 80 }

[[reps]]
name = "Ana"
group = "EMEA"
quota = { month = 40_000, quarter = 120_000 }
segments.small = { opps_per_week = 1.4 }

[[reps]]
name = "Ben"
group = "APAC"
quota = { month = { 2027-03 = 10_000, "" = 9_000 }, year = [500_000] }
start_date = 2027-03-01
ramp = [0.25, 0.5, 0.75]

[[reps]]
name = "Cy"
pipeline = "empty"
quota.quarter = [1_000, 2_000, 3_000, 4_000]

[groups.EMEA]
quota = { quarter = 100_000 }

[team]
quota = { year = 2_400_000 }

[market]
creation = 0.10
win_odds = 0.15
deal_size = 0.05
persistence = 0.6
period = "month"

[calendar]
creation = [1, 1, 1, 1, 1, 1, 0.8, 0.7, 1, 1.1, 1.2, 0.9]
won = [0.6, 0.9, 1.5]
lost = [1.8, 0.8, 0.4]

[stress.downturn]
win_rate = 0.8
opps_per_week = 0.9
deal_size = 0.95
cycle_days = 1.25
ramp = 0.9
remove_reps = ["Ana"]
delay_hires_days = 60
"""
