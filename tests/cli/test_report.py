from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import quotarisk as qr

Run = Callable[..., Result]
Terminals = Callable[..., None]


@pytest.fixture
def report(call: Run) -> Run:
    """Call ``quotarisk report team.toml`` on few paths."""
    return lambda *words: call("report", "team.toml", "--paths", "100", *words)


def test_page(folder: Path, report: Run) -> None:
    """The page is written whole, as the library writes it, and stderr says where."""
    told = report("-o", "r.html", "--seed", "5", "--workers", "1")
    simulation = qr.simulate(qr.load_scenario("team.toml"), paths=100, seed=5)
    qr.write_report(simulation, "again.html")

    assert (0, "", "wrote r.html\n") == (told.exit_code, told.stdout, told.stderr)
    assert (folder / "again.html").read_bytes() == (folder / "r.html").read_bytes()


def test_workbook(folder: Path, report: Run) -> None:
    """A workbook is a zip archive."""
    assert 0 == report("--out", "r.xlsx").exit_code
    assert (folder / "r.xlsx").read_bytes().startswith(b"PK")


def test_folder(folder: Path, report: Run) -> None:
    """A folder is made where it is not there yet, and every file is named."""
    told = report("-o", "a/b")

    assert 0 == told.exit_code
    assert [f"wrote {path}" for path in sorted(Path("a/b").iterdir())] == sorted(
        told.stderr.splitlines()
    )
    assert 24 == len(list((folder / "a" / "b").iterdir()))


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        ((), 2, "Missing option '-o' / '--out'"),
        (("-o", "r.pdf"), 2, "must end in .html or .xlsx, or be that of a folder, got 'r.pdf'"),
        (("-o", ""), 2, "the name of a file or folder must not be empty, got ''"),
        (("-o", "-"), 2, "must be that of a file or a folder, got '-'"),
        (("-o", ".html"), 2, "must be that of a file or a folder, got '.html'"),
        (("-o", f"{'r' * 300}.html"), 2, "must have at most 240 bytes"),
        (("-o", "missing/r.html"), 1, "there is no folder missing"),
        (("-o", "team.toml/"), 1, "team.toml is no folder"),
        (("-o", "team.toml/a"), 1, "team.toml is no folder"),
        (("-o", "locked/r.html"), 1, "its folder is read-only"),
        (("-o", "locked/"), 1, "locked is read-only"),
        (("-o", "r.html", "--paths", "1"), 2, "paths must be a whole number from 2"),
    ],
)
def test_refused_before_the_run(
    folder: Path,
    report: Run,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    status: int,
    expected: str,
) -> None:
    """What cannot be written is told before the simulation, and nothing is left behind."""
    (folder / "locked").mkdir()
    access = os.access
    monkeypatch.setattr("os.access", lambda p, mode: Path(p).name != "locked" and access(p, mode))
    told = report(*words)

    assert (status, "") == (told.exit_code, told.stdout)
    assert expected in told.stderr
    assert {"team.toml", "locked"} == {path.name for path in folder.iterdir()}


def test_bad_scenario(call: Run, folder: Path) -> None:
    """A scenario with faults is bad input, and there is no report."""
    (folder / "bad.toml").write_text("start = 2027-01-01\n")

    assert 2 == call("report", "bad.toml", "-o", "r.html").exit_code
    assert not (folder / "r.html").exists()


def test_the_scenario_is_not_replaced(call: Run, folder: Path) -> None:
    """A report never takes the place of what it is about."""
    (folder / "team.html").write_text((folder / "team.toml").read_text())
    told = call("report", "team.html", "-o", "team.html")

    assert 2 == told.exit_code
    assert "which is read" in told.stderr


def test_tables_are_not_replaced(call: Run, folder: Path) -> None:
    """Nor does it take the place of a table that the scenario reads, in a folder neither."""
    table = "rep,cadence,quota\nAna,month,20000\n"
    told = (folder / "team.toml").read_text()
    for name in ("attainment.csv", "report.csv"):
        (folder / name).write_text(table)
    (folder / "tabled.toml").write_text(f'quota_table = "attainment.csv"\n{told}')
    (folder / "other.toml").write_text(f'quota_table = "report.csv"\n{told}')
    into = call("report", "tabled.toml", "-o", ".", "--paths", "100")
    beside = call("report", "other.toml", "-o", "report.html", "--paths", "100")

    assert (2, table) == (into.exit_code, (folder / "attainment.csv").read_text())
    assert "--out would replace attainment.csv, which is read" in into.stderr
    assert 0 == beside.exit_code, beside.stderr


def test_progress(report: Run, terminals: Terminals) -> None:
    """On a terminal it still says what it wrote, and nothing else stays."""
    terminals("<stderr>")

    assert "wrote r.html" in report("-o", "r.html").stderr
