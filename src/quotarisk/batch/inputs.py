"""What goes into a run: its scenario files, and the bytes that they are made of."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from quotarisk.errors import Fault, InputError
from quotarisk.scenario.database import mask_address
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.tables import decode

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

    Of a folder all that end in ``.toml``, but for hidden ones. What is not there is told when
    it is read; a folder without any stands for itself, which is no file.
    """
    files: dict[str, str] = {}
    for place in places:
        folder = Path(place)
        inside = [str(file) for file in sorted(folder.glob(f"*{SUFFIX}")) if file.name[0] != "."]
        for file in inside if inside and folder.is_dir() else [os.fspath(place)]:
            files.setdefault(os.path.realpath(file), file)
    return tuple(files.values())


def readable(file: str) -> str:
    r"""How is a file's name written where only letters can be? Other bytes by their number.

    Examples
    --------
    >>> readable("t\udcffm.toml")
    't\\udcffm.toml'
    """
    return file.encode(errors="backslashreplace").decode()


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
    if not Path(file).is_file():  # a pipe would wait for somebody to write
        return {}
    try:
        return tomllib.loads(decode(Path(file).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}


def list_inputs(file: str) -> tuple[Input, ...]:
    """Which files and databases does a scenario name, with their hashes?"""
    folder, told = Path(file).parent, peek(file)
    found = [Input(source=readable(file), sha256=digest(Path(file)))]
    for key in TABLES:
        named = told.get(key)
        if isinstance(named, str):
            book = named.rpartition("#")[0] if ".xlsx#" in named.casefold() else named
            found.append(Input(source=book, sha256=digest(folder / book)))
        elif isinstance(named, dict) and isinstance(named.get("uri"), str):
            found.append(Input(source=mask_address(named["uri"]), sha256=None))
    return tuple(found)


def _read(file: str) -> Scenario | InputError:
    try:
        return load_scenario(file)
    except InputError as error:
        return error


def load_steady(file: str) -> tuple[Scenario, tuple[Input, ...]]:
    """Which scenario is it, and of which bytes? The hashes are of what was read, not of later.

    Raises
    ------
    InputError
        With all that is wrong in it; or if its files change as fast as they are read.
    """
    path = Path(file)
    if path.is_dir():
        raise InputError([Fault(file, "", f"the folder must hold a scenario, a file *{SUFFIX}")])
    if path.exists() and not path.is_file():  # a pipe can be read only once
        raise InputError([Fault(file, "", "the scenario file must be a regular file")])
    before = list_inputs(file)
    for table in before[1:]:
        named = path.parent / table.source
        if table.sha256 is None and not named.is_dir() and named.exists() and not named.is_file():
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
