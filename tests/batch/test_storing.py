from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from quotarisk.batch.outcomes import BatchResult
from quotarisk.batch.storing import store_runs
from quotarisk.errors import RunError

Batch = Callable[..., BatchResult]
Write = Callable[..., None]
OUT = "sqlite://results.db"


def rows(sql: str) -> list[Any]:
    """Ask the file."""
    with closing(sqlite3.connect("results.db")) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.usefixtures("real_reports")
def test_runs_are_stored(batch: Batch, write: Write) -> None:
    """Every whole run is stored, also one that has not changed; a failed scenario has none."""
    write("bad", quota=-1)
    result = batch()

    assert 2 == store_runs(result, OUT)
    assert 2 == store_runs(batch(), OUT)
    runs = rows("select command, scenario, scenario_hash, seed, paths from quotarisk_runs")
    assert ["East", "West"] == sorted(scenario for _, scenario, *_ in runs)
    assert {("batch", "0", 50)} == {(command, *made) for command, _, _, *made in runs}
    folder = next(each.folder for each in result.outcomes if each.name == "East")
    assert folder is not None
    for name in ("attainment", "cadence", "risk", "bands"):
        columns = pl.read_parquet(folder / f"{name}.parquet").columns
        listed = ", ".join(f't."{column}"' for column in columns)
        kept = rows(
            f"select {listed} from quotarisk_{name} t join quotarisk_runs using (run_id) "
            "where scenario = 'East' order by row_no"
        )
        assert pl.read_parquet(folder / f"{name}.parquet").rows() == kept
    assert rows("select code, about, text from quotarisk_cautions")


def test_a_run_that_is_gone(batch: Batch) -> None:
    """A run whose folder was taken away meanwhile is told."""
    result = batch("scenarios/east.toml")
    folder = result.outcomes[0].folder
    assert folder is not None
    (Path(folder) / "manifest.json").unlink()

    with pytest.raises(RunError, match="cannot be read: its manifest is gone"):
        store_runs(result, OUT)
