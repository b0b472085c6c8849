"""NumPy's FFTs, those of real signals by SciPy: for many short frames in float32 they take a third of the time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.fft import *  # noqa: F403


def rfft(  # type: ignore[no-redef]
    x: np.ndarray, /, *, n: int | None = None, axis: int = -1, norm: Any = "backward"
) -> np.ndarray:
    return _scipy_fft().rfft(x, n=n, axis=axis, norm=norm) if x.size else np.fft.rfft(x, n=n, axis=axis, norm=norm)


def irfft(  # type: ignore[no-redef]
    x: np.ndarray, /, *, n: int | None = None, axis: int = -1, norm: Any = "backward"
) -> np.ndarray:
    return _scipy_fft().irfft(x, n=n, axis=axis, norm=norm) if x.size else np.fft.irfft(x, n=n, axis=axis, norm=norm)


def _scipy_fft() -> Any:
    """At the first use: importing SciPy takes about as long as importing all of this library."""
    from scipy import fft

    return fft
