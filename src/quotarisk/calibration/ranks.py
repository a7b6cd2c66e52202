"""Where in its forecast did what came lie, and how many windows are independent?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quotarisk.errors import ArgumentError
from quotarisk.kernel.bits import PARAMETERS
from quotarisk.kernel.words import draw_words
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.keys import stream_key


def numbered(labels: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Different labels, and the number of each row's one."""
    names = list(dict.fromkeys(labels))
    number = {name: place for place, name in enumerate(names)}
    return names, np.array([number[label] for label in labels], dtype=np.int64)


def luck_of(origins: Sequence[date], reps: Sequence[str], *, seed: int) -> Array:
    """Which uniform numbers break the ties of these forecasts?

    Each is a pure function of the seed, the rep and the origin: rows may come in any order.
    """
    words = np.empty((4, len(origins)), dtype=np.uint32)
    for row, (origin, rep) in enumerate(zip(origins, reps, strict=True)):
        key = stream_key(seed, "pit", rep)
        draw_words(origin.toordinal(), 1, 0, PARAMETERS, key, words[:, row : row + 1])
    return np.asarray((words[0] + 0.5) / 2.0**32)


def pit_of(observed: ArrayLike, samples: ArrayLike, luck: ArrayLike) -> Array:
    """Where in its forecast did each outcome come, from 0 (lowest) to 1 (highest)?

    ``(below + luck (equal + 1)) / (m + 1)``: the rank of what came among m samples and itself,
    ties broken by lot. Exactly uniform where forecasts are right, for any m, also where many
    samples are the same, as those of a rep who may book nothing (Czado, Gneiting and Held,
    *Biometrics* 65, 2009, doi:10.1111/j.1541-0420.2009.01191.x).

    Parameters
    ----------
    observed
        ``[rows]`` what came.
    samples
        ``[rows, m]`` samples of each forecast.
    luck
        ``[rows]`` uniform numbers, from `luck_of`.
    """
    came, forecast = np.asarray(observed)[..., np.newaxis], np.asarray(samples)
    below, equal = (forecast < came).sum(axis=-1), (forecast == came).sum(axis=-1)
    return np.asarray((below + np.asarray(luck) * (equal + 1)) / (forecast.shape[-1] + 1))


def inside(pit: ArrayLike, level: float) -> NDArray[np.bool_]:
    """Which outcomes came inside the central interval that should hold this share of them?

    Its mean is the coverage; `mean_score` gives the coverage with its standard error.
    """
    return np.asarray(np.abs(np.asarray(pit) - 0.5) <= level / 2)


def effective_windows(origins: Sequence[date], *, days: int) -> float:
    """How many independent windows are there, where windows of so many days overlap?

    Days from the first origin to the end of the last window, over the days of a window; no
    more than there are origins, and no fewer than one.

    Examples
    --------
    >>> effective_windows([date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 2)], days=60)
    2.0
    """
    if days < 1:
        raise ArgumentError(f"days must be 1 or more, got {days}")
    different = set(origins)
    span = (max(different) - min(different)).days + days
    return min(span / days, float(len(different)))
