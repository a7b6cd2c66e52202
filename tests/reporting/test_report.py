from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quotarisk.analysis.curves import trace_curves
from quotarisk.errors import ArgumentError, RunError
from quotarisk.reporting.page import draw_page
from quotarisk.reporting.report import report_form, results_of, write_report
from quotarisk.reporting.workbook import draw_workbook
from quotarisk.simulation.simulation import Simulation, simulate
from tests.reporting.teams import team

TABLES = ("attainment", "cadence", "risk", "bands", "variance", "contributors", "concentration")
FOLDER = {
    *(f"{name}.{end}" for name in TABLES for end in ("csv", "json", "parquet")),
    "answer.json",
    "report.html",
    "report.xlsx",
}


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """Three reps in two groups."""
    return simulate(team(), paths=100, seed=7, workers=1)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("report.html", "page"),
        ("Report.HTML", "page"),
        ("report.xlsx", "workbook"),
        ("reports", "folder"),
        ("reports.html/", "folder"),
        ("there.d", "folder"),
    ],
)
def test_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, form: str) -> None:
    """A name says what is wanted by its ending; a folder that is there is a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.d").mkdir()

    assert form == report_form(name)


def test_unknown_ending() -> None:
    """What ends in something else is refused: nobody would open it."""
    with pytest.raises(ArgumentError, match=r"must end in \.html or \.xlsx.*got 'a\.pdf'"):
        report_form("a.pdf")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "must be that of a file or a folder, got ''"),
        ("-", "must be that of a file or a folder, got '-'"),
        ("reports/.html", "must be that of a file or a folder, got 'reports/.html'"),
        ("ä" * 121, "must have at most 240 bytes"),
    ],
)
def test_names_of_nothing(name: str, told: str) -> None:
    """A name that no file can have, or that is an ending only, is refused."""
    with pytest.raises(ArgumentError, match=re.escape(told)):
        report_form(name)


def test_page(simulation: Simulation, tmp_path: Path) -> None:
    """A name that ends in .html gets the page, and who looks on is told how far it is."""
    told: list[tuple[int, int]] = []
    out = tmp_path / "r.html"
    written = write_report(simulation, out, progress=lambda *at: told.append(at))

    assert (out,) == written
    assert draw_page(results_of(simulation), trace_curves(simulation)) == out.read_text("utf-8")
    assert (3, 3) == told[-1]


def test_workbook(simulation: Simulation, tmp_path: Path) -> None:
    """A name that ends in .xlsx gets the workbook."""
    out = tmp_path / "r.xlsx"

    assert (out,) == write_report(simulation, str(out))
    assert draw_workbook(results_of(simulation)) == out.read_bytes()


def test_folder(simulation: Simulation, tmp_path: Path) -> None:
    """A folder gets all there is, and is made with those above it."""
    folder = tmp_path / "a" / "b"
    written = write_report(simulation, f"{folder}/")
    frame = results_of(simulation).attainment.frame
    rows = json.loads((folder / "attainment.json").read_text("utf-8"))

    assert {folder / name for name in FOLDER} == set(written)
    assert FOLDER == {path.name for path in folder.iterdir()}
    assert_frame_equal(frame, pl.read_parquet(folder / "attainment.parquet"))
    assert (1, frame.to_dicts()) == (rows["schema_version"], rows["rows"])


def test_same_bytes(simulation: Simulation, tmp_path: Path) -> None:
    """The same simulation gives the same bytes, in every file, as does the same made again."""
    again = simulate(team(), paths=100, seed=7, workers=2)
    write_report(simulation, tmp_path / "one")
    write_report(again, tmp_path / "two")

    assert {name: (tmp_path / "one" / name).read_bytes() for name in FOLDER} == {
        name: (tmp_path / "two" / name).read_bytes() for name in FOLDER
    }


def test_nothing_is_written_if_drawing_fails(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that cannot be drawn leaves no folder behind."""

    def fail(*_: object) -> str:
        raise RunError("no page today")

    monkeypatch.setattr("quotarisk.reporting.report.draw_page", fail)
    with pytest.raises(RunError, match="no page today"):
        write_report(simulation, tmp_path / "new")

    assert [] == list(tmp_path.iterdir())
