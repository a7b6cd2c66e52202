"""What should a reader of behaviour scenarios know?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from quotarisk.analysis.conduct import Behaviour, GiveUp, PullForward, Sandbag
from quotarisk.analysis.pay_packages import Package
from quotarisk.caution import Caution
from quotarisk.wording import list_names

Packages = Mapping[str, tuple[Package, ...]]  # by rep


def _uncapped(packages: Packages) -> tuple[str, ...]:
    return tuple(
        name for name, each in packages.items() if any(o.contract.plan.cap is None for o in each)
    )


def _without_quota(packages: Packages) -> tuple[str, ...]:
    return tuple(
        name
        for name, each in packages.items()
        if any(not np.nan_to_num(o.contract.rules.quota).any() for o in each)
    )


def _by_month(packages: Packages) -> tuple[str, ...]:
    return tuple(
        name
        for name, each in packages.items()
        if any(o.contract.plan.cadence == "month" for o in each)
    )


def _nothing(
    behaviours: Sequence[Behaviour], packages: Packages
) -> Iterator[tuple[Behaviour, str, tuple[str, ...]]]:
    """Which behaviours find nothing to act on, and with whom?"""
    for each in behaviours:
        if isinstance(each, Sandbag):
            yield each, "a plan has no cap", _uncapped(packages)
        else:
            yield each, "there is no quota of a plan's cadence", _without_quota(packages)
        if isinstance(each, GiveUp):
            yield each, "a month has no later months", _by_month(packages)


def behaviour_cautions(
    behaviours: Sequence[Behaviour], packages: Packages, period: str
) -> tuple[Caution, ...]:
    """What is doubtful about behaviour?

    Parameters
    ----------
    behaviours
        Those that are asked for.
    packages
        By rep.
    period
        What is looked at.
    """
    if not behaviours:
        return ()
    assumed = Caution(
        "behaviour_assumed",
        tuple(each.name for each in behaviours),
        "Behaviour: the sources found that such things happen, elsewhere; how far they go here is "
        "an assumption. All other answers are of exposure only: nobody changes behaviour. Each "
        "behaviour stands alone, and is judged by a period's own quota, carry-over apart.",
    )
    idle = [
        Caution(
            f"behaviour_{each.name}_idle",
            names,
            f"{each.name}: {why} for {list_names(names)}, so nothing changes there.",
        )
        for each, why, names in _nothing(behaviours, packages)
        if names
    ]
    unpaid = tuple(name for name, each in packages.items() if not each)
    if unpaid:
        idle.append(
            Caution(
                "behaviour_unpaid",
                unpaid,
                f"{list_names(unpaid)}: no plan pays by periods within {period}, so no behaviour "
                "is told.",
            )
        )
    moved = [each.name for each in behaviours if isinstance(each, PullForward | Sandbag)]
    if moved:
        idle.append(
            Caution(
                "behaviour_horizon",
                tuple(moved),
                f"{list_names(moved)}: what is pulled into {period} from after it is missing "
                "later, and what is held back until after it comes then, so look at periods that "
                "are long enough. Nothing is pulled from after the last month that is simulated.",
            )
        )
    return (assumed, *idle)
