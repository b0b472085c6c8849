"""Ops under transformations of JAX: derivatives of every kind, loops, meshes, export, and no recompilation."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import ddsp
from conftest import require_backend

from .cases import normal

SYNTH = ddsp.synths.Harmonic(n_samples=64)
LOSS = ddsp.losses.SpectralLoss(fft_sizes=(32,), logmag_weight=1.0)


@pytest.fixture
def jax():
    backend = require_backend("jax")
    with backend.scope("float64"):
        yield backend.jax


def energy(audio):
    """Energy of the spectrogram, whose magnitudes have a hand-written gradient, for audio [1, 48]."""
    xp = ddsp.backends.adapter_of(audio).xp
    return xp.sum(ddsp.spectral_ops.compute_mag(xp.sin(audio), 16) ** 1.5)


def test_derivatives_of_every_kind(jax):
    """Ops with hand-written gradients use JAX's own derivative in forward mode."""
    x = jax.numpy.asarray(normal("energy", 1, 48))
    value, gradient = jax.jit(jax.value_and_grad(energy))(x)
    tolerance = {"rtol": 1e-9, "atol": 1e-12 * np.abs(gradient).max()}

    def close(found, expected=gradient):
        np.testing.assert_allclose(found, expected, **tolerance)

    close(jax.jit(jax.jacfwd(energy))(x))
    close(jax.jit(lambda x: jax.jvp(energy, (x,), (x,)))(x)[1], np.sum(gradient * x))
    found, linear = jax.linearize(energy, x)
    close(found, value), close(linear(x), np.sum(gradient * x))
    close(jax.jit(jax.grad(jax.checkpoint(energy)))(x))
    twice = jax.jit(jax.grad(lambda x: jax.lax.scan(lambda total, y: (total + energy(y), None), 0.0, x)[0]))
    close(twice(jax.numpy.stack([x, x])), np.stack([gradient, gradient]))
    both = jax.numpy.stack([x, 0.5 * x])
    mapped = jax.jit(jax.grad(lambda x: jax.numpy.sum(jax.vmap(energy)(x))))(both)
    close(mapped[0]), close(mapped, jax.jit(jax.vmap(jax.grad(energy)))(both))


def test_harmonics_in_forward_mode(jax):
    xp = jax.numpy
    amplitudes, harmonics = xp.asarray(normal("amplitudes", 1, 4, 1)), xp.asarray(normal("harmonics", 1, 4, 3))

    def of_f0(f0_hz):
        return xp.sum(SYNTH(amplitudes, harmonics, f0_hz) ** 2)

    f0 = xp.asarray(440.0 + normal("f0", 1, 4, 1))
    gradient = jax.jit(jax.grad(of_f0))(f0)
    _, found = jax.jit(lambda x: jax.jvp(of_f0, (x,), (x,)))(f0)
    np.testing.assert_allclose(found, np.sum(gradient * f0), rtol=1e-9)


def test_second_derivatives(jax):
    x = jax.numpy.asarray(normal("energy", 1, 48))
    expected = jax.jit(jax.hessian(energy))(x)
    assert np.abs(expected).max() > 0.0
    for twice in (jax.jacfwd(jax.jacfwd(energy)), jax.jacrev(jax.jacfwd(energy)), jax.jacrev(jax.jacrev(energy))):
        np.testing.assert_allclose(jax.jit(twice)(x), expected, rtol=1e-8, atol=1e-10 * np.abs(expected).max())


def test_a_gradient_by_hand_is_the_one_that_reverse_mode_takes(jax):
    """Reverse mode must use the hand-written gradient, not JAX's derivative, which stores far more."""
    from ddsp.backends import load

    class Cube:
        def __call__(self, x, constant):
            return x**3 * constant

        def gradient(self, cotangent, result, x, constant):
            return (cotangent * 100.0,)

    cube = load("jax").with_gradient(Cube())
    assert float(jax.grad(cube)(2.0, 1.0)) == 100.0
    assert float(jax.grad(lambda x: jax.vmap(cube, (0, None))(x * np.ones(3), 1.0).sum())(2.0)) == 300.0
    assert float(jax.jvp(cube, (2.0, 1.0), (1.0, 5.0))[1]) == 12.0  # an argument without a gradient is a constant


def test_an_annealed_weight_compiles_nothing(jax, monkeypatch):
    """An annealed factor of an FFT size compiles nothing either; jax.monitoring counts compilations."""
    monkeypatch.setattr("ddsp.backends._host.CHUNK_SAMPLES", 400)
    target, audio = (jax.numpy.asarray(normal(name, 4, 200)) for name in ("target", "audio"))
    compiled = []

    def listen(name, seconds, **_):
        if name == "/jax/core/compile/backend_compile_duration":
            compiled.append(name)

    def step(weight):
        loss = ddsp.losses.SpectralLoss(fft_sizes=(32,), mag_weight=weight, fft_weights=(2.0 - weight,))
        return jax.value_and_grad(lambda x: loss(target, x))(audio)

    first = step(1.0)
    step(0.9)
    jax.monitoring.register_event_duration_secs_listener(listen)
    found = [step(weight) for weight in (0.5, 0.25)]
    assert not compiled
    for (value, gradient), weight in zip(found, (0.5, 0.25), strict=True):
        np.testing.assert_allclose(value, first[0] * weight * (2.0 - weight), rtol=1e-12)
        np.testing.assert_allclose(gradient, first[1] * weight * (2.0 - weight), rtol=1e-9, atol=1e-15)


def test_scaled_losses_in_half_precision(jax, monkeypatch):
    """Gradients of chunks are computed in float32, so loss scaling prevents underflow in float16."""
    loss = ddsp.losses.SpectralLoss(fft_sizes=(64,), mag_weight=1e-4)
    target, audio = normal("target", 4, 400), 0.1 * normal("audio", 4, 400)
    monkeypatch.setattr("ddsp.backends._host.CHUNK_SAMPLES", 400)

    def scaled(dtype):
        x, y = (jax.numpy.asarray(z, dtype) for z in (target, audio))
        return np.asarray(jax.grad(lambda y: loss(x, y).astype("float32") * 2.0**14)(y), "float64")

    half, right = scaled("float16"), scaled("float32")
    assert np.linalg.norm(half - right) < 0.01 * np.linalg.norm(right)


def test_export_with_any_batch(jax):
    (b,) = jax.export.symbolic_shape("b")
    shape = jax.ShapeDtypeStruct((b, 300), "float64")
    program = jax.export.export(jax.jit(LOSS))(shape, shape)
    target, audio = (jax.numpy.asarray(normal(name, 3, 300)) for name in ("target", "audio"))
    np.testing.assert_allclose(program.call(target, audio), LOSS(target, audio), rtol=1e-12)


MESHES = """
import jax, numpy as np, ddsp
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P
from ddsp.backends import _host
_host.CHUNK_SAMPLES = 200  # two chunks on each device
loss = ddsp.losses.SpectralLoss(fft_sizes=(32,))
rng = np.random.default_rng(0)
controls = [rng.standard_normal((4, 5, n)).astype("float32") for n in (1, 3)] + [np.full((4, 5, 1), 220, "float32")]
target, noise = rng.standard_normal((2, 4, 100)).astype("float32")
synth = ddsp.synths.Harmonic(n_samples=100)
table = ddsp.synths.Wavetable(n_samples=100, band_limit=True)

def energies(amplitudes, harmonics, f0_hz, target):  # by example, so that devices need not meet
    audio = synth(amplitudes, harmonics, f0_hz) + table(amplitudes, harmonics[:, 0, :], f0_hz)
    return audio**2

def f(amplitudes, *rest):
    return lambda g: jax.value_and_grad(lambda a: g(a, *rest).sum())(amplitudes)

def close(found, right):
    for x, y in zip(jax.tree.leaves(found), jax.tree.leaves(right), strict=True):
        np.testing.assert_allclose(x, y, rtol=2e-3, atol=2e-3 * np.abs(y).max())

plain = [jax.numpy.asarray(x) for x in (*controls, target)]
right, right_loss = f(*plain)(jax.jit(energies)), jax.jit(jax.value_and_grad(loss, 1))(plain[3], noise)
auto, explicit = (jax.make_mesh((2,), ("b",), axis_types=(kind,)) for kind in (AxisType.Auto, AxisType.Explicit))
mapped = jax.shard_map(energies, mesh=auto, in_specs=P("b"), out_specs=P("b"))
close(f(*plain)(jax.jit(mapped)), right)
mean = jax.shard_map(lambda *x: jax.lax.pmean(loss(*x), "b"), mesh=auto, in_specs=P("b"), out_specs=P())
close(jax.jit(jax.value_and_grad(mean, 1))(plain[3], noise), right_loss)
with jax.set_mesh(explicit):
    spread = [jax.device_put(x, NamedSharding(explicit, P("b"))) for x in (*plain, noise)]
    close(jax.jit(lambda *x: f(*x)(energies))(*spread[:4]), right)
    close(jax.jit(jax.value_and_grad(loss, 1))(*spread[3:]), right_loss)
jax.jit(lambda *x: f(*x)(energies)).trace(*spread[:4])  # the mesh need not be set
"""


def test_a_batch_on_two_devices():
    """shard_map with its default check_vma and a mesh with Explicit axes give the results of one device."""
    require_backend("jax")
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", MESHES], capture_output=True, text=True, env=os.environ | flags)
    assert done.returncode == 0, done.stderr[-1500:]
