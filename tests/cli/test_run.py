from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result
from polars.testing import assert_frame_equal

import quotarisk as qr

Run = Callable[..., Result]
Terminals = Callable[..., None]
ESCAPE = "\x1b"


@pytest.fixture
def attainment(folder: Path) -> pl.DataFrame:
    """The answer as the library gives it."""
    scenario = qr.load_scenario(folder / "team.toml")
    return qr.estimate_attainment(qr.simulate(scenario, paths=200, seed=0)).frame


def test_table(run_team: Run) -> None:
    """The answer is a table on stdout, with nothing on stderr."""
    told = run_team()

    assert (0, "") == (told.exit_code, told.stderr)
    assert told.stdout.startswith("Starter\nThe team makes its 2027 plan of 960k USD in ")
    assert ESCAPE not in told.stdout


def test_width(run_team: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stdout is no terminal a line has 100 characters, COLUMNS, or as many as told."""
    longest = []
    for columns, words in ((None, ()), ("70", ()), ("70", ("--width", "120"))):
        if columns is not None:
            monkeypatch.setenv("COLUMNS", columns)
        longest.append(max(map(len, run_team(*words).stdout.splitlines())))

    assert 70 < longest[0] <= 100
    assert 60 < longest[1] <= 70
    assert 100 < longest[2] <= 120


def test_terminal(run_team: Run, terminals: Terminals) -> None:
    """On a terminal there is colour."""
    terminals("<stdout>")

    assert ESCAPE in run_team().stdout


def test_long_table(folder: Path, call: Run, terminals: Terminals) -> None:
    """On a terminal a long table is cut, unless all of it is asked for."""
    team = (folder / "team.toml").read_text()
    more = "".join(f'[[reps]]\nname = "R{n}"\nquota = {{ month = 9_000 }}\n' for n in range(12))
    (folder / "long.toml").write_text(team + more)
    words = ("run", "long.toml", "--paths", "100")

    assert "4 more: --all" not in call(*words).stdout
    terminals("<stdout>")
    assert "4 more: --all" in call(*words).stdout
    assert "4 more: --all" not in call(*words, "--all").stdout


def test_json(run_team: Run) -> None:
    """JSON holds all answers."""
    told = json.loads(run_team("--format", "json").stdout)

    assert (5 * 17, 2) == (len(told["attainment"]), len(told["cadence"]))


def test_csv(run_team: Run, attainment: pl.DataFrame) -> None:
    """CSV holds the attainment as the library gives it, or the cadence where that is asked for."""
    told = run_team("--format", "csv").stdout_bytes
    cadence = run_team("--format", "csv", "--answer", "cadence").stdout

    assert attainment.write_csv().encode() == told
    assert cadence.startswith("name,p_hit_month,")


@pytest.mark.parametrize("answer", ["risk", "bands", "variance", "contributors", "concentration"])
def test_other_answers(run_team: Run, answer: str) -> None:
    """CSV and JSON hold the team's risk too, row by row the same."""
    written = run_team("--format", "csv", "--answer", answer).stdout
    rows = json.loads(run_team("--format", "json").stdout)[answer]

    assert list(rows[0]) == written.splitlines()[0].split(",")
    assert len(rows) == len(written.splitlines()) - 1


def test_parquet(run_team: Run, attainment: pl.DataFrame) -> None:
    """Parquet goes through a pipe."""
    told = run_team("--format", "parquet").stdout_bytes

    assert_frame_equal(attainment, pl.read_parquet(BytesIO(told)))


def test_options_reach_the_simulation(run_team: Run) -> None:
    """Paths and seed are those that are asked for; the number of workers changes nothing."""
    told = run_team("--seed", "5", "--workers", "1", "--format", "json")
    source = json.loads(told.stdout)["provenance"]

    assert (200, 5) == (source["paths"], source["seed"])
    assert told.stdout == run_team("--seed", "5", "--workers", "3", "--format", "json").stdout


@pytest.mark.parametrize(
    ("name", "words", "start"),
    [
        ("a.csv", (), b"level,"),
        ("a.JSON", (), b"{\n"),
        ("a.parquet", (), b"PAR1"),
        ("a.txt", (), b"Starter\n"),
        ("a.data", ("--format", "json"), b"{\n"),
    ],
)
def test_out(folder: Path, run_team: Run, name: str, words: tuple[str, ...], start: bytes) -> None:
    """A file's ending says its format where --format does not; then stdout is empty."""
    told = run_team("--out", name, *words)

    assert (0, "") == (told.exit_code, told.output)
    assert (folder / name).read_bytes().startswith(start)


def test_same_bytes(folder: Path, run_team: Run) -> None:
    """The same call writes the same bytes."""
    names = [f"{number}.{end}" for end in ("txt", "csv", "json", "parquet") for number in (1, 2)]
    for name in names:
        run_team("--out", name)
    written = [(folder / name).read_bytes() for name in names]

    assert written[::2] == written[1::2]


def test_out_is_stdout(folder: Path, run_team: Run) -> None:
    """A dash as the file is stdout."""
    assert run_team("--out", "-").stdout.startswith("Starter\n")
    assert ["team.toml"] == [path.name for path in folder.iterdir()]


def test_out_is_told_on_a_terminal(run_team: Run, terminals: Terminals) -> None:
    """Who looks on is told that the file is written."""
    terminals("<stderr>")

    assert "wrote a.csv\n" == run_team("--out", "a.csv").stderr


def test_out_is_bad_input(run_team: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, and a name that contradicts the format, are refused before the simulation."""
    monkeypatch.setattr("quotarisk.cli.precision.simulate", None)
    told = run_team("--out", ".")

    expected = "it is a folder, and --out must name a file, such as answer.json"
    assert (2, f"error: . cannot be written: {expected}\n") == (told.exit_code, told.stderr)
    told = run_team("--out", "a.csv", "--format", "json")
    assert (2, True) == (told.exit_code, "contradict each other" in told.stderr)


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        ("missing/a.csv", "there is no folder missing"),
        (f"{300 * 'r'}.csv", "its name is too long"),
        ("pipe", "it is no regular file; for stdout, say -"),
        ("locked/a.csv", "its folder is read-only"),
    ],
)
def test_out_cannot_be_written(
    folder: Path, run_team: Run, monkeypatch: pytest.MonkeyPatch, out: str, expected: str
) -> None:
    """A file that cannot be written is a failure before the simulation."""
    (folder / "locked").mkdir()
    os.mkfifo(folder / "pipe")
    monkeypatch.setattr("os.access", lambda path, _: Path(path).name != "locked")
    monkeypatch.setattr("quotarisk.cli.precision.simulate", None)
    told = run_team("--out", out)

    assert (1, f"error: {out} cannot be written: {expected}\n") == (told.exit_code, told.stderr)


def test_out_fails_late(folder: Path, run_team: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the end leaves what stood there before."""
    (folder / "a.csv").write_text("before")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    told = run_team("--out", "a.csv")

    expected = "error: a.csv cannot be written: no space left on device\n"
    assert (1, expected) == (told.exit_code, told.stderr)
    assert "before" == (folder / "a.csv").read_text()
    assert {"a.csv", "team.toml"} == {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--format", "xml"), "'xml' is not one of"),
        (("--fail-under", "50"), "50.0 is not in the range 0<=x<=1"),
        (("--width", "3"), "3 is not in the range"),
        (("--answer", "cadence"), "table holds all answers"),
        (("--answer", "cadence", "--format", "json"), "json holds all answers"),
        (("--level", "rep"), "--level says what --fail-under looks at"),
        (("--cadence", "month"), "--cadence says what --fail-under looks at"),
        (("--out", "team.toml", "--format", "csv"), "which is read"),
        (("--out", "team.xlsx"), "--out ends in .xlsx, which names no format"),
        (("--fail-under", "nan"), "nan is no share"),
        (("--paths", "0"), "paths must be a whole number from 2"),
        (("--workers", "0"), "workers must be a whole number of 1 or more"),
    ],
)
def test_usage(run_team: Run, words: tuple[str, ...], expected: str) -> None:
    """A call that makes no sense ends with status 2 and says why."""
    told = run_team(*words)

    assert (2, "") == (told.exit_code, told.stdout)
    assert expected in told.stderr


def test_parquet_on_a_terminal(run_team: Run, terminals: Terminals) -> None:
    """Parquet is not written onto a terminal."""
    terminals("<stdout>")
    told = run_team("--format", "parquet")

    assert 2 == told.exit_code
    assert "name a file with --out" in told.stderr


def test_bad_scenario(folder: Path, call: Run) -> None:
    """All faults of a scenario are told, a line each, and counted."""
    (folder / "bad.toml").write_text("start = 2027-01-01\nmonhts = 3\n[[reps]]\nname = 3\n")
    told = call("run", "bad.toml")
    lines = told.stderr.splitlines()

    assert (2, "") == (told.exit_code, told.stdout)
    assert all(line.startswith("error: ") for line in lines[:-1])
    assert f"{len(lines) - 1} faults in bad.toml" == lines[-1]
    assert "did you mean 'months'?" in told.stderr


def test_missing_scenario(call: Run) -> None:
    """A scenario that is not there is bad input."""
    told = call("run", "missing.toml")

    assert 2 == told.exit_code
    assert told.stderr.endswith("1 fault in missing.toml\n")


def test_risk_line_crossed(run_team: Run) -> None:
    """Below the line the status is 3, stderr says who, and the answer is complete."""
    told = run_team("--fail-under", "1", "--level", "rep", "--cadence", "quarter")
    lines = told.stderr.splitlines()

    assert 3 == told.exit_code
    assert run_team().stdout == told.stdout
    assert ["below 1: rep Ana:", "below 1: rep Ben:"] == [line[:17] for line in lines]
    assert all(re.search(r"P\(hit\) .* % in 2027-Q\d, 4 of 4 below", line) for line in lines)


def test_many_crossings_are_counted(folder: Path, call: Run) -> None:
    """Of a floor full of reps below the line stderr names twenty and counts the rest."""
    team = (folder / "team.toml").read_text()
    more = "".join(f'[[reps]]\nname = "R{i}"\nquota = {{ month = 90_000 }}\n' for i in range(25))
    (folder / "many.toml").write_text(team + more)
    told = call("run", "many.toml", "--paths", "50", "--fail-under", "0.9", "--level", "rep")
    lines = told.stderr.splitlines()

    assert (3, 21) == (told.exit_code, len(lines))
    assert re.fullmatch(r"below 0\.9: \d+ more", lines[-1])


def test_risk_line_held(run_team: Run) -> None:
    """Above the line the status is 0."""
    told = run_team("--fail-under", "0")

    assert (0, "") == (told.exit_code, told.stderr)


def test_risk_line_without_chances(folder: Path, call: Run) -> None:
    """A line for what has no P(hit) is bad input, and there is no answer."""
    team = (folder / "team.toml").read_text()
    (folder / "no.toml").write_text(re.sub(r"quota = .*|group = .*", "", team))
    told = call("run", "no.toml", "--paths", "100", "--fail-under", "0.5")

    assert (2, "") == (told.exit_code, told.stdout)
    assert told.stderr.startswith("error: there is no P(hit) of any team to hold against a line")


def test_tables_are_not_replaced(folder: Path, call: Run) -> None:
    """An answer never takes the place of a table or a database that the scenario reads."""
    team = (folder / "team.toml").read_text()
    tables = (
        'quota_table = "quotas.csv"\n'
        'booked = { uri = "sqlite://crm.csv", query = "select 1" }\n'
        'open_deals = "gone.csv"\n'
    )
    (folder / "tabled.toml").write_text(tables + team)
    for name in ("quotas.csv", "crm.csv"):
        (folder / name).write_text("mine")
        told = call("run", "tabled.toml", "--out", name)

        assert (2, "mine") == (told.exit_code, (folder / name).read_text())
        assert f"--out would replace {name}, which is read" in told.stderr
    assert "which is read" not in call("run", "tabled.toml", "--out", "gone.csv").stderr
