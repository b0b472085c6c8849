"""A step whose inputs have another batch than the state: one clear error, whatever the processor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ddsp import effects, nn, processors, streaming, synths
from ddsp.processors.base import ParamSpec, Processor, SampleProcessor

from .cases import normal

HOP, TIMES = 8, ("attack", "decay", "sustain", "release")
AUDIO, FRAMES = (2 * HOP,), (2, 1)

#: A processor, the inputs of its step by name with their shapes behind the batch, and arguments of `init_state`.
PROCESSORS = [
    (synths.Harmonic(), {"amplitudes": FRAMES, "harmonic_distribution": (2, 3), "f0_hz": FRAMES}, {}),
    (synths.Sinusoidal(), {"amplitudes": (2, 3), "frequencies": (2, 3)}, {}),
    (synths.Wavetable(), {"amplitudes": FRAMES, "wavetables": (2, 8), "f0_hz": FRAMES}, {}),
    (synths.Wavetable(), {"amplitudes": FRAMES, "wavetables": (8,), "f0_hz": FRAMES}, {}),
    (synths.SurrogateSinusoidal(), {"amplitudes": (3,), "real": (3,), "imag": (3,)}, {}),
    (synths.FilteredNoise(), {"magnitudes": (2, 5)}, {"key": 0}),
    (synths.TensorToAudio(), {"samples": (2 * HOP, 1)}, {}),
    (synths.ADSR(), {"gate": FRAMES}, {name: normal(name, 1, 1) for name in TIMES}),
    (effects.Reverb(), {"audio": AUDIO}, {"ir": normal("ir", 1, 20)}),
    (effects.TrainableReverb(reverb_length=20), {"audio": AUDIO}, {}),
    (effects.DecayingReverb(reverb_length=40), {"audio": AUDIO}, {}),
    (
        effects.ExpDecayReverb(reverb_length=20),
        {"audio": AUDIO},
        {"gain": -np.ones((1, 1)), "decay": np.ones((1, 1)), "key": 0},
    ),
    (effects.FilteredNoiseReverb(reverb_length=20), {"audio": AUDIO}, {"magnitudes": normal("m", 1, 2, 5), "key": 0}),
    (effects.ModDelay(), {"audio": AUDIO, "gain": AUDIO, "phase": AUDIO}, {}),
    (effects.FIRFilter(window_size=4), {"audio": AUDIO, "magnitudes": (2, 5)}, {}),
    (effects.FIRFilter(window_size=4), {"audio": AUDIO, "magnitudes": (5,)}, {}),
    (processors.Add(), {"signal_one": AUDIO, "signal_two": AUDIO}, {}),
    (processors.Mix(), {"signal_one": AUDIO, "signal_two": AUDIO, "nn_out_mix_level": FRAMES}, {}),
    (processors.Crop(frame_size=4), {"audio": AUDIO}, {}),
    (nn.RnnFcDecoder(channels=4, rnn_channels=4), {"f0_scaled": FRAMES, "loudness_scaled": FRAMES}, {}),
    (streaming.Loudness(hop_size=HOP, n_fft=16), {"audio": AUDIO}, {}),
]
#: Public processors that are computed step by step.
STREAMED = sorted(
    {
        x
        for module in (synths, effects, processors)
        for x in vars(module).values()
        if isinstance(x, type) and issubclass(x, Processor) and x.init_state is not Processor.init_state
    }
    - {processors.ProcessorGroup},
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize(("processor", "shapes", "settings"), PROCESSORS, ids=lambda x: type(x).__name__)
def test_the_error_names_input_and_batch(processor, shapes, settings):
    state = processor.init_state(3, like=normal("like", 3), hop_size=HOP, **settings)
    inputs = {name: normal(name, 2, *shape) for name, shape in shapes.items()}
    message = f"^{re.escape(next(iter(inputs)))}: got a batch of 2, expected 3 as in the state"
    with pytest.raises(ValueError, match=message):
        processor.step(state, *inputs.values())
    processor.step(state, *(x[:1] for x in inputs.values()))  # a batch of 1 broadcasts


@dataclass(frozen=True)
class Mixer(SampleProcessor):
    """A processor of a user, whose trainable matrix has no batch."""

    name: str = "mixer"

    @property
    def params(self):
        return (ParamSpec("weight", (4, 5), lambda rng, shape: rng.standard_normal(shape)),)

    def get_controls(self, audio, *, weight):
        return {"audio": audio, "weight": weight}

    def get_signal(self, audio, weight):
        return audio @ weight


def test_trainable_values_have_no_batch():
    mixer, weight = Mixer(), normal("weight", 4, 5)
    state = mixer.init_state(3, like=weight, hop_size=HOP)
    signal, _ = mixer.step(state, normal("audio", 3, 16, 4), weight=weight)
    assert signal.shape == (3, 16, 5)
    with pytest.raises(ValueError, match="^audio: got a batch of 2, expected 3 as in the state"):
        mixer.step(state, normal("audio", 2, 16, 4), weight=weight)


@pytest.mark.parametrize("cls", STREAMED, ids=lambda cls: cls.__name__)
def test_steps_are_tested(cls):
    here, name = Path(__file__), cls.__name__
    page = here.parents[1] / "docs" / "streaming.md"
    assert f"`{name}`" in page.read_text(encoding="utf-8"), f"write {name} into the table in docs/streaming.md"
    assert cls in {type(x) for x, *_ in PROCESSORS}, f"write {name} into PROCESSORS in tests/{here.name}"
    others = "".join(path.read_text() for path in here.parent.glob("test_streaming*.py") if path != here)
    missing = (
        f"no tests/test_streaming_*.py compares the steps of {name} with its call: see `stream` in tests/streams.py"
    )
    assert re.search(rf"\b{name}\(", others), missing


def test_groups_name_the_key():
    group = processors.ProcessorGroup(
        dag=[(processors.Add(), ["one", "two"]), (effects.Reverb(), ["add/signal", "ir"])]
    )
    inputs: Mapping = {"one": normal("one", 2, 16), "two": normal("two", 1, 16), "ir": normal("ir", 20)}
    state = group.init_state(3, like=inputs)
    with pytest.raises(ValueError, match="^one: got a batch of 2, expected 3 as in the state"):
        group.step(state, inputs)


@pytest.mark.parametrize(("processor", "shapes", "settings"), PROCESSORS, ids=lambda x: type(x).__name__)
def test_constants_of_another_batch(processor, shapes, settings):
    """`init_state` names what it is given."""
    constants = {name: np.concatenate([x, x]) for name, x in settings.items() if name != "key"}
    if constants:
        with pytest.raises(ValueError, match=rf"^({'|'.join(constants)}|batch sizes differ)\b"):
            processor.init_state(3, like=normal("like", 3), hop_size=HOP, **settings | constants)


@pytest.mark.parametrize(("processor", "shapes", "settings"), PROCESSORS, ids=lambda x: type(x).__name__)
def test_float16(processor, shapes, settings):
    """Signals of steps and of the end have the dtype of the inputs."""
    settings = {name: x if name == "key" else x.astype("float16") for name, x in settings.items()}
    state = processor.init_state(2, like=np.zeros(2, "float16"), hop_size=HOP, **settings)
    signal, state = processor.step(
        state, *(normal(name, 2, *shape).astype("float16") for name, shape in shapes.items())
    )
    rest, _ = processor.flush(state)
    for found in (signal, rest):
        assert {str(x.dtype) for x in (found.values() if isinstance(found, dict) else [found])} == {"float16"}
