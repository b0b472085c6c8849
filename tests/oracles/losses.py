"""Losses."""

import numpy as np

from .spectral import compute_loudness, compute_mag


def mean_difference(target, value, loss_type="L1", weights=None):
    weights = 1.0 if weights is None else weights
    if loss_type.upper() == "COSINE":  # the original crashes here
        lengths = np.linalg.norm(target, axis=-1, keepdims=True) * np.linalg.norm(value, axis=-1, keepdims=True)
        return np.mean((1.0 - np.sum(target * value, axis=-1, keepdims=True) / lengths) * weights)
    difference = target - value
    if loss_type.upper() == "L1":
        return np.mean(np.abs(difference * weights))
    return np.mean(difference**2 * weights)


def spectral_loss(
    target_audio, audio, weights=None, fft_sizes=(2048, 1024, 512, 256, 128, 64), loss_type="L1", mag_weight=1.0,
    delta_time_weight=0.0, delta_freq_weight=0.0, cumsum_freq_weight=0.0, logmag_weight=0.0, loudness_weight=0.0,
):  # fmt: skip
    """Sum of differences of spectrograms of several sizes, of their slopes, sums and logarithms, and of loudness."""
    views = (
        (mag_weight, lambda mag: mag),
        (delta_time_weight, lambda mag: np.diff(mag, axis=1)),
        (delta_freq_weight, lambda mag: np.diff(mag, axis=2)),
        (cumsum_freq_weight, lambda mag: np.cumsum(mag, axis=2)),
        (logmag_weight, lambda mag: np.log(np.maximum(mag, 1e-5))),
    )
    loss = 0.0
    for size in fft_sizes:
        mags = compute_mag(target_audio, size), compute_mag(audio, size)
        for weight, view in views:
            if weight > 0:
                loss += weight * mean_difference(view(mags[0]), view(mags[1]), loss_type, weights)
    if loudness_weight > 0:
        loudness = compute_loudness(target_audio, n_fft=2048), compute_loudness(audio, n_fft=2048)
        loss += loudness_weight * mean_difference(*loudness, loss_type, weights)
    return loss


def plain_spectral_loss(target_audio, audio, fft_sizes=(2048, 1024, 512, 256, 128, 64)):
    return spectral_loss(target_audio, audio, fft_sizes=fft_sizes)


OPS = (mean_difference, plain_spectral_loss)
METHODS = {
    "losses.SpectralLoss.__call__": lambda init, **inputs: spectral_loss(**inputs, **init),
}
