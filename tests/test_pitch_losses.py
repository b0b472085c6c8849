"""Two-way mismatch and hidden Markov models: all paths count, octaves and melodies are correct, values are finite."""

from __future__ import annotations

import importlib
import itertools
import tracemalloc

import numpy as np
import pytest

from conftest import require_backend
from ddsp import core
from ddsp.losses import HmmTranscriber, TWMLoss

from .assertions import assert_close, assert_finite
from .ops.core.hidden_markov import transition_matrix
from .ops.losses.transcription import MELODY
from .ops.losses.two_way_mismatch import SINUSOIDS, twm_losses

# Hidden Markov models -------------------------------------------------------------------------------------------

N_STATES, N_FRAMES, HOLD = 3, 5, 0.6


def observations(n_frames=N_FRAMES, batch=2):
    return np.random.default_rng(3).normal(scale=2.0, size=(batch, n_frames, N_STATES))


def probabilities_of_paths(log_observations):
    """All paths through one recording, and the joint probability of each path and the observations."""
    matrix = transition_matrix(N_STATES, HOLD)
    paths = np.asarray(list(itertools.product(range(N_STATES), repeat=len(log_observations))))
    moves = np.prod(matrix[paths[:, :-1], paths[:, 1:]], axis=1)
    seen = np.prod(np.exp(log_observations)[np.arange(len(log_observations)), paths], axis=1)
    return paths, moves * seen / N_STATES


@pytest.mark.parametrize("n_frames", [1, 2, N_FRAMES])
def test_all_paths_add_up_and_the_best_is_found(n_frames, backend):
    x = observations(n_frames)
    counted = [probabilities_of_paths(frames) for frames in x]
    total = [np.log(np.sum(p)) for _, p in counted]
    best = [paths[np.argmax(p)] for paths, p in counted]
    with backend.scope("float64"):
        array = backend.asarray(x)
        likelihood = backend.run(lambda x: core.hmm_log_likelihood(x, HOLD))(array)
        path = backend.run(lambda x: core.hmm_viterbi(x, HOLD))(array)
        assert_close(backend.to_numpy(likelihood), total, 1e-12, backend.name)
        np.testing.assert_array_equal(backend.to_numpy(path), best)


def test_the_gradient_is_the_probability_of_each_state(grad_backend):
    backend, x = grad_backend, observations()
    expected = np.zeros_like(x)
    for item, frames in enumerate(x):
        paths, p = probabilities_of_paths(frames)
        for frame, state in np.ndindex(expected.shape[1:]):
            expected[item, frame, state] = np.sum(p[paths[:, frame] == state]) / np.sum(p)
    with backend.scope("float64"):
        weights = [backend.asarray(np.ones(2))]
        _, (gradient,) = backend.value_and_grad(
            lambda x: core.hmm_log_likelihood(x, HOLD), [backend.asarray(x)], (0,), weights, backend.plain_mode
        )
        assert_close(backend.to_numpy(gradient), expected, 1e-12, backend.name)


def test_long_recordings_lose_no_precision():
    x = 30.0 * observations(20000, batch=1)
    exact = core.hmm_log_likelihood(x, 0.999)
    single = core.hmm_log_likelihood(x.astype(np.float32), 0.999)
    assert abs(float(single[0]) / float(exact[0]) - 1.0) < 1e-6
    np.testing.assert_array_equal(core.hmm_viterbi(x, 0.999), core.hmm_viterbi(x.astype(np.float32), 0.999))


def test_a_melody_is_transcribed(backend):
    """A melody of notes of 12 frames with vibrato and noise, some wrong frames, and a rest with random pitch."""
    rng = np.random.default_rng(0)
    notes = np.repeat([60.0, 62.0, 67.0, 0.0, 67.0, 55.0], 12)
    pitch = notes + 0.3 * np.sin(np.arange(72)) + 0.15 * rng.standard_normal(72)
    pitch[[5, 18, 55]] = notes[[5, 18, 55]] + [1.6, -1.6, 1.0]
    pitch = np.where(notes > 0.0, pitch, rng.uniform(20.0, 100.0, 72))
    amps = np.where(notes > 0.0, rng.uniform(0.8, 2.0, 72), rng.uniform(0.0, 0.2, 72))
    inputs = [backend.asarray(x.reshape(1, 72, 1), "float32") for x in (pitch, amps)]
    found = backend.run(HmmTranscriber(avg_length=20).predict_midi)(*inputs)
    np.testing.assert_array_equal(backend.to_numpy(found)[0, :, 0], notes)


def test_notes_that_fit_cost_less():
    inputs = {name: x.astype(np.float32) for name, x in MELODY.items()}
    in_tune = {**inputs, "pitch": HmmTranscriber().predict_midi(**inputs)}
    assert float(HmmTranscriber()(**in_tune)) < float(HmmTranscriber()(**inputs))


@pytest.mark.parametrize(
    "message, call",
    [
        ("hold: got 0.3", lambda: core.hmm_log_likelihood(observations(), 0.3)),
        ("hold: got 1", lambda: core.hmm_viterbi(observations(), 1)),
        ("log_observations: got shape", lambda: core.hmm_viterbi(observations()[0], HOLD)),
        ("at least one element along 'frames'", lambda: core.hmm_log_likelihood(observations()[:, :0], HOLD)),
        ("at least one frame and two states", lambda: core.hmm_viterbi(observations()[:, :, :1], 0.5)),
        ("avg_length: got 1,", lambda: HmmTranscriber(avg_length=1)),
        ("n_timesteps: got 0,", lambda: HmmTranscriber(n_timesteps=0)),
        ("pitch: got 9 frames", lambda: HmmTranscriber(n_timesteps=8)(**MELODY)),
        ("midi_std: got 0,", lambda: HmmTranscriber(midi_std=0)),
        ("n_pitches: got 1,", lambda: HmmTranscriber(n_pitches=1)),
        ("amps: got shape", lambda: HmmTranscriber().nll(np.zeros((1, 4, 1)), np.zeros((1, 4)))),
        ("n_harmonic_points: got 0,", lambda: TWMLoss(n_harmonic_points=0)),
        ("softmin_temperature: got 0.0,", lambda: TWMLoss(softmin_temperature=0.0)),
        ("amps: got shape", lambda: TWMLoss()(*(np.ones((1, 2, n)) for n in (3, 4, 5)))),
        ("freqs: got shape", lambda: TWMLoss()(np.ones((1, 2, 3)), np.ones((1, 2)), np.ones((1, 2)))),
        (
            "freqs: got shape .* a batch of 3",
            lambda: TWMLoss()(np.ones((2, 2, 3)), np.ones((3, 2, 3)), np.ones((3, 2, 3))),
        ),
    ],
)
def test_bad_arguments_are_named(message, call):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_rarest_transitions_are_allowed():
    """avg_length = n / (n - 1) makes all states equally likely; rounding must not cause an error."""
    for n in range(2, 200):
        assert np.isfinite(float(HmmTranscriber(avg_length=n / (n - 1), n_pitches=n)(*MELODY.values())))


# Two-way mismatch -----------------------------------------------------------------------------------------------


def tones(f0_hz, n_partials=20, seed=1):
    """Detuned harmonics of random amplitudes and weak unrelated sinusoids, [1, frames, sinusoids]."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(1, n_partials + 1)
    freqs = f0_hz[:, np.newaxis] * numbers * 2.0 ** rng.normal(scale=0.004, size=(len(f0_hz), n_partials))
    amps = rng.uniform(0.3, 1.0, freqs.shape) / numbers
    freqs = np.concatenate([freqs, f0_hz[:, np.newaxis] * rng.uniform(0.5, 25.0, (len(f0_hz), 4))], axis=1)
    return freqs[np.newaxis], np.concatenate([amps, np.full((len(f0_hz), 4), 0.01)], axis=1)[np.newaxis]


def test_the_fundamental_is_told_from_its_octaves(backend):
    f0_hz = np.random.default_rng(2).uniform(80.0, 400.0, 40)
    factors = np.asarray([0.25, 1 / 3, 0.5, 2 / 3, 1.0, 1.5, 2.0, 3.0, 4.0])
    inputs = [f0_hz[np.newaxis, :, np.newaxis] * factors, *tones(f0_hz)]
    found = backend.run(TWMLoss().predict_f0)(*(backend.asarray(x, "float32") for x in inputs))
    np.testing.assert_allclose(backend.to_numpy(found)[0, :, 0], f0_hz, rtol=1e-6)


def test_a_candidate_above_nyquist_does_not_win():
    """In the original, all harmonics of such a candidate count as found."""
    freqs, amps = tones(np.asarray([3000.0]), n_partials=2)
    candidates = np.asarray([[[3000.0, 9000.0]]])
    assert TWMLoss().predict_f0(candidates, freqs, amps)[0, 0, 0] == 3000.0
    assert TWMLoss().get_loss_tensors(candidates, freqs, amps)[1][0, 0, 1] > 0.0


def test_the_gradient_leads_a_sinusoid_to_its_harmonic(grad_backend):
    freqs = np.asarray([[[200.0, 404.0, 597.0]]])
    arrays = [grad_backend.asarray(x, "float32") for x in (np.full((1, 1, 1), 200.0), freqs, np.ones((1, 1, 3)))]
    weights = [grad_backend.asarray(np.ones(()), "float32")]
    loss = TWMLoss(n_harmonic_points=3)
    _, (gradient,) = grad_backend.value_and_grad(loss, arrays, (1,), weights, grad_backend.plain_mode)
    gradient = grad_backend.to_numpy(gradient)[0, 0]
    assert gradient[1] > 0.0 > gradient[2]


EXTREMES = {
    "silence": {"amps": 0.0},
    "no candidate": {"f0_candidates": 0.0},
    "no frequency": {"freqs": 0.0},
    "nothing": {"amps": 0.0, "f0_candidates": 0.0, "freqs": 0.0},
    "candidates above Nyquist": {"f0_candidates": 9e4},
    "sinusoids above Nyquist": {"freqs": 9e4},
    "nearly silent": {"amps": 1e-30},
    "low candidates": {"f0_candidates": 1e-3},
}


@pytest.mark.parametrize("n_sinusoids", [1, 4])
def test_extremes_stay_finite(n_sinusoids, grad_backend):
    backend, weights = grad_backend, [grad_backend.asarray(np.ones(()), "float32")]
    run = backend.grad_function(TWMLoss(), (0, 1, 2), weights, backend.plain_mode)
    predict = backend.run(TWMLoss().predict_f0)
    ordinary = {name: x if name == "f0_candidates" else x[:, :, :n_sinusoids] for name, x in SINUSOIDS.items()}
    for label, values in EXTREMES.items():
        inputs = ordinary | {name: np.full_like(ordinary[name], value) for name, value in values.items()}
        arrays = [backend.asarray(x, "float32") for x in inputs.values()]
        value, gradients = run(*arrays)
        assert_finite([value, *gradients, predict(*arrays)], backend, label)
        limits = (1.0, 1e6, 1e10)  # measured, times 10 (the original: up to 1e19); errors of 1e8 round to 8
        for gradient, limit in zip(gradients, limits, strict=True):
            assert np.max(np.abs(backend.to_numpy(gradient))) < limit, label


@pytest.mark.parametrize("scale", [0.05, 0.2, 0.45, 2.0])
def test_gaussians_that_are_left_out_are_not_missed(scale):
    """Only the Gaussians near a ratio are summed; the others are 0 in float64 precision."""
    freqs = 100.0 * np.linspace(0.1, 12.0, 239).reshape(1, 239, 1)  # in steps of 0.05 harmonics
    inputs = np.full((1, 239, 1), 100.0), freqs, np.ones((1, 239, 1))
    settings = {"harmonics_scale": scale, "n_harmonic_gaussians": 9}
    actual, expected = TWMLoss(**settings).get_loss_tensors(*inputs)[0], twm_losses(*inputs, **settings)[0]
    np.testing.assert_allclose(actual, expected, rtol=1e-13, atol=1e-13)


def test_memory_does_not_grow_with_the_harmonics():
    rng = np.random.default_rng(0)
    candidates, freqs, amps = (rng.uniform(100.0, 4000.0, (1, 40, n)) for n in (30, 25, 25))
    one_array = 8 * 40 * 30 * 25
    tracemalloc.start()
    TWMLoss()(candidates, freqs, amps)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * one_array, f"{peak / one_array:.1f} arrays of [batch, frames, candidates, sinusoids]"


# Framework modules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framework", ["torch", "jax", "tensorflow"])
def test_both_are_losses_of_each_framework(framework):
    backend = require_backend(framework)
    losses = importlib.import_module(f"ddsp.{framework}").losses
    for name, inputs in (("HmmTranscriber", MELODY), ("TWMLoss", SINUSOIDS)):
        arrays = {key: backend.asarray(x, "float32") for key, x in inputs.items()}
        plain = {"HmmTranscriber": HmmTranscriber, "TWMLoss": TWMLoss}[name]()
        loss = getattr(losses, name)()
        assert float(loss(**arrays)) == pytest.approx(float(plain(**arrays)), rel=1e-6)  # Keras weighs the mean again
        assert set(loss.get_losses_dict(**arrays)) == {plain.name}
    assert loss.predict_f0(**arrays).shape == (2, 3, 1)
