"""`ddsp.training`: gradient descent on controls, and evaluation of the result."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from conftest import require_backend
from ddsp import analysis, training
from ddsp.backends import load
from ddsp.training import evaluation, refinement
from ddsp.training.refinement import equal_runs
from tests.command import tone


def test_spectral_convergence_is_the_same_at_all_rates():
    """For a low tone with other phases, frames of 1024 samples gave 0.05 at 16 kHz and 0.7 at 96 kHz."""
    found = []
    for rate in (8000, 16000, 44100, 96000):
        t = np.arange(rate) / rate
        x, y = (sum(np.sin(2 * np.pi * 65.4 * h * t + a * h * h) / h for h in range(1, 30)) for a in (0.0, 1.3))
        found.append(training.evaluate_resynthesis(x, y, rate)["spectral_convergence"])
    assert max(found) < 0.1 and max(found) - min(found) < 0.01


def test_long_sounds_are_refined_in_segments():
    runs = equal_runs(1000, 600)
    assert [r.stop - r.start for r in runs] == [334, 334, 334] and runs[0].start == 0 and runs[-1].stop == 1000
    assert all(later.start <= earlier.stop for earlier, later in pairwise(runs))
    assert all((r.stop - r.start) * 600 <= 1.01 * refinement.SEGMENT_SAMPLES for r in runs)


def test_figures_of_chunks_are_near_those_of_the_whole(monkeypatch):
    x, y = tone(seconds=2.0), 0.9 * tone(seconds=2.0, pitch=301.0)
    whole = training.evaluate_resynthesis(x, y, 16000)
    monkeypatch.setattr(evaluation, "CHUNK_SAMPLES", 16000)
    parts = training.evaluate_resynthesis(x, y, 16000)
    for name in whole:
        assert parts[name] == pytest.approx(whole[name], rel=0.1)


def test_adam_is_that_of_the_paper():
    """Algorithm 1 of Kingma and Ba, with separate bias corrections of both means."""
    rng, rates = np.random.default_rng(0), [0.1, 0.2, 0.05, 0.1]
    adam = training.Adam(learning_rate=rates.__getitem__, beta_1=0.8, beta_2=0.95, epsilon=1e-12)
    params, m, v = {"x": rng.standard_normal(5)}, 0.0, 0.0
    state, expected = adam.init(params), params["x"]
    for t, rate in enumerate(rates, 1):
        g = rng.standard_normal(5)
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2
        expected = expected - rate * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-12)
        params, state = adam.update(params, {"x": g}, state, adam.step_size(t - 1))
        np.testing.assert_allclose(params["x"], expected, rtol=1e-9)
    assert training.Adam(0.3).step_size(0) == pytest.approx(0.3 * np.sqrt(0.001) / 0.1)


def test_epsilon_bounds_a_step():
    adam = training.Adam(0.1, epsilon=1.0)
    params = {"x": np.zeros(1)}
    params, _ = adam.update(params, {"x": np.full(1, 1e-3)}, adam.init(params), 0.5)
    assert params["x"][0] == pytest.approx(-0.5 * 1e-4 / (np.sqrt(1e-9) + 1.0))


@pytest.mark.parametrize("compiled", [False, True])
def test_minimize_finds_the_least(grad_backend, compiled):
    """Minimize (a - 3)^2 + |b - target|^2 with the same code on each framework; the given arrays do not change."""
    if compiled and grad_backend.name == "torch":
        pytest.skip("its compiler takes 20 s even for this")
    target = grad_backend.asarray(np.asarray([[0.5, -0.5]], np.float32))
    start = {name: grad_backend.asarray(np.zeros(shape, np.float32)) for name, shape in (("a", (1,)), ("b", (1, 2)))}
    xp, losses = load(grad_backend.name).xp, []

    def loss(params, target):
        return xp.sum((params["a"] - 3.0) ** 2) + xp.sum((params["b"] - target) ** 2)

    settings = {"steps": 100, "learning_rate": 0.2, "on_step": losses.append, "compiled": compiled}
    found = training.minimize(loss, start, target, **settings)
    np.testing.assert_allclose(grad_backend.to_numpy(found["a"]), [3.0], atol=0.05)
    np.testing.assert_allclose(grad_backend.to_numpy(found["b"]), [[0.5, -0.5]], atol=0.05)
    assert len(losses) == 100 and losses[0] == pytest.approx(9.5) and losses[-1] < 0.01
    assert not np.any(grad_backend.to_numpy(start["b"]))


def test_a_backend_without_gradients_says_so():
    with pytest.raises(RuntimeError, match="NumPy has no automatic differentiation"):
        training.minimize(lambda params: params["x"], {"x": np.zeros(1)})


def test_a_learning_rate_rises_and_falls():
    schedule = training.cosine_schedule(0.2, 100, warm_up=5, last=0.1)
    rates = [schedule(count) for count in range(101)]
    assert rates[0] == pytest.approx(0.2 / 5, rel=1e-3) and max(rates) == rates[4]
    assert rates[50] == pytest.approx(0.5 * (0.2 + 0.02)) and rates[100] == pytest.approx(0.02)


def recording_of(n_frames=60, hop=32):
    """A tone with noise, and controls that differ slightly from it, float32."""
    one = np.ones((1, n_frames, 1), np.float32)
    distribution = np.tile(np.asarray([0.6, 0.4], np.float32), (1, n_frames, 1))
    controls = {"amplitudes": 0.3 * one, "harmonic_distribution": distribution, "f0_hz": 300.0 * one}
    controls["magnitudes"] = np.full((1, n_frames, 9), 0.02, np.float32)
    noise = np.random.default_rng(0).uniform(-1.0, 1.0, (1, n_frames * hop)).astype(np.float32)
    target = analysis.render_controls(controls, noise=noise)
    wrong = {"amplitudes": 0.2 * one, "magnitudes": 2.0 * controls["magnitudes"], "f0_hz": 300.1 * one}
    return target, {**controls, **wrong, "voicing": one}, noise


def test_refined_controls_are_closer_in_each_segment(monkeypatch):
    """Amplitudes of two segments approach the correct ones; other entries do not change."""
    backend = require_backend("torch")
    monkeypatch.setattr(refinement, "equal_runs", lambda n_frames, hop: equal_runs(n_frames, hop, 1000))
    target, controls, noise = recording_of()
    given = {name: backend.asarray(x) for name, x in controls.items()}
    losses = []
    refined = training.refine(backend.asarray(target), given, backend.asarray(noise), steps=10, on_step=losses.append)
    assert len(losses) == 20 and losses[9] < 0.5 * losses[0] and losses[19] < 0.5 * losses[10]
    for name, x in refined.items():
        assert x.shape == given[name].shape
        np.testing.assert_array_equal(backend.to_numpy(given[name]), controls[name])
    error = np.abs(backend.to_numpy(refined["amplitudes"]) - 0.3)  # initially 0.1
    assert error[:, :30].mean() < 0.08 and error[:, 30:].mean() < 0.08
    np.testing.assert_array_equal(backend.to_numpy(refined["voicing"]), controls["voicing"])
    audio = backend.to_numpy(analysis.render_controls(refined, noise=backend.asarray(noise)))
    before, after = (training.evaluate_resynthesis(target, x)["spectral_loss"]
                     for x in (analysis.render_controls(controls, noise=noise), audio))  # fmt: skip
    assert after < 0.5 * before


def test_a_target_has_whole_frames():
    target, controls, noise = recording_of()
    with pytest.raises(ValueError, match="target: got 1919 samples for 60 frames"):
        training.refine(target[:, :-1], controls, noise[:, :-1])
