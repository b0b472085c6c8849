"""Layers without memory, one frame at a time."""

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, drawn, drawn_elementwise
from tests.oracles import oracle

from ..inputs import X

# Oracles ------------------------------------------------------------------------------------------------------------


def each_frame(f, x):
    """Results of a function of the last axis."""
    found = [f(row) for row in x.reshape(-1, x.shape[-1])]
    return np.reshape(found, (*x.shape[:-1], -1))


@oracle("nn.dense")
def dense(x, weight, bias):
    return each_frame(lambda row: weight.T @ row + bias, x)


@oracle("nn.layer_norm")
def layer_norm(x, scale, offset, eps=1e-5):
    return each_frame(lambda row: scale * (row - np.mean(row)) / np.sqrt(np.var(row) + eps) + offset, x)


@oracle("nn.leaky_relu")
def leaky_relu(x, slope=0.2):
    return np.maximum(x, slope * x)


# Cases --------------------------------------------------------------------------------------------------------------

FRAMES = normal("frames of channels", 2, 3, 4)

CASES = [
    Case("dense", "nn.dense", {"x": FRAMES, "weight": normal("weight", 4, 3), "bias": normal("bias", 3)}),
    Case(
        "layer_norm",
        "nn.layer_norm",
        {"x": FRAMES, "scale": uniform("scale", 0.5, 2.0, 4), "offset": normal("offset", 4)},
    ),
    Case("leaky_relu", "nn.leaky_relu", {"x": X}, {"slope": 0.1}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("nn.dense")
def _(d):
    outputs = d.integer(1, 5)
    x = d.normal(*d.choose((), (d.batch,), (d.batch, d.frames)), d.channels)
    return Call({"x": x, "weight": d.normal(d.channels, outputs), "bias": d.normal(outputs)})


@drawn("nn.layer_norm")
def _(d):
    x = d.normal(*d.choose((), (d.batch,), (d.batch, d.frames)), d.channels)
    return Call({"x": x, "scale": d.normal(d.channels), "offset": d.normal(d.channels)}, {"eps": d.choose(1e-5, 1e-2)})


drawn_elementwise("x", -5.0, 5.0, "nn.leaky_relu")
