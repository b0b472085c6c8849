"""Controls of `Harmonic` and `FilteredNoise` from audio and the f0 of a pitch tracker."""

from __future__ import annotations

import numpy as np

from .. import design
from ..core.math import safe_divide
from ..core.noise import NOISE_POWER
from ..core.padding import pad_checked
from ..extend import Adapter, Array, Float, checked, common_backend, integer, rank, same_batch
from .frames import Progress, hop_size, joined, over_pieces, part_of, smooth_energy
from .harmonic_sum import synthesize_harmonics
from .noise import band_levels, filter_magnitudes
from .pitch import refine_f0, resolve_subharmonics
from .projection import noise_share, project, window_periods

__all__ = ["analyze", "voicing"]

#: Largest number of harmonics if it is not given. Energy above them belongs to the noise.
MAX_HARMONICS = 200
#: Share of energy explained by harmonics from which a frame of confidence 1 is partly voiced, and fully voiced.
VOICED_FROM, VOICED_FULLY = 0.15, 0.45
#: A drop of the pitch shorter than this, in seconds, does not add harmonics.
DIP = 0.05
#: Additional share that a frame of confidence 0 must explain.
DOUBT = 0.4
#: Mean square (-120 dB) around which voicing fades to 0.
SILENCE = 1e-12


@checked
def analyze(
    audio: Float[Array, "#batch time"],
    f0_hz: Float[Array, "#batch frames 1"],
    confidence: Float[Array, "#batch frames 1"] | None = None,
    sample_rate: float = 16000,
    n_harmonics: int | None = None,
    n_bands: int = 65,
    refine: bool = True,
    progress: Progress | None = None,
) -> dict[str, Array]:
    """Estimate controls of `Harmonic` and `FilteredNoise`, both with `scale_fn=None`, that resynthesize a recording.

    Four steps without autodiff:

    - `refine_f0` and `resolve_subharmonics` correct the pitch by the phases of the harmonics.
    - `harmonic_amplitudes` projects the audio on the harmonics.
    - `voicing` fades out harmonics that explain no more than they would explain of noise.
    - `noise_magnitudes` analyzes the residual.

    Parameters
    ----------
    audio
        One monophonic sound (a voice or an instrument) per example, [batch, time], with a whole number of samples for
        each frame.
    f0_hz
        Fundamental frequency in Hz by a pitch tracker, > 0 also in unvoiced frames, [batch, frames, 1]. Frame k is at
        sample k * hop. `spread_frames` interpolates a track with fewer frames.
    confidence
        Confidence of the tracker, in [0, 1], [batch, frames, 1]; None for 1. If it is low, harmonics must explain a
        larger share of the energy.
    sample_rate
        Sample rate in Hz.
    n_harmonics
        Number of harmonics, >= 1. None: each frame has as many as fit below half the sample rate, at most 200; a pitch
        that falls for less than 50 ms, as by an error of the tracker, has as many as the pitch around it. The result
        then has as many as its lowest voiced frame, and frames of a higher pitch end with zeros.
    n_bands
        Number of noise bands, >= 2.
    refine
        If True, correct `f0_hz`, otherwise use it unchanged.
    progress
        Function that is called with the completed fraction, 0 to 1, during a long analysis.

    Returns
    -------
    controls : dict
        `amplitudes` [batch, frames, 1], `harmonic_distribution` [batch, frames, n_harmonics], `f0_hz` [batch, frames,
        1] and `magnitudes` [batch, frames, n_bands], linear and >= 0; and `voicing` [batch, frames, 1], from 0 (noise)
        to 1 (harmonic). Dtype and backend of `audio`.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit, or a pitch that is not > 0.

    See Also
    --------
    ddsp.synths.Harmonic : Synthesizes the harmonic part.
    ddsp.synths.FilteredNoise : Synthesizes the noise.
    ddsp.pretrained_models.compute_f0 : A pitch tracker.

    Notes
    -----
    Examples of a batch are analyzed independently. Memory beyond the result is bounded: long sounds are analyzed in
    pieces that overlap by 0.8 s.

    The synthesizers do not reproduce phases: all partials start as sines. Spectrograms of the result agree with the
    recording, samples do not. This function does not compile, because shapes depend on the values of the pitch.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(16000) / 16000)[np.newaxis]
    >>> controls = analyze(tone, np.full((1, 250, 1), 442.0))
    >>> {name: float(x[0, 100, 0].round(2)) for name, x in controls.items() if name != "magnitudes"}
    {'f0_hz': 440.0, 'amplitudes': 0.5, 'harmonic_distribution': 1.0, 'voicing': 1.0}
    """
    backend = common_backend(audio=audio, f0_hz=f0_hz, confidence=confidence)
    xp = backend.xp
    hop = hop_size(audio, f0_hz)
    same_batch(audio=audio, f0_hz=f0_hz, confidence=confidence)
    confidence = xp.ones_like(f0_hz) if confidence is None else confidence
    rank("confidence", confidence, 3, "[batch, frames, 1]")
    n_bands = integer("n_bands", n_bands, 2)
    most = MAX_HARMONICS if n_harmonics is None else integer("n_harmonics", n_harmonics, 1)
    audio = audio - xp.mean(audio, axis=1, keepdims=True)  # a DC offset would be analyzed as noise around 0 Hz
    if refine:
        f0_hz = refine_f0(audio, f0_hz, sample_rate, progress=part_of(progress, 0, 10, 2))
        f0_hz = resolve_subharmonics(audio, f0_hz, sample_rate, confidence, part_of(progress, 2, 10, 4))
    held = _without_dips(backend.to_numpy(f0_hz), max(round(DIP * sample_rate / hop), 1))
    counts = np.clip(np.ceil(0.5 * sample_rate / held) - 1.0, 1.0, most)

    def of_piece(audio: Array, f0_hz: Array, confidence: Array, counts: Array) -> tuple[Array, ...]:
        return _controls(audio, f0_hz, confidence, counts, sample_rate, n_bands)

    frames = (f0_hz, confidence, backend.constant(counts, f0_hz))
    found = over_pieces(of_piece, audio, frames, sample_rate, part_of(progress, 6, 10, 4))
    if n_harmonics is None:
        sounding = np.max(counts * (backend.to_numpy(joined(backend, [[x[2:] for x in y] for y in found])[0]) > 0.0))
        most = max(int(sounding), 1)
    names = ("amplitudes", "harmonic_distribution", "magnitudes", "voicing")
    for pieces in found:
        for i, piece in enumerate(pieces):  # in place, because the distributions take most of the memory
            pieces[i] = _normalized(piece, most)
    return {"f0_hz": f0_hz, **dict(zip(names, joined(backend, found), strict=True))}


def _without_dips(f0_hz: np.ndarray, size: int) -> np.ndarray:
    """The pitch [batch, frames, 1] without drops shorter than `size` frames (a morphological closing)."""
    size = min(size, f0_hz.shape[1])
    for largest, sides in ((True, (size // 2, size - 1 - size // 2)), (False, (size - 1 - size // 2, size // 2))):
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(f0_hz, ((0, 0), sides, (0, 0)), "edge"), size, axis=1)
        f0_hz = windows.max(axis=-1) if largest else windows.min(axis=-1)
    return f0_hz


def _controls(
    audio: Array, f0_hz: Array, confidence: Array, counts: Array, sample_rate: float, n_bands: int
) -> tuple[Array, Array, Array]:
    """Amplitudes of the harmonics [batch, frames, harmonics], magnitudes of the noise, voicing."""
    backend = common_backend(audio=audio)
    xp, n_samples = backend.xp, int(audio.shape[1])
    n_harmonics = int(np.max(backend.to_numpy(counts)))
    top = xp.clip((counts + 0.5) * f0_hz, None, 0.5 * sample_rate)
    cosine, sine = project(audio, f0_hz, n_harmonics, sample_rate, top)

    def tone(share: Array | float) -> Array:
        return synthesize_harmonics(share * cosine, share * sine, f0_hz, n_samples, sample_rate)

    rest = audio - tone(1.0)
    voiced = voicing(audio, rest, f0_hz, confidence, sample_rate, top)
    rest = rest + tone(1.0 - voiced)  # the tone is silent, and skipped, if all is voiced
    levels = band_levels(rest, int(f0_hz.shape[1]), sample_rate, n_bands)
    levels = _restore_noise(backend, levels, f0_hz, voiced, top, sample_rate)
    amplitudes = voiced * _without_noise(backend, cosine**2 + sine**2, levels, f0_hz, sample_rate)
    return amplitudes, filter_magnitudes(levels), voiced


def _normalized(piece: list[Array], n_harmonics: int) -> list[Array]:
    """Sum of the amplitudes, their distribution over n_harmonics, and the other controls."""
    amplitudes, magnitudes, voiced = piece
    xp = common_backend(amplitudes=amplitudes).xp
    amplitudes = amplitudes[:, :, :n_harmonics]
    amplitudes = pad_checked(amplitudes, (0, n_harmonics - int(amplitudes.shape[2])), axis=2)
    total = xp.sum(amplitudes, axis=2, keepdims=True)
    return [total, safe_divide(amplitudes, total), magnitudes, voiced]


@checked
def voicing(
    audio: Float[Array, "#batch time"],
    residual: Float[Array, "#batch time"],
    f0_hz: Float[Array, "#batch frames 1"],
    confidence: Float[Array, "#batch frames 1"],
    sample_rate: float = 16000,
    top_hz: Float[Array, "batch frames 1"] | None = None,
) -> Float[Array, "batch frames 1"]:
    """Degree of voicing of each frame, from 0 to 1, by the share of energy that harmonics explain.

    The share of white noise that projection captures is known and is subtracted. White noise therefore has an average
    share of 0, and a tone has a share of 1, at any level.

    Parameters
    ----------
    audio
        Audio, [batch, time].
    residual
        Audio minus its harmonics, that is, minus `synthesize_harmonics` of `harmonic_amplitudes`, [batch, time].
    f0_hz
        Fundamental frequency of the harmonics in Hz, [batch, frames, 1].
    confidence
        Confidence of the pitch tracker, in [0, 1], [batch, frames, 1].
    sample_rate
        Sample rate in Hz.
    top_hz
        Frequency up to which there are harmonics, in Hz, [batch, frames, 1]; None for half the sample rate.

    Returns
    -------
    voicing : array
        [batch, frames, 1], a smooth function of the share; 0 for silence.

    See Also
    --------
    harmonic_amplitudes : The projection.
    synthesize_harmonics : The audio of the harmonics.
    """
    xp = common_backend(audio=audio, residual=residual, f0_hz=f0_hz, confidence=confidence, top_hz=top_hz).xp
    n_frames = int(f0_hz.shape[1])
    covered = 1.0 if top_hz is None else top_hz * (2.0 / sample_rate)
    of_noise = 1.0 - covered * (1.0 - noise_share(xp.ones_like(f0_hz), window_periods(f0_hz)))
    unexplained = smooth_energy(residual, n_frames, sample_rate) / of_noise
    energy = smooth_energy(audio, n_frames, sample_rate)
    share = 1.0 - (unexplained + SILENCE) / (energy + SILENCE)
    rise = (share - VOICED_FROM - DOUBT * (1.0 - confidence)) * (1.0 / (VOICED_FULLY - VOICED_FROM))
    rise = xp.clip(rise, 0.0, 1.0)
    return rise * rise * (3.0 - 2.0 * rise)


def _restore_noise(
    backend: Adapter, magnitudes: Array, f0_hz: Array, voiced: Array, top: Array, sample_rate: float
) -> Array:
    """Restore the noise power removed with the harmonics, below the highest one."""
    xp = backend.xp
    bands = backend.constant(design.linspace(0.0, 0.5 * sample_rate, int(magnitudes.shape[2])), magnitudes)
    left = xp.sqrt(noise_share(voiced, window_periods(f0_hz)))
    return xp.where(bands < top, magnitudes / left, magnitudes)


def _without_noise(backend: Adapter, square: Array, levels: Array, f0_hz: Array, sample_rate: float) -> Array:
    """Amplitudes from their squares, minus the average contribution of noise.

    White noise of density S (its mean square per sample) gives a^2 + b^2 a mean of 4 S sum w^2 / (sum w)^2 = 6 S / L
    for a Hann window of L samples. S is averaged over a range of f0 around the harmonic, because exactly at the
    harmonic projection has removed some of the noise.
    """
    xp = backend.xp
    n_bands, n_harmonics = int(levels.shape[2]), int(square.shape[2])
    total = pad_checked(xp.cumulative_sum(levels**2, axis=2), (1, 0), axis=2)  # integral up to the edges between bands
    numbers = backend.constant(design.harmonic_numbers(n_harmonics), square)
    places = [(numbers + side) * f0_hz * (2.0 * (n_bands - 1) / sample_rate) + 0.5 for side in (-0.5, 0.5)]
    low, high = (xp.clip(place, 0.0, float(n_bands)) for place in places)
    between = (_interpolated(backend, total, high) - _interpolated(backend, total, low)) / xp.clip(
        high - low, 1e-3, None
    )
    clean = square - 6.0 * NOISE_POWER * between * f0_hz / (window_periods(f0_hz) * sample_rate)
    return xp.sqrt(xp.clip(clean, 0.0, None))


def _interpolated(backend: Adapter, values: Array, place: Array) -> Array:
    """Linear interpolation of values [batch, frames, n] at positions [batch, frames, m] in [0, n - 1]."""
    xp = backend.xp
    below = xp.clip(xp.floor(place), 0.0, int(values.shape[2]) - 2.0)
    index = xp.astype(below, backend.constant(np.asarray(0), values).dtype)
    start, end = (xp.take_along_axis(values, index + i, axis=2) for i in (0, 1))
    return start + (place - below) * (end - start)
