"""The two sides of a comparison: which scenario a file or folder means, and how it was reported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quotarisk.batch.manifest import Manifest, read_manifest
from quotarisk.batch.names import folder_name
from quotarisk.batch.runs import Run, list_homes, newest_run
from quotarisk.errors import ArgumentError, Fault, InputError, suggest
from quotarisk.wording import count_of

WORKBOOK = "report.xlsx"  # a report's, which holds all that the scenario says
MOST_LISTED = 20
Shelf = Mapping[str, Run]  # newest runs of a batch's folder, by the scenarios' folders


@dataclass(frozen=True)
class Side:
    """A scenario that is compared.

    Parameters
    ----------
    file
        The file that holds it.
    place
        What was named, or the run that was found there.
    manifest
        How its report was made; nothing where it is no batch's.
    """

    file: str
    place: str
    manifest: Manifest | None = None


def _from_file(file: str) -> Side:
    path = Path(file)
    manifest = read_manifest(path.parent) if path.name == WORKBOOK else None
    return Side(file, file, manifest)


def _from_folder(folder: Path) -> Side:
    """Take a report's folder, or a run's.

    Raises
    ------
    InputError
        If it holds no workbook.
    """
    workbook = folder / WORKBOOK
    if not os.path.isfile(workbook):  # noqa: PTH113 - it never raises
        rule = (
            f"the folder must be a report's, with the scenario in {WORKBOOK}, or a batch's: its "
            "--out, or in that a scenario's, a start's or a run's"
        )
        raise InputError([Fault(str(folder), "", rule, hint="name a scenario file instead")])
    return Side(str(workbook), str(folder), read_manifest(folder))


def _look(place: str) -> Side | Shelf:
    """What does a place mean: one scenario, or which of a batch's?

    Raises
    ------
    InputError
        If it is a folder without any.
    RunError
        If a folder in it cannot be read.
    """
    folder = Path(place)
    if not os.path.isdir(folder):  # noqa: PTH112 - it never raises
        return _from_file(place)
    if not os.path.isfile(folder / WORKBOOK):  # noqa: PTH113
        newest = newest_run(folder)
        if newest is not None:
            return _from_folder(newest.folder)
        found = {home.name: newest_run(home) for home in list_homes(folder)}
        shelf = {name: run for name, run in found.items() if run is not None}
        if shelf:
            return shelf
    return _from_folder(folder)


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_LISTED
    told = ", ".join(names[:MOST_LISTED])
    return f"{told} and {count_of(more, 'other')}" if more > 0 else told


def _named(places: Mapping[str, Shelf], scenario: str) -> str:
    """Which folder is meant by a scenario's name, or by the folder's own?

    Raises
    ------
    InputError
        With every place that does not have it.
    """
    own = any(scenario in shelf for shelf in places.values())
    name = scenario if own else folder_name(scenario)
    rule = "--scenario must name a scenario of the folder"
    faults = [
        Fault(place, "", rule, repr(scenario), suggest(name, list(shelf)))
        for place, shelf in places.items()
        if name not in shelf
    ]
    if faults:
        raise InputError(faults)
    return name


def _shared(old: tuple[str, Shelf], new: tuple[str, Shelf]) -> str:
    """Which scenario do two batches' folders have in common?

    Raises
    ------
    InputError
        If that is none, or more than one.
    """
    (before, olds), (after, news) = old, new
    common = [name for name in olds if name in news]
    if len(common) == 1:
        return common[0]
    if common:
        rule = "the folders must have one scenario in common, or --scenario must choose it"
        got = f"{len(common):,}: {_listed(common)}"
    else:
        rule = "the folders must have a scenario in common"
        got = f"{_listed(list(olds))} in {before}, and {_listed(list(news))} in {after}"
    first, second = (common[0], common[0]) if common else (next(iter(olds)), next(iter(news)))
    hint = f"name a scenario's folders, such as {Path(before, first)} and {Path(after, second)}"
    hint += f", or say --scenario {first}" if common else ""
    raise InputError([Fault(f"{before} and {after}", "", rule, got, hint)])


def _only(place: str, shelf: Shelf) -> str:
    """Which is the one scenario of a batch's folder?

    Raises
    ------
    InputError
        If it has several.
    """
    first, *others = shelf
    if others:
        rule = "the folder must hold one scenario, or --scenario must choose it"
        got = f"{len(shelf):,}: {_listed(list(shelf))}"
        hint = f"name a scenario's folder, such as {Path(place, first)}, or say --scenario {first}"
        raise InputError([Fault(place, "", rule, got, hint)])
    return first


def find_sides(old: str, new: str, *, scenario: str | None = None) -> tuple[Side, Side]:
    """Which scenarios do two places mean, and how were their reports made?

    Parameters
    ----------
    old, new
        A file stands for itself; a report's or a run's folder for its workbook; a scenario's
        folder of a batch for its newest run; and a batch's folder for that of its one scenario.
        Two batches' folders stand for the scenario that they have in common.
    scenario
        The one that is meant of a batch's folder, by its name or that of its folder.

    Raises
    ------
    InputError
        If a folder has no scenario, or it cannot be told which of many is meant.
    ArgumentError
        If a scenario is chosen where there is no choice.
    RunError
        If a folder cannot be read.
    """
    looks = [(place, _look(place)) for place in (old, new)]
    shelves = {place: found for place, found in looks if not isinstance(found, Side)}
    several = any(len(shelf) > 1 for shelf in shelves.values())
    name = None
    if scenario is not None:
        if not shelves:
            raise ArgumentError(
                f"--scenario must be left out where neither OLD nor NEW is the --out of a batch, "
                f"got {scenario!r} with {old} and {new}"
            )
        name = _named(shelves, scenario)
    elif several and len(shelves) == 2:
        first, second = shelves.items()
        name = _shared(first, second)
    before, after = (
        found
        if isinstance(found, Side)
        else _from_folder(found[name or _only(place, found)].folder)
        for place, found in looks
    )
    return before, after
