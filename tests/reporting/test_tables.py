from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, Table, attainment_table, reps_table, write_cell
from tests.reporting.teams import answers, scenario

REP = {"name": "Ana", "quota": {"month": 20_000}}


@pytest.mark.parametrize("make", [attainment_table, reps_table])
def test_every_figure_has_its_words(make: Callable[[Results], Table], results: Results) -> None:
    """Each column of an answer is labelled, is the error of a labelled one, or part of it."""
    table = make(results)
    known = {key for column in table.columns for key in (column.key, column.error, column.of)}
    told_otherwise = {"kinder", "kinder_by", "kinder_by_se", "months_hit_se", "quarters_hit_se"}
    told_otherwise |= {"n_eff_month_se", "n_eff_quarter_se"}

    assert set() == set(table.frame.columns) - known - told_otherwise
    assert all(column.label and column.note.endswith(".") for column in table.columns)
    assert {"", "%", "currency", "×"} >= {column.unit for column in table.columns}  # noqa: RUF001


def test_frames_keep_the_contract(results: Results) -> None:
    """Tables hold the answers' columns as they are; the reps' adds two."""
    reps = reps_table(results).frame

    assert_frame_equal(results.attainment.frame, attainment_table(results).frame)
    assert_frame_equal(results.cadence.frame, reps.drop("verdict", "mean_month"))


def test_mean_of_a_month(results: Results) -> None:
    """Expected bookings a month are the mean over the rep's months."""
    frame = results.attainment.frame
    ana = frame.filter((pl.col("name") == "Ana") & (pl.col("cadence") == "month"))

    assert pytest.approx(ana["mean"].mean()) == reps_table(results).frame["mean_month"][0]


@pytest.mark.parametrize(
    ("kinder", "by", "se", "expected"),
    [
        ("quarter", 0.12, 0.01, "quarter +12"),
        ("month", 0.05, 0.01, "month +5.0"),
        ("month", 0.0199, 0.01, "about even"),
        (None, None, None, None),
    ],
)
def test_verdict(
    results: Results, kinder: str | None, by: float | None, se: float | None, expected: str | None
) -> None:
    """A cadence is kinder only if the difference is at least two standard errors."""
    frame = results.cadence.frame.with_columns(
        kinder=pl.lit(kinder, pl.String),
        kinder_by=pl.lit(by, pl.Float64),
        kinder_by_se=pl.lit(se, pl.Float64),
    )
    table = reps_table(replace(results, cadence=replace(results.cadence, frame=frame)))

    assert [expected] * 3 == table.frame["verdict"].to_list()


def test_cells(results: Results) -> None:
    """A cell is written with its error, or with the number that it is a part of."""
    columns = {column.key: column for column in reps_table(results).columns}
    row = {"p_hit_month": 0.245, "p_hit_month_se": 0.003, "months_hit": 2.94, "months": 12}

    assert ("24.5", "±0.6") == write_cell(columns["p_hit_month"], row)
    assert ("2.9/12", "") == write_cell(columns["months_hit"], row)
    assert ("<0.1", "") == write_cell(columns["p_hit_month"], {**row, "p_hit_month": 0.0})
    assert ("–", "") == write_cell(columns["months_hit"], {**row, "months_hit": None})  # noqa: RUF001


def test_a_word_in_place_of_a_figure() -> None:
    """Where there is no figure a word may say why; a figure goes before it."""
    column = Column("change", "change", "points", "By how much.", "se", instead="word")

    assert ("left", "") == write_cell(column, {"change": None, "se": None, "word": "left"})
    assert ("–", "") == write_cell(column, {"change": None, "se": None, "word": None})  # noqa: RUF001
    assert ("+1.0", "±0.2") == write_cell(column, {"change": 0.01, "se": 0.001, "word": "left"})


def test_missing_figures(without_quotas: Results) -> None:
    """Without a quota there is no verdict, but there are bookings."""
    row = reps_table(without_quotas).frame.row(0, named=True)

    assert row["verdict"] is None
    assert row["mean_month"] > 0


def test_no_periods() -> None:
    """Where no period can be answered, a rep has a row without figures."""
    cut = scenario(months=1, start=date(2027, 1, 10), reps=[REP])

    assert [None] == reps_table(answers(cut, paths=100)).frame["mean_month"].to_list()
