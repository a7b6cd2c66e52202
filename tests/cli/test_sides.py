"""What the two sides of a comparison are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quotarisk.batch import nightly
from quotarisk.batch.nightly import run_batch
from quotarisk.cli.sides import find_sides
from quotarisk.errors import ArgumentError, InputError
from quotarisk.files import write_whole
from quotarisk.simulation.simulation import Simulation
from tests.batch.killing import write_page
from tests.cli.conftest import TEAM

Batch = Callable[..., None]


def write_book(simulation: Simulation, out: str | Path) -> tuple[Path, ...]:
    """Stand in for `write_report`: a workbook that nobody opens here."""
    write_whole(Path(out) / "report.xlsx", b"")
    return write_page(simulation, out)


@pytest.fixture
def batch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Run a batch of scenarios of these names into a folder."""
    monkeypatch.setattr(nightly, "write_report", write_book)

    def run(out: str, *names: str, seed: int = 0) -> None:
        files = [folder / f"{number}.toml" for number, _ in enumerate(names)]
        for file, name in zip(files, names, strict=True):
            file.write_text(TEAM.replace("Starter", name))
        run_batch(files, out=out, paths=2, seed=seed, workers=1)

    return run


def files(old: str, new: str, scenario: str | None = None) -> tuple[str, ...]:
    """Which files are compared, without the workbook's name?"""
    sides = find_sides(old, new, scenario=scenario)
    return tuple(side.file.removesuffix("/report.xlsx") for side in sides)


def fault(old: str, new: str, scenario: str | None = None) -> str:
    """Why can they not be compared?"""
    with pytest.raises(InputError) as caught:
        find_sides(old, new, scenario=scenario)
    return str(caught.value)


def test_folders_of_one_scenario(batch: Batch) -> None:
    """Of a batch's folder, a scenario's or a start's the newest run is meant."""
    batch("one", "East")
    batch("one", "East", seed=1)
    batch("next", "West")
    assert ("one/east/runs/2", "next/west/runs/1") == files("one", "next")
    assert ("one/east/runs/2", "x.toml") == files("one/east", "x.toml")
    assert ("one/east/runs/1", "one/east/2027-01-01") == files(
        "one/east/runs/1", "one/east/2027-01-01"
    )
    old, new = find_sides("one/east/runs/1", "one/east/2027-01-01/report.xlsx")
    assert old.manifest is not None
    assert new.manifest is not None
    assert [0, 1] == [old.manifest.seed, new.manifest.seed]


def test_report_without_manifest(tmp_path: Path) -> None:
    """A report's folder stands for its workbook; nobody knows how that was made."""
    (tmp_path / "report.xlsx").write_bytes(b"")
    for side in find_sides(str(tmp_path), str(tmp_path / "report.xlsx")):
        assert (str(tmp_path / "report.xlsx"), None) == (side.file, side.manifest)


def test_scenario_in_common(batch: Batch) -> None:
    """Of two batches' folders the one scenario that both have is meant."""
    batch("many", "East", "North West")
    batch("one", "North West")
    assert ("many/north-west/runs/1", "one/north-west/runs/1") == files("many", "one")
    assert ("one/north-west/runs/1", "many/north-west/runs/1") == files("one", "many")


@pytest.mark.parametrize("name", ["North West", "north-west"])
def test_chosen(batch: Batch, name: str) -> None:
    """A scenario is chosen by its name, or by its folder's."""
    batch("old", "East", "North West")
    batch("new", "East", "North West")
    pair = ("old/north-west/runs/1", "new/north-west/runs/1")
    assert pair == files("old", "new", name)
    assert ("team.toml", pair[1]) == files("team.toml", "new", name)


def test_moved_home(batch: Batch) -> None:
    """A folder that was renamed, as no scenario's would be, is chosen by the name that it has."""
    batch("old", "East", "West")
    Path("old/east").rename("old/East_2026")
    assert ("old/East_2026/runs/1", "x.toml") == files("old", "x.toml", "East_2026")


def test_scenario_called_runs(batch: Batch) -> None:
    """A scenario whose folder is called as those of runs are is one like any other."""
    batch("out", "Runs")
    assert ("out/runs/runs/1", "x.toml") == files("out", "x.toml")


def test_several_scenarios(batch: Batch) -> None:
    """Which of several is meant must be told; the message names them and says how."""
    batch("old", "East", "West")
    batch("new", "West", "East", "North")
    batch("none", "South")
    assert (
        "the folder must hold one scenario, or --scenario must choose it, got 2: east, west (old); "
        "name a scenario's folder, such as old/east, or say --scenario east"
    ) == fault("old", "x.toml")
    assert (
        "the folders must have one scenario in common, or --scenario must choose it, got 2: east, "
        "west (old and new); name a scenario's folders, such as old/east and new/east, or say "
        "--scenario east"
    ) == fault("old", "new")
    assert (
        "the folders must have a scenario in common, got east, west in old, and south in none "
        "(old and none); name a scenario's folders, such as old/east and none/south"
    ) == fault("old", "none")


def test_many_scenarios(batch: Batch) -> None:
    """Of very many the first are named, and the others counted."""
    batch("out", *(f"Team {number}" for number in range(10, 32)))
    told = fault("out", "x.toml")
    assert "got 22: team-10, team-11," in told
    assert "team-29 and 2 others (out)" in told


def test_wrong_choice(batch: Batch) -> None:
    """A name that a folder does not have is told of each; one that chooses nothing too."""
    batch("old", "East", "West")
    batch("new", "East", "North")
    rule = "--scenario must name a scenario of the folder, got 'Nort'"
    assert (f"{rule} (old); allowed: 'east', 'west'\n{rule} (new); did you mean 'north'?") == fault(
        "old", "new", "Nort"
    )
    assert fault("old", "new", "North").endswith("got 'North' (old); allowed: 'east', 'west'")
    with pytest.raises(ArgumentError, match="got 'East' with old/east and"):
        find_sides("old/east", "x.toml", scenario="East")


@pytest.mark.parametrize("damage", ["report.xlsx", "manifest.json"])
def test_nothing_to_read(batch: Batch, damage: str) -> None:
    """A folder without a run that can be read is told like any other without a scenario."""
    batch("out", "East")
    Path("out/east/runs/1", damage).unlink()
    place = "out/east/runs/1" if damage == "report.xlsx" else "out"
    told = fault("out", "x.toml")
    assert told.startswith("the folder must be a report's, with the scenario in report.xlsx, or")
    assert told.endswith(f"({place}); name a scenario file instead")
