"""The best of many choices: no winner's curse."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.analysis.choice import (
    AS_TODAY,
    BETTER,
    NOT_CLEAR,
    as_good_as_best,
    best_choices,
    choose_best,
    is_clear,
    judge,
)
from quotarisk.analysis.glance import Glance, Half, look
from quotarisk.simulation.comparing import Key, Seen
from quotarisk.simulation.estimates import Estimate

KEYS: tuple[Key, ...] = (("month", "2027-01"), ("quarter", "2027-Q1"))
PATHS, CHOICES = 400, 30
FAR = list(range(CHOICES))  # from today's


def _glances(seed: int, chances: list[float], *, quarter: bool = True) -> list[Glance]:
    """Glances of choices that hit with these chances, each by luck of its own."""
    random = np.random.default_rng(seed)
    booked = [np.repeat(random.binomial(1, p, (1, PATHS)) * 100.0, 2, axis=0) for p in chances]
    quotas = np.array([100.0, 100.0 if quarter else np.nan])
    return look(Seen("rep", "Ana", "", booked, [quotas] * len(booked)), KEYS)


def test_the_best_is_found() -> None:
    """The one that is clearly most likely, and its gain is what it is."""
    glances = _glances(1, [0.3, 0.4, 0.8, 0.5])

    place, as_good = choose_best(glances, "month", FAR)
    half = glances[place].chances["month"].half

    assert (2, (2,)) == (place, as_good)
    assert BETTER == judge(place, half)
    assert abs(half.gain.value - 0.5) < 4 * half.gain.se


def test_the_winners_curse_is_broken() -> None:
    """Of 30 choices that are all alike the best gains nothing on average; read naively it would."""
    runs = 60
    told, naive = [], []
    for seed in range(runs):
        glances = _glances(seed, [0.4] * CHOICES)
        place, _ = choose_best(glances, "month", FAR[::-1])
        told.append(glances[place].chances["month"].half.gain.value)
        naive.append(max(glance.chances["month"].change.value for glance in glances))

    assert abs(np.mean(told)) < 4 * np.std(told, ddof=1) / np.sqrt(runs)
    # the control: the highest change of all looks like a gain
    assert np.mean(naive) > 4 * np.std(naive, ddof=1) / np.sqrt(runs)


def test_today_wins_among_equals() -> None:
    """The first one, which needs no change."""
    glances = _glances(1, [0.4])

    assert (0, (0, 1, 2, 3, 4)) == choose_best(glances * 5, "month", FAR)
    assert AS_TODAY == judge(0, glances[0].chances["month"].half)


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [(0.021, BETTER), (0.019, NOT_CLEAR), (-0.05, NOT_CLEAR), (0.0, NOT_CLEAR)],
)
def test_verdicts(gain: float, verdict: str) -> None:
    """Better beyond two standard errors, and never for what is worse."""
    some = Estimate(0.5, 0.01)
    half = Half(0.5, np.array([0.5]), some, some, Estimate(gain, 0.01))
    assert verdict == judge(3, half)
    assert is_clear(Estimate(-0.05, 0.01))


def test_only_cadences_with_quotas() -> None:
    """Where there is no quota there is no best."""
    assert ["month"] == [
        choice.row["cadence"] for choice in best_choices(_glances(1, [0.4], quarter=False), FAR)
    ]
    assert 2 == len(list(best_choices(_glances(1, [0.4]), FAR)))


def test_of_equals_the_nearest_to_today() -> None:
    """Of choices that hit as often as the best the nearest, and of these the likeliest."""
    glances = _glances(3, [0.3, 0.8, 0.8, 0.8])
    likely = [glance.chances["month"].half.chosen_by for glance in glances]

    for distances, nearest in (([0, 3, 2, 1], 3), ([0, 1, 2, 3], 1), ([0, 2, 1, 3], 2)):
        assert (nearest, (1, 2, 3)) == choose_best(glances, "month", distances)
    place, _ = choose_best(glances, "month", [0, 1, 1, 1])
    assert likely[place] == max(likely)
    # the control: what is clearly worse is not taken, though it is nearer
    assert 3 == choose_best(_glances(3, [0.3, 0.5, 0.5, 0.8]), "month", [0, 1, 2, 3])[0]


def test_as_good_in_nineteen_of_twenty() -> None:
    """Of two that are alike the other is missing from those as good in 1 of 20 runs or so."""
    runs = 400
    missed = sum(
        len(as_good_as_best(_glances(seed, [0.4, 0.4]), "month")) < 2 for seed in range(runs)
    )

    assert abs(missed / runs - 0.05) < 4 * np.sqrt(0.05 * 0.95 / runs)


def test_a_single_path_tells_nothing_apart() -> None:
    """Where one path chooses, all are as good, and today's stays."""
    booked = [np.full((2, 3), amount) for amount in (0.0, 200.0)]
    quotas = np.array([100.0, np.nan])
    glances = look(Seen("rep", "Ana", "", booked, [quotas] * 2), KEYS)

    assert (0, (0, 1)) == choose_best(glances, "month", FAR)
