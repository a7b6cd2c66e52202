"""Is there a balance of a rep's time, or does the open pipeline grow without end?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from quotarisk.analysis.weekly import weeks_of
from quotarisk.caution import Caution
from quotarisk.simulation.lowering import RepTask
from quotarisk.wording import list_names

_ROUNDING = 1e-9  # share of the hours that is but rounding
_MOST_TOLD = 3  # reps whose hours are told
_ROUGH = 7.0  # times the hours for deals, beyond which these move by less than a day in a week


class Overload(NamedTuple):
    """Hours of a week in which no balance is reached, in the long run.

    Parameters
    ----------
    hours
        That a rep works.
    kept
        Of them for prospecting, whatever is open.
    deals
        That open deals would need if they closed in their usual time.
    """

    hours: float
    kept: float
    deals: float

    @property
    def is_rough(self) -> bool:
        """Whether deals move by less than a day in a week, and so by leaps."""
        return self.deals > _ROUGH * (self.hours - self.kept)


def overload_of(task: RepTask) -> Overload | None:
    """Do open deals need more time than a rep has for them?

    As many deals come in as the hours kept for prospecting and marketing bring; open in their
    usual time, they take so many hours (see `weeks_of`). Where these and the hours that are kept
    are more than there are, more deals come in than are closed, week after week.

    Parameters
    ----------
    task
        The rep's, fully ramped and in an average season.

    Returns
    -------
    Overload or None
        None where there is a balance, and for a rep whom hours do not bound.
    """
    if not task.is_bound:
        return None
    weeks, hours = weeks_of(task), task.rep.hours_per_week or 0.0
    kept = (task.rep.prospecting_share or 0.0) * hours
    deals = math.fsum(week.deal_hours() for week in weeks)
    if kept + deals <= hours * (1 + _ROUNDING):
        return None
    # what deals leave is prospected: only where they leave nothing do these two not sum to less
    return Overload(hours, kept, deals)


def balance_cautions(tasks: Iterable[RepTask]) -> tuple[Caution, ...]:
    """Whose open pipeline grows without end?

    Parameters
    ----------
    tasks
        Of reps, as they are.

    Returns
    -------
    tuple of Caution
        One of the code ``no_balance``, or none.
    """
    told = {task.rep.name: over for task in tasks if (over := overload_of(task)) is not None}
    if not told:
        return ()
    few = [
        f"{name} ({over.deals:.1f} hours a week on open deals and {over.kept:.1f} kept for "
        f"prospecting, of {over.hours:.1f})"
        for name, over in list(told.items())[:_MOST_TOLD]
    ]
    if len(told) > _MOST_TOLD:
        few.append(f"{len(told) - _MOST_TOLD:,} more")
    text = (
        f"{list_names(few)}: open deals need more time than there is for them, so their number "
        "grows without end and each takes ever longer. There is no long run, and figures depend "
        "on how many months are simulated."
    )
    rough = [name for name, over in told.items() if over.is_rough]
    if rough:
        text += (
            f" Deals of {list_names(rough)} move by less than a day in a week and are closed on "
            "whole days: take these figures as rough."
        )
    return (Caution("no_balance", tuple(told), text),)
