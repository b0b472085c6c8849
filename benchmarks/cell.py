"""One cell of the table, measured in a process of its own: `python -m benchmarks.cell '{"workload": "W1", ...}'`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from .measuring import measure

__all__ = ["Task", "main"]


@dataclass(frozen=True)
class Task:
    """What to measure: a workload, by what, with gradient or without, at another size than its own."""

    workload: str
    mode: str
    gradient: bool = False
    size: dict[str, int] | None = None


def task_of(task: Task) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """The function to call, and how to wait for it."""
    from .modes import Mode
    from .peers import PEERS
    from .workloads import WORKLOADS

    workload = WORKLOADS[task.workload]
    size = workload.sized(task.size)
    if task.mode in PEERS:
        return PEERS[task.mode][1](workload, size, task.gradient)
    mode = Mode(task.mode)
    trained = workload.trained if task.gradient else ()
    call = mode.function(lambda key, **inputs: workload.compute(size, key, **inputs), workload.inputs(size), trained)
    return call, mode.wait


def main() -> None:
    """Measure the task of the first argument and print the result as one line of JSON."""
    task = Task(**json.loads(sys.argv[1]))
    print(json.dumps({**asdict(task), **measure(*task_of(task))}))


if __name__ == "__main__":
    main()
