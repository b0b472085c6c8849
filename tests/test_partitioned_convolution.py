"""Convolution block by block: blocks of any length, in both forms of the state, against the definition in float64."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp.backends import load
from ddsp.backends._host import map_tree
from ddsp.backends._traits import Traits
from ddsp.core.partitioned_convolution import MAX_PARTITIONS, convolve_step, init_convolution

from .cases import normal

#: Tolerances, relative to the peak of the output.
ATOL = {"float32": 1e-6, "float64": 1e-14}
by_dtype = pytest.mark.parametrize("dtype", ATOL)
by_form = pytest.mark.parametrize("form", ["line", "sums"])


def state_of(form, ir, batch, hop_size):
    """A state in one of both forms, of which NumPy would choose one."""
    traits = Traits(small_products=form == "line")
    with patch.object(type(load("numpy")), "traits", lambda self, like: traits):
        state = init_convolution(ir, batch, hop_size)
    assert form in state
    return state


def convolved(audio, ir):
    rows = zip(audio.astype(np.float64), np.broadcast_to(ir, (len(audio), ir.shape[1])).astype(np.float64), strict=True)
    return np.stack([np.convolve(x, h)[: len(x)] for x, h in rows])


def blocks_of(audio, sizes):
    ends = np.cumsum(sizes)
    return [audio[:, end - size : end] for size, end in zip(sizes, ends, strict=True)]


def joined(state, blocks, step=convolve_step):
    """The joined results of steps, and the last state."""
    found = []
    for block in blocks:
        out, state = step(state, block)
        assert tuple(out.shape) == tuple(block.shape)
        found.append(np.asarray(out))
    return np.concatenate(found, axis=1), state


def assert_close(actual, audio, ir, atol=None):
    expected = convolved(audio, ir)
    assert actual.dtype == audio.dtype
    error = np.max(np.abs(actual - expected)) / np.max(np.abs(expected))
    assert error <= (ATOL[str(audio.dtype)] if atol is None else atol), error


@by_form
@by_dtype
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_blocks_of_any_length(form, dtype, data):
    hop_size, taps = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 90))
    whole = st.sampled_from([0, 1, hop_size, 2 * hop_size, (MAX_PARTITIONS + 1) * hop_size + 3])
    sizes = data.draw(st.lists(whole | st.integers(0, 50), min_size=1, max_size=8).filter(any))
    audio = normal("audio", 2, sum(sizes)).astype(dtype)
    ir = normal("ir", data.draw(st.sampled_from([1, 2])), taps).astype(dtype)
    state = state_of(form, ir, 2, hop_size)
    out, last = joined(state, blocks_of(audio, sizes))
    assert_close(out, audio, ir)
    assert {k: (x.shape, x.dtype) for k, x in last.items()} == {k: (x.shape, x.dtype) for k, x in state.items()}


@by_form
def test_rounding_does_not_add_up(form):
    """Each block that is not a whole partition moves the partitions, but no value is transformed twice."""
    audio, ir = normal("audio", 1, 3000).astype("float32"), normal("ir", 1, 2000).astype("float32")
    out, _ = joined(state_of(form, ir, 1, 256), blocks_of(audio, [1] * 3000))
    assert_close(out, audio, ir, 5e-7)


SIZES = [8, 8, 5, 0, 19, 8, 8 * (MAX_PARTITIONS + 1), 8]


@by_dtype
@pytest.mark.parametrize("name", ["torch", "jax", "tensorflow", "strict"])
def test_backends(name, dtype):
    """Eager PyTorch and array_api_strict, compiled JAX and TensorFlow."""
    backend = require_backend(name)
    with backend.scope(dtype):
        audio, ir = normal("audio", 2, sum(SIZES)).astype(dtype), normal("ir", 2, 45).astype(dtype)
        step = backend.compile(convolve_step) if name in ("jax", "tensorflow") else convolve_step
        found, state = [], init_convolution(backend.asarray(ir), 2, 8)
        for block in blocks_of(audio, SIZES):
            out, state = step(state, backend.asarray(block))
            found.append(backend.to_numpy(out))
    assert_close(np.concatenate(found, axis=1), audio, ir)


@by_form
def test_a_state_moves_between_backends(form):
    names = ["numpy", "torch", "jax", "tensorflow", "numpy"]
    backends = [require_backend(name) for name in names]
    audio, ir = normal("audio", 2, 5 * 21).astype("float32"), normal("ir", 2, 45).astype("float32")
    state, found = state_of(form, ir, 2, 8), []
    for backend, block in zip(backends, blocks_of(audio, [21] * 5), strict=True):
        out, state = convolve_step(map_tree(backend.asarray, state), backend.asarray(block))
        found.append(backend.to_numpy(out))
        state = map_tree(backend.to_numpy, state)
    assert_close(np.concatenate(found, axis=1), audio, ir)


def test_scan():
    require_backend("jax")
    import jax

    audio, ir = normal("audio", 2, 12 * 8).astype("float32"), normal("ir", 1, 45).astype("float32")
    state = init_convolution(jax.numpy.asarray(ir), 2, 8)
    blocks = jax.numpy.asarray(np.moveaxis(audio.reshape(2, 12, 8), 1, 0))
    _, found = jax.lax.scan(lambda state, block: convolve_step(state, block)[::-1], state, blocks)
    assert_close(np.moveaxis(np.asarray(found), 0, 1).reshape(2, -1), audio, ir)
