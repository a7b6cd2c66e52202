from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import click
import polars as pl
import pytest
from click.testing import CliRunner, Result

from quotarisk.cli.replying import (
    ReplyDelivery,
    check_delivery,
    deliver_reply,
    reply_options,
)
from quotarisk.errors import RunError
from tests.reporting.replies import reply, stress_frame, stress_table

Run = Callable[..., Result]
Terminals = Callable[..., None]
ESCAPE = "\x1b"


@click.command()
@click.option("--rows", default=3)
@reply_options
@click.option("--last", is_flag=True)
def command(rows: int, last: bool, delivery: ReplyDelivery) -> None:
    """Reply."""
    assert not last
    check_delivery(delivery, sources=[Path("team.toml")])
    deliver_reply(reply(stress_table(rows), *reply().tables[1:]), delivery)


@pytest.fixture
def told(folder: Path) -> Run:
    """Call the command in a folder of its own."""
    assert folder.is_dir()
    return lambda *words: CliRunner().invoke(command, words, color=True)


def test_help(told: Run) -> None:
    """The options stand in the help, beside the command's own, in the order of importance."""
    lines = told("--help").stdout

    places = [lines.index(f"--{each}") for each in ("rows", "format", "out", "table", "all", "las")]
    assert sorted(places) == places


def test_tables(told: Run) -> None:
    """Without options the answer is tables on stdout, in full and without colour."""
    answer = told("--rows", "100")

    assert (0, "") == (answer.exit_code, answer.stderr)
    assert answer.stdout.startswith("Starter & <b>Co</b>\nThe team makes its plan in ")
    assert (True, False) == (" R99 " in answer.stdout, ESCAPE in answer.stdout)


def test_width(told: Run) -> None:
    """Lines are as wide as is told."""
    longest = [max(map(len, told("--width", width).stdout.splitlines())) for width in ("40", "120")]

    assert longest[0] <= 40 < longest[1]


def test_terminal(told: Run, terminals: Terminals) -> None:
    """On a terminal there is colour, and long tables are cut unless all of them is asked for."""
    terminals("<stdout>")

    assert ESCAPE in told().stdout
    assert "88 more: --all" in told("--rows", "100").stdout
    assert "more: --all" not in told("--rows", "100", "--all").stdout


def test_json(told: Run) -> None:
    """JSON holds all tables."""
    assert {"stress", "by_rep"} <= set(json.loads(told("--format", "json").stdout))


def test_one_table(told: Run) -> None:
    """CSV and Parquet hold the first table, or the one that is asked for."""
    assert stress_frame().write_csv() == told("--format", "csv").stdout
    assert told("--format", "csv", "--table", "by_rep").stdout.startswith("name,quota\n'=1+1,")
    parquet = told("--format", "parquet", "--table", "by_rep").stdout_bytes
    assert ["name", "quota"] == pl.read_parquet(BytesIO(parquet)).columns


@pytest.mark.parametrize(
    ("name", "words", "start"),
    [
        ("a.csv", (), b"stress,"),
        ("a.csv", ("--table", "by_rep"), b"name,"),
        ("a.json", (), b"{\n"),
        ("a.parquet", (), b"PAR1"),
        ("a.html", (), b"<!doctype html>"),
        ("a.XLSX", (), b"PK"),
        ("a.txt", (), b"Starter"),
        ("a", ("--format", "html"), b"<!doctype html>"),
        ("a.data", ("--format", "json"), b"{\n"),
        ("a.txt", ("--format", "csv"), b"stress,"),
    ],
)
def test_out(folder: Path, told: Run, name: str, words: tuple[str, ...], start: bytes) -> None:
    """A file's ending says its format where --format does not; then stdout is empty."""
    answer = told("--out", name, *words)

    assert (0, "") == (answer.exit_code, answer.output)
    assert (folder / name).read_bytes().startswith(start)


def test_out_is_stdout(folder: Path, told: Run) -> None:
    """A dash as the file is stdout."""
    assert told("--out", "-").stdout.startswith("Starter")
    assert ["team.toml"] == [path.name for path in folder.iterdir()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--format", "xml"), "'xml' is not one of"),
        (("--format", "html"), "html is not for stdout: name a file with --out"),
        (("--format", "xlsx", "--out", "-"), "xlsx is not for stdout: name a file with --out"),
        (("--table", "stress"), "--table is for csv and parquet: table holds all tables"),
        (("--table", "stress", "--out", "a.html"), "html holds all tables"),
        (
            ("--table", "strss", "--format", "csv"),
            "got 'strss'; did you mean 'stress'? allowed: stress, by_rep",
        ),
        (("--table", "xyz", "--format", "csv"), "got 'xyz'; allowed: stress, by_rep"),
        (
            ("--out", "a.html", "--format", "json"),
            "contradict each other, got json and a.html: end the name in .json, or leave --format",
        ),
        (("--out", "a.csv", "--format", "table"), "end the name in .txt, or leave --format out"),
        (("--out", "a.pdf"), "end it in .csv, .json, .parquet, .html, .xlsx or .txt"),
        (("--out", "team.toml", "--format", "csv"), "--out would replace team.toml"),
        (("--width", "3"), "3 is not in the range"),
    ],
)
def test_usage(told: Run, words: tuple[str, ...], expected: str) -> None:
    """A call that makes no sense ends with status 2 and says why."""
    answer = told(*words)

    assert (2, "") == (answer.exit_code, answer.stdout)
    assert expected in " ".join(answer.stderr.split())


def test_parquet_on_a_terminal(told: Run, terminals: Terminals) -> None:
    """Parquet is not written onto a terminal."""
    terminals("<stdout>")

    assert "name a file with --out" in told("--format", "parquet").stderr


@pytest.mark.parametrize(
    ("words", "work"),
    [
        (("quotas", "team.toml"), "quotas.solve_quotas"),
        (("stress", "team.toml"), "stress.stress_test"),
        (("diff", "team.toml", "new.toml"), "diff.explain_change"),
    ],
)
def test_told_before_the_run(
    call: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], work: str
) -> None:
    """What cannot be written is bad input of every command that replies, told before it works."""
    new = (folder / "team.toml").read_text().replace("20_000", "21_000")
    (folder / "new.toml").write_text(new)
    told = json.loads(call(*words, "--paths", "50", "--format", "json").stdout)
    keys = [key for key, value in told.items() if isinstance(value, list)]
    monkeypatch.setattr(f"quotarisk.cli.{work}", None)
    wrong = (
        ("--format", "csv", "--table", "nothing"),
        ("--out", "."),
        ("--out", "a.pdf"),
        ("--out", "a.csv", "--format", "json"),
    )
    for each in wrong:
        assert 2 == call(*words, *each).exit_code, each
    said = call(*words, *wrong[0]).stderr
    assert said.strip().endswith(
        f"allowed: {', '.join(key for key in keys if key not in ('sentences', 'cautions'))}"
    )


def test_drivers_that_are_left_out(call: Run) -> None:
    """Their tables cannot be asked for then."""
    words = ("stress", "team.toml", "--format", "csv", "--table", "drivers")
    assert 2 == call(*words, "--no-drivers").exit_code


def test_out_cannot_be_written(told: Run) -> None:
    """A folder that is not there is a failure before anything is asked."""
    assert isinstance(told("--out", "missing/a.csv").exception, RunError)
