"""What people may do with deals because of how they are paid: three scenarios, none of them a fact.

Each takes what is booked by month on each path and gives back what is booked if people act so.
Sources say that these things happen and how large they were there; how large they are in a given
team is an assumption, and is written beside every figure.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple

import numpy as np

from quotarisk.errors import ArgumentError
from quotarisk.simulation.estimates import Array


class Span(NamedTuple):
    """A period in which pay is reckoned.

    Parameters
    ----------
    months
        Those of the horizon that lie in it, in order.
    gone
        Months of it that had passed before the horizon.
    quota
        In cents; NaN where there is none.
    so_far
        Cents booked to date in it.
    stop
        Credited cents from which on nothing more is paid; infinite without a cap.
    """

    months: range
    gone: int
    quota: float
    so_far: float
    stop: float = np.inf

    @property
    def length(self) -> int:
        """All of its months."""
        return self.gone + len(self.months)


@dataclass(frozen=True)
class Books:
    """What a rep books, by part (a segment, or one of its streams), month and path.

    Parameters
    ----------
    booked
        ``[parts, months, paths]`` in whole cents.
    weights
        ``[parts]`` credit that the plan gives for a booked cent.
    wins
        ``[parts, months, paths]`` numbers of won deals, where somebody asks for them. What moves
        a share of the bookings moves that share of the deals, so they need not stay whole.
    """

    booked: Array
    weights: Array
    wins: Array | None = None

    def credited(self, months: Sequence[int]) -> Array:
        """``[paths]`` cents that count for pay in some months."""
        return np.asarray(np.einsum("p,pmn->n", self.weights, self.booked[:, list(months)]))

    def copy(self) -> Books:
        """The same to write to."""
        wins = None if self.wins is None else self.wins.copy()
        return Books(self.booked.copy(), self.weights, wins)

    def take(self, month: int, share: Array, *, into: int | None, kept: float = 1.0) -> None:
        """Take a share out of a month, in place.

        Whole cents leave each part, and all parts together lose the share of their sum to a cent.

        Parameters
        ----------
        month
            Where it leaves.
        share
            ``[paths]``
        into
            The month that gets it; nobody where it is None, or after the horizon.
        kept
            Share of the money that arrives.
        """
        if not share.any():
            return
        rows = self.booked[:, month]
        edges = np.floor(np.cumsum(rows, axis=0) * share + 0.5)  # rounded up at a half: see tests
        taken = np.diff(edges, axis=0, prepend=0.0)
        arrives = into is not None and into < self.booked.shape[1]
        rows -= taken
        if arrives:
            self.booked[:, into] += np.floor(taken * kept + 0.5)
        if self.wins is not None:
            deals = self.wins[:, month] * share
            self.wins[:, month] -= deals
            if arrives:
                self.wins[:, into] += deals


@dataclass(frozen=True)
class Behaviour:
    """What people do in one scenario; every field is a share."""

    name: ClassVar[str]
    source: ClassVar[str]

    def __post_init__(self) -> None:
        """Refuse what is no share.

        Raises
        ------
        ArgumentError
            Which names the field and what it may be.
        """
        for each in fields(self):
            value = getattr(self, each.name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and 0 <= value <= 1):
                raise ArgumentError(
                    f"{each.name} of {self.name} must lie between 0 and 1, got {value!r}"
                )

    @property
    @abstractmethod
    def assumptions(self) -> str:
        """What is assumed, in words."""

    @abstractmethod
    def act(self, books: Books, spans: Sequence[Span]) -> Books:
        """What is booked if people act so?

        Parameters
        ----------
        books
            What is booked where nobody does; it stays as it is.
        spans
            The periods by which the rep is paid, in order.
        """


@dataclass(frozen=True)
class PullForward(Behaviour):
    """Close deals of the next month at a discount where that may still make the period's quota.

    In the last month of a period whose attainment lies from ``reach`` to 1, a share of what the
    next month would book is booked at once, less the discount. The horizon's last month is left
    as it is, for nobody knows the month after it.

    Parameters
    ----------
    share
        Of the next month's bookings.
    reach
        Attainment from which the quota is within reach.
    discount
        Of what is pulled forward.
    """

    share: float = 0.25
    reach: float = 0.8
    discount: float = 0.07

    name: ClassVar[str] = "pull_forward"
    source: ClassVar[str] = (
        "Larkin, J. Labor Economics 32(2), 2014, doi:10.1086/673371: timing games at a quarter's "
        "end cost a software vendor 6 to 8 % of revenue"
    )

    @property
    def assumptions(self) -> str:
        """What is assumed, in words."""
        return (
            f"attainment from {100 * self.reach:g} % to 100 % at a period's end: "
            f"{100 * self.share:g} % of the next month's bookings are pulled into it at a "
            f"discount of {100 * self.discount:g} %"
        )

    def act(self, books: Books, spans: Sequence[Span]) -> Books:
        """What is booked if people pull deals forward?"""
        moved = books.copy()
        for span in spans:
            last = span.months[-1]
            if last + 1 >= moved.booked.shape[1] or not span.quota > 0:
                continue
            reached = span.so_far + moved.credited(span.months)
            near = (reached >= self.reach * span.quota) & (reached < span.quota)
            share = np.where(near, self.share, 0.0)
            moved.take(last + 1, share, into=last, kept=1 - self.discount)
        return moved


@dataclass(frozen=True)
class Sandbag(Behaviour):
    """Hold back what comes after the cap until the next period.

    Parameters
    ----------
    share
        Of what comes after the cap.
    """

    share: float = 1.0

    name: ClassVar[str] = "sandbag"
    source: ClassVar[str] = (
        "Larkin, J. Labor Economics 32(2), 2014, doi:10.1086/673371, and Steenburgh, Quantitative "
        "Marketing and Economics 6(3), 2008, doi:10.1007/s11129-008-9034-1, who finds little of it"
    )

    @property
    def assumptions(self) -> str:
        """What is assumed, in words."""
        return (
            f"{100 * self.share:g} % of what comes after the cap is held back until the next "
            "period's first month"
        )

    def act(self, books: Books, spans: Sequence[Span]) -> Books:
        """What is booked if people hold deals back?"""
        moved = books.copy()
        for span in spans:
            if not np.isfinite(span.stop):
                continue
            held_until = span.months[-1] + 1
            reached = np.full(moved.booked.shape[2], span.so_far)
            for month in span.months:
                comes = moved.credited([month])
                over = np.minimum(np.maximum(reached + comes - span.stop, 0.0), comes)
                reached += comes
                share = np.divide(over, comes, out=np.zeros_like(over), where=comes > 0)
                moved.take(month, self.share * share, into=held_until)
        return moved


@dataclass(frozen=True)
class GiveUp(Behaviour):
    """Try less for the rest of a period that began hopelessly.

    From the second month of a period on, bookings fall by ``loss`` in months before which
    attainment is below ``threshold`` of what an even pace would have brought. What is lost is
    lost. Periods of a month have no rest.

    Parameters
    ----------
    loss
        Share of a month's bookings that is not made.
    threshold
        Share of the even pace below which people give up.
    """

    loss: float = 0.2
    threshold: float = 0.5

    name: ClassVar[str] = "give_up"
    source: ClassVar[str] = (
        "Chung, Steenburgh and Sudhir, Marketing Science 33(2), 2014, doi:10.1287/mksc.2013.0815: "
        "without goals near at hand weak performers fall behind; Chung, Narayandas and Chang, "
        "Management Science 67(4), 2021: shorter quotas lift them"
    )

    @property
    def assumptions(self) -> str:
        """What is assumed, in words."""
        return (
            f"below {100 * self.threshold:g} % of an even pace to the quota the period's further "
            f"months book {100 * self.loss:g} % less"
        )

    def act(self, books: Books, spans: Sequence[Span]) -> Books:
        """What is booked if people give up?"""
        moved = books.copy()
        for span in spans:
            if not span.quota > 0:
                continue
            reached = np.full(moved.booked.shape[2], span.so_far)
            for place, month in enumerate(span.months, start=span.gone):
                even = span.quota * place / span.length
                hopeless = reached < self.threshold * even
                moved.take(month, np.where(hopeless, self.loss, 0.0), into=None)
                reached += moved.credited([month])
        return moved
