"""Effects block by block: for any lengths of blocks the signal of one call."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import effects, processors, synths

from .cases import normal
from .streams import cuts_of, stream

#: Tolerances, relative to the peak of the signal.
ATOL = {"float32": 1e-6, "float64": 1e-12}
SAMPLES = 151
AUDIO = normal("audio", 2, SAMPLES)
MODULATION = [normal("gain", 2, SAMPLES, 1), normal("phase", 2, SAMPLES, 1)]
ONE = {"gain": normal("gain", 2, 1), "decay": normal("decay", 2, 1)}

#: An effect, the inputs of its steps, and those of `init_state`.
EFFECTS = {
    "Reverb": (effects.Reverb(), [AUDIO], {"ir": normal("ir", 1, 61)}),
    "Reverb of a batch": (effects.Reverb(add_dry=False), [AUDIO[:1]], {"ir": normal("ir", 2, 61, 1)}),
    "TrainableReverb": (effects.TrainableReverb(reverb_length=40), [AUDIO], {}),
    "DecayingReverb": (effects.DecayingReverb(reverb_length=40), [AUDIO], {}),
    "ExpDecayReverb": (effects.ExpDecayReverb(reverb_length=40), [AUDIO], {**ONE, "key": 3}),
    "FilteredNoiseReverb": (
        effects.FilteredNoiseReverb(reverb_length=40),
        [AUDIO],
        {"magnitudes": normal("magnitudes", 2, 5, 9), "noise": normal("noise", 1, 40)},
    ),
    "ModDelay": (effects.ModDelay(center_ms=2.0, depth_ms=1.7, sample_rate=8000), [AUDIO, *MODULATION], {}),
    "ModDelay of a batch": (effects.ModDelay(center_ms=0.2, depth_ms=0.1), [AUDIO[:1], *MODULATION], {}),
    "FIRFilter": (effects.FIRFilter(window_size=257), [AUDIO, normal("m", 1, 9)], {}),
    "FIRFilter, odd window": (effects.FIRFilter(window_size=15), [AUDIO, normal("m", 2, 9)], {}),
    "FIRFilter, even window": (effects.FIRFilter(window_size=16), [AUDIO, normal("m", 2, 20)], {}),
    "FIRFilter of one tap": (effects.FIRFilter(window_size=1), [AUDIO, normal("m", 2, 2)], {}),
}
by_effect = pytest.mark.parametrize("name", EFFECTS)


def assert_close(actual, expected, dtype):
    assert str(actual.dtype) == dtype
    np.testing.assert_allclose(actual, expected, rtol=0, atol=ATOL[dtype] * np.max(np.abs(expected)))


def axes_of(inputs):
    """Axes to cut: that of signals."""
    return [1 if x.shape[1] == SAMPLES else None for x in inputs]


def cast(x, dtype):
    return x.astype(dtype) if hasattr(x, "dtype") else x


@by_effect
@settings(max_examples=25, deadline=None, derandomize=True)
@given(cuts=cuts_of(SAMPLES), hop_size=st.integers(1, 70), dtype=st.sampled_from(list(ATOL)))
def test_blocks_of_any_length(name, cuts, hop_size, dtype):
    effect, inputs, constants = EFFECTS[name]
    inputs = [cast(x, dtype) for x in inputs]
    constants = {key: cast(x, dtype) for key, x in constants.items()}
    found = stream(effect, inputs, cuts, axes_of(inputs), hop_size=hop_size, batch=2, **constants)
    assert_close(found, np.broadcast_to(effect(*inputs, **constants), found.shape), dtype)


@pytest.mark.parametrize("window_size", [1, 2, 15, 16, 33])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(cuts=cuts_of(13), hop_size=st.integers(1, 24), bands=st.integers(2, 20), dtype=st.sampled_from(list(ATOL)))
def test_filters_of_frames(window_size, cuts, hop_size, bands, dtype):
    effect = effects.FIRFilter(window_size=window_size)
    audio, magnitudes = normal("audio", 2, 13 * hop_size).astype(dtype), normal("m", 2, 13, bands).astype(dtype)
    found = stream(effect, [audio, magnitudes], cuts, hop_size=hop_size)
    assert_close(found, effect(audio, magnitudes), dtype)


def test_filters_say_what_they_need():
    with pytest.raises(ValueError, match="^window_size: got 0, expected at least 1 for a stream"):
        effects.FIRFilter(window_size=0).init_state(2, like=AUDIO)
    effect = effects.FIRFilter(window_size=16)
    with pytest.raises(ValueError, match="^audio: got 151 samples, expected those of 2 frames of 64 samples"):
        effect.step(effect.init_state(2, like=AUDIO), AUDIO, normal("m", 2, 2, 9))


@pytest.mark.parametrize("name", ["Reverb of a batch", "TrainableReverb", "ModDelay", "FIRFilter"])
@pytest.mark.parametrize("framework", ["torch", "jax", "tensorflow"])
def test_modules(name, framework):
    """Eager PyTorch, compiled JAX and TensorFlow. The modules supply their trained values to `init_state`."""
    backend, (effect, inputs, constants) = require_backend(framework), EFFECTS[name]
    module = import_module(f"ddsp.{framework}").wrap(type(effect))(**vars(effect))
    inputs = [backend.asarray(x, "float32") for x in inputs]
    constants = {key: backend.asarray(x, "float32") for key, x in constants.items()}
    compiled = backend.compile if framework != "torch" else lambda f: f
    found = stream(module, inputs, [64, 64, 64, 128], axes_of(inputs), step=compiled(module.step), batch=2, **constants)
    expected = backend.to_numpy(compiled(module)(*inputs, **constants))
    assert_close(backend.to_numpy(found), np.broadcast_to(expected, found.shape), "float32")


def test_the_tail_is_the_response_to_zeros():
    reverb, ir = effects.Reverb(add_dry=False), normal("ir", 1, 61)
    silence = np.zeros((2, 60))
    found = stream(reverb, [np.concatenate([AUDIO, silence], axis=1)], [SAMPLES], ir=ir)
    expected = [np.convolve(x, np.concatenate([[0.0], ir[0, 1:]])) for x in AUDIO]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_reverb_takes_its_response_once():
    reverb, ir = effects.Reverb(), normal("ir", 1, 61)
    state = reverb.init_state(2, like=AUDIO, ir=ir)
    for inputs, named in (([AUDIO, ir], {}), ([AUDIO], {"ir": ir})):
        with pytest.raises(ValueError, match="^inputs: got .*, expected audio alone; init_state takes the others"):
            reverb.step(state, *inputs, **named)
    with pytest.raises(ValueError, match="^ir: got None"):
        reverb.init_state(2, like=AUDIO)


def test_filters_in_groups():
    """Harmonics come a hop late, so the frames of a filter wait for them; a filter without frames cannot."""
    hop_size, frames = 8, 9
    harmonic = synths.Harmonic(n_samples=hop_size * frames, sample_rate=8000)
    keys = ["amplitudes", "distribution", "f0_hz"]
    dag = [(harmonic, keys), (effects.FIRFilter(window_size=12), ["harmonic/signal", "magnitudes"])]
    group = processors.ProcessorGroup(dag=dag)
    inputs = {"amplitudes": normal("a", 2, frames, 1), "distribution": normal("d", 2, frames, 3)}
    inputs |= {"f0_hz": np.full((2, frames, 1), 440.0), "magnitudes": normal("m", 2, frames, 7)}
    found = stream(group, inputs, [0, 2, 3], hop_size=hop_size)
    np.testing.assert_allclose(found, group(inputs), atol=1e-12)
    constant = {**inputs, "magnitudes": inputs["magnitudes"][:, 0]}
    state = group.init_state(2, like=inputs, hop_size=hop_size)
    with pytest.raises(ValueError, match="^fir_filter/magnitudes: got shape .2, 7., expected frames"):
        group.step(state, constant)
