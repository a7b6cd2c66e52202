from __future__ import annotations

import pytest

from quotarisk.scenario.places import Cell, Loc, Origins, path_text


@pytest.mark.parametrize(
    ("loc", "expected"),
    [
        ((), ""),
        (("reps", 2, "segments", "small", "win_rate"), "reps[2].segments.small.win_rate"),
        (("segments", 'a "b"\n'), r'segments."a \"b\"\n"'),
        (("segments", "a" * 80), f"segments.{'a' * 59}…"),
    ],
)
def test_path_text(loc: Loc, expected: str) -> None:
    """A path is written as in TOML, odd keys in quotes."""
    assert expected == path_text(loc)


ORIGINS = Origins(
    "team.toml",
    {
        ("reps", 1): Cell("reps.csv", 3, "rep"),
        ("reps", 1, "group"): Cell("reps.csv", 4, "group"),
        ("booked", 0): Cell("booked.csv", 2),
    },
)


@pytest.mark.parametrize(
    ("loc", "expected"),
    [
        (("reps", 0, "group"), "team.toml: reps[0].group"),
        ((), "team.toml"),
        (("reps", 1, "group"), "reps.csv: row 4, column group"),
        (("reps", 1, "segments", "small"), "reps.csv: row 3, column rep"),
        (("booked", 0, "amount"), "booked.csv: row 2, column amount"),
        (("booked", 0), "booked.csv: row 2"),
    ],
)
def test_find(loc: Loc, expected: str) -> None:
    """A value is found in the nearest cell that it came from, else in the scenario file."""
    assert expected == str(ORIGINS.find(loc))
