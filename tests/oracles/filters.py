"""Convolution and linear-phase filters, by direct sums."""

import numpy as np

from .spectral import hann


def get_fft_size(frame_size, ir_size, power_of_2=True):
    """Length of the full convolution, rounded up to a power of two, or to 2^a 3^b 5^c."""
    size = frame_size + ir_size - 1
    while not (_is_smooth(size, (2,)) if power_of_2 else _is_smooth(size, (2, 3, 5))):
        size += 1
    return size


def _is_smooth(n, primes):
    for p in primes:
        while n % p == 0:
            n //= p
    return n == 1


def group_delay(ir_size):
    """Delay of a linear-phase filter: the index of its middle tap, or of the first tap of the second half.

    The original takes (ir_size - 1) // 2 - 1: two samples late for even sizes.
    """
    return ir_size // 2


def crop_and_compensate_delay(audio, audio_size, ir_size, padding, delay_compensation):
    """Samples delay ... delay + size of the full convolution; zeros after its end (the original may return nothing)."""
    start = group_delay(ir_size) if delay_compensation < 0 else delay_compensation
    size = audio_size if padding == "same" else audio_size + ir_size - 1
    extended = np.pad(audio, [(0, 0), (0, max(0, start + size - audio.shape[-1]))])
    return extended[:, start : start + size]


def fft_convolve(audio, impulse_response, padding="same", delay_compensation=-1):
    """Convolve each frame of the audio with its filter, and add the overlapping tails."""
    batch, n_samples = audio.shape
    filters = impulse_response[:, None, :] if impulse_response.ndim == 2 else impulse_response
    n_frames, ir_size = filters.shape[1:]
    hop = -(-n_samples // n_frames)
    full = np.zeros((batch, n_samples + ir_size - 1))
    for b in range(batch):
        for k in range(n_frames):
            frame = audio[b, k * hop : (k + 1) * hop]
            if frame.size:
                tail = np.convolve(frame, filters[b % filters.shape[0], k])
                full[b, k * hop : k * hop + tail.size] += tail
    return crop_and_compensate_delay(full, n_samples, ir_size, padding, delay_compensation)


def apply_window_to_impulse_response(impulse_response, window_size=0, causal=False):
    """Causal form of a zero-phase response (or a causal one with a central peak) under a centered Hann window.

    The window is that of the original (periodic for even sizes, symmetric for odd ones), with its maximum at the peak.
    In the original, windows of odd sizes are off by one sample, and even sizes give one tap less than requested.
    """
    size = impulse_response.shape[-1]
    taps = window_size if 0 < window_size <= size else size
    window = hann(taps)
    out = np.zeros((*impulse_response.shape[:-1], taps))
    for i in range(taps):
        n = i - taps // 2
        source = n + size // 2 if causal else n % size
        out[..., i] = window[i] * impulse_response[..., source]
    return out


def frequency_impulse_response(magnitudes, window_size=0):
    """Sum of a cosine per band: DC and Nyquist count once, the others twice."""
    size = 2 * (magnitudes.shape[-1] - 1)
    n = np.arange(size)
    zero_phase = np.zeros((*magnitudes.shape[:-1], size))
    for k in range(size // 2 + 1):
        count = 1 if k in (0, size // 2) else 2
        zero_phase += count / size * magnitudes[..., k : k + 1] * np.cos(2 * np.pi * k * n / size)
    return apply_window_to_impulse_response(zero_phase, window_size)


def frequency_filter(audio, magnitudes, window_size=0, padding="same"):
    return fft_convolve(audio, frequency_impulse_response(magnitudes, window_size), padding)


def sinc(x):
    return np.sinc(x)


def sinc_impulse_response(cutoff_frequency, window_size=512, sample_rate=None, high_pass=False):
    """Ideal low-pass under a Hamming window, with gain 1 at 0 Hz; the high-pass is its complement.

    Cutoffs above Nyquist are replaced by Nyquist; in the original they alias.
    """
    cutoff = cutoff_frequency if sample_rate is None else cutoff_frequency / (sample_rate / 2)
    half = window_size // 2
    taps = np.arange(-half, half + 1)
    low_pass = np.sinc(np.clip(cutoff, 0.0, 1.0) * taps) * (0.54 + 0.46 * np.cos(np.pi * taps / max(half, 1)))
    low_pass = low_pass / low_pass.sum(-1, keepdims=True)
    return (taps == 0) - low_pass if high_pass else low_pass


def sinc_filter(audio, cutoff_frequency, window_size=512, sample_rate=None, padding="same", high_pass=False):
    return fft_convolve(audio, sinc_impulse_response(cutoff_frequency, window_size, sample_rate, high_pass), padding)


OPS = (
    get_fft_size, crop_and_compensate_delay, fft_convolve, apply_window_to_impulse_response,
    frequency_impulse_response, frequency_filter, sinc, sinc_impulse_response, sinc_filter,
)  # fmt: skip
