"""What is each open deal worth, at the mean rates?"""

from __future__ import annotations

import polars as pl

from quotarisk.analysis.wins import chance_of_deal
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import setting_of

SCHEMA: dict[str, type[pl.DataType]] = {
    "deal": pl.String,
    "rep": pl.String,
    "segment": pl.String,
    "amount": pl.Float64,
    "created": pl.Date,
    "age_days": pl.Int64,
    "p_won": pl.Float64,
    "worth": pl.Float64,
}


def price_pipeline(scenario: Scenario) -> pl.DataFrame:
    """How old is each open deal, with what chance is it ever won, and what is it worth?

    Returns
    -------
    polars.DataFrame
        A row a listed open deal: ``deal``, ``rep``, ``segment``, ``amount`` (null where it is
        drawn from the segment's sizes), ``created``, ``age_days``, ``p_won`` = P(won | open at
        its age) at the mean rates, and ``worth`` = ``p_won`` times the amount, or times the
        mean size where there is none.
    """
    setting, rows = setting_of(scenario, 0), []
    for task in rep_tasks(scenario):
        terms = {each.segment: each for each in task.terms}
        for deal in task.open_deals:
            told = terms[deal.segment]
            chance = chance_of_deal(deal, task, told, setting)
            amount = told.deal_size.law.mean if deal.amount is None else deal.amount
            rows.append(
                {
                    "deal": deal.deal,
                    "rep": deal.rep,
                    "segment": deal.segment,
                    "amount": deal.amount,
                    "created": deal.created,
                    "age_days": (scenario.start - deal.created).days,
                    "p_won": chance,
                    "worth": chance * amount,
                }
            )
    return pl.DataFrame(rows, schema=SCHEMA)
