"""Any reply on the screen: the answer, its tables, what is doubtful, the source."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Group, RenderableType
from rich.text import Text

from quotarisk.reporting import sentences
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import Table
from quotarisk.reporting.terminal import FAINT, LEAST_ROWS, draw_cautions, draw_table, render

OTHER_LINES = 12  # of the screen that belong to no table


def _drawn(table: Table, *, width: int, most: int | None) -> list[RenderableType]:
    """Draw a table below its title; what comes first in it matters most, so its end is cut."""
    rows = table.frame.height if most is None else min(table.frame.height, most)
    more = table.frame.height - rows
    cut = replace(table, frame=table.frame.head(rows))
    drawn: list[RenderableType] = ["", Text(table.title)]
    if table.frame.is_empty():
        return [*drawn, Text("none", FAINT)]
    grid, *captions = draw_table(cut, width=width)
    drawn.append(grid)
    if more:
        told = f"the first {rows}; {more:,} more: --all, or --format csv --table {table.key}"
        drawn.append(Text(told))
    return [*drawn, *captions]


def draw_reply(reply: Reply, *, width: int, lines: int | None = None, styled: bool = False) -> str:
    """What does a reply look like on the screen?

    Parameters
    ----------
    reply
        The answer.
    width
        Cells of a line.
    lines
        Lines of the terminal: longer tables are cut to their first rows, and say so. All rows
        where it is left out.
    styled
        Whether to use colour and bold type, as far as the terminal has them.

    Returns
    -------
    str
        Lines without spaces at their ends.
    """
    most = None if lines is None else max(LEAST_ROWS, lines - OTHER_LINES)
    parts: list[RenderableType] = [Text(reply.title, "bold")]
    parts += [Text(sentence, "bold") for sentence in reply.sentences]
    for table in reply.tables:
        parts += _drawn(table, width=width, most=most)
    told = sentences.tell_cautions(reply.cautions)
    if told:
        parts += ["", *draw_cautions(told)]
    parts += ["", *(Text(note) for note in reply.notes)]
    parts.append(Text(sentences.tell_source(reply.provenance), FAINT))
    return render(Group(*parts), width=width, styled=styled)
