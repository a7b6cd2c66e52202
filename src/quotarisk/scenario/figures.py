"""Figures that are known, or come with the evidence that they were learnt from.

A bare number is known exactly. A table with counts is evidence: every simulated path draws
its own value from the posterior. Win rates use Beta(won + 1/2, lost + 1/2) and creation
rates Gamma(opps + 1/2, weeks), the Jeffreys priors of the binomial and Poisson laws
(Jeffreys, *Proc. R. Soc. A* 186, 1946, doi:10.1098/rspa.1946.0056). A law with ``of`` keeps
its shape; its location gets a lognormal factor with the standard error of a mean logarithm.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    NonNegativeFloat,
    PositiveFloat,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from quotarisk.errors import ArgumentError
from quotarisk.scenario.laws import (
    QUANTILE_FIGURES,
    BetaLaw,
    Empirical,
    Family,
    Fixed,
    Gamma,
    Law,
    Percentiles,
    law_through,
)
from quotarisk.scenario.part import Part

JEFFREYS = 0.5
Share = Annotated[float, Field(ge=0, le=1)]
Values = Annotated[tuple[NonNegativeFloat, ...], Field(strict=False, min_length=1)]


def _bare_number_as(key: str) -> BeforeValidator:
    def wrap(value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return {key: value} if is_number else value

    return BeforeValidator(wrap)


class _Figure(Part):
    """A table that may be written as a bare number (its ``known`` value)."""

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> Any:
        known = getattr(self, "known", None)
        if known is not None:
            return known
        return {key: value for key, value in handler(self).items() if value is not None}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        table = handler.resolve_ref_schema(handler(core_schema))
        number = table.get("properties", {}).pop("known", {"type": "number"})
        number = number.get("anyOf", [number])[0]
        return {"anyOf": [number, {**table, "type": "object"}], "description": cls.__doc__}


class OppRate(_Figure):
    """Opportunities created a week: a number, or how many in how many weeks."""

    known: NonNegativeFloat | None = None
    opps: NonNegativeFloat | None = None
    weeks: PositiveFloat | None = None

    @model_validator(mode="after")
    def _complete(self) -> OppRate:
        if self.known is None and (self.opps is None or self.weeks is None):
            raise PydanticCustomError("figure", "must be a number or { opps, weeks }")
        return self

    @property
    def mean(self) -> float:
        """Expected rate a week."""
        return self.known if self.known is not None else self.posterior.mean

    @property
    def is_known(self) -> bool:
        """Whether it is known exactly."""
        return self.known is not None

    @cached_property
    def posterior(self) -> Gamma:
        """Law of the rate, where it comes with evidence."""
        assert self.opps is not None  # noqa: S101 - the validator saw to it
        assert self.weeks is not None  # noqa: S101
        return Gamma(self.opps + JEFFREYS, 1 / self.weeks)


class WinRate(_Figure):
    """Share of created opportunities that end won: a number, or how many won of how many."""

    known: Share | None = None
    won: NonNegativeFloat | None = None
    of: PositiveFloat | None = None

    @model_validator(mode="after")
    def _complete(self) -> WinRate:
        if self.known is None:
            if self.won is None or self.of is None:
                raise PydanticCustomError("figure", "must be a number or { won, of }")
            if self.won > self.of:
                raise PydanticCustomError("figure", "won must not exceed of")
        return self

    @property
    def mean(self) -> float:
        """Expected win rate."""
        if self.known is not None:
            return self.known
        return self.posterior.a / (self.posterior.a + self.posterior.b)

    @property
    def is_known(self) -> bool:
        """Whether it is known exactly."""
        return self.known is not None

    @cached_property
    def posterior(self) -> BetaLaw:
        """Law of the win rate, where it comes with evidence."""
        assert self.won is not None  # noqa: S101 - the validator saw to it
        assert self.of is not None  # noqa: S101
        return BetaLaw(self.won + JEFFREYS, self.of - self.won + JEFFREYS)


class LawSpec(_Figure):
    """A deal size or a cycle length: a fixed number, two figures, values or percentiles."""

    known: NonNegativeFloat | None = None
    dist: Family | None = None
    mean: PositiveFloat | None = None
    sd: PositiveFloat | None = None
    p10: PositiveFloat | None = None
    p25: PositiveFloat | None = None
    median: PositiveFloat | None = None
    p75: PositiveFloat | None = None
    p90: PositiveFloat | None = None
    values: Values | None = None
    quantiles: dict[str, PositiveFloat] | None = None
    of: Annotated[
        PositiveFloat | None, Field(description="number of deals it was learnt from: evidence")
    ] = None

    @property
    def figures(self) -> dict[str, float]:
        """The figures that a law of a family goes through."""
        given = {key: getattr(self, key) for key in (*QUANTILE_FIGURES, "mean", "sd")}
        return {key: value for key, value in given.items() if value is not None}

    @model_validator(mode="after")
    def _solvable(self) -> LawSpec:
        ways = [
            way
            for way, given in {
                "a number": self.known is not None,
                "two figures": bool(self.figures) or self.dist is not None,
                "values": self.values is not None,
                "quantiles": self.quantiles is not None,
            }.items()
            if given
        ]
        if len(ways) != 1:
            raise PydanticCustomError(
                "figure",
                "must be one of: a number, two figures (median and p90, mean and sd, p10 and p90),"
                " values, quantiles",
            )
        if self.values is not None and not sum(self.values) > 0:
            raise PydanticCustomError("figure", "values must hold at least one positive number")
        if self.quantiles is not None:
            self._check_quantiles(self.quantiles)
        if self.figures or self.dist is not None:
            try:
                self.law  # noqa: B018 - made once here, kept for later
            except ArgumentError as error:
                raise PydanticCustomError("figure", "{why}", {"why": str(error)}) from error
        return self

    @staticmethod
    def _check_quantiles(quantiles: dict[str, float]) -> None:
        try:
            points = sorted((float(level), value) for level, value in quantiles.items())
        except ValueError:
            points = []
        rising = all(a[0] < b[0] and a[1] < b[1] for a, b in zip(points, points[1:], strict=False))
        if len(points) < 2 or not rising or not (0 < points[0][0] and points[-1][0] < 1):
            raise PydanticCustomError(
                "figure",
                "quantiles must map two or more probabilities between 0 and 1 to rising values",
            )

    @cached_property
    def law(self) -> Law:
        """The law as mathematics."""
        if self.known is not None:
            return Fixed(self.known)
        if self.values is not None:
            return Empirical.of(self.values)
        if self.quantiles is not None:
            return Percentiles.through({float(k): v for k, v in self.quantiles.items()})
        return law_through(self.dist or "lognormal", self.figures)

    @property
    def is_known(self) -> bool:
        """Whether its location is known exactly."""
        return self.of is None or self.law.log_sd == 0

    @property
    def factor_sd(self) -> float:
        """Standard deviation of the logarithm of its location: log_sd / sqrt(of)."""
        return 0.0 if self.of is None else self.law.log_sd / math.sqrt(self.of)


OppRateField = Annotated[OppRate, _bare_number_as("known")]
WinRateField = Annotated[WinRate, _bare_number_as("known")]
LawField = Annotated[LawSpec, _bare_number_as("known")]
