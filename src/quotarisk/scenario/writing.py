"""Writing a scenario to files that read back as the same scenario."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import tomli_w

from quotarisk.errors import RunError
from quotarisk.files import write_whole
from quotarisk.scenario.cells import guard
from quotarisk.scenario.columns import BOOKED, OPEN_DEALS
from quotarisk.scenario.scenario import Scenario


def _csv(columns: Iterable[str], rows: Sequence[dict[str, Any]]) -> bytes:
    """Lay rows out as CSV; what a row does not give is an empty cell, and nothing a formula."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: guard(v) if isinstance(v, str) else v for key, v in row.items()})
    return text.getvalue().encode()


def write_scenario(scenario: Scenario, path: str | os.PathLike[str]) -> None:
    """Write a scenario as a TOML file, its open deals and bookings as CSV files beside it.

    Defaults are left out. ``load_scenario`` reads the same scenario back. The files appear
    whole, the TOML file last.

    Parameters
    ----------
    scenario
        What is written.
    path
        The TOML file; ``team.toml`` puts the tables into ``team.open_deals.csv`` and
        ``team.booked.csv``.

    Raises
    ------
    RunError
        If a file cannot be written.
    """
    target = Path(path)
    if not target.name:
        raise RunError(f"{target} cannot be written: it is a folder")
    told = scenario.as_dict()
    for key, layout in (("open_deals", OPEN_DEALS), ("booked", BOOKED)):
        if key in told:
            name = f"{target.stem}.{key}.csv"
            write_whole(target.with_name(name), _csv(layout.columns, told[key]))
            told[key] = name
    write_whole(target, tomli_w.dumps(told).encode())
