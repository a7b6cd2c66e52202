"""Any reply as a page: one file that tells the answer and asks nothing of any network."""

from __future__ import annotations

from dataclasses import dataclass, replace

from quotarisk.reporting import sentences
from quotarisk.reporting.grids import Grid, grid_of
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import Table
from quotarisk.reporting.templating import fill_template

FIRST_OPEN_ROWS = 100  # of the first table, which is the answer
MOST_ROWS = 1000  # of a table: nobody reads more of them on a page, and browsers grow slow


@dataclass(frozen=True)
class _Part:
    """A table as it is drawn, and how many of its rows are not."""

    grid: Grid
    more: int


def _part(table: Table) -> _Part:
    more = max(table.frame.height - MOST_ROWS, 0)
    return _Part(grid_of(replace(table, frame=table.frame.head(MOST_ROWS))), more)


def draw_reply_page(reply: Reply) -> str:
    """What does a reply look like, as one page of HTML?

    Returns
    -------
    str
        The page. It needs no other file and no network, and the same reply gives the same text.
        Of tables with more than a thousand rows it shows the first ones, and says so.
    """
    return fill_template(
        "reply.html.j2",
        title=reply.title,
        question=reply.tables[0].title,
        currency=reply.currency,
        first_open=FIRST_OPEN_ROWS,
        sentences=reply.sentences,
        parts=[_part(table) for table in reply.tables],
        cautions=reply.cautions,
        notes=reply.notes,
        source=sentences.tell_source(reply.provenance),
    )
