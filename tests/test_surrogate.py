"""Surrogates learn frequencies from a fifth away, which plain sinusoids do not; powers of any length."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import require_backend
from ddsp import core
from ddsp.losses import mean_difference
from ddsp.spectral_ops import compute_mag

from .assertions import assert_close, assert_finite
from .ops.core.surrogate import surrogate_oscillator_bank as oracle

RATE = 16000
F0 = 440.0
#: Initial f0 relative to the true one: a fifth above and a fifth below.
FIFTHS = np.asarray([[3 / 2], [2 / 3]])


@pytest.fixture(params=["jax"])  # `each_learner` has torch as well, which takes four times as long, eagerly
def learner(request):
    return require_backend(request.param)


each_learner = pytest.mark.parametrize("learner", ["torch", "jax"], indirect=True)


# Learning -------------------------------------------------------------------------------------------------------


def descend(backend, params, loss, steps=600, rate=1e-3):
    """Run Adam (Kingma and Ba, 2015) with gradients of `backend`, and return the final parameters."""
    names = sorted(params)
    one = [backend.asarray(np.ones(()), "float32")]

    def of_values(*values):
        return loss(**dict(zip(names, values, strict=True)))

    slope = backend.grad_function(of_values, range(len(names)), one, backend.plain_mode)
    values = [params[name].astype(np.float32) for name in names]
    first, second = ([np.zeros_like(x) for x in values] for _ in range(2))
    for step in range(1, steps + 1):
        _, grads = slope(*(backend.asarray(x, "float32") for x in values))
        for i, grad in enumerate(map(backend.to_numpy, grads)):
            first[i] = 0.9 * first[i] + 0.1 * grad
            second[i] = 0.999 * second[i] + 0.001 * grad**2
            change = first[i] / (1 - 0.9**step) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
            values[i] = (values[i] - rate * change).astype(np.float32)
    return dict(zip(names, values, strict=True))


def cents(hz):
    """Absolute difference from F0 in cents."""
    return 1200.0 * np.log2(np.maximum(hz, 1.0) / F0)


def cents_learnt(params):
    return cents(core.surrogate_to_frequencies(params["real"], params["imag"], RATE))


def start(f0_hz):
    real, imag = core.frequencies_to_surrogate(f0_hz, sample_rate=RATE)
    return {"real": real, "imag": imag}


def tone(amplitudes=(1.0,), phase=0.0, n_samples=256):
    """Target of cosines at multiples of F0, with a phase in cycles."""
    turns = F0 / RATE * np.arange(n_samples) + phase
    return sum(a * np.cos(2 * np.pi * k * turns) for k, a in enumerate(amplitudes, 1))


def waveform_loss(backend, target):
    target = backend.asarray(target, "float32")
    return lambda audio: mean_difference(target, audio, "L2")


def spectrum_loss(backend, target):
    """Loss of the magnitudes of one Hann-windowed frame, which is independent of phase."""
    size = target.shape[1]
    target = compute_mag(backend.asarray(target, "float32"), size=size, pad_end=False)
    return lambda audio: mean_difference(target, compute_mag(audio, size=size, pad_end=False), "L2")


@each_learner
def test_waveforms_find_a_frequency_a_fifth_away(learner):
    loss = waveform_loss(learner, tone()[None])
    found = descend(
        learner,
        start(F0 * FIFTHS),
        lambda real, imag: loss(core.surrogate_oscillator_bank(real, imag, n_samples=256)),
    )
    assert np.all(np.abs(cents_learnt(found)) < 2.0), cents_learnt(found)


def test_spectra_find_a_frequency_of_any_phase(learner):
    """Both fifths, with two phases of the target; the amplitude is learned as well."""
    loss = spectrum_loss(learner, np.stack([tone(phase=p, n_samples=512) for p in (0.1, 0.1, 0.75, 0.75)]))
    found = descend(
        learner,
        {**start(F0 * np.tile(FIFTHS, (2, 1))), "amplitudes": np.full((4, 1), 0.5)},
        lambda **z: loss(core.surrogate_oscillator_bank(**z, n_samples=512)),
        rate=3e-3,
    )
    assert np.all(np.abs(cents_learnt(found)) < 2.0), cents_learnt(found)


def test_harmonic_tones_find_their_f0(learner):
    """Harmonics are powers of one z. Some partials of target and start agree, since a fifth is 3 / 2."""
    weights = np.asarray([[1.0, 0.5, 0.33, 0.25]])
    loss = waveform_loss(learner, tone(weights[0])[None])
    amplitudes = learner.asarray(np.repeat(weights, 2, axis=0), "float32")

    def of_z(real, imag):
        harmonics = core.surrogate_harmonics(real, imag, 4)
        return loss(core.surrogate_oscillator_bank(*harmonics, amplitudes, n_samples=256))

    found = descend(learner, start(F0 * FIFTHS), of_z)
    assert np.all(np.abs(cents_learnt(found)) < 5.0), cents_learnt(found)


@pytest.mark.parametrize(("make_loss", "n_samples", "rate"), [(waveform_loss, 256, 1e-3), (spectrum_loss, 512, 3e-3)])
def test_plain_sinusoids_do_not(learner, make_loss, n_samples, rate):
    """With the same tasks, losses, rates and steps, `oscillator_bank` stays more than five semitones away."""
    loss = make_loss(learner, tone(phase=F0 / RATE - 0.25, n_samples=n_samples)[None])  # with the phase of the bank
    ones = learner.asarray(np.ones((2, n_samples, 1)), "float32")
    found = descend(
        learner,
        {"omega": 2 * np.pi * F0 / RATE * FIFTHS[:, None, :]},
        lambda omega: loss(core.oscillator_bank(RATE / (2 * np.pi) * omega * ones, ones, RATE)),
        rate=rate,
    )
    off = cents(RATE / (2 * np.pi) * found["omega"])
    assert np.all(np.abs(off) > 500.0), off


# Values ---------------------------------------------------------------------------------------------------------


def test_long_powers_neither_overflow_nor_drift(grad_backend):
    """100 000 samples in float32: rounding of z alone changes the final phase by n * 6e-8 radians."""
    backend, n = grad_backend, 100_000
    magnitudes = np.asarray([[1.0], [0.9999], [0.5], [0.0], [1.0001], [2.0], [1e4]])
    real, imag = ((magnitudes * x).astype(np.float32) for x in (0.6, 0.8))
    weights = [backend.asarray(np.ones((len(magnitudes), n)), "float32")]
    run = backend.grad_function(
        lambda *z: core.surrogate_oscillator_bank(*z, n_samples=n), (0, 1), weights, backend.plain_mode
    )
    audio, grads = run(backend.asarray(real), backend.asarray(imag))
    assert_finite([audio, *grads], backend)
    expected = oracle(real.astype(np.float64), imag.astype(np.float64), n_samples=n)
    assert_close(backend.to_numpy(audio), expected, 2e-7 * (1 + np.arange(n))[None])


def test_gradient_outside_of_the_circle_is_that_on_it(grad_backend):
    """This includes the radial part, so that z returns into the circle."""
    angles = np.asarray([[0.3, 2.0]])
    weights = [grad_backend.asarray(np.random.default_rng(2).standard_normal((1, 50)), "float32")]
    run = grad_backend.grad_function(lambda *z: core.surrogate_oscillator_bank(*z, n_samples=50), (0, 1), weights)

    def grads(magnitude):
        z = magnitude * np.cos(angles), magnitude * np.sin(angles)
        return np.stack([grad_backend.to_numpy(g) for g in run(*(grad_backend.asarray(x, "float32") for x in z))[1]])

    inside, outside = grads(1.0 - 1e-7), grads(1.25)
    assert_close(1.25 * outside, inside, 1e-4 * np.max(np.abs(inside)))
    radial = inside[0] * np.cos(angles) + inside[1] * np.sin(angles)
    assert np.all(np.abs(radial) > 1.0)


def test_gradient_at_zero_is_exact(grad_backend):
    """At z = 0, only Re z contributes to the slope of Re z^n; the angle is undefined."""
    zero = [grad_backend.asarray(np.zeros((1, 1)), "float32") for _ in range(2)]
    weights = [grad_backend.asarray(np.ones((1, 8)), "float32")]
    run = grad_backend.grad_function(lambda *z: core.surrogate_oscillator_bank(*z, n_samples=8), (0, 1), weights)
    audio, grads = run(*zero)
    np.testing.assert_array_equal(grad_backend.to_numpy(audio), [[1.0] + 7 * [0.0]])
    np.testing.assert_array_equal(np.squeeze([grad_backend.to_numpy(g) for g in grads]), [1.0, 0.0])


def test_frequencies_there_and_back(backend):
    hz = np.asarray([[0.0, 1.0, 440.0, 7999.0, 8000.0]])
    real, imag = core.frequencies_to_surrogate(backend.asarray(hz, "float32"), 0.7, RATE)
    assert_close(backend.to_numpy(core.surrogate_to_frequencies(real, -imag, RATE)), hz, 2e-3)
    assert_close(backend.to_numpy(real * real + imag * imag), np.full_like(hz, 0.49), 1e-6)


def test_edge_batches(backend):
    for batch in (0, 1):
        z = backend.asarray(np.ones((batch, 3)), "float32")
        assert tuple(core.surrogate_oscillator_bank(z, z, n_samples=1).shape) == (batch, 1)


ONES = np.ones((2, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ONES[0], ONES), r"real: got shape \(3,\), expected \[batch, sinusoids\]"),
        ((ONES, ONES[:, :1]), r"imag: got shape \(2, 1\) with sinusoids = 1, expected 3"),
        ((ONES, ONES, ONES[:, :2]), r"amplitudes: got shape \(2, 2\)"),
        ((ONES, np.ones((4, 3))), "imag: got shape .* a batch of 4"),
        ((ONES, ONES, None, None, 0), "n_samples: got 0"),
    ],
)
def test_wrong_shapes_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        core.surrogate_oscillator_bank(*arguments)


def test_harmonics_of_one_fundamental_alone():
    with pytest.raises(ValueError, match=r"imag: got shape \(2, 3\), expected \[batch, 1\]"):
        core.surrogate_harmonics(ONES[:, :1], ONES, 4)
