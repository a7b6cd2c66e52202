"""The index of a folder: one page that needs nothing but itself."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from quotarisk.batch.outcomes import RiskLine
from quotarisk.batch.summary import Entry, Figure, Summary
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import MISSING, write_error, write_points, write_share

TEMPLATE = "index.html.jinja"
MOST_TROUBLES = 20  # of a scenario
STATES = {
    "done": "new",
    "unchanged": "unchanged",
    "failed": "failed",
    "kept": "not in this run",
}


def write_change(figure: Figure) -> str:
    """How is a change written, in points? With half a 95 % interval, and a dash for none.

    Examples
    --------
    >>> write_change(Figure("2027", 0.45, 0.005, -0.031, 0.007))
    '−3.1 ±1.4'
    """
    if figure.change is None:
        return MISSING
    points = write_points(abs(figure.change))
    sign = "" if float(points) == 0 else "+" if figure.change > 0 else "−"  # noqa: RUF001 - a minus
    return f"{sign}{points} {write_error(figure.change_se, 'share')}"


def write_chance(figure: Figure) -> str:
    """How is P(hit) written, in per cent with half a 95 % interval?"""
    share = write_share(figure.p_hit)
    return share if share[0] in "<>" else f"{share} {write_error(figure.p_hit_se, 'share')}"


def write_moment(told: str) -> str:
    """How is a time written for people?

    Examples
    --------
    >>> write_moment("2027-01-04T02:00:41Z")
    '2027-01-04 02:00 UTC'
    """
    return f"{told[:10]} {told[11:16]} UTC"


def list_troubles(entry: Entry) -> list[str]:
    """What is wrong with a scenario, or below the line? The first few, and how many more."""
    told = [*map(str, entry.faults), *(f"below the risk line: {line}" for line in entry.crossed)]
    more = len(told) - MOST_TROUBLES
    return told[:MOST_TROUBLES] + ([f"{more:,} more: see summary.json"] if more > 0 else [])


def _count(entries: tuple[Entry, ...]) -> str:
    """Say how many scenarios there are, and what became of them."""
    numbers = {
        word: sum(entry.status == status for entry in entries) for status, word in STATES.items()
    }
    told = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
    return f"{len(entries)} scenario{'' if len(entries) == 1 else 's'}: {told}"


def _tell_line(line: RiskLine | None) -> str:
    if line is None:
        return ""
    periods = line.cadence or "longest period"
    return (
        f"Risk line: P(hit) of each {line.level} by the {periods} at least {100 * line.below:g} %."
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("quotarisk.batch", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "address": quote,
        "chance": write_chance,
        "change": write_change,
        "moment": write_moment,
    }
    return environment.get_template(TEMPLATE)


def draw_index(summary: Summary) -> str:
    """What does the folder's page say?

    Everything that a scenario may hold is escaped; the page loads nothing and runs nothing.
    """
    return _template().render(
        summary=summary,
        count=_count(summary.entries),
        line=_tell_line(summary.risk_line),
        cadences=CADENCES,
        states=STATES,
        missing=MISSING,
        listed=list_troubles,
    )
