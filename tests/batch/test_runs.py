from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from quotarisk.batch.disk import point
from quotarisk.batch.runs import list_homes, list_runs, newest_run, prune
from quotarisk.errors import RunError
from tests.batch.conftest import Batch, Entries, Write


def numbers(home: str) -> list[int]:
    """The numbers of the runs that can be read."""
    return [run.number for run in list_runs(Path("out", home))]


def names(folder: str) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def test_links_name_the_newest_run_of_each_start(batch: Batch, write: Write) -> None:
    """Each start has a link to its newest run; runs are counted over all starts."""
    for start, quota in (("2027-01-01", 1), ("2027-01-01", 2), ("2027-02-01", 3)):
        write("east", start=start, quota=quota)
        batch("scenarios/east.toml")

    assert [1, 2, 3] == numbers("east")
    assert ["runs/2", "runs/3"] == [
        os.readlink(f"out/east/2027-0{month}-01")  # noqa: PTH115
        for month in (1, 2)
    ]


def test_readers(batch: Batch, write: Write) -> None:
    """Who reads while a run is replaced finds a whole page every time, the old or the new."""
    page, done = Path("out/east/2027-01-01/report.html"), Event()
    batch()

    def read() -> int:
        times = 0
        while not done.is_set():
            assert page.read_bytes().endswith(b"</html>\n")
            times += 1
        return times

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for quota in range(1, 11):
            write("east", quota=quota)
            batch(keep=2)
        done.set()
        assert 10 < reading.result()


def test_pruning(batch: Batch, write: Write) -> None:
    """The newest runs are kept, with their links; the others go, with theirs."""
    starts = ("2027-01-01", "2027-02-01", "2027-02-01", "2027-03-01")
    for quota, start in enumerate(starts, start=1):
        write("east", start=start, quota=quota)
        batch("scenarios/east.toml")
    batch("scenarios/east.toml", keep=2)

    assert [3, 4] == numbers("east")
    assert ["2027-02-01", "2027-03-01", "runs"] == names("out/east")


def test_never_the_last_good_one(batch: Batch) -> None:
    """Folders that are no runs do not count as runs that are kept; without any, nothing goes."""
    batch("scenarios/east.toml")
    Path("out/east/runs/2").mkdir()
    Path("out/east/runs/notes").mkdir()
    prune(Path("out/east"), keep=1)

    assert ["1", "notes"] == names("out/east/runs")
    Path("out/east/runs/1/manifest.json").write_bytes(b"")
    prune(Path("out/east"), keep=1)
    assert ["1", "notes"] == names("out/east/runs")


def test_newest(batch: Batch, write: Write) -> None:
    """The newest run is the last one that can be read; there is none where there are no runs."""
    for quota in range(1, 12):
        write("east", quota=quota)
        batch("scenarios/east.toml")
    newest = newest_run(Path("out/east"))
    assert newest == list_runs(Path("out/east"))[-1]
    Path("out/east/runs/11/manifest.json").unlink()
    last_good = newest_run(Path("out/east"))
    assert last_good is not None
    assert (11, 10) == (newest.number, last_good.number)
    assert [None, None] == [newest_run(Path(place)) for place in ("out", "absent")]


def test_damaged_runs_keep_their_number(batch: Batch) -> None:
    """A run whose manifest is gone is made again under the next number."""
    batch()
    Path("out/east/runs/1/manifest.json").unlink()
    status = [outcome.status for outcome in batch().outcomes]

    assert (["done", "unchanged"], [2]) == (status, numbers("east"))


def test_something_else_under_the_name_of_a_link(batch: Batch, entries: Entries) -> None:
    """A folder in the place of a link is told, and left alone."""
    Path("out/east/2027-01-01/mine").mkdir(parents=True)
    (fault,) = batch().outcomes[0].faults

    assert "out/east/2027-01-01 cannot be written: is a directory" in fault.rule
    assert Path("out/east/2027-01-01/mine").is_dir()
    assert "east/runs/1" == entries()["East"]["newest"]["folder"]


def test_failure_leaves_nothing(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that fails leaves no folder, but for what was there."""

    def fail(*_: object) -> None:
        raise RunError("no")

    monkeypatch.setattr("quotarisk.batch.nightly.write_report", fail)
    batch()
    assert [".lock", "index.html", "summary.json"] == names("out")


@pytest.fixture
def left_behind(batch: Batch, write: Write) -> None:
    """Two runs of one start, of which the second was killed before its link was set."""
    batch()
    write("east", quota=1)
    batch()
    point(Path("out/east/2027-01-01"), "runs/1")


@pytest.mark.usefixtures("left_behind")
@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("keep", [None, 1])
def test_link_that_was_left_behind(
    batch: Batch, entries: Entries, broken: bool, keep: int | None
) -> None:
    """The next night sets it, also where the scenario is broken by then, or nobody names it."""
    if broken:
        Path("scenarios/east.toml").write_text('name = "East"')
    batch("scenarios" if broken else "scenarios/west.toml", keep=keep)
    newest = entries()["East"]["newest"]

    assert "runs/2" == os.readlink("out/east/2027-01-01")  # noqa: PTH115
    assert ([1, 2] if keep is None else [2]) == numbers("east")
    assert "east/2027-01-01" == newest["folder"]
    assert Path("out", newest["page"]).is_file()


@pytest.mark.usefixtures("left_behind")
@pytest.mark.parametrize("gone", [False, True])
def test_pruning_leaves_a_link(gone: bool) -> None:
    """A start of which a run is kept has its link after pruning, whatever it named before."""
    if gone:
        Path("out/east/2027-01-01").unlink()
    prune(Path("out/east"), keep=1)

    assert ["2027-01-01", "runs"] == names("out/east")
    assert Path("out/east/2027-01-01/manifest.json").samefile("out/east/runs/2/manifest.json")


@pytest.mark.usefixtures("left_behind")
def test_link_to_a_damaged_run(batch: Batch) -> None:
    """Where the newest run lost its manifest, the link names the last good one before it."""
    point(Path("out/east/2027-01-01"), "runs/2")
    Path("out/east/runs/2/manifest.json").unlink()
    batch("scenarios/west.toml")

    assert "runs/1" == os.readlink("out/east/2027-01-01")  # noqa: PTH115


@pytest.mark.usefixtures("left_behind")
def test_links_of_others(batch: Batch) -> None:
    """No link leads nowhere once its run is removed, whoever made it; loops are left alone."""
    for name, target in (("first", "runs/1"), ("loop", "loop"), ("last", "runs/2")):
        Path("out/east", name).symlink_to(target)
    batch(keep=1)

    assert ["2027-01-01", "last", "loop", "runs"] == names("out/east")


def test_what_is_no_home(batch: Batch) -> None:
    """Files, and folders without runs, are nobody's home."""
    batch()
    Path("out/notes").mkdir()
    Path("out/notes/runs").write_text("")

    assert ["east", "west"] == [home.name for home in list_homes(Path("out"))]
