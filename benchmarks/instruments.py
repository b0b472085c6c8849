"""Train every preset on two instruments, evaluate all runs, and write the tables of docs/instruments.md:

    python -m benchmarks.instruments FLUTE CELLO

FLUTE and CELLO are folders with the recordings of two npm packages; docs/instruments.md says how to get them. The
command may be stopped at any time and started again: what is done is not done again. It needs the extras `cli`, `train`
and `jax`, and measures the speed on the backends that are installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from ddsp.training import join_figures

from .report import machine

__all__ = ["Sounds", "make_table", "markdown"]

ROOT = Path(__file__).parents[1]
#: What is written into the page stands between these lines.
BEGIN, END = "<!-- written by python -m benchmarks.instruments -->", "<!-- end -->"
#: Presets, the one whose training takes longest last.
ORDER = ("dilated", "small", "least", "original-tiny", "original")
#: Number of checkpoints of a run, of which the best one is evaluated.
CHECKPOINTS = 5


class Sounds(NamedTuple):
    """Recordings of an instrument: the names of the notes, and the one that is held out."""

    notes: tuple[str, ...]
    hold_out: str


#: By the name of the instrument. The notes of the cello are minor thirds apart; F#2 is not in the package.
INSTRUMENTS = {
    "flute": Sounds(("C4", "E4", "A4", "C5", "E5", "A5", "C6", "E6", "A6", "C7"), "E5"),
    "cello": Sounds(("C2", "Ds2", "A2", "C3", "Ds3", "Fs3", "A3", "C4", "Ds4", "Fs4", "A4", "C5"), "Fs3"),
}


def run_ddsp(*arguments: str | Path, one_core: bool = False) -> None:
    """Run the command in a fresh process, which shows its progress."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} if one_core else {}
    before = _use_one_core if one_core and hasattr(os, "sched_setaffinity") else None
    command = [sys.executable, "-m", "ddsp", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **threads}, preexec_fn=before, check=True)


def _use_one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def make_table(
    folders: dict[str, Path], work: Path, steps: int, presets: Sequence[str] = ORDER
) -> dict[str, dict[str, dict[str, Any]]]:
    """Reports of `ddsp evaluate` by instrument and preset, each with the seconds and the steps of its training."""
    work = work.resolve()
    reports: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in folders}
    for preset in presets:
        for name, folder in folders.items():
            sounds, data, run = INSTRUMENTS[name], work / name / "data", work / name / preset
            figures = run / "figures.json"
            if not figures.exists():
                if not (data / "dataset.json").exists():
                    files = [folder.resolve() / f"{note}.wav" for note in sounds.notes]
                    run_ddsp("prepare", *files, "-o", data)
                _train(data, run, preset, sounds.hold_out, steps)
                analysis = () if reports[name] else ("--analysis",)  # once for each instrument
                run_ddsp("evaluate", run, data, "-o", figures, *analysis)
            state = json.loads((max(run.glob("step-*")) / "state.json").read_text())
            done = {"training_seconds": state["seconds"], "steps": state["step"]}
            reports[name][preset] = json.loads(figures.read_text()) | done
    _time(reports, folders, work)
    return reports


def _time(reports: dict[str, dict[str, dict[str, Any]]], folders: dict[str, Path], work: Path) -> None:
    """Measure the speed, which the trained values do not change, on the first instrument, one preset after another.

    On one core: other programs change times of several threads, which wait for one another, beyond all measure.
    """
    first = next(iter(folders))
    for preset, report in reports[first].items():
        speed = work / first / preset / "speed.json"
        if not speed.exists():
            note = folders[first].resolve() / f"{INSTRUMENTS[first].hold_out}.wav"
            run_ddsp("evaluate", work / first / preset, note, "-o", speed, "--backend", "all", one_core=True)
        report["real_time_factor"] = json.loads(speed.read_text())["real_time_factor"]


def _train(data: Path, run: Path, preset: str, hold_out: str, steps: int) -> None:
    if (run / "run.json").exists():
        run_ddsp("train", data, "-o", run, "--resume")
        return
    options = ("--backend", "jax", "--preset", preset, "--hold-out", hold_out, "--steps", str(steps))
    run_ddsp("train", data, "-o", run, *options, "--every", str(max(steps // CHECKPOINTS, 1)))


# The page -------------------------------------------------------------------------------------------------------------


def _number(value: float | None, digits: int, factor: float = 1.0) -> str:
    return "-" if value is None else f"{factor * value:.{digits}f}"


def _figures(learned: dict[str, Any] | None, unseen: dict[str, Any] | None) -> list[str]:
    """Cells: learned / unseen."""
    columns = {"spectral_loss": (2, 1), "spectral_distance": (2, 1), "loudness_l1_db": (2, 1), "f0_l1_cents": (1, 1),
               "f0_outliers": (1, 100)}  # fmt: skip
    return [
        " / ".join(_number(part[name], *how) for part in (learned, unseen) if part) for name, how in columns.items()
    ]


def _analysis(report: dict[str, Any], state: str) -> dict[str, Any] | None:
    parts = [recording["analysis"] for recording in report["recordings"] if recording["learned"] == state]
    return join_figures(parts) if parts else None


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def markdown(reports: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The tables: for each instrument the figures of each preset, then sizes and speeds."""
    blocks = []
    for name, by_preset in reports.items():
        rows = [[f"`{preset}`", *_figures(x["learned"], x["unseen"])] for preset, x in by_preset.items()]
        first = next(iter(by_preset.values()))
        rows.append(["direct analysis", *_figures(_analysis(first, "learned"), _analysis(first, "unseen"))])
        head = [name, "spectral loss", "spectral distance", "loudness L1, dB", "f0 L1, cents", "f0 outliers, %"]
        learned, unseen = INSTRUMENTS[name].notes, INSTRUMENTS[name].hold_out
        seconds = first["total"]["seconds"]
        text = f"{name.capitalize()}: {len(learned) - 1} notes learned, {unseen} unseen, {seconds:.0f} s in all;"
        blocks += [f"{text} learned / unseen:", _table(head, rows)]
    backends = list(next(iter(next(iter(reports.values())).values()))["real_time_factor"])
    head = ["preset", "trainable values", "files, kB", *(f"{name}, times real time" for name in backends)]
    head += [f"training ({name}), min" for name in reports]
    rows = []
    for preset, x in next(iter(reports.values())).items():
        speeds = [_number(1.0 / x["real_time_factor"][name], 0) for name in backends]
        seconds = [by_preset.get(preset, {}).get("training_seconds") for by_preset in reports.values()]
        minutes = [_number(value, 1, 1.0 / 60.0) for value in seconds]
        rows.append([f"`{preset}`", f"{x['parameters']:,}", f"{1e-3 * x['file_bytes']:,.0f}", *speeds, *minutes])
    steps = sorted({x["steps"] for by_preset in reports.values() for x in by_preset.values()})
    here = machine()
    where = f"{here['processor']}, {here['cores']} cores; " + ", ".join(
        f"{package} {here[package]}"
        for package in ("numpy", "torch", "jax", "tensorflow", "tensorflow-cpu")
        if package in here
    )
    done = f"time of {' or '.join(map(str, steps))} steps"
    blocks += [f"Size, speed on one core, and {done} on all cores ({where}):", _table(head, rows)]
    return "\n\n".join(blocks)


def write_page(path: Path, text: str) -> None:
    """Replace what is between the two lines of the page, at once; without them, append it."""
    page = path.read_text() if path.exists() else ""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    part = path.with_name(path.name + ".part")
    part.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after or chr(10)}")
    part.replace(path)


def main(
    flute: Annotated[Path, typer.Argument(help="Folder with the recordings of the flute.")],
    cello: Annotated[Path, typer.Argument(help="Folder with the recordings of the cello.")],
    steps: Annotated[int, typer.Option(help="Number of steps of each run.")] = 1000,
    presets: Annotated[str, typer.Option(help="Comma list of presets.")] = ",".join(ORDER),
    work: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("instrument_runs"),
    output: Annotated[Path, typer.Option("--output", "-o", help="The page.")] = ROOT / "docs" / "instruments.md",
) -> None:
    """Train every preset on two instruments, evaluate all runs, and write the tables of docs/instruments.md."""
    try:
        reports = make_table({"flute": flute, "cello": cello}, work, steps, presets.split(","))
    except subprocess.CalledProcessError as error:  # its message is there already
        raise typer.Exit(error.returncode) from None
    write_page(output, markdown(reports))


if __name__ == "__main__":
    typer.run(main)
