from __future__ import annotations

import json
import math
from dataclasses import replace
from io import BytesIO

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quotarisk.reporting.data import as_csv, as_json, as_parquet
from quotarisk.reporting.results import Results
from quotarisk.scenario.cells import unguard


def frames(results: Results) -> list[pl.DataFrame]:
    """All answers' tables."""
    return list(results.tables.values())


def test_json(results: Results) -> None:
    """JSON holds all answers with their cautions, their source and what they leave out."""
    told = json.loads(as_json(results))

    expected = ["schema_version", "scenario", "currency", "provenance", "note", "cautions"]
    assert [*expected, "attainment", "cadence", "risk", "bands"] == list(told)
    assert (1, "Starter", "USD") == (told["schema_version"], told["scenario"], told["currency"])
    assert 7 == told["provenance"]["seed"]
    assert "1.2.3" == told["provenance"]["version"]
    assert results.attainment.note == told["note"]
    assert {
        "code": "few_deals",
        "about": ["Ben"],
        "text": "Ben: fewer than 5 effective deals a year.",
    } == told["cautions"][0]


def test_json_round_trip(results: Results) -> None:
    """Rows in JSON are the frames' rows, to the last bit."""
    told = json.loads(as_json(results))

    for name, frame in results.tables.items():
        assert_frame_equal(frame, pl.DataFrame(told[name], schema=frame.schema), check_exact=True)


def test_json_is_strict(without_quotas: Results) -> None:
    """A missing figure is null in JSON, never NaN, and the text ends with a line break."""
    text = as_json(without_quotas).decode()

    assert None is json.loads(text)["attainment"][0]["p_hit"]
    assert "NaN" not in text
    assert text.endswith("}\n")


def test_json_refuses_nan(results: Results) -> None:
    """A figure that is no number is a failure, not a file that others cannot read."""
    frame = results.cadence.frame.with_columns(p_hit_month=pl.lit(math.nan))
    broken = replace(results, cadence=replace(results.cadence, frame=frame))

    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json(broken)


def test_json_without_rows(results: Results) -> None:
    """What is empty is an empty list."""
    attainment = replace(results.attainment, cautions=(), frame=results.attainment.frame.clear())
    cadence = replace(results.cadence, cautions=())
    told = json.loads(as_json(replace(results, attainment=attainment, cadence=cadence)))

    assert ([], []) == (told["cautions"], told["attainment"])


def test_csv_round_trip(results: Results) -> None:
    """CSV holds every figure to the last bit, and a missing one as an empty cell."""
    for frame in frames(results):
        read = pl.read_csv(BytesIO(as_csv(frame)), schema=frame.schema)
        filled = pl.col(pl.String).fill_null("")

        assert_frame_equal(frame.with_columns(filled), read.with_columns(filled), check_exact=True)


@pytest.mark.parametrize("name", ["=1+1", "+x", "-y", "@SUM(A1)", "\tx", "\rx", "'=1", "''-1"])
def test_csv_holds_no_formula(name: str) -> None:
    """Text that a spreadsheet would compute is text in CSV; without the mark it is as it was."""
    frame = pl.DataFrame({"name": [name], "amount": [-1.5]})
    read = pl.read_csv(BytesIO(as_csv(frame)))

    assert [("'" + name, -1.5)] == read.rows()
    assert name == unguard(read["name"][0])


@pytest.mark.parametrize("name", ["Ana", "'tis", "a=b", "1-2", "'", ""])
def test_csv_leaves_other_text_alone(name: str) -> None:
    """Text that is no formula is left as it is, and so is what is missing."""
    frame = pl.DataFrame({"name": [name, None], "amount": [-1.5, 2.5]})

    assert frame.write_csv().encode() == as_csv(frame)


def test_other_forms_are_raw() -> None:
    """Parquet holds text as it is: no spreadsheet computes it there."""
    frame = pl.DataFrame({"name": ["=1+1", "@x"]})

    assert_frame_equal(frame, pl.read_parquet(BytesIO(as_parquet(frame))))


def test_parquet_round_trip(results: Results) -> None:
    """Parquet holds the frames."""
    for frame in frames(results):
        assert_frame_equal(frame, pl.read_parquet(BytesIO(as_parquet(frame))), check_exact=True)


def test_same_bytes(results: Results) -> None:
    """The same answers are the same bytes."""
    frame = results.attainment.frame
    copy = pl.DataFrame(frame.to_dicts(), schema=frame.schema)

    assert as_json(results) == as_json(
        replace(results, attainment=replace(results.attainment, frame=copy))
    )
    assert as_csv(frame) == as_csv(copy)
    assert as_parquet(frame) == as_parquet(copy)
