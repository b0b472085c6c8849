"""Arithmetic."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn, drawn_elementwise
from tests.oracles import oracle

from ..inputs import POSITIVE, X

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.diff")
def diff(x, axis=-1):
    return np.diff(x, axis=axis)


@oracle("core.nan_to_num")
def nan_to_num(x, value=0.0):
    return np.where(np.isnan(x), value, x)


@oracle("core.safe_divide")
def safe_divide(numerator, denominator, eps=1e-7):
    """Differs from the original for 0 < |denominator| < eps: the original divides by the denominator."""
    least = np.where(denominator < 0.0, -eps, eps)
    return numerator / np.where(np.abs(denominator) < eps, least, denominator)


@oracle("core.safe_log")
def safe_log(x, eps=1e-5):
    """Differs from the original for 0 < x < eps: the original is not monotonic."""
    return np.log(np.maximum(x, eps))


@oracle("core.logb")
def logb(x, base=2.0, eps=1e-5):
    return np.log(np.maximum(x, eps)) / np.log(base)


@oracle("core.log10")
def log10(x, eps=1e-5):
    return np.log10(np.maximum(x, eps))


@oracle("core.log_scale")
def log_scale(x, min_x, max_x):
    """Map [-1, 1] to [min_x, max_x] on a logarithmic scale."""
    t = (x + 1.0) / 2.0
    return min_x ** (1.0 - t) * max_x**t


@oracle("core.gradient_reversal")
def gradient_reversal(x):
    return x


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("diff", "core.diff", {"x": X}),
    Case("diff axis 0", "core.diff", {"x": X}, {"axis": 0}),
    Case("nan_to_num", "core.nan_to_num", {"x": X}),
    Case("nan_to_num of NaN", "core.nan_to_num", {"x": np.where(X > 4.0, np.nan, X)}, {"value": -2.5}, wrt=()),
    Case(
        "safe_divide", "core.safe_divide", {"numerator": X, "denominator": np.where(abs(X) < 0.1, 0.5, X[::-1] + 9.0)}
    ),
    Case("safe_divide zeros", "core.safe_divide", {"numerator": X, "denominator": 0.0 * X}, wrt=("numerator",)),
    Case("safe_log", "core.safe_log", {"x": POSITIVE}),
    Case("safe_log floor", "core.safe_log", {"x": np.asarray([-1.0, 0.0, 1e-30, 1e-3, 5.0])}, {"eps": 1e-2}),
    Case("logb", "core.logb", {"x": POSITIVE}, {"base": 3.0}),
    Case("log10", "core.log10", {"x": POSITIVE}),
    Case(
        "log_scale",
        "core.log_scale",
        {"x": uniform("log_scale", -1.0, 1.0, 3, 7)},
        {"min_x": 20.0, "max_x": 8000.0},
        rtol32=3e-6,
    ),
    Case("gradient_reversal", "core.gradient_reversal", {"x": X}, gradient_sign=-1.0),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

drawn_elementwise("x", -5.0, 5.0, "core.gradient_reversal", "core.nan_to_num")
drawn_elementwise("x", 1e-3, 5.0, "core.safe_log", "core.logb", "core.log10")


@drawn("core.log_scale")
def _(d):
    return Call({"x": d.uniform(-1, 1, d.batch, d.frames)}, {"min_x": d.choose(1.0, 20.0), "max_x": 8e3})


@drawn("core.safe_divide")
def _(d):
    shape = (d.batch, d.frames, d.channels)
    return Call({"numerator": d.normal(*shape), "denominator": d.uniform(0.5, 2, *shape) * d.choose(-1.0, 1.0)})


@drawn("core.diff")
def _(d):
    return Call({"x": d.normal(d.batch, d.frames + 1, d.channels + 1)}, {"axis": d.choose(-1, -2, 1, 2)})
