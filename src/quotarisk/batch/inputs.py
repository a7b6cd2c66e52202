"""What goes into a run: its scenario files, and the bytes that they are made of."""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict

from quotarisk.errors import Fault, InputError
from quotarisk.scenario.address import (
    fill_in,
    is_address,
    is_sqlite,
    mask_address,
    sqlite_file,
)
from quotarisk.scenario.buckets import is_bucket, mask_bucket
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.tables import decode
from quotarisk.scenario.workbook import UnreadableFileError

SUFFIX = ".toml"
TABLES = ("segment_table", "rep_table", "quota_table", "open_deals", "booked")
MOST_READINGS = 3


class Input(BaseModel):
    """A file that was read, or a database that was asked.

    Parameters
    ----------
    source
        The file as it was named; the address of a database without who asked it.
    sha256
        Of its bytes; nothing for a database: what it answered is in the scenario's hash.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    sha256: str | None


def list_scenarios(places: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    """Which scenario files are meant by files and folders? Each once, in order.

    Of a folder all files that end in ``.toml``, but for hidden ones. What is not there is told
    when it is read; a folder without any stands for itself, which is no file. But a folder that
    is itself called so, as one may be that a shell's ``*.toml`` finds, is left out.
    """
    files: dict[str, str] = {}
    for place in (os.fspath(told) for told in places):
        inside = _inside(place)
        for file in inside if inside or _is_named_as_file(place) else [place]:
            files.setdefault(os.path.realpath(file), file)
    return tuple(files.values())


def _is_named_as_file(place: str) -> bool:
    return Path(place).suffix == SUFFIX and os.path.isdir(place)  # noqa: PTH112


def _inside(folder: str) -> list[str]:
    """List a folder's scenario files; none where it is no folder, or cannot be read."""
    try:
        found = sorted(Path(folder).iterdir())
    except OSError:
        return []
    return [
        str(file)
        for file in found
        if file.suffix == SUFFIX and not file.name.startswith(".") and not os.path.isdir(file)  # noqa: PTH112 - it never raises
    ]


def readable(file: str) -> str:
    r"""How is a file's name written where only letters can be? Other bytes by their number.

    Examples
    --------
    >>> readable("t\udcffm.toml")
    't\\udcffm.toml'
    """
    return file.encode(errors="backslashreplace").decode()


def place_of(file: str, out: Path) -> str:
    """Where is a file, seen from a folder? The same from wherever a batch is started."""
    return readable(os.path.relpath(file, os.path.realpath(out)))


def is_at(file: str, place: str, out: Path) -> bool:
    """Is this the file that `place_of` told of, by whatever name and through whatever link?"""
    there = os.path.realpath(os.path.join(os.path.realpath(out), place))  # noqa: PTH118
    return readable(os.path.realpath(file)) == readable(there)


def digest(path: Path) -> str | None:
    """Which bytes are in a file? A hash of them; nothing where it is no file or unreadable."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def peek(file: str) -> dict[str, Any]:
    """What does a scenario file say, as far as it can be read at all?"""
    if not os.path.isfile(file):  # noqa: PTH113 - it never raises; a pipe would wait
        return {}
    try:
        return tomllib.loads(decode(Path(file).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}


def _list_tables(file: str) -> Iterator[tuple[str, bool]]:
    """List what a scenario names: files, and addresses of databases; and which of them it is."""
    told = peek(file)
    for key in TABLES:
        named = told.get(key)
        if isinstance(named, str) and is_bucket(named):
            yield mask_bucket(named), False
        elif isinstance(named, str) and is_address(named):
            yield mask_address(named), False
        elif isinstance(named, str):
            yield named.rpartition("#")[0] if ".xlsx#" in named.casefold() else named, True
        elif isinstance(named, dict) and isinstance(named.get("uri"), str):
            yield mask_address(named["uri"]), False


def list_inputs(file: str) -> tuple[Input, ...]:
    """Which files and databases does a scenario name, with their hashes?"""
    folder = Path(file).parent
    return (
        Input(source=readable(file), sha256=digest(Path(file))),
        *(
            Input(source=source, sha256=digest(folder / source) if is_file else None)
            for source, is_file in _list_tables(file)
        ),
    )


def named_file(source: str, folder: Path) -> Path:
    """Which file is named: a table's, by its full address too, or that of a SQLite database?

    Examples
    --------
    >>> named_file("deals.csv", Path("a")).as_posix(), named_file("sqlite://crm.db", Path("a")).name
    ('a/deals.csv', 'crm.db')
    """
    if is_address(source):
        with suppress(UnreadableFileError):  # which is told by who reads it
            source = fill_in(source)
    if is_sqlite(source):
        return sqlite_file(source, folder)
    scheme, _, path = source.partition("://")
    return Path(unquote(path)) if scheme.casefold() == "file" else folder / source


def list_files(file: str) -> tuple[Path, ...]:
    """Which files that are there does a scenario consist of?"""
    folder = Path(file).parent
    named = (Path(file), *(named_file(source, folder) for source, _ in _list_tables(file)))
    return tuple(path for path in named if os.path.isfile(path))  # noqa: PTH113 - it never raises


def _read(file: str) -> Scenario | InputError:
    try:
        return load_scenario(file)
    except InputError as error:
        return error


def _is_special(path: Path) -> bool:
    """Is it a pipe or a device, which may be read only once, or never end?"""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _check_place(file: str) -> None:
    """Refuse what is no file before it is read."""
    if os.path.isdir(file):  # noqa: PTH112 - it never raises
        try:
            os.scandir(file).close()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError([Fault(file, "", "the folder must be readable", reason)]) from error
        raise InputError([Fault(file, "", f"the folder must hold a scenario, a file *{SUFFIX}")])
    if _is_special(Path(file)):
        raise InputError([Fault(file, "", "the scenario file must be a regular file")])


def load_steady(file: str) -> tuple[Scenario, tuple[Input, ...]]:
    """Which scenario is it, and of which bytes? The hashes are of what was read, not of later.

    Raises
    ------
    InputError
        With all that is wrong in it; or if its files change as fast as they are read.
    """
    _check_place(file)
    before = list_inputs(file)
    for table in before[1:]:
        if table.sha256 is None and _is_special(Path(file).parent / table.source):
            raise InputError([Fault(file, "", "a table must be a regular file", table.source)])
    for _ in range(MOST_READINGS):
        read = _read(file)
        after = list_inputs(file)
        if after == before:
            if isinstance(read, InputError):
                raise read
            return read, after
        before = after
    raise InputError([Fault(file, "", "the scenario's files must not change while they are read")])
