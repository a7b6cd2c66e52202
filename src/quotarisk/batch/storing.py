"""A batch's answers in a database too: each run's rows as a whole, as its folder has them."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from quotarisk.batch.manifest import Manifest, read_manifest
from quotarisk.batch.outcomes import BatchResult
from quotarisk.caution import Caution
from quotarisk.errors import RunError
from quotarisk.reporting.database import write_run
from quotarisk.reporting.run_record import BATCH, RunRecord
from quotarisk.simulation.simulation import Provenance

ANSWER = "answer.json"  # as `write_report` names it


def _record(folder: Path, manifest: Manifest) -> RunRecord:
    """Read a run back from its folder."""
    told: dict[str, Any] = json.loads((folder / ANSWER).read_bytes())
    cautions = tuple(
        Caution(each["code"], tuple(each["about"]), each["text"]) for each in told["cautions"]
    )
    tables = {
        path.stem: pl.read_parquet(BytesIO(path.read_bytes()))
        for path in sorted(folder.glob("*.parquet"))
    }
    made = Provenance(
        manifest.scenario,
        manifest.scenario_hash,
        manifest.seed,
        manifest.paths,
        manifest.version,
    )
    return RunRecord(BATCH, {}, made, told["currency"], told["note"], cautions, tables)


def store_runs(result: BatchResult, uri: str) -> int:
    """How many runs of a batch does a database have now?

    Those of scenarios that have not changed are written too, in the place of the same rows: a
    database that could not be reached yesterday lacks nothing tomorrow.

    Parameters
    ----------
    result
        What became of the scenarios; those that failed are left out.
    uri
        As `write_run` takes it.

    Raises
    ------
    ArgumentError
        If it is no address of PostgreSQL or SQLite, or a variable in it is not set.
    RunError
        If a run cannot be written, or read back; runs before it are there, nothing of it is.
    """
    folders = [outcome.folder for outcome in result.outcomes if outcome.folder is not None]
    for folder in folders:
        manifest = read_manifest(folder)
        if manifest is None:
            raise RunError(f"{folder} cannot be read: its manifest is gone")
        write_run(_record(folder, manifest), uri)
    return len(folders)
