"""Cases of synths, small processors and graphs."""

from __future__ import annotations

import numpy as np

from .cases import Case, normal, uniform
from .cases_core import AMPLITUDES, DISTRIBUTION, F0, RATE
from .cases_filters import MAGNITUDES
from .cases_spectral import AUDIO, TARGET
from .oracles.effects import METHODS as EFFECTS
from .oracles.processors import METHODS

HARMONIC = {"n_samples": 155, "sample_rate": RATE}
NETWORK = {
    "amplitudes": normal("network amplitudes", 2, 7, 1),
    "harmonic_distribution": normal("network distribution", 2, 7, 6),
    "f0_hz": F0,
}
SCALED = {"amplitudes": AMPLITUDES, "harmonic_distribution": DISTRIBUTION, "f0_hz": F0}
NOISE = uniform("noise", -1.0, 1.0, 2, 155)
SINES = {"amplitudes": normal("sines", 2, 7, 6), "frequencies": normal("sine frequencies", 2, 7, 6)}
PAIR = {"signal_one": AUDIO, "signal_two": TARGET}


def _chain():
    """Sum of harmonics and noise with a reverb: a graph of four processors, called with keywords."""
    from ddsp import effects, processors, synths

    group = processors.ProcessorGroup(
        dag=[
            (synths.Harmonic(**HARMONIC), ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (synths.FilteredNoise(n_samples=155, initial_bias=-1.0), ["magnitudes"]),
            (processors.Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (effects.Reverb(), ["add/signal", "ir"]),
        ]
    )
    return lambda noise, **inputs: group(inputs, noise={"filtered_noise": noise})


def _chain_oracle(noise, magnitudes, ir, **network):
    tone = METHODS["synths.Harmonic.__call__"](HARMONIC, **network)
    hiss = METHODS["synths.FilteredNoise.__call__"]({"initial_bias": -1.0}, magnitudes, noise)
    return EFFECTS["effects.Reverb.__call__"]({}, tone + hiss, ir)


CHAIN = {**NETWORK, "magnitudes": MAGNITUDES, "noise": NOISE, "ir": normal("chain", 2, 31)}

CASES = [
    Case(
        "ProcessorGroup",
        "processors.ProcessorGroup.__call__",
        CHAIN,
        rtol32=1e-5,
        oracle=_chain_oracle,
        make=_chain,
    ),
    Case("Harmonic", "synths.Harmonic.__call__", NETWORK, init=HARMONIC, rtol32=1e-5),
    Case(
        "Harmonic controls",
        "synths.Harmonic.get_controls",
        NETWORK,
        init=HARMONIC,
        wrt=("amplitudes", "harmonic_distribution"),
    ),
    Case(
        "Harmonic signal",
        "synths.Harmonic.get_signal",
        SCALED,
        init={**HARMONIC, "amp_resample_method": "linear"},
        rtol32=8e-6,
    ),
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
    Case("Sinusoidal", "synths.Sinusoidal.__call__", SINES, init=HARMONIC, rtol32=8e-5),
    Case(
        "Sinusoidal controls",
        "synths.Sinusoidal.get_controls",
        SINES,
        init={**HARMONIC, "sample_rate": 6000},
        rtol32=3e-6,
    ),
    Case(
        "Sinusoidal signal",
        "synths.Sinusoidal.get_signal",
        {"amplitudes": DISTRIBUTION, "frequencies": F0 * (0.9 + DISTRIBUTION)},
        init={**HARMONIC, "amp_resample_method": "linear"},
        rtol32=1.6e-5,
    ),
    Case(
        "Sinusoidal one frame, one sample",
        "synths.Sinusoidal.get_signal",
        {"amplitudes": DISTRIBUTION[:1, :1], "frequencies": 100.0 + 0.0 * DISTRIBUTION[:1, :1]},
        init={"n_samples": 1},
    ),
    Case("TensorToAudio", "synths.TensorToAudio.__call__", {"samples": AUDIO[:, :, None]}),
    Case("Add", "processors.Add.__call__", {"signal_one": AUDIO, "signal_two": TARGET}),
    Case("Mix", "processors.Mix.__call__", {**PAIR, "nn_out_mix_level": normal("mix", 2, 7, 1)}),
    Case(
        "Mix channels",
        "processors.Mix.__call__",
        {
            "signal_one": AUDIO[:, :, None] * np.ones(2),
            "signal_two": TARGET[:, :, None],
            "nn_out_mix_level": normal("mix", 2, 1, 1),
        },
    ),
    Case("Mix signal", "processors.Mix.get_signal", {**PAIR, "mix_level": uniform("level", 0.0, 1.0, 2, 555, 1)}),
    *(
        Case(
            f"Crop {where} {n}",
            "processors.Crop.__call__",
            {"audio": AUDIO},
            init={"frame_size": n, "crop_location": where},
        )
        for where in ("back", "center", "front")
        for n in (1, 8, 33)
    ),
]
