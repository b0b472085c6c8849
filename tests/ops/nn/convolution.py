"""Causal convolution as a sum over taps, one frame at a time."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("nn.causal_convolution")
def causal_convolution(x, weight, bias, state=None, dilation=1):
    """The frames before those of the state are zeros."""
    kernel_size, past = len(weight), (len(weight) - 1) * dilation
    state = np.zeros((len(x), past, x.shape[2])) if state is None else state
    known = np.concatenate([state, x], axis=1)
    y = np.zeros((*x.shape[:2], len(bias)))
    for item in range(len(x)):
        for t in range(x.shape[1]):
            y[item, t] = bias
            for k in range(kernel_size):
                y[item, t] += known[item, past + t - (kernel_size - 1 - k) * dilation] @ weight[k]
    return y, known[:, known.shape[1] - past :]


# Cases --------------------------------------------------------------------------------------------------------------

LAYER = {"x": normal("x", 2, 4, 3), "weight": normal("weight", 3, 3, 2), "bias": normal("bias", 2)}

CASES = [
    Case("causal_convolution", "nn.causal_convolution", LAYER | {"state": normal("past", 2, 4, 3)}, {"dilation": 2}),
    Case("causal_convolution from silence", "nn.causal_convolution", LAYER, {"dilation": 3}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("nn.causal_convolution")
def _(d):
    kernel_size, dilation, outputs = d.integer(1, 4), d.integer(1, 3), d.integer(1, 5)
    inputs = {"x": d.normal(d.batch, d.frames, d.channels), "weight": d.normal(kernel_size, d.channels, outputs)}
    inputs |= {"bias": d.normal(outputs)}
    if d.choose(True, False):
        inputs |= {"state": d.normal(d.batch, (kernel_size - 1) * dilation, d.channels)}
    return Call(inputs, {"dilation": dilation})
