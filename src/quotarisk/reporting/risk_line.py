"""The risk line: whose P(hit) is below what was asked for?"""

from __future__ import annotations

import polars as pl

from quotarisk.errors import ArgumentError
from quotarisk.periods import CADENCES, Cadence
from quotarisk.reporting.formats import write_error, write_share
from quotarisk.reporting.results import Results
from quotarisk.simulation.simulation import Level


def _chances(attainment: pl.DataFrame, level: Level, cadence: Cadence | None) -> pl.DataFrame:
    """Rows of a level that have a P(hit), of a cadence or of the longest that has any."""
    rows = attainment.filter(level=level).drop_nulls("p_hit")
    for chosen in [cadence] if cadence else reversed(CADENCES):
        found = rows.filter(cadence=chosen)
        if found.height:
            return found
    what = f"{level} by the {cadence}" if cadence else level
    raise ArgumentError(
        f"there is no P(hit) of any {what} to hold against a line: "
        "no quota, or no whole period within the horizon"
    )


def crossings(
    results: Results, below: float, *, level: Level = "team", cadence: Cadence | None = None
) -> tuple[str, ...]:
    """Who has a P(hit) below a line?

    Parameters
    ----------
    results
        The answers.
    below, level, cadence
        As `crossings_in` takes them.
    """
    return crossings_in(results.attainment.frame, below, level=level, cadence=cadence)


def crossings_in(
    attainment: pl.DataFrame, below: float, *, level: Level = "team", cadence: Cadence | None = None
) -> tuple[str, ...]:
    """Who has a P(hit) below a line, by the table of attainment alone?

    Parameters
    ----------
    attainment
        From `estimate_attainment`, or read back from a report.
    below
        The line, a share.
    level
        Whose P(hit): the team's, each group's or each rep's.
    cadence
        Of which periods; the longest for which the level has a P(hit) where it is left out.

    Returns
    -------
    tuple of str
        A line for each who crossed, with the worst period; empty where nobody did.

    Raises
    ------
    ArgumentError
        If the level has no P(hit) at all.
    """
    told = []
    for (name,), rows in _chances(attainment, level, cadence).group_by("name", maintain_order=True):
        low = rows.filter(pl.col("p_hit") < below).sort("p_hit", maintain_order=True)
        if low.is_empty():
            continue
        worst = low.row(0, named=True)
        share = write_share(worst["p_hit"])
        error = "" if share[0] in "<>" else f" {write_error(worst['p_hit_se'], 'share')}"
        others = f", {low.height} of {rows.height} below" if rows.height > 1 else ""
        told.append(f"{level} {name}: P(hit) {share}{error} % in {worst['period']}{others}")
    return tuple(told)
