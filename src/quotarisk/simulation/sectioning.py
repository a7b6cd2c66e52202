"""Errors where a correction ties or spreads bookings: told from blocks of paths corrected alone.

Bookings that are tied or spread by their ranks hang on all paths at once, so that a share of them
is not binomial, and a mean not as exact as its paths scatter. Figures stay those of all paths; the
same figures of blocks, each corrected on its own and so independent, tell how exact they are:
``se^2 = sum (f_b - f)^2 / (b (b - 1))`` around the figure f of all paths, so that what blocks are
off for being small widens it (sectioning: Asmussen and Glynn, *Stochastic Simulation*, 2007,
section III.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quotarisk.scenario.correction import Correction
from quotarisk.simulation.estimates import Array, proportion_se

_LEAST = 250  # paths of a block: ranks of fewer are too coarse
_FEWEST, _MOST = 4, 16
_ENOUGH = 0.5  # share of the blocks that must tell something
# errors of shapes from 0.5 to 0.8 over seeds, at 4,000 and 20,000 paths, are less than this allows
_SLOW = 0.25


class Blocks(NamedTuple):
    """Blocks of paths that are corrected each on its own.

    Parameters
    ----------
    starts
        First path of each block.
    paths
        Number of all.
    moved
        To how many paths the bookings of one path are moved at most.
    wider
        By how much errors of blocks are widened: where few paths are moved to many, errors fall
        more slowly than with the square root of the paths. A bound, by what was measured.
    """

    starts: tuple[int, ...]
    paths: int
    moved: float
    wider: float

    @property
    def edges(self) -> Iterator[tuple[int, int]]:
        """First path of each block, and the one after its last."""
        return pairwise((*self.starts, self.paths))

    def means(self, values: NDArray[Any]) -> Array:
        """``[..., blocks]`` means of ``[..., paths]``."""
        sums = np.add.reduceat(values, self.starts, axis=-1, dtype=np.float64)
        return np.asarray(sums / np.diff(self.starts, append=self.paths))

    def mean_error(self, value: Array, parts: Array) -> Array:
        """How exact is a mean, from that of each block? Corrections keep means, so not wider.

        Parameters
        ----------
        value
            ``[...]`` of all paths.
        parts
            ``[..., blocks]``; NaN, which is left out, where a block has no such figure.

        Returns
        -------
        ndarray
            ``[...]``; NaN where fewer than two blocks have one.
        """
        apart = parts - np.asarray(value)[..., np.newaxis]
        number = (~np.isnan(apart)).sum(axis=-1)
        squares = np.nansum(apart**2, axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.sqrt(squares / (number * (number - 1)))
        return np.asarray(np.where(number > 1, error, np.nan))

    def error(self, value: Array, parts: Array, told: Array) -> Array:
        """How exact is an amount, from that of each block?

        Parameters
        ----------
        value, parts
            As `mean_error` takes them.
        told
            Error of independent paths, which is taken where no block differs. Where most blocks
            have no such figure, the error is not below the figure itself.
        """
        error = self.wider * self.mean_error(value, parts)
        rare = (~np.isnan(parts)).mean(axis=-1) < _ENOUGH
        error = np.where(rare, np.fmax(error, np.maximum(told, np.abs(value))), error)
        return np.where(error > 0, error, told)

    def share_error(self, value: Array, parts: Array, told: Array) -> Array:
        """How exact is a probability, from the share of each block?

        Where it is 0 or 1 in most blocks these tell little: then not below that of a probability
        so large among as many paths as there are bookings that do not move together.

        Parameters
        ----------
        value, parts, told
            As `error` takes them.
        """
        paths = max(round(self.paths / self.moved), 1)
        least = np.maximum(proportion_se(np.asarray(value) * paths, paths), told)
        few = ((parts > 0) & (parts < 1)).mean(axis=-1) < _ENOUGH
        error = self.wider * self.mean_error(value, parts)
        return np.where(few, np.fmax(error, least), np.where(error > 0, error, told))


def blocks_of(correction: Correction, paths: int) -> Blocks | None:
    """Into which blocks are paths cut, to tell errors? None where paths are independent.

    Where paths are so few that blocks would say nothing there are none either.

    Examples
    --------
    >>> blocks_of(Correction(together=0.2), 1000).starts
    (0, 250, 500, 750)
    """
    shapes = (correction.quarter_shape, correction.month_shape)
    number = min(max(paths // _LEAST, _FEWEST), _MOST)
    if (correction.together == 0 and min(shapes) == 1) or paths < 2 * number:
        return None
    share = 1 / paths
    for shape in shapes:
        share = float(special.betainc(shape, shape, share))
    return Blocks(
        starts=tuple(block * paths // number for block in range(number)),
        paths=paths,
        moved=max(share * paths, 1.0),
        wider=number ** (_SLOW * (1 - shapes[0] * shapes[1])),
    )
