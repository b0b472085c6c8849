"""Writing the files of a resynthesis: sound, controls, pitch, picture and report."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .. import analysis, training
from . import findings
from .columns import SoundColumns
from .console import plain
from .errors import UserError, reason_of
from .inputs import CANCELLED
from .job import Result, Settings, Sound, prepare, take_apart
from .outputs import FORMATS, staged, write_audio
from .picture import draw
from .pitch_files import write_pitch
from .progress import OnProgress, Stages
from .report import versions, write_json

__all__ = ["keep_apart", "names_of", "resynthesize"]

#: Confidence above which a tracked frame is voiced.
VOICED = 0.5


def names_of(settings: Settings) -> list[str]:
    """List the files that a run writes.

    Parameters
    ----------
    settings
        Options of the command.

    Returns
    -------
    names : list
        Names of the files.
    """
    return [f"resynth.{settings.format}", "controls.npz", "pitch.csv", "resynth.png", "report.json"]


def resynthesize(
    source: str | Path, name: str, folder: Path, settings: Settings, on_progress: OnProgress
) -> dict[str, Any]:
    """Resynthesize a recording and write the results into a folder.

    Parameters
    ----------
    source
        Path of a file; `-` is stdin.
    name
        Name of the recording in the report and the picture.
    folder
        Folder of the results.
    settings
        Options of the command.
    on_progress
        Called with the stage and the share of the work.

    Returns
    -------
    report : dict
        Content of `report.json`.

    Raises
    ------
    UserError
        An error that the user can correct.
    """
    started = time.perf_counter()
    on_progress("reading", 0.0)
    for given in (source, settings.f0_file):
        keep_apart(given, folder, names_of(settings))
    sound = prepare(source, settings)
    if len(sound.channels) > FORMATS[settings.format]:
        raise UserError(
            f"--format: got {len(sound.channels)} channels, expected at most {FORMATS[settings.format]} "
            f"for {settings.format}"
        )
    with staged(folder, names_of(settings)) as stage:
        stages = Stages(on_progress, settings.steps, len(sound.channels))
        result = take_apart(sound, settings, stages)
        return _write(stage, name, sound, result, settings, stages, started)


def keep_apart(source: str | Path | None, folder: Path, names: list[str], option: str = "--out") -> None:
    """Raise UserError if a result would overwrite an input.

    Parameters
    ----------
    source
        Path of the input.
    folder
        Folder of the results.
    names
        Names of the results.
    option
        Option that the message names.
    """
    for name in names:
        try:
            same = source is not None and (folder / name).samefile(source)
        except (OSError, ValueError):  # one of the files does not exist
            continue
        if same:
            raise UserError(
                f"{option}: {str(folder / name)!r} is an input and would be overwritten, expected another folder"
            )


def _write(
    stage: Path, name: str, sound: Sound, result: Result, settings: Settings, stages: Stages, started: float
) -> dict[str, Any]:
    """Write all files into the staging folder; the report is the last one because it contains the total time."""
    hop, _ = sound.frames
    rate, warnings = sound.sample_rate, list(sound.warnings)
    frame_rate = rate / hop
    voiced = result.confidence > (VOICED if settings.f0_file is None else 0.0)
    original = sound.channels if sound.gain == 1.0 else sound.channels * np.float32(1.0 / sound.gain)
    stages.begin("evaluation")
    report = _figures(original, result, settings, rate, stages)
    tracks = {
        "frame_rate": frame_rate,
        "f0_hz": result.controls["f0_hz"][0, :, 0],
        "confidence": np.clip(result.confidence, 0.0, 1.0),
        "voiced": voiced,
        "loudness_db": _loudness(original, rate),
        "loudness_result_db": _loudness(result.written, rate),
    }
    warnings += _about(sound, result, settings, voiced, tracks["loudness_db"], report["spectral_convergence_after"])
    written = result.written[0] if len(result.written) == 1 else result.written.T
    loudest = float(np.max(np.abs(original)))
    too_loud = write_audio(stage / f"resynth.{settings.format}", written, rate, loudest)
    warnings += [too_loud] if too_loud else []
    _write_controls(stage / "controls.npz", sound, result, settings, tracks["loudness_db"])
    write_pitch(stage / "pitch.csv", tracks["f0_hz"], result.confidence, frame_rate, sound.recording.start)
    report |= _facts(name, sound, result, settings, voiced)
    result.controls.clear()  # most of the memory of a long sound; already written
    stages.begin("picture")
    title = f"{plain(name)}: spectral convergence {_number(report['spectral_convergence_after'])}"
    tracks["title"] = title + (f", transposed by {settings.transpose:g} semitones" if settings.transpose else "")
    tracks["warnings"] = warnings
    picture, failed = _picture(original, result.written, rate, tracks, stage)
    if picture is not None:
        (stage / "resynth.png").write_bytes(picture)
    report["warnings"] = warnings + failed
    total = time.perf_counter() - started
    report["seconds"] = {**result.seconds, "total": total}
    report["real_time_factor"] = total / (len(sound.mix) / rate)
    write_json(stage / "report.json", report)
    return report


def _figures(original: np.ndarray, result: Result, settings: Settings, rate: int, stages: Stages) -> dict[str, Any]:
    def evaluate(audio: np.ndarray) -> dict[str, float | None]:
        return training.evaluate_resynthesis(original, audio, rate, stages.within)

    before = evaluate(result.direct)
    after = evaluate(result.final) if settings.steps else before
    return {f"{name}_{when}": x[name] for name in before for when, x in (("before", before), ("after", after))}


def _about(
    sound: Sound, result: Result, settings: Settings, voiced: np.ndarray, loudness_db: np.ndarray, far: float | None
) -> list[str]:
    """Collect warnings about the pitch and the result."""
    if not np.any(sound.mix):  # there is already a warning about silence
        return []
    low, high = findings.TRACKED
    tracked = None if settings.f0_file else (max(low, settings.fmin or low), min(high, settings.fmax or high))
    share = analysis.harmonic_share(result.controls)
    found = findings.about_pitch(sound.mix, sound.sample_rate, voiced, loudness_db, tracked, share)
    return found + findings.about_result(far, bool(found))


def _loudness(channels: np.ndarray, rate: int) -> np.ndarray:
    """A-weighted loudness in dB of the mean power of the channels, [frames]."""
    loudness_db = analysis.track_loudness(channels, rate)
    if len(channels) == 1:
        return loudness_db[0]
    powers = 10.0 ** (loudness_db / 10.0)
    return (10.0 * np.log10(np.mean(powers, axis=0))).astype(np.float32)


def _write_controls(path: Path, sound: Sound, result: Result, settings: Settings, loudness_db: np.ndarray) -> None:
    """Write `controls.npz` with light compression: NumPy's takes four times as long and saves a tenth more."""
    hop, _ = sound.frames
    content = {
        **result.controls,
        "confidence": result.confidence,
        "loudness_db": loudness_db,
        "sample_rate": sound.sample_rate,
        "frame_rate": sound.sample_rate / hop,
        "hop_size": hop,
        "n_samples": len(sound.mix),
        "noise_seed": settings.seed,
        "transpose_semitones": settings.transpose,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in content.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)


def _picture(
    original: np.ndarray, written: np.ndarray, rate: int, tracks: dict[str, Any], stage: Path
) -> tuple[bytes | None, list[str]]:
    """Draw the picture; a failure is a warning, since matplotlib depends on settings and fonts of the system."""
    try:
        shown, result = (SoundColumns.of(audio, rate) for audio in _shown(original, written))
        return draw(shown, result, tracks, stage), []
    except Exception as error:
        return None, [f"resynth.png cannot be drawn: {type(error).__name__}: {reason_of(error)}"]


def _shown(original: np.ndarray, written: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the channels of both sounds, or the loudest channel if those of the original cancel."""
    mean, energies = original.mean(axis=0), np.einsum("ct,ct->c", original, original)
    if float(np.vdot(mean, mean)) < CANCELLED * float(np.sum(energies)) / len(energies) ** 2:
        loudest = int(np.argmax(energies))
        return original[loudest], written[loudest]
    return mean, written.mean(axis=0)


def _facts(name: str, sound: Sound, result: Result, settings: Settings, voiced: np.ndarray) -> dict[str, Any]:
    hop, n_frames = sound.frames
    f0_hz = result.controls["f0_hz"][0, :, 0]
    return {
        "backend": settings.backend,
        "device": result.device,
        "versions": versions(settings.backend),
        "input": name,
        "start_seconds": sound.recording.start,
        "duration_seconds": len(sound.mix) / sound.sample_rate,
        "sample_rate": sound.sample_rate,
        "channels": sound.recording.n_channels,
        "stereo": settings.stereo,
        "format": settings.format,
        "f0_model": settings.f0_file or settings.f0,
        "fmin": settings.fmin,
        "fmax": settings.fmax,
        "f0_median_hz": float(np.median(f0_hz[voiced])) if voiced.any() else None,
        "voiced_share": float(voiced.mean()),
        "steps": settings.steps,
        "transpose_semitones": settings.transpose,
        "seed": settings.seed,
        "frame_rate": sound.sample_rate / hop,
        "n_frames": n_frames,
        "n_harmonics": int(result.controls["harmonic_distribution"].shape[2]),
        "n_bands": int(result.controls["magnitudes"].shape[2]),
    }


def _number(x: float | None) -> str:
    return "-" if x is None else f"{x:.3f}"
