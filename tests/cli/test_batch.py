from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from polars.exceptions import PanicException

from quotarisk.batch import nightly
from quotarisk.batch.lock import hold_lock
from quotarisk.cli.batch_log import say, write_json_line
from quotarisk.errors import RunError
from tests.batch.killing import write_page

Run = Callable[..., Result]
Terminals = Callable[..., None]


@pytest.fixture
def batch(call: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call ``quotarisk batch team.toml --out out`` on few paths; reports are quickly drawn."""
    monkeypatch.setattr(nightly, "write_report", write_page)
    return lambda *words: call(
        "batch", "team.toml", *words, "--out", "out", "--paths", "50", "--workers", "1"
    )


def test_lines(batch: Run) -> None:
    """A scenario is a line with its time on stderr; stdout is empty."""
    told = batch()

    assert (0, "") == (told.exit_code, told.stdout)
    assert told.stderr.startswith("20")
    assert "Z team.toml: done in " in told.stderr
    assert " team.toml: unchanged in " in batch().stderr


def test_failed(batch: Run, folder: Path) -> None:
    """Faults are told on stderr with status 4, and the others are done."""
    (folder / "bad.toml").write_text("name = 3")
    told = batch("bad.toml", "missing.toml")

    assert 4 == told.exit_code
    assert "team.toml: done in" in told.stderr
    assert "error: start must be given (bad.toml)\n" in told.stderr
    assert "error: the scenario file must be there, got no such file (missing.toml)" in told.stderr
    assert told.stderr.endswith("\n2 of 3 scenarios failed\n")


def test_risk_line(batch: Run, folder: Path) -> None:
    """Who crossed the line is named, the first twenty, with status 3; a fault wins over that."""
    words = ("--fail-under", "1", "--level", "rep", "--cadence", "month")
    told = batch(*words)

    assert 3 == told.exit_code
    assert "below 1: team.toml: rep Ana: P(hit) " in told.stderr
    team = (folder / "team.toml").read_text()
    more = "".join(f'[[reps]]\nname = "R{n}"\nquota = {{ month = 90_000 }}\n' for n in range(20))
    (folder / "team.toml").write_text(team + more)
    assert "below 1: team.toml: 2 more\n" in batch(*words).stderr
    (folder / "bad.toml").write_text("name = 3")
    assert 4 == batch("bad.toml", *words).exit_code


def test_json(batch: Run, folder: Path) -> None:
    """For collectors each line of stderr is an object, whatever happens."""
    (folder / "bad.toml").write_text("name = 3")
    told = [
        json.loads(line) for line in batch("bad.toml", "--log-format", "json").stderr.splitlines()
    ]

    assert ["begun", "done", "begun", "failed", "finished"] == [line["event"] for line in told]
    assert all(line["time"].startswith("20") for line in told)
    assert ("Starter", "out/starter/runs/1") == (told[1]["name"], told[1]["folder"])
    assert "start must be given (bad.toml)" in [fault["text"] for fault in told[3]["faults"]]
    assert (2, 1, 4) == tuple(told[4][key] for key in ("total", "failed", "exit_status"))


def test_locked(batch: Run, folder: Path) -> None:
    """A second run on the same folder is refused with status 1, and hears who is at work."""
    (folder / "out").mkdir()
    with hold_lock(Path("out")):
        plain, lines = batch(), batch("--log-format", "json")

    assert (1, 1) == (plain.exit_code, lines.exit_code)
    assert plain.stderr.startswith("error: out is locked: process ")
    told = json.loads(lines.stderr)
    assert ("refused", 1) == (told["event"], told["exit_status"])
    assert "is at work in it since 20" in told["text"]


def test_terminal(
    batch: Run, folder: Path, terminals: Terminals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal a bar tells how far the batch is, and is wiped away; the lines stay."""
    terminals("<stderr>")
    (folder / "bad.toml").write_text("name = 3")
    monkeypatch.setattr("quotarisk.cli.batch_log.REFRESHES", 1000)
    told = batch("bad.toml")

    assert 4 == told.exit_code
    assert "1/2 team.toml" in told.stderr
    assert "team.toml: done in" in told.stderr
    assert "error: start must be given (bad.toml)" in told.stderr


def test_debug(batch: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --debug the tracebacks of what failed are shown, and only then."""
    batch()
    (folder / "other.toml").write_text((folder / "team.toml").read_text().replace("Starter", "B"))
    monkeypatch.setattr("quotarisk.batch.nightly.simulate", lambda *_, **__: 1 / 0)

    assert "Traceback" not in batch("other.toml").stderr
    told = batch("other.toml", "--debug")
    assert "team.toml: unchanged" in told.stderr
    assert 1 == told.stderr.count("Traceback")
    assert "ZeroDivisionError" in told.stderr
    lines = batch("other.toml", "--debug", "--log-format", "json").stderr.splitlines()
    (told_json,) = [line for line in map(json.loads, lines) if line["event"] == "traceback"]
    assert ("other.toml", True) == (
        told_json["file"],
        told_json["text"].startswith("Traceback") and "ZeroDivisionError" in told_json["text"],
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--fail-under", "nan"), "nan is no share"),
        (("--level", "rep"), "--level says what --fail-under looks at, which is missing"),
        (("--cadence", "month"), "--cadence says what --fail-under looks at, which is missing"),
        (("--keep", "0"), "--keep"),
        (("--paths", "1"), "paths must be"),
        (("--out", ""), "Invalid value for '--out': the name of a file or folder must not be"),
        (("",), "Invalid value for 'SCENARIOS...': the name of a file or folder must not be empty"),
    ],
)
def test_usage(call: Run, folder: Path, words: tuple[str, ...], message: str) -> None:
    """What means nothing is a usage error before anything is written."""
    told = call("batch", "team.toml", "--out", "out", *words)

    assert 2 == told.exit_code
    assert message in told.stderr
    assert not (folder / "out").exists()


def test_a_log_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk under the log does not stop the night."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("click.echo", full)
    say("a line")
    write_json_line("begun", file="a.toml")


def test_one_of_one(batch: Run, folder: Path) -> None:
    """One scenario is no scenarios."""
    (folder / "team.toml").write_text("name = 3")

    assert batch().stderr.endswith("\n1 of 1 scenario failed\n")


@pytest.mark.parametrize("log", ["text", "terminal"])
def test_line_breaks_in_names(batch: Run, folder: Path, terminals: Terminals, log: str) -> None:
    """A scenario is a line, whatever its file is called; nothing steers the terminal."""
    if log == "terminal":
        terminals("<stderr>")
    odd = "a\nerror: b\r\x1b]0;c\x07\u2028.toml"
    (folder / odd).write_text((folder / "team.toml").read_text().replace("Starter", "Odd"))
    (folder / f"bad {odd}").write_text("name = 3")
    told = batch(odd, f"bad {odd}", "--fail-under", "1").stderr
    shown = r"a\nerror: b\r\x1b]0;c\x07\u2028.toml"

    assert f" {shown}: done in " in told
    assert f"error: start must be given (bad {shown})\n" in told
    assert f"below 1: {shown}: team Odd: " in told
    assert "\nerror: b" not in told
    assert not {"\x07", "\u2028"} & {*told}


@pytest.mark.parametrize("words", [(), ("--debug",)])
@pytest.mark.parametrize(
    ("error", "event", "status"),
    [
        (KeyboardInterrupt(), "interrupted", 130),
        (RunError("no"), "refused", 1),
        (ZeroDivisionError("x / 0"), "refused", 1),
        (PanicException("of Rust"), "refused", 1),
    ],
)
def test_end_for_collectors(
    batch: Run,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    event: str,
    status: int,
    words: tuple[str, ...],
) -> None:
    """Whatever ends a batch is an object too, with the status."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("quotarisk.cli.batch.run_batch", fail)
    told = batch("--log-format", "json", *words)
    lines = [json.loads(line) for line in told.stderr.splitlines()]

    assert (status, event, status) == (told.exit_code, lines[-1]["event"], lines[-1]["exit_status"])
    assert bool(words) == any(line["event"] == "traceback" for line in lines)
    assert ["interrupted" in line["text"] for line in lines[-1:]] == [event == "interrupted"]
    assert str(error) in lines[-1]["text"]
    if event != "interrupted" and not words:
        assert str(error) in batch().stderr


def test_exit_is_no_failure(batch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends the process ends it, for collectors too."""
    monkeypatch.setattr("quotarisk.cli.batch.run_batch", lambda *_, **__: sys.exit(7))

    assert (7, "") == (batch("--log-format", "json").exit_code, batch().stderr)


WAITING = """
import time
from quotarisk.batch import nightly
from quotarisk.cli.main import main

def simulate(*_, **__):
    print("ready", flush=True)
    time.sleep(60)

nightly.simulate = simulate
main(["batch", "team.toml", "--out", "out", "--log-format", "json"])
"""


def test_interrupted_process(folder: Path) -> None:
    """Ctrl-C ends a batch with status 130, an object for the collector, and nothing half done."""
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

    assert 130 == process.returncode
    assert ["begun", "interrupted"] == [json.loads(line)["event"] for line in told.splitlines()]
    assert [".lock"] == [path.name for path in (folder / "out").iterdir()]


def test_a_database(folder: Path, call: Run) -> None:
    """The answers of all that is done go into a database as well, and the log says so."""
    (folder / "bad.toml").write_text("name = 3")
    words = ("--out", "out", "--paths", "50", "--database", "sqlite://results.db")
    told = call("batch", "team.toml", "bad.toml", *words, "--log-format", "json")

    assert 4 == told.exit_code
    last = json.loads(told.stderr.splitlines()[-1])
    assert ("sqlite://results.db", 1) == (last["database"], last["stored"])
    assert (folder / "results.db").is_file()
    assert 0 == call("batch", "team.toml", *words).exit_code


@pytest.mark.parametrize(
    ("uri", "status", "expected"),
    [
        ("results.db", 2, "it must be an address such as postgresql://host/results"),
        ("sqlite://no/results.db", 1, "sqlite://no/results.db cannot be written: there is no"),
        ("mysql://ana:s3cret@h/crm", 2, "got mysql://***@h/crm"),
    ],
)
def test_no_database(batch: Run, folder: Path, uri: str, status: int, expected: str) -> None:
    """What is no database, or cannot be written, is told before the first scenario."""
    told = batch("--database", uri)

    assert status == told.exit_code
    assert expected in " ".join(told.stderr.split())
    assert "s3cret" not in told.stderr
    assert not (folder / "out").exists()
