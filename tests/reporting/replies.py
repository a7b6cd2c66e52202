"""Replies to draw: figures, cautions, and names that are not for the faint of heart."""

from __future__ import annotations

from typing import Any

import polars as pl

from quotarisk.caution import Caution
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import Column, Table
from quotarisk.simulation.simulation import Provenance

EVIL = ("=1+1", "<script>alert(1)</script>", "[red]x[/red]")
COLUMNS = (
    Column("stress", "stress", "text", "What is assumed."),
    Column("name", "name", "text", "Who is meant."),
    Column("p_hit", "P(hit)", "share", "How likely the quota is reached.", "p_hit_se"),
    Column("change", "change", "points", "P(hit) less today's.", "change_se"),
    Column("mean", "mean", "money", "Expected bookings.", rank=1),
    Column("months_hit", "months hit", "count", "Expected number.", of="months", rank=2),
)
WHO = (
    Column("name", "rep", "text", "Who sells."),
    Column("quota", "quota", "money", "What must be booked."),
)
SOURCE = Provenance("Starter", "0123456789abcdef", 7, 1000, "1.2.3")


def stress_frame(rows: int = 3) -> pl.DataFrame:
    """Rows about stresses, the first of which changes nothing."""
    return pl.DataFrame(
        {
            "stress": ["downturn" if number else "none" for number in range(rows)],
            "name": [f"R{number}" for number in range(rows)],
            "p_hit": [0.5 - number / 100_000 for number in range(rows)],
            "p_hit_se": [0.016] * rows,
            "change": [0.0 - number / 100_000 for number in range(rows)],
            "change_se": [0.004 if number else 0.0 for number in range(rows)],
            "mean": [1_250_000.0 - number for number in range(rows)],
            "months_hit": [6.0] * rows,
            "months": [12] * rows,
            "hidden": list(range(rows)),
        }
    )


def stress_table(rows: int = 3) -> Table:
    """How does P(hit) move?"""
    captions = ((("p_hit",), "P(hit) in %."), (("nowhere",), "About nothing that is shown."))
    return Table("stress", "What if it gets worse?", COLUMNS, stress_frame(rows), "USD", captions)


def named_table() -> Table:
    """Names that a program might take for something else, without captions."""
    frame = pl.DataFrame({"name": EVIL, "quota": [1.0, 2e4, 3e6]})
    return Table("by_rep", "Which quotas are fair?", WHO, frame, "USD")


def reply(*tables: Table, **told: Any) -> Reply:
    """Put a reply together; of both tables where none is given."""
    words: dict[str, Any] = {
        "title": "Starter & <b>Co</b>",
        "sentences": ("The team makes its plan in 50 of 100 futures.", "A downturn takes 0.1."),
        "tables": tables or (stress_table(), named_table()),
        "cautions": (
            Caution("few", ("R1",), "R1: few deals."),
            Caution("odd", (), "Odd."),
            *(Caution("few", (f"R{n}",), f"R{n}: few deals.") for n in range(2, 6)),
        ),
        "notes": ("Exposure only.",),
        "provenance": SOURCE,
        "currency": "USD",
    }
    return Reply(**{**words, **told})
