"""Runs tasks one after the other, each in a fresh process, and the yardstick beside every one of them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .cell import Task
from .workloads import WORKLOADS, YARDSTICK_SHAPE

__all__ = ["ORIGINAL", "Yardstick", "run_task"]

#: Modes of the original library, which another Python runs.
ORIGINAL = ("original", "original tf.function")
ROOT = Path(__file__).parents[1]


class Yardstick:
    """Y, the unit of all times: NumPy's sine of 8 * 64000 * 100 float32 numbers, on one thread."""

    def __init__(self) -> None:
        self.x = np.linspace(0.0, 100.0, int(np.prod(YARDSTICK_SHAPE)), dtype=np.float32)
        self.y = np.empty_like(self.x)
        self.seconds()  # the first call also fetches the memory

    def seconds(self, calls: int = 3) -> float:
        """The median of some calls."""
        times = []
        for _ in range(calls):
            start = time.perf_counter()
            np.sin(self.x, out=self.y)
            times.append(time.perf_counter() - start)
        return statistics.median(times)


def run_task(task: Task, yardstick: Yardstick, original: str | None = None, limit_s: float = 600.0) -> dict[str, Any]:
    """What `cell.py` measures, with the yardstick's seconds and the time in its units; or the task and its error."""
    y = yardstick.seconds()
    try:
        done = _run_original(task, original, limit_s) if task.mode in ORIGINAL else _run_here(task, limit_s)
    except subprocess.TimeoutExpired:
        return {**asdict(task), "error": f"not done after {limit_s:.0f} s"}
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return {**asdict(task), "error": lines[-1][:300]}
    result = json.loads(done.stdout.strip().splitlines()[-1])
    y = (y + yardstick.seconds()) / 2.0
    return {**result, "yardstick_s": y, "in_y": result["median_s"] / y}


def _run_here(task: Task, limit_s: float) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "benchmarks.cell", json.dumps(asdict(task))]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit_s, check=False)


def _run_original(task: Task, python: str | None, limit_s: float) -> subprocess.CompletedProcess:
    """The inputs go to the other environment in a file: its NumPy may draw other numbers."""
    workload = WORKLOADS[task.workload]
    size = workload.sized(task.size)
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder) / "inputs.npz"
        np.savez(inputs, **{name: x.astype(np.float32) for name, x in workload.inputs(size).items()})
        text = {**asdict(task), "size": asdict(size), "trained": workload.trained, "inputs": str(inputs),
                "measuring": str(ROOT / "benchmarks" / "measuring.py")}  # fmt: skip
        command = [str(python), str(ROOT / "benchmarks" / "original.py"), json.dumps(text)]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=limit_s, check=False)
