from __future__ import annotations

from datetime import date

from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.team import Rep
from quotarisk.scenario.terms import missing_parameters, segments_of, terms_of

CYCLE = LawSpec(known=30.0)
SMALL = Segment(
    opps_per_week=OppRate(known=1.0),
    win_rate=WinRate(known=0.3),
    deal_size=LawSpec(known=10.0),
    won_cycle_days=CYCLE,
)
SCENARIO = Scenario(
    name="T", start=date(2027, 1, 1), segments={"small": SMALL, "large": Segment(stall_rate=0.1)}
)


def test_segments_of() -> None:
    """A rep sells the segments that it names, or all."""
    assert ("small", "large") == segments_of(SCENARIO, Rep(name="Ana"))
    assert ("large",) == segments_of(SCENARIO, Rep(name="Ana", segments={"large": Segment()}))


def test_missing_parameters() -> None:
    """What neither the rep nor the segment gives is missing, save what may be left out."""
    rep = Rep(name="Ana", segments={"large": Segment(win_rate=WinRate(known=0.2))})

    assert () == missing_parameters(SCENARIO, rep, "small")
    assert ("opps_per_week", "deal_size", "won_cycle_days") == missing_parameters(
        SCENARIO, rep, "large"
    )


def test_terms_of_the_segment() -> None:
    """A rep who says nothing has the segment's figures; nothing stalls, lost takes as won."""
    terms = terms_of(SCENARIO, Rep(name="Ana"), "small")

    assert (0.0, CYCLE, frozenset()) == (terms.stall_rate, terms.lost_cycle_days, terms.own)
    assert SMALL.win_rate == terms.win_rate


def test_terms_of_the_rep() -> None:
    """What a rep says wins, and is known as the rep's own."""
    own = Segment(win_rate=WinRate(known=0.9), stall_rate=0.05, lost_cycle_days=LawSpec(known=5))
    terms = terms_of(SCENARIO, Rep(name="Ana", segments={"small": own}), "small")

    assert (own.win_rate, 0.05, own.lost_cycle_days) == (
        terms.win_rate,
        terms.stall_rate,
        terms.lost_cycle_days,
    )
    assert frozenset({"win_rate", "stall_rate", "lost_cycle_days"}) == terms.own
