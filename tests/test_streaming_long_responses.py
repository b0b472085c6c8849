"""Convolution with two sizes of partitions: the signal of one call, however the sound is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import effects
from ddsp.backends._host import map_tree
from ddsp.core import long_convolution

from .cases import normal
from .streams import cuts_of, stream

SAMPLES, ATOL = 900, {"float32": 1e-6, "float64": 1e-12}
AUDIO = normal("audio", 2, SAMPLES)


@pytest.fixture(autouse=True, scope="module")
def short_responses():
    """Responses of a few hundred samples count as long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_convolution, "LEAST_TAPS", 1)
        yield


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=ATOL[str(found.dtype)] * np.max(np.abs(expected)))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    cuts=cuts_of(SAMPLES),
    hop_size=st.integers(1, 20),
    taps=st.sampled_from([17, 64, 65, 300, 800]),
    dtype=st.sampled_from(list(ATOL)),
)
def test_blocks_of_any_length(cuts, hop_size, taps, dtype):
    reverb, audio, ir = effects.Reverb(), AUDIO.astype(dtype), normal("ir", 2, taps).astype(dtype)
    found = stream(reverb, [audio], cuts, hop_size=hop_size, batch=2, ir=ir)
    assert_close(found, reverb(audio, ir))
    is_long = "head" in reverb.init_state(2, like=audio, hop_size=hop_size, ir=ir)
    assert is_long == (taps > 16 * hop_size)


def test_blocks_of_a_hop():
    backend, reverb = require_backend("torch"), effects.Reverb()
    audio, ir = (backend.asarray(x, "float32") for x in (AUDIO, normal("ir", 1, 500)))
    found = stream(reverb, [audio], range(8, SAMPLES, 8), hop_size=8, batch=2, ir=ir)
    assert_close(backend.to_numpy(found), backend.to_numpy(reverb(audio, ir)))


def test_a_state_that_comes_to_a_compiler():
    """It cannot choose by the numbers in a state, and computes the large partitions at each block."""
    jax, reverb, audio = require_backend("jax"), effects.Reverb(), AUDIO.astype("float32")
    ir = normal("ir", 2, 500).astype("float32")
    state = reverb.init_state(2, like=audio, hop_size=8, ir=ir)
    block, state = reverb.step(state, audio[:, :300])
    step, blocks, state = jax.compile(reverb.step), [block], map_tree(jax.jax.numpy.asarray, state)
    for start in range(300, SAMPLES, 40):
        block, state = step(state, jax.asarray(audio[:, start : start + 40], "float32"))
        blocks.append(jax.to_numpy(block))
    assert_close(np.concatenate(blocks, axis=1), reverb(audio, ir))


def test_streams_that_began_at_different_times_in_one_batch():
    reverb, ir, starts = effects.Reverb(), normal("ir", 2, 500), (300, 77)
    states = [reverb.init_state(1, like=AUDIO, hop_size=8, ir=ir[i : i + 1]) for i in (0, 1)]
    states = [reverb.step(states[i], AUDIO[i : i + 1, :start])[1] for i, start in enumerate(starts)]
    state = map_tree(lambda *x: np.concatenate(x), *states)
    blocks = []
    for step in range(20):
        pieces = [AUDIO[i, start + 24 * step : start + 24 * (step + 1)] for i, start in enumerate(starts)]
        block, state = reverb.step(state, np.stack(pieces))
        blocks.append(block)
    expected = reverb(AUDIO, ir)
    expected = np.stack([expected[i, start : start + 480] for i, start in enumerate(starts)])
    assert_close(np.concatenate(blocks, axis=1), expected)


def test_where_it_pays(monkeypatch):
    """By the length of the response, and where products of small matrices are fast and numbers can be read."""
    monkeypatch.setattr(long_convolution, "LEAST_TAPS", 2**17)
    for name, taps, is_long in [("numpy", 2**17, True), ("numpy", 2**16, False), ("jax", 2**17, False)]:
        ir = require_backend(name).asarray(np.ones((1, taps)), "float32")
        assert ("head" in effects.Reverb().init_state(like=ir, hop_size=128, ir=ir)) == is_long
