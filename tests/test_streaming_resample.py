"""Sample rate conversion step by step: the samples of `resample_audio`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp.core import resample_audio
from ddsp.streaming import Resample

from .cases import normal
from .streams import stream

#: Rates, and the samples after which weights repeat.
RATES = {(48000, 16000): 3, (16000, 48000): 1, (44100, 16000): 441, (2, 3): 2, (3, 2): 3, (1000, 44100): 10, (5, 5): 1}


@pytest.mark.parametrize("name", ["numpy", "torch"])
@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    rates=st.sampled_from(list(RATES)),
    periods=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_steps_are_the_call(name, rates, periods, dtype):
    backend, period = require_backend(name), RATES[rates]
    ends = np.cumsum(periods) * period
    audio = backend.asarray(normal("x", 2, int(ends[-1]) + period), dtype)
    found, expected = stream(Resample(*rates), [audio], ends.tolist()), Resample(*rates)(audio)
    peak = np.abs(backend.to_numpy(expected)).max()
    tolerance = (1e-6 if dtype == "float32" else 1e-12) * peak
    np.testing.assert_allclose(backend.to_numpy(found), backend.to_numpy(expected), rtol=0, atol=tolerance)


def test_compiled_scan():
    backend = require_backend("jax")
    jax, converter = backend.jax, Resample(48000, 16000)
    audio = jax.numpy.asarray(normal("x", 1, 10 * 96), "float32")
    state, blocks = converter.init_state(like=audio), audio.reshape(10, 1, 96)
    state, found = jax.jit(lambda state: jax.lax.scan(lambda s, x: converter.step(s, x)[::-1], state, blocks))(state)
    found = np.concatenate([np.asarray(found).reshape(1, -1), converter.flush(state)[0]], axis=1)[:, 96:]
    np.testing.assert_allclose(found, resample_audio(np.asarray(audio), 48000, 16000), rtol=0, atol=5e-6)


def test_latency_and_errors():
    assert Resample(48000, 16000).latency_samples() == 96
    assert Resample(16000, 48000).latency_samples() == 288
    assert Resample(5, 5).latency_samples() == 0
    state = Resample(48000, 16000).init_state(like=np.zeros(1))
    with pytest.raises(ValueError, match="audio: got 128 samples, expected a multiple of 3, of which 1 are made"):
        Resample(48000, 16000).step(state, np.zeros((1, 128)))
    with pytest.raises(ValueError, match="from_rate, to_rate: got 48000 and 1"):
        Resample(48000, 1)
