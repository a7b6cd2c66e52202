from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
SECRET = "postgresql://ana:s3cret@h/crm"


def rows(sql: str) -> list[Any]:
    """Ask the file."""
    with closing(sqlite3.connect("results.db")) as connection:
        return connection.execute(sql).fetchall()


def test_a_run(run_team: Run, terminals: Callable[..., None]) -> None:
    """A run goes into a database, and a terminal is told under which id."""
    terminals("<stderr>")
    told = run_team("--out", "sqlite://results.db")

    assert (0, "") == (told.exit_code, told.stdout)
    ((run_id, options),) = rows("select run_id, options from quotarisk_runs")
    assert f"wrote run {run_id} into sqlite://results.db" in told.stderr
    assert "{}" == options
    assert [(run_id,)] == rows("select distinct run_id from quotarisk_attainment")


def test_options_make_another_run(call: Run) -> None:
    """What changes the answer makes another run; what only judges or hastens it does not."""
    out = ("team.toml", "--paths", "100", "-o", "sqlite://results.db")
    plain = ("quotas", *out)
    told = [
        call(*plain),
        call(*plain, "--workers", "1", "--confidence", "0.6"),
        call(*plain, "--confidence", "0.5"),
        call("stress", *out, "--no-drivers", "--only", "long_cycles"),
        call("stress", *out, "--no-drivers", "--only", "long_cycles", "--fail-under", "0"),
    ]

    assert [0] * 5 == [each.exit_code for each in told], told[-1].stderr
    found = rows("select command, options from quotarisk_runs order by 1, 2")
    assert ["quotas", "quotas", "stress"] == [command for command, _ in found]
    assert [0.5, 0.6, None] == [json.loads(options).get("confidence") for _, options in found]
    assert {"only": ["long_cycles"], "builtin": True} == json.loads(found[2][1])


def test_a_change_is_of_two_scenarios(call: Run, folder: Path) -> None:
    """What changed is another run where the scenario before is another."""
    for rate in ("0.2", "0.4"):
        text = (folder / "team.toml").read_text().replace("win_rate = 0.3", f"win_rate = {rate}")
        (folder / "old.toml").write_text(text)
        told = call("diff", "old.toml", "team.toml", "--paths", "50", "-o", "sqlite://results.db")
        assert (0, "", "") == (told.exit_code, told.stdout, told.stderr)

    assert [(2,)] == rows("select count(distinct run_id) from quotarisk_diff_team")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ("run", "--format", "csv"),
            "--format is for files and stdout: postgresql://***@h/crm gets",
        ),
        (("run", "--answer", "risk"), "--answer is for files and stdout"),
        (("run", "--all"), "--all is for files and stdout"),
        (("run", "--width", "80"), "--width is for files and stdout"),
        (("quotas", "--format", "json"), "--format is for files and stdout"),
        (("quotas", "--table", "split"), "--table is for files and stdout"),
        (("quotas", "--all"), "--all is for files and stdout"),
    ],
)
def test_options_that_mean_nothing(call: Run, words: tuple[str, ...], expected: str) -> None:
    """A database gets all tables, so that no form and no table can be chosen."""
    told = call(words[0], "team.toml", "--out", SECRET, *words[1:])

    assert 2 == told.exit_code
    assert expected in " ".join(told.stderr.split())
    assert "s3cret" not in told.output


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("report", "team.toml", "--out", SECRET), "postgresql://***@h/crm"),
        (("batch", "team.toml", "--out", SECRET), "postgresql://***@h/crm"),
        (("fit", "d.csv", "--as-of", "2026-01-01", "-o", SECRET), "postgresql://***@h/crm"),
        (("report", "team.toml", "-o", "s3://ana:s3cret@b/c"), "s3://***@b/c"),
    ],
)
def test_places_on_disk(call: Run, folder: Path, words: tuple[str, ...], shown: str) -> None:
    """What is written as files is not written into a folder that bears a password's name."""
    told = call(*words)

    assert 2 == told.exit_code
    assert f"it must be a file or folder here, got {shown}" in " ".join(told.stderr.split())
    assert "s3cret" not in told.output
    assert ["team.toml"] == [path.name for path in folder.iterdir()]


def test_before_the_run(call: Run) -> None:
    """A database that cannot be written is told before anything is simulated."""
    told = call("quotas", "nowhere.toml", "--out", "sqlite://no/results.db")

    assert 1 == told.exit_code
    expected = "error: sqlite://no/results.db cannot be written: there is no folder no\n"
    assert expected == told.stderr
