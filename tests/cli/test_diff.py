"""The command that tells what changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quotarisk.batch.manifest import MANIFEST, Manifest, read_manifest
from quotarisk.batch.nightly import run_batch
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
    for old, new, what in (("runs/2", "2027-01-01", "folder"), ("runs/2", ".", "file")):
        same = call("diff", str(home / old), str(home / new))
        assert 2 == same.exit_code
        assert f"OLD and NEW are the same {what}: " in same.stderr


@pytest.fixture
def nights(pair: Path) -> tuple[Manifest, Manifest]:
    """Two runs of a batch in ``out``, of other paths and seeds; what their manifests say."""
    for text, paths, seed in ((TEAM, 80, 7), ((pair / "new.toml").read_text(), 60, 9)):
        (pair / "first.toml").write_text(text)
        run_batch([pair / "first.toml"], out="out", workers=1, paths=paths, seed=seed)
    first, second = (read_manifest(Path(f"out/starter/runs/{number}")) for number in (1, 2))
    assert first is not None
    assert second is not None
    return first, second


Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(call: Run) -> Told:
    """What does ``quotarisk diff`` tell programs?"""

    def ask(*words: str) -> dict[str, Any]:
        result = call("diff", *words, "--out", "told.json")
        assert 0 == result.exit_code, result.stderr
        answer: dict[str, Any] = json.loads(Path("told.json").read_bytes())
        return answer

    return ask


def luck_of(answer: dict[str, Any]) -> tuple[int, int]:
    """How many paths and which seed was it?"""
    return answer["provenance"]["paths"], answer["provenance"]["seed"]


def team_of(manifest: Manifest) -> dict[str, float]:
    """P(hit) of the team by period, as a report has it."""
    return {chance.period: chance.p_hit for chance in manifest.team}


def chances(answer: dict[str, Any], end: str) -> dict[str, float]:
    """P(hit) of the team by period, as the answer has it."""
    rows = [row for row in answer["periods"] if row["level"] == "team"]
    return {row["period"]: row[f"p_hit_{end}"] for row in rows}


def test_luck_of_the_reports(told: Told, nights: tuple[Manifest, Manifest], tmp_path: Path) -> None:
    """Reports of one seed and number of paths agree with what is told, to the last digit."""
    first, second = nights
    again = tmp_path / "again"
    run_batch([tmp_path / "first.toml"], out=again, workers=1, paths=80, seed=7)
    last = read_manifest(again / "starter" / "runs" / "1")
    assert last is not None
    answer = told("out/starter/runs/1", "again")
    assert (80, 7) == luck_of(answer)
    assert team_of(first) == chances(answer, "old")
    assert team_of(last) == chances(answer, "new")
    assert [] == answer["cautions"]
    assert f"Before: out/starter/runs/1, made {first.finished}; now: again/" in answer["note"]
    assert team_of(second) != team_of(last)


def test_reports_of_other_luck(told: Told, nights: tuple[Manifest, Manifest]) -> None:
    """Where the reports differ the newer's luck is taken, and a caution says what was before."""
    answer = told("out/starter/runs/1", "out/starter/runs/2")
    assert (60, 9) == luck_of(answer)
    assert team_of(nights[1]) == chances(answer, "new")
    (caution,) = answer["cautions"]
    assert ("other_run", ["out/starter/runs/1"]) == (caution["code"], caution["about"])
    assert (
        "The figures of the report in out/starter/runs/1 are of 80 paths and seed 7, those here "
        "of 60 paths and seed 9: they need not be the same."
    ) == caution["text"]


@pytest.mark.usefixtures("nights")
@pytest.mark.parametrize(
    ("words", "luck", "cautions"),
    [
        (("out/starter/runs/1", "new.toml"), (80, 7), 0),
        (("team.toml", "out/starter"), (60, 9), 0),
        (("out/starter/runs/1/report.xlsx", "out", "--paths", "30", "--seed", "1"), (30, 1), 0),
        (("out/starter/runs/1", "out", "--paths", "30"), (30, 9), 1),
        (("out/starter/runs/1", "out", "--seed", "9"), (60, 9), 1),
        (("copy.xlsx", "out/starter/runs/1/report.xlsx"), (80, 7), 0),
    ],
)
def test_told_luck(
    told: Told, words: tuple[str, ...], luck: tuple[int, int], cautions: int
) -> None:
    """What the command line tells goes before any run's; of runs NEW's goes before OLD's."""
    Path("copy.xlsx").write_bytes(Path("out/starter/runs/2/report.xlsx").read_bytes())
    answer = told(*words)
    assert luck == luck_of(answer)
    assert cautions == len(answer["cautions"])


@pytest.mark.usefixtures("nights")
def test_report_of_another_version(told: Told) -> None:
    """A report that another version made is told, for the same luck may mean other figures."""
    path = Path("out/starter/runs/1", MANIFEST)
    manifest = Manifest.model_validate_json(path.read_bytes())
    old = manifest.model_copy(update={"version": "0.0.9", "paths": 60, "seed": 9})
    path.write_text(old.model_dump_json())
    (caution,) = told("out/starter/runs/1", "out")["cautions"]
    assert "are of quotarisk 0.0.9, those here of quotarisk " in caution["text"]


def test_folders_of_two_batches(told: Told, nights: tuple[Manifest, Manifest]) -> None:
    """Two output folders are compared by the newest runs of the scenario that is chosen."""
    for name in ("starter", "other"):
        text = Path("team.toml").read_text().replace("Starter", name.title())
        Path(f"{name}.toml").write_text(text)
    run_batch(["starter.toml", "other.toml"], out="two", workers=1, paths=60, seed=9)
    for words in (("out", "two"), ("out/starter", "two", "--scenario", "Starter")):
        answer = told(*words)
        assert team_of(nights[1]) == chances(answer, "old")
        assert "now: two/starter/runs/1, made " in answer["note"]
        assert [] == answer["cautions"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("team.toml", "absent.toml"), "absent.toml"),
        (("team.toml", "team.toml"), "the same file"),
        (("team.toml", "."), "the folder must be a report's"),
        (("team.toml", "euro.toml"), "one currency"),
        (("team.toml", "later.toml"), "in common"),
        (("team.toml", ""), "must not be empty"),
        (("team.toml", "new.toml", "--scenario", "x"), "--scenario must be left out"),
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
