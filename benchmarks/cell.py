"""One cell of the table, measured in a process of its own: `python -m benchmarks.cell '{"workload": "W1", ...}'`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .measuring import measure

if TYPE_CHECKING:
    from .modes import Mode

__all__ = ["Task", "main"]


@dataclass(frozen=True)
class Task:
    """What to measure: a workload, by what, with gradient or without, at another size than its own."""

    workload: str
    mode: str
    gradient: bool = False
    size: dict[str, int] | None = None


def task_of(task: Task) -> tuple[Callable[[], Any], Mode]:
    """The function to call, and the mode that it runs in."""
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
    return call, mode


def main() -> None:
    """Measure the task of the first argument and print the result as one line of JSON."""
    from .accelerator import describe

    task = Task(**json.loads(sys.argv[1]))
    call, mode = task_of(task)
    measured = measure(call, mode.wait)
    print(json.dumps({**asdict(task), **measured, **describe(mode)}))


if __name__ == "__main__":
    main()
