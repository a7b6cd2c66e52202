"""What a batch brings onto the disk, and when: nothing may rest on a name that is not there yet."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.batch.conftest import Batch, Write

TEMPORARY = re.compile(r"\.[a-z0-9_]{8}\.part$")  # of a file on its way
DROPPED = re.compile(r"drop .*/\d{4}-\d\d-\d\d$")  # a link to a start's newest run
PAGE = ("answer.json", "attainment.parquet", "report.html", "manifest.json")


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the disk, step by step, each with its name seen from the test's folder."""
    if not sys.platform.startswith("linux"):
        pytest.skip("which file a number stands for is asked as Linux tells it")
    told: list[str] = []

    def note(act: str, path: str | os.PathLike[str]) -> None:
        place = os.path.relpath(path, tmp_path)
        if "cache" not in place and not place.startswith(".."):
            told.append(f"{act} {TEMPORARY.sub('~', place)}")

    def watch(act: str, name: str, which: int) -> None:
        do: Callable[..., Any] = getattr(os, name)

        def done(*given: Any, **options: Any) -> Any:
            note(act, given[which])
            return do(*given, **options)

        monkeypatch.setattr(os, name, done)

    for act, name, which in (
        ("make", "mkdir", 0),
        ("name", "rename", 1),
        ("name", "replace", 1),
        ("link", "symlink", 1),
        ("drop", "unlink", 0),
    ):
        watch(act, name, which)
    sync = os.fsync

    def bring(number: int) -> None:
        note("sync", os.readlink(f"/proc/self/fd/{number}"))  # noqa: PTH115 - no file, a number
        sync(number)

    monkeypatch.setattr(os, "fsync", bring)
    return told


def tidied(steps: list[str]) -> list[str]:
    """Sort files that are brought onto the disk one after the other, and leave out the rest."""
    kept = [step for step in steps if not step.startswith("drop") or DROPPED.match(step)]
    groups = groupby(kept, key=lambda step: re.match(r"sync .*\.part/[a-z]", step) is not None)
    return [step for files, group in groups for step in (sorted(group) if files else group)]


def written(file: str) -> list[str]:
    """How a file appears whole."""
    return [f"sync {Path(file).parent / '~'}", f"name {file}"]


def made(number: int, start: str) -> list[str]:
    """How a run appears: each file, their folder, its name, and only then the link to it."""
    runs = "deep/out/east/runs"
    part = f"{runs}/.{number}.part"
    return [
        f"make {part}",
        *(
            step
            for file in ("attainment.parquet", "answer.json", "report.html", "manifest.json")
            for step in written(f"{part}/{file}")
        ),
        *sorted(f"sync {part}/{file}" for file in PAGE),
        f"sync {part}",
        f"name {runs}/{number}",
        f"sync {runs}",
        f"link deep/out/east/.{start}.part",
        f"name deep/out/east/{start}",
        "sync deep/out/east",
    ]


INDEX = [*written("deep/out/summary.json"), *written("deep/out/index.html"), "sync deep/out"]


def test_first_run(batch: Batch, steps: list[str]) -> None:
    """The name of each folder, DIR and those above it included, is there before what is in it."""
    batch("scenarios/east.toml", out="deep/out")

    assert [
        "make deep",
        "sync .",
        "make deep/out",
        "sync deep",
        "make deep/out/east",
        "sync deep/out",
        "make deep/out/east/runs",
        "sync deep/out/east",
        *made(1, "2027-01-01"),
        *INDEX,
    ] == tidied(steps)


def test_next_run(batch: Batch, write: Write, steps: list[str]) -> None:
    """What is removed goes last: link, run, each gone from the disk before the next."""
    batch("scenarios/east.toml", out="deep/out")
    write("east", start="2027-02-01")
    steps.clear()
    batch("scenarios/east.toml", out="deep/out", keep=1)

    assert [
        *made(2, "2027-02-01"),
        *INDEX,
        "drop deep/out/east/2027-01-01",
        "sync deep/out/east",
        "name deep/out/east/runs/.1.part",
        "sync deep/out/east/runs",
    ] == tidied(steps)
