"""What should a reader of behaviour scenarios know?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from quotarisk.analysis.conduct import Behaviour, GiveUp, PullForward, Sandbag
from quotarisk.analysis.pay_packages import Package
from quotarisk.caution import Caution
from quotarisk.wording import list_names

Packages = Mapping[str, tuple[Package, ...]]  # by rep
Holds = Callable[[Package], bool]


def _uncapped(package: Package) -> bool:
    return package.contract.plan.cap is None


def _without_quota(package: Package) -> bool:
    return not np.nan_to_num(package.contract.rules.quota).any()


def _by_month(package: Package) -> bool:
    return package.contract.plan.cadence == "month"


def _whose(packages: Packages, holds: Holds) -> dict[tuple[str, ...], list[str]]:
    """Of which plans does something hold, by the reps of whom it does?"""
    by_plan: dict[str, list[str]] = {}
    for name, each in packages.items():
        for package in filter(holds, each):
            by_plan.setdefault(package.plan, []).append(name)
    by_names: dict[tuple[str, ...], list[str]] = {}
    for plan, names in by_plan.items():
        by_names.setdefault(tuple(names), []).append(plan)
    return by_names


def _nothing(each: Behaviour) -> Iterator[tuple[Holds, str, str]]:
    """When does a behaviour find nothing to act on, and why, of one plan and of several?"""
    if isinstance(each, Sandbag):
        yield _uncapped, "has no cap", "have no cap"
    else:
        words = "by periods for which there is no quota"
        yield _without_quota, f"goes {words}", f"go {words}"
    if isinstance(each, GiveUp):
        words = "by the month, which has no later months"
        yield _by_month, f"goes {words}", f"go {words}"


def _idle(each: Behaviour, packages: Packages) -> Iterator[Caution]:
    """Say with which plans, and for whom, a behaviour changes nothing."""
    for holds, of_one, of_several in _nothing(each):
        for names, plans in _whose(packages, holds).items():
            why = f"plan {plans[0]} {of_one}"
            if len(plans) > 1:
                why = f"plans {list_names(plans)} {of_several}"
            yield Caution(
                f"behaviour_{each.name}_idle",
                names,
                f"{each.name}: {why}, so nothing changes there for {list_names(names)}.",
            )


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
    idle = [caution for each in behaviours for caution in _idle(each, packages)]
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
