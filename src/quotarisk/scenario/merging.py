"""What the tables say, put into what the scenario file says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from quotarisk.errors import Fault
from quotarisk.scenario.columns import Entry
from quotarisk.scenario.places import Loc, Origins
from quotarisk.scenario.quoting import quote


@dataclass(frozen=True)
class Told:
    """What the files say together, where each value came from, and what contradicts."""

    values: Mapping[str, Any]
    origins: Origins
    faults: tuple[Fault, ...] = field(default=())


def rep_names(values: Mapping[str, Any]) -> dict[str, int]:
    """Which reps are there by now: their names, and their places in the list?"""
    reps = values.get("reps", [])
    if not isinstance(reps, list):
        return {}
    named = ((rep.get("name") if isinstance(rep, dict) else None, i) for i, rep in enumerate(reps))
    return {name.strip(): index for name, index in reversed(list(named)) if isinstance(name, str)}


def _contradiction(entry: Entry, *, standing: Any, origins: Origins, loc: Loc) -> Fault:
    """Say that a value is given twice, and differently."""
    there = origins.find(loc)
    where = str(there) if there.file != entry.cell.file else there.text
    return Fault(
        entry.cell.file,
        f"row {entry.cell.row}, column {entry.cell.column}",
        f"{loc[-1]} must be the same wherever it is given",
        f"{quote(entry.value)} here, {quote(standing)} in {where}",
    )


def merge(told: Told, entries: Iterable[Entry]) -> Told:
    """What do the files say once a table's entries are put in?

    A value that is there already must be the same; where something stands in the way that is
    no table at all, the entry is left out, for that is a fault that is found later.
    """
    values = dict(told.values)
    for key in ("reps", "segments", "groups", "team"):
        if key in values:
            values[key] = deepcopy(values[key])
    cells, faults = dict(told.origins.cells), list(told.faults)
    places = rep_names(values)
    for entry in entries:
        path: Loc = entry.path
        if path[0] == "reps":
            reps = values.setdefault("reps", [])
            if not isinstance(reps, list):
                continue
            name = entry.path[1]
            if name not in places:
                places[name] = len(reps)
                cells |= {("reps", len(reps), *rest): entry.cell for rest in ((), ("name",))}
                reps.append({"name": name})
            path = ("reps", places[name], *path[2:])
        holder: Any = values
        for step in path[:-1]:
            if isinstance(holder, dict):
                holder = holder.setdefault(step, {})
            elif isinstance(holder, list):
                holder = holder[int(step)]
        last = path[-1]
        if not isinstance(holder, dict):
            continue
        if last not in holder:
            holder[last] = {} if entry.value is None else entry.value
            cells[path] = entry.cell
            cells |= {(*path, *part): cell for part, cell in entry.parts.items()}
        elif entry.value is not None and holder[last] != entry.value:
            origins = Origins(told.origins.file, cells)
            faults.append(_contradiction(entry, standing=holder[last], origins=origins, loc=path))
    return Told(values, Origins(told.origins.file, cells), tuple(faults))
