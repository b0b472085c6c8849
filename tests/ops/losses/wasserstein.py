"""Wasserstein distance of sets of sinusoids, from point to point."""

from itertools import pairwise

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, Draw, drawn
from tests.oracles import oracle

from ..core.units import hz_to_midi
from .consistency import ROUNDED_PITCHES

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.wasserstein_distance")
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


@oracle("losses.WassersteinConsistencyLoss.__call__")
def wasserstein_consistency_loss(amps_a, freqs_a, amps_b, freqs_b, weight=1.0, midi=True):
    if midi:
        freqs_a, freqs_b = hz_to_midi(freqs_a), hz_to_midi(freqs_b)
    return weight * np.mean(wasserstein_distance(freqs_a, freqs_b, amps_a, amps_b))


# Cases --------------------------------------------------------------------------------------------------------------

POINTS = {"u_values": uniform("u values", 20.0, 90.0, 2, 3, 5), "v_values": uniform("v values", 20.0, 90.0, 2, 3, 4)}
HEAVY = {
    **POINTS,
    "u_weights": uniform("u weights", 0.1, 1.0, 2, 3, 5),
    "v_weights": uniform("v weights", 0.1, 1.0, 2, 3, 4),
}
SINUSOID_SETS = {
    "amps_a": uniform("amps a", 0.1, 1.0, 2, 5, 4),
    "freqs_a": uniform("freqs a", 100.0, 4000.0, 2, 5, 4),
    "amps_b": uniform("amps b", 0.1, 1.0, 2, 5, 3),
    "freqs_b": uniform("freqs b", 100.0, 4000.0, 2, 5, 3),
}

CASES = [
    Case("wasserstein_distance", "losses.wasserstein_distance", HEAVY),
    Case("wasserstein_distance p2", "losses.wasserstein_distance", HEAVY, {"p": 2.0}),
    Case("wasserstein_distance p1.5", "losses.wasserstein_distance", HEAVY, {"p": 1.5}),
    Case("wasserstein_distance equal weights", "losses.wasserstein_distance", POINTS),
    Case(
        "wasserstein_distance 1d",
        "losses.wasserstein_distance",
        {name: x[0, 0] for name, x in HEAVY.items()},
        {"p": 3.0},
    ),
    Case(
        "wasserstein_distance one weight for all",
        "losses.wasserstein_distance",
        {**HEAVY, "u_weights": uniform("one u weight", 0.1, 1.0, 5)},
    ),
    Case(
        "WassersteinConsistencyLoss", "losses.WassersteinConsistencyLoss.__call__", SINUSOID_SETS, init={"weight": 0.8}
    ),
    Case(
        "WassersteinConsistencyLoss Hz",
        "losses.WassersteinConsistencyLoss.__call__",
        SINUSOID_SETS,
        init={"midi": False},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def sinusoid_sets(d: Draw) -> dict[str, np.ndarray]:
    """Amplitudes and frequencies of two sets of sinusoids."""
    inputs = {}
    for side, n in (("a", d.channels), ("b", d.integer(1, 6))):
        inputs[f"amps_{side}"] = d.uniform(0.1, 1, d.batch + 1, d.frames, n)
        inputs[f"freqs_{side}"] = d.uniform(50, 4000, d.batch + 1, d.frames, n)
    return inputs


@drawn("losses.wasserstein_distance")
def _(d):
    m = d.integer(1, 6)
    inputs = {name: d.normal(d.batch, d.frames, n) for name, n in (("u_values", d.channels), ("v_values", m))}
    if d.choose(True, False):
        for name, n in (("u_weights", d.channels), ("v_weights", m)):
            inputs[name] = d.uniform(0.1, 1, d.batch, d.frames, n)
    return Call(inputs, {"p": d.choose(1.0, 2.0)}, rtol32=1e-4)


@drawn("losses.WassersteinConsistencyLoss.__call__")
def _(d):
    return Call(sinusoid_sets(d), init={"midi": d.choose(True, False)}, rtol32=1e-4, atol32=ROUNDED_PITCHES)
