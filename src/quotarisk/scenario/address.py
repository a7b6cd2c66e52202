"""The address of a database: what it stands for, and how it may be shown."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote

from quotarisk.scenario.workbook import UnreadableFileError

# a second letter, since C:/ is a drive; also what only looks like an address but may hold secrets
ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]+:(/|[A-Za-z][A-Za-z0-9+.-]+:|[^\\/]*@)")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SQLITE = "sqlite://"
HARMLESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]*)(:\d+)?(/[\w.~%/-]*)?", re.ASCII)
MASK = "***"
MOST_LETTERS = 300
KNOWN_TO_DRIVERS = ("PGUSER", "PGPASSWORD")  # variables that they read of themselves
LONG_SECRET = 4  # shorter ones are masked as words of their own only


def is_address(text: str) -> bool:
    """Is this the address of a database, not the name of a file?

    Examples
    --------
    >>> is_address("postgresql://host/crm"), is_address("${CRM}"), is_address("C:/deals.csv")
    (True, True, False)
    """
    return ADDRESS.match(text) is not None or VARIABLE.fullmatch(text.strip()) is not None


def is_sqlite(uri: str) -> bool:
    """Is it a SQLite file?"""
    return uri[: len(SQLITE)].casefold() == SQLITE


def sqlite_file(uri: str, folder: Path) -> Path:
    """Which file is a SQLite database? Two slashes begin in the folder, a third at the top.

    Examples
    --------
    >>> sqlite_file("sqlite://my%20crm.db", Path("a")).as_posix()
    'a/my crm.db'
    """
    return folder / unquote(uri[len(SQLITE) :])


def _parts(uri: str) -> tuple[str, str]:
    """Split an address into its scheme and what follows the slashes."""
    scheme, _, rest = uri.partition(":")
    return scheme, rest.removeprefix("/").removeprefix("/")


def fill_in(uri: str) -> str:
    r"""Which address is meant, with values of the environment in the place of ``${NAME}``?

    A user name or a password is put in as it is, signs like ``@`` and ``/`` too. A variable that
    stands alone holds the whole address.

    Parameters
    ----------
    uri
        As it was written: ``postgresql://${CRM_USER}:${CRM_PASSWORD}@host/crm``, ``${CRM}``.

    Raises
    ------
    UnreadableFileError
        If a variable is not set.
    """
    absent = [name for name in VARIABLE.findall(uri) if name not in os.environ]
    if absent:
        raise UnreadableFileError(
            "must have an address whose variables are set",
            got=f"no {', '.join(dict.fromkeys(absent))} in the environment",
        )
    start = uri.find("://") + len("://") if "://" in uri else 0
    users = start + re.split(r"[/?#]", uri[start:], maxsplit=1)[0].rfind("@")

    def value(found: re.Match[str]) -> str:
        told = os.environ[found[1]]
        if is_sqlite(uri):  # its name is unquoted before it is opened
            return quote(told)
        return quote(told, safe="") if start <= found.start() < users else told

    return VARIABLE.sub(value, uri)


def mask_address(uri: str) -> str:
    """How may an address be shown: without user name, password and options?

    Only what is surely none of these is left: a host, a port, the name of a database, and names
    of variables.

    Examples
    --------
    >>> mask_address("postgresql://ana:s3cret@db.example.com:5432/crm?sslmode=require")
    'postgresql://***@db.example.com:5432/crm'
    """
    if is_sqlite(uri) or not ADDRESS.match(uri):
        return uri
    scheme, rest = _parts(uri)
    if not re.match(r"\s*[^:]+:/", uri):  # what looks like a scheme may be a user's name
        return MASK
    users, at, host = rest.rpartition("@")
    shown = re.split(r"[?#;]", host, maxsplit=1)[0]
    if re.search(r"[?#;]", users) or not HARMLESS.fullmatch(VARIABLE.sub("1", shown)):
        return f"{scheme}://{MASK}"
    return f"{scheme}://{MASK + at if at else ''}{shown}"


def _secrets(uri: str) -> list[str]:
    """Name what must not be shown of an address, the longest first."""
    rest = _parts(uri)[1]
    if mask_address(uri).endswith(MASK):  # which part of it is what cannot be told
        hidden = [rest, *re.split(r"[:@/?#;&=]", rest)]
    else:
        users, _, host = rest.rpartition("@")
        options = re.split(r"[?#;&]", host)[1:]
        # drivers split it where they like: each piece of it is hidden too
        hidden = [users, *users.split(":", 1), *re.split(r"[:@/]", users), *options]
        hidden += [option.partition("=")[2] for option in options]
    hidden += [os.environ.get(name, "") for name in KNOWN_TO_DRIVERS]
    secrets = {secret for word in hidden for secret in (word, unquote(word))}
    return sorted(secrets - {""}, key=len, reverse=True)


def on_one_line(text: str) -> str:
    """How is what a driver said told in a fault: on one line, and not for ever?"""
    text = " ".join(text.split())
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def without_secrets(text: str, uri: str) -> str:
    """What did a driver say, on one line and without what must not be shown of an address?

    Parameters
    ----------
    text
        What it said.
    uri
        The address, filled in.

    Examples
    --------
    >>> without_secrets('no user "ana"', "postgresql://ana:s3cret@host/crm")
    'no user "***"'
    """
    text = text.replace(uri, mask_address(uri))
    for secret in () if is_sqlite(uri) else _secrets(uri):
        pattern = re.escape(secret)
        text = re.sub(
            pattern if len(secret) >= LONG_SECRET else rf"(?<!\w){pattern}(?!\w)", MASK, text
        )
    return on_one_line(text)
