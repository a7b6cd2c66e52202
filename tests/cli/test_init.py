from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result

import quotarisk as qr
from quotarisk.cli import init

Run = Callable[..., Result]


def test_default(folder: Path, call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without arguments a scenario.toml is written that begins next month and can be run."""

    class Today(date):
        @classmethod
        def today(cls) -> Today:
            return cls(2026, 12, 31)

    monkeypatch.setattr(init, "date", Today)
    told = call("init")
    scenario = qr.load_scenario(folder / "scenario.toml")

    expected = (
        "wrote scenario.toml\nPut in your own numbers, then:\n"
        "  quotarisk check scenario.toml\n  quotarisk run scenario.toml\n"
    )
    assert (0, expected) == (told.exit_code, told.stdout)
    assert ("Scenario", date(2027, 1, 1)) == (scenario.name, scenario.start)
    assert 0 == call("run", "scenario.toml", "--paths", "100").exit_code


@pytest.mark.parametrize(
    ("file", "options", "expected"),
    [
        ("emea_mid-market.toml", (), "Emea mid market"),
        ("-.toml", (), "-.toml"),
        ("a.toml", ("--name", "Équipe"), "Équipe"),
    ],
)
def test_name(folder: Path, call: Run, file: str, options: tuple[str, ...], expected: str) -> None:
    """A scenario is called as told, or after its file."""
    call("init", *options, "--", file)

    assert expected == qr.load_scenario(folder / file).name


def test_start(folder: Path, call: Run) -> None:
    """The first day is the one that is asked for."""
    call("init", "my team.toml", "--start", "2028-07-01")

    assert date(2028, 7, 1) == qr.load_scenario(folder / "my team.toml").start


def test_quoted(call: Run) -> None:
    """What to do next can be pasted into a shell."""
    assert "  quotarisk run 'my team.toml'\n" in call("init", "my team.toml").stdout


def test_there_already(folder: Path, call: Run) -> None:
    """A file that is there is kept, unless it may be replaced."""
    before = (folder / "team.toml").read_text()
    told = call("init", "team.toml")

    assert (2, "") == (told.exit_code, told.stdout)
    assert "error: team.toml is there already; --force replaces it\n" == told.stderr
    assert before == (folder / "team.toml").read_text()

    assert 0 == call("init", "team.toml", "--force").exit_code
    assert before != (folder / "team.toml").read_text()


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("a.toml", "--start", "soon"), 2, "'soon' does not match the format"),
        (("a.toml", "--name", " "), 2, "name must be text in one line"),
        (("missing/a.toml",), 1, "missing/a.toml cannot be written: no such file or directory"),
    ],
)
def test_failures(call: Run, words: tuple[str, ...], status: int, expected: str) -> None:
    """What cannot be done is told, and nothing is written."""
    told = call("init", *words)

    assert (status, "") == (told.exit_code, told.stdout)
    assert expected in told.stderr
    assert not Path(words[0]).exists()


def test_history(folder: Path, call: Run) -> None:
    """Made-up deals are written instead, and can be fitted as the next line says."""
    told = call("init", "--history", "deals.csv", "--start", "2027-01-01")

    expected = (
        "wrote deals.csv, made-up deals from 2025-01-01 to 2026-12-31; next:\n"
        "  quotarisk fit deals.csv --as-of 2026-12-31 -o fitted\n"
    )
    assert (0, expected) == (told.exit_code, told.stdout)
    assert not (folder / "scenario.toml").exists()
    assert 0 == call("fit", "deals.csv", "--as-of", "2026-12-31", "-o", "fitted").exit_code


def test_history_is_not_replaced(folder: Path, call: Run) -> None:
    """A file that is there stays, unless told otherwise."""
    (folder / "deals.csv").write_text("mine")

    assert 2 == call("init", "--history", "deals.csv").exit_code
    assert "mine" == (folder / "deals.csv").read_text()
