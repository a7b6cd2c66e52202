from __future__ import annotations

import json

import polars as pl

from quotarisk.reporting.reply_data import reply_as_json
from tests.reporting.replies import named_table, reply, stress_frame, stress_table


def test_json() -> None:
    """All that is told, and the rows of each table under its key, with columns not shown."""
    told = json.loads(reply_as_json(reply()))

    assert [
        *("schema_version", "title", "sentences", "currency", "provenance", "note", "cautions"),
        *("stress", "by_rep"),
    ] == list(told)
    assert (1, "Starter & <b>Co</b>", "USD") == (
        told["schema_version"],
        told["title"],
        told["currency"],
    )
    assert list(reply().sentences) == told["sentences"]
    assert ("Exposure only.", 7) == (told["note"], told["provenance"]["seed"])
    assert {"code": "few", "about": ["R1"], "text": "R1: few deals."} == told["cautions"][0]
    assert stress_frame().to_dicts() == told["stress"]
    assert named_table().frame.to_dicts() == told["by_rep"]


def test_same_bytes() -> None:
    """The same reply is the same bytes, which end with a line break."""
    written = reply_as_json(reply())

    assert written == reply_as_json(reply())
    assert written.endswith(b"\n}\n")


def test_nothing_is_an_empty_list() -> None:
    """A table without rows and what is missing in one are told as such."""
    frame = stress_frame().with_columns(change=pl.lit(None, dtype=pl.Float64))
    told = json.loads(reply_as_json(reply(stress_table(0))))

    assert [] == told["stress"]
    assert b'"change": null' in reply_as_json(
        reply(stress_table().__class__("t", "T", stress_table().columns, frame, "USD"))
    )
