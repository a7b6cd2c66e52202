"""What all reps have in common, moved: how much the market swings, seasons, and the clock of deals.

All of it is taken as known, so it moves by 10 % down and up: the market's standard deviations and
its persistence as they are, seasons and clocks in how far they are from even (a factor f becomes
f^0.9 and f^1.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from quotarisk.analysis.moving import STEP, TENTH, Assumption, Figure, Move
from quotarisk.simulation.comparing import Variant
from quotarisk.simulation.lowering import Setting

_FIGURES: tuple[tuple[Figure, str], ...] = (
    ("market_creation", "creation"),
    ("market_win_odds", "win_odds"),
    ("market_deal_size", "deal_size"),
    ("market_persistence", "persistence"),
)
_FACTORS = (1 - STEP, 1 + STEP)


def _assumption(
    variant: Variant, figure: Figure, values: tuple[float, float, float], sides: list[Setting]
) -> Assumption:
    moves = dict.fromkeys(variant.tasks, Move(*values, TENTH))
    return Assumption(figure, "", moves, {}, {}, sides[0], sides[1])


def _of_market(variant: Variant) -> Iterator[Assumption]:
    setting, market = variant.setting, variant.setting.market
    if not market.moves:
        return
    for figure, key in _FIGURES:
        value: float = getattr(market, key)
        if value == 0 or (key == "persistence" and len(setting.cell_ids) == 1):
            continue
        low, high = (value * factor for factor in _FACTORS)
        if key == "persistence":  # a correlation: it goes half of the way to 1 at most
            high = math.copysign(min(abs(high), (1 + abs(value)) / 2), value)
        sides = [
            replace(setting, market=market.model_copy(update={key: end})) for end in (low, high)
        ]
        yield _assumption(variant, figure, (value, low, high), sides)


def _of_calendar(variant: Variant) -> Iterator[Assumption]:
    setting, calendar = variant.setting, variant.setting.calendar
    found: tuple[tuple[Figure, tuple[str, ...]], ...] = (
        ("seasons", ("creation",)),
        ("clock", ("won", "lost")),
    )
    for figure, keys in found:
        if all(factor == 1 for key in keys for factor in getattr(calendar, key)):
            continue
        sides = []
        for power in _FACTORS:
            told = {key: tuple(f**power for f in getattr(calendar, key)) for key in keys}
            sides.append(replace(setting, calendar=calendar.model_copy(update=told)))
        yield _assumption(variant, figure, (1.0, *_FACTORS), sides)


def list_surroundings(variant: Variant) -> tuple[Assumption, ...]:
    """Which assumptions about the market and the calendar can be moved? Those that are told.

    They concern all reps alike. Weeks of the past that a correction repeats do not follow them.
    """
    return (*_of_market(variant), *_of_calendar(variant))
