"""The chain that `ddsp resynth` runs: pitch, analysis, synthesis, in functions over one backend's arrays."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from .. import analysis, synths
from ..backends import Adapter, adapter_of, load
from ..core.framing import pad_or_trim_to_expected_length
from ..core.harmonic_bank import harmonic_bank
from ..extend import Array
from ..pretrained_models.f0 import compute_f0
from ..spectral_ops import compute_loudness
from .inputs import resample

__all__ = [
    "COMPILED",
    "N_BANDS",
    "Progress",
    "analyse",
    "frames_of",
    "host_noise",
    "loudness",
    "place_pitch",
    "render",
    "rendering",
    "report",
    "to_backend",
    "track_pitch",
    "without_offset",
]

#: Frames a second, and bands of the noise: twice what networks are trained to give. Here they are measured, not learnt,
#: and with them 200 steps of refinement halve the loss (with 250 and 65 they take off a third).
FRAME_RATE, N_BANDS = 500, 129
#: CREPE listens at every 8th frame (62.5 a second): its windows are 64 ms long, and the phases of the harmonics fill in
#: the rest.
CREPE_EVERY = 8
CREPE_RATE = 16000
#: Seconds of each of the two running means whose result counts as the offset.
OFFSET_SECONDS = 0.1
#: Part of a sound's peak that counts as nothing beside an offset: the last bit of 24.
ROUNDING = 2.0**-23
#: Samples that are processed at a time: bounds memory.
PIECE = 2**20
#: What a sound is made of.
CONTROLS = ("amplitudes", "harmonic_distribution", "f0_hz", "magnitudes")
#: The pitch of a sound without one.
UNVOICED_HZ = 100.0
#: Backends whose `jit` compiles within seconds. PyTorch's needs a C++ compiler and a minute or more for this chain, and
#: then saves less than that over some hundred steps.
COMPILED = ("jax", "tensorflow")
#: A pitch that changes by more than this ratio between two estimates (a semitone in 16 ms) jumps.
JUMP = 2.0 ** (1.0 / 12.0)

#: Called with the name of a stage and the fraction of it that is done, 0 to 1.
Progress = Callable[[str, float], None]


def report(progress: Progress | None, stage: str, fraction: float) -> None:
    """Tell how much of a stage is done, if anyone listens."""
    if progress is not None:
        progress(stage, fraction)


def frames_of(n_samples: int, sample_rate: int) -> tuple[int, int]:
    """Samples a frame, near 2 ms, and frames that cover n_samples."""
    hop = round(sample_rate / FRAME_RATE)
    return hop, -(-n_samples // hop)


def without_offset(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """The sound [time] without an offset or drift, which is not heard and is neither harmonic nor noise.

    What is taken away is its mean over 0.2 s around each sample, in a triangular window: all of what lies at 0 Hz, 40 %
    at 5 Hz, at most 5 % above 10 Hz.
    """
    reach = round(OFFSET_SECONDS * sample_rate) // 2
    size, out = 2 * reach + 1, np.empty_like(audio)
    for start in range(0, len(audio), PIECE):
        stop = min(start + PIECE, len(audio))
        first, last = max(start - 2 * reach, 0), min(stop + 2 * reach, len(audio))
        missing = (2 * reach - (start - first), 2 * reach - (last - stop))
        slow = np.pad(audio[first:last].astype(np.float64), missing, mode="symmetric")
        for _ in range(2):
            total = np.cumsum(np.pad(slow, (1, 0)))
            slow = (total[size:] - total[:-size]) / size
        out[start:stop] = audio[start:stop] - slow
    # An offset alone leaves only the rounding of its samples.
    return out if np.max(np.abs(out)) > ROUNDING * np.max(np.abs(audio)) else np.zeros_like(audio)


def to_backend(backend: Adapter, array: np.ndarray) -> Array:
    """A host array as the backend's, float32, on its default device."""
    return backend.xp.asarray(np.asarray(array, dtype=np.float32))


def track_pitch(
    backend: Adapter,
    audio: np.ndarray,
    sample_rate: int,
    capacity: str,
    fmin: float | None = None,
    fmax: float | None = None,
    progress: Progress | None = None,
) -> tuple[Array, Array]:
    """Pitch in Hz and confidence by CREPE at the frames of the synthesis, [1, frames, 1] each.

    Parameters
    ----------
    audio : [time], at any level.
    fmin, fmax : limits of the pitch in Hz, as in `ddsp.spectral_ops.compute_f0`.
    progress : called with "pitch" and the fraction that is done.
    """
    hop, n_frames = frames_of(len(audio), sample_rate)
    # `compute_f0` would resample as well: soxr is eight times as fast on host arrays, and the pitch is the same within
    # 0.002 cents.
    low = resample(audio, sample_rate, CREPE_RATE)
    low = np.pad(low, (0, CREPE_EVERY * CREPE_RATE // FRAME_RATE))  # resampling may round a sample away
    rate = sample_rate / (CREPE_EVERY * hop)
    low = to_backend(backend, low[np.newaxis])
    f0_hz, confidence = compute_f0(
        low, rate, model_capacity=capacity, fmin=fmin, fmax=fmax, progress=partial(report, progress, "pitch")
    )
    f0_hz = analysis.spread_frames(f0_hz[:, :, None], CREPE_EVERY, n_frames, max_ratio=JUMP)
    return f0_hz, analysis.spread_frames(confidence[:, :, None], CREPE_EVERY, n_frames)


def place_pitch(
    backend: Adapter, times: np.ndarray, f0_hz: np.ndarray, n_samples: int, sample_rate: int
) -> tuple[Array, Array]:
    """A pitch that is given at some times as f0_hz and confidence at the frames of the synthesis, [1, frames, 1] each.

    Linear in log frequency between the times; jumps by more than a semitone, and changes between voiced and unvoiced,
    are made half-way. The first and the last value are held.

    Parameters
    ----------
    times : in seconds, rising, [n], n >= 1.
    f0_hz : in Hz, [n]; 0 or less, or NaN, means unvoiced: confidence 0, and the pitch that was last.
    """
    hop, n_frames = frames_of(n_samples, sample_rate)
    voiced = f0_hz > 0.0
    held = np.maximum.accumulate(np.where(voiced, np.arange(len(f0_hz)), np.argmax(voiced)))
    logs = np.log(f0_hz[held] if voiced.any() else np.full(len(f0_hz), UNVOICED_HZ))
    now = np.arange(n_frames) * (hop / sample_rate)
    after = np.clip(np.searchsorted(times, now), min(1, len(times) - 1), len(times) - 1)
    before = np.maximum(after - 1, 0)
    share = np.clip((now - times[before]) / np.maximum(times[after] - times[before], 1e-9), 0.0, 1.0)
    nearest = np.where(share < 0.5, before, after)
    glides = (np.abs(logs[after] - logs[before]) <= np.log(JUMP)) & voiced[after] & voiced[before]
    found = np.where(glides, logs[before] + share * (logs[after] - logs[before]), logs[nearest])
    shape = (1, n_frames, 1)
    return to_backend(backend, np.exp(found).reshape(shape)), to_backend(backend, voiced[nearest].reshape(shape))


def analyse(
    backend: Adapter,
    audio: np.ndarray,
    f0_hz: Array,
    confidence: Array,
    sample_rate: int,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, Array]:
    """Controls of the audio, by `ddsp.analysis.analyze` and its options, on NumPy whatever the backend.

    The shapes of its arrays depend on the pitch: a second's work for NumPy, where a compiler would take a minute.

    Parameters
    ----------
    audio : [time] or [channels, time]; channels become a batch.
    f0_hz, confidence : [1, frames, 1]; one pitch for all channels.
    progress : called with "analysis" and the fraction that is done.
    """
    audio = audio if audio.ndim == 2 else audio[np.newaxis]
    hop, n_frames = frames_of(audio.shape[1], sample_rate)
    padded = np.pad(audio, ((0, 0), (0, n_frames * hop - audio.shape[1])))
    f0_hz, confidence = (np.repeat(backend.to_numpy(x), len(audio), axis=0) for x in (f0_hz, confidence))
    options["progress"] = partial(report, progress, "analysis")
    controls = analysis.analyze(padded, f0_hz, confidence, sample_rate, n_bands=N_BANDS, **options)
    return {name: to_backend(backend, x) for name, x in controls.items()}


def host_noise(seed: int, n_samples: int) -> np.ndarray:
    """The noise of a seed, [1, n_samples]: what `FilteredNoise` draws on NumPy, whatever the backend."""
    numpy = load("numpy")
    return 2.0 * numpy.uniform(seed, (1, n_samples), np.zeros(0, np.float32)) - 1.0


def rendering(
    backend: Adapter, sample_rate: int, progress: Progress | None = None
) -> Callable[[dict[str, Any], Array, Array], Array]:
    """`sound(controls, noise, ratio)`, with the pitch multiplied by a ratio; compiled where that is quick.

    Long sounds are made in pieces, which join as if they were one. `progress` is called with "synthesis" and the
    fraction that is done.
    """

    def whole(controls: dict[str, Any], noise: Array, ratio: Array) -> Array:
        return render({**controls, "f0_hz": controls["f0_hz"] * ratio}, noise, sample_rate)

    def piece(controls: dict[str, Any], noise: Array, phase: Array) -> Array:
        return render(controls, noise, sample_rate, phase)

    if compiled := backend.name in COMPILED:
        whole, piece = backend.jit(whole), backend.jit(piece)

    def sound(controls: dict[str, Any], noise: Array, ratio: Array) -> Array:
        if int(noise.shape[1]) <= PIECE:
            return whole(controls, noise, ratio)
        controls = {**{name: controls[name] for name in CONTROLS}, "f0_hz": controls["f0_hz"] * ratio}
        return _render_pieces(backend, piece, controls, noise, sample_rate, not compiled, progress)

    return sound


def _render_pieces(
    backend: Adapter, piece: Callable, controls: dict[str, Any], noise: Array, sample_rate: int, trim: bool,
    progress: Progress | None,
) -> Array:  # fmt: skip
    """`render` in pieces of one length, with frames more at both ends. `trim`: without harmonics that are silent."""
    n_frames = int(controls["f0_hz"].shape[1])
    hop = int(noise.shape[1]) // n_frames
    more = 2 * N_BANDS // hop + 2  # frames that the filters of the noise reach
    length = max(PIECE // hop, 3 * more)
    phase, parts = _phase_at_frames(backend.to_numpy(controls["f0_hz"]), hop, sample_rate), []
    for start in range(0, n_frames, length - 2 * more):
        first = max(min(start - more, n_frames - length), 0)
        run = slice(first, first + length)
        given = {name: x[:, run, :] for name, x in controls.items()}
        if trim:
            heard = np.flatnonzero(backend.to_numpy(given["harmonic_distribution"]).any(axis=(0, 1)))
            given["harmonic_distribution"] = given["harmonic_distribution"][:, :, : max(heard, default=0) + 1]
        made = piece(
            given, noise[:, first * hop : (first + length) * hop], to_backend(backend, phase[:, first : first + 1])
        )
        stop = min(start + length - 2 * more, n_frames)
        parts.append(made[:, (start - first) * hop : (stop - first) * hop])
        report(progress, "synthesis", stop / n_frames)
    return backend.xp.concat(parts, axis=1)


def _phase_at_frames(f0_hz: np.ndarray, hop: int, sample_rate: int) -> np.ndarray:
    """Phase of the fundamental before the first sample of each frame in cycles, [batch, frames, 1]."""
    f0_hz = f0_hz.astype(np.float64)
    change = np.diff(f0_hz, axis=1, append=f0_hz[:, -1:])
    total = np.cumsum((hop * f0_hz + 0.5 * (hop - 1) * change) / sample_rate, axis=1)
    return np.pad(total[:, :-1], ((0, 0), (1, 0), (0, 0))) % 1.0


def render(controls: dict[str, Any], noise: Array, sample_rate: int, phase: Array | None = None) -> Array:
    """Audio [1, samples of noise] of the controls, from a phase of the fundamental in cycles on, [1, 1, 1]."""
    n_samples = int(noise.shape[1])
    amplitudes, f0_hz = controls["amplitudes"], controls["f0_hz"]
    filtered = synths.FilteredNoise(n_samples=n_samples, scale_fn=None)
    if phase is None:
        harmonic = synths.Harmonic(
            n_samples=n_samples, sample_rate=sample_rate, scale_fn=None, normalize_below_nyquist=False
        )
        tone = harmonic(amplitudes, controls["harmonic_distribution"], f0_hz)
    else:
        amplitudes = amplitudes * controls["harmonic_distribution"]
        tone, _ = harmonic_bank(adapter_of(noise), f0_hz, amplitudes, n_samples, sample_rate, "window", phase)
    return tone + filtered(controls["magnitudes"], noise=noise)


def loudness(audio: np.ndarray, sample_rate: int, n_frames: int) -> np.ndarray:
    """A-weighted loudness in dB at the frames of the synthesis, [frames]."""
    hop = frames_of(len(audio), sample_rate)[0]
    n_fft = 1 << max((2 * hop - 1).bit_length() + 2, 9)
    rate: Any = Fraction(sample_rate, hop)  # exact, so that its hop is this one
    more = -(-n_fft // hop)  # frames that a window reaches
    length, parts = max(PIECE // (4 * hop), 1), []
    for start in range(0, n_frames, length):
        first = max(start - more, 0)
        piece = audio[first * hop : (start + length + more) * hop]
        found = compute_loudness(piece, sample_rate, rate, n_fft=n_fft)
        found = pad_or_trim_to_expected_length(found, min(start + length + more, n_frames) - first)
        parts.append(found[start - first : start - first + length])
    return np.concatenate(parts)
