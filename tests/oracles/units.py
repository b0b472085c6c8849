"""Arithmetic, units and scaling."""

import numpy as np


def diff(x, axis=-1):
    return np.diff(x, axis=axis)


def nan_to_num(x, value=0.0):
    return np.where(np.isnan(x), value, x)


def safe_divide(numerator, denominator, eps=1e-7):
    """Differs from the original for 0 < |denominator| < eps: the original divides by the denominator."""
    least = np.where(denominator < 0.0, -eps, eps)
    return numerator / np.where(np.abs(denominator) < eps, least, denominator)


def safe_log(x, eps=1e-5):
    """Differs from the original for 0 < x < eps: the original is not monotonic."""
    return np.log(np.maximum(x, eps))


def logb(x, base=2.0, eps=1e-5):
    return np.log(np.maximum(x, eps)) / np.log(base)


def log10(x, eps=1e-5):
    return np.log10(np.maximum(x, eps))


def log_scale(x, min_x, max_x):
    """Map [-1, 1] to [min_x, max_x] on a logarithmic scale."""
    t = (x + 1.0) / 2.0
    return min_x ** (1.0 - t) * max_x**t


def softplus(x):
    return np.logaddexp(0.0, x)


def soft_limit(x, x_min=0.0, x_max=1.0):
    """Differs from the original, whose result is offset by x_min."""
    return x_min + softplus(x - x_min) - softplus(x - x_max)


def gradient_reversal(x):
    return x


def pad_axis(x, padding=(0, 0), axis=0, constant_values=0.0):
    widths = [(0, 0)] * x.ndim
    widths[axis] = tuple(padding)
    return np.pad(x, widths, constant_values=constant_values)


def power_to_db(power, ref_db=0.0, range_db=80.0):
    return 10.0 * np.log10(np.maximum(power, 10.0 ** ((ref_db - range_db) / 10.0))) - ref_db


def amplitude_to_db(amplitude, ref_db=0.0, range_db=80.0):
    return power_to_db(amplitude**2, ref_db, range_db)


def db_to_power(db):
    return 10.0 ** (db / 10.0)


def db_to_amplitude(db):
    return 10.0 ** (db / 20.0)


def midi_to_hz(notes, midi_zero_silence=False):
    hz = 440.0 * 2.0 ** ((notes - 69.0) / 12.0)
    return np.where(notes == 0.0, 0.0, hz) if midi_zero_silence else hz


def hz_to_midi(frequencies):
    """MIDI note numbers, 0 for frequencies <= 0."""
    frequencies = np.asarray(frequencies, np.float64)
    positive = np.where(frequencies > 0.0, frequencies, 1.0)
    return np.where(frequencies > 0.0, 69.0 + 12.0 * np.log2(positive / 440.0), 0.0)


def unit_to_midi(unit, midi_min=20.0, midi_max=90.0, clip=False):
    unit = np.clip(unit, 0.0, 1.0) if clip else unit
    return midi_min + unit * (midi_max - midi_min)


def midi_to_unit(midi, midi_min=20.0, midi_max=90.0, clip=False):
    unit = (midi - midi_min) / (midi_max - midi_min)
    return np.clip(unit, 0.0, 1.0) if clip else unit


def unit_to_hz(unit, hz_min, hz_max, clip=False):
    """Differs from the original at unit 0 if hz_min is 0: the result is 0 Hz, not MIDI note 0 (8.18 Hz)."""
    hz = midi_to_hz(unit_to_midi(unit, hz_to_midi(hz_min), hz_to_midi(hz_max), clip))
    return np.where(unit <= 0.0, 0.0, hz) if hz_min == 0.0 else hz


def hz_to_unit(hz, hz_min, hz_max, clip=False):
    return midi_to_unit(hz_to_midi(hz), hz_to_midi(hz_min), hz_to_midi(hz_max), clip)


def hz_to_bark(hz):
    """Traunmueller's formula in a form without division by zero at 0 Hz."""
    return 26.81 * hz / (hz + 1960.0) - 0.53


def bark_to_hz(bark):
    return 1960.0 * (bark + 0.53) / (26.28 - bark)


def hz_to_mel(hz):
    return 2595.0 * np.log10(1.0 + hz / 700.0)


def mel_to_hz(mel):
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


def hz_to_erb(hz):
    return 0.108 * hz + 24.7


def erb_to_hz(erb):
    return (erb - 24.7) / 0.108


def sigmoid(x):
    return np.exp(-np.logaddexp(0.0, -x))


def exp_sigmoid(x, exponent=10.0, max_value=2.0, threshold=1e-7):
    return max_value * sigmoid(x) ** np.log(exponent) + threshold


def sym_exp_sigmoid(x, width=8.0):
    return exp_sigmoid(width * (np.abs(x) / 2.0 - 1.0))


def _with_depth(freqs, depth):
    """Reshape [batch, time, sinusoids * depth] to [batch, time, sinusoids, depth]; keep four axes."""
    return freqs.reshape(*freqs.shape[:2], freqs.shape[2] // depth, depth) if freqs.ndim == 3 else freqs


def frequencies_softmax(freqs, depth=1, hz_min=20.0, hz_max=8000.0):
    logits = _with_depth(freqs, depth)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    unit = (weights * np.linspace(0.0, 1.0, logits.shape[-1])).sum(-1)
    return unit_to_hz(unit, hz_min, hz_max)


def frequencies_sigmoid(freqs, depth=1, hz_min=0.0, hz_max=8000.0):
    """Mean of sigmoids on the pitch scale, each with a tenth of the weight of the previous one."""
    probs = sigmoid(_with_depth(freqs, depth))
    shares = [0.1**i for i in range(probs.shape[-1])]
    unit = sum(share * probs[..., i] for i, share in enumerate(shares)) / sum(shares)
    return unit_to_hz(unit, hz_min, hz_max)


def frequencies_critical_bands(
    freqs, depth=1, depth_scale=10.0, bandwidth_scale=1.0, hz_min=20.0, hz_max=8000.0, scale="bark"
):
    """Centers evenly spaced on the scale plus a sum of tanh of decreasing size. Differs as `soft_limit` does."""
    moves = np.tanh(_with_depth(freqs, depth))
    n_sinusoids, depth = moves.shape[-2:]
    to_scale, to_hz = {"bark": (hz_to_bark, bark_to_hz), "mel": (hz_to_mel, mel_to_hz)}[scale]
    frequencies = np.zeros(moves.shape[:-1])
    for k in range(n_sinusoids):
        share = k / (n_sinusoids - 1) if n_sinusoids > 1 else 0.5
        centre = to_hz(to_scale(hz_min) + share * (to_scale(hz_max) - to_scale(hz_min)))
        move = sum(moves[..., k, d] / depth_scale**d for d in range(depth))
        frequencies[..., k] = centre + bandwidth_scale * hz_to_erb(centre) * move
    return soft_limit(frequencies, hz_min, hz_max)


OPS = (
    diff, nan_to_num, safe_divide, safe_log, logb, log10, log_scale, softplus, sigmoid, soft_limit, gradient_reversal,
    pad_axis,
    power_to_db, amplitude_to_db, db_to_power, db_to_amplitude, midi_to_hz, hz_to_midi, unit_to_midi, midi_to_unit,
    unit_to_hz, hz_to_unit, hz_to_bark, bark_to_hz, hz_to_mel, mel_to_hz, hz_to_erb, erb_to_hz, exp_sigmoid,
    sym_exp_sigmoid, frequencies_softmax, frequencies_sigmoid, frequencies_critical_bands,
)  # fmt: skip
