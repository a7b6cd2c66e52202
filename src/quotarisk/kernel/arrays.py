"""Names for the kernel's arrays; all are C-contiguous."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Slots = NDArray[np.int32]
Indices = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]  # random words
Tables = NDArray[np.uint64]  # lines of quantile tables, see quantiles.py
