"""Instrument: decoder, synthesizers and reverb, with the values of decoder and reverb among the inputs of a case."""

from tests.cases import Case, normal, uniform
from tests.oracles import oracle

from ..core.units import hz_to_midi
from ..effects.decaying_reverb import decaying_reverb_controls
from ..effects.reverb import reverb_signal
from ..nn.decoders import dilated_conv_decoder, dilated_values
from ..synths.harmonic import harmonic_controls, harmonic_signal
from ..synths.noise import noise_controls, noise_signal

# Settings -----------------------------------------------------------------------------------------------------------

DECODER = {"channels": 3, "layers_per_stack": 1, "stacks": 1, "kernel_size": 2}
SPLITS = (("amplitudes", 1), ("harmonic_distribution", 5), ("noise_magnitudes", 5))
REVERB = {"reverb_length": 31}
SIZES = {"sample_rate": 4000, "hop_size": 16}
HARMONICS = 4

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("instruments.Instrument.__call__")
def instrument(f0_hz, loudness_db, noise, reverb_gain, reverb_decay, reverb_noise, **values):
    """Harmonics and noise by the decoder, without its highest harmonic, then the reverb."""
    inputs = (hz_to_midi(f0_hz) / 127.0, loudness_db / 80.0 + 1.0)
    outputs = dilated_conv_decoder({"output_splits": SPLITS, **DECODER}, *inputs, **values)
    synth = {"n_samples": noise.shape[1], "sample_rate": SIZES["sample_rate"]}
    distribution = outputs["harmonic_distribution"][:, :, :HARMONICS]
    tone = harmonic_signal(synth, **harmonic_controls(synth, outputs["amplitudes"], distribution, f0_hz))
    hiss = noise_signal({}, **noise_controls({}, outputs["noise_magnitudes"]), noise=noise)
    controls = decaying_reverb_controls(REVERB, tone + hiss, reverb_gain, reverb_decay, reverb_noise)
    return reverb_signal({}, **controls)


# Cases --------------------------------------------------------------------------------------------------------------


def _instrument(ddsp):
    """Called with the values of decoder and reverb side by side."""
    decoder = ddsp.nn.DilatedConvDecoder(SPLITS, **DECODER)
    reverb = ddsp.effects.DecayingReverb(**REVERB)
    played = ddsp.instruments.Instrument(decoder, reverb, **SIZES, max_harmonics=HARMONICS)

    def play(f0_hz, loudness_db, noise, reverb_gain, reverb_decay, reverb_noise, **values):
        reverb = {"gain": reverb_gain, "decay": reverb_decay, "noise": reverb_noise}
        return played(f0_hz, loudness_db, noise=noise, decoder=values, reverb=reverb)

    return play


FEATURES = {
    "f0_hz": uniform("f0", 100.0, 900.0, 2, 5, 1),
    "loudness_db": uniform("loudness", -40.0, -10.0, 2, 5, 1),
    "noise": uniform("breath", -1.0, 1.0, 2, 80),
}
VALUES = {
    "reverb_gain": normal("gain", 1),
    "reverb_decay": normal("decay", 1),
    "reverb_noise": normal("decaying", 31),
    **dilated_values(normal, 2, 11, **DECODER),
}

CASES = [
    Case(
        "Instrument",
        "instruments.Instrument.__call__",
        FEATURES | VALUES,
        rtol32=1e-5,
        compiled=False,
        make=_instrument,
    ),
]
