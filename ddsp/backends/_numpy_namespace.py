"""NumPy's namespace, which follows the array API from version 2.1 on, with the FFTs of `_numpy_fft`."""

from __future__ import annotations

from numpy import *  # noqa: F403

from . import _numpy_fft as fft  # type: ignore[no-redef]  # noqa: F401
