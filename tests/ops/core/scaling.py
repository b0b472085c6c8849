"""Scaling of network outputs."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn, drawn_elementwise
from tests.oracles import oracle

from ..inputs import X
from .activations import sigmoid, soft_limit
from .hearing import bark_to_hz, hz_to_bark, hz_to_erb, hz_to_mel, mel_to_hz
from .units import unit_to_hz

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.exp_sigmoid")
def exp_sigmoid(x, exponent=10.0, max_value=2.0, threshold=1e-7):
    return max_value * sigmoid(x) ** np.log(exponent) + threshold


@oracle("core.sym_exp_sigmoid")
def sym_exp_sigmoid(x, width=8.0):
    return exp_sigmoid(width * (np.abs(x) / 2.0 - 1.0))


def _with_depth(freqs, depth):
    """Reshape [batch, time, sinusoids * depth] to [batch, time, sinusoids, depth]; keep four axes."""
    return freqs.reshape(*freqs.shape[:2], freqs.shape[2] // depth, depth) if freqs.ndim == 3 else freqs


@oracle("core.frequencies_softmax")
def frequencies_softmax(freqs, depth=1, hz_min=20.0, hz_max=8000.0):
    logits = _with_depth(freqs, depth)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    unit = (weights * np.linspace(0.0, 1.0, logits.shape[-1])).sum(-1)
    return unit_to_hz(unit, hz_min, hz_max)


@oracle("core.frequencies_sigmoid")
def frequencies_sigmoid(freqs, depth=1, hz_min=0.0, hz_max=8000.0):
    """Mean of sigmoids on the pitch scale, each with a tenth of the weight of the previous one."""
    probs = sigmoid(_with_depth(freqs, depth))
    shares = [0.1**i for i in range(probs.shape[-1])]
    unit = sum(share * probs[..., i] for i, share in enumerate(shares)) / sum(shares)
    return unit_to_hz(unit, hz_min, hz_max)


@oracle("core.frequencies_critical_bands")
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
        center = to_hz(to_scale(hz_min) + share * (to_scale(hz_max) - to_scale(hz_min)))
        move = sum(moves[..., k, d] / depth_scale**d for d in range(depth))
        frequencies[..., k] = center + bandwidth_scale * hz_to_erb(center) * move
    return soft_limit(frequencies, hz_min, hz_max)


# Cases --------------------------------------------------------------------------------------------------------------


def _bands(label, *shape, **kwargs):
    freqs = normal("bands", *shape)
    return Case(f"critical_bands {label}", "core.frequencies_critical_bands", {"freqs": freqs}, kwargs)


CASES = [
    Case("exp_sigmoid", "core.exp_sigmoid", {"x": X}),
    Case("sym_exp_sigmoid", "core.sym_exp_sigmoid", {"x": X}),
    Case("frequencies_softmax", "core.frequencies_softmax", {"freqs": normal("freqs", 2, 5, 12)}, {"depth": 4}),
    Case("frequencies_softmax 4d", "core.frequencies_softmax", {"freqs": normal("freqs", 2, 5, 3, 4)}),
    Case(
        "frequencies_sigmoid",
        "core.frequencies_sigmoid",
        {"freqs": normal("freqs", 2, 5, 12)},
        {"depth": 4},
        rtol32=3e-6,
    ),
    Case(
        "frequencies_sigmoid 4d",
        "core.frequencies_sigmoid",
        {"freqs": normal("freqs", 2, 5, 3, 4)},
        {"hz_min": 40.0},
        rtol32=3e-6,
    ),
    _bands("depth", 2, 5, 12, depth=4),
    _bands("4d", 2, 5, 3, 4, depth_scale=3.0, bandwidth_scale=2.0, hz_min=40.0),
    _bands("mel", 2, 5, 7, scale="mel", hz_max=7000.0),
    _bands("one sinusoid, one frame", 1, 1, 1),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

drawn_elementwise("x", -5.0, 5.0, "core.exp_sigmoid")
drawn_elementwise("x", -5.0, 5.0, "core.sym_exp_sigmoid")


@drawn("core.frequencies_softmax", "core.frequencies_sigmoid")
def _(d):
    depth = d.integer(1, 5)
    shape = d.choose((d.batch, d.frames, d.channels * depth), (d.batch, d.frames, d.channels, depth))
    return Call({"freqs": d.normal(*shape)}, {"depth": depth, "hz_max": d.choose(4000.0, 8000.0)})


@drawn("core.frequencies_critical_bands")
def _(d):
    depth = d.integer(1, 5)
    shape = d.choose((d.batch, d.frames, d.channels * depth), (d.batch, d.frames, d.channels, depth))
    return Call({"freqs": d.normal(*shape)}, {"depth": depth, "scale": d.choose("bark", "mel")}, rtol32=1e-4)
