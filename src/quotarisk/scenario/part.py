"""What all parts of a scenario file have in common: frozen, and no unknown keys."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A table of a scenario file: immutable, no key that is not named, no NaN or infinity.

    ``example`` is how it is written, for the fault that says it is something else. The text
    below a field is its description in the JSON Schema.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        validate_default=False,
        use_attribute_docstrings=True,
    )

    example: ClassVar[str] = ""
