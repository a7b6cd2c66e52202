from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quotarisk.cli.main import main

TEAM = """
name = "Starter"
start = 2027-01-01

[segments.small]
opps_per_week = 2.0
win_rate = 0.3
deal_size = { median = 8_000, p90 = 17_000 }
won_cycle_days = { median = 30, p90 = 70 }

[[reps]]
name = "Ana"
group = "East"
quota = { month = 20_000 }

[[reps]]
name = "Ben"
group = "West"
quota = { month = 60_000 }
"""

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a scenario in ``team.toml`` and a terminal of no special width."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / "team.toml").write_text(TEAM)
    return tmp_path


@pytest.fixture
def call(folder: Path) -> Run:
    """Call the command line with a word for each argument, in the folder."""
    assert folder.is_dir()

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, words, prog_name="quotarisk", color=True)

    return run


@pytest.fixture
def run_team(call: Run) -> Run:
    """Call ``quotarisk run team.toml`` on few paths."""
    return lambda *words: call("run", "team.toml", "--paths", "200", *words)


@pytest.fixture
def terminals(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let streams pass for terminals: ``terminals("<stdout>")``."""

    def declare(*names: str) -> None:
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr(
            "click.testing._NamedTextIOWrapper.isatty",
            lambda stream: stream.name in names,
            raising=False,
        )

    return declare
