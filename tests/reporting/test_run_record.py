from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import polars as pl

from quotarisk.caution import Caution
from quotarisk.reporting import run_record
from quotarisk.reporting.changes import CAUSES
from quotarisk.reporting.run_record import RunRecord, record_reply
from tests.reporting.replies import SOURCE, reply, stress_frame


def record(command: str, **tables: pl.DataFrame) -> RunRecord:
    """Keep what a command answers."""
    few = Caution("few", ("Ana", "Ben"), "Few deals.")
    return RunRecord(command, {"only": ("a",)}, SOURCE, "USD", "Exposure only.", (few,), tables)


def test_the_same_run_has_the_same_id() -> None:
    """The id is that of what was asked, not of what came out."""
    first = record("run", attainment=stress_frame())

    assert first.run_id == record("run", attainment=stress_frame(9)).run_id
    others = [
        replace(first, command="stress"),
        replace(first, options={"only": ("b",)}),
        *(
            replace(first, provenance=provenance)
            for provenance in (
                replace(SOURCE, seed=8),
                replace(SOURCE, paths=2),
                replace(SOURCE, version="2"),
                replace(SOURCE, scenario_hash="f"),
            )
        ),
    ]
    assert 7 == len({first.run_id, *(other.run_id for other in others)})
    assert 32 == len(first.run_id)


def test_frames() -> None:
    """A run comes first, then its cautions, then its tables, each with its key."""
    kept = record("run", attainment=stress_frame())
    runs, cautions, attainment = kept.frames.values()

    assert ["quotarisk_runs", "quotarisk_cautions", "quotarisk_attainment"] == list(kept.frames)
    assert (kept.run_id, "run", '{"only": ["a"]}', "Starter") == runs.row(0)[:4]
    assert ("0123456789abcdef", "7", 1000, "1.2.3", "USD", "Exposure only.") == runs.row(0)[4:]
    assert [(kept.run_id, 1, "few", '["Ana", "Ben"]', "Few deals.")] == cautions.rows()
    assert ["run_id", "row_no", *stress_frame().columns] == attainment.columns
    assert [1, 2, 3] == attainment["row_no"].to_list()


def test_names_of_tables() -> None:
    """Tables of other commands bear the command's name, once; pivoted ones are left out."""
    told = {key: stress_frame() for key in ("stress", "stress_reps", "stress_risk", "bands")}
    names = list(record("stress", **told).frames)[2:]

    assert ["quotarisk_stress", "quotarisk_stress_risk", "quotarisk_stress_bands"] == names


def test_columns_that_vary() -> None:
    """Columns by segment become one of JSON, and those of cadences and causes are all there."""
    mix = pl.DataFrame({"mix": ["a"], "share_b": [0.25], "share_a": [0.75], "p_hit_month": [0.5]})
    kept = record("mix", mix=mix).frames["quotarisk_mix"]
    assert ["run_id", "row_no", "mix", "shares", "p_hit_month"] == kept.columns[:5]
    assert {"b": 0.25, "a": 0.75} == json.loads(kept["shares"][0])
    assert 2 + 2 + 12 == kept.width
    assert [None] == kept["p_hit_year_change_se"].to_list()

    pay = mix.drop("p_hit_month")
    three = [record("pay", mixes=each).frames["quotarisk_pay_mixes"] for each in (
        pay, pay.rename({"share_b": "share_c"}), pay.select("mix").clear(),
    )]  # fmt: skip
    assert [["run_id", "row_no", "mix", "shares"]] * 3 == [each.columns for each in three]
    assert [pl.String] * 3 == [each.schema["shares"] for each in three]

    assert "shares" not in mix.columns  # the reply keeps its own

    changes = pl.DataFrame({"level": ["team"], "people": [0.1]})
    kept = record("diff", team=changes).frames["quotarisk_diff_team"]
    assert {f"{cause}_amount_se" for cause in CAUSES} <= set(kept.columns)
    assert {pl.Float64} == set(kept.dtypes[3:])
    hour = record("time", hour=changes.drop("people")).frames["quotarisk_time_hour"]
    assert 3 + 6 == hour.width


def test_causes_are_all_there() -> None:
    """A cause of changes that is new has its columns too."""
    assert tuple(CAUSES) == run_record._CAUSES


def test_types() -> None:
    """Figures have the types that databases have, and what is no number is nothing."""
    frame = pl.DataFrame({"a": [1.5, float("nan")], "b": [1, 2]}).cast(
        {"a": pl.Float32, "b": pl.UInt8}
    )
    kept = record("run", risk=frame).frames["quotarisk_risk"]

    assert [1.5, None] == kept["a"].to_list()
    assert [pl.Float64, pl.Int64] == [kept.schema["a"], kept.schema["b"]]
    days = pl.DataFrame({"day": [date(2027, 1, 1), None]})
    kept = record("run", risk=days).frames["quotarisk_risk"]
    assert ["2027-01-01", None] == kept["day"].to_list()


def test_a_reply() -> None:
    """Any reply is kept with all of its tables."""
    kept = record_reply(reply(), command="stress", options={})

    assert ["quotarisk_stress", "quotarisk_stress_by_rep"] == list(kept.frames)[2:]
    assert 6 == kept.frames["quotarisk_cautions"].height
