"""The command that tells what changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quotarisk.batch.nightly import run_batch
from quotarisk.cli import diff
from quotarisk.cli.diff import find_scenario
from quotarisk.errors import InputError
from quotarisk.scenario.loading import load_scenario
from tests.cli.conftest import TEAM, Run


@pytest.fixture
def pair(folder: Path) -> Path:
    """A second scenario in ``new.toml``, where Ana's quota is raised."""
    (folder / "new.toml").write_text(TEAM.replace("20_000", "30_000"))
    return folder


def test_table(call: Run, pair: Path) -> None:
    """Two files give sentences and tables on stdout."""
    assert pair.is_dir()
    result = call("diff", "team.toml", "new.toml", "--paths", "200", "--seed", "7")
    assert 0 == result.exit_code
    assert "Starter: what changed?" in result.stdout
    assert "The team's chance for 2027" in result.stdout
    assert "month quota" in result.stdout


def test_json(call: Run, pair: Path) -> None:
    """Programs get every table."""
    result = call("diff", "team.toml", "new.toml", "--paths", "200", "--out", "diff.json")
    assert 0 == result.exit_code
    told = json.loads((pair / "diff.json").read_bytes())
    assert {"team", "reps", "inputs", "periods"} <= set(told)
    assert ["Ana"] == [row["what"] for row in told["inputs"]]


def test_folders_of_a_batch(call: Run, pair: Path) -> None:
    """Two runs of a batch are compared: by number, by the link of a start, or by the workbook."""
    (pair / "first.toml").write_text(TEAM)
    run_batch([pair / "first.toml"], out=pair / "out", paths=50, workers=1)
    (pair / "first.toml").write_text((pair / "new.toml").read_text())
    run_batch([pair / "first.toml"], out=pair / "out", paths=50, workers=1)
    home = Path("out/starter")
    for new in (home / "runs/2", home / "2027-01-01", home / "runs/2/report.xlsx", "new.toml"):
        result = call(
            "diff", str(home / "runs/1"), str(new), "--paths", "50",
            "--out", "d.csv", "--table", "inputs",
        )  # fmt: skip
        assert 0 == result.exit_code, result.stderr
        _, *rows = (pair / "d.csv").read_text().splitlines()
        assert [["quotas", "raised", "Ana"]] == [row.split(",")[:3] for row in rows]
    found = load_scenario(find_scenario(str(home / "2027-01-01")))
    assert load_scenario("new.toml").fingerprint == found.fingerprint
    same = call("diff", str(home / "runs/2"), str(home / "2027-01-01"))
    assert (2, True) == (same.exit_code, "OLD and NEW are the same file" in same.stderr)
    whole = call("diff", str(home), "new.toml")
    assert 2 == whole.exit_code
    assert f"did you mean {home / '2027-01-01'}?" in whole.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("team.toml", "absent.toml"), "absent.toml"),
        (("team.toml", "team.toml"), "the same file"),
        (("team.toml", "."), "the folder must be a report's or a run's"),
        (("team.toml", "euro.toml"), "one currency"),
        (("team.toml", "later.toml"), "in common"),
        (("team.toml", ""), "must not be empty"),
        (("team.toml",), "Missing argument 'NEW'"),
        (("team.toml", "new.toml", "--out", "new.toml", "--format", "csv"), "replace new.toml"),
        (("team.toml", "new.toml", "--format", "csv", "--table", "x"), "--table names no table"),
    ],
)  # fmt: skip
def test_wrong_input(call: Run, pair: Path, words: tuple[str, ...], told: str) -> None:
    """What is wrong is told in a message, without a traceback."""
    (pair / "euro.toml").write_text(TEAM.replace("start", 'currency = "EUR"\nstart', 1))
    (pair / "later.toml").write_text(TEAM.replace("2027-01-01", "2031-01-01"))
    result = call("diff", *words, *(() if "--paths" in words else ("--paths", "50")))
    assert 2 == result.exit_code
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_folder_without_runs(tmp_path: Path) -> None:
    """A folder whose runs cannot be read is told like any other."""
    (tmp_path / "runs" / "1").mkdir(parents=True)
    with pytest.raises(InputError, match="name a scenario file instead"):
        find_scenario(str(tmp_path))
    assert "x.toml" == diff.find_scenario("x.toml")
