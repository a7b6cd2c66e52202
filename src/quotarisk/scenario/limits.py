"""What a number, a day or a name may be, so that no later arithmetic overflows."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

MOST_MONEY = 1e12
MOST_OPPS_PER_WEEK = 10_000.0
MOST_DAYS = 36_500
# with the two that XML, and so a workbook, cannot hold
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2200, 12, 31)


def _printable(name: str) -> str:
    if CONTROL_CHARACTER.search(name):
        raise PydanticCustomError("rule", "must be free of control characters such as line breaks")
    if name != name.strip():
        raise PydanticCustomError("rule", "must not begin or end with a space")
    return name


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Money = Annotated[float, Field(ge=0, le=MOST_MONEY)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[float, Field(ge=0, le=1e9)]
Factor = Annotated[float, Field(ge=0, le=1000)]
Hours = Annotated[float, Field(ge=0, le=168)]  # of a week
Productivity = Annotated[float, Field(ge=0, le=5)]  # 80 would be a percentage
