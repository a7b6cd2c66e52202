"""The heat map: P(hit), rep by period, the quarters under their months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quotarisk.periods import Cadence, Period
from quotarisk.reporting.colours import shade
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, Table, attainment_table, reps_table, write_cell

Row = Mapping[str, object]


@dataclass(frozen=True)
class Shade:
    """A chance in its colour; no colour where there is none.

    Parameters
    ----------
    text
        As it is written.
    colour
        Of its ground, or nothing.
    told
        All that is known of it, in a sentence.
    span
        Months that it stands under.
    """

    text: str
    colour: str
    told: str
    span: int = 1


@dataclass(frozen=True)
class Heading:
    """A period's heading and the months that it spans; without a name it is a gap."""

    name: str
    span: int = 1


@dataclass(frozen=True)
class HeatRow:
    """A rep: the mean chances, and those of each period, in the order of the headings."""

    name: str
    group: str
    means: Mapping[Cadence, Shade]
    cells: Mapping[Cadence, tuple[Shade, ...]]
    keys: tuple[object, ...]


@dataclass(frozen=True)
class HeatMap:
    """Headings by cadence, and a row a rep; a cadence without any chance has no headings.

    ``keys`` of a row are what it is sorted by: name, group, and the mean chance of a month, a
    quarter and a year.
    """

    headings: Mapping[Cadence, tuple[Heading, ...]]
    rows: tuple[HeatRow, ...]

    @property
    def lines(self) -> tuple[Cadence, ...]:
        """Cadences that a rep has a line for: months, and the quarters under them."""
        lines: tuple[Cadence, ...] = ("month", "quarter")
        return tuple(cadence for cadence in lines if self.headings[cadence])

    @property
    def has_chances(self) -> bool:
        """Whether there is anything to show."""
        return any(self.headings.values())

    @property
    def has_groups(self) -> bool:
        """Whether any rep belongs to a group."""
        return any(row.group for row in self.rows)


def _headings(results: Results) -> dict[Cadence, tuple[Heading, ...]]:
    """Name the answered periods of each cadence in which any rep has a chance.

    Quarters lie under their months, if those are shown, with gaps between them.
    """
    frame = results.attainment.frame.filter(level="rep")
    answered = set(zip(frame["cadence"], frame["period"], strict=True))
    shown = set(frame.drop_nulls("p_hit")["cadence"])
    found: dict[Cadence, list[Period]] = {"month": [], "quarter": [], "year": []}
    for period in results.scenario.horizon.all_periods:
        if period.cadence in shown and (period.cadence, period.name) in answered:
            found[period.cadence].append(period)
    quarter_of = {
        month: quarter.name for quarter in found["quarter"] for month in quarter.month_names
    }
    under = [] if found["month"] else [Heading(quarter.name) for quarter in found["quarter"]]
    for month in found["month"] if found["quarter"] else ():
        name = quarter_of.get(month.name, "")
        if under and name and under[-1].name == name:
            under[-1] = Heading(name, under[-1].span + 1)
        else:
            under.append(Heading(name))
    return {
        "month": tuple(Heading(period.name) for period in found["month"]),
        "quarter": tuple(under),
        "year": tuple(Heading(period.name) for period in found["year"]),
    }


def _shade(columns: Sequence[Column], row: Row | None, about: str, span: int = 1) -> Shade:
    """Write the first column's chance; the others go into what is told of it."""
    if row is None:
        return Shade("", "", "", span)
    text, error = write_cell(columns[0], row)
    value = row[columns[0].key]
    if not isinstance(value, float):
        return Shade(text, "", f"{about}: no quota", span)
    rest = "".join(f"; {column.label} {write_cell(column, row)[0]}" for column in columns[1:])
    return Shade(text, shade(value), f"{about}: P(hit) {text}{error} %{rest}", span)


def _pick(table: Table, *keys: str) -> list[Column]:
    columns = {column.key: column for column in table.columns}
    return [columns[key] for key in keys]


def map_heat(results: Results) -> HeatMap:
    """How likely does each rep hit each period?"""
    headings = _headings(results)
    attainment, reps = attainment_table(results), reps_table(results)
    shown = _pick(attainment, "p_hit", "quota", "p10", "p50", "p90")
    rows = {
        (row["name"], row["cadence"], row["period"]): row
        for row in attainment.frame.filter(level="rep").iter_rows(named=True)
    }
    found = []
    for rep in reps.frame.iter_rows(named=True):
        name = rep["name"]
        means: dict[Cadence, Shade] = {
            cadence: _shade(_pick(reps, f"p_hit_{cadence}"), rep, f"{name}, mean of the {cadence}s")
            for cadence in headings
        }
        cells: dict[Cadence, tuple[Shade, ...]] = {
            cadence: tuple(
                _shade(
                    shown,
                    rows.get((name, cadence, heading.name)),
                    f"{name}, {heading.name}",
                    heading.span,
                )
                for heading in under
            )
            for cadence, under in headings.items()
        }
        chances = (rep[f"p_hit_{cadence}"] for cadence in headings)
        found.append(HeatRow(name, rep["group"], means, cells, (name, rep["group"], *chances)))
    return HeatMap(headings, tuple(found))
