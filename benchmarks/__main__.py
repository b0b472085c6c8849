"""The command: `python -m benchmarks` for the table, with `--growth` for how the cost grows, `--guard` for CI,
`--realtime` for steps of a stream.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from .cell import Task
from .guard import guarded_tasks, too_slow
from .modes import MODES, Mode, installed_modes
from .peers import PEERS, installed_peers
from .realtime import CHAINS, REALTIME_MODES, measure_steps, realtime_table
from .report import growth_plot, machine, markdown, table_plot
from .running import ORIGINAL, Yardstick, run_task
from .workloads import WORKLOADS

#: Modes of the plot of growth, and its sizes: minutes of audio at 48 kHz for the length.
GROWTH_MODES = ("numpy", "torch", "torch.compile", "jax.jit", "tf.function")
GROWTH = {
    "n_samples": [
        {"batch": 1, "sample_rate": 48000, "n_samples": 48000 * s, "n_frames": 250 * s} for s in (2, 10, 60, 240, 600)
    ],
    "batch": [{"batch": batch} for batch in (1, 2, 4, 8, 16, 32)],
    "n_harmonics": [{"n_harmonics": n} for n in (1, 4, 16, 64, 100, 256)],
}

console = Console(highlight=False, markup=False)


def _chosen(name: str, text: str | None, known: list[str]) -> list[str]:
    if text is None:
        return known
    chosen = [part.strip() for part in text.split(",")]
    for unknown in sorted(set(chosen) - set(known)):
        print(f"{name}: got {unknown!r}, expected some of: {', '.join(known)}", file=sys.stderr)
        raise typer.Exit(2)
    return chosen


def _tasks(workloads: list[str], modes: list[str]) -> list[Task]:
    """Modes of one workload side by side, so that a change of the machine's speed hits them alike."""
    tasks = []
    for workload in workloads:
        for gradient in (False, True):
            for mode in modes:
                if (mode in PEERS and workload not in PEERS[mode][0]) or (mode in ORIGINAL and workload == "W7"):
                    continue
                if not (gradient and mode == "numpy"):
                    tasks.append(Task(workload, mode, gradient))
    return tasks


def _growing_tasks(modes: list[str]) -> list[tuple[Task, dict[str, str]]]:
    """Tasks, and by what they grow."""
    return [
        (Task("W1", mode, size=size), {"grows": field})
        for field, sizes in GROWTH.items()
        for size in sizes
        for mode in modes
    ]


def _run(tasks: list[tuple[Task, dict[str, str]]], path: Path, original: str | None) -> list[dict[str, Any]]:
    """Measure, print a line for each, and keep the file up to date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    yardstick, results = Yardstick(), []
    for number, (task, more) in enumerate(tasks, 1):
        results.append({**more, **run_task(task, yardstick, original)})
        console.print(f"{number}/{len(tasks)} {_line(task, results[-1])}")
        _write(path, results)
    return results


def _run_realtime(modes: list[str], n_steps: int, output: Path) -> None:
    results = []
    for chain, group in CHAINS.items():
        for mode in modes:
            results.append({"chain": chain, "mode": mode, **measure_steps(group, Mode(mode), n_steps)})
            console.print(f"{chain}, {mode}: {results[-1]['times_real_time']:.1f} times real time")
    output.mkdir(parents=True, exist_ok=True)
    _write(output / "realtime.json", results)
    console.print("\n" + realtime_table(results))


def _write(path: Path, results: list[dict[str, Any]]) -> None:
    """At once: a run that is cut off leaves the file as it was."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps({"date": str(date.today()), "machine": machine(), "results": results}, indent=1) + "\n")
    part.replace(path)


def _line(task: Task, result: dict[str, Any]) -> str:
    what = f"{task.workload} {task.mode}{' gradient' * task.gradient} {task.size or ''}"
    if "error" in result:
        return f"{what}: {result['error']}"
    return f"{what}: {result['in_y']:.2f} Y, {result['peak_mb']:.0f} MB, first {result['first_s']:.1f} s"


def main(
    workloads: Annotated[str | None, typer.Option(help="Comma list; all of " + ", ".join(WORKLOADS) + ".")] = None,
    modes: Annotated[str | None, typer.Option(help="Comma list; all that are installed.")] = None,
    growth: Annotated[bool, typer.Option(help="How W1 grows with length, batch and harmonics, instead.")] = False,
    guard: Annotated[bool, typer.Option(help="W1 and W4 against wide limits, instead: exit code 1 beyond.")] = False,
    realtime: Annotated[
        int, typer.Option(min=0, help="W9, instead: this number of steps of a hop of 128 samples at 48 kHz; 10000.")
    ] = 0,
    original: Annotated[
        str | None, typer.Option(help="The Python of an environment with the original DDSP, to run it beside.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the JSON, the table and the plot.")] = Path(
        "benchmark_results"
    ),
) -> None:
    """Time and memory of seven workloads on every backend and mode, in units of the yardstick Y."""
    known = installed_modes() + installed_peers() + (list(ORIGINAL) if original else [])
    names = _chosen("--modes", modes, known)
    if realtime:
        _run_realtime([mode for mode in (names if modes else REALTIME_MODES) if mode in MODES], realtime, output)
        return
    if growth:
        tasks = _growing_tasks([mode for mode in (names if modes else GROWTH_MODES) if mode in MODES])
    elif guard:
        tasks = [(task, {}) for task in guarded_tasks(names)]
    else:
        tasks = [(task, {}) for task in _tasks(_chosen("--workloads", workloads, list(WORKLOADS)), names)]
    results = _run(tasks, output / ("growth.json" if growth else "results.json"), original)
    if growth:
        growth_plot(results, output / "growth.png")
    elif guard:
        for line in (slow := too_slow(results)):
            print(line, file=sys.stderr)
        raise typer.Exit(1 if slow else 0)
    else:
        table = markdown(results)
        (output / "table.md").write_text(table)
        table_plot(results, output / "times.png")
        print("\n" + table)
    console.print(f"written to {output}")


if __name__ == "__main__":
    typer.run(main)
