"""Time and memory of a function without arguments. No import of anything else: other environments run this file too."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

__all__ = ["measure", "memory"]

#: Calls go on until there are so many, or until they have taken so many seconds (but for the least number).
CALLS, LEAST_CALLS, SECONDS = 15, 3, 6.0


def memory(line: str) -> float:
    """Megabytes of this process by the operating system: line is 'VmRSS' (now) or 'VmHWM' (the most so far)."""
    with open("/proc/self/status") as status:
        return next(int(text.split()[1]) for text in status if text.startswith(line)) / 1024.0


def measure(call: Callable[[], Any], wait: Callable[[Any], None]) -> dict[str, float]:
    """Seconds of the first call and the median of those that follow, and the memory that they took at most."""

    def seconds() -> float:
        start = time.perf_counter()
        wait(call())
        return time.perf_counter() - start

    before = memory("VmRSS")
    first, times = seconds(), []
    while len(times) < CALLS and (len(times) < LEAST_CALLS or sum(times) < SECONDS):
        times.append(seconds())
    return {"first_s": first, "median_s": statistics.median(times), "calls": len(times),
            "peak_mb": memory("VmHWM") - before}  # fmt: skip
