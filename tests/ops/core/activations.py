"""Smooth maps of numbers: softplus, sigmoid, a soft limit."""

import numpy as np

from tests.cases import Case
from tests.draws import drawn_elementwise
from tests.oracles import oracle

from ..inputs import X

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.softplus")
def softplus(x):
    return np.logaddexp(0.0, x)


@oracle("core.sigmoid")
def sigmoid(x):
    return np.exp(-np.logaddexp(0.0, -x))


@oracle("core.soft_limit")
def soft_limit(x, x_min=0.0, x_max=1.0):
    """Differs from the original, whose result is offset by x_min."""
    return x_min + softplus(x - x_min) - softplus(x - x_max)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("softplus", "core.softplus", {"x": X}),
    Case("sigmoid", "core.sigmoid", {"x": X}),
    Case("soft_limit", "core.soft_limit", {"x": X}, {"x_min": -3.0, "x_max": 2.0}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

drawn_elementwise("x", -5.0, 5.0, "core.softplus", "core.sigmoid", "core.soft_limit")
