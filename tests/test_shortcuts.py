"""Fast paths of adapters agree with the plain computation in value, gradient and second derivative."""

from __future__ import annotations

import platform
import subprocess
import sys

import numpy as np
import pytest

from conftest import require_backend
from ddsp import core, losses, spectral_ops
from ddsp.backends import _host, adapter_of
from ddsp.backends._host import has_chunks
from ddsp.losses import spectral

from .cases import normal

LOSS = losses.SpectralLoss(fft_sizes=(64, 16), loss_type="L2", logmag_weight=1.0, convergence_weight=0.5)
TARGET, AUDIO = normal("target of parts", 5, 200), normal("audio of parts", 5, 200)


@pytest.mark.parametrize(("frame_size", "hop_size"), [(8, 2), (8, 3), (7, 7), (50, 1), (3, 5)])
def test_frames(backend, frame_size, hop_size):
    with backend.scope("float64"):
        audio = backend.asarray(AUDIO[:, :50], "float64")
        adapter = adapter_of(audio)
        found = adapter.frame_view(audio, frame_size, hop_size)
        if found is None:
            pytest.skip("no view of frames in this library")
        found = backend.to_numpy(found)
        np.testing.assert_array_equal(found, core.frame(AUDIO[:, :50], frame_size, hop_size))


@pytest.mark.parametrize("items", [1, 2, 3])
def test_a_loss_in_parts(items, grad_backend, monkeypatch):
    """Chunks of equal and unequal sizes; gradients for target and audio."""
    expected = grad_backend_results(grad_backend)
    monkeypatch.setattr(_host, "CHUNK_SAMPLES", items * AUDIO.shape[1])
    found = grad_backend_results(grad_backend)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * np.abs(theirs).max())


def grad_backend_results(grad_backend):
    """Loss and its gradients for target and audio."""
    with grad_backend.scope("float64"):
        arrays = [grad_backend.asarray(x, "float64") for x in (TARGET, AUDIO)]
        adapter, weights = adapter_of(*arrays), [grad_backend.asarray(np.asarray(1.0), "float64")]
        f = spectral._whole_batch(LOSS)
        numbers = (*(getattr(LOSS, name) for name in f.terms), *[1.0] * len(LOSS.fft_sizes))

        def loss(target, audio):
            return adapter.mean_over_chunks(f, target, audio, numbers=numbers)

        value, gradients = grad_backend.value_and_grad(loss, arrays, (0, 1), weights, grad_backend.plain_mode)
        assert np.allclose(grad_backend.to_numpy(LOSS(*arrays)), grad_backend.to_numpy(value), rtol=1e-12)
        return [grad_backend.to_numpy(x) for x in (value, *gradients)]


GRADIENTS_BY_HAND = {
    "loss in parts": lambda backend, x: LOSS(backend.asarray(TARGET, "float64"), x),
    "magnitudes": lambda backend, x: spectral_ops.compute_mag(x, 20)[:, 2, 3],
    "tones": lambda backend, x: core.harmonic_synthesis(30.0 * x[:, :9, None] + 400.0, x[:, 9:18, None], n_samples=90),
}


@pytest.mark.parametrize("path", GRADIENTS_BY_HAND)
def test_gradients_by_hand_are_multiplied_by_what_comes_after(path, grad_backend, monkeypatch):
    """The gradient of 3 f is 3 times the gradient of f."""
    monkeypatch.setattr(_host, "CHUNK_SAMPLES", 2 * AUDIO.shape[1])
    f = GRADIENTS_BY_HAND[path]
    with grad_backend.scope("float64"):
        x = [grad_backend.asarray(AUDIO, "float64")]
        (one,), (three,) = (
            grad_backend.value_and_grad(lambda x: f(grad_backend, x), x, (0,), [factor], grad_backend.plain_mode)[1]
            for factor in (1.0, 3.0)
        )
        one, three = grad_backend.to_numpy(one), grad_backend.to_numpy(three)
    assert np.any(one)
    np.testing.assert_allclose(three, 3.0 * one, rtol=1e-12, atol=1e-14)


def test_float16_gradients_of_parts_outlast_a_small_weight(monkeypatch):
    """With loss scaling, the factor follows the chunks, whose gradients would underflow in float16."""
    torch = require_backend("torch").torch

    def gradient(dtype, samples):
        monkeypatch.setattr(_host, "CHUNK_SAMPLES", samples)
        x = torch.tensor(AUDIO, dtype=dtype, requires_grad=True)
        loss = losses.SpectralLoss(fft_sizes=(64,), mag_weight=1e-7)(torch.tensor(TARGET, dtype=dtype), x)
        (2.0**14 * loss.float()).backward()
        return x.grad.float()

    whole, parts, expected = gradient(torch.half, 10**6), gradient(torch.half, 200), gradient(torch.float32, 200)
    for found in (whole, parts):
        torch.testing.assert_close(found, expected, rtol=0.02, atol=0.01 * float(expected.abs().max()))


def test_silence_under_torch_vmap():
    """Inside vmap, `requires_grad` is False, and autodiff of a magnitude gives NaN at 0."""
    torch = require_backend("torch").torch
    target, loss = torch.tensor(TARGET), losses.SpectralLoss(fft_sizes=(64, 16))

    def gradient(f):
        silence = torch.zeros_like(target, requires_grad=True)
        f(target[:, None], silence[:, None]).sum().backward()
        return silence.grad

    found = gradient(torch.func.vmap(loss))
    assert torch.isfinite(found).all() and found.any()
    torch.testing.assert_close(
        found, gradient(lambda x, y: torch.stack([loss(*pair) for pair in zip(x, y, strict=True)]))
    )


def test_a_loss_in_parts_without_gradient(backend, monkeypatch):
    arrays = [backend.asarray(x, "float32") for x in (TARGET, AUDIO)]
    expected = float(backend.to_numpy(LOSS(*arrays)))
    monkeypatch.setattr(_host, "CHUNK_SAMPLES", 2 * AUDIO.shape[1])
    assert float(backend.to_numpy(LOSS(*arrays))) == pytest.approx(expected, rel=1e-6)


def glides(backend):
    """f0, amplitudes and distribution: harmonics below Nyquist, harmonics that cross it, and an f0 that crosses 0."""
    time = np.linspace(0.0, 1.0, 24)
    f0 = np.stack([0.0 * time + 333.0, 600.0 + 2000.0 * time**4, np.where(time < 0.9, 600.0, -600.0)])[..., None]
    arrays = (f0, normal("amplitude of glides", 3, 24, 1), normal("distribution of glides", 3, 24, 30))
    return [backend.asarray(x, "float64") for x in arrays]


def tones_and_gradients(grad_backend, n_samples, method):
    def tones(f0, amplitudes, distribution):
        return core.harmonic_synthesis(
            f0, amplitudes, None, distribution, n_samples=n_samples, amp_resample_method=method
        )

    with grad_backend.scope("float64"):
        arrays = glides(grad_backend)
        weights = [grad_backend.asarray(normal("weights of glides", 3, n_samples), "float64")]
        value, gradients = grad_backend.value_and_grad(tones, arrays, (0, 1, 2), weights)
        return [grad_backend.to_numpy(x) for x in (value, *gradients)]


@pytest.mark.parametrize(("n_samples", "method"), [(24 * 64, "window"), (24 * 50 + 7, "linear"), (24 * 16, "nearest")])
def test_rows_that_no_harmonic_leaves(n_samples, method, grad_backend, monkeypatch):
    """Tones agree between the cheaper form, which most rows use, and the form for all rows."""
    adapter = adapter_of(*glides(grad_backend))
    nonzero, found_numbers = adapter.concrete_nonzero, []

    def watched(condition):
        found_numbers.append((nonzero(condition), condition.shape[0]))
        return found_numbers[-1][0]

    monkeypatch.setattr(adapter, "concrete_nonzero", watched)
    found = tones_and_gradients(grad_backend, n_samples, method)
    if found_numbers[0][0] is None:
        pytest.skip("values cannot be read in this library")
    assert all(0 < len(crossings) < n / 2 for crossings, n in found_numbers)
    monkeypatch.setattr(adapter, "concrete_nonzero", lambda condition: None)
    expected = tones_and_gradients(grad_backend, n_samples, method)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11 * np.abs(theirs).max())


def test_tones_without_gradient_by_the_shorter_way(backend, monkeypatch):
    with backend.scope("float64"):
        f0, amplitudes, distribution = glides(backend)
        adapter = adapter_of(f0)
        if adapter.concrete_nonzero(f0[0, :, 0] > 0.0) is None:
            pytest.skip("values cannot be read in this library")
        found = backend.to_numpy(core.harmonic_synthesis(f0, amplitudes, None, distribution, n_samples=24 * 64))
        monkeypatch.setattr(adapter, "concrete_nonzero", lambda condition: None)
        expected = backend.to_numpy(core.harmonic_synthesis(f0, amplitudes, None, distribution, n_samples=24 * 64))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_freed_memory_is_kept():
    """Repeated allocation of arrays of a few megabytes causes no page faults."""
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("about the allocator of glibc")
    code = (
        "import resource, numpy as np, ddsp\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "use = lambda: sum(np.ones(2**20) for _ in range(4)).sum()\n"
        "use(); before = faults(); use(); print(faults() - before)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) < 100  # thousands without `keep_freed_memory`


def second_derivatives(samples_at_a_time, monkeypatch):
    """Gradient of the squared norm of the loss's gradient, by torch's autograd and transforms, and by JAX."""
    monkeypatch.setattr(_host, "CHUNK_SAMPLES", samples_at_a_time)
    import jax
    import torch

    found = {}
    target, audio = torch.from_numpy(TARGET), torch.from_numpy(AUDIO).requires_grad_()
    (slope,) = torch.autograd.grad(LOSS(target, audio), audio, create_graph=True)
    (found["torch"],) = torch.autograd.grad((slope * slope).sum(), audio)
    of_slope = torch.func.grad(lambda x: (torch.func.grad(lambda x: LOSS(target, x))(x) ** 2).sum())
    found["torch.func"] = of_slope(audio.detach())
    with jax.enable_x64(True):
        jax_slope = jax.grad(lambda x: LOSS(jax.numpy.asarray(TARGET), x))
        found["jax"] = jax.jit(jax.grad(lambda x: (jax_slope(x) ** 2).sum()))(jax.numpy.asarray(AUDIO))
    return {name: np.asarray(x) for name, x in found.items()}


def test_a_loss_in_parts_is_differentiable_again(monkeypatch):
    require_backend("torch")
    require_backend("jax")
    whole = second_derivatives(AUDIO.size, monkeypatch)
    parts = second_derivatives(AUDIO.shape[1], monkeypatch)
    assert whole.keys() == parts.keys()
    for found in (*whole.values(), *parts.values()):
        first = next(iter(whole.values()))
        np.testing.assert_allclose(found, first, rtol=1e-9, atol=1e-9 * np.abs(first).max())


def test_eager_jax_compiles_a_gradient_by_hand_once():
    """Equal functions share one compilation; otherwise each call would be traced and compiled again."""
    require_backend("jax")
    from ddsp.backends import jax as adapter

    before = adapter._with_gradient.cache_info()
    for _ in range(3):
        spectral_ops.compute_mag(adapter.xp.ones((1, 333)), 24)
    after = adapter._with_gradient.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 1)


def test_losses_that_differ_in_numbers_alone_are_compiled_as_one():
    def made(**settings):
        return spectral._whole_batch(losses.SpectralLoss(fft_sizes=(64, 16), **settings))

    assert made(mag_weight=0.5) == made(mag_weight=2.0) and hash(made(mag_weight=0.5)) == hash(made(mag_weight=2.0))
    assert made() != made(logmag_weight=1.0) and made() != made(loss_type="L2") and made() != LOSS


def test_one_target_for_a_batch_is_not_cut_in_chunks(monkeypatch):
    """Chunks need a common leading axis, which a batch of 1 beside n is not."""
    monkeypatch.setattr(_host, "CHUNK_SAMPLES", 8)
    ones = np.ones((1, 4)), np.ones((6, 4))
    assert has_chunks((ones[1], ones[1]))
    assert not has_chunks((ones[1], ones[0])) and not has_chunks(ones)
    monkeypatch.setattr(_host, "CHUNK_SAMPLES", 24)
    assert not has_chunks((ones[1], ones[1]))
