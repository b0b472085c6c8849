"""Differences of arrays."""

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, Draw, drawn
from tests.oracles import oracle

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.spectral_convergence")
def spectral_convergence(target, value, weights=None):
    """Relative error in the Frobenius norm, averaged over the batch. Quiet targets count as 1e-3 per bin."""
    weights = 1.0 if weights is None else weights
    errors = (target - value) * weights
    ratios = []
    for t, error in zip(target, errors, strict=True):
        ratios.append(np.linalg.norm(error) / max(np.linalg.norm(t), 1e-3 * np.sqrt(t.size)))
    return np.mean(ratios)


@oracle("losses.mean_difference")
def mean_difference(target, value, loss_type="L1", weights=None):
    weights = 1.0 if weights is None else weights
    if loss_type.upper() == "COSINE":  # the original crashes here
        lengths = np.linalg.norm(target, axis=-1, keepdims=True) * np.linalg.norm(value, axis=-1, keepdims=True)
        return np.mean((1.0 - np.sum(target * value, axis=-1, keepdims=True) / lengths) * weights)
    difference = target - value
    if loss_type.upper() == "L1":
        return np.mean(np.abs(difference * weights))
    return np.mean(difference**2 * weights)


# Cases --------------------------------------------------------------------------------------------------------------

MAGNITUDES = {"target": abs(normal("magnitudes", 2, 9, 4)), "value": abs(normal("other magnitudes", 2, 9, 4))}
PAIR = {"target": normal("pair target", 2, 9, 4), "value": normal("pair value", 2, 9, 4)}
WEIGHTS = uniform("weights", 0.1, 2.0, 2, 9, 1)

CASES = [
    *(Case(f"mean_difference {t}", "losses.mean_difference", PAIR, {"loss_type": t}) for t in ("L1", "L2", "COSINE")),
    *(
        Case(f"mean_difference {t} weights", "losses.mean_difference", {**PAIR, "weights": WEIGHTS}, {"loss_type": t})
        for t in ("L1", "L2", "cosine")
    ),
    Case("spectral_convergence", "losses.spectral_convergence", MAGNITUDES),
    Case("spectral_convergence weights", "losses.spectral_convergence", {**MAGNITUDES, "weights": WEIGHTS}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def pair(d: Draw, first: str, second: str, low: float, high: float) -> dict[str, np.ndarray]:
    shape = (d.batch + 1, d.frames, d.channels)
    return {first: d.uniform(low, high, *shape), second: d.uniform(low, high, *shape)}


@drawn("losses.spectral_convergence")
def _(d):
    return Call(pair(d, "target", "value", 0.1, 1), rtol32=1e-4)


@drawn("losses.mean_difference")
def _(d):
    shape = (d.batch + 1, d.frames, d.channels)
    kwargs = {"loss_type": d.choose("L1", "L2", "COSINE")}
    if kwargs["loss_type"] == "COSINE":
        shape = (d.batch + 1, d.frames, 7)  # a cosine of 1 would leave only rounding errors
    return Call({"target": d.uniform(0.5, 2, *shape), "value": d.normal(*shape)}, kwargs, rtol32=1e-4)
