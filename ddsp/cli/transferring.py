"""Timbre transfer of one recording of any length: reading, pitch, playing, picture and report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import instruments
from ..backends import Adapter
from . import findings
from .columns import SoundColumns
from .console import plain
from .errors import UserError, reason_of
from .inputs import Stream, open_recording
from .job import check_peak, gain_for_analysis
from .outputs import staged, write_blocks
from .picture import draw
from .progress import OnProgress, Stages
from .rendering import COMPILED, load_backend
from .report import device_of, versions, write_json
from .write import keep_apart

__all__ = ["FILES", "TransferOptions", "transfer_recording"]

#: Names of the sound, the picture and the report in a folder of results.
FILES = ("transfer.wav", "transfer.png", "report.json")
#: Relative costs of the stages.
STAGES = {"pitch": 0.85, "playing": 0.12, "picture": 0.03}


@dataclass(frozen=True)
class TransferOptions:
    """Options of `ddsp transfer` that affect the result; see its help."""

    trained: instruments.TrainedInstrument
    fitting: instruments.TransferSettings
    backend: str
    reverb: bool
    mix: float
    seed: int
    files: tuple[str, str, str] = FILES


@dataclass(frozen=True)
class _Heard:
    """Features of a recording, its length and columns at the sample rate of the instrument, and the seconds it took."""

    features: dict[str, np.ndarray]
    n_samples: int
    columns: SoundColumns
    seconds: float


def transfer_recording(
    source: str | Path, name: str, folder: Path, options: TransferOptions, on_progress: OnProgress
) -> dict[str, Any]:
    """Play a recording on an instrument and write the results into a folder.

    Parameters
    ----------
    source
        Path of a file; `-` is stdin.
    name
        Name of the recording in the report and the picture.
    folder
        Folder of the results.
    options
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
    keep_apart(source, folder, list(options.files))
    adapter = load_backend(options.backend)
    with open_recording(source) as stream, staged(folder, list(options.files)) as stage:
        check_peak(source, stream.part.peak)
        stages = Stages(on_progress, stages=STAGES)
        stages.begin("pitch")
        heard = _hear(stream, options, stages)
        score = _score(heard, options)
        warnings = [*stream.part.warnings, *findings.about_peak(stream.part.peak)]
        if stream.part.peak > 0.0:
            warnings += findings.about_share(score.voiced, heard.features["loudness_db"])
        stages.begin("playing")
        began, played = time.perf_counter(), SoundColumns(heard.n_samples, _rate(options))
        blocks = _play(adapter, stream, heard, score, options, played, stages)
        too_loud = write_blocks(stage / options.files[0], blocks, heard.n_samples, _rate(options), stream.part.peak)
        warnings += [too_loud] if too_loud else []
        seconds = {"pitch": heard.seconds, "playing": time.perf_counter() - began}
        stages.begin("picture")
        title = f"{plain(name)} on {plain(options.trained.instrument.name)}"
        warnings += _picture(stage, title, heard, score, played, warnings, options)
        report = _report(name, adapter, stream, heard, score, options) | {"warnings": warnings}
        seconds["total"] = time.perf_counter() - started
        factors = {kind: seconds[kind] / stream.seconds for kind in ("pitch", "playing")}
        report |= {"seconds": seconds, "real_time_factor": seconds["total"] / stream.seconds}
        report |= {f"{kind}_real_time_factor": factor for kind, factor in factors.items()}
        write_json(stage / options.files[2], report)
    return report


def _rate(options: TransferOptions) -> int:
    return round(options.trained.instrument.sample_rate)


def _hear(stream: Stream, options: TransferOptions, stages: Stages) -> _Heard:
    """Compute the features of a recording, and its columns in the picture.

    On NumPy for every backend: a pitch that differs by rounding soon has another phase, and so other samples.
    """
    began, rate = time.perf_counter(), _rate(options)
    expected = max(stream.n_samples * rate // stream.part.rate, 1)
    columns, gain = SoundColumns(expected, rate), gain_for_analysis(stream.part.peak)
    n_samples = 0

    def blocks() -> Iterator[np.ndarray]:
        nonlocal n_samples
        for block in stream.blocks(rate):
            n_samples += len(block)
            columns.add(block)
            yield block if gain == 1.0 else block * np.float32(gain)
        if not n_samples:  # at a lower rate nothing is left of a sound that is shorter than a sample
            n_samples = 1
            columns.add(np.zeros(1, np.float32))
            yield np.zeros(1, np.float32)

    def progress(done: int) -> None:
        stages.within(min(done / expected, 1.0))

    hop = options.trained.instrument.hop_size
    try:
        features = instruments.compute_long_features(blocks(), rate, hop, progress=progress)
    except ImportError as error:
        raise UserError(f"INPUT: the pitch cannot be tracked: {error}") from error
    features["loudness_db"] -= np.float32(20.0 * np.log10(gain))
    return _Heard(features, n_samples, columns, time.perf_counter() - began)


def _score(heard: _Heard, options: TransferOptions) -> instruments.Score:
    try:
        return instruments.score_of(heard.features, options.trained.statistics, options.fitting)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"no {error} in the statistics" if isinstance(error, KeyError) else reason_of(error)
        raise UserError(
            f"--instrument: its statistics.json is of no use ({reason}), expected another, or --match off"
        ) from error


def _play(
    adapter: Adapter,
    stream: Stream,
    heard: _Heard,
    score: instruments.Score,
    options: TransferOptions,
    columns: SoundColumns,
    stages: Stages,
) -> Iterator[np.ndarray]:
    """Yield the sound of the instrument, with a share of the input."""
    done, share = 0, np.float32(options.mix)
    compiled = adapter.name in COMPILED
    chunks = instruments.play_score(options.trained, score, options.reverb, options.seed, adapter, compiled)
    recording = _Taken(stream.blocks(_rate(options)))
    for chunk in chunks:
        audio = chunk[: heard.n_samples - done]
        if options.mix:
            audio = (1.0 - share) * audio + share * recording.take(len(audio))
        if not np.all(np.isfinite(audio)):
            raise UserError("--instrument: it plays NaN or infinite samples, expected another instrument")
        columns.add(audio)
        done += len(audio)
        stages.within(done / heard.n_samples)
        yield audio


class _Taken:
    """Audio from blocks of other lengths, with zeros after its end."""

    def __init__(self, blocks: Iterator[np.ndarray]):
        self.blocks, self.waiting = blocks, np.zeros(0, np.float32)

    def take(self, n_samples: int) -> np.ndarray:
        """The next samples.

        Parameters
        ----------
        n_samples
            Number of samples.

        Returns
        -------
        audio : array
            [n_samples].
        """
        parts, there = [self.waiting], len(self.waiting)
        while there < n_samples and (block := next(self.blocks, None)) is not None:
            parts.append(block)
            there += len(block)
        audio = np.concatenate(parts)
        self.waiting = audio[n_samples:]
        return np.pad(audio[:n_samples], (0, max(n_samples - there, 0)))


def _picture(
    stage: Path,
    title: str,
    heard: _Heard,
    score: instruments.Score,
    played: SoundColumns,
    warnings: list[str],
    options: TransferOptions,
) -> list[str]:
    """Draw the picture; a failure is a warning, since matplotlib depends on settings and fonts of the system."""
    tracks = {
        "title": title,
        "warnings": warnings,
        "frame_rate": _rate(options) / options.trained.instrument.hop_size,
        "voiced": score.voiced,
        **heard.features,
        "f0_result_hz": score.f0_hz,
        "loudness_result_db": np.maximum(score.loudness_db + 20.0 * np.log10(score.gain), -80.0),
    }
    names = ("input", plain(options.trained.instrument.name))
    try:
        (stage / options.files[1]).write_bytes(draw(heard.columns, played, tracks, stage, names))
    except Exception as error:
        return [f"{options.files[1]} cannot be drawn: {type(error).__name__}: {reason_of(error)}"]
    return []


def _report(
    name: str, adapter: Adapter, stream: Stream, heard: _Heard, score: instruments.Score, options: TransferOptions
) -> dict[str, Any]:
    """What was done, for `report.json`."""
    voiced, fitting = score.voiced, options.fitting

    def median(f0_hz: np.ndarray) -> float | None:
        return float(np.median(f0_hz[voiced])) if voiced.any() else None

    return {
        "instrument": options.trained.instrument.name,
        "backend": options.backend,
        "device": device_of(adapter, adapter.xp.asarray([0.0])),
        "versions": versions(options.backend),
        "input": name,
        "duration_seconds": stream.seconds,
        "input_sample_rate": stream.part.rate,
        "sample_rate": _rate(options),
        "channels": len(stream.part.energies),
        "octaves": score.octaves,
        "transpose_semitones": fitting.transpose,
        "semitones": score.semitones,
        "loudness_moved_db": score.loudness_moved_db,
        "voiced_share": float(voiced.mean()),
        "f0_median_hz": median(heard.features["f0_hz"]),
        "f0_played_median_hz": median(score.f0_hz),
        "match": fitting.match,
        "tuning": fitting.tuning,
        "reverb": options.reverb,
        "mix": options.mix,
        "seed": options.seed,
        "n_frames": len(voiced),
    }
