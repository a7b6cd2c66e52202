"""The runs of a scenario: numbered folders, and links that name the newest of each start.

A run is written under another name and takes its number when it is whole; it is never changed
after that. Then the link ``<start>`` is replaced, which takes no time: who reads through it
finds the last run or the new one, never nothing. The newest run with a manifest is the last good
one, also where the link was not reached any more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from quotarisk.batch.disk import (
    disk_errors,
    is_part,
    make_durable,
    part_of,
    point,
    remove,
    sync,
    sync_tree,
)
from quotarisk.batch.manifest import MANIFEST, Manifest, read_manifest
from quotarisk.files import write_whole

RUNS = "runs"


@dataclass(frozen=True)
class Run:
    """A whole run: its folder, whose name is its number, and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def number(self) -> int:
        """Its number: runs of a scenario are counted from 1."""
        return int(self.folder.name)

    @property
    def link(self) -> Path:
        """What names the newest run of its start."""
        return self.folder.parent.parent / self.manifest.start.isoformat()


def _numbered(home: Path) -> list[Path]:
    """List folders of runs, whole or not, the oldest first."""
    runs = home / RUNS
    found = runs.iterdir() if runs.is_dir() else ()
    return sorted(
        (path for path in found if path.name.isascii() and path.name.isdigit()),
        key=lambda path: int(path.name),
    )


def list_runs(home: Path) -> tuple[Run, ...]:
    """Which runs of a scenario can be read? The oldest first.

    Parameters
    ----------
    home
        The scenario's folder.
    """
    read = ((path, read_manifest(path)) for path in _numbered(home))
    return tuple(Run(path, manifest) for path, manifest in read if manifest is not None)


def list_homes(out: Path) -> tuple[Path, ...]:
    """Which folders of scenarios are there?"""
    return tuple(sorted(path.parent for path in out.glob(f"*/{RUNS}") if path.is_dir()))


def publish(home: Path, fill: Callable[[Path], Manifest]) -> Run:
    """Add a run.

    Parameters
    ----------
    home
        The scenario's folder; its own is there.
    fill
        Writes what belongs into an empty folder, and gives the manifest.

    Raises
    ------
    RunError
        If it cannot be written; then nothing has changed.
    """
    runs = home / RUNS
    last = max((int(path.name) for path in _numbered(home)), default=0)
    folder = runs / str(last + 1)
    part = part_of(folder)
    with disk_errors(folder):
        try:
            make_durable(home)
            make_durable(runs)
            part.mkdir()
            manifest = fill(part)
            write_whole(part / MANIFEST, f"{manifest.model_dump_json(indent=2)}\n".encode())
            sync_tree(part)
            part.rename(folder)
            sync(runs)
        except BaseException:
            rmtree(part, ignore_errors=True)
            with suppress(OSError):  # there is something in it, or it never was there
                runs.rmdir()
                home.rmdir()
            raise
    run = Run(folder, manifest)
    name_newest(run)
    return run


def name_newest(run: Run) -> None:
    """Let the link of its start name a run.

    Raises
    ------
    RunError
        If something else stands there, or it cannot be written.
    """
    with disk_errors(run.link):
        point(run.link, f"{RUNS}/{run.number}")


def prune(home: Path, *, keep: int) -> None:
    """Remove all but the newest runs; where none can be read, none is removed."""
    kept = {run.folder for run in list_runs(home)[-keep:]}
    doomed = [path for path in _numbered(home) if kept and path not in kept]
    with disk_errors(home):
        links = {link.resolve(): link for link in home.iterdir() if link.is_symlink()}
        for folder in doomed:
            link = links.get(folder.resolve())
            if link is not None:
                link.unlink()
            remove(folder)


def sweep(out: Path) -> None:
    """Remove what runs that were killed have left."""
    with disk_errors(out):
        homes = list_homes(out)
        for folder in (out, *homes, *(home / RUNS for home in homes)):
            for path in list(folder.iterdir()):
                if is_part(path):
                    remove(path)
