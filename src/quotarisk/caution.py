"""What a reader should know before acting on an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caution:
    """Something that a reader should know before acting on an answer.

    Parameters
    ----------
    code
        A word that programs can filter by, such as ``few_deals``.
    about
        The reps, groups or periods that it is about; empty for the whole answer.
    text
        The caution in a sentence or two.
    """

    code: str
    about: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return self.text
