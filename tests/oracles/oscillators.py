"""Sums of sines, partial by partial, with phase in extended precision."""

import numpy as np

from .resample import resample
from .units import safe_divide


def _cycles(frequency, sample_rate):
    """Phase in cycles, wrapped to [0, 1): the cumulative sum up to and including each sample, along axis 1."""
    advance = np.asarray(frequency, np.longdouble) / sample_rate
    return np.asarray(np.cumsum(advance, axis=1) % 1.0, np.float64)


def angular_cumsum(angular_frequency):
    """Cumulative sum in radians along axis 1, wrapped to [0, 2 pi)."""
    total = np.cumsum(np.asarray(angular_frequency, np.longdouble), axis=1)
    turn = 8 * np.arctan(np.longdouble(1))
    return np.asarray(total % turn, np.float64)


def get_harmonic_frequencies(frequencies, n_harmonics):
    return frequencies * np.arange(1, n_harmonics + 1)


def remove_above_nyquist(frequency_envelopes, amplitude_envelopes, sample_rate=16000):
    return np.where(frequency_envelopes >= sample_rate / 2, 0.0, amplitude_envelopes)


def normalize_harmonics(harmonic_distribution, f0_hz=None, sample_rate=None):
    if f0_hz is not None and sample_rate is not None:
        frequencies = get_harmonic_frequencies(f0_hz, harmonic_distribution.shape[-1])
        harmonic_distribution = remove_above_nyquist(frequencies, harmonic_distribution, sample_rate)
    return safe_divide(harmonic_distribution, harmonic_distribution.sum(-1, keepdims=True))


def oscillator_bank(frequency_envelopes, amplitude_envelopes, sample_rate=16000, sum_sinusoids=True):
    amplitudes = remove_above_nyquist(frequency_envelopes, amplitude_envelopes, sample_rate)
    waves = amplitudes * np.sin(2 * np.pi * _cycles(frequency_envelopes, sample_rate))
    return waves.sum(-1) if sum_sinusoids else waves


def harmonic_oscillator_bank(frequency, amplitude_envelopes, initial_phase=None, sample_rate=16000):
    """Phases in cycles, with the last one in [-0.5, 0.5] (in the original, radians without wrapping). No muting."""
    cycles = _cycles(frequency, sample_rate)
    if initial_phase is not None:
        cycles = cycles + initial_phase
    audio = np.zeros(amplitude_envelopes.shape[:2])
    for k in range(amplitude_envelopes.shape[-1]):
        audio += amplitude_envelopes[..., k] * np.sin(2 * np.pi * ((k + 1) * cycles[..., 0] % 1.0))
    last = cycles[:, -1:, :1]
    return audio, last - np.round(last)


def harmonic_synthesis(
    frequencies, amplitudes, harmonic_shifts=None, harmonic_distribution=None, n_samples=64000, sample_rate=16000,
    amp_resample_method="window",
):  # fmt: skip
    shape_of = harmonic_distribution if harmonic_distribution is not None else harmonic_shifts
    n_harmonics = 1 if shape_of is None else shape_of.shape[-1]
    ratios = np.arange(1, n_harmonics + 1) * (1.0 if harmonic_shifts is None else 1.0 + harmonic_shifts)
    partial_amplitudes = amplitudes if harmonic_distribution is None else amplitudes * harmonic_distribution
    audio = 0.0
    for k in range(n_harmonics):  # one partial at a time: 60 s of audio fit in memory
        frequency = resample(frequencies * (ratios[..., k : k + 1]), n_samples)
        one = partial_amplitudes[..., k : k + 1] if partial_amplitudes.shape[-1] > 1 else partial_amplitudes
        amplitude = resample(one, n_samples, amp_resample_method)
        audio = audio + oscillator_bank(frequency, amplitude, sample_rate)
    return audio


def streaming_harmonic_synthesis(
    frequencies, amplitudes, harmonic_distribution=None, initial_phase=None, n_samples=64000, sample_rate=16000,
    amp_resample_method="linear",
):  # fmt: skip
    """Unlike in `harmonic_synthesis`, the distribution is normalized. Muting is the same, at each sample."""
    partial_amplitudes = amplitudes
    if harmonic_distribution is not None:
        partial_amplitudes = amplitudes * normalize_harmonics(harmonic_distribution, frequencies, sample_rate)
    frequency = resample(frequencies, n_samples)
    envelopes = resample(partial_amplitudes, n_samples, amp_resample_method)
    partials = get_harmonic_frequencies(frequency, envelopes.shape[-1])
    envelopes = remove_above_nyquist(partials, envelopes, sample_rate)
    return harmonic_oscillator_bank(frequency, envelopes, initial_phase, sample_rate)


def plain_harmonic_synthesis(f0_hz, amplitudes, n_samples=64000, sample_rate=16000, method="window", initial_phase=0.0):
    start = np.full((1, 1, 1), initial_phase)
    return streaming_harmonic_synthesis(f0_hz, amplitudes, None, start, n_samples, sample_rate, method)


def sinusoidal_to_harmonic(
    sin_amps, sin_freqs, f0_hz, harmonic_width=0.1, n_harmonics=100, sample_rate=16000, normalize=False
):
    """Each harmonic sums the sinusoids under a Gaussian around it. f0 = 0 has no harmonics."""
    harmonics = np.zeros((*sin_amps.shape[:2], n_harmonics))
    place = safe_divide(sin_freqs, f0_hz)
    for k in range(n_harmonics):
        weights = np.exp(-(((place - (k + 1)) / harmonic_width) ** 2))
        if normalize:
            weights = weights / np.maximum(weights.sum(-1, keepdims=True), 1.0)
        audible = (k + 1) * f0_hz[..., 0] < sample_rate / 2
        harmonics[..., k] = audible * (weights * sin_amps).sum(-1)
    total = harmonics.sum(-1, keepdims=True)
    return total, safe_divide(harmonics, total)


def harmonic_to_sinusoidal(harm_amp, harm_dist, f0_hz, sample_rate=16000):
    frequencies = get_harmonic_frequencies(f0_hz, harm_dist.shape[-1])
    return harm_amp * normalize_harmonics(harm_dist, f0_hz, sample_rate), frequencies


OPS = (
    angular_cumsum, get_harmonic_frequencies, remove_above_nyquist, normalize_harmonics, oscillator_bank,
    harmonic_oscillator_bank, harmonic_synthesis, plain_harmonic_synthesis, streaming_harmonic_synthesis,
    sinusoidal_to_harmonic, harmonic_to_sinusoidal,
)  # fmt: skip
