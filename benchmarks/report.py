"""The table as text and Markdown, and the plots."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["growth_plot", "machine", "markdown", "table_plot"]

Result = dict[str, Any]


def machine() -> dict[str, str]:
    """The processor, its cores, and the versions of what ran."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    versions = {}
    for package in ("numpy", "torch", "jax", "tensorflow", "tensorflow-cpu", "auraloss"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {"processor": models[0] if models else name, "cores": str(len(models) or "?"),
            "python": platform.python_version(), **versions}  # fmt: skip


def _cell(results: list[Result], pick: Any) -> str:
    """Forward / with gradient."""
    parts = {}
    for result in results:
        parts[result["gradient"]] = "failed" if "error" in result else pick(result)
    return " / ".join(parts[gradient] for gradient in (False, True) if gradient in parts) or "-"


def _digits(value: float) -> str:
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


#: Headings of the tables, and how a number comes out of a result.
VIEWS = {
    "Time, in Y": lambda r: _digits(r["in_y"]),
    "Peak memory above the imports, in MB": lambda r: f"{r['peak_mb']:.0f}",
    "First call (trace, compile and run), in s": lambda r: f"{r['first_s']:.1f}",
}


def markdown(results: list[Result]) -> str:
    """A table for each of `VIEWS`: modes down, workloads across, 'forward / with gradient' in the cells."""
    workloads = list(dict.fromkeys(r["workload"] for r in results))
    modes = list(dict.fromkeys(r["mode"] for r in results))
    blocks = []
    for title, pick in VIEWS.items():
        lines = [f"{title}:", "", "| | " + " | ".join(workloads) + " |", "|---|" + "---|" * len(workloads)]
        for mode in modes:
            cells = [
                _cell([r for r in results if (r["mode"], r["workload"]) == (mode, workload)], pick)
                for workload in workloads
            ]
            lines.append(f"| {mode} | " + " | ".join(cells) + " |")
        blocks.append("\n".join(lines))
    devices = {
        f"{r['mode']} on {r['device']}: copies {r['copy_gb_s']:.0f} GB/s, multiplies {r['matmul_tflop_s']:.1f} TFLOP/s"
        for r in results
        if r["workload"] == workloads[0] and not r["gradient"] and "device" in r
    }
    errors = [
        f"{r['workload']} {r['mode']}{' gradient' * r['gradient']}: {r['error']}" for r in results if "error" in r
    ]
    return "\n\n".join([*blocks, *sorted(devices), *errors]) + "\n"


def table_plot(results: list[Result], path: Path) -> None:
    """Times in Y as points, a panel for each workload."""
    from matplotlib.figure import Figure

    workloads = list(dict.fromkeys(r["workload"] for r in results))
    modes = list(dict.fromkeys(r["mode"] for r in results))
    figure = Figure(figsize=(2.2 * len(workloads) + 1.5, 0.3 * len(modes) + 1.6), layout="constrained")
    panels = figure.subplots(1, len(workloads), sharey=True, squeeze=False)[0]
    for panel, workload in zip(panels, workloads, strict=True):
        for gradient, marker, label in ((False, "o", "forward"), (True, "s", "with gradient")):
            mine = [r for r in results if r["workload"] == workload and r["gradient"] == gradient and "in_y" in r]
            panel.plot([r["in_y"] for r in mine], [modes.index(r["mode"]) for r in mine], marker, label=label)
        panel.set(title=workload, xlabel="time / Y", xscale="log", yticks=range(len(modes)), yticklabels=modes)
        panel.grid(alpha=0.3)
    panels[0].invert_yaxis()
    panels[0].legend(fontsize="small")
    figure.savefig(path, dpi=120)


#: What grows in the plot of growth: field of `Size` -> what one unit of it is called.
GROWING = {"n_samples": "samples", "batch": "batch", "n_harmonics": "harmonics"}


def growth_plot(results: list[Result], path: Path) -> None:
    """Time over length, batch and harmonics, log-log, with a straight line of slope 1 beside it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.8), layout="constrained")
    for panel, (field, label) in zip(figure.subplots(1, len(GROWING)), GROWING.items(), strict=True):
        mine = [r for r in results if r["grows"] == field and "in_y" in r]
        for mode in dict.fromkeys(r["mode"] for r in mine):
            points = [(r["size"][field], r["in_y"]) for r in mine if r["mode"] == mode]
            panel.loglog(*zip(*points, strict=True), "o-", label=mode)
        if mine:
            ends = [f([r["size"][field] for r in mine]) for f in (min, max)]
            least = min(r["in_y"] for r in mine)
            panel.loglog(ends, [least, least * ends[1] / ends[0]], "k:", label="linear")
            panel.legend(fontsize="small")
        panel.set(xlabel=label, ylabel="time / Y")
        panel.grid(alpha=0.3, which="both")
    figure.savefig(path, dpi=120)
