"""How close a resynthesis is, and what made it: the figures of `report.json`."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..backends import Adapter
from ..spectral_ops import compute_mag
from . import chain
from .refine import loss_of, segments_of

__all__ = ["DISTRIBUTIONS", "device_of", "figures", "versions", "write_json"]

#: The distributions that each backend's framework may come from.
DISTRIBUTIONS = {
    "numpy": ("numpy",),
    "torch": ("torch",),
    "jax": ("jax",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly"),
}
#: Samples whose loss is computed at once (44 s at 48 kHz): bounds memory.
PART = 2**21
#: Frame of the spectral convergence, in seconds: as many periods of a tone at any sample rate. Frames overlap by 3/4.
SC_SECONDS = 0.064


def figures(
    target: np.ndarray, audio: np.ndarray, sample_rate: int, progress: chain.Progress | None = None
) -> dict[str, float | None]:
    """`spectral_loss` and `spectral_convergence` of audio [time] or [channels, time] against its target, on NumPy.

    The convergence is the norm of the difference of magnitudes over the norm of the target's, in Hann frames of 64 ms:
    0 is perfect and 1 as good as silence. None if the target is silent and the audio is not.
    The loss of more than 2 million samples is the mean over equal parts, with frames cut at their edges. `progress` is
    called with "figures" and the fraction that is done.
    """
    loss_fn, losses, difference, norm = loss_of(sample_rate), [], 0.0, 0.0
    frame = round(SC_SECONDS * sample_rate)
    runs = segments_of(target.shape[-1], 1, PART)
    for i, run in enumerate(runs):
        x, y = (np.atleast_2d(np.asarray(z[..., run], dtype=np.float32)) for z in (target, audio))
        losses.append(float(loss_fn(x, y)))
        x, y = (compute_mag(z, frame) for z in (x, y))
        difference, norm = difference + float(np.sum((x - y) ** 2)), norm + float(np.sum(x * x))
        chain.report(progress, "figures", (i + 1) / len(runs))
    return {
        "spectral_loss": float(np.mean(losses)),
        "spectral_convergence": _convergence(difference, norm),
    }


def _convergence(difference: float, norm: float) -> float | None:
    if norm > 0.0:
        return float(np.sqrt(difference / norm))
    return 0.0 if difference == 0.0 else None


def versions(backend: str) -> dict[str, str]:
    """Versions of Python, of this library, and of what it computes with."""
    found = {"ddsp": __version__, "python": platform.python_version()}
    for name in dict.fromkeys(("numpy", *DISTRIBUTIONS[backend])):
        number = version_of((name,))
        if number:
            found[name] = number
    return found


def version_of(distributions: tuple[str, ...]) -> str | None:
    """The version of the first of some distributions that is installed."""
    for name in distributions:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def device_of(backend: Adapter, array: Any) -> str:
    """Where an array of the backend lies."""
    device = getattr(array, "device", None)
    return str(device() if callable(device) else device or "cpu")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """JSON that any reader takes: no NaN or infinity."""
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
