"""Templates of pages: what they are filled by, and the parts that they share."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from quotarisk.reporting.colours import shade
from quotarisk.reporting.tables import Column

MOST_OPEN_ROWS = 40  # of a table that stands open
NAMES = ("unit", "name", "rep", "group", "segment")  # keys of columns


def _spoken(name: str) -> str:
    """Name a month as people do: 2027-01 as Jan 27.

    Examples
    --------
    >>> _spoken("2027-01"), _spoken("2027-Q1")
    ('Jan 27', '2027-Q1')
    """
    year, _, month = name.partition("-")
    words = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{words[int(month) - 1]} {year[2:]}" if month.isdigit() else name


def _is_name(column: Column) -> bool:
    """Does a column hold names, which may be long?"""
    return column.key in NAMES


def _shaded(column: Column, value: object) -> str:
    """Give the colour of a chance in a table of plans; none for anything else."""
    is_chance = column.key.startswith("p_hit") and column.format == "share"
    return shade(value) if is_chance and isinstance(value, float) else ""


def template_part(name: str) -> str:
    """Read a file of ``templates/``."""
    return (files("quotarisk.reporting") / "templates" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(template_part),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spoken"] = _spoken
    environment.globals["shaded"] = _shaded
    environment.tests["name"] = _is_name
    return environment


def script(code: str) -> Markup:
    """Put our own code into a script element: it must not hold what ends one."""
    assert "</script" not in code.lower()
    assert "<!--" not in code
    return Markup(code)


def fill_template(name: str, /, **told: object) -> str:
    """Fill a template of a page; its look and what sorts its tables are put in too."""
    return (
        _environment()
        .get_template(name)
        .render(
            css=Markup(template_part("page.css")),
            javascript=script(template_part("page.js")),
            most_open=MOST_OPEN_ROWS,
            **told,
        )
    )
