"""The table of a benchmark in Markdown, and its place in a README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.readme import fill
from quotarisk.files import write_whole


@dataclass(frozen=True)
class Line:
    """A row of the table.

    Parameters
    ----------
    what
        What was measured.
    ours, other
        Seconds (or another figure) as text.
    ratio
        Of the two, as text; empty where there is nothing to compare.
    """

    what: str
    ours: str
    other: str = ""
    ratio: str = ""


def figure(value: float) -> str:
    """Write a number with three digits, or all of its whole part."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def seconds(value: float) -> str:
    """Write a time with the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{figure(value / size)} {unit}"
    return f"{figure(value / 1e-9)} ns"


def markdown(lines: Sequence[Line]) -> str:
    """Draw the table."""
    rows = [f"| {line.what} | {line.ours} | {line.other} | {line.ratio} |" for line in lines]
    return "\n".join(["| | quotarisk | other | ratio |", "| --- | ---: | ---: | ---: |", *rows])


def write_into(readme: Path, block: str) -> None:
    """Put a block between a README's benchmark markers; the file appears whole or not at all."""
    text = fill(readme.read_bytes().decode(), "benchmark", block + "\n")
    write_whole(readme, text.encode())
