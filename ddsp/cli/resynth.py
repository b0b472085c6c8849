"""`ddsp resynth`: a recording taken apart into controls, and put together again."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..backends import BACKENDS, Adapter
from ..pretrained_models.weights import CAPACITIES
from . import chain
from .audio_io import bundled_phrase, read_mono, staged, write_wav
from .errors import UserError, load_quietly, reason_of
from .picture import draw
from .refine import refine, segments_of
from .report import device_of, figures, versions, write_json

__all__ = ["resynth"]

OUTPUTS = ["resynth.wav", "controls.npz", "resynth.png", "report.json"]
#: Octaves either way: further, everything lies above half the sample rate or below hearing.
MAX_SEMITONES = 48.0
MAX_STEPS = 100_000
VOICED = 0.5


def resynth(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[INPUT]",
            help="Audio file of any format, rate and number of channels that libsndfile "
            "reads; channels are averaged. Without it: the flute phrase that comes with ddsp.",
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="Folder for the results; ./resynth-NAME by default.")
    ] = None,
    backend: Annotated[str, typer.Option(help="numpy, torch, jax or tensorflow.")] = "numpy",
    steps: Annotated[
        int, typer.Option(help="Steps of gradient descent on the controls; not on numpy. 200 is a good number.")
    ] = 0,
    f0: Annotated[
        str, typer.Option(help="Pitch tracker: crepe-tiny, crepe-small, crepe-medium, crepe-large or crepe-full.")
    ] = "crepe-tiny",
    transpose: Annotated[
        float, typer.Option(help="Semitones that the resynthesis is transposed by; figures are those without.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the noise.")] = 0,
) -> None:
    """Take a recording apart into pitch, harmonics and noise, and put it together again.

    Writes resynth.wav, controls.npz, report.json and resynth.png.
    """
    started = time.perf_counter()
    capacity = _check_options(backend, steps, f0, transpose, seed)
    with ExitStack() as stack:
        path = Path(source) if source is not None else stack.enter_context(bundled_phrase())
        audio, rate, channels = read_mono(path)
        audio = chain.without_offset(audio, rate)
        folder = Path(out) if out is not None else Path(f"resynth-{path.stem}")
        stage = stack.enter_context(staged(folder, OUTPUTS))
        adapter = _load(backend)
        job = {"audio": audio, "rate": rate, "steps": steps, "capacity": capacity, "semitones": transpose, "seed": seed}
        result = _run(adapter, job)
        name = path.name if source is not None else f"{path.name} (bundled)"
        settings = {"input": name, "channels": channels, "f0_model": f0, "backend": backend}
        _write(stage, job, result, settings, started)
    _summary(folder, result["report"])


def _check_options(backend: str, steps: int, f0: str, transpose: float, seed: int) -> str:
    """The capacity of the pitch tracker, if the options make sense."""
    if backend not in BACKENDS:
        raise UserError(f"--backend: got {backend!r}, expected one of {', '.join(BACKENDS)}")
    if not 0 <= steps <= MAX_STEPS:
        raise UserError(f"--steps: got {steps}, expected 0 to {MAX_STEPS}")
    if steps and backend == "numpy":
        raise UserError(
            f"--steps: got {steps} with --backend numpy, which has no gradients; expected 0, "
            "or --backend torch, jax or tensorflow"
        )
    models = [f"crepe-{capacity}" for capacity in CAPACITIES]
    if f0 not in models:
        raise UserError(f"--f0: got {f0!r}, expected one of {', '.join(models)}")
    if not math.isfinite(transpose) or abs(transpose) > MAX_SEMITONES:
        raise UserError(f"--transpose: got {transpose:g}, expected -{MAX_SEMITONES:g} to {MAX_SEMITONES:g} semitones")
    if not 0 <= seed < 2**32:
        raise UserError(f"--seed: got {seed}, expected 0 to {2**32 - 1}")
    return f0.removeprefix("crepe-")


def _load(backend: str) -> Adapter:
    try:
        return load_quietly(backend)
    except ImportError as error:
        raise UserError(f"--backend: {error}") from error
    except Exception as error:  # devices that cannot be started
        raise UserError(f"--backend: backend {backend!r} cannot be started: {reason_of(error)}") from error


def _run(adapter: Adapter, job: dict[str, Any]) -> dict[str, Any]:
    """Pitch, analysis, refinement and synthesis; host arrays, with the figures and times of the report."""
    audio, rate, seed = job["audio"], job["rate"], job["seed"]
    clock = [time.perf_counter()]
    try:
        f0_hz, confidence = chain.track_pitch(adapter, audio, rate, job["capacity"])
    except ImportError as error:
        raise UserError(f"--f0: {error}") from error
    device = device_of(adapter, f0_hz)
    clock.append(time.perf_counter())
    controls = chain.analyse(adapter, audio, f0_hz, confidence, rate)
    hop, n_frames = chain.frames_of(len(audio), rate)
    noise = chain.to_backend(adapter, chain.host_noise(seed, n_frames * hop))

    rendering = chain.rendering(adapter, rate)

    def sound(controls: dict[str, Any], semitones: float = 0.0) -> np.ndarray:
        ratio = chain.to_backend(adapter, np.asarray(2.0 ** (semitones / 12.0)))
        return adapter.to_numpy(rendering(controls, noise, ratio))[0, : len(audio)]

    final = direct = sound(controls)
    clock.append(time.perf_counter())
    if job["steps"]:
        controls = _refine(adapter, job, controls, noise)
        final = sound(controls)
    clock.append(time.perf_counter())
    return {
        "controls": {name: adapter.to_numpy(x) for name, x in controls.items()},
        "confidence": adapter.to_numpy(confidence)[0, :, 0],
        "direct": direct,
        "final": final,
        "written": sound(controls, job["semitones"]) if job["semitones"] else final,
        "device": device,
        "seconds": dict(zip(("f0", "analysis", "refinement"), np.diff(clock).tolist(), strict=True)),
    }


def _refine(adapter: Adapter, job: dict[str, Any], controls: dict[str, Any], noise: Any) -> dict[str, Any]:
    """Gradient descent under a progress bar that shows the loss."""
    audio, hop = job["audio"], chain.frames_of(len(job["audio"]), job["rate"])[0]
    target = np.pad(audio, (0, int(noise.shape[1]) - len(audio)))[np.newaxis]
    total = job["steps"] * len(segments_of(int(noise.shape[1]) // hop, hop))
    columns = (TextColumn("refining"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("refine", total=total, loss="-")

        def on_step(loss: float) -> None:
            progress.update(task, advance=1, loss=f"{loss:.4f}")

        return refine(adapter, chain.to_backend(adapter, target), controls, noise, job["rate"], job["steps"], on_step)


def _write(stage: Path, job: dict[str, Any], result: dict[str, Any], settings: dict[str, Any], started: float) -> None:
    """All four files, into the staging folder; the report last, because it tells the time."""
    audio, rate, written = job["audio"], job["rate"], result["written"]
    hop, n_frames = chain.frames_of(len(audio), rate)
    tracks = {
        "frame_rate": rate / hop,
        "f0_hz": result["controls"]["f0_hz"][0, :, 0],
        "confidence": result["confidence"],
        "loudness_db": chain.loudness(audio, rate, n_frames),
        "loudness_resynthesis_db": chain.loudness(written, rate, n_frames),
    }
    write_wav(stage / "resynth.wav", written, rate)
    np.savez_compressed(
        stage / "controls.npz",
        **result["controls"],
        confidence=result["confidence"],
        loudness_db=tracks["loudness_db"],
        sample_rate=rate,
        frame_rate=rate / hop,
        hop_size=hop,
        n_samples=len(audio),
        noise_seed=job["seed"],
        transpose_semitones=job["semitones"],
    )
    report = _report(job, result, settings)
    title = f"{settings['input']}: spectral convergence {_number(report['spectral_convergence_after'])}"
    tracks["title"] = title + (f", transposed by {job['semitones']:g} semitones" if job["semitones"] else "")
    draw(stage / "resynth.png", audio, written, rate, tracks)
    total = time.perf_counter() - started
    report["seconds"]["total"] = total
    report["real_time_factor"] = total / (len(audio) / rate)
    write_json(stage / "report.json", report)
    result["report"] = report


def _report(job: dict[str, Any], result: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    audio, rate = job["audio"], job["rate"]
    before = figures(audio, result["direct"], rate)
    after = figures(audio, result["final"], rate) if job["steps"] else before
    hop, n_frames = chain.frames_of(len(audio), rate)
    voiced = result["confidence"] > VOICED
    f0_hz = result["controls"]["f0_hz"][0, :, 0]
    return {
        **{f"{name}_{when}": x[name] for name in before for when, x in (("before", before), ("after", after))},
        "seconds": result["seconds"],
        "real_time_factor": None,
        "backend": settings["backend"],
        "device": result["device"],
        "versions": versions(settings["backend"]),
        "input": settings["input"],
        "duration_seconds": len(audio) / rate,
        "sample_rate": rate,
        "channels": settings["channels"],
        "f0_model": settings["f0_model"],
        "f0_median_hz": float(np.median(f0_hz[voiced])) if voiced.any() else None,
        "voiced_share": float(voiced.mean()),
        "steps": job["steps"],
        "transpose_semitones": job["semitones"],
        "seed": job["seed"],
        "frame_rate": rate / hop,
        "n_frames": n_frames,
        "n_harmonics": int(result["controls"]["harmonic_distribution"].shape[2]),
        "n_bands": chain.N_BANDS,
    }


def _number(x: float | None) -> str:
    return "-" if x is None else f"{x:.3f}"


def _summary(folder: Path, report: dict[str, Any]) -> None:
    table = Table.grid(padding=(0, 2))
    for name in ("spectral_convergence", "spectral_loss"):
        before, after = (_number(report[f"{name}_{when}"]) for when in ("before", "after"))
        table.add_row(name.replace("_", " "), f"{before} -> {after}" if report["steps"] else before)
    median = report["f0_median_hz"]
    table.add_row("median f0", "unvoiced" if median is None else f"{median:.1f} Hz")
    seconds, factor = report["seconds"]["total"], report["real_time_factor"]
    table.add_row("time", f"{seconds:.1f} s for {report['duration_seconds']:.1f} s of audio (factor {factor:.2f})")
    table.add_row("backend", f"{report['backend']} on {report['device']}")
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    for name in OUTPUTS:
        console.print(folder / name, markup=False)
