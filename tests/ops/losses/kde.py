"""Likelihood of sets of sinusoids, Gaussian by Gaussian."""

import numpy as np

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.units import hz_to_midi
from ..formulas import log_normal
from .wasserstein import SINUSOID_SETS, sinusoid_sets

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.KDEConsistencyLoss.nll")
def gaussian_nll(amps, freqs, amps_target, freqs_target, scale_target):
    """Negative logarithm of a sum of Gaussians at each sinusoid, weighted by amplitude, frame by frame."""
    heights = np.maximum(amps_target, 1e-7)
    heights = heights / np.sum(heights, axis=-1, keepdims=True)
    shares = amps / np.maximum(np.sum(amps, axis=-1, keepdims=True), 1e-7)
    nll = np.zeros(amps.shape[:-1])
    for index in np.ndindex(nll.shape):
        centers = hz_to_midi(freqs_target[index])
        for share, point in zip(shares[index], hz_to_midi(freqs[index]), strict=True):
            log_gaussians = log_normal(point, centers, scale_target)
            nll[index] -= share * np.logaddexp.reduce(np.log(heights[index]) + log_gaussians)
    return nll / amps.shape[-1]


@oracle("losses.KDEConsistencyLoss.__call__")
def kde_consistency_loss(
    amps_a, freqs_a, amps_b, freqs_b, weight_a=1.0, weight_b=1.0, weight_mean_amp=1.0, scale_a=0.1, scale_b=0.1
):
    a_given_b = np.mean(gaussian_nll(amps_a, freqs_a, amps_b, freqs_b, scale_b))
    b_given_a = np.mean(gaussian_nll(amps_b, freqs_b, amps_a, freqs_a, scale_a))
    mean_amp = np.mean(np.abs(np.mean(amps_a, axis=-1) - np.mean(amps_b, axis=-1)))
    return weight_a * a_given_b + weight_b * b_given_a + weight_mean_amp * mean_amp


# Cases --------------------------------------------------------------------------------------------------------------

NLL_NAMES = {"amps": "amps_a", "freqs": "freqs_a", "amps_target": "amps_b", "freqs_target": "freqs_b"}
#: The first set, given the second one.
A_GIVEN_B = {name: SINUSOID_SETS[key] for name, key in NLL_NAMES.items()}

CASES = [
    Case(
        "KDEConsistencyLoss", "losses.KDEConsistencyLoss.__call__", SINUSOID_SETS, init={"scale_a": 2.0, "scale_b": 1.0}
    ),
    Case(
        "KDEConsistencyLoss narrow", "losses.KDEConsistencyLoss.__call__", SINUSOID_SETS, init={"weight_mean_amp": 9.0}
    ),
    Case(
        "KDEConsistencyLoss a",
        "losses.KDEConsistencyLoss.__call__",
        SINUSOID_SETS,
        init={"weight_a": 2.0, "weight_b": 0.0, "weight_mean_amp": 0.0},
    ),
    Case("KDEConsistencyLoss.nll", "losses.KDEConsistencyLoss.nll", A_GIVEN_B, {"scale_target": 0.5}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("losses.KDEConsistencyLoss.__call__")
def _(d):
    return Call(sinusoid_sets(d), rtol32=1e-3)
