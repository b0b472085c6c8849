"""What an accelerator is and can do, to set times on it beside."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measuring import measure
from .modes import Mode

__all__ = ["describe", "rates"]


def describe(mode: Mode) -> dict[str, Any]:
    """Name, peak memory so far (instead of the host's) and rates of the accelerator of a mode; nothing on a CPU."""
    if mode.device == "cpu":
        return {}
    if mode.package == "torch":
        name, peak = mode.library.cuda.get_device_name(), mode.library.cuda.max_memory_allocated()
    else:
        device = mode.library.devices()[0]
        name, peak = device.device_kind, device.memory_stats()["peak_bytes_in_use"]
    return {"device": name, "peak_mb": peak / 2**20, **rates(mode)}


def rates(mode: Mode, n: int = 8192) -> dict[str, float]:
    """GB/s of reading and writing n x n float32 numbers, and TFLOP/s of their product, as the library does them."""
    x, xp = mode.array(np.ones((n, n))), mode.adapter.xp
    copy = measure(lambda: x + 1.0, mode.wait)["median_s"]
    product = measure(lambda: xp.matmul(x, x), mode.wait)["median_s"]
    return {"copy_gb_s": 2.0 * 4.0 * n**2 / copy / 1e9, "matmul_tflop_s": 2.0 * n**3 / product / 1e12}
