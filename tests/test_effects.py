"""Properties of effects: noise from keys, trained and given controls, bad input, extreme values."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import effects, processors, synths

from .assertions import assert_finite

AUDIO = np.random.default_rng(0).standard_normal((2, 97))
REVERBS = [
    (effects.ExpDecayReverb, {"reverb_length": 50}, {"gain": np.ones((2, 1)), "decay": np.full((2, 1), 0.4)}),
    (effects.FilteredNoiseReverb, {"reverb_length": 50, "n_frames": 5, "n_filter_banks": 9},
     {"magnitudes": np.ones((2, 5, 9))}),
]  # fmt: skip
by_reverb = pytest.mark.parametrize("reverb, settings, controls", REVERBS, ids=lambda x: getattr(x, "__name__", ""))


@by_reverb
def test_one_key_makes_one_reverb(reverb, settings, controls, backend):
    inputs = {name: backend.asarray(x, "float32") for name, x in {"audio": AUDIO, **controls}.items()}

    def ir(key):
        return backend.to_numpy(reverb(**settings).get_controls(**inputs, key=key)["ir"])

    np.testing.assert_array_equal(ir(3), ir(3))
    assert np.max(np.abs(ir(3) - ir(4))) > 0.01


@by_reverb
def test_controls_are_given_or_trained(reverb, settings, controls):
    with pytest.raises(ValueError, match=next(iter(controls))):
        reverb(**settings)(AUDIO, key=0)
    trained = reverb(**settings, trainable=True)
    initial = trained.initial_params()
    assert set(initial) == set(controls)
    np.testing.assert_array_equal(trained(AUDIO, key=0), trained(AUDIO, key=0, **initial))
    assert not reverb(**settings).params


@by_reverb
@pytest.mark.parametrize("framework", ["torch", "jax", "tensorflow"])
def test_reverbs_are_trained_in_each_framework(reverb, settings, controls, framework):
    backend = require_backend(framework)
    module = getattr(importlib.import_module(f"ddsp.{framework}").effects, reverb.__name__)(**settings, trainable=True)
    plain = reverb(**settings, trainable=True)
    audio, noise = AUDIO.astype(np.float32), np.random.default_rng(1).uniform(-1, 1, (1, 50)).astype(np.float32)
    expected = plain(audio, noise=noise)
    actual = backend.to_numpy(module(backend.asarray(audio), noise=backend.asarray(noise)))
    np.testing.assert_allclose(actual, expected, atol=1e-5)
    for name, value in plain.initial_params().items():
        assert tuple(getattr(module, name).shape) == value.shape


@by_reverb
def test_a_graph_passes_a_key_to_reverbs(reverb, settings, controls):
    tone = (synths.TensorToAudio(), ["samples"])
    group = processors.ProcessorGroup(dag=[tone, (reverb(**settings), ["tensor_to_audio/signal", *controls])])
    inputs = {"samples": AUDIO[:, :, None], **controls}
    np.testing.assert_array_equal(group(inputs, key=5), group(inputs, key=5))
    assert np.max(np.abs(group(inputs, key=5) - group(inputs, key=6))) > 0.01
    noise = np.random.default_rng(1).uniform(-1, 1, (2, 50))
    alone = reverb(**settings)(AUDIO, **controls, noise=noise)
    np.testing.assert_array_equal(group(inputs, noise={reverb(**settings).name: noise}), alone)


@pytest.mark.parametrize("decay", [-1e4, 0.0, 90.0, 1e4])
def test_any_decay_is_finite(decay, backend):
    """The original's exponential overflows at 89, and infinity times time 0 is NaN."""
    inputs = [AUDIO, np.ones((2, 1)), np.full((2, 1), decay), np.ones((1, 50))]
    arrays = [backend.asarray(x, "float32") for x in inputs]

    def response(audio, gain, decay, noise):
        return effects.ExpDecayReverb(reverb_length=50).get_controls(audio, gain, decay, noise=noise)["ir"]

    result = [response(*arrays)]
    if backend.differentiable:
        weights = [backend.asarray(np.ones((2, 50)), "float32")]
        result += backend.value_and_grad(response, arrays, range(4), weights, backend.plain_mode)
    assert_finite(result, backend, f"decay {decay}: response, gradients")


@by_reverb
def test_half_precision(reverb, settings, controls):
    """Noise and reverb are in float16; the exponential of the decay, which exceeds float16 here, is in float32."""
    controls = {name: 100.0 * x if name == "decay" else x for name, x in controls.items()}
    inputs = {name: x.astype(np.float16) for name, x in {"audio": AUDIO, **controls}.items()}
    noise = np.random.default_rng(1).uniform(-1, 1, (2, 50))
    out = reverb(**settings)(**inputs, noise=noise.astype(np.float16))
    assert out.dtype == np.float16
    np.testing.assert_allclose(out, reverb(**settings)(AUDIO, **controls, noise=noise), atol=0.05)


def test_noise_of_another_length():
    with pytest.raises(ValueError, match=r"noise: got shape \(1, 49\)"):
        effects.ExpDecayReverb(reverb_length=50)(AUDIO, np.ones((2, 1)), np.ones((2, 1)), noise=np.ones((1, 49)))


@pytest.mark.parametrize("batch", [0, 1])
def test_small_batches(batch, backend):
    """An empty batch works, even if the library's FFT does not support it."""
    audio, ones = backend.asarray(AUDIO[:batch], "float32"), backend.asarray(np.ones((batch, 1)), "float32")
    magnitudes = backend.asarray(np.ones((batch, 5, 9)), "float32")
    for out in (
        effects.ExpDecayReverb(reverb_length=50)(audio, ones, ones, key=0),
        effects.FilteredNoiseReverb(reverb_length=50)(audio, magnitudes, key=0),
        effects.FIRFilter()(audio, magnitudes),
    ):
        assert tuple(out.shape) == (batch, 97)


# DecayingReverb -------------------------------------------------------------------------------------------------

ANY = st.floats(-1e4, 1e4, width=32)


@examples(max_examples=50, deadline=None, derandomize=True)
@given(gain=ANY, decay=ANY, scale=st.floats(0.0, 1e4), length=st.integers(1, 300), seed=st.integers(0, 99))
def test_a_decaying_response_is_bounded(gain, decay, scale, length, seed):
    """Whatever the trainable values are: an energy of at most 1, an envelope that falls by 60 dB, and finite numbers.

    The convolution ignores the first tap, so the envelope begins at the second.
    """
    reverb = effects.DecayingReverb(length)
    noise = scale * np.random.default_rng(seed).standard_normal(length)
    values = {"gain": np.asarray([gain]), "decay": np.asarray([decay]), "noise": noise}
    ir = reverb.get_controls(AUDIO, **values)["ir"][0]
    assert np.all(np.isfinite(ir)) and np.sum(ir**2) <= 1.0 + 1e-12
    peak = reverb.get_controls(AUDIO, **{**values, "noise": np.full(length, 1e3)})["ir"][0]  # tanh is 1
    assert np.all(np.abs(ir) <= peak * (1.0 + 1e-12))
    if length > 1:
        assert np.all(np.diff(peak) <= 0.0) and peak[-1] <= 1.001e-3 * peak[0]


def test_white_noise_has_a_quieter_wet_signal():
    """At the largest values that float32 has, wet noise has at most the energy of dry noise."""
    audio = np.random.default_rng(0).standard_normal((1, 20000)).astype(np.float32)
    for decay in (-5.0, 0.0, 1e4):
        values = {"gain": [1e4], "decay": [decay], "noise": 1e4 * np.random.default_rng(1).choice([-1, 1], 500)}
        wet = effects.DecayingReverb(500, add_dry=False)(audio, **{k: np.float32(x) for k, x in values.items()})
        assert 0.0 < np.mean(wet**2) <= 1.02 * np.mean(audio**2)


def test_the_initial_decaying_response_is_quiet_and_short():
    """-20 dB, of which tanh leaves 63 %; 60 dB in a third of the length."""
    ir = effects.DecayingReverb().get_controls(AUDIO)["ir"][0]
    energy = np.cumsum(ir[::-1] ** 2)[::-1]
    assert 0.05 < np.sqrt(energy[0]) < 0.08 and 2e-7 < energy[2667] / energy[0] < 5e-6
    np.testing.assert_array_equal(ir, effects.DecayingReverb().get_controls(AUDIO, gain=None)["ir"][0])


@pytest.mark.parametrize("value", [-1e4, -80.0, 80.0, 1e4])
def test_any_value_of_a_decaying_reverb_is_finite(value, backend):
    """Values and gradients in float32, with the exponential beyond its range."""
    arrays = [backend.asarray(x, "float32") for x in (AUDIO, [value], [value], np.full(50, value))]

    def response(*inputs):
        return effects.DecayingReverb(50).get_controls(*inputs)["ir"]

    result = [response(*arrays)]
    if backend.differentiable:
        weights = [backend.asarray(np.ones((1, 50)), "float32")]
        result += backend.value_and_grad(response, arrays, range(4), weights, backend.plain_mode)
    assert_finite(result, backend, f"values of {value}: response, gradients")


def test_decaying_noise_of_another_length():
    with pytest.raises(ValueError, match=r"noise: got shape \(49,\), expected \[50\]"):
        effects.DecayingReverb(50)(AUDIO, noise=np.ones(49))
