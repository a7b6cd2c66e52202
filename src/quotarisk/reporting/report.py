"""The report: what a run answers, as files that are forwarded and archived."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Literal

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.curves import trace_curves
from quotarisk.analysis.risk import measure_risk
from quotarisk.errors import ArgumentError
from quotarisk.files import make_folder, write_whole
from quotarisk.reporting.data import as_csv, as_json, as_parquet, as_rows
from quotarisk.reporting.page import draw_page
from quotarisk.reporting.results import Results
from quotarisk.reporting.workbook import draw_workbook
from quotarisk.simulation.simulation import Progress, Simulation

ReportForm = Literal["page", "workbook", "folder"]
TABLES = (
    "attainment", "cadence", "risk", "bands", "variance", "contributors", "concentration",
)  # fmt: skip
FOLDER_FILES = (
    *(f"{name}.{end}" for name in TABLES for end in ("csv", "parquet", "json")),
    "answer.json",
    "report.xlsx",
    "report.html",
)
_LONGEST_NAME = 240  # the file systems' 255, less what a temporary name adds
_DRAWING = Lock()  # of charts: their library has settings that all threads share
_BARE = (".html", ".xlsx")  # endings of nothing
_ENDINGS: dict[str, ReportForm] = {".html": "page", ".xlsx": "workbook", "": "folder"}


def results_of(simulation: Simulation) -> Results:
    """What does a simulation answer? With all that is asked of a team's risk."""
    return Results(
        simulation.scenario,
        estimate_attainment(simulation),
        compare_cadences(simulation),
        measure_risk(simulation),
    )


def report_form(out: str | Path) -> ReportForm:
    """What does a name ask for: a page, a workbook or a folder with all there is?

    Raises
    ------
    ArgumentError
        If it ends in something else.

    Examples
    --------
    >>> report_form("report.html"), report_form("book.XLSX"), report_form("reports/")
    ('page', 'workbook', 'folder')
    """
    if str(out) in ("", "-") or Path(out).name in _BARE:
        raise ArgumentError(f"a report's name must be that of a file or a folder, got {str(out)!r}")
    if len(os.fsencode(Path(out).name)) > _LONGEST_NAME:
        raise ArgumentError(f"a report's name must have at most {_LONGEST_NAME} bytes: {out}")
    if str(out).endswith("/") or Path(out).is_dir():
        return "folder"
    ending = Path(out).suffix.lower()
    if ending not in _ENDINGS:
        raise ArgumentError(
            f"a report's name must end in .html or .xlsx, or be that of a folder, got {str(out)!r}"
        )
    return _ENDINGS[ending]


def _files(simulation: Simulation, progress: Progress | None) -> Iterator[tuple[str, bytes]]:
    """Draw what goes into a folder, the page last: who sees it finds all else."""
    results = results_of(simulation)
    for name, frame in results.tables.items():
        yield f"{name}.csv", as_csv(frame)
        yield f"{name}.parquet", as_parquet(frame)
        yield f"{name}.json", as_rows(frame)
    yield "answer.json", as_json(results)
    curves = trace_curves(simulation, progress=progress)
    with _DRAWING:
        yield "report.xlsx", draw_workbook(results)
        yield "report.html", draw_page(results, curves).encode()


def write_report(
    simulation: Simulation, out: str | Path, *, progress: Progress | None = None
) -> tuple[Path, ...]:
    """Write the report: a page, a workbook, or a folder with both and the tidy tables.

    Parameters
    ----------
    simulation
        From `simulate`.
    out
        A file that ends in ``.html`` or ``.xlsx``, or a folder: one that is there, a name
        without an ending, or one that ends in ``/``.
    progress
        Called with the number of reps whose curves are drawn and the number of all.

    Returns
    -------
    tuple of Path
        What was written. The same simulation gives the same bytes.

    Raises
    ------
    ArgumentError
        If the name ends in something else.
    RunError
        If a file cannot be written; each is there whole or as it was.

    Notes
    -----
    A folder holds ``report.html``, ``report.xlsx``, ``answer.json`` and, as ``.csv``,
    ``.parquet`` and ``.json``, the tables ``attainment``, ``cadence``, ``risk``, ``bands``,
    ``variance``, ``contributors`` and ``concentration``. What makes the risk is drawn anew,
    kind by kind: that takes about four times as long as the simulation.

    Examples
    --------
    >>> import tempfile
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_report(qr.simulate(scenario, paths=50), folder)][-2:]
    ['report.xlsx', 'report.html']
    """
    path, form = Path(out), report_form(out)
    if form == "workbook":
        write_whole(path, draw_workbook(results_of(simulation)))
        return (path,)
    if form == "page":
        curves = trace_curves(simulation, progress=progress)
        write_whole(path, draw_page(results_of(simulation), curves).encode())
        return (path,)
    drawn = list(_files(simulation, progress))  # all of it before anything is written
    make_folder(path)
    for name, content in drawn:
        write_whole(path / name, content)
    return tuple(path / name for name, _ in drawn)
