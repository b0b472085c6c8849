"""NumPy's own namespace (2.1 and later is one of the array API), with the FFTs of `_numpy_fft`."""

from __future__ import annotations

from numpy import *  # noqa: F403

from . import _numpy_fft as fft  # type: ignore[no-redef]  # noqa: F401
