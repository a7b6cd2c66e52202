"""The frontier: which choices no other beats in both the mean and the spread?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def on_frontier(means: Sequence[float], spreads: Sequence[float]) -> NDArray[np.bool_]:
    """Which choices does no other beat: as high a mean with no more spread, and one better?

    The efficient frontier (Markowitz, *Journal of Finance* 7(1), 1952,
    doi:10.1111/j.1540-6261.1952.tb01525.x).

    Parameters
    ----------
    means, spreads
        Of each choice: more of the first and less of the second is better.

    Returns
    -------
    ndarray
        ``[choices]``

    Examples
    --------
    >>> on_frontier([1.0, 2.0, 1.5], [1.0, 2.0, 2.5]).tolist()
    [True, True, False]
    """
    mean, spread = np.asarray(means, np.float64), np.asarray(spreads, np.float64)
    no_worse = (mean[:, np.newaxis] >= mean) & (spread[:, np.newaxis] <= spread)
    better = (mean[:, np.newaxis] > mean) | (spread[:, np.newaxis] < spread)
    return ~np.asarray((no_worse & better).any(axis=0), dtype=np.bool_)
