"""From audio and a tracker's pitch to the controls of `Harmonic` and `FilteredNoise`."""

from __future__ import annotations

import numpy as np

from .. import design
from ..core.math import safe_divide
from ..core.noise import NOISE_POWER
from ..core.padding import pad_checked
from ..extend import Adapter, Array, Float, checked, common_backend, integer, rank, same_batch
from .frames import Progress, hop_of, joined, over_pieces, part_of, smooth_energy
from .noise import band_levels, filter_magnitudes
from .pitch import refine_f0, resolve_subharmonics
from .projection import harmonic_sum, noise_share, project, window_periods

__all__ = ["analyze", "voicing"]

#: Most harmonics, where their number is not given. What lies above them goes to the noise.
MAX_HARMONICS = 200
#: Share of the energy that harmonics explain, in a frame of confidence 1, from which they begin to sound, and do fully.
VOICED_FROM, VOICED_FULLY = 0.15, 0.45
#: A pitch that falls for less than this many seconds brings no more harmonics than that around it.
DIP = 0.05
#: How much more a frame of confidence 0 has to explain.
DOUBT = 0.4
#: Mean square (-120 dB) around which a sound counts less and less as voiced.
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
    """Controls that make `Harmonic(scale_fn=None)` and `FilteredNoise(scale_fn=None)` sound like a recording.

    Without autodiff, in four steps: the pitch is corrected by the phases of the harmonics (`refine_f0`); their
    amplitudes are projections on to them (`harmonic_amplitudes`); they fade out where they explain no more than they
    would of noise (`voicing`); what they leave over gives the magnitudes of the noise (`noise_magnitudes`).

    Parameters
    ----------
    audio : one sound at a time (a voice or an instrument), [batch, time], a whole number of samples for each frame.
    f0_hz : fundamental in Hz by a pitch tracker, > 0, unvoiced frames included, [batch, frames, 1]. Frame k stands at
        sample k * hop. `spread_frames` brings a coarser track here.
    confidence : of the tracker, in [0, 1]; where it is low, harmonics must explain more. 1 if None.
    sample_rate : in Hz.
    n_harmonics : >= 1. By default each frame has as many as fit below half the sample rate, at most 200; a pitch that
        falls for less than 50 ms, as by an error of the tracker, has those of the pitch around it. The result has as
        many as its lowest voiced frame; frames of a higher pitch have zeros at the end.
    n_bands : >= 2, bands of the noise.
    refine : correct f0_hz; otherwise it is used as it is.
    progress : called with the fraction that is done, 0 to 1, during a long analysis.

    Returns
    -------
    dict of amplitudes [batch, frames, 1], harmonic_distribution [batch, frames, n_harmonics], f0_hz [batch, frames, 1]
    and magnitudes [batch, frames, n_bands]: all linear, >= 0, dtype and backend of the audio; and voicing [batch,
    frames, 1], from 0 to 1, how far each frame counts as harmonic.

    Raises
    ------
    ValueError : shapes or dtypes that do not fit, or a pitch that is not > 0.

    Notes
    -----
    Sounds of a batch do not influence each other, and memory beyond the result is bounded: long sounds are analyzed in
    pieces that overlap by 0.8 s.

    The synthesizers keep no phases, so partials come out as sines that start together: spectrograms agree, samples do
    not. Not for compilation: shapes depend on the pitch.

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
    hop = hop_of(audio, f0_hz)
    same_batch(audio=audio, f0_hz=f0_hz, confidence=confidence)
    confidence = xp.ones_like(f0_hz) if confidence is None else confidence
    rank("confidence", confidence, 3, "[batch, frames, 1]")
    n_bands = integer("n_bands", n_bands, 2)
    most = MAX_HARMONICS if n_harmonics is None else integer("n_harmonics", n_harmonics, 1)
    audio = audio - xp.mean(audio, axis=1, keepdims=True)  # an offset would come out as noise around 0 Hz
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
        for i, piece in enumerate(pieces):  # in place: the distributions are most of the memory
            pieces[i] = _normalized(piece, most)
    return {"f0_hz": f0_hz, **dict(zip(names, joined(backend, found), strict=True))}


def _without_dips(f0_hz: np.ndarray, size: int) -> np.ndarray:
    """The pitch [batch, frames, 1] without falls that last for fewer than `size` frames."""
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
        return harmonic_sum(share * cosine, share * sine, f0_hz, n_samples, sample_rate)

    rest = audio - tone(1.0)
    voiced = voicing(audio, rest, f0_hz, confidence, sample_rate, top)
    rest = rest + tone(1.0 - voiced)  # silent and skipped where all is voiced
    levels = band_levels(rest, int(f0_hz.shape[1]), sample_rate, n_bands)
    levels = _restore_noise(backend, levels, f0_hz, voiced, top, sample_rate)
    amplitudes = voiced * _without_noise(backend, cosine**2 + sine**2, levels, f0_hz, sample_rate)
    return amplitudes, filter_magnitudes(levels), voiced


def _normalized(piece: list[Array], n_harmonics: int) -> list[Array]:
    """The sum of the amplitudes, their distribution over n_harmonics, and what else there is."""
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
    """How far each frame is voiced, from 0 to 1: by the share of its energy that the harmonics explain.

    Projection explains a known share of any noise; that counts as nothing. So white noise has a share of 0 on average,
    and a tone of 1, whatever its level.

    Parameters
    ----------
    audio : [batch, time].
    residual : the audio minus its harmonics (`harmonic_sum` of `harmonic_amplitudes`).
    f0_hz : their fundamental.
    confidence : of the pitch tracker, in [0, 1].
    sample_rate : in Hz.
    top_hz : up to where there are harmonics; half the sample rate if None.

    Returns
    -------
    [batch, frames, 1], smooth in the share; 0 for silence.
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
    """Restore the noise that was taken away with the harmonics, in the bands below the frequency `top`."""
    xp = backend.xp
    bands = backend.constant(design.linspace(0.0, 0.5 * sample_rate, int(magnitudes.shape[2])), magnitudes)
    left = xp.sqrt(noise_share(voiced, window_periods(f0_hz)))
    return xp.where(bands < top, magnitudes / left, magnitudes)


def _without_noise(backend: Adapter, square: Array, levels: Array, f0_hz: Array, sample_rate: float) -> Array:
    """Amplitudes from their squares, less what noise adds on average.

    White noise of density S (its mean square a sample) gives a^2 + b^2 a mean of 4 S sum w^2 / (sum w)^2 = 6 S / L for
    a Hann window of L samples. S is the mean over f0 around the harmonic: right at it, projection has left less.
    """
    xp = backend.xp
    n_bands, n_harmonics = int(levels.shape[2]), int(square.shape[2])
    total = pad_checked(xp.cumulative_sum(levels**2, axis=2), (1, 0), axis=2)  # up to the edges between bands
    numbers = backend.constant(design.linspace(1.0, n_harmonics, n_harmonics), square)
    places = [(numbers + side) * f0_hz * (2.0 * (n_bands - 1) / sample_rate) + 0.5 for side in (-0.5, 0.5)]
    low, high = (xp.clip(place, 0.0, float(n_bands)) for place in places)
    between = (_interpolated(backend, total, high) - _interpolated(backend, total, low)) / xp.clip(
        high - low, 1e-3, None
    )
    clean = square - 6.0 * NOISE_POWER * between * f0_hz / (window_periods(f0_hz) * sample_rate)
    return xp.sqrt(xp.clip(clean, 0.0, None))


def _interpolated(backend: Adapter, values: Array, place: Array) -> Array:
    """Values [batch, frames, n] at places [batch, frames, m] in [0, n - 1], linear in between."""
    xp = backend.xp
    below = xp.clip(xp.floor(place), 0.0, int(values.shape[2]) - 2.0)
    index = xp.astype(below, backend.constant(np.asarray(0), values).dtype)
    start, end = (xp.take_along_axis(values, index + i, axis=2) for i in (0, 1))
    return start + (place - below) * (end - start)
