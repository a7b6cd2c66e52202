"""What every answer is: a table, what is doubtful about it, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from quotarisk.caution import Caution
from quotarisk.simulation.simulation import Provenance

EXPOSURE_ONLY = "Exposure only: nobody changes behaviour because of a quota or its cadence."


@dataclass(frozen=True, repr=False)
class Answer:
    """An answer to one question.

    Parameters
    ----------
    question
        What was asked.
    frame
        The table; its columns are documented by the function that gives the answer.
    cautions
        What is doubtful.
    provenance
        Seed, paths, scenario hash and version.
    note
        What the answer leaves out on purpose.
    headline
        Columns that the repr shows; all where none is named.
    parts
        Further tables, by name.
    """

    question: str
    frame: pl.DataFrame
    cautions: tuple[Caution, ...]
    provenance: Provenance
    note: str = field(default=EXPOSURE_ONLY)
    headline: tuple[str, ...] = ()
    parts: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def __repr__(self) -> str:
        told = "".join(f"\n! {caution}" for caution in self.cautions)
        source = self.provenance
        shown = self.frame.select(self.headline or pl.all())
        with pl.Config(tbl_cols=-1, tbl_width_chars=120, tbl_hide_column_data_types=True):
            table = str(shown)
            for name, part in self.parts.items():
                table += f"\n{name}\n{part}"
        return (
            f"{self.question}\n{table}{told}\n{self.note}\n"
            f"{source.scenario}: {source.paths:_} paths, seed {source.seed}, "
            f"scenario {source.scenario_hash[:12]}, quotarisk {source.version}"
        )
