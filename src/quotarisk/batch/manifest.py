"""The manifest: what a run was made of, when, and what came out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from quotarisk.batch.inputs import Input, digest
from quotarisk.periods import Cadence
from quotarisk.scenario.scenario import Scenario

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1


class Output(BaseModel):
    """A file that was written, with a hash of its bytes."""

    model_config = ConfigDict(frozen=True)

    file: str
    sha256: str


class Chance(BaseModel):
    """How likely the team hits a period."""

    model_config = ConfigDict(frozen=True)

    cadence: Cadence
    period: str
    p_hit: float
    p_hit_se: float


class Manifest(BaseModel):
    """What a run was made of.

    Parameters
    ----------
    schema_version
        Of this file.
    scenario, start, scenario_hash
        What was asked.
    file, place
        The scenario file as it was named, and where it is as seen from the folder of all.
    inputs
        Every file that was read, and every database that was asked.
    version, seed, paths
        Of the run.
    key
        A hash of the inputs as they were read, version, seed and paths: the same key, the same
        bytes.
    started, finished, seconds
        When it ran, in UTC, and for how long.
    exit_status
        0; 3 where the risk line was crossed, 4 where there was nothing to hold against it.
    outputs
        What was written.
    team
        P(hit) of the team in each period that has a quota.
    before
        The same of the run before; empty where there was none.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: int = SCHEMA_VERSION
    scenario: str
    start: date
    scenario_hash: str
    file: str
    place: str = ""  # nothing in manifests from before it was told
    inputs: tuple[Input, ...]
    version: str
    seed: int
    paths: int
    key: str
    started: str
    finished: str
    seconds: float
    exit_status: int
    outputs: tuple[Output, ...]
    team: tuple[Chance, ...]
    before: tuple[Chance, ...] = ()

    def is_whole(self, folder: Path) -> bool:
        """Whether all that was written is still there, byte by byte."""
        return all(digest(folder / output.file) == output.sha256 for output in self.outputs)


def write_as_read(scenario: Scenario) -> str:
    """What does a scenario say, in the order in which it was read?

    Outputs depend on that: open deals draw their luck by their place, and a workbook lists
    quotas and segments as they came. So rows of a query in another order are a change, as lines
    of a file are; a query that ends in ``order by`` is not run again for nothing.
    """
    return json.dumps(scenario.as_dict(), default=str)


def make_key(as_read: str, inputs: Iterable[Input], *, version: str, seed: int, paths: int) -> str:
    """What are the outputs a function of? Not the names and places of the files."""
    told = [as_read, [read.sha256 for read in inputs], version, seed, paths, SCHEMA_VERSION]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def list_outputs(folder: Path) -> tuple[Output, ...]:
    """Which files are in a folder, and in those below it?"""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(
        Output(file=path.relative_to(folder).as_posix(), sha256=digest(path) or "")
        for path in files
    )


def list_chances(attainment: pl.DataFrame) -> tuple[Chance, ...]:
    """How likely does the team hit each period that has a quota?"""
    rows = attainment.filter(level="team").drop_nulls("p_hit")
    columns = rows.select(*Chance.model_fields).iter_rows(named=True)
    return tuple(Chance.model_validate(row) for row in columns)


def read_manifest(folder: Path) -> Manifest | None:
    """What was this run made of? Nothing where there is no manifest that can be read."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None
