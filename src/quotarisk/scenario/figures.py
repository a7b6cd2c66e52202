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
from itertools import pairwise
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from quotarisk.errors import ArgumentError
from quotarisk.scenario.families import QUANTILE_FIGURES, Family, law_through
from quotarisk.scenario.laws import BetaLaw, Empirical, Fixed, Gamma, Law
from quotarisk.scenario.limits import MOST_MONEY, MOST_OPPS_PER_WEEK, Count, Money, Share
from quotarisk.scenario.part import Part
from quotarisk.scenario.percentiles import Percentiles

JEFFREYS = 0.5
Positive = Annotated[float, Field(ge=1e-6, le=MOST_MONEY)]
Values = Annotated[tuple[Money, ...], Field(strict=False, min_length=1, max_length=1_000_000)]


def _with_dotted_levels(quantiles: Any) -> Any:
    """Join again what TOML takes apart: ``{ 0.1 = 4 }`` arrives as ``{"0": {"1": 4}}``."""
    if not isinstance(quantiles, dict):
        return quantiles
    whole: dict[Any, Any] = {}
    for level, value in quantiles.items():
        inner = value if isinstance(value, dict) else {"": value}
        whole |= {f"{level}.{part}" if part else level: deep for part, deep in inner.items()}
    return whole


POSITIVE_SCHEMA = {"type": "number", "minimum": 1e-6, "maximum": MOST_MONEY}
LEVELS_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            POSITIVE_SCHEMA,
            {"type": "object", "additionalProperties": POSITIVE_SCHEMA},
        ]
    },
}
Levels = Annotated[
    dict[str, Positive], BeforeValidator(_with_dotted_levels), WithJsonSchema(LEVELS_SCHEMA)
]


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

    example: ClassVar[str] = "{ opps = 62, weeks = 52 }"

    known: Annotated[float, Field(ge=0, le=MOST_OPPS_PER_WEEK)] | None = None
    """Opportunities a week, known exactly."""
    opps: Count | None = None
    """How many opportunities were created."""
    weeks: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """In how many weeks."""

    @model_validator(mode="after")
    def _complete(self) -> OppRate:
        evidence = (self.opps is not None) + (self.weeks is not None)
        if evidence != (2 if self.known is None else 0):
            raise PydanticCustomError("rule", f"must be a number or {self.example}")
        if self.known is None and not self.posterior.mean <= MOST_OPPS_PER_WEEK:
            raise PydanticCustomError("rule", f"must be at most {MOST_OPPS_PER_WEEK:,.0f} a week")
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
        assert self.opps is not None
        assert self.weeks is not None
        return Gamma(self.opps + JEFFREYS, 1 / self.weeks)


class WinRate(_Figure):
    """Share of created opportunities that end won: a number, or how many won of how many."""

    example: ClassVar[str] = "{ won = 120, of = 400 }"

    known: Share | None = None
    """Share that is won, known exactly."""
    won: Count | None = None
    """How many were won."""
    of: Annotated[float, Field(gt=0, le=1e9)] | None = None
    """Of how many, the stalled and the lost ones included."""

    @model_validator(mode="after")
    def _complete(self) -> WinRate:
        evidence = (self.won is not None) + (self.of is not None)
        if evidence != (2 if self.known is None else 0):
            raise PydanticCustomError("rule", f"must be a number or {self.example}")
        if self.won is not None and self.of is not None and self.won > self.of:
            raise PydanticCustomError("rule", "must not have more won than there were")
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
        assert self.won is not None
        assert self.of is not None
        return BetaLaw(self.won + JEFFREYS, self.of - self.won + JEFFREYS)


class LawSpec(_Figure):
    """A deal size or a cycle length: a fixed number, two figures, values or percentiles."""

    example: ClassVar[str] = "{ median = 8_000, p90 = 16_000 }"

    known: Money | None = None
    """Always this value."""
    dist: Family | None = None
    """The family of the law; lognormal where it is left out."""
    mean: Positive | None = None
    """Arithmetic mean."""
    sd: Positive | None = None
    """Standard deviation."""
    p10: Positive | None = None
    """One in ten is below it."""
    p25: Positive | None = None
    """One in four is below it."""
    median: Positive | None = None
    """Half are below it."""
    p75: Positive | None = None
    """Three in four are below it."""
    p90: Positive | None = None
    """Nine in ten are below it."""
    values: Values | None = None
    """Values that were seen: each is as likely as the others."""
    quantiles: Levels | None = None
    """Values by the probability of falling below them: { 0.1 = 4, 0.5 = 20, 0.9 = 80 }."""
    of: Annotated[float, Field(ge=1, le=1e9)] | None = None
    """Number of deals that it was learnt from: evidence, which makes its location uncertain."""

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
        if len(ways) != 1 or (self.known is not None and self.of is not None):
            raise PydanticCustomError(
                "rule",
                "must be one of: a number, two figures (median and p90, mean and sd, p10 and p90),"
                " values, quantiles",
            )
        if self.values is not None and not sum(self.values) > 1e-6:
            raise PydanticCustomError("rule", "must have at least one positive number in values")
        if self.quantiles is not None:
            self._check_quantiles(self.quantiles)
        try:
            with np.errstate(all="ignore"):  # what overflows is said to be too wide, below
                mean, variance = self.law.mean, self.law.variance
        except ArgumentError as error:
            why = str(error)
            raise PydanticCustomError("rule", "must be a law: {why}", {"why": why}) from error
        if not (mean <= MOST_MONEY and math.isfinite(variance)):
            raise PydanticCustomError(
                "rule", f"must not spread so wide that its mean exceeds {MOST_MONEY:,.0f}"
            )
        return self

    @staticmethod
    def _check_quantiles(quantiles: dict[str, float]) -> None:
        try:
            points = sorted((float(level), value) for level, value in quantiles.items())
        except ValueError:
            points = []
        rising = all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(points))
        if len(points) < 2 or not rising or points[0][0] <= 0 or points[-1][0] >= 1:
            raise PydanticCustomError(
                "rule",
                "must have quantiles that map two or more probabilities between 0 and 1"
                " to rising values",
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
