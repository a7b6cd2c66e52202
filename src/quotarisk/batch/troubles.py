"""Scenarios' folders that cannot be read or written: whose fault is that?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from quotarisk.batch.names import folder_name
from quotarisk.batch.outcomes import Outcome
from quotarisk.batch.runs import list_runs
from quotarisk.errors import Fault, RunError

Troubles = Mapping[Path, RunError]


def _home_of(outcome: Outcome, out: Path) -> Path | None:
    """Find the folder of a scenario; nothing where nobody knows its name."""
    return out / folder_name(outcome.name) if outcome.name else None


def blame(outcome: Outcome, troubles: Troubles, out: Path) -> Outcome:
    """What became of a scenario, with what is wrong with its folder?"""
    home = _home_of(outcome, out)
    trouble = None if home is None else troubles.get(home)
    if trouble is None or any(fault.rule == str(trouble) for fault in outcome.faults):
        return outcome
    faults = (*outcome.faults, Fault(outcome.file, "", str(trouble)))
    return replace(outcome, status="failed", faults=faults, error=outcome.error or trouble)


def _name_in(home: Path) -> str:
    """Tell whose folder it is; nobody's where no run can be read."""
    try:
        runs = list_runs(home)
    except RunError:
        return ""
    return runs[-1].manifest.scenario if runs else ""


def list_orphans(outcomes: Iterable[Outcome], troubles: Troubles, out: Path) -> tuple[Outcome, ...]:
    """What became of scenarios that nobody named, where their folders are in trouble?

    They fail as others do: else what such a folder holds would be missing in the index, and
    nobody would hear why.
    """
    told = {_home_of(outcome, out) for outcome in outcomes}
    return tuple(
        Outcome(
            str(home),
            _name_in(home),
            "failed",
            0.0,
            faults=(Fault("", "", str(trouble)),),
            error=trouble,
        )
        for home, trouble in troubles.items()
        if home not in told
    )
