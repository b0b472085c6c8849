"""What an adapter may do faster agrees with the plain way, in value, gradient and gradient of the gradient."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import require_backend
from ddsp import core, losses, spectral_ops
from ddsp.backends import adapter_of
from ddsp.losses import spectral

from .cases import normal

LOSS = losses.SpectralLoss(fft_sizes=(64, 16), loss_type="L2", logmag_weight=1.0, convergence_weight=0.5)
TARGET, AUDIO = normal("target of parts", 5, 200), normal("audio of parts", 5, 200)


@pytest.mark.parametrize(("frame_size", "hop_size"), [(8, 2), (8, 3), (7, 7), (50, 1), (3, 5)])
def test_frames(backend, frame_size, hop_size):
    with backend.scope("float64"):
        audio = backend.asarray(AUDIO[:, :50], "float64")
        adapter = adapter_of(audio)
        if not hasattr(adapter, "frames"):
            pytest.skip("no view of frames in this library")
        found = backend.to_numpy(adapter.frames(audio, frame_size, hop_size))
        np.testing.assert_array_equal(found, core.frame(AUDIO[:, :50], frame_size, hop_size))


@pytest.mark.parametrize("items", [1, 2, 3])
def test_a_loss_in_parts(items, grad_backend, monkeypatch):
    """Parts of equal sizes and of others, for the target as well as for the audio."""
    expected = grad_backend_results(grad_backend, TARGET.shape[0])
    monkeypatch.setattr(spectral, "PART_SAMPLES", items * AUDIO.shape[1])
    found = grad_backend_results(grad_backend, items)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * np.abs(theirs).max())


def grad_backend_results(grad_backend, items):
    """The loss, and its gradients for target and audio."""
    with grad_backend.scope("float64"):
        arrays = [grad_backend.asarray(x, "float64") for x in (TARGET, AUDIO)]
        adapter, weights = adapter_of(*arrays), [grad_backend.asarray(np.asarray(1.0), "float64")]
        in_parts = getattr(adapter, "mean_of_parts", lambda f, size, *arrays: f(*arrays))

        def loss(target, audio):
            return in_parts(spectral._AtOnce(LOSS), items, target, audio)

        value, gradients = grad_backend.value_and_grad(loss, arrays, (0, 1), weights)
        assert np.allclose(grad_backend.to_numpy(LOSS(*arrays)), grad_backend.to_numpy(value), rtol=1e-12)
        return [grad_backend.to_numpy(x) for x in (value, *gradients)]


def test_a_loss_in_parts_without_gradient(backend, monkeypatch):
    arrays = [backend.asarray(x, "float32") for x in (TARGET, AUDIO)]
    expected = float(backend.to_numpy(LOSS(*arrays)))
    monkeypatch.setattr(spectral, "PART_SAMPLES", 2 * AUDIO.shape[1])
    assert float(backend.to_numpy(LOSS(*arrays))) == pytest.approx(expected, rel=1e-6)


def second_derivatives(samples_at_a_time, monkeypatch):
    """Gradient of the squared norm of the loss's gradient, in torch by autograd and by its transforms, and in JAX."""
    monkeypatch.setattr(spectral, "PART_SAMPLES", samples_at_a_time)
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
        found["jax"] = jax.grad(lambda x: (jax_slope(x) ** 2).sum())(jax.numpy.asarray(AUDIO))
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
    """Equal functions are one function: otherwise each call would be traced and compiled anew."""
    require_backend("jax")
    from ddsp.backends import jax as adapter

    before = adapter.with_gradient.cache_info()
    for _ in range(3):
        spectral_ops.compute_mag(adapter.xp.ones((1, 333)), 24)
    after = adapter.with_gradient.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 1)
