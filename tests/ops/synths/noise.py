"""Filtered noise."""

from tests.cases import Case, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.filters import frequency_filter
from ..core.scaling import exp_sigmoid
from ..inputs import MAGNITUDES

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("synths.FilteredNoise.get_controls")
def noise_controls(init, magnitudes):
    biased = magnitudes + init.get("initial_bias", -5.0)
    return {"magnitudes": biased if init.get("scale_fn", "default") is None else exp_sigmoid(biased)}


@oracle("synths.FilteredNoise.get_signal")
def noise_signal(init, magnitudes, noise):
    return frequency_filter(noise, magnitudes, init.get("window_size", 257))


@oracle("synths.FilteredNoise.__call__")
def noise_call(init, magnitudes, noise):
    return noise_signal(init, **noise_controls(init, magnitudes), noise=noise)


# Cases --------------------------------------------------------------------------------------------------------------

NOISE = uniform("noise", -1.0, 1.0, 2, 155)

CASES = [
    Case(
        "FilteredNoise",
        "synths.FilteredNoise.__call__",
        {"magnitudes": 3.0 + MAGNITUDES, "noise": NOISE},
        init={"n_samples": 155},
    ),
    Case(
        "FilteredNoise controls",
        "synths.FilteredNoise.get_controls",
        {"magnitudes": MAGNITUDES},
        init={"initial_bias": -1.0},
    ),
    Case(
        "FilteredNoise signal",
        "synths.FilteredNoise.get_signal",
        {"magnitudes": MAGNITUDES, "noise": NOISE},
        init={"n_samples": 155, "window_size": 9},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("synths.FilteredNoise.__call__")
def _(d):
    inputs = {
        "magnitudes": d.normal(d.batch, d.frames_of_a_filter(), d.integer(2, 20)),
        "noise": d.uniform(-1, 1, d.batch, d.samples),
    }
    return Call(inputs, init={"n_samples": d.samples, "window_size": d.integer(0, 40), "initial_bias": 0.0})
