"""The runs of a scenario: numbered folders, and links that name the newest of each start.

A run is written under another name and takes its number when it is whole; it is never changed
after that. Then the link ``<start>`` is replaced, which takes no time: who reads through it
finds the last run or the new one, never nothing. The newest run with a manifest is the last good
one; where a run was killed before it reached the link, the next batch begins with that.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from quotarisk.batch.disk import (
    disk_errors,
    is_part,
    list_names,
    make_durable,
    part_of,
    point,
    remove,
    sync,
    sync_tree,
)
from quotarisk.batch.manifest import MANIFEST, Manifest, read_manifest
from quotarisk.batch.names import may_be_folder_name
from quotarisk.errors import RunError
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

    @property
    def place(self) -> Path:
        """Where it is found: by its link where that names it, else under its number."""
        named = os.path.realpath(self.link) == os.path.realpath(self.folder)
        return self.link if named else self.folder


def _numbered(home: Path) -> list[Path]:
    """List folders of runs, whole or not, the oldest first."""
    runs = home / RUNS
    found = list_names(runs) if runs in list_names(home) else ()
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

    Raises
    ------
    RunError
        If it is there and cannot be read.
    """
    read = ((path, read_manifest(path)) for path in _numbered(home))
    return tuple(Run(path, manifest) for path, manifest in read if manifest is not None)


def newest_run(home: Path) -> Run | None:
    """Which is the last good run of a scenario? Nothing where none can be read.

    Parameters
    ----------
    home
        The scenario's folder.

    Raises
    ------
    RunError
        If it is there and cannot be read.
    """
    read = ((path, read_manifest(path)) for path in reversed(_numbered(home)))
    return next((Run(path, manifest) for path, manifest in read if manifest is not None), None)


def _is_home(folder: Path) -> bool:
    """Are runs in it? Where nobody can tell it is one if it is called as one."""
    try:
        return stat.S_ISDIR((folder / RUNS).stat().st_mode)
    except PermissionError:
        return may_be_folder_name(folder.name)
    except OSError:
        return False


def list_homes(out: Path) -> tuple[Path, ...]:
    """Which folders of scenarios are there, also of those that cannot be read?"""
    return tuple(sorted(path for path in list_names(out) if _is_home(path)))


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


def mend_links(home: Path) -> None:
    """Let the link of each start name its newest run, also where a killed run left it behind.

    Raises
    ------
    RunError
        If something else stands in a link's place, or the folder cannot be read or written.
    """
    for run in {run.link: run for run in list_runs(home)}.values():
        name_newest(run)


def _unlink(home: Path, folder: Path) -> None:
    """Remove the links that name a run, so that none leads nowhere once it is gone."""
    named = os.path.realpath(folder)
    for link in list_names(home):
        if link.is_symlink() and os.path.realpath(link) == named:
            with disk_errors(link, "removed"):
                link.unlink()
                sync(home)


def prune(home: Path, *, keep: int) -> None:
    """Remove all but the newest runs; where none can be read, none is removed.

    Each start of which a run is kept has a link to the newest of them, before and after.

    Raises
    ------
    RunError
        If the folder cannot be read, or something in it cannot be written or removed.
    """
    mend_links(home)
    kept = {run.folder for run in list_runs(home)[-keep:]}
    for folder in _numbered(home) if kept else ():
        if folder not in kept:
            _unlink(home, folder)
            with disk_errors(folder, "removed"):
                remove(folder)


def _remove_parts(folder: Path) -> None:
    for path in list_names(folder):
        with disk_errors(path, "removed"):
            if is_part(path):
                remove(path)


def sweep(out: Path) -> dict[Path, RunError]:
    """Remove what runs that were killed have left, and let links name the newest runs.

    Returns
    -------
    dict
        Scenarios' folders where that cannot be done, with the reason: they stop no others.

    Raises
    ------
    RunError
        If it cannot be done in the folder of all.
    """
    _remove_parts(out)
    troubles = {}
    for home in list_homes(out):
        try:
            mend_links(home)
            _remove_parts(home)
            _remove_parts(home / RUNS)
        except RunError as error:
            troubles[home] = error
    return troubles
