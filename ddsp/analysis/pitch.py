"""Refinement of a tracker's pitch by the phases of the harmonics."""

from __future__ import annotations

import math

import numpy as np

from .. import design
from ..core.padding import pad_checked
from ..extend import Adapter, Array, Float, adapter_of, checked, common_backend
from .frames import ENERGY_SECONDS, Progress, hop_size, joined, over_pieces, part_of, smooth_energy
from .harmonic_sum import synthesize_harmonics
from .projection import noise_share, project, window_periods

__all__ = ["refine_f0", "resolve_subharmonics"]

#: Number of harmonics used. More would be more precise for a harmonic tone, but biased for an inharmonic one.
HARMONICS = 12
#: Seconds to either side over which the rotation of the phases is averaged, with half a Hann window.
SMOOTHING = 0.012
#: Frames below the loudest by this factor of power keep the tracker's pitch.
QUIET = 1e-7
#: A subharmonic must reduce the unexplained energy to less than this fraction.
BETTER = 0.3
#: Frames with a smaller share of unexplained energy keep their pitch.
UNEXPLAINED = 0.05
#: Number of harmonics of the subharmonic that are examined.
LINES = 13
#: Their phases must be constant, relative to the subharmonic, over this many seconds to either side,
STILL = 0.4
#: for this share of their energy, plus the second number times the confidence of the tracker.
ON_GRID, BELIEF = 0.5, 0.3
#: Frames of lower confidence are not examined.
UNPITCHED = 0.1
#: Shortest run, in seconds, that is examined.
LEAST_RUN = 0.06
#: A change of pitch by more than this ratio between two frames begins a new run. A run is corrected as a whole.
JUMP = 1.03
#: Lowest pitch, and highest frequency of the harmonics used, in Hz.
LOWEST, HIGHEST = 40.0, 4000.0


@checked
def refine_f0(
    audio: Float[Array, "#batch time"],
    f0_hz: Float[Array, "#batch frames 1"],
    sample_rate: float,
    iterations: int = 3,
    max_cents: float = 100.0,
    progress: Progress | None = None,
) -> Float[Array, "batch frames 1"]:
    r"""Refine a fundamental frequency by the phases of its harmonics.

    $$\Delta f = \frac{\sum_h p_h \, h \, d_h}{\sum_h p_h \, h^2}$$

    If f0 is exact, the amplitudes a - i b of `harmonic_amplitudes` keep their phase. An error of f0 by df turns the
    phase of harmonic h by 2 pi h df per second. d_h is the measured rate of harmonic h in Hz and p_h its power; df is
    the weighted least-squares estimate over harmonics, as in the phase vocoder of Flanagan and Golden (1966).

    Parameters
    ----------
    audio
        Audio, [batch, time], with a whole number of samples for each frame.
    f0_hz
        Initial pitch in Hz, within about 100 cents of the true pitch, [batch, frames, 1].
    sample_rate
        Sample rate in Hz.
    iterations
        Number of iterations, >= 0. In each one the windows follow the pitch more closely.
    max_cents
        Largest change of any frame, in cents.
    progress
        Function that is called with the completed fraction during a long analysis.

    Returns
    -------
    f0_hz : array
        [batch, frames, 1] in Hz, dtype of the input. Silent frames are not changed.

    See Also
    --------
    resolve_subharmonics : Corrects octave errors.
    ddsp.pretrained_models.compute_f0 : An initial pitch.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440.0 * np.arange(16000) / 16000)[np.newaxis]
    >>> refine_f0(tone, np.full((1, 250, 1), 444.0), 16000)[0, 100:103, 0].round(2)
    array([440., 440., 440.])
    """
    common_backend(audio=audio, f0_hz=f0_hz)
    hop_size(audio, f0_hz)
    return _refined(audio, f0_hz, sample_rate, iterations, max_cents, None, progress)


def _refined(
    audio: Array, f0_hz: Array, sample_rate: float, iterations: int = 3, max_cents: float = 100.0,
    where: np.ndarray | None = None, progress: Progress | None = None,
) -> Array:  # fmt: skip
    """`refine_f0`, for the frames of `where` at least."""
    backend = adapter_of(f0_hz)
    frame_rate = sample_rate / hop_size(audio, f0_hz)
    widest = 2.0 ** (max_cents / 1200.0)
    if int(f0_hz.shape[1]) == 1:
        return f0_hz

    def of_piece(audio: Array, f0_hz: Array, wanted: Array) -> tuple[Array]:
        moving, refined = backend.to_numpy(wanted) > 0.0, f0_hz
        for _ in range(iterations if moving.any() else 0):
            cosine, sine = project(audio, refined, HARMONICS, sample_rate, 0.5 * sample_rate, moving)
            ratio = (refined + _frequency_error(cosine, sine, frame_rate)) / f0_hz
            refined = f0_hz * backend.xp.clip(ratio, 1.0 / widest, widest)
        return (refined,)

    frames = (f0_hz, _as_array(backend, where, f0_hz))
    return joined(backend, over_pieces(of_piece, audio, frames, sample_rate, progress))[0]


def _as_array(backend: Adapter, where: np.ndarray | None, like: Array) -> Array:
    return backend.xp.ones_like(like) if where is None else backend.constant(where.astype(np.float64), like)


def _frequency_error(cosine: Array, sine: Array, frame_rate: float) -> Array:
    """Frequency in Hz by which all harmonics together exceed h f0, [batch, frames, 1]."""
    backend = common_backend(cosine=cosine, sine=sine)
    xp = backend.xp
    a, a_next, b, b_next = cosine[:, :-1, :], cosine[:, 1:, :], sine[:, :-1, :], sine[:, 1:, :]
    reach = max(math.ceil(SMOOTHING * frame_rate) - 1, 0)
    re, im = _smooth(a_next * a + b_next * b, reach), _smooth(a_next * b - b_next * a, reach)
    turning = xp.atan2(im, re) * (frame_rate / (2.0 * math.pi))
    power = xp.sqrt(re * re + im * im)
    numbers = backend.constant(design.harmonic_numbers(HARMONICS), power)
    weight = xp.sum(power * numbers * numbers, axis=2, keepdims=True)
    floor = QUIET * xp.max(weight, axis=1, keepdims=True) + 1e-20
    between = xp.sum(power * numbers * turning, axis=2, keepdims=True) / (weight + floor)
    # From the midpoints between frames to the frames.
    return 0.5 * (xp.concat([between[:, :1, :], between], axis=1) + xp.concat([between, between[:, -1:, :]], axis=1))


def _smooth(x: Array, reach: int) -> Array:
    """Weighted mean over adjacent frames, with half a Hann window to either side."""
    window = np.hanning(2 * reach + 3)[1:-1]
    padded = pad_checked(x, (reach, reach), axis=1)
    n_frames = int(x.shape[1])
    return sum(float(w) * padded[:, i : i + n_frames, :] for i, w in enumerate(window / window.sum()))


@checked
def resolve_subharmonics(
    audio: Float[Array, "#batch time"],
    f0_hz: Float[Array, "#batch frames 1"],
    sample_rate: float,
    confidence: Float[Array, "#batch frames 1"] | None = None,
    progress: Progress | None = None,
) -> Float[Array, "batch frames 1"]:
    """Correct frames in which a tracker took the second or third harmonic for the fundamental.

    In such frames, half or a third of the pitch explains the energy that the pitch itself leaves over. Any lower pitch
    also explains more of the noise, so energies are compared relative to the energy that noise would leave
    (`noise_share`). A second sound, such as mains hum at a subharmonic, is also explained, but its phase moves against
    the subharmonics. The energy between the harmonics of the pitch must therefore belong to lines with constant phases,
    over up to 0.8 s.

    Parameters
    ----------
    audio
        Audio, [batch, time], with a whole number of samples for each frame.
    f0_hz
        Refined pitch in Hz, [batch, frames, 1].
    sample_rate
        Sample rate in Hz.
    confidence
        Confidence of the tracker, in [0, 1], [batch, frames, 1]; None for 1. The share of energy that must have
        constant phases rises with it from 0.5 to 0.8.
    progress
        Function that is called with the completed fraction during a long analysis.

    Returns
    -------
    f0_hz : array
        [batch, frames, 1] in Hz: the input, or half or a third of it, refined.

    See Also
    --------
    refine_f0 : Corrects small errors first.
    """
    backend = common_backend(audio=audio, f0_hz=f0_hz, confidence=confidence)
    xp, n_frames = backend.xp, int(f0_hz.shape[1])
    needed = ON_GRID + BELIEF * (1.0 if confidence is None else backend.to_numpy(confidence))
    runs = _runs(backend.to_numpy(f0_hz))
    long_enough = np.bincount(runs.ravel())[runs] * hop_size(audio, f0_hz) >= LEAST_RUN * sample_rate
    audible = smooth_energy(audio, n_frames, sample_rate) * UNEXPLAINED + 1e-12
    weights = backend.to_numpy(audible)
    best, least = f0_hz, _unexplained(audio, f0_hz, sample_rate, None, part_of(progress, 0, 3))
    unclear = backend.to_numpy(least > audible)
    if confidence is not None:
        unclear &= backend.to_numpy(confidence) > UNPITCHED
    for divisor in (2, 3):
        lower = f0_hz / float(divisor)
        done = part_of(progress, divisor - 1, 3)
        left = _unexplained(audio, xp.clip(lower, LOWEST, None), sample_rate, unclear, done)
        possible = lower > LOWEST
        wins = backend.to_numpy((left < BETTER * least) & possible) & unclear & long_enough
        if not wins.any():
            continue
        lower = _refined(audio, xp.clip(lower, LOWEST, None), sample_rate, where=_in_runs(runs, wins))
        wins &= _standing(audio, lower, divisor, runs, _in_runs(runs, wins), sample_rate) > needed
        share = backend.constant(_vote(runs, weights, wins), f0_hz)
        better = (share > 0.5) & possible
        best, least = xp.where(better, lower, best), xp.where(better, left, least)
    return best


def _unexplained(
    audio: Array, f0_hz: Array, sample_rate: float, where: np.ndarray | None, progress: Progress | None
) -> Array:
    """Energy left over by harmonics up to 4 kHz, relative to noise, [batch, frames, 1]; valid in frames of `where`."""
    backend = common_backend(audio=audio, f0_hz=f0_hz)
    below = min(HIGHEST, 0.5 * sample_rate)
    reach = math.ceil(ENERGY_SECONDS * sample_rate / hop_size(audio, f0_hz)) + 1

    def of_piece(audio: Array, f0_hz: Array, wanted: Array) -> tuple[Array]:
        selected = backend.to_numpy(_smooth(wanted, reach)) > 0.0
        most = max(math.ceil(below / float(np.min(backend.to_numpy(f0_hz)))) - 1, 1)
        cosine, sine = project(audio, f0_hz, min(most, int(HIGHEST / LOWEST)), sample_rate, below, selected)
        residual = audio - synthesize_harmonics(cosine, sine, f0_hz, int(audio.shape[1]), sample_rate)
        left = noise_share(backend.xp.ones_like(f0_hz), window_periods(f0_hz))
        return (smooth_energy(residual, int(f0_hz.shape[1]), sample_rate) / left,)

    frames = (f0_hz, _as_array(backend, where, f0_hz))
    return joined(backend, over_pieces(of_piece, audio, frames, sample_rate, progress))[0]


def _standing(
    audio: Array, f0_hz: Array, divisor: int, runs: np.ndarray, where: np.ndarray, sample_rate: float
) -> np.ndarray:
    """Share of energy with constant phases, of the harmonics that are not multiples of the divisor; [batch, frames, 1].

    |mean(a - i b)|^2 over mean(|a - i b|^2), averaged over adjacent frames of the same run.
    """
    backend = common_backend(audio=audio, f0_hz=f0_hz)
    lines = [h - 1 for h in range(1, LINES + 1) if h % divisor]

    def of_piece(audio: Array, f0_hz: Array, wanted: Array) -> tuple[Array, Array]:
        return project(audio, f0_hz, LINES, sample_rate, 0.5 * sample_rate, backend.to_numpy(wanted) > 0.0)

    frames = (f0_hz, _as_array(backend, where, f0_hz))
    found = joined(backend, over_pieces(of_piece, audio, frames, sample_rate))
    cosine, sine = (backend.to_numpy(x)[:, :, lines].astype(np.float64) for x in found)
    reach = round(STILL * sample_rate / hop_size(audio, f0_hz))
    n_batch, n_frames = runs.shape[:2]
    flat = runs.ravel()
    first, last = np.searchsorted(flat, flat, "left"), np.searchsorted(flat, flat, "right")
    k = np.arange(n_batch * n_frames)
    start, stop = np.maximum(first, k - reach), np.minimum(last, k + reach + 1)

    def mean(x: np.ndarray) -> np.ndarray:
        total = np.cumsum(np.pad(x.reshape(-1, len(lines)), ((1, 0), (0, 0))), axis=0)
        return (total[stop] - total[start]) / (stop - start)[:, np.newaxis]

    still = np.sum(mean(cosine) ** 2 + mean(sine) ** 2, axis=1)
    energy = np.sum(mean(cosine**2 + sine**2), axis=1)
    return (still / np.maximum(energy, 1e-30)).reshape(runs.shape)


def _runs(f0_hz: np.ndarray) -> np.ndarray:
    """Index of the run without jumps that each frame belongs to, [batch, frames, 1]."""
    jumps = np.abs(np.diff(np.log(f0_hz), axis=1, prepend=0.0)) > math.log(JUMP)
    jumps[:, 0] = True  # the first frame begins a run
    return np.cumsum(jumps).reshape(jumps.shape) - 1


def _in_runs(runs: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Mask of all frames in runs that contain any of the given frames."""
    return (np.bincount(runs.ravel(), frames.ravel()) > 0.0)[runs]


def _vote(runs: np.ndarray, weights: np.ndarray, wins: np.ndarray) -> np.ndarray:
    """Weighted share of winning frames in the run of each frame, float64."""
    won = np.bincount(runs.ravel(), (weights * wins).ravel().astype(np.float64))
    return (won / np.bincount(runs.ravel(), weights.ravel().astype(np.float64)))[runs]
