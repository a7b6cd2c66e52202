"""The screen of a run: the answer, the reps, the plans, what is doubtful, the source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from io import StringIO

import polars as pl
from rich.box import Box
from rich.console import Console, Group, RenderableType
from rich.table import Column
from rich.table import Table as Grid
from rich.text import Text

from quotarisk.reporting import sentences
from quotarisk.reporting.layout import GAP, Cell, Strip, lay_out
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.results import Results
from quotarisk.reporting.risks import risk_tables, tell_risk
from quotarisk.reporting.tables import Table, reps_table

RULED = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
LEAST_ROWS = 10
MOST_CONTRIBUTORS = 5  # to what varies, of a run's screen
OTHER_LINES = 31  # of the screen that are not a row of the reps' table
# Vermillion and blue can be told apart by the colour-blind, on black and on white.
BANDS = (
    (0.2, "bold #d55e00"),
    (0.4, "#d55e00"),
    (0.6, ""),
    (0.8, "#3b8ede"),
    (1.1, "bold #3b8ede"),
)
FAINT = "dim"


def band_style(share: float) -> str:
    """In which style is a P(hit) shown?"""
    return next(style for bound, style in BANDS if share < bound)


def _text(cell: Cell, strip: Strip) -> Text:
    """Draw a cell as wide as its column; figures align, and so do their errors."""
    style, column = "", strip.column
    is_chance = column.key.startswith("p_hit") and column.format == "share"
    if is_chance and isinstance(cell.value, float):
        style = band_style(cell.value)
    text = Text().append(cell.text, style)
    if strip.error_width:
        text.append(" " + cell.error.ljust(strip.error_width), FAINT)
    if strip.column.format != "text":
        text.pad_left(max(strip.width - text.cell_len, 0))
    text.truncate(strip.width, overflow="ellipsis")
    return text


def _grid(strips: tuple[Strip, ...]) -> Grid:
    grid = Grid(
        box=RULED, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), header_style="none"
    )
    for strip in strips:
        is_text = strip.column.format == "text"
        heading = Text(strip.column.label, justify="left" if is_text else "right")
        grid.add_column(heading, width=strip.width, vertical="bottom")
    for cells in zip(*(strip.cells for strip in strips), strict=True):
        grid.add_row(*(_text(cell, strip) for cell, strip in zip(cells, strips, strict=True)))
    return grid


def _worst_first(frame: pl.DataFrame, most: int) -> pl.DataFrame:
    """Keep the team, and those who are least likely to hit, by the quarter where that is known."""
    keys = ("p_hit_quarter", "p_hit", "p_hit_month", "p_hit_year")
    chance = pl.coalesce(pl.col(key) for key in keys if key in frame.columns)
    if "level" in frame.columns:
        chance = pl.when(pl.col("level") == "team").then(-1.0).otherwise(chance)
    return frame.sort(chance, nulls_last=True, maintain_order=True).head(most)


def draw_table(table: Table, *, width: int, most: int | None = None) -> list[RenderableType]:
    """Draw a table as wide as there is room, its captions below; ``most`` cuts its rows."""
    frame, more = table.frame, 0
    if most is not None and frame.height > most:
        more = frame.height - most
        frame = _worst_first(frame, most)
    strips = lay_out(table, list(frame.iter_rows(named=True)), width=width)
    drawn: list[RenderableType] = [_grid(strips)]
    if more:
        drawn.append(Text(f"the least likely {most}; {more:,} more: --all, or --format csv"))
    shown = {strip.column.key for strip in strips}
    told = [text for keys, text in table.captions if shown.intersection(keys)]
    if told:
        drawn.append(Text(" ".join(told), FAINT))
    return drawn


def draw_cautions(told: Iterable[str]) -> list[RenderableType]:
    """Draw each caution behind a mark, in a block of its own."""
    drawn: list[RenderableType] = []
    for caution in told:
        grid = Grid.grid("", Column(overflow="fold"), padding=(0, 1, 0, 0))
        grid.add_row(Text("!", "bold"), Text(caution))
        drawn.append(grid)
    return drawn


def render(drawn: RenderableType, *, width: int, styled: bool = False) -> str:
    """Turn what was drawn into lines without spaces at their ends."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=styled,
        color_system="auto" if styled else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as capture:
        console.print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _draw_risk(table: Table, *, width: int, most: int | None) -> list[RenderableType]:
    """Draw a table of the risk; of those who make what varies, only the first few."""
    if table.key != "contributors":
        return draw_table(table, width=width, most=most)
    more = table.frame.height - MOST_CONTRIBUTORS
    shown = replace(table, frame=table.frame.head(MOST_CONTRIBUTORS))
    grid, *captions = draw_table(shown, width=width)
    if more <= 0:
        return [grid, *captions]
    told = f"the first {MOST_CONTRIBUTORS}; {more:,} more: --format csv --answer contributors"
    return [grid, Text(told), *captions]


def _screen(results: Results, *, width: int, most: int | None) -> Group:
    parts: list[RenderableType] = [Text(results.scenario.name, "bold")]
    parts += [Text(sentence, "bold") for sentence in sentences.headline(results)]
    for table in (reps_table(results), plans_table(results)):
        if not results.attainment.frame.is_empty():
            parts += ["", *draw_table(table, width=width, most=most)]
    risk = tell_risk(results.risk, results.scenario)
    if risk:
        for table in risk_tables(results.risk, results.scenario, longest=True):
            parts += ["", *_draw_risk(table, width=width, most=most)]
        parts += ["", *(Text(sentence) for sentence in risk)]
    told = sentences.cautions(results)
    if told:
        parts.append("")
    parts += draw_cautions(told)
    parts.append("")
    parts += [Text(note) for note in results.notes]
    parts.append(Text(sentences.source(results), FAINT))
    return Group(*parts)


def draw_run(
    results: Results, *, width: int, lines: int | None = None, styled: bool = False
) -> str:
    """What does a run's screen look like?

    Parameters
    ----------
    results
        The answers.
    width
        Cells of a line.
    lines
        Lines of the terminal: longer tables are cut to their least likely rows. All rows
        where it is left out.
    styled
        Whether to use colour and bold type, as far as the terminal has them.

    Returns
    -------
    str
        Lines without spaces at their ends.
    """
    most = None if lines is None else max(LEAST_ROWS, lines - OTHER_LINES)
    return render(_screen(results, width=width, most=most), width=width, styled=styled)
