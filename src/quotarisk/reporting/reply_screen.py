"""Any reply on the screen: the answer, its tables, what is doubtful, the source."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Column
from rich.table import Table as Grid
from rich.text import Text

from quotarisk.reporting import sentences
from quotarisk.reporting.layout import GAP, lay_out
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import Table
from quotarisk.reporting.terminal import FAINT, LEAST_ROWS, draw_cautions, draw_table, render

OTHER_LINES = 12  # of the screen that belong to no table
REASON = "reason"  # the column whose sentences are told in full


def _has_room(table: Table, width: int) -> bool:
    """Do all reasons of a table fit into its rows?"""
    rows = list(table.frame.iter_rows(named=True))
    longest = max((cell_len(row[REASON] or "") for row in rows), default=0)
    room = [s.width for s in lay_out(table, rows, width=width) if s.column.key == REASON]
    return longest <= sum(room)


def _reasons(table: Table, width: int) -> list[RenderableType]:
    """Tell each reason once, behind whom and what it is about."""
    rows = table.frame.drop_nulls(REASON)
    texts = takewhile(lambda column: column.format == "text", table.columns)
    who, *others = (column.key for column in texts if column.key != "level")
    others = [key for key in others if table.frame[key].n_unique() > 1]
    alike: dict[tuple[str, str], list[str]] = {}
    for row in rows.iter_rows(named=True):
        said = alike.setdefault((row[who], row[REASON]), [])
        said.append(" ".join(row[key] for key in others))
    grid = Grid.grid(
        Column(overflow="fold", max_width=width // 3), Column(overflow="fold"),
        padding=(0, GAP, 0, 0),
    )  # fmt: skip
    for (name, reason), said in alike.items():
        about = ", ".join(filter(None, dict.fromkeys([name, *said])))
        grid.add_row(Text(about), Text(reason))
    label = next(column.label for column in table.columns if column.key == REASON)
    return [Text(f"{label.capitalize()}:"), grid]


def _drawn(table: Table, *, width: int, most: int | None) -> list[RenderableType]:
    """Draw a table below its title; what comes first in it matters most, so its end is cut.

    Reasons that would be cut in their column stand below it in full.
    """
    rows = table.frame.height if most is None else min(table.frame.height, most)
    more = table.frame.height - rows
    cut = replace(table, frame=table.frame.head(rows))
    drawn: list[RenderableType] = ["", Text(table.title)]
    if table.frame.is_empty():
        return [*drawn, Text("none", FAINT)]
    reasons: list[RenderableType] = []
    explains = REASON in {column.key for column in cut.columns}
    if explains and cut.frame[REASON].count() and not _has_room(cut, width):
        reasons = _reasons(cut, width)
        columns = tuple(column for column in cut.columns if column.key != REASON)
        cut = replace(cut, columns=columns)
    grid, *captions = draw_table(cut, width=width)
    drawn.append(grid)
    if more:
        told = f"the first {rows}; {more:,} more: --all, or --format csv --table {table.key}"
        drawn.append(Text(told))
    return [*drawn, *captions, *reasons]


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
