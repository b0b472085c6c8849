"""Damped sinusoids hop by hop: whatever the hop, the samples of one call."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import require_backend
from ddsp import synths

from .cases import normal, uniform

HOPS = [128, 71, 64, 7, 1]


def inputs_of(backend, dtype, sinusoids=37):
    """Some of the numbers are inside the unit circle, and some outside."""
    angle, size = uniform("angle", 0.0, np.pi, 2, sinusoids), uniform("size", 0.99, 1.01, 2, sinusoids)
    arrays = normal("level", 2, sinusoids), size * np.cos(angle), size * np.sin(angle), normal("phase", 1, sinusoids)
    return [backend.asarray(x, dtype) for x in arrays]


def play(backend, synth, inputs, hop, steps, step=None):
    state, signals = synth.init_state(2, like=inputs[0], hop_size=hop), []
    for _ in range(steps):
        signal, state = (step or synth.step)(state, *inputs)
        signals.append(backend.to_numpy(signal))
    rest, _ = synth.flush(state)
    assert rest.shape == (2, synth.latency_samples(hop))
    return np.concatenate(signals, axis=1)


@pytest.mark.parametrize("name", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hop", HOPS)
def test_bits_of_a_call(hop, dtype, name):
    backend = require_backend(name)
    inputs = inputs_of(backend, dtype)
    found = play(backend, synths.SurrogateSinusoidal(), inputs, hop, 20)
    np.testing.assert_array_equal(found, backend.to_numpy(synths.SurrogateSinusoidal(n_samples=20 * hop)(*inputs)))


def test_compiled():
    backend, synth = require_backend("jax"), synths.SurrogateSinusoidal()
    inputs = inputs_of(backend, "float32")
    found = play(backend, synth, inputs, 71, 20, backend.compile(synth.step))
    expected = backend.to_numpy(backend.compile(synths.SurrogateSinusoidal(n_samples=20 * 71))(*inputs))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_hours():
    """A steady sinusoid stays as loud: rounding errors of its powers must not grow. In float64 it keeps its phase."""
    synth, n = synths.SurrogateSinusoidal(scale_fn=None), 2**30 + 12345
    angle = uniform("angle", 0.0, np.pi, 1, 50)
    for dtype, atol in (("float32", None), ("float64", 4e-7)):
        given = [x.astype(dtype) for x in (np.ones_like(angle), 1.001 * np.cos(angle), 1.001 * np.sin(angle))]
        state = synth.init_state(like=given[0], hop_size=100)
        state["count"] = state["count"] + np.int32(n)
        found = np.concatenate([synth.step(state, *(x[:, i : i + 1] for x in given))[0] for i in range(50)])
        assert np.max(np.abs(found)) < 1.0001
        if atol is not None:
            np.testing.assert_allclose(found, np.cos(angle.T * (n + np.arange(100))), rtol=0, atol=atol)
