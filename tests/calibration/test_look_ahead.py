"""No look-ahead: what comes after the day of a fit changes no byte of the fitted scenario.

Exports are read as a user has them. Of rows that are open on the day, or come after it, all
that the CRM learns later is changed: how and when they end, for how much, which stage and
probability stand there, and whether they are there at all. What is decided by the layout of an
export (whether amounts are known of open deals, how names are spelt) is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.calibration.generating import generate_history
from quotarisk.calibration.plain import fit_plain
from quotarisk.calibration.reading import read_history
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.writing import write_scenario
from tests.calibration.exports import csv_of

Layout = Literal["amounts while open", "amounts of won deals", "bands of the amount"]
LAYOUTS: tuple[Layout, ...] = ("amounts while open", "amounts of won deals", "bands of the amount")
SINCE, AS_OF, UNTIL = date(2024, 1, 1), date(2024, 8, 15), date(2024, 12, 31)
HEADER = "Opportunity ID,Owner,Created Date,Close Date,Stage,Probability,Amount"
STAGES = {"won": ["Closed Won"], "lost": ["Closed Lost"], "open": ["Negotiation", "Proposal"]}
REPS = ("Ana", "Bo", "Cy")
TEAM = Scenario.model_validate(
    {
        "name": "Team",
        "start": SINCE,
        "segments": {
            name: {
                "opps_per_week": 0.8,
                "win_rate": 0.4,
                "stall_rate": 0.1,
                "deal_size": {"median": size, "p90": 2 * size},
                "won_cycle_days": {"median": 40.0, "p90": 90.0},
                "lost_cycle_days": {"median": 30.0, "p90": 90.0},
            }
            for name, size in (("New", 20_000.0), ("Renewal", 3_000.0))
        },
        "reps": [{"name": name} for name in REPS],
    }
)


class Deal(NamedTuple):
    """A row of the export."""

    deal: str
    rep: str
    segment: str
    created: date
    closed: date | None
    outcome: str
    amount: float
    stage: int = 0
    probability: int = 50


@cache
def sold() -> tuple[Deal, ...]:
    """What the team sold, as it is known long after the day."""
    rows = generate_history(TEAM, since=SINCE, until=UNTIL, seed=4)
    return tuple(Deal(*row) for row in rows.iter_rows())


def is_known(deal: Deal) -> bool:
    """Whether all that the export says of a deal was so on the day."""
    return deal.closed is not None and deal.closed <= AS_OF


def written(deal: Deal, layout: Layout) -> str:
    """Write a row: an open deal has the day on which it is expected to close, or none."""
    amount = deal.amount if layout != "amounts of won deals" or deal.outcome == "won" else ""
    stages = STAGES[deal.outcome]
    cells = [
        *(deal.deal, deal.rep, deal.created, deal.closed or ""),
        *(stages[deal.stage % len(stages)], deal.probability, amount),
        *([] if layout == "bands of the amount" else [deal.segment]),
    ]
    return ",".join(map(str, cells))


def fitted(deals: Sequence[Deal], layout: Layout, *, as_of: date = AS_OF) -> dict[str, bytes]:
    """Write an export, read it, fit it, write the scenario: what is in its files?"""
    header = HEADER if layout == "bands of the amount" else f"{HEADER},Type"
    with TemporaryDirectory() as name:
        source = Path(name) / "deals.csv"
        source.write_text(csv_of(*(written(deal, layout) for deal in deals), header=header))
        history = read_history(source)
        assert history.amounts_while_open == (layout != "amounts of won deals")
        assert history.banded == (layout == "bands of the amount")
        made = fit_plain(history, as_of=as_of, months=3)
        folder = Path(name) / "made"
        folder.mkdir()
        write_scenario(made.scenario, folder / "team.toml")
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@cache
def usual(layout: Layout) -> dict[str, bytes]:
    """What the fit makes of the future that came."""
    return fitted(sold(), layout)


LATER = st.integers(1, 500).map(lambda days: AS_OF + timedelta(days=days))
AMOUNTS = st.integers(1, 10**8).map(lambda cents: cents / 100)
ENDS = st.one_of(
    st.tuples(st.sampled_from(["won", "lost"]), LATER),
    # what an open deal's close date says is a hope, even where it is long past
    st.tuples(st.just("open"), st.none() | LATER | st.just(SINCE)),
)


@st.composite
def futures(draw: st.DrawFn, layout: Layout) -> list[Deal]:
    """Draw another future of the same past."""
    made = []
    for deal in sold():
        if is_known(deal):
            made.append(deal)
            continue
        came_later = deal.created > AS_OF
        if came_later and draw(st.booleans()):
            continue
        outcome, closed = draw(ENDS)
        if outcome != "open" and closed is not None:
            closed = max(closed, deal.created)
        # an amount that the CRM knows of open deals was known on the day
        free = came_later or layout == "amounts of won deals"
        made.append(
            deal._replace(
                closed=closed,
                outcome=outcome,
                amount=draw(AMOUNTS) if free else deal.amount,
                stage=draw(st.integers(0, 1)),
                probability=draw(st.integers(0, 100)),
            )
        )
    for number in range(draw(st.integers(0, 5))):
        created = draw(LATER)
        rep = draw(st.sampled_from([*REPS, "Dee"]))
        segment = draw(st.sampled_from(["New", "Renewal", "Upsell"]))
        outcome = draw(st.sampled_from(["won", "lost", "open"]))
        closed = None if outcome == "open" else created
        made.append(Deal(f"later {number}", rep, segment, created, closed, outcome, draw(AMOUNTS)))
    return made


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_future_changes_no_byte(layout: Layout) -> None:
    """However the deals that were open on the day end, the fitted scenario is the same file."""

    @settings(derandomize=True, database=None, deadline=None, max_examples=15)
    @given(deals=futures(layout))
    def check(deals: list[Deal]) -> None:
        assert usual(layout) == fitted(deals, layout)

    check()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_past_changes_bytes(layout: Layout) -> None:
    """Negative control: a close on the day itself is seen, and so is a day later as of then."""
    index = next(i for i, deal in enumerate(sold()) if deal.created < AS_OF and not is_known(deal))
    changed = list(sold())
    changed[index] = changed[index]._replace(outcome="won", closed=AS_OF)
    assert usual(layout) != fitted(changed, layout)
    changed[index] = changed[index]._replace(closed=AS_OF + timedelta(days=1))
    assert usual(layout) == fitted(changed, layout)
    tomorrow = {"as_of": AS_OF + timedelta(days=1)}
    assert fitted(sold(), layout, **tomorrow) != fitted(changed, layout, **tomorrow)
