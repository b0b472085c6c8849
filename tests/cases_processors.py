"""Cases of synths, effects and graphs."""

from __future__ import annotations

from .cases import Case, normal, uniform
from .cases_core import AMPLITUDES, DISTRIBUTION, F0, RATE
from .cases_filters import MAGNITUDES
from .cases_spectral import AUDIO, TARGET
from .oracles.processors import METHODS

HARMONIC = {"n_samples": 155, "sample_rate": RATE}
NETWORK = {
    "amplitudes": normal("network amplitudes", 2, 7, 1),
    "harmonic_distribution": normal("network distribution", 2, 7, 6),
    "f0_hz": F0,
}
SCALED = {"amplitudes": AMPLITUDES, "harmonic_distribution": DISTRIBUTION, "f0_hz": F0}
NOISE = uniform("noise", -1.0, 1.0, 2, 155)
ECHO = {"audio": AUDIO, "ir": normal("echo", 2, 61)}


def _reverb(audio, ir):
    return METHODS["effects.Reverb.__call__"]({}, audio, ir)


def _chain():
    """Harmonics and noise, added, in a room: a graph of four processors, called with keywords."""
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
    return METHODS["effects.Reverb.__call__"]({}, tone + hiss, ir)


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
    Case("Reverb", "effects.Reverb.__call__", ECHO, rtol32=4e-6),
    Case(
        "Reverb wet", "effects.Reverb.get_signal", {**ECHO, "ir": ECHO["ir"][:1]}, init={"add_dry": False}, rtol32=4e-6
    ),
    Case("Reverb controls", "effects.Reverb.get_controls", ECHO),
    Case(
        "TrainableReverb",
        "effects.TrainableReverb.__call__",
        ECHO,
        init={"reverb_length": 61},
        oracle=_reverb,
        rtol32=4e-6,
    ),
    Case("Add", "processors.Add.__call__", {"signal_one": AUDIO, "signal_two": TARGET}),
]
