"""Stresses in words: what each one changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quotarisk.analysis.builtin_stresses import BUILTINS
from quotarisk.wording import list_names

_EVEN = 0.0005  # of a factor: what would round to no change
_LOWER, _HIGHER = 0, 1
_FACTORS = {
    "win_rate": ("win rates {} lower", "win rates {} higher"),
    "opps_per_week": ("{} fewer opportunities", "{} more opportunities"),
    "deal_size": ("deals {} smaller", "deals {} larger"),
    "cycle_days": ("cycles {} shorter", "cycles {} longer"),
    "ramp": ("ramps {} lower", "ramps {} higher"),
}
Row = Mapping[str, Any]


def label_of(stress: str) -> str:
    """What is a stress called by people? A built-in one by its words, others as they are."""
    return stress.replace("_", " ") if stress in BUILTINS else stress


def join_parts(parts: Sequence[str]) -> str:
    """Put parts of a sentence together, all of them.

    Examples
    --------
    >>> join_parts(["a"]), join_parts(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _percent(factor: float) -> str:
    percent = 100 * abs(factor - 1)
    return f"{percent:.0f} %" if percent >= 0.95 else f"{percent:.1f} %"


def tell_stress(row: Row) -> str:
    """What does a stress change, in words that go into a sentence?

    Parameters
    ----------
    row
        Of the part ``stresses`` of a stress test.

    Examples
    --------
    >>> tell_stress({"win_rate": 0.8, "cycle_days": 1.25, "remove_reps": ["Ana", "Bo"]})
    'without Ana and Bo, with win rates 20 % lower and cycles 25 % longer'
    >>> tell_stress({"delay_hires_days": 60}), tell_stress({})
    ('with hires 60 days late', 'with nothing changed')
    """
    moved = []
    for key, ways in _FACTORS.items():
        factor = row.get(key, 1.0)
        if abs(factor - 1) >= _EVEN:
            moved.append(ways[_HIGHER if factor > 1 else _LOWER].format(_percent(factor)))
    late = row.get("delay_hires_days", 0)
    if late:
        moved.append(f"hires {late} {'day' if late == 1 else 'days'} late")
    gone = row.get("remove_reps")
    told = [f"without {list_names(gone)}"] if gone else []
    if moved:
        told.append(f"with {join_parts(moved)}")
    return ", ".join(told) or "with nothing changed"
