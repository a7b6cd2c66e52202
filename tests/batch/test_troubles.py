"""Folders that cannot be read or written, where rights bind nobody: the disk itself refuses."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quotarisk.batch import runs
from quotarisk.batch.disk import remove
from quotarisk.batch.outcomes import Event, Outcome
from tests.batch.conftest import Batch, Entries, Write

Deny = Callable[[str], None]


@pytest.fixture
def deny(monkeypatch: pytest.MonkeyPatch) -> Deny:
    """Let nobody look into a folder, as without the right to do so."""

    def closed(folder: str) -> None:
        def refuse(name: str) -> None:
            real: Callable[..., Any] = getattr(Path, name)

            def asked(path: Path, *given: Any, **told: Any) -> Any:
                inside = Path(folder) in path.parents
                if inside or (name == "iterdir" and path == Path(folder)):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
                return real(path, *given, **told)

            monkeypatch.setattr(Path, name, asked)

        for name in ("stat", "iterdir", "read_bytes"):
            refuse(name)

    return closed


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be removed from the folder of ``East``."""

    def refuse(path: Path) -> None:
        if "east" in path.parts:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        remove(path)

    monkeypatch.setattr(runs, "remove", refuse)


def test_home_that_cannot_be_read(batch: Batch, deny: Deny, entries: Entries) -> None:
    """It is the fault of its scenario, told once; the others go on."""
    batch()
    deny("out/east")
    result = batch(keep=1)

    assert (4, ["failed", "unchanged"]) == (
        result.exit_status,
        [outcome.status for outcome in result.outcomes],
    )
    (fault,) = entries()["East"]["faults"]
    assert "out/east cannot be read: permission denied (scenarios/east.toml)" == fault["text"]
    assert "unchanged" == entries()["West"]["status"]


def test_home_of_nobody(batch: Batch, deny: Deny, entries: Entries) -> None:
    """Where nobody names its scenario it is told all the same: its report is missing."""
    batch()
    deny("out/east")
    heard: list[Event] = []
    result = batch("scenarios/west.toml", keep=1, watch=heard.append)

    assert 4 == result.exit_status
    assert ["unchanged", "failed"] == [e.status for e in heard if isinstance(e, Outcome)]
    assert ("out/east", "failed", None) == tuple(
        entries()[""][key] for key in ("file", "status", "newest")
    )
    assert "out/east cannot be read: permission denied" == entries()[""]["faults"][0]["text"]


def test_folder_that_is_no_home(batch: Batch, deny: Deny) -> None:
    """What no scenario can be called is somebody else's, such as the file system's own."""
    batch()
    Path("out/lost+found").mkdir()
    deny("out/lost+found")

    assert 0 == batch().exit_status


def test_home_that_is_lost_in_the_night(
    batch: Batch, deny: Deny, write: Write, entries: Entries
) -> None:
    """A home that cannot be read any more once its run is made does not stop the index."""

    def watch(event: Event) -> None:
        if isinstance(event, Outcome) and event.name == "East":
            deny("out/east")

    write("east", quota=1)
    result = batch(watch=watch)

    assert ["done", "done"] == [outcome.status for outcome in result.outcomes]
    assert None is entries()["East"]["newest"]
    assert "done" == entries()["West"]["status"]


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize("named", [True, False])
def test_litter_that_stays(batch: Batch, entries: Entries, named: bool) -> None:
    """What cannot be swept is the fault of its scenario, whose run is made or kept all the same."""
    batch()
    Path("out/east/.3.part").mkdir()
    result = batch("scenarios" if named else "scenarios/west.toml", seed=1, keep=3)
    east = entries()["East"]

    assert (4, "failed") == (result.exit_status, east["status"])
    assert ["out/east/.3.part cannot be removed: operation not permitted"] == [
        fault["rule"] for fault in east["faults"]
    ]
    assert "east/2027-01-01" == east["newest"]["folder"]
    assert named == (1 == len(east["earlier"]))


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize("named", [True, False])
def test_run_that_stays(batch: Batch, entries: Entries, named: bool) -> None:
    """What cannot be pruned is told in the summary too, which is written before and after."""
    batch()
    batch(seed=1)
    heard: list[Event] = []
    place = "scenarios" if named else "scenarios/west.toml"
    result = batch(place, seed=1, keep=1, watch=heard.append)
    east = entries()["East"]

    assert (4, "failed") == (result.exit_status, east["status"])
    assert (
        "out/east/runs/1 cannot be removed: operation not permitted" == (east["faults"][0]["rule"])
    )
    ends = [(e.name, e.status) for e in heard if isinstance(e, Outcome)]
    assert ("East", "failed") == ends[-1]
    assert {("East", "unchanged")} & {*ends} == ({("East", "unchanged")} if named else set())
    assert Path("out", east["newest"]["page"]).is_file()


def test_home_without_a_run(batch: Batch, deny: Deny, entries: Entries) -> None:
    """A folder without a whole run, that cannot be swept, has no name but its own."""
    batch()
    Path("out/none/runs").mkdir(parents=True)
    deny("out/none/runs")
    batch()

    assert ("out/none", "failed") == tuple(entries()[""][key] for key in ("file", "status"))
