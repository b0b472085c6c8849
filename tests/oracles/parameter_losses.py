"""Losses of synthesizer controls, of sets of sinusoids and of embeddings."""

from itertools import pairwise

import numpy as np

from .crepe import plain_layers
from .losses import mean_difference
from .units import hz_to_midi


def amp_loss(amp, amp_target, loss_type="L1", weights=None, log=False, amin=1e-5):
    if log:
        amp, amp_target = np.log10(np.maximum(amp, amin)), np.log10(np.maximum(amp_target, amin))
    return mean_difference(amp, amp_target, loss_type, weights)


def freq_loss(f_hz, f_hz_target, loss_type="L1", weights=None):
    return mean_difference(hz_to_midi(f_hz), hz_to_midi(f_hz_target), loss_type, weights)


def param_loss(pred, target, weights=None, weight=1.0, loss_type="L1"):
    return weight * mean_difference(pred, target, loss_type, weights)


def harmonic_consistency_loss(
    harm_amp, harm_amp_target, harm_dist, harm_dist_target, f0_hz, f0_hz_target,
    amp_weight=1.0, dist_weight=1.0, f0_weight=1.0, amp_threshold=1e-4,
):  # fmt: skip
    heard = np.where(harm_amp_target >= amp_threshold, 1.0, 0.0)
    semitones = np.abs(hz_to_midi(f0_hz) - hz_to_midi(f0_hz_target))
    return {
        "harm_amp_loss": amp_weight * np.mean(np.abs(harm_amp - harm_amp_target)),
        "harm_dist_loss": dist_weight * np.mean(np.abs(harm_dist - harm_dist_target) * heard),
        "f0_hz_loss": f0_weight * np.mean(semitones * heard),
    }


def wasserstein_distance(u_values, v_values, u_weights=None, v_weights=None, p=1.0):
    """Integral of |U - V| ** p from point to point. The original does not normalize the weights."""
    u_weights = np.ones_like(u_values) if u_weights is None else u_weights + 0.0 * u_values
    v_weights = np.ones_like(v_values) if v_weights is None else v_weights + 0.0 * v_values
    distances = np.zeros(u_values.shape[:-1])
    for index in np.ndindex(distances.shape):
        u, v, u_w, v_w = (x[index] for x in (u_values, v_values, u_weights, v_weights))
        if np.sum(u_w) < 1e-7 or np.sum(v_w) < 1e-7:  # silence has no position
            continue
        points = np.sort(np.concatenate([u, v]))
        integral = 0.0
        for left, right in pairwise(points):
            u_below, v_below = np.sum(u_w[u <= left]) / np.sum(u_w), np.sum(v_w[v <= left]) / np.sum(v_w)
            integral += (right - left) * abs(u_below - v_below) ** p
        distances[index] = integral ** (1.0 / p)
    return distances


def wasserstein_consistency_loss(amps_a, freqs_a, amps_b, freqs_b, weight=1.0, midi=True):
    if midi:
        freqs_a, freqs_b = hz_to_midi(freqs_a), hz_to_midi(freqs_b)
    return weight * np.mean(wasserstein_distance(freqs_a, freqs_b, amps_a, amps_b))


def gaussian_nll(amps, freqs, amps_target, freqs_target, scale_target):
    """Negative logarithm of a sum of Gaussians at each sinusoid, weighted by amplitude, frame by frame."""
    heights = np.maximum(amps_target, 1e-7)
    heights = heights / np.sum(heights, axis=-1, keepdims=True)
    shares = amps / np.maximum(np.sum(amps, axis=-1, keepdims=True), 1e-7)
    nll = np.zeros(amps.shape[:-1])
    for index in np.ndindex(nll.shape):
        centers = hz_to_midi(freqs_target[index])
        for share, point in zip(shares[index], hz_to_midi(freqs[index]), strict=True):
            log_gaussians = -0.5 * ((point - centers) / scale_target) ** 2 - np.log(scale_target * np.sqrt(2.0 * np.pi))
            nll[index] -= share * np.logaddexp.reduce(np.log(heights[index]) + log_gaussians)
    return nll / amps.shape[-1]


def kde_consistency_loss(
    amps_a, freqs_a, amps_b, freqs_b, weight_a=1.0, weight_b=1.0, weight_mean_amp=1.0, scale_a=0.1, scale_b=0.1
):
    a_given_b = np.mean(gaussian_nll(amps_a, freqs_a, amps_b, freqs_b, scale_b))
    b_given_a = np.mean(gaussian_nll(amps_b, freqs_b, amps_a, freqs_a, scale_a))
    mean_amp = np.mean(np.abs(np.mean(amps_a, axis=-1) - np.mean(amps_b, axis=-1)))
    return weight_a * a_given_b + weight_b * b_given_a + weight_mean_amp * mean_amp


def embedding_loss(target_audio, audio, pretrained_model, weight=1.0, loss_type="L1"):
    return weight * mean_difference(pretrained_model(target_audio), pretrained_model(audio), loss_type)


#: Layers in network order with their factors, which are from the original except for 'conv1' to 'conv6'.
CREPE_SCALES = {
    "conv1-BN": 1.3, "conv1-maxpool": 1.0, "conv2-BN": 1.4, "conv2-maxpool": 1.1, "conv3-BN": 1.9,
    "conv3-maxpool": 1.6, "conv4-BN": 1.5, "conv4-maxpool": 1.4, "conv5-BN": 1.9, "conv5-maxpool": 1.7,
    "conv6-BN": 30.0, "conv6-maxpool": 25.0, "classifier": 130.0,
    "conv1": 0.12, "conv2": 0.023, "conv3": 0.066, "conv4": 0.096, "conv5": 0.14, "conv6": 0.19,
}  # fmt: skip


def crepe_embedding_loss(target_audio, audio, weight=1.0, loss_type="L1", activation_layer="classifier"):
    """Frames of 1024 samples around the multiples of 1024, through the tiny network."""

    def embedding(x):
        padded = np.pad(x, ((0, 0), (512, 512)))
        frames = [padded[:, k : k + 1024] for k in range(0, x.shape[1] + 1, 1024)]
        return np.stack([plain_layers(frame)[activation_layer] for frame in frames], axis=1)

    difference = mean_difference(embedding(target_audio), embedding(audio), loss_type)
    return 20.0 * CREPE_SCALES[activation_layer] * weight * difference


def _settings(oracle):
    return lambda init, **inputs: oracle(**inputs, **init)


OPS = (amp_loss, freq_loss, wasserstein_distance)
METHODS = {
    f"losses.{name}.__call__": _settings(oracle)
    for name, oracle in {
        "ParamLoss": param_loss,
        "FilteredNoiseConsistencyLoss": lambda noise_magnitudes, noise_magnitudes_target, weight=1.0: (
            weight * np.mean(np.abs(noise_magnitudes - noise_magnitudes_target))
        ),
        "HarmonicConsistencyLoss": harmonic_consistency_loss,
        "WassersteinConsistencyLoss": wasserstein_consistency_loss,
        "KDEConsistencyLoss": kde_consistency_loss,
        "EmbeddingLoss": embedding_loss,
        "PretrainedCREPEEmbeddingLoss": crepe_embedding_loss,
    }.items()
}
METHODS["losses.KDEConsistencyLoss.nll"] = lambda init, **inputs: gaussian_nll(**inputs)
