"""Losses of audio that the original lacks, example by example."""

import numpy as np

from .losses import mean_difference
from .spectral import a_weighting_db, compute_loudness, compute_mag, hann, mel_matrix


def spectral_convergence(target, value, weights=None):
    """Relative error in the Frobenius norm, averaged over the batch. Quiet targets count as 1e-3 per bin."""
    weights = 1.0 if weights is None else weights
    errors = (target - value) * weights
    ratios = []
    for t, error in zip(target, errors, strict=True):
        ratios.append(np.linalg.norm(error) / max(np.linalg.norm(t), 1e-3 * np.sqrt(t.size)))
    return np.mean(ratios)


def spectrogram(audio, size, center, a_weighting, mel_bins, lo_hz, hi_hz, sample_rate):
    if audio.ndim == 3:
        audio = audio[..., 0]
    if center:
        audio = np.pad(audio, [(0, 0), (size - size // 4, 0)])
    mag = compute_mag(audio, size)
    n_bins = mag.shape[-1]
    if a_weighting:
        mag = mag * 10.0 ** (a_weighting_db(np.linspace(0.0, sample_rate / 2, n_bins)) / 20.0)
    if mel_bins is not None:
        hi_hz = sample_rate / 2 if hi_hz is None else hi_hz
        mag = mag @ mel_matrix(mel_bins, n_bins, sample_rate, lo_hz, hi_hz)
    return mag


def spectral_loss(settings, target_audio, audio, weights=None, noise=None):
    """`SpectralLoss` with all of its options."""
    options = {"center": False, "a_weighting": False, "mel_bins": None, "lo_hz": 0.0, "hi_hz": None}
    options = {name: settings.get(name, default) for name, default in options.items()}
    sample_rate, loss_type = settings.get("sample_rate", 16000), settings.get("loss_type", "L1")
    views = {
        "mag_weight": lambda mag: mag,
        "delta_time_weight": lambda mag: mag[:, 1:] - mag[:, :-1],
        "delta_freq_weight": lambda mag: mag[:, :, 1:] - mag[:, :, :-1],
        "cumsum_freq_weight": lambda mag: np.cumsum(mag, axis=2),
        "logmag_weight": lambda mag: np.log(np.maximum(mag, 1e-5)),
    }
    sizes = settings["fft_sizes"]
    factors = list(settings.get("fft_weights") or np.ones(len(sizes)))
    count = settings.get("random_sizes")
    if count is not None:
        limit = sorted(noise)[count - 1]
        factors = [f * len(sizes) / count if u <= limit else 0.0 for f, u in zip(factors, noise, strict=True)]
    total = 0.0
    for size, factor in zip(sizes, factors, strict=True):
        target, value = (spectrogram(x, size, sample_rate=sample_rate, **options) for x in (target_audio, audio))
        for name, view in views.items():
            weight = settings.get(name, 1.0 if name == "mag_weight" else 0.0)
            if weight > 0:
                total += factor * weight * mean_difference(view(target), view(value), loss_type, weights)
        total += factor * settings.get("convergence_weight", 0.0) * spectral_convergence(target, value, weights)
    if settings.get("loudness_weight", 0.0) > 0:
        target, value = (compute_loudness(x, sample_rate, n_fft=2048) for x in (target_audio, audio))
        total += settings["loudness_weight"] * mean_difference(target, value, loss_type, weights)
    return total


def si_sdr(target_audio, audio, zero_mean=True):
    """Ratio of the audio's orthogonal projection on the target to the rest (Le Roux et al., 2019)."""
    ratios = []
    for s, x in zip(target_audio, audio, strict=True):
        s, x = s.ravel(), x.ravel()
        if zero_mean:
            s, x = s - np.mean(s), x - np.mean(x)
        n = len(s)
        projected = np.dot(x, s) / (np.dot(s, s) + 1e-12 * n) * s
        rest = x - projected
        ratios.append(10 * np.log10((np.dot(projected, projected) + 1e-12 * n) / (np.dot(rest, rest) + 1e-12 * n)))
    return np.asarray(ratios)


def error_to_signal_ratio(target_audio, audio, pre_emphasis=0.0):
    ratios = []
    for s, x in zip(target_audio, audio, strict=True):
        s, x = (np.convolve(y.ravel(), [1.0, -pre_emphasis])[: y.size] for y in (s, x))
        ratios.append(np.sum((s - x) ** 2) / max(np.sum(s**2), 1e-8 * s.size))
    return np.asarray(ratios)


def _weighted_mean(values, weights):
    return np.mean(values * (1.0 if weights is None else weights))


def si_sdr_loss(init, target_audio, audio, weights=None):
    ratios = si_sdr(target_audio, audio, init.get("zero_mean", True))
    return -init.get("weight", 1.0) * _weighted_mean(ratios[:, None], weights)


def esr_loss(init, target_audio, audio, weights=None):
    ratios = error_to_signal_ratio(target_audio, audio, init.get("pre_emphasis", 0.0))
    return init.get("weight", 1.0) * _weighted_mean(ratios[:, None], weights)


def dc_loss(init, target_audio, audio, weights=None):
    ratios = [np.mean(s - x) ** 2 / max(np.mean(s**2), 1e-8) for s, x in zip(target_audio, audio, strict=True)]
    return init.get("weight", 1.0) * _weighted_mean(np.asarray(ratios)[:, None], weights)


def log_cosh_loss(init, target_audio, audio, weights=None):
    a = init.get("a", 1.0)
    return init.get("weight", 1.0) * _weighted_mean(np.log(np.cosh(a * (target_audio - audio))) / a, weights)


def envelope(audio, size):
    """Root mean square under a Hann window with a hop of a quarter, from its first overlap with the audio."""
    hop = max(size // 4, 1)
    window = hann(size)
    levels = []
    start = hop - size
    while start < len(audio):
        inside = np.arange(max(start, 0), min(start + size, len(audio)))
        levels.append(np.sqrt(np.sum(window[inside - start] * audio[inside] ** 2) / np.sum(window)))
        start += hop
    return np.asarray(levels)


def envelope_loss(init, target_audio, audio, weights=None):
    total = 0.0
    for size in init.get("frame_sizes", (2048, 512, 128)):
        target, value = (np.stack([envelope(x, size) for x in batch]) for batch in (target_audio, audio))
        total += mean_difference(target, value, init.get("loss_type", "L1"), weights)
    return init.get("weight", 1.0) * total


OPS = (spectral_convergence, si_sdr, error_to_signal_ratio)
METHODS = {
    "losses.SISDRLoss.__call__": si_sdr_loss,
    "losses.ESRLoss.__call__": esr_loss,
    "losses.DCLoss.__call__": dc_loss,
    "losses.LogCoshLoss.__call__": log_cosh_loss,
    "losses.MultiScaleEnvelopeLoss.__call__": envelope_loss,
}
