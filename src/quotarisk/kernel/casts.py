"""The bits of a number read as a number of another kind, which costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types, uint32, uint64
from numba.extending import intrinsic

from quotarisk.kernel.compiling import formula

_HALF = np.uint64(32)


def _cast(from_type: Any, to_type: Any) -> Callable[..., Any]:
    @intrinsic
    def cast(typing_context: Any, value: Any) -> Any:  # noqa: ARG001 - numba's signature
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            return builder.bitcast(arguments[0], context.get_value_type(to_type))

        return to_type(from_type), generate

    return cast


bits_of_single = _cast(types.float32, types.uint32)
single_of_bits = _cast(types.uint32, types.float32)
bits_of_double = _cast(types.float64, types.int64)
double_of_bits = _cast(types.int64, types.float64)


@formula
def pack(first: Any, second: Any) -> Any:
    """Put two float32 into one uint64, so that one load fetches both."""
    return uint64(bits_of_single(first)) | (uint64(bits_of_single(second)) << _HALF)


@formula
def first_of(pair: Any) -> Any:
    """Unpack the first of two float32."""
    return single_of_bits(uint32(pair))


@formula
def second_of(pair: Any) -> Any:
    """Unpack the second of two float32."""
    return single_of_bits(uint32(pair >> _HALF))
