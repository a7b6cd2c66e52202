"""What a command answers: sentences and labelled tables, in whatever form they are wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

from quotarisk.caution import Caution
from quotarisk.reporting.tables import Table
from quotarisk.simulation.simulation import Provenance


@dataclass(frozen=True)
class Reply:
    """An answer, ready for people and programs.

    Parameters
    ----------
    title
        What was asked about: the scenario's name, as a rule.
    sentences
        The answer in a few sentences.
    tables
        The most important first; programs get them by their keys.
    cautions
        What is doubtful.
    notes
        What the answer leaves out on purpose.
    provenance
        Where the figures come from.
    currency
        What amounts are in.
    """

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = field(repr=False)
    cautions: tuple[Caution, ...]
    notes: tuple[str, ...]
    provenance: Provenance
    currency: str
