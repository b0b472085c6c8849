"""`ddsp resynth`: analysis of recordings into controls, and resynthesis."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..backends import BACKENDS
from ..pretrained_models.weights import CAPACITIES
from .batch import Task, run_all
from .console import say, warn
from .errors import UserError
from .inputs import bundled_phrase
from .job import Settings
from .naming import folders_of
from .outputs import FORMATS
from .pitch_files import is_pitch_file
from .progress import bar
from .write import names_of, resynthesize

__all__ = ["check_names", "check_semitones", "resynth"]

#: Four octaves: beyond them, everything is above half the sample rate or inaudibly low.
MAX_SEMITONES = 48.0
MAX_STEPS = 100_000
MAX_WORKERS = 256

Semitones = Annotated[
    float,
    typer.Option(
        help="Transposition of the resynthesis in semitones; negative is down. The error measures do not include it."
    ),
]


def resynth(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT",
            help="Audio files in any format that libsndfile reads, with any number of channels; - is stdin. By "
            "default, the flute phrase that is bundled with ddsp.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder for the results, ./resynth-NAME by default, with the name of the input. With several inputs, "
            "results are written to DIR/NAME.",
            show_default=False,
        ),
    ] = None,
    backend: Annotated[str, typer.Option(help="Array library: numpy, torch, jax or tensorflow.")] = "numpy",
    steps: Annotated[
        int, typer.Option(help="Steps of gradient descent on the controls, for example 200; not available with numpy.")
    ] = 0,
    f0: Annotated[
        str,
        typer.Option(
            help="Pitch tracker: crepe-tiny, crepe-small, crepe-medium, crepe-large or crepe-full; or a CSV file "
            "with time in seconds and frequency in Hz, as CREPE, Sonic Visualiser and ddsp write it."
        ),
    ] = "crepe-tiny",
    fmin: Annotated[
        float | None,
        typer.Option(help="Lowest pitch in Hz, by default about 32, the limit of the tracker.", show_default=False),
    ] = None,
    fmax: Annotated[
        float | None,
        typer.Option(help="Highest pitch in Hz, by default about 2000, the limit of the tracker.", show_default=False),
    ] = None,
    start: Annotated[float, typer.Option(help="Start of the part to read, in seconds.")] = 0.0,
    duration: Annotated[
        float | None,
        typer.Option(help="Length of the part to read in seconds, by default to the end.", show_default=False),
    ] = None,
    stereo: Annotated[
        bool, typer.Option("--stereo", help="Resynthesize each channel; all use the pitch of their mean.")
    ] = False,
    transpose: Semitones = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the noise.")] = 0,
    format: Annotated[str, typer.Option(help="Audio format: wav (32-bit float) or flac (24 bits).")] = "wav",
    workers: Annotated[int, typer.Option(help="Number of inputs that are processed in parallel.")] = 1,
) -> None:
    """Analyze recordings into pitch, harmonics and noise, and resynthesize them.

    Writes resynth.wav, controls.npz, pitch.csv, report.json and resynth.png.
    """
    file = f0 if f0 not in _models() and is_pitch_file(f0) else None
    tracker = f0 if file is None else "crepe-tiny"
    settings = Settings(backend, steps, tracker, file, fmin, fmax, start, duration, stereo, transpose, seed, format)
    _check(settings)
    if not 1 <= workers <= MAX_WORKERS:
        raise UserError(f"--workers: got {workers}, expected 1 to {MAX_WORKERS}")
    check_names(sources, out)
    if not sources:
        with bundled_phrase() as path:
            folder = Path(out) if out is not None else Path(f"resynth-{path.stem}")
            _one(path, f"{path.name} (bundled)", folder, settings)
        return
    folders = folders_of(sources, out)
    if len(sources) == 1:
        name = "stdin" if sources[0] == "-" else Path(sources[0]).name
        _one(sources[0], name, folders[0], settings)
        return
    if file is not None:
        raise UserError(f"--f0: got the pitch file {file!r} for {len(sources)} inputs, expected one input")
    tasks = [Task(source, Path(source).name, folder) for source, folder in zip(sources, folders, strict=True)]
    work = partial(resynthesize, settings=settings)
    run_all(tasks, work, lambda report: f"spectral convergence {number(report['spectral_convergence_after'])}", workers)


def _models() -> list[str]:
    return [f"crepe-{capacity}" for capacity in CAPACITIES]


def _check(settings: Settings) -> None:
    """Raise UserError unless the options are valid."""
    backend, steps = settings.backend, settings.steps
    if backend not in BACKENDS:
        raise UserError(f"--backend: got {backend!r}, expected one of {', '.join(BACKENDS)}")
    if not 0 <= steps <= MAX_STEPS:
        raise UserError(f"--steps: got {steps}, expected 0 to {MAX_STEPS}")
    if steps and backend == "numpy":
        raise UserError(
            f"--steps: got {steps} with --backend numpy, which has no gradients; expected 0, "
            "or --backend torch, jax or tensorflow"
        )
    if settings.f0 not in _models():
        raise UserError(f"--f0: got {settings.f0!r}, expected one of {', '.join(_models())}, or a CSV file")
    _check_range(settings)
    check_semitones(settings.transpose)
    if not 0 <= settings.seed < 2**32:
        raise UserError(f"--seed: got {settings.seed}, expected 0 to {2**32 - 1}")
    if settings.format not in FORMATS:
        raise UserError(f"--format: got {settings.format!r}, expected one of {', '.join(FORMATS)}")


def _check_range(settings: Settings) -> None:
    low, high = settings.fmin, settings.fmax
    for name, value in (("--fmin", low), ("--fmax", high)):
        if value is not None and not 0.0 < value < math.inf:
            raise UserError(f"{name}: got {value:g}, expected a frequency in Hz, > 0")
        if value is not None and settings.f0_file is not None:
            raise UserError(f"{name}: got {value:g} together with a pitch file, expected a tracker in --f0")
    if low is not None and high is not None and low >= high:
        raise UserError(f"--fmin: got {low:g}, expected less than --fmax, {high:g}")
    if not 0.0 <= settings.start < math.inf:
        raise UserError(f"--start: got {settings.start:g}, expected seconds, >= 0")
    if settings.duration is not None and not 0.0 < settings.duration < math.inf:
        raise UserError(f"--duration: got {settings.duration:g}, expected seconds, > 0")


def check_names(sources: list[str] | None, out: str | None) -> None:
    """Raise UserError unless the names can be those of files and of a folder.

    Parameters
    ----------
    sources
        Names of the inputs.
    out
        Name of the folder for the results.
    """
    for name, value in (("--out", out), *(("INPUT", source) for source in sources or ())):
        if value is not None and (not value or "\0" in value):
            raise UserError(f"{name}: got {value!r}, expected the name of a {'folder' if name == '--out' else 'file'}")


def check_semitones(semitones: float) -> None:
    """Raise UserError unless a transposition is within four octaves.

    Parameters
    ----------
    semitones
        Transposition in semitones.
    """
    if not abs(semitones) <= MAX_SEMITONES:
        raise UserError(f"--transpose: got {semitones:g}, expected -{MAX_SEMITONES:g} to {MAX_SEMITONES:g} semitones")


def _one(source: str | Path, name: str, folder: Path, settings: Settings) -> None:
    """Resynthesize one recording: print warnings on stderr, a summary and the names of the files on stdout."""
    with bar(name) as on_progress:
        report = resynthesize(source, name, folder, settings, on_progress)
    for warning in report["warnings"]:
        warn(f"warning: {warning}")
    _summary(report)
    for file in names_of(settings):
        if (folder / file).exists():
            say(folder / file)


def number(x: float | None) -> str:
    """A figure of the report as text."""
    return "-" if x is None else f"{x:.3f}"


def _summary(report: dict[str, Any]) -> None:
    rows = []
    for name in ("spectral_convergence", "spectral_loss"):
        before, after = (number(report[f"{name}_{when}"]) for when in ("before", "after"))
        rows.append((name.replace("_", " "), f"{before} -> {after}" if report["steps"] else before))
    median, seconds = report["f0_median_hz"], report["seconds"]["total"]
    rows.append(("median f0", "unvoiced" if median is None else f"{median:.1f} Hz"))
    took = f"{seconds:.1f} s for {report['duration_seconds']:.1f} s of audio"
    took += f" (real-time factor {report['real_time_factor']:.2f})"
    rows += [("time", took), ("backend", f"{report['backend']} on {report['device']}")]
    rows += [("warning", warning) for warning in report["warnings"]]
    for name, value in rows:
        say(f"{name:<21} {value}")
