from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from click.testing import Result
from rich.progress import Progress

from quotarisk.cli import progress

Run = Callable[..., Result]
Terminals = Callable[..., None]


def test_no_terminal(run_team: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stderr is no terminal, there is never a bar."""
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)

    assert "" == run_team().stderr


def test_short_run(run_team: Run, terminals: Terminals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is done before anybody wonders shows no bar."""
    terminals("<stderr>")
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 3600.0)

    assert "" == run_team().stderr


def test_long_run(run_team: Run, terminals: Terminals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that takes its time shows on stderr how many reps are done, and wipes it away."""
    terminals("<stderr>")
    started = Event()
    start = Progress.start

    def start_and_tell(bar: Progress) -> None:
        start(bar)
        started.set()

    def wait(*_: object, **told: object) -> None:
        assert started.wait(60)
        told["progress"](1, 2)  # type: ignore[operator]
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(Progress, "start", start_and_tell)
    monkeypatch.setattr("quotarisk.cli.precision.simulate", wait)
    told = run_team()

    assert (130, "") == (told.exit_code, told.stdout)
    assert "simulating" in told.stderr
    assert "1/2" in told.stderr
    assert told.stderr.endswith("\x1b[2Kinterrupted\n")
