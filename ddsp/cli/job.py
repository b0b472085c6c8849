"""One recording resynthesized: read, taken apart, put together, written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .. import analysis, training
from ..backends import Adapter, load
from ..core.noise import uniform_noise
from ..extend import Array
from ..training.refinement import equal_runs
from . import findings
from .errors import UserError, load_quietly, reason_of
from .inputs import Recording, read_recording, resample
from .pitch_files import read_pitch
from .progress import Stages
from .report import device_of

__all__ = [
    "Result",
    "Settings",
    "Sound",
    "host_noise",
    "load_backend",
    "prepare",
    "renderer",
    "take_apart",
    "to_backend",
]

#: Backends whose compilers take seconds. PyTorch's needs a C++ compiler and a minute or more for a resynthesis, and
#: then saves less than that over some hundred steps.
COMPILED = ("jax", "tensorflow")

#: Peaks between these, linear, are left alone; others are brought to about 0.5 and back, by powers of two: exactly.
LOUD_ENOUGH, TOO_LOUD = 2.0**-8, 2.0**2
#: Peaks below count as silence (-600 dB); those above are no audio but garbage read as floats, whose power overflows.
SILENT, ABSURD = 1e-30, 1e12
#: The confidence of frames that a file says are unvoiced: below all that a tracker gives, so that no harmonics sound.
UNVOICED = -2.0
#: How far a given pitch is corrected by the phases of the harmonics, in cents.
GIVEN_CENTS = 50.0


@dataclass(frozen=True)
class Settings:
    """The options of `ddsp resynth` that make a result; see its help."""

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
    """What is resynthesized, without its offset and at a level that suits the analysis.

    mix : [time], in which the pitch is tracked; channels : [channels, time], the mix alone without `--stereo`.
    gain : a power of two that all samples were multiplied by.
    loudest : the channel that the mix is, if channels cancel.
    """

    mix: np.ndarray
    channels: np.ndarray
    sample_rate: int
    gain: float
    recording: Recording
    warnings: list[str]

    @property
    def frames(self) -> tuple[int, int]:
        """Samples a frame, frames."""
        return analysis.hop_and_count(len(self.mix), self.sample_rate)


@dataclass
class Result:
    """Host arrays of a resynthesis at the level of the recording, [channels, ...]; device and seconds of its making."""

    controls: dict[str, np.ndarray]
    confidence: np.ndarray
    direct: np.ndarray
    final: np.ndarray
    written: np.ndarray
    device: str
    seconds: dict[str, float]


def load_backend(name: str) -> Adapter:
    """The adapter of a backend; UserError if its framework is missing or broken."""
    try:
        return load_quietly(name)
    except ImportError as error:
        raise UserError(f"--backend: {error}") from error
    except Exception as error:  # devices that cannot be started
        raise UserError(f"--backend: backend {name!r} cannot be started: {reason_of(error)}") from error


def to_backend(adapter: Adapter, array: np.ndarray) -> Array:
    """A host array as the backend's, float32, on its default device."""
    return adapter.xp.asarray(np.asarray(array, dtype=np.float32))


def host_noise(seed: int, n_samples: int) -> np.ndarray:
    """The noise of a seed, [1, n_samples]: what `FilteredNoise` draws on NumPy, whatever the backend."""
    return uniform_noise(load("numpy"), seed, (1, n_samples), np.zeros(0, np.float32))


def renderer(
    adapter: Adapter, sample_rate: int, progress: Callable[[float], None] | None = None
) -> Callable[[dict[str, Any], Array, float], Array]:
    """`render(controls, noise, semitones)`: the audio, transposed; compiled where that takes seconds."""
    render = partial(analysis.render_controls, sample_rate=sample_rate)
    compiled = adapter.jit(render) if adapter.name in COMPILED else None

    def transposed(controls: dict[str, Any], noise: Array, semitones: float = 0.0) -> Array:
        controls = {**controls, "f0_hz": controls["f0_hz"] * 2.0 ** (semitones / 12.0)}
        return analysis.render_in_chunks(controls, noise, sample_rate, compiled, progress)

    return transposed


def prepare(source: str | Path, settings: Settings) -> Sound:
    """Read a recording; take off its offset, and bring it to a level that suits the analysis."""
    recording = read_recording(source, settings.start, settings.duration, settings.stereo)
    rate, given = recording.sample_rate, recording.channels
    highest = max(float(np.max(np.abs(x))) for x in ([recording.audio] if given is None else given))
    if highest > ABSURD:
        raise UserError(f"INPUT: {str(source)!r} has a peak of {highest:.3g}, expected audio between -1 and 1 or so")
    mix = analysis.remove_offset(recording.audio, rate)
    channels = mix[np.newaxis] if given is None else analysis.remove_offset(given, rate)
    if highest < SILENT:
        mix, channels = np.zeros_like(mix), np.zeros_like(channels)
    warnings = [*recording.warnings, *findings.about_samples(mix, recording.audio - mix)]
    peak = float(np.max(np.abs(mix)))
    gain = 1.0 if LOUD_ENOUGH <= peak <= TOO_LOUD or peak == 0.0 else 2.0 ** round(np.log2(0.5 / peak))
    if gain != 1.0:
        mix, channels = mix * np.float32(gain), channels * np.float32(gain)
    recording = replace(recording, audio=np.zeros(0, np.float32), channels=None)  # not in memory twice
    return Sound(mix, channels, rate, gain, recording, warnings)


def take_apart(sound: Sound, settings: Settings, stages: Stages) -> Result:
    """Pitch, analysis, refinement and synthesis."""
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
    """A batch of the channels; one is not copied, since long sounds have hundreds of megabytes of controls."""
    return channels[0] if len(channels) == 1 else np.concatenate(channels)


def _pitch(adapter: Adapter, sound: Sound, settings: Settings, stages: Stages) -> tuple[Any, Any]:
    """Pitch and confidence, [1, frames, 1]: tracked, or of a file and corrected within half a semitone."""
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
    """Resample [1, time] on the host: eight times as fast as `resample_audio`, the same pitch within 0.002 cents."""
    return to_backend(adapter, resample(adapter.to_numpy(audio)[0], from_rate, to_rate)[np.newaxis])


def _analyze(
    adapter: Adapter, sound: Sound, settings: Settings, f0_hz: Any, confidence: Any, stages: Stages
) -> list[dict[str, Any]]:
    """Controls of each channel, [1, ...]: with `--stereo`, all at the pitch of the mix."""
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
        if not channel.any():  # logarithms of amplitudes have no silence
            return given
        target = to_backend(adapter, np.pad(channel, (0, n_frames * hop - len(channel)))[np.newaxis])
        compiled = adapter.name in COMPILED
        return training.refine(target, given, noise, sound.sample_rate, settings.steps, on_step, compiled)

    return [refined(*pair) for pair in zip(sound.channels, controls, strict=True)]
