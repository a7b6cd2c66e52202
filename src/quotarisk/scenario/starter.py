"""A scenario to start from, with a word on every key."""

from __future__ import annotations

import json
from datetime import date

from quotarisk.errors import ArgumentError
from quotarisk.periods import add_months
from quotarisk.scenario.limits import CONTROL_CHARACTER
from quotarisk.scenario.quoting import quote

TEXT = """\
# A sales team and its quotas, for quotarisk. Every number is made up: put in your own.
# Look for faults with `quotarisk check`, ask for probabilities with `quotarisk run`.

name = {name}
start = {start}           # the first day that is simulated; open deals are as of it
months = 12                  # how far to look, 1 to 60
fiscal_year_start = {month}        # number of the month in which your fiscal year begins
currency = "USD"             # a label: nothing is converted

# Kinds of deals. What a segment says holds for every rep who does not say otherwise.

[segments.small]
opps_per_week = 1.5          # opportunities that one rep creates a week
win_rate = {{ won = 120, of = 400 }}                    # evidence; 0.30 would be: known exactly
stall_rate = 0.05            # share that is never decided
deal_size = {{ median = 8_000, p90 = 18_000 }}          # half are below, nine in ten are below
won_cycle_days = {{ median = 30, p90 = 70 }}            # from creation to the won close
lost_cycle_days = {{ median = 25, p90 = 90 }}           # from creation to the lost close

[segments.large]
opps_per_week = 0.3
win_rate = {{ won = 18, of = 90 }}
stall_rate = 0.10
deal_size = {{ median = 45_000, p90 = 120_000, of = 18 }}   # of: learnt from 18 deals
won_cycle_days = {{ median = 95, p90 = 190 }}
lost_cycle_days = {{ median = 80, p90 = 240 }}

# The reps. One who names no segment sells them all, as the segment says.

[[reps]]
name = "Ana"
group = "East"
quota = {{ month = 28_000 }}  # quarters and years are sums of months, where not written
segments.small = {{ opps_per_week = 1.8 }}               # Ana finds more small deals
segments.large = {{}}                                    # and sells large ones as usual

[[reps]]
name = "Ben"
group = "East"
quota = {{ month = 25_000 }}

[[reps]]
name = "Chloe"               # a new hire: only small deals, and some months to learn
group = "West"
quota = {{ month = 12_000 }}
start_date = {hired}
ramp = [0.25, 0.5, 0.75]     # productivity in each month since the start date, then 1
segments.small = {{}}

# The plan that finance holds. Leave it out, and it is the sum of the reps' quotas.

[team]
quota = {{ year = 700_000 }}

# Ups and downs that all reps share, as standard deviations of logarithms.

[market]
creation = 0.10              # new opportunities
win_odds = 0.15              # odds of winning
deal_size = 0.05
persistence = 0.5            # correlation of one quarter with the next

# Seasons, and the rhythm of a quarter.

[calendar]
creation = [1, 1, 1, 1, 1, 1, 0.8, 0.7, 1, 1.1, 1.2, 0.9]   # January to December
won = [0.7, 0.9, 1.4]        # won deals close slower in a quarter's first month, faster in its last

# Named what-ifs, for `quotarisk stress`: factors on what is to come, and changes of the team.

[stress.downturn]
win_rate = 0.8               # a fifth fewer wins
cycle_days = 1.25            # and a quarter more time for each
# remove_reps = ["Ben"]      # who leaves before the first day
# delay_hires_days = 60      # how much later new hires start

# What reps earn, for `quotarisk pay`; the only plan is everybody's.

# [pay.ae]
# base = 60_000                # a year, as is the target variable
# target_variable = 60_000     # what is paid on top where every quota is attained
# cadence = "quarter"          # paid by the month, the quarter or the year
# tiers = [{{ from = 0.0, rate = 1.0 }}, {{ from = 1.0, rate = 1.5 }}]   # dearer above the quota
# cap = 3.0                    # never more than three times the target variable
# spifs = [{{ segment = "large", per_deal = 500 }}]   # on top for each large deal

# Open deals as of the first day, and what is booked already, are best kept in tables:
# open_deals = "deals.csv"   # at the top of this file; columns deal, rep, segment, amount, created
# booked = "booked.csv"      # at the top of this file; columns rep, date, amount
"""


def starter_text(name: str, start: date) -> str:
    """Which scenario file does a team begin with?

    Parameters
    ----------
    name
        What the scenario is called.
    start
        Its first day.

    Returns
    -------
    str
        TOML with comments, which `load_scenario` reads without faults.

    Raises
    ------
    ArgumentError
        If the name is empty or has line breaks.
    """
    if not name.strip() or CONTROL_CHARACTER.search(name):
        raise ArgumentError(f"a scenario's name must be text in one line, got {quote(name)}")
    return TEXT.format(
        name=json.dumps(name.strip(), ensure_ascii=False),
        start=start.isoformat(),
        month=f"{start.month}".ljust(2),
        hired=add_months(start, 2).isoformat(),
    )
