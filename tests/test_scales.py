"""Edge cases of levels and scales: references, ranges, angles of short vectors, late times."""

import functools

import numpy as np
import pytest

from ddsp import core, losses, spectral_ops
from ddsp.losses.differences import LEAST_NORM
from ddsp.synths import Sinusoidal


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("range_db", [60.0, 80.0, 500.0])
@pytest.mark.parametrize("ref_db", [-45.0, -20.0, 0.0, 20.7])
def test_the_floor_of_levels_is_below_the_reference(ref_db, range_db, dtype):
    power = np.asarray([1.0, 1e-3, 1e-7, 1e-9, 1e-12, 0.0], dtype)
    expected = np.maximum(10.0 * np.log10(np.maximum(power.astype("float64"), 1e-300)) - ref_db, -range_db)
    found = core.power_to_db(power, ref_db, range_db)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(core.amplitude_to_db(-np.sqrt(power), ref_db, range_db), expected, rtol=1e-6)


@pytest.mark.parametrize("level", [spectral_ops.compute_loudness, spectral_ops.compute_power])
def test_silence_is_at_the_floor_for_any_reference(level):
    for ref_db, range_db in ((-20.0, 80.0), (-60.0, 40.0), (20.0, 80.0)):
        np.testing.assert_allclose(level(np.zeros((1, 1000)), ref_db=ref_db, range_db=range_db), -range_db)


def test_levels_of_silence_have_a_finite_slope(grad_backend):
    b = grad_backend
    quiet = b.asarray(np.asarray([0.0, 1e-42, 1e-30]), "float32")
    for options in ({}, {"range_db": 500.0}, {"ref_db": -300.0, "range_db": 100.0}):
        (slope,) = b.grad(lambda x, options=options: b._sum(core.power_to_db(x, **options)), quiet)
        assert np.isfinite(b.to_numpy(slope)).all() and b.to_numpy(slope)[0] == 0.0


def test_equal_sets_have_a_finite_slope(grad_backend):
    """The distance of equal sets is the square root of 0, whose slope is infinite."""
    with grad_backend.scope("float64"):
        x, one = (grad_backend.asarray(x, "float64") for x in ([[1.0, 2.0, 4.0, 8.0]], [1.0]))
        distance, (slope,) = grad_backend.value_and_grad(
            lambda u, v: losses.wasserstein_distance(u, v, p=2.0), [x, x], (0,), [one], grad_backend.plain_mode
        )
        assert grad_backend.to_numpy(distance).tolist() == [0.0]
        assert np.all(np.isfinite(grad_backend.to_numpy(slope)))


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "low, high", [(0.0, 8000.0), (20.0, 22050.0), (110.0, 440.0), (5000.0, 8000.0), (440.0, 440.5)]
)
def test_sigmoids_go_from_one_end_to_the_other_and_rise(low, high, depth):
    scale = functools.partial(core.frequencies_sigmoid, depth=depth, hz_min=low, hz_max=high)
    ends = [scale(np.full((1, 1, depth), value)).item() for value in (-40.0, 40.0)]
    np.testing.assert_allclose(ends, [max(low, 440.0 * 2.0 ** (-69 / 12)), high], rtol=1e-9)
    for channel in range(depth):
        x = np.zeros((1, 9, depth))
        x[0, :, channel] = np.linspace(-6.0, 6.0, 9)
        assert np.all(np.diff(scale(x)[0, :, 0]) > 0.0)


@pytest.mark.parametrize("low, high", [(440.0, 110.0), (100.0, 100.0), (-1.0, 8000.0)])
def test_sigmoids_refuse_a_range_without_a_width(low, high):
    with pytest.raises(ValueError, match="hz_m(ax|in): got .*, expected"):
        core.frequencies_sigmoid(np.zeros((1, 1, 1)), hz_min=low, hz_max=high)


def test_a_softmax_of_one_bin_warns_unless_it_is_asked_for():
    x = np.zeros((1, 2, 4))
    with pytest.warns(UserWarning, match="depth is not given"):
        np.testing.assert_allclose(core.frequencies_softmax(x), np.full((1, 2, 4), 20.0))
    with pytest.warns(UserWarning, match="depth is not given"):
        Sinusoidal(freq_scale_fn=core.frequencies_softmax).get_controls(x, x)
    assert core.frequencies_softmax(x, depth=1).shape == (1, 2, 4)
    assert core.frequencies_softmax(x[..., None]).shape == (1, 2, 4)


def test_a_softmax_of_one_bin_compiles(compiler):
    backend, mode = compiler
    with pytest.warns(UserWarning, match="depth is not given"):
        found = backend.compile(core.frequencies_softmax, mode)(backend.asarray(np.zeros((1, 2, 4)), "float32"))
    np.testing.assert_allclose(backend.to_numpy(found), 20.0, rtol=1e-6)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 96000.0])
def test_sinusoids_reach_half_the_sample_rate(rate):
    high = np.full((1, 3, 8), 12.0)
    scales = (core.frequencies_sigmoid, core.frequencies_critical_bands)
    for scale in scales:
        top = Sinusoidal(sample_rate=rate, freq_scale_fn=scale).get_controls(high, high)["frequencies"].max()
        assert 0.99 * rate / 2 < top <= rate / 2
    chosen = functools.partial(core.frequencies_sigmoid, hz_max=1000.0)
    top = Sinusoidal(sample_rate=rate, freq_scale_fn=chosen).get_controls(high, high)["frequencies"].max()
    assert 990.0 < top <= 1000.0


@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_angle_does_not_depend_on_lengths(size, dtype):
    rng = np.random.default_rng(0)
    v, w = (np.abs(rng.standard_normal((2, 5, 33))).astype(dtype) for _ in range(2))
    right = np.mean(1.0 - np.sum(v * w, -1) / np.sqrt(np.sum(v * v, -1) * np.sum(w * w, -1)))
    for a, b in ((size, size), (1.0, size), (size, 1.0)):
        np.testing.assert_allclose(losses.mean_difference(a * v, b * w, "COSINE"), right, rtol=1e-5)
        assert abs(losses.mean_difference(a * v, b * v, "COSINE")) < 1e-6


def test_a_vector_too_short_for_an_angle_counts_as_longer():
    """A vector of half the smallest divisor gives half the cosine."""
    v = np.asarray([[0.6, 0.8]])
    assert losses.mean_difference(v, 0.5 * LEAST_NORM * v, "COSINE") == pytest.approx(0.5, rel=1e-9)


def test_the_angle_of_silence(grad_backend):
    b = grad_backend
    sound, silence = b.asarray(np.ones((2, 3, 4)), "float32"), b.asarray(np.zeros((2, 3, 4)), "float32")
    for target, value, expected in ((silence, silence, 0.0), (sound, silence, 1.0), (silence, sound, 1.0)):
        found, (slope,) = b.value_and_grad(
            lambda t, v: losses.mean_difference(t, v, "COSINE"),
            (target, value),
            (1,),
            [b.asarray(np.ones(()), "float32")],
        )
        assert float(b.to_numpy(found)) == expected
        assert np.isfinite(b.to_numpy(slope)).all()


@pytest.mark.parametrize("start, rate", [(0.0, 44100), (21.0, 48000.0), (250.3, 8000), (3600.0, 250.0)])
def test_a_late_note_is_as_exact_as_an_early_one(start, rate):
    n = int((start + 0.4) * rate)
    times = {
        "attack": 0.002,
        "decay": 0.05,
        "sustain": 0.5,
        "release": 0.05,
        "note_off": start + 0.25,
        "note_on": start,
    }
    given = {name: np.full((1, 1), value, "float32") for name, value in times.items()}
    exact = {name: x.astype("float64") for name, x in given.items()}
    found = core.adsr(**given, n_frames=n, frame_rate=rate)[0, :, 0]
    a, d, s, r, end, on = (float(x[0, 0]) for x in exact.values())
    t = np.arange(n) / rate - on
    held = np.minimum(t, end - on)
    right = np.clip(held / a, 0, 1) - (1 - s) * np.clip((held - a) / d, 0, 1)
    right = right * (1 - np.clip((t - (end - on)) / r, 0, 1))
    np.testing.assert_allclose(found, right, rtol=0, atol=2e-5)


def test_a_note_that_never_starts_and_one_that_never_ends():
    one = np.ones((1, 1), "float32")
    never = core.adsr(0.1 * one, 0.1 * one, 0.5 * one, 0.1 * one, one, np.inf * one, n_frames=500)
    np.testing.assert_array_equal(never, 0.0)
    held = core.adsr(0.1 * one, 0.1 * one, 0.5 * one, 0.1 * one, np.inf * one, n_frames=500)
    np.testing.assert_allclose(held[0, 100:, 0], 0.5, rtol=1e-6)


def test_the_hop_of_an_overlap_is_not_a_rounding_error_short():
    assert spectral_ops.stft(np.zeros((1, 2000)), frame_size=1000, overlap=0.9).shape[1] == 20


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_small_denominator_keeps_its_sign(dtype):
    x = np.asarray([2.0, 2.0, 2.0, 2.0], dtype)
    tiny = np.asarray([-1e-9, 1e-9, 0.0, -4.0], dtype)
    np.testing.assert_allclose(core.safe_divide(x, tiny), [-2e7, 2e7, 2e7, -0.5], rtol=1e-6)
    assert core.safe_divide(x, -1e-9)[0] == np.asarray(-2e7, dtype)


def test_a_scale_may_start_below_1_hz():
    hz = np.asarray([0.5, 1.0, 2.0, 8.0])
    np.testing.assert_allclose(core.unit_to_hz(np.asarray([0.0, 0.25, 0.5, 1.0]), 0.5, 8.0), hz, rtol=1e-12)
    np.testing.assert_allclose(core.hz_to_unit(hz, 0.5, 8.0), [0.0, 0.25, 0.5, 1.0], rtol=0, atol=1e-12)
