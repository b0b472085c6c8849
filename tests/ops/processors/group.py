"""Groups of processors."""

from tests.cases import Case, normal
from tests.oracles import oracle

from ..effects.reverb import reverb_signal
from ..inputs import MAGNITUDES
from ..synths.harmonic import HARMONIC, NETWORK, harmonic_call
from ..synths.noise import NOISE, noise_call

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("processors.ProcessorGroup.__call__")
def chain(noise, magnitudes, ir, **network):
    tone = harmonic_call(HARMONIC, **network)
    hiss = noise_call({"initial_bias": -1.0}, magnitudes, noise)
    return reverb_signal({}, tone + hiss, ir)


# Cases --------------------------------------------------------------------------------------------------------------


def _chain(ddsp):
    """Sum of harmonics and noise with a reverb: a graph of four processors, called with keywords."""
    group = ddsp.processors.ProcessorGroup(
        dag=[
            (ddsp.synths.Harmonic(**HARMONIC), ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (ddsp.synths.FilteredNoise(n_samples=155, initial_bias=-1.0), ["magnitudes"]),
            (ddsp.processors.Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (ddsp.effects.Reverb(), ["add/signal", "ir"]),
        ]
    )
    return lambda noise, **inputs: group(inputs, noise={"filtered_noise": noise})


CHAIN = {**NETWORK, "magnitudes": MAGNITUDES, "noise": NOISE, "ir": normal("chain", 2, 31)}

CASES = [
    Case("ProcessorGroup", "processors.ProcessorGroup.__call__", CHAIN, rtol32=1e-5, make=_chain),
]
