"""Gated recurrent unit, frame after frame."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.activations import sigmoid

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("nn.gru")
def gru(x, weight, recurrent_weight, bias, recurrent_bias, state=None):
    """The three gates with matrices of their own, one recording after another."""
    w_r, w_z, w_n = np.split(weight, 3, axis=1)
    u_r, u_z, u_n = np.split(recurrent_weight, 3, axis=1)
    b_r, b_z, b_n = np.split(bias, 3)
    c_r, c_z, c_n = np.split(recurrent_bias, 3)
    y = np.zeros((*x.shape[:2], len(recurrent_weight)))
    last = np.zeros((len(x), len(recurrent_weight))) if state is None else np.array(state)
    for item in range(len(x)):
        for t, frame in enumerate(x[item]):
            h = last[item]
            reset = sigmoid(frame @ w_r + b_r + h @ u_r + c_r)
            update = sigmoid(frame @ w_z + b_z + h @ u_z + c_z)
            new = np.tanh(frame @ w_n + b_n + reset * (h @ u_n + c_n))
            y[item, t] = last[item] = (1.0 - update) * new + update * h
    return y, last


# Cases --------------------------------------------------------------------------------------------------------------

LAYER = {
    "x": normal("x", 2, 3, 3),
    "weight": normal("weight", 3, 6),
    "recurrent_weight": normal("recurrent weight", 2, 6),
    "bias": normal("bias", 6),
    "recurrent_bias": normal("recurrent bias", 6),
}

CASES = [Case("gru", "nn.gru", LAYER | {"state": normal("state", 2, 2)})]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("nn.gru")
def _(d):
    units = d.integer(1, 4)
    shapes = {"weight": (d.channels, 3 * units), "recurrent_weight": (units, 3 * units)}
    inputs = {"x": d.normal(d.batch, d.frames, d.channels)} | {name: d.normal(*s) for name, s in shapes.items()}
    inputs |= {"bias": d.normal(3 * units), "recurrent_bias": d.normal(3 * units)}
    if d.choose(True, False):
        inputs |= {"state": d.normal(d.batch, units)}
    return Call(inputs)
