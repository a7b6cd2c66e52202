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

from quotarisk.errors import RunError

NO_SYNC = (errno.EINVAL, errno.ENOTSUP)  # file systems that do not sync folders


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Tell what the disk refuses as an error with the name of what cannot be written."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(f"{path} cannot be written: {reason}") from error


PART_OF_RUN = re.compile(r"\.(\d+|\d{4}-\d{2}-\d{2})\.part", re.ASCII)
PART_OF_FILE = re.compile(r"\.[a-z0-9_]{8}\.part", re.ASCII)  # as `files.write_whole` names them


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
    handle = os.open(path, os.O_RDONLY)
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
    """Make a folder, and bring its name onto the disk."""
    if not folder.is_dir():
        folder.mkdir()
        sync(folder.parent)


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
