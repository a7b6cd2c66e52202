"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from quotarisk.errors import RunError


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    The bytes go to another name in the same folder, onto the disk, and only then take the
    file's name; what stood there before stays until that moment.

    Raises
    ------
    RunError
        If the file cannot be written; then nothing has changed.
    """
    told = Path(path)
    target = Path(os.path.realpath(told))  # a link stays, the file that it names is replaced
    if target.exists() and not target.is_file() and not target.is_dir():
        # the rename would put a file in a device's place
        raise RunError(f"{told} cannot be written: it is not a regular file")
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
    except OSError as error:
        raise _failure(told, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode(target))
        Path(name).replace(target)
    except OSError as error:
        raise _failure(told, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder, and those above it, where it is not there yet.

    Raises
    ------
    RunError
        If it cannot be made.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _failure(Path(path), error) from error


def _mode(target: Path) -> int:
    """Keep the rights of the file that is replaced; a new one gets those that are usual."""
    with contextlib.suppress(FileNotFoundError):
        return target.stat().st_mode & 0o777
    usual = os.umask(0)
    os.umask(usual)
    return 0o666 & ~usual


def _failure(target: Path, error: OSError) -> RunError:
    reason = (error.strerror or str(error)).lower()
    return RunError(f"{target} cannot be written: {reason}")
