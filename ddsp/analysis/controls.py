"""From audio and a tracker's pitch to the controls of `Harmonic` and `FilteredNoise`."""

from __future__ import annotations

import numpy as np

from .. import design
from .._checks import floats, integer, rank, same_batch
from .._types import Array, Float
from ..backends import Adapter
from ..core.math import safe_divide
from .frames import hop_of, smooth_energy
from .noise import NOISE_POWER, noise_magnitudes
from .pitch import refine_f0, resolve_subharmonics
from .projection import harmonic_amplitudes, harmonic_sum, noise_share, window_periods

__all__ = ["analyze", "voicing"]

#: Most harmonics, where their number is not given. What lies above them goes to the noise.
MAX_HARMONICS = 200
#: Share of the energy that harmonics explain, in a frame of confidence 1, from which they begin to sound, and do fully.
VOICED_FROM, VOICED_FULLY = 0.15, 0.45
#: How much more a frame of confidence 0 has to explain.
DOUBT = 0.4
#: Mean square (-120 dB) around which a sound counts less and less as voiced.
SILENCE = 1e-12


def analyze(
    audio: Float[Array, "batch time"],
    f0_hz: Float[Array, "batch frames 1"],
    confidence: Float[Array, "batch frames 1"] | None = None,
    sample_rate: float = 16000,
    n_harmonics: int | None = None,
    n_bands: int = 65,
    refine: bool = True,
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
    n_harmonics : >= 1; by default as many as fit below half the sample rate at the lower pitches, at most 200.
    n_bands : >= 2, bands of the noise.
    refine : correct f0_hz; otherwise it is used as it is.

    Returns
    -------
    dict of amplitudes [batch, frames, 1], harmonic_distribution [batch, frames, n_harmonics], f0_hz [batch, frames, 1]
    and magnitudes [batch, frames, n_bands]: all linear, >= 0, dtype and backend of the audio.

    Raises
    ------
    ValueError : shapes or dtypes that do not fit.

    Notes
    -----
    The synthesizers keep no phases, so partials come out as sines that start together: spectrograms agree, samples do
    not. Not for compilation: shapes depend on the pitch.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(16000) / 16000)[np.newaxis]
    >>> controls = analyze(tone, np.full((1, 250, 1), 442.0))
    >>> {name: float(x[0, 100, 0].round(2)) for name, x in controls.items() if name != "magnitudes"}
    {'amplitudes': 0.5, 'harmonic_distribution': 1.0, 'f0_hz': 440.0}
    """
    backend = floats(audio=audio, f0_hz=f0_hz, confidence=confidence)
    xp = backend.xp
    hop_of(audio, f0_hz)
    same_batch(audio=audio, f0_hz=f0_hz, confidence=confidence)
    confidence = xp.ones_like(f0_hz) if confidence is None else confidence
    rank("confidence", confidence, 3, "[batch, frames, 1]")
    audio = audio - xp.mean(audio, axis=1, keepdims=True)  # an offset would come out as noise around 0 Hz
    if refine:
        f0_hz = resolve_subharmonics(audio, refine_f0(audio, f0_hz, sample_rate), sample_rate)
    n_harmonics = n_harmonics or _harmonics_that_fit(backend, f0_hz, confidence, sample_rate)
    cosine, sine = harmonic_amplitudes(audio, f0_hz, integer("n_harmonics", n_harmonics, 1), sample_rate)

    def without(voiced: Array) -> Array:
        return audio - harmonic_sum(voiced * cosine, voiced * sine, f0_hz, int(audio.shape[1]), sample_rate)

    voiced = voicing(audio, without(xp.ones_like(f0_hz)), f0_hz, confidence, sample_rate)
    magnitudes = noise_magnitudes(without(voiced), int(f0_hz.shape[1]), sample_rate, n_bands)
    magnitudes = _restore_noise(backend, magnitudes, f0_hz, voiced, n_harmonics, sample_rate)
    amplitudes = voiced * _without_noise(backend, cosine**2 + sine**2, magnitudes, f0_hz, sample_rate)
    total = xp.sum(amplitudes, axis=2, keepdims=True)
    return {
        "amplitudes": total,
        "harmonic_distribution": safe_divide(amplitudes, total),
        "f0_hz": f0_hz,
        "magnitudes": magnitudes,
    }


def voicing(
    audio: Float[Array, "batch time"],
    residual: Float[Array, "batch time"],
    f0_hz: Float[Array, "batch frames 1"],
    confidence: Float[Array, "batch frames 1"],
    sample_rate: float = 16000,
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

    Returns
    -------
    [batch, frames, 1], smooth in the share; 0 for silence.
    """
    xp = floats(audio=audio, residual=residual, f0_hz=f0_hz, confidence=confidence).xp
    n_frames = int(f0_hz.shape[1])
    of_noise = noise_share(xp.ones_like(f0_hz), window_periods(f0_hz))
    unexplained = smooth_energy(residual, n_frames, sample_rate) / of_noise
    energy = smooth_energy(audio, n_frames, sample_rate)
    share = 1.0 - (unexplained + SILENCE) / (energy + SILENCE)
    rise = (share - VOICED_FROM - DOUBT * (1.0 - confidence)) * (1.0 / (VOICED_FULLY - VOICED_FROM))
    rise = xp.clip(rise, 0.0, 1.0)
    return rise * rise * (3.0 - 2.0 * rise)


def _harmonics_that_fit(backend: Adapter, f0_hz: Array, confidence: Array, sample_rate: float) -> int:
    """Harmonics below half the sample rate at the 5 % quantile of the pitch, of the frames that seem to have one."""
    pitch, sure = backend.to_numpy(f0_hz), backend.to_numpy(confidence) > 0.5
    lowest = float(np.quantile(pitch[sure] if sure.any() else pitch, 0.05))
    return min(max(int(0.5 * sample_rate / lowest), 1), MAX_HARMONICS)


def _restore_noise(
    backend: Adapter, magnitudes: Array, f0_hz: Array, voiced: Array, n_harmonics: int, sample_rate: float
) -> Array:
    """Make up for the noise that went with the harmonics, in the bands where there are any."""
    xp = backend.xp
    top = xp.clip((n_harmonics + 0.5) * f0_hz, None, 0.5 * sample_rate)
    bands = backend.constant(design.linspace(0.0, 0.5 * sample_rate, int(magnitudes.shape[2])), magnitudes)
    left = xp.sqrt(noise_share(voiced, window_periods(f0_hz)))
    return xp.where(bands < top, magnitudes / left, magnitudes)


def _without_noise(backend: Adapter, square: Array, magnitudes: Array, f0_hz: Array, sample_rate: float) -> Array:
    """Amplitudes from their squares, less what noise adds on average.

    White noise of density S (its mean square a sample) gives a^2 + b^2 a mean of 4 S sum w^2 / (sum w)^2 = 6 S / L for
    a Hann window of L samples.
    """
    xp = backend.xp
    n_bands, n_harmonics = int(magnitudes.shape[2]), int(square.shape[2])
    numbers = backend.constant(design.linspace(1.0, n_harmonics, n_harmonics), square)
    band = xp.round(numbers * f0_hz * (2.0 * (n_bands - 1) / sample_rate))
    index = xp.astype(xp.clip(band, 0.0, n_bands - 1.0), backend.constant(np.asarray(0), square).dtype)
    density = NOISE_POWER * xp.take_along_axis(magnitudes, index, axis=2) ** 2
    clean = square - 6.0 * density * f0_hz / (window_periods(f0_hz) * sample_rate)
    return xp.sqrt(xp.clip(clean, 0.0, None))
