from __future__ import annotations

import json
import math
from pathlib import Path

import polars as pl
import pytest

from tests.batch.conftest import Batch, Entries, Write


def chances(folder: str) -> dict[tuple[str, str], float]:
    """P(hit) of the team as the report has it."""
    frame = pl.read_parquet(Path("out", folder, "attainment.parquet")).filter(level="team")
    return {(row["cadence"], row["period"]): row["p_hit"] for row in frame.to_dicts()}


def test_what_it_says(batch: Batch, entries: Entries) -> None:
    """The summary says what the reports say, for programs, with a version of its shape."""
    batch(fail_under=0.5, cadence="month")
    told = json.loads(Path("out/summary.json").read_bytes())
    east = entries()["East"]

    assert (1, 3) == (told["schema_version"], told["exit_status"])
    assert {"below": 0.5, "level": "team", "cadence": "month"} == told["risk_line"]
    assert ["month", "quarter"] == list(east["team"])
    assert {
        cadence: chances("east/2027-01-01")[cadence, told["period"]]
        for cadence, told in east["team"].items()
    } == {c: told["p_hit"] for c, told in east["team"].items()}
    assert (None, None) == tuple(east["team"]["month"][key] for key in ("change", "change_se"))


def test_change(batch: Batch, write: Write, entries: Entries) -> None:
    """The change is that of the same period since the run before, also once that is removed."""
    batch()
    before = chances("east/2027-01-01")
    write("east", quota=30_000)
    for keep in (None, 1, 1):
        batch(keep=keep)
        east = entries()["East"]
        now, period = chances("east/2027-01-01"), east["team"]["quarter"]["period"]

        assert now["quarter", period] - before["quarter", period] == pytest.approx(
            east["team"]["quarter"]["change"]
        )
        assert 0 < east["team"]["quarter"]["change_se"] < math.inf
        assert (1 if keep is None else 0) == len(east["earlier"])


def test_next_start(batch: Batch, write: Write, entries: Entries) -> None:
    """A new start is held against the run before where that answers the same period."""
    batch()
    before = chances("east/2027-01-01")
    write("east", start="2027-02-01")
    batch()
    east = entries()["East"]

    assert {"month": "2027-02"} == {key: told["period"] for key, told in east["team"].items()}
    change = east["team"]["month"]["p_hit"] - before["month", "2027-02"]
    assert change == pytest.approx(east["team"]["month"]["change"])
    assert ["east/runs/1"] == [run["folder"] for run in east["earlier"]]


def test_newest_first(
    batch: Batch, write: Write, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made last comes first, also where it is no part of this batch; then by name."""
    times = iter(f"2027-01-01T00:00:{second:02d}Z" for second in range(60))
    for module in ("nightly", "lock"):
        monkeypatch.setattr(f"quotarisk.batch.{module}.now", lambda: next(times))
    batch()
    assert ["West", "East"] == list(entries())
    write("east", quota=1)
    batch("scenarios/east.toml")

    assert [("East", "done"), ("West", "kept")] == [
        (name, entry["status"]) for name, entry in entries().items()
    ]


def test_failed_namesake(batch: Batch, write: Write) -> None:
    """A broken file with the name of another is not shown with the other's report."""
    write("west", name="East")
    Path("scenarios/east.toml").write_text('name = "East"\n')
    batch()
    told = json.loads(Path("out/summary.json").read_bytes())["scenarios"]

    assert {("failed", None), ("done", "east/2027-01-01")} == {
        (entry["status"], entry["newest"] and entry["newest"]["folder"]) for entry in told
    }
