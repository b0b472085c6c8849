"""NumPy's namespace, which follows the array API from version 2.1 on, with other FFTs, and quick small functions."""

from __future__ import annotations

from numpy import *  # noqa: F403

from . import _numpy_fft as fft  # type: ignore[no-redef]  # noqa: F401
from ._numpy_functions import *  # type: ignore[assignment,no-redef]  # noqa: F403
