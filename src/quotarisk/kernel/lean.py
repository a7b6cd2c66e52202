"""How functions are compiled that make no array and that Python never calls: faster.

The closed loop is large: what each of its functions is told would be unpacked from Python's
objects and back, and counted, in code that nobody runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from quotarisk.kernel.compiling import Compiled

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


def part(function: Compiled) -> Compiled:
    """Compile a stage that only other compiled functions call."""
    options = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Compiled = numba.njit(**options)(function)
    return compiled


def lean_entry(function: F) -> F:
    """Compile an entry as in `compiling`, whose arrays are all made by who calls it."""
    try:
        compiled = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        compiled = numba.njit(**_OPTIONS)(function)
    return cast("F", compiled)
