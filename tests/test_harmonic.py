"""All forms of harmonic synthesis agree with the plain one, and hand-written gradients with finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import require_backend
from ddsp.backends import Adapter, load
from ddsp.backends._traits import Traits
from ddsp.core import harmonic_synthesis, plain_harmonic_synthesis
from ddsp.core.harmonic.forms import Form, choose_form
from ddsp.core.harmonic.gradient import gradient_of_sum, slope_rows
from ddsp.core.harmonic.nyquist import crossed_rows
from ddsp.core.harmonic.pairs import gradient_of_pairs, sum_pairs
from ddsp.core.harmonic.rows import f0_ramp, synthesize_rows
from ddsp.core.harmonic.sums import HarmonicSum, sum_harmonics
from ddsp.core.hops import Hops, hops_of

BATCH, ROWS, SAMPLES = 2, 3, 5

#: Traits and readability of values that select each form.
FORMS = {
    "pairs and products": (0, True),
    "products": (0, False),
    "recurrence, groups side by side": (1, False),
    "recurrence": (10**6, False),
}
#: A glide whose harmonics cross Nyquist, one that passes 0 Hz, and a tone.
GLIDES = np.stack([np.linspace(200.0, 790.0, 25), np.linspace(-311.0, 293.7, 25), np.full(25, 441.3)])[:, :, None]
LEVELS = np.random.default_rng(0).uniform(0.0, 1.0, (3, 25, 30))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("hop", [7, 8, 61])
@pytest.mark.parametrize("method", ["window", "cubic"])
def test_every_form_is_the_plain_one(form, hop, method, monkeypatch):
    """Values and gradients agree, also for a hop too short for rows. Autodiff differentiates the plain form."""
    torch = require_backend("torch").torch
    steps, readable = FORMS[form]
    adapter = load("torch")
    monkeypatch.setattr(adapter, "traits", lambda like: Traits(max_fused_ops=steps, polynomial_sine=steps > 1))
    if not readable:
        monkeypatch.setattr(adapter, "concrete_nonzero", lambda condition: None)
    f0, levels = torch.tensor(GLIDES, requires_grad=True), torch.tensor(LEVELS, requires_grad=True)
    options = {"n_samples": 25 * hop}
    one, weights = torch.ones_like(f0), torch.randn(3, 25 * hop, generator=torch.Generator().manual_seed(0))

    def value_and_gradients(audio):
        return audio.detach(), *torch.autograd.grad((weights * audio).sum(), (f0, levels))

    plain = value_and_gradients(plain_harmonic_synthesis(f0, levels, **options, method=method)[0])
    found = value_and_gradients(
        harmonic_synthesis(f0, one, harmonic_distribution=levels, **options, amp_resample_method=method)
    )
    for ours, theirs in zip(found, plain, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=9e-11 * float(theirs.abs().max()))


@pytest.mark.parametrize("name", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hop", [8, 64, 71])
@pytest.mark.parametrize(("n_harmonics", "crossed"), [(12, [0]), (22, range(1, 21)), (97, range(21, 40))])
def test_rows_do_not_depend_on_each_other(n_harmonics, crossed, hop, dtype, name):
    """Some hops alone have the bits that they have among others, whatever forms these take."""
    backend, adapter, rng = require_backend(name), load(name), np.random.default_rng(0)
    f0 = 250.0 * 2.0 ** (0.8 * np.sin(np.arange(40.0) / 4.0))[None, :, None]
    hops = [hops_of(adapter.xp, backend.asarray(x, dtype)) for x in (f0, rng.uniform(0.0, 1.0, (1, 40, n_harmonics)))]
    is_crossed, _ = crossed_rows(adapter, f0_ramp(adapter, hops[0], 40 * hop), 8000.0, n_harmonics)
    assert int(is_crossed.sum()) * 40 // is_crossed.shape[1] in crossed
    whole, _ = synthesize_rows(adapter, *hops, 40 * hop, 16000, "window")
    parts, phase = [], None
    for i, j in ((0, 1), (1, 2), (2, 9), (9, 39), (39, 40)):
        part = (Hops(*(x[:, i:j] for x in controls)) for controls in hops)
        audio, phase = synthesize_rows(adapter, *part, (j - i) * hop, 16000, "window", phase)
        parts.append(backend.to_numpy(audio))
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), backend.to_numpy(whole))


class Fusing:
    """NumPy's adapter with a given `max_fused_ops`."""

    def __init__(self, steps):
        self.steps = steps

    def __getattr__(self, name):
        return getattr(load("numpy"), name)

    def traits(self, like):
        return load("numpy").traits(like)._replace(max_fused_ops=self.steps)


def inputs(n_harmonics):
    """phase, start, change, n_audible and blend; the number of audible harmonics varies from none to all."""
    rng = np.random.default_rng(n_harmonics)
    phase = rng.uniform(-0.5, 0.5, (BATCH, ROWS, SAMPLES))
    below = rng.integers(0, n_harmonics + 2, phase.shape).astype(float)
    below[0, 0] = [0.0, n_harmonics, n_harmonics + 1.0, np.ceil(np.sqrt(n_harmonics)), 1.0]
    start, change = rng.standard_normal((2, BATCH, ROWS, n_harmonics))
    return phase, start, change, below, rng.uniform(0.0, 1.0, (1, 1, SAMPLES))


def written_out(phase, start, change, n_audible, blend):
    total = np.zeros(phase.shape, complex)
    for h in range(1, start.shape[2] + 1):
        amplitude = start[:, :, h - 1 : h] + blend * change[:, :, h - 1 : h]
        total += np.where(h <= n_audible, amplitude, 0.0) * np.exp(2j * np.pi * h * phase)
    return total


#: `max_fused_ops` for matrix products, and for the recurrence with groups side by side and one by one.
WAYS = (0, 1, 10**6)


def summed(steps, *rows):
    backend = Fusing(steps)
    return sum_harmonics(backend, choose_form(backend, rows[0]), *rows)


def differentiated(steps, cotangent, *rows):
    backend = Fusing(steps)
    slope, _ = summed(steps, *slope_rows(backend, *rows))
    return gradient_of_sum(backend, cotangent, slope, *rows)


@pytest.mark.parametrize("n_harmonics", [1, 2, 9, 10, 33])
@pytest.mark.parametrize("steps", WAYS)
def test_sum(n_harmonics, steps):
    arrays = inputs(n_harmonics)
    re, im = summed(steps, *arrays)
    np.testing.assert_allclose(re + 1j * im, written_out(*arrays), rtol=0, atol=1e-12 * n_harmonics)


@pytest.mark.parametrize("n_harmonics", [1, 2, 9, 10, 33])
@pytest.mark.parametrize("steps", WAYS)
def test_gradient(n_harmonics, steps):
    rows = inputs(n_harmonics)
    cotangent = np.random.default_rng(1).standard_normal(rows[0].shape)
    check_gradient(differentiated(steps, cotangent, *rows), cotangent, *rows)


@pytest.mark.parametrize("n_harmonics", [1, 2, 3, 9, 10, 33])
def test_rows_with_one_count(n_harmonics):
    phase, start, change, n_audible, blend = inputs(n_harmonics)
    rows = phase, start, change, n_audible[:, :, :1], blend
    cotangent = np.random.default_rng(1).standard_normal(phase.shape)
    found = sum_pairs(load("numpy"), *rows)
    np.testing.assert_allclose(found, written_out(*rows).imag, rtol=0, atol=1e-12 * n_harmonics)
    check_gradient(gradient_of_pairs(load("numpy"), cotangent, *rows), cotangent, *rows)


def check_gradient(found, cotangent, phase, start, change, n_audible, blend):
    """Compare with finite differences of the plain sum, in one direction for each array."""
    rng = np.random.default_rng(2)
    point = (phase, start, change)
    for i, gradient in enumerate(found):
        assert gradient.shape == point[i].shape
        direction, step = rng.standard_normal(gradient.shape), 1e-6

        def value(t, i=i, direction=direction):
            phase, start, change = (x + t * direction if i == k else x for k, x in enumerate(point))
            return np.sum(cotangent * written_out(phase, start, change, n_audible, blend).imag)

        expected = (value(step) - value(-step)) / (2.0 * step)
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-6, abs=1e-6)


class OnAccelerator(np.ndarray):
    device = "cuda:0"


@pytest.mark.parametrize(("kind", "n_chunks"), [(np.ndarray, 3), (OnAccelerator, 1)])
def test_chunks_for_the_cache_are_for_a_cpu_alone(kind, n_chunks):
    phase, calls = np.zeros((1, 40, 1000)).view(kind), []

    def f(phase):
        calls.append(phase.shape)
        return (phase,)

    backend = Fusing(0)
    backend.traits = lambda like: Adapter.traits(load("numpy"), like)
    HarmonicSum(backend, Form.PRODUCTS)._in_chunks(f, phase)
    assert len(calls) in (n_chunks, n_chunks + 1)  # one more for a remainder of rows


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("steps", WAYS)
def test_bad_amplitudes_spoil_the_samples_at_which_they_are_not_muted(steps, bad):
    phase, start, change, n_audible, blend = inputs(10)
    expected = written_out(phase, start, change, n_audible, blend)
    start[0, :, 6], change[1, 1, 2] = bad, bad
    spoilt = np.zeros(phase.shape, bool)
    spoilt[0], spoilt[1, 1] = n_audible[0] >= 7, n_audible[1, 1] >= 3
    assert 0 < spoilt.sum() < spoilt.size / 2
    with np.errstate(invalid="ignore"):
        re, im = summed(steps, phase, start, change, n_audible, blend)
        slope, *others = differentiated(steps, np.ones_like(phase), phase, start, change, n_audible, blend)
    np.testing.assert_array_equal(np.isfinite(re + 1j * im), ~spoilt)
    np.testing.assert_allclose((re + 1j * im)[~spoilt], expected[~spoilt], rtol=0, atol=1e-11)
    assert np.isfinite(slope).all()  # NaN samples do not contribute
    assert all(np.isfinite(x).all() for x in others)


def test_infinity_above_nyquist_is_muted(backend):
    """In a glide from 200 to 320 Hz, harmonics 25 to 40 cross Nyquist, and those from 44 on are always muted."""
    f0, amplitudes = np.linspace(200.0, 320.0, 20)[None, :, None], np.ones((1, 20, 1))

    def run(level):
        distribution = np.where(np.arange(1, 51) >= 44, level, np.ones((1, 20, 50)))
        synth = backend.run(lambda f0, a, d: harmonic_synthesis(f0, a, harmonic_distribution=d, n_samples=640))
        return backend.to_numpy(synth(*(backend.asarray(x, "float32") for x in (f0, amplitudes, distribution))))

    with np.errstate(invalid="ignore"):  # infinity minus infinity between frames
        np.testing.assert_allclose(run(np.inf), run(0.0), atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_negative_frequencies_mute_the_same_samples(dtype):
    """-f0 only reverses the phase, also if a harmonic is exactly at Nyquist."""
    glides = (np.linspace(700.0, 900.0, 33), np.linspace(799.9, 800.1, 33), 800.0 + 1e-4 * np.sin(np.arange(33.0)))
    f0 = np.stack(glides)[:, :, None].astype(dtype)
    distribution = np.ones((3, 33, 12), dtype)
    forward, backward = (
        harmonic_synthesis(x, np.ones_like(f0), harmonic_distribution=distribution, n_samples=33 * 64)
        for x in (f0, -f0)
    )
    np.testing.assert_allclose(backward, -forward, atol=2e-5)
