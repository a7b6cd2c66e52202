"""How the kernel's functions are compiled: one place for numba's options.

``error_model="numpy"`` lets loops with divisions vectorise; ``nogil`` lets threads share a
process; ``fastmath`` stays off because it changes bits and breaks the rounding in `exp`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Compiled = Callable[..., Any]
F = TypeVar("F", bound=Callable[..., Any])


def _digest_of_sources() -> int:
    """A number that changes with any file of the kernel.

    numba keys its cache by the file of the entry alone and would serve old machine code
    after an edit of a stage in another file. Every entry has this number as the default of
    an argument that nobody passes, which makes it part of the cached signature.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")


SOURCES = _digest_of_sources()


def stage(function: Compiled) -> Compiled:
    """Compile a loop over arrays, of which entries are put together.

    A stage makes no array and so needs no reference counts: they are atomic operations, and
    the many arrays of a stage would cost a tenth of the whole time.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
    compiled: Compiled = numba.njit(**options)(function)
    return compiled


def room(function: Compiled) -> Compiled:
    """Compile a function that makes arrays for an entry."""
    compiled: Compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return compiled


def formula(function: Compiled) -> Compiled:
    """Copy a formula into the loops that use it, so that they vectorise as if written there.

    A call that returns several values keeps LLVM from vectorising the loop around it.
    """
    inlined: Compiled = numba.njit(nogil=True, error_model="numpy", inline="always")(function)
    return inlined


def entry(function: F) -> F:
    """Compile a function that Python calls, and keep the machine code between processes.

    Where neither the package's folder nor the user's cache can be written, numba refuses to
    cache; then the code is compiled again by every process.
    """
    try:
        compiled = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("F", compiled)
