"""What makes a folder appear whole or not at all, and stay when the power fails.

Everything that is on its way has a name such as ``.12.part``, on the same file system; what is
left of a run that was killed is found by that name.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from quotarisk.errors import RunError

NO_SYNC = (errno.EINVAL, errno.ENOTSUP)  # file systems that do not sync folders


@contextmanager
def disk_errors(
    path: Path, act: Literal["read", "written", "removed"] = "written"
) -> Iterator[None]:
    """Tell what the disk refuses as an error that names the thing, and what cannot be done."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(f"{path} cannot be {act}: {reason}") from error


PART_OF_RUN = re.compile(r"\.(\d+|\d{4}-\d{2}-\d{2})\.part", re.ASCII)
PART_OF_FILE = re.compile(r"\.[a-z0-9_]{8}\.part", re.ASCII)  # as `files.write_whole` names them


def list_names(folder: Path) -> tuple[Path, ...]:
    """What is in a folder, in no order? Nothing where there is none.

    Raises
    ------
    RunError
        If nobody can tell.
    """
    with disk_errors(folder, "read"):
        try:
            return tuple(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return ()


def part_of(path: Path) -> Path:
    """What is a thing called while it is on its way?"""
    return path.with_name(f".{path.name}.part")


def is_part(path: Path) -> bool:
    """Is this a run, a link or a file of ours that was on its way, and nothing of others?"""
    if PART_OF_RUN.fullmatch(path.name):
        return True
    return PART_OF_FILE.fullmatch(path.name) is not None and path.is_file()


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, onto the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        if path.is_dir():  # one that may be written to but not read, as a letter box
            return
        raise
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SYNC or not path.is_dir():
            raise
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring a folder with all that is in it onto the disk."""
    for place, _, files in os.walk(folder, topdown=False):
        for file in files:
            sync(Path(place, file))
        sync(Path(place))


def make_durable(folder: Path) -> None:
    """Make a folder and those above it, and bring their names onto the disk."""
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)  # another run may have made it by now
        sync(each.parent)


def point(link: Path, target: str) -> None:
    """Let a link name a folder, from one moment to the next: there is always one or the other."""
    if link.is_symlink() and os.readlink(link) == target:  # noqa: PTH115 - as it is written
        return
    part = part_of(link)
    with suppress(FileNotFoundError):
        part.unlink()
    part.symlink_to(target)
    part.replace(link)
    sync(link.parent)


def remove(path: Path) -> None:
    """Remove a folder, so that nobody ever sees half of it under its name; or what is left."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if not is_part(path):
        part = part_of(path)
        path.rename(part)
        sync(path.parent)
        path = part
    shutil.rmtree(path)
