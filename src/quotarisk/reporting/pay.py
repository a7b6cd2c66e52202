"""Pay in sentences and labelled tables: what it costs, and what it makes people sell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quotarisk.analysis.answers import Answer
from quotarisk.reporting.pay_choices import choice_tables
from quotarisk.reporting.pay_columns import TITLES, full_tables
from quotarisk.reporting.pay_levels import (
    cadence_table,
    compare_table,
    gains_table,
    pay_table,
    spread_table,
)
from quotarisk.reporting.pay_outcomes import outcome_tables
from quotarisk.reporting.pay_sentences import pay_sentences
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import Table
from quotarisk.scenario.scenario import Scenario

HALVES = (
    "Mixes are chosen on one half of the futures and told by the other; of those that are as good, "
    "within 2 standard errors, it is the nearest to today's."
)

_EXPOSURE = "Exposure only: "


def pay_tables(plans: Sequence[str] = (), behaviour: Sequence[str] = ()) -> tuple[str, ...]:
    """Which tables will there be, by their keys?

    Parameters
    ----------
    plans, behaviour
        As `price_plans` takes them.

    Examples
    --------
    >>> pay_tables()
    ('pay', 'cadences', 'volatility', 'deals', 'mixes', 'spifs', 'efficiency')
    """
    left_out = set()
    if len(dict.fromkeys(plans)) < 2:
        left_out.add("compare")
    if not behaviour:
        left_out.add("behaviour")
    return tuple(key for key in TITLES if key not in left_out)


def _brief_tables(answer: Answer, scenario: Scenario, *, with_chart: bool) -> Iterator[Table]:
    """What people see: the team or the only rep where all reps would be too much."""
    parts = answer.parts
    yield pay_table(answer, scenario)
    yield spread_table(answer, scenario, with_chart=with_chart)
    if "compare" in parts and parts["compare"].height:
        yield compare_table(answer, scenario)
    if parts["cadences"].height:
        yield cadence_table(answer, scenario)
        alone = parts["cadences"].filter(level="rep")["name"].n_unique() == 1
        gains = None if alone else gains_table(answer, scenario)
        if gains is not None:
            yield gains
    yield from choice_tables(answer, scenario)
    yield from outcome_tables(answer, scenario, in_columns=with_chart)


def _note(answer: Answer) -> str:
    """What is assumed of behaviour; all but what is named."""
    if "behaviour" not in answer.parts:
        return answer.note
    return f"Apart from the behaviours that are named, {answer.note.removeprefix(_EXPOSURE)}"


def pay_reply(
    answer: Answer, scenario: Scenario, *, in_full: bool = True, with_chart: bool = False
) -> Reply:
    """What does pay say, in sentences and labelled tables?

    Parameters
    ----------
    answer
        From `price_plans`, with its mixes and its efficiency.
    scenario
        What it is about.
    in_full
        Whether every figure is there, as programs want it; else what people act on.
    with_chart
        Whether pay is drawn as a line of characters, where the letters are of one width.
    """
    tables = (
        full_tables(answer, scenario.currency)
        if in_full
        else tuple(_brief_tables(answer, scenario, with_chart=with_chart))
    )
    return Reply(
        title=scenario.name,
        sentences=pay_sentences(answer, scenario),
        tables=tables,
        cautions=answer.cautions,
        notes=(_note(answer), HALVES),
        provenance=answer.provenance,
        currency=scenario.currency,
    )
