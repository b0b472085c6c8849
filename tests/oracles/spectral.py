"""Spectra by explicit Fourier sums, and the features made of them."""

from fractions import Fraction
from functools import lru_cache
from math import ceil

import numpy as np

from .resample import exact, frame
from .units import amplitude_to_db, power_to_db


def _frames(x, size, hop, n_frames):
    """Cut frames, [..., time] -> [..., n_frames, size], with zeros beyond the end."""
    missing = max(0, (n_frames - 1) * hop + size - x.shape[-1]) if n_frames else 0
    x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)])
    starts = [x[..., i * hop : i * hop + size] for i in range(n_frames)]
    return np.stack(starts, axis=-2) if starts else np.zeros((*x.shape[:-1], 0, size))


@lru_cache
def _waves(n_samples, fft_size):
    """Cosines and sines, [n_samples, fft_size // 2 + 1] each."""
    phase = np.outer(np.arange(n_samples), np.arange(fft_size // 2 + 1)) % fft_size * (2 * np.pi / fft_size)
    return np.cos(phase), np.sin(phase)


def fourier(frames, fft_size):
    """Fourier transform of the last axis by its definition."""
    cosines, sines = _waves(frames.shape[-1], fft_size)
    return frames @ cosines - 1j * (frames @ sines)


def hann(size):
    """Hann window as in TensorFlow: periodic for even sizes, symmetric for odd ones."""
    period = size if size % 2 == 0 else max(size - 1, 1)
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / period) if size > 1 else np.ones(1)


def stft(audio, frame_size=2048, overlap=0.75, pad_end=True):
    """Spectra of frames from every hop on (not centered), under a Hann window, zero-padded to a power of two."""
    if audio.ndim == 3:
        audio = audio[..., 0]
    hop = int(frame_size * (1.0 - overlap))
    n_samples = audio.shape[-1]
    n_frames = -(-n_samples // hop) if pad_end else max(0, 1 + (n_samples - frame_size) // hop)
    fft_size = 1 << (frame_size - 1).bit_length()
    return fourier(_frames(audio, frame_size, hop, n_frames) * hann(frame_size), fft_size)


def compute_mag(audio, size=2048, overlap=0.75, pad_end=True):
    return np.abs(stft(audio, size, overlap, pad_end))


def compute_logmag(audio, size=2048, overlap=0.75, pad_end=True, eps=1e-5):
    return np.log(np.maximum(compute_mag(audio, size, overlap, pad_end), eps))


def mel_matrix(bins, n_fft_bins, sample_rate, lo_hz, hi_hz):
    """Triangular filters of HTK, linear in mel, without area normalization and without DC, as in TensorFlow."""
    fft_mel = 1127.0 * np.log(1.0 + np.linspace(0.0, sample_rate / 2, n_fft_bins) / 700.0)
    lo_mel, hi_mel = (1127.0 * np.log(1.0 + hz / 700.0) for hz in (lo_hz, hi_hz))
    edges = np.linspace(lo_mel, hi_mel, bins + 2)
    matrix = np.zeros((n_fft_bins, bins))
    for band in range(bins):
        low, centre, high = edges[band : band + 3]
        rising, falling = (fft_mel - low) / (centre - low), (high - fft_mel) / (high - centre)
        matrix[:, band] = np.maximum(0.0, np.minimum(rising, falling))
    matrix[0] = 0.0
    return matrix


def compute_mel(audio, lo_hz=0.0, hi_hz=8000.0, bins=64, fft_size=2048, overlap=0.75, pad_end=True, sample_rate=16000):
    mag = compute_mag(audio, fft_size, overlap, pad_end)
    return mag @ mel_matrix(bins, mag.shape[-1], sample_rate, lo_hz, hi_hz)


def compute_logmel(
    audio, lo_hz=80.0, hi_hz=7600.0, bins=64, fft_size=2048, overlap=0.75, pad_end=True, sample_rate=16000, eps=1e-5
):
    mel = compute_mel(audio, lo_hz, hi_hz, bins, fft_size, overlap, pad_end, sample_rate)
    return np.log(np.maximum(mel, eps))


def compute_mfcc(
    audio, lo_hz=20.0, hi_hz=8000.0, fft_size=1024, mel_bins=128, mfcc_bins=13, overlap=0.75, pad_end=True,
    sample_rate=16000,
):  # fmt: skip
    """Discrete cosine transform of the log mel spectrum with the scaling of HTK."""
    logmel = compute_logmel(audio, lo_hz, hi_hz, mel_bins, fft_size, overlap, pad_end, sample_rate)
    band = np.arange(mel_bins) + 0.5
    cosines = [np.sqrt(2.0 / mel_bins) * np.cos(np.pi * k * band / mel_bins) for k in range(mfcc_bins)]
    return np.stack([(logmel * cosine).sum(-1) for cosine in cosines], axis=-1)


def get_framed_lengths(input_length, frame_size, hop_size, padding="center"):
    """Number of frames and the padded length: frames are counted one by one."""
    hop = exact(hop_size)
    if padding == "same":  # all frames that start before the end
        starts = [k * hop for k in range(input_length) if k * hop < input_length]
        return len(starts), max(ceil((len(starts) - 1) * hop) + frame_size, input_length)
    last = input_length if padding == "center" else input_length - frame_size
    starts = [k * hop for k in range(last + 1) if k * hop <= last]
    return len(starts), input_length + (frame_size if padding == "center" else 0)


def pad(x, frame_size, hop_size, padding="center", axis=1, mode="CONSTANT", constant_values=0.0):
    axis = axis if x.ndim > 1 else 0
    if padding == "valid":
        return x
    if padding == "same":
        missing = get_framed_lengths(x.shape[axis], frame_size, hop_size, padding)[1] - x.shape[axis]
        amounts = (0, missing)
    else:
        amounts = (frame_size // 2, frame_size - frame_size // 2)
    widths = [(0, 0)] * x.ndim
    widths[axis] = amounts
    options = {"constant_values": constant_values} if mode.lower() == "constant" else {}
    return np.pad(x, widths, mode=mode.lower(), **options)


def _framed(audio, frame_size, sample_rate, frame_rate, padding):
    hop = exact(Fraction(sample_rate) / Fraction(frame_rate))
    return frame(pad(audio, frame_size, hop, padding, axis=audio.ndim - 1), frame_size, hop)


def compute_rms_energy(audio, sample_rate=16000, frame_rate=250, frame_size=512, padding="center"):
    frames = _framed(audio, frame_size, sample_rate, frame_rate, padding)
    return np.sqrt(np.mean(frames**2, axis=-1))


def compute_power(
    audio, sample_rate=16000, frame_rate=250, frame_size=512, range_db=80.0, ref_db=0.0, padding="center"
):
    rms = compute_rms_energy(audio, sample_rate, frame_rate, frame_size, padding)
    return amplitude_to_db(rms, ref_db, range_db)


def a_weighting_db(frequencies):
    """IEC 61672, 0 dB at 1 kHz to within rounding of its constants; never below -80 dB."""
    f2 = np.asarray(frequencies, np.float64) ** 2
    c1, c2, c3, c4 = 12194.217**2, 20.598997**2, 107.65265**2, 737.86223**2
    with np.errstate(divide="ignore"):
        weights = 2.0 + 20.0 * (
            np.log10(c1) + 2 * np.log10(f2)
            - np.log10(f2 + c1) - np.log10(f2 + c2) - 0.5 * np.log10(f2 + c3) - 0.5 * np.log10(f2 + c4)
        )  # fmt: skip
    return np.maximum(weights, -80.0)


def compute_loudness(
    audio, sample_rate=16000, frame_rate=250, n_fft=512, range_db=80.0, ref_db=0.0, padding="center", normalize=False
):
    """Mean A-weighted power of the bins of each frame in dB, zero-padded to a power of two."""
    frames = _framed(audio, n_fft, sample_rate, frame_rate, padding)
    fft_size = 1 << (n_fft - 1).bit_length()
    spectrum = fourier(frames * hann(n_fft), fft_size)
    weights = 10.0 ** (a_weighting_db(np.arange(fft_size // 2 + 1) * sample_rate / fft_size) / 10.0)
    power = np.abs(spectrum) ** 2 * weights
    if normalize:  # both halves of the spectrum, in units of the power of the window
        other_half = power[..., 1 : (fft_size + 1) // 2]
        total = power.sum(axis=-1) + other_half.sum(axis=-1)
        return power_to_db(total / fft_size / np.sum(hann(n_fft) ** 2), ref_db, range_db)
    return power_to_db(np.mean(power, axis=-1), ref_db, range_db)


def pad_or_trim_to_expected_length(vector, expected_len, pad_value=0, len_tolerance=20):
    missing = expected_len - vector.shape[-1]
    if missing <= 0:
        return vector[..., :expected_len]
    return np.pad(vector, [(0, 0)] * (vector.ndim - 1) + [(0, missing)], constant_values=pad_value)


OPS = (
    stft, compute_mag, compute_logmag, compute_mel, compute_logmel, compute_mfcc, get_framed_lengths, pad,
    compute_rms_energy, compute_power, compute_loudness, pad_or_trim_to_expected_length,
)  # fmt: skip
