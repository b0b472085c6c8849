"""Resynthesis of one recording: reading, pitch tracking, analysis, refinement and synthesis."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .. import analysis, training
from ..backends import Adapter
from ..extend import Array
from ..instruments.values import to_backend
from ..training.refinement import equal_runs
from . import findings
from .errors import UserError
from .inputs import Recording, read_recording, resample_on_host
from .pitch_files import read_pitch
from .progress import Stages
from .rendering import COMPILED, host_noise, load_backend, renderer
from .report import device_of

__all__ = ["Result", "Settings", "Sound", "check_peak", "gain_for_analysis", "prepare", "take_apart"]

#: Sounds with linear peaks between these are not scaled. Others are scaled to about 0.5 and back by powers of two,
#: which is exact.
LOUD_ENOUGH, TOO_LOUD = 2.0**-8, 2.0**2
#: Peaks below SILENT count as silence (-600 dB). Peaks above ABSURD are arbitrary bytes read as floats, whose power
#: overflows.
SILENT, ABSURD = 1e-30, 1e12
#: Confidence of frames that a pitch file marks as unvoiced: below any value of a tracker, so they get no harmonics.
UNVOICED = -2.0
#: Largest correction of a given pitch by the phases of the harmonics, in cents.
GIVEN_CENTS = 50.0


@dataclass(frozen=True)
class Settings:
    """Options of `ddsp resynth` that affect the result; see its help."""

    backend: str = "numpy"
    steps: int = 0
    f0: str = "crepe-tiny"
    f0_file: str | None = None
    fmin: float | None = None
    fmax: float | None = None
    start: float = 0.0
    duration: float | None = None
    stereo: bool = False
    transpose: float = 0.0
    seed: int = 0
    format: str = "wav"


@dataclass(frozen=True)
class Sound:
    """The sound to resynthesize, without offset and at a suitable level for the analysis.

    Parameters
    ----------
    mix
        Signal in which the pitch is tracked, [time].
    channels
        Channels to resynthesize, [channels, time]; without `--stereo`, only the mix.
    sample_rate
        Sample rate in Hz.
    gain
        Power of two by which all samples were multiplied.
    recording
        The recording, without its samples.
    warnings
        Lines of text.
    """

    mix: np.ndarray
    channels: np.ndarray
    sample_rate: int
    gain: float
    recording: Recording
    warnings: list[str]

    @property
    def frames(self) -> tuple[int, int]:
        """Number of samples per frame, and number of frames."""
        return analysis.hop_and_count(len(self.mix), self.sample_rate)


@dataclass
class Result:
    """Host arrays of a resynthesis, [channels, ...], at the level of the recording; device; seconds of each stage."""

    controls: dict[str, np.ndarray]
    confidence: np.ndarray
    direct: np.ndarray
    final: np.ndarray
    written: np.ndarray
    device: str
    seconds: dict[str, float]


def prepare(source: str | Path, settings: Settings) -> Sound:
    """Read a recording, subtract its offset, and scale it to a suitable level for the analysis.

    Parameters
    ----------
    source
        Path of a file; `-` is stdin.
    settings
        Options of the command.

    Returns
    -------
    sound : Sound
        The sound to analyze.
    """
    recording = read_recording(source, settings.start, settings.duration, settings.stereo)
    rate, given = recording.sample_rate, recording.channels
    highest = max(float(np.max(np.abs(x))) for x in ([recording.audio] if given is None else given))
    check_peak(source, highest)
    mix = analysis.remove_offset(recording.audio, rate)
    channels = mix[np.newaxis] if given is None else analysis.remove_offset(given, rate)
    if highest < SILENT:
        mix, channels = np.zeros_like(mix), np.zeros_like(channels)
    warnings = [*recording.warnings, *findings.about_samples(mix, recording.audio - mix)]
    peak = float(np.max(np.abs(mix)))
    gain = gain_for_analysis(peak)
    if gain != 1.0:
        mix, channels = mix * np.float32(gain), channels * np.float32(gain)
    recording = replace(recording, audio=np.zeros(0, np.float32), channels=None)  # or they are in memory twice
    return Sound(mix, channels, rate, gain, recording, warnings)


def check_peak(source: str | Path, peak: float) -> None:
    """Raise UserError if the samples of a file are not audio.

    Parameters
    ----------
    source
        Path of the file.
    peak
        Largest magnitude of its samples.
    """
    if peak > ABSURD:
        raise UserError(f"INPUT: {str(source)!r} has a peak of {peak:.3g}, expected samples between about -1 and 1")


def gain_for_analysis(peak: float) -> float:
    """Choose a gain that brings a sound to a suitable level for the analysis.

    Parameters
    ----------
    peak
        Largest magnitude of the samples.

    Returns
    -------
    gain : float
        A power of two, so that the change is exact; 1 for silence.
    """
    if LOUD_ENOUGH <= peak <= TOO_LOUD or peak < SILENT:
        return 1.0
    return 2.0 ** round(float(np.log2(0.5 / peak)))


def take_apart(sound: Sound, settings: Settings, stages: Stages) -> Result:
    """Track the pitch, analyze, refine and synthesize.

    Parameters
    ----------
    sound
        The sound of `prepare`.
    settings
        Options of the command.
    stages
        Progress of the run.

    Returns
    -------
    result : Result
        Controls and audio.
    """
    adapter = load_backend(settings.backend)
    clock = [time.perf_counter()]
    stages.begin("pitch")
    f0_hz, confidence = _pitch(adapter, sound, settings, stages)
    device = device_of(adapter, f0_hz)
    clock.append(time.perf_counter())
    stages.begin("analysis")
    controls = _analyze(adapter, sound, settings, f0_hz, confidence, stages)
    hop, n_frames = sound.frames
    noise = to_backend(adapter, host_noise(settings.seed, n_frames * hop))
    transposed = renderer(adapter, sound.sample_rate, stages.within)

    def render(semitones: float = 0.0) -> np.ndarray:
        audio = _joined([adapter.to_numpy(transposed(c, noise, semitones))[:, : len(sound.mix)] for c in controls])
        return audio if sound.gain == 1.0 else audio * np.float32(1.0 / sound.gain)

    stages.begin("synthesis")
    final = direct = render()
    clock.append(time.perf_counter())
    if settings.steps:
        stages.begin("refinement")
        controls = _refine(adapter, sound, settings, controls, noise, stages)
        final = render()
    clock.append(time.perf_counter())
    written = render(settings.transpose) if settings.transpose else final
    host = {name: _joined([adapter.to_numpy(c.pop(name)) for c in controls]) for name in tuple(controls[0])}
    if sound.gain != 1.0:
        for name in ("amplitudes", "magnitudes"):
            host[name] = host[name] * np.float32(1.0 / sound.gain)
    seconds = dict(zip(("f0", "analysis", "refinement"), np.diff(clock).tolist(), strict=True))
    return Result(host, adapter.to_numpy(confidence)[0, :, 0], direct, final, written, device, seconds)


def _joined(channels: list[np.ndarray]) -> np.ndarray:
    """Concatenate channels; a single one is not copied, since long sounds have hundreds of megabytes of controls."""
    return channels[0] if len(channels) == 1 else np.concatenate(channels)


def _pitch(adapter: Adapter, sound: Sound, settings: Settings, stages: Stages) -> tuple[Any, Any]:
    """Pitch and confidence, [1, frames, 1], from a tracker, or from a file with corrections up to half a semitone."""
    rate, n_samples = sound.sample_rate, len(sound.mix)
    if settings.f0_file is None:
        capacity, mix = settings.f0.removeprefix("crepe-"), to_backend(adapter, sound.mix[np.newaxis])
        limits = {"fmin": settings.fmin, "fmax": settings.fmax}
        try:
            return analysis.track_pitch(
                mix, rate, capacity, **limits, resample=partial(_by_soxr, adapter), progress=stages.within
            )
        except ImportError as error:
            raise UserError(f"--f0: {error}") from error
        except ValueError as error:  # no pitch between fmin and fmax
            raise UserError(f"--fmin, --fmax: {str(error).removeprefix('fmin, fmax: ')}") from error
    given = read_pitch(settings.f0_file, sound.recording.start, n_samples / rate, rate)
    sound.warnings.extend([given.warning] if given.warning else [])
    hop, n_frames = sound.frames
    f0_hz, voiced = analysis.place_pitch(given.times, given.f0_hz, n_samples, rate)
    padded = np.pad(sound.mix, (0, n_frames * hop - n_samples))[np.newaxis]
    f0_hz = analysis.refine_f0(padded, f0_hz.astype(np.float32), rate, max_cents=GIVEN_CENTS)
    sure = np.interp(np.arange(n_frames) * (hop / rate), given.times, given.confidence)
    sure = np.where(voiced > 0.0, sure[np.newaxis, :, np.newaxis], UNVOICED)
    return to_backend(adapter, f0_hz), to_backend(adapter, sure)


def _by_soxr(adapter: Adapter, audio: Array, from_rate: int, to_rate: int) -> Array:
    """Resample [1, time] on the host, eight times as fast as `resample_audio`; the pitch agrees within 0.002 cents."""
    return to_backend(adapter, resample_on_host(adapter.to_numpy(audio)[0], from_rate, to_rate)[np.newaxis])


def _analyze(
    adapter: Adapter, sound: Sound, settings: Settings, f0_hz: Any, confidence: Any, stages: Stages
) -> list[dict[str, Any]]:
    """Controls of each channel, [1, ...]. With `--stereo`, all channels have the pitch of the mix."""
    options: dict[str, Any] = {} if settings.f0_file is None else {"refine": False}
    parts = 1 + settings.stereo * len(sound.channels)

    def analyze(i: int, audio: np.ndarray) -> dict[str, Any]:
        def progress(share: float) -> None:
            stages.within((i + share) / parts)

        channel = to_backend(adapter, audio[np.newaxis])
        return analysis.analyze_recording(channel, sound.sample_rate, f0_hz, confidence, progress=progress, **options)

    controls = analyze(0, sound.mix)
    if not settings.stereo:
        return [controls]
    f0_hz = controls["f0_hz"]
    options = {"refine": False, "n_harmonics": int(controls["harmonic_distribution"].shape[2])}
    return [analyze(i, channel) for i, channel in enumerate(sound.channels, 1)]


def _refine(
    adapter: Adapter, sound: Sound, settings: Settings, controls: list[dict[str, Any]], noise: Any, stages: Stages
) -> list[dict[str, Any]]:
    """Gradient descent on the controls of each channel."""
    hop, n_frames = sound.frames
    total = settings.steps * len(equal_runs(n_frames, hop)) * len(controls)
    count = 0

    def on_step(loss: float) -> None:
        nonlocal count
        count += 1
        stages.within(count / total, f"(loss {loss:.3f})")

    def refined(channel: np.ndarray, given: dict[str, Any]) -> dict[str, Any]:
        if not channel.any():  # silence has no logarithm of amplitudes
            return given
        target = to_backend(adapter, np.pad(channel, (0, n_frames * hop - len(channel)))[np.newaxis])
        compiled = adapter.name in COMPILED
        return training.refine(target, given, noise, sound.sample_rate, settings.steps, on_step, compiled)

    return [refined(*pair) for pair in zip(sound.channels, controls, strict=True)]
