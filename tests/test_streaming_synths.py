"""Synthesizers frame by frame: however frames are cut, the samples of one call."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import synths
from ddsp.backends._host import map_tree

from .cases import normal
from .streams import cuts_of, pieces_of, stream
from .test_phase import LEAST_DB, as_phase, controls, last_second, snr

FRAMES = 23
#: Hops of several segments, of a padded one, of one sample, and too short for rows.
HOPS = [128, 71, 64, 8, 7, 1]
METHODS = ["window", "linear", "nearest", "cubic"]
EAGER = ["numpy", "torch"]
HARMONIC = ("amplitudes", "harmonic_distribution", "f0_hz")


def harmonic_inputs(*lead, harmonics=12):
    """Network outputs of voices that glide through the frequencies at which harmonics cross Nyquist."""
    f0 = 500.0 * 2.0 ** (0.9 * np.sin(np.arange(FRAMES) / 3.0 + np.arange(max(lead))[:, None]))
    f0 = np.broadcast_to(f0[: lead[-1]], (*lead, FRAMES))[..., None]
    return [normal("level", *lead, FRAMES, 1), normal("timbre", *lead, FRAMES, harmonics), f0.copy()]


def cast(backend, inputs, dtype):
    return [backend.asarray(x, dtype) for x in inputs]


def assert_equal(backend, synth, inputs, cuts, **options):
    """Bit by bit."""
    found = stream(synth, inputs, cuts, **options)
    np.testing.assert_array_equal(backend.to_numpy(found), backend.to_numpy(synth(*inputs)))


@pytest.mark.parametrize("name", EAGER)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    cuts=cuts_of(FRAMES),
    hop=st.sampled_from(HOPS),
    method=st.sampled_from(METHODS),
    dtype=st.sampled_from(["float32", "float64"]),
    voices=st.sampled_from([0, 1, 3]),
)
def test_harmonic(name, cuts, hop, method, dtype, voices):
    backend, lead = require_backend(name), (2, voices) if voices else (2,)
    synth = synths.Harmonic(n_samples=FRAMES * hop, amp_resample_method=method)
    inputs = cast(backend, harmonic_inputs(*lead), dtype)
    assert_equal(backend, synth, inputs, cuts, hop_size=hop, batch=2, axes=2 if voices else 1)


@pytest.mark.parametrize("name", EAGER)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    cuts=cuts_of(FRAMES),
    hop=st.sampled_from(HOPS),
    method=st.sampled_from(METHODS),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_sinusoidal(name, cuts, hop, method, dtype):
    backend = require_backend(name)
    synth = synths.Sinusoidal(n_samples=FRAMES * hop, amp_resample_method=method)
    inputs = cast(backend, [normal("amplitudes", 2, FRAMES, 11), normal("frequencies", 2, FRAMES, 11)], dtype)
    assert_equal(backend, synth, inputs, cuts, hop_size=hop)


@pytest.mark.parametrize("name", EAGER)
@pytest.mark.parametrize("hop", [64, 7])
def test_harmonic_frame_by_frame(hop, name):
    """One frame a step, as in real time. A batch of 1 broadcasts, and examples tell the sizes at once."""
    backend = require_backend(name)
    synth = synths.Harmonic(n_samples=FRAMES * hop, sample_rate=48000)
    inputs = cast(backend, harmonic_inputs(3, harmonics=70), "float32")
    inputs[1] = inputs[1][:1]
    like = dict(zip(HARMONIC, inputs, strict=True))
    assert_equal(backend, synth, inputs, range(FRAMES), hop_size=hop, like=like)
    state = synth.init_state(3, like=like, hop_size=hop)
    _, following = synth.step(state, *(x[:, :1] for x in inputs))
    shapes = [map_tree(lambda x: tuple(x.shape), s) for s in (state, following)]
    assert shapes[0] == shapes[1]
    assert synth.latency_samples(hop) == hop


def test_frames_that_are_not_numbers_stay_local():
    """In the first frame as well: the first hop has no audio, and its phase does not advance."""
    level, timbre, f0 = harmonic_inputs(1)
    f0[0, [0, 9]], level[0, 4], timbre[0, 15, 3] = np.nan, np.inf, np.nan
    synth = synths.Harmonic(n_samples=FRAMES * 64, scale_fn=None, normalize_below_nyquist=False)
    with np.errstate(invalid="ignore"):
        assert_equal(require_backend("numpy"), synth, [level, timbre, f0], [1, 4, 9, 10, 16], batch=1)


def play(backend, synth, inputs, hop, size, run=lambda f: f):
    """Steps of `size` frames and the flush: the audio, with latency, and the last state."""
    like = dict(zip(HARMONIC, inputs, strict=True))
    state, step, signals = synth.init_state(inputs[0].shape[0], like=like, hop_size=hop), run(synth.step), []
    for piece in pieces_of(inputs, range(size, inputs[0].shape[1], size)):
        signal, state = step(state, *piece)
        signals.append(backend.to_numpy(signal))
    signal, state = run(synth.flush)(state)
    return np.concatenate([*signals, backend.to_numpy(signal)], axis=1), state


def test_compiled(compiler):
    """The samples of a compiled call to 1e-5 of full scale, and the phase of NumPy to the last integer."""
    (backend, mode), hop, inputs = compiler, 71, [x[:, :20] for x in harmonic_inputs(2)]
    synth, compile_in_mode = synths.Harmonic(n_samples=20 * hop), functools.partial(compiler[0].compile, mode=mode)
    _, reference = play(require_backend("numpy"), synth, [x.astype("float32") for x in inputs], hop, 4)
    inputs = cast(backend, inputs, "float32")
    found, state = play(backend, synth, inputs, hop, 4, compile_in_mode)
    expected = backend.to_numpy(compile_in_mode(synth)(*inputs))
    np.testing.assert_allclose(found[:, hop:], expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    for word in ("high", "low"):
        np.testing.assert_array_equal(backend.to_numpy(state["phase"][word]), reference["phase"][word])


def test_scan_gradient_and_vmap():
    """`lax.scan` carries the state, through which the gradient is that of one call; `vmap` adds an axis."""
    jax = require_backend("jax").jax
    hop, n, inputs = 64, 20, [jax.numpy.asarray(x[:, :20], "float32") for x in harmonic_inputs(2)]
    synth = synths.Harmonic(n_samples=n * hop)

    def scanned(inputs):
        state = synth.init_state(2, like=dict(zip(HARMONIC, inputs, strict=True)), hop_size=hop)
        pieces = [jax.numpy.moveaxis(x.reshape(2, n // 4, 4, -1), 1, 0) for x in inputs]
        state, signals = jax.lax.scan(lambda state, x: synth.step(state, *x)[::-1], state, pieces)
        signal = jax.numpy.moveaxis(signals, 0, 1).reshape(2, -1)
        return jax.numpy.concatenate([signal, synth.flush(state)[0]], axis=1)[:, hop:]

    weights = np.random.default_rng(0).standard_normal((2, n * hop)).astype(np.float32)

    def value_and_gradient(audio):
        return jax.jit(jax.value_and_grad(lambda inputs: (weights * audio(inputs)).sum()))(inputs)

    found, expected = value_and_gradient(scanned), value_and_gradient(lambda inputs: synth(*inputs))
    for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6 * np.abs(theirs).max())
    twice = [jax.numpy.stack([x, 0.9 * x]) for x in inputs]
    audio = jax.jit(jax.vmap(scanned))(twice)
    np.testing.assert_allclose(audio[1], scanned([x[1] for x in twice]), rtol=0, atol=1e-5)


def test_an_hour(backend):
    """State set at 3599 s of 48 kHz; the last second is that of one sound, to 100 dB. See also tests/test_phase.py."""
    rate, hop, harmonics = 48000, 192, 10
    f0, amplitudes, distribution = (backend.asarray(x, "float32") for x in controls(rate, 1, 300.3, harmonics, 0.02))
    synth = synths.Harmonic(sample_rate=rate)
    like = {"harmonic_distribution": distribution, "amplitudes": amplitudes, "f0_hz": f0}
    state = synth.init_state(1, like=like, hop_size=hop)
    start = np.longdouble(3599) * np.longdouble(300.3) % 1
    state["phase"] = as_phase(backend, start, "float32")._asdict()
    step = backend.run(synth.step_signal)
    signals = []
    for piece in pieces_of([amplitudes, distribution, f0], [125]):
        signal, state = step(state, *piece)
        signals.append(backend.to_numpy(signal))
    signals.append(backend.to_numpy(synth.flush(state)[0]))
    expected = last_second(rate, 1, 300.3, harmonics, 0.02, start)
    assert snr(np.concatenate(signals, axis=1)[0, hop:], expected) > LEAST_DB
