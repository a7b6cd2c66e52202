"""A PostgreSQL of the tests' own: on a free port of this machine, in a folder that goes away."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

USER, PASSWORD = "ana_reader", "s3cret/w@rd:%"
SERVICE_USER = "postgres"  # of Debian's package


@dataclass(frozen=True)
class Server:
    """A server that runs, and whom it lets in.

    Parameters
    ----------
    port
        On 127.0.0.1.
    """

    port: int

    @property
    def place(self) -> str:
        """Host, port and database: what may be shown."""
        return f"127.0.0.1:{self.port}/postgres"

    @property
    def uri(self) -> str:
        """The address, with user and password."""
        return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@{self.place}"

    @property
    def shown(self) -> str:
        """The address as it may be shown."""
        return f"postgresql://***@{self.place}"


def _programs() -> Path | None:
    """Find the folder of PostgreSQL's programs, the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    program = found[-1] if found else None if named is None else Path(named).resolve()
    return None if program is None else program.parent


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def run_server() -> Iterator[Server]:
    """Start a server, and stop it; skip the test where there is none on this machine."""
    programs = _programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL on this machine")
    before: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="quotarisk-postgresql-"))
    try:
        if os.geteuid() == 0:  # it refuses to run as root
            try:
                pwd.getpwnam(SERVICE_USER)
            except KeyError:
                pytest.skip(f"PostgreSQL needs the user {SERVICE_USER} where root runs the tests")
            before = ["runuser", "-u", SERVICE_USER, "--"]
            shutil.chown(folder, SERVICE_USER)
        data, secret, port = folder / "data", folder / "password", _free_port()
        secret.write_text(f"{PASSWORD}\n")

        def call(program: str, *words: str) -> None:
            # its log would hold the pipes of this process open
            with (folder / "output").open("wb") as output:
                command = [*before, str(programs / program), "-D", str(data), *words]
                done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False)
            assert 0 == done.returncode, (folder / "output").read_text()

        who = ("-A", "scram-sha-256", "-U", USER, f"--pwfile={secret}")
        call("initdb", "-N", "-E", "UTF8", "--locale=C", *who)
        options = f"-h 127.0.0.1 -p {port} -c unix_socket_directories='' -c fsync=off"
        call("pg_ctl", "-w", "-l", str(data / "log"), "-o", options, "start")
        try:
            yield Server(port)
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
