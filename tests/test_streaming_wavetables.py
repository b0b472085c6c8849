"""Wavetables frame by frame: however frames are cut, the samples of one call."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import streaming, synths
from ddsp.backends._host import map_tree

from .cases import normal
from .streams import cuts_of, layout_of, pieces_of, stream
from .test_phase import LEAST_DB, as_phase, snr

FRAMES = 23
NAMES = ("amplitudes", "wavetables", "f0_hz")


def inputs_of(backend, dtype, constant, size=24, batch=2):
    """f0 glides through the frequencies at which harmonics reach Nyquist, and below 0."""
    f0 = 500.0 * 2.0 ** (1.6 * np.sin(np.arange(FRAMES) / 3.0 + np.arange(batch)[:, None]))[..., None]
    f0[0, 5] = -300.0
    tables = normal("table", batch, size) if constant else normal("tables", batch, FRAMES, size)
    return [backend.asarray(x, dtype) for x in (normal("level", batch, FRAMES, 1), tables, f0)]


def axes_of(inputs):
    """A table that does not change is not cut."""
    return [1, 1 if len(inputs[1].shape) == 3 else None, 1]


def assert_equal(backend, synth, inputs, cuts, **options):
    """Bit by bit."""
    found = stream(synth, inputs, cuts, axes_of(inputs), **options)
    np.testing.assert_array_equal(backend.to_numpy(found), backend.to_numpy(synth(*inputs)))


@pytest.mark.parametrize("name", ["numpy", "torch"])
@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("band_limit", [False, True])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    cuts=cuts_of(FRAMES),
    hop=st.sampled_from([128, 71, 64, 8, 7, 1]),
    size=st.sampled_from([2, 24, 37]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_samples(name, constant, band_limit, cuts, hop, size, dtype):
    backend = require_backend(name)
    synth = synths.Wavetable(n_samples=FRAMES * hop, band_limit=band_limit)
    assert_equal(backend, synth, inputs_of(backend, dtype, constant, size), cuts, hop_size=hop)


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("band_limit", [False, True])
def test_examples_tell_the_sizes(constant, band_limit):
    """Then `lax.scan` can carry the state. One table is taken from the examples, and broadcasts over the batch."""
    backend = require_backend("numpy")
    synth = synths.Wavetable(n_samples=FRAMES * 16, band_limit=band_limit)
    inputs = inputs_of(backend, "float32", constant)
    inputs[1] = inputs[1][:1]
    like = dict(zip(NAMES, inputs, strict=True))
    assert_equal(backend, synth, inputs, range(FRAMES), hop_size=16, like=like)
    state = synth.init_state(2, like=like, hop_size=16)
    _, after = synth.step(state, *pieces_of(inputs, [1], axes_of(inputs))[0])
    assert map_tree(layout_of, state) == map_tree(layout_of, after)
    assert synth.latency_samples(16) == (32 if band_limit else 16)


def test_frames_that_are_not_numbers_stay_local():
    backend = require_backend("numpy")
    for constant in (True, False):
        level, tables, f0 = inputs_of(backend, "float64", constant)
        f0[0, [0, 9]], level[0, 4] = np.nan, np.inf
        synth = synths.Wavetable(n_samples=FRAMES * 16, scale_fn=None, band_limit=True)
        with np.errstate(invalid="ignore"):
            assert_equal(backend, synth, [level, tables, f0], [1, 4, 9, 10, 16], hop_size=16)


def test_compiled():
    """The samples of a compiled call."""
    backend, hop = require_backend("jax"), 71
    synth = synths.Wavetable(n_samples=20 * hop, band_limit=True)
    inputs = [x[:, :20] for x in inputs_of(backend, "float32", constant=False)]
    like = dict(zip(NAMES, inputs, strict=True))
    found = stream(synth, inputs, range(4, 20, 4), hop_size=hop, like=like, step=backend.compile(synth.step))
    expected = backend.to_numpy(backend.compile(synth)(*inputs))
    np.testing.assert_allclose(backend.to_numpy(found), expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_an_hour(backend):
    """State set at 3599 s of 48 kHz: the table is read where the sound has come by then, to 100 dB."""
    rate, hop, n = 48000, 192, 40
    start = np.longdouble(3599) * np.longdouble(300.3) % 1
    table = np.sin(2.0 * np.pi * np.arange(4096) / 4096)[None]
    inputs = [backend.asarray(x, "float32") for x in (np.ones((1, n, 1)), table, np.full((1, n, 1), 300.3))]
    synth = synths.Wavetable(sample_rate=rate, scale_fn=None)
    state = synth.init_state(1, like=dict(zip(NAMES, inputs, strict=True)), hop_size=hop)
    state["phase"] = as_phase(backend, start, "float32")._asdict()
    state["before"] = state["before"] + float(start)
    found = backend.to_numpy(backend.run(synth.step)(state, *inputs)[0])[0, hop:]
    f0 = np.float64(np.float32(300.3))
    expected = np.sin(2.0 * np.pi * (float(start) + f0 * np.arange(found.size) / rate))
    assert snr(found, expected) > LEAST_DB


def test_tables_keep_their_kind():
    synth, backend = synths.Wavetable(), require_backend("numpy")
    frames, one = inputs_of(backend, "float64", False), inputs_of(backend, "float64", True)
    _, state = synth.step(synth.init_state(2, like=frames[0]), *frames)
    with pytest.raises(ValueError, match="^wavetables: got one table of 24 samples, expected tables of frames of 24"):
        synth.step(state, *one)
    rest, _ = synth.flush(synth.init_state(2, like=frames[0]))
    assert rest.shape == (2, 64)
    assert not np.any(rest)


def test_blocks_of_a_host():
    """`Rebuffer` repeats a frame for the hops of a block, but not the only table."""
    backend = require_backend("numpy")
    level, table, f0 = (x[:, :1] if i != 1 else x for i, x in enumerate(inputs_of(backend, "float64", True)))
    host = streaming.Rebuffer(synths.Wavetable(), 2, like=level, hop_size=8)
    blocks = [host.process(level, table, f0, n_samples=n) for n in (3, 30, 7)]
    frames = [np.repeat(level, 5, axis=1), table, np.repeat(f0, 5, axis=1)]
    expected = synths.Wavetable(n_samples=40)(*frames)
    late = host.latency_samples
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1)[:, late:], expected[:, : 40 - late])
