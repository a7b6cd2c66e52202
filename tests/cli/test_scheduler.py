"""``--scheduler``: commands whose work is done by a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from quotarisk.cli import run as run_module
from quotarisk.cli.main import COMMANDS
from tests.machines import Machines, open_machines

Run = Callable[..., Result]
SIMULATING = (
    "batch", "diff", "gaps", "goals", "mix", "quotas", "report", "run", "stress", "time",
)  # fmt: skip


@pytest.mark.parametrize("command", [name for name in SIMULATING if name in COMMANDS])
def test_every_command_that_simulates_takes_it(command: str, call: Run) -> None:
    """Wherever threads can be told, a cluster can."""
    told = call(command, "--help").stdout
    assert "--workers" in told
    assert "--scheduler ADDRESS" in told


@pytest.mark.parametrize(
    "words",
    [
        ("run", "team.toml", "--format", "json"),
        ("quotas", "team.toml", "--format", "json"),
        ("stress", "team.toml", "--format", "json", "--only", "low_win_rates", "--no-drivers"),
    ],
    ids=lambda words: words[0],
)
def test_the_same_answer(words: tuple[str, ...], call: Run, machines: Machines) -> None:
    """A cluster writes what threads write, to the letter."""
    words = (*words, "--paths", "200")
    alone = call(*words)
    apart = call(*words, "--scheduler", machines.address)
    assert (0, "") == (apart.exit_code, apart.stderr)
    assert alone.stdout == apart.stdout


def test_the_same_report(call: Run, folder: Path, machines: Machines) -> None:
    """Report for report, the bytes are the same."""
    for name, words in (("here", ()), ("there", ("--scheduler", machines.address))):
        told = call("report", "team.toml", "-o", f"{name}.html", "--paths", "100", *words)
        assert told.exit_code == 0, told.stderr
    assert (folder / "here.html").read_bytes() == (folder / "there.html").read_bytes()


def test_the_same_batch(call: Run, folder: Path, machines: Machines) -> None:
    """Scenarios are begun ahead, told in their order, and answer the same."""
    text = (folder / "team.toml").read_text()
    (folder / "team.toml").unlink()
    names = [f"Team {number}" for number in range(5)]
    for name in names:
        (folder / f"{name}.toml").write_text(text.replace("Starter", name))
    (folder / "Team 2.toml").write_text("name = 3")
    for out, words in (("here", ()), ("there", ("--scheduler", machines.address))):
        told = call("batch", ".", "--out", out, "--paths", "50", "--log-format", "json", *words)
        assert told.exit_code == 4, told.stderr
        lines = [json.loads(line) for line in told.stderr.splitlines()]
        begun = [(line["event"], Path(line["file"]).stem) for line in lines if "file" in line]
        ends = ["done", "done", "failed", "done", "done"]
        pairs = [(("begun", name), (end, name)) for name, end in zip(names, ends, strict=True)]
        assert [each for pair in pairs for each in pair] == begun
    for name in ("team-0", "team-4"):
        (here,) = (folder / "here" / name / "2027-01-01").glob("answer.json")
        there = folder / "there" / name / "2027-01-01" / "answer.json"
        assert here.read_bytes() == there.read_bytes()


def test_threads_and_a_cluster(run_team: Run) -> None:
    """Who says both is asked which."""
    told = run_team("--workers", "2", "--scheduler", "tcp://127.0.0.1:8786")
    assert 2 == told.exit_code
    assert "--workers are threads of this machine, not of --scheduler." in told.stderr


def test_no_address(run_team: Run) -> None:
    """What is no address is bad usage."""
    told = run_team("--scheduler", "cluster")
    assert 2 == told.exit_code
    assert "an address such as tcp://10.0.0.5:8786, got 'cluster'" in told.stderr


def test_bad_input_asks_no_cluster(call: Run, folder: Path) -> None:
    """Faults of a scenario are told whether or not a cluster is there."""
    (folder / "team.toml").write_text("name = 3")
    told = call("run", "team.toml", "--scheduler", "tcp://127.0.0.1:9")
    assert 2 == told.exit_code
    assert "team.toml" in told.stderr


def test_a_scheduler_is_lost(
    run_team: Run,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the middle of a run: one line that says so, status 1, and nothing is written."""
    with open_machines(tmp_path_factory.mktemp("lost"), workers=1) as machines:

        @contextmanager
        def watch(*_: object) -> Iterator[Callable[[int, int], None]]:
            yield lambda *_: machines.kill_scheduler()

        monkeypatch.setattr(run_module, "show_progress", watch)
        before = set(folder.iterdir())
        told = run_team("--out", "answer.json", "--scheduler", machines.address)
    assert 1 == told.exit_code
    assert before == set(folder.iterdir())
    (line,) = told.stderr.splitlines()
    assert line.startswith(f"error: the scheduler at {machines.address} was lost")
