"""What the README shows for cron and systemd works as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import quotarisk
from tests.batch.killing import TEAM

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with quotarisk in it, a scenario, and nobody below the line."""
    program = tmp_path / "quotarisk" / ".venv" / "bin" / "quotarisk"
    program.parent.mkdir(parents=True)
    (tmp_path / "quotarisk" / "scenarios").mkdir()
    sources = Path(quotarisk.__file__).parent.parent
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={sources} exec {sys.executable} -m quotarisk "$@" --paths 50\n'
    )
    program.chmod(0o755)
    team = TEAM.format(name="Team", start="2027-01-01", quota=1)
    (tmp_path / "quotarisk" / "scenarios" / "team.toml").write_text(team)
    return tmp_path


def test_crontab(home: Path) -> None:
    """The line is silent where all is well, and tells what is wrong where something is."""
    (line,) = re.findall(r"^```crontab\n(.*)\n```$", README, re.MULTILINE)
    schedule, command = re.match(r"((?:\S+ ){5})(.*)", line).groups()  # type: ignore[union-attr]
    ends = []
    for _ in range(2):
        told = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        ends.append((told.stderr, told.stdout.count("error: ")))
        (home / "quotarisk" / "scenarios" / "bad.toml").write_text("name = 1")

    assert "0 2 * * * " == schedule
    assert "%" not in command  # cron would make a line break of it
    assert [("", 0), ("", 3)] == ends
    assert (home / "reports" / "team" / "2027-01-01" / "report.html").is_file()


def test_systemd(home: Path) -> None:
    """The service runs, and systemd finds nothing wrong with it and its timer."""
    units = dict(re.findall(r"^```ini\n# (\S+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
    for name, text in units.items():
        (home / name).write_text(text.replace("%h", str(home)))
    (command,) = re.findall(r"^ExecStart=(.*)$", (home / "quotarisk.service").read_text(), re.M)

    assert {"quotarisk.service", "quotarisk.timer"} == set(units)
    subprocess.run(shlex.split(command), check=True, capture_output=True)
    assert (home / "reports" / "index.html").is_file()
    if analyze := shutil.which("systemd-analyze"):
        told = subprocess.run(
            [analyze, "verify", *(str(home / name) for name in units)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "" == "".join(line for line in told.stderr.splitlines() if "quotarisk" in line)
