"""What CI holds the speed against: typical times in Y of the two workloads that matter most, with a wide margin.

One eager library, one compiler and NumPy: a minute and a half.
"""

from __future__ import annotations

from typing import Any

from .cell import Task

__all__ = ["MARGIN", "TYPICAL", "guarded_tasks", "too_slow"]

#: How many times slower than typical is an error. Machines differ by 2, and a busy one by as much again.
MARGIN = 3.0

#: (workload, mode, with gradient) -> time in Y on two cores with AVX-512, where Y is short and multiples large.
TYPICAL = {
    ("W1", "numpy", False): 2.0,
    ("W1", "torch", True): 4.5,
    ("W1", "jax.jit", True): 2.5,
    ("W4", "numpy", False): 3.0,
    ("W4", "torch", True): 5.5,
    ("W4", "jax.jit", True): 3.0,
}


def guarded_tasks(modes: list[str]) -> list[Task]:
    """What to measure, of these modes."""
    return [Task(*key) for key in TYPICAL if key[1] in modes]


def too_slow(results: list[dict[str, Any]]) -> list[str]:
    """A line for each result that failed or took more than `MARGIN` times the typical time."""
    lines = []
    for result in results:
        limit = MARGIN * TYPICAL[result["workload"], result["mode"], result["gradient"]]
        what = f"{result['workload']} {result['mode']}{' with gradient' * result['gradient']}"
        if "error" in result:
            lines.append(f"{what}: {result['error']}")
        elif result["in_y"] > limit:
            lines.append(f"{what}: took {result['in_y']:.1f} Y, expected at most {limit:.1f}")
    return lines
