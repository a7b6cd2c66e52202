from __future__ import annotations

import importlib.metadata
import io
import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result
from polars.exceptions import PanicException

from quotarisk.cli.main import COMMANDS, main
from quotarisk.errors import ArgumentError, Fault, InputError, QuotariskError, RunError

Run = Callable[..., Result]
HEAVY = ("numba", "numpy", "polars", "pydantic", "rich", "scipy")
LOADED = f"import sys, json; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"


def python(code: str, *, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_light(option: str) -> None:
    """Help and version load nothing heavy, and neither does importing the package."""
    code = (
        "import sys, quotarisk\n"
        "from quotarisk.cli.main import main\n"
        f"try: main([{option!r}])\n"
        "except SystemExit: pass\n"
        f"{LOADED}"
    )

    assert [] == json.loads(python(code).stdout.splitlines()[-1])


def test_help(call: Run) -> None:
    """Help names every command with its line, the statuses and the options."""
    told = call("--help")

    assert 0 == told.exit_code
    for name, line in COMMANDS.items():
        assert f"{name}  " in told.stdout
        assert line in told.stdout
    assert "3 a risk line was crossed" in " ".join(told.stdout.split())


def test_no_arguments(call: Run) -> None:
    """Without arguments the help is shown, with the status of a call that asks for nothing."""
    told = call()

    assert 2 == told.exit_code
    assert "Commands:" in told.output


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_commands(call: Run, name: str) -> None:
    """Each command begins its help with its line, has words for all options and an example."""
    told = call(name, "--help")
    command = main.resolve_command(click.Context(main), [name])[1]

    assert 0 == told.exit_code
    assert COMMANDS[name] in " ".join(told.stdout.split())
    assert f"Example: quotarisk {name} " in told.stdout
    assert command is not None
    assert [] == [p.name for p in command.params if isinstance(p, click.Option) and not p.help]


def test_version(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version is that of the installed package."""
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "1.2.3")

    assert "quotarisk 1.2.3\n" == call("--version").stdout


def test_version_of_a_source_tree(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source tree has no version, and says so."""

    def fail(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", fail)

    assert "quotarisk, a source tree that is not installed\n" == call("--version").stdout


def test_unknown_command(call: Run) -> None:
    """A command that is not there is a usage error with a suggestion."""
    told = call("rn")

    assert 2 == told.exit_code
    assert "run" in told.stderr


def test_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m quotarisk`` is the same command; importing its module does nothing."""
    monkeypatch.setattr(sys, "argv", ["quotarisk", "--help"])
    runpy.run_module("quotarisk.__main__", run_name="quotarisk.__main__")

    assert "" == capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("quotarisk", run_name="__main__")
    assert 0 == ended.value.code
    assert capsys.readouterr().out.startswith("Usage: python -m quotarisk [OPTIONS] COMMAND")


FAULTS = (
    Fault("team.toml", "start", "start must be given"),
    Fault("deals.csv", "row 2, column rep", "rep must be one of the reps", "'An'"),
)


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        (
            InputError(FAULTS),
            2,
            "error: start must be given (team.toml: start)\n"
            "error: rep must be one of the reps, got 'An' (deals.csv: row 2, column rep)\n"
            "2 faults in team.toml, deals.csv\n",
        ),
        (
            InputError([Fault("", "", "it must be")]),
            2,
            "error: it must be\n1 fault\n",
        ),
        (ArgumentError("paths must be"), 2, "error: paths must be\n"),
        (RunError("the disk is full"), 1, "error: the disk is full\n"),
        (QuotariskError("no"), 1, "error: no\n"),
        (
            ZeroDivisionError("division by zero"),
            1,
            "quotarisk failed: ZeroDivisionError: division by zero; "
            "run again with --debug for the traceback\n",
        ),
        (
            MemoryError(),
            1,
            "error: there is not enough memory for so many --paths\n",
        ),
        (
            PanicException("of\nRust"),
            1,
            "quotarisk failed: PanicException: of\\nRust; "
            "run again with --debug for the traceback\n",
        ),
        (
            InputError([Fault("a\nb.toml", "start", "start must be given")]),
            2,
            "error: start must be given (a\\nb.toml: start)\n1 fault in a\\nb.toml\n",
        ),
        (SystemExit(5), 5, ""),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_failures(
    run_team: Run,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: int,
    expected: str,
) -> None:
    """Each failure has its exit status and its words on stderr, and never a traceback."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("quotarisk.cli.precision.simulate", fail)
    told = run_team()

    assert (status, expected, "") == (told.exit_code, told.stderr, told.stdout)


def test_closed_pipe_before_a_command(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closes the pipe on --help is told nothing, and the status is that of commands."""

    def fail(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.Command.make_context", fail)
    told = call("--help")

    assert (141, "", "") == (told.exit_code, told.stderr, told.stdout)


@pytest.mark.parametrize("words", [["--debug", "check", "no"], ["check", "no", "--debug"]])
def test_debug(call: Run, words: list[str]) -> None:
    """With --debug, before the command or after it, a traceback comes before the message."""
    told = call(*words)

    assert 2 == told.exit_code
    assert told.stderr.startswith("Traceback (most recent call last):\n")
    assert told.stderr.endswith("1 fault in no\n")


def test_debug_of_what_nobody_expected(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --debug, a bug shows its traceback and gives no advice."""
    monkeypatch.setattr("quotarisk.cli.check.load_scenario", lambda _: 1 / 0)
    told = call("--debug", "check", "team.toml")

    assert 1 == told.exit_code
    assert told.stderr.startswith("Traceback")
    assert told.stderr.endswith("\nquotarisk failed: ZeroDivisionError: division by zero\n")


def test_narrow_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stdout that cannot show a dash shows a question mark."""
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stdout)

    assert main.callback is not None
    main.callback()
    stdout.write("–")  # noqa: RUF001
    stdout.flush()

    assert b"?" == stdout.buffer.getvalue()


def test_stdout_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stdout that has no encoding is left as it is."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    assert main.callback is not None
    main.callback()

    assert isinstance(sys.stdout, io.StringIO)


WAITING = """
import time
from quotarisk.cli import precision
from quotarisk.cli.main import main

def simulate(*_, **__):
    print("ready", flush=True)
    time.sleep(60)

precision.simulate = simulate
main(["run", "team.toml", "--out", "answer.csv"])
"""


def test_interrupted_process(folder: Path) -> None:
    """Ctrl-C ends a process with status 130 and a word, and leaves no file behind."""
    with subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()

    assert (130, "interrupted\n") == (process.returncode, told)
    assert ["team.toml"] == [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("words", [("check", "team.toml"), ("--help",), ("--version",)])
def test_closed_pipe(folder: Path, words: tuple[str, ...]) -> None:
    """Whoever reads no further, as ``head`` does, hears no complaint."""
    read, write = os.pipe()
    os.close(read)
    told = subprocess.run(
        [sys.executable, "-m", "quotarisk", *words],
        cwd=folder,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert (141, "") == (told.returncode, told.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ("run", ""),
        ("run", "team.toml", "--out", ""),
        ("report", "", "-o", "r.html"),
        ("report", "team.toml", "-o", ""),
        ("check", ""),
        ("init", ""),
        ("init", "--history", ""),
        ("fit", "deals.csv", "--as-of", "2026-11-30", "-o", ""),
        ("fit", "", "--as-of", "2026-11-30", "-o", "fitted"),
        ("fit", "deals.csv", "--as-of", "2026-11-30", "-o", "fitted", "--quotas", ""),
        ("backtest", "deals.csv", "--out", ""),
        ("backtest", "deals.csv", "--out-chances", ""),
        ("backtest", "deals.csv", "--columns", ""),
    ],
)
def test_empty_names(call: Run, folder: Path, words: tuple[str, ...]) -> None:
    """An empty name is a mistake of a script, not the folder that it is in."""
    told = call(*words)

    assert (2, "") == (told.exit_code, told.stdout)
    assert "the name of a file or folder must not be empty, got ''" in told.stderr
    assert ["team.toml"] == [path.name for path in folder.iterdir()]
