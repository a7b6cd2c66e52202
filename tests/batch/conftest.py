"""A folder with two scenarios, and what runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quotarisk.batch import nightly
from quotarisk.batch.nightly import run_batch
from quotarisk.batch.outcomes import BatchResult
from quotarisk.reporting.report import write_report
from tests.batch.killing import TEAM, write_page

Batch = Callable[..., BatchResult]
Write = Callable[..., None]
Entries = Callable[[], dict[str, Any]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a scenario into the folder ``scenarios`` of the folder that one is in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()

    def write_team(
        file: str, *, name: str = "", start: str = "2027-01-01", quota: int = 20_000
    ) -> None:
        text = TEAM.format(name=name or file.title(), start=start, quota=quota)
        (tmp_path / "scenarios" / f"{file}.toml").write_text(text, encoding="utf-8")

    return write_team


@pytest.fixture
def batch(write: Write, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Run the folder's scenarios, ``east`` and ``west`` to begin with, into ``out``.

    Their reports are quickly drawn ones, but for tests that ask for ``real_reports``.
    """
    monkeypatch.setattr(nightly, "write_report", write_page)
    write("east")
    write("west", quota=60_000)

    def run(*places: str | Path, **told: Any) -> BatchResult:
        told = {"paths": 50, "workers": 1, "out": "out", **told}
        return run_batch(places or ["scenarios"], **told)

    return run


@pytest.fixture
def real_reports(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``batch`` write reports as they are."""
    request.getfixturevalue("batch")
    monkeypatch.setattr(nightly, "write_report", write_report)


@pytest.fixture
def entries() -> Entries:
    """Read the scenarios of the summary, by name."""

    def read() -> dict[str, Any]:
        told = json.loads(Path("out/summary.json").read_bytes())["scenarios"]
        return {entry["name"]: entry for entry in told}

    return read
