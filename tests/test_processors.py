"""Properties of small processors, synths and conversions: power, memory, sizes, bad input."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ddsp import core, processors, spectral_ops, synths

ONE, TWO = np.random.default_rng(0).standard_normal((2, 3, 60))
LEVELS = np.linspace(0.0, 1.0, 60)[None, :, None] * np.ones((3, 1, 1))


def test_mix_has_equal_power():
    """Level 1 gives the first signal and level 0 the second; the squares of the gains add up to 1."""
    mix = processors.Mix()
    first = mix.get_signal(np.ones((3, 60)), np.zeros((3, 60)), LEVELS)
    second = mix.get_signal(np.zeros((3, 60)), np.ones((3, 60)), LEVELS)
    np.testing.assert_allclose(first**2 + second**2, 1.0, atol=1e-15)
    np.testing.assert_allclose(first[:, [0, -1]], [[0.0, 1.0]] * 3, atol=1e-15)
    assert np.all(np.diff(first) > 0.0)


def test_mix_has_finite_slopes_at_its_ends(grad_backend):
    backend = grad_backend
    arrays = [backend.asarray(x, "float32") for x in (ONE, TWO, np.round(LEVELS))]
    weights = [backend.asarray(ONE, "float32")]
    _, grads = backend.value_and_grad(processors.Mix().get_signal, arrays, (2,), weights, backend.plain_mode)
    slopes = backend.to_numpy(grads[0])[:, :, 0]
    expected = ONE * np.where(np.round(LEVELS[:, :, 0]) == 0.0, ONE, -TWO) * np.pi / 2
    np.testing.assert_allclose(slopes, expected, atol=1e-5)


def test_bad_mixtures():
    with pytest.raises(ValueError, match=r"signal_two: got shape \(3, 59\)"):
        processors.Mix()(ONE, TWO[:, :-1], LEVELS)
    with pytest.raises(ValueError, match="nn_out_mix_level"):
        processors.Mix()(ONE, TWO, LEVELS[:, :, 0])


@pytest.mark.parametrize("location", ["front", "center", "back"])
def test_crops_leave_something(location):
    with pytest.raises(ValueError, match="frame_size: got 60, expected less than the 60 samples"):
        processors.Crop(frame_size=60, crop_location=location)(ONE)
    assert processors.Crop(frame_size=59, crop_location=location)(ONE).shape == (3, 2)
    assert processors.Crop(frame_size=1, crop_location=location)(ONE[:, :1]).shape == (3, 1)


def test_crop_location_is_checked():
    with pytest.raises(ValueError, match="crop_location: got 'end'"):
        processors.Crop(frame_size=2, crop_location="end")(ONE)


def test_bad_samples():
    with pytest.raises(ValueError, match="samples: got shape"):
        synths.TensorToAudio()(np.ones((1, 5, 2)))


def test_bad_sinusoids():
    synth = synths.Sinusoidal(n_samples=50)
    with pytest.raises(ValueError, match="frequencies: got shape .* sinusoids = 3, expected 2"):
        synth.get_signal(np.ones((1, 5, 2)), np.ones((1, 5, 3)))
    with pytest.raises(ValueError, match="frequencies: got shape .* a batch of 3"):
        synth.get_signal(np.ones((2, 5, 2)), np.ones((3, 5, 2)))
    with pytest.raises(ValueError, match="method"):
        synths.Sinusoidal(n_samples=50, amp_resample_method="none")(np.ones((1, 5, 2)), np.ones((1, 5, 2)))


@pytest.mark.parametrize("sample_rate", [8000, 44100, 96000])
def test_sinusoids_at_any_rate(sample_rate):
    """A sinusoid below Nyquist has its frequency; above Nyquist and at 0 Hz, the output is silent."""
    n = sample_rate // 10
    frequencies = np.asarray([0.24, 0.26]) * sample_rate * np.ones((1, 9, 1))
    synth = synths.Sinusoidal(n_samples=n, sample_rate=sample_rate, freq_scale_fn=None, amp_scale_fn=None)
    peaks = np.argsort(np.abs(np.fft.rfft(synth(np.ones((1, 9, 2)), frequencies)[0])))[-2:]
    np.testing.assert_allclose(sorted(peaks), [0.024 * sample_rate, 0.026 * sample_rate], atol=0.5)
    assert not np.any(synth(np.ones((1, 9, 2)), 2.1 * frequencies))
    assert not np.any(synth(np.ones((1, 9, 2)), 0.0 * frequencies))


@pytest.mark.parametrize("batch", [0, 1])
def test_small_batches(batch, backend):
    one, many = (backend.asarray(np.ones((batch, 4, n)), "float32") for n in (1, 3))

    def results(one, many):
        amplitudes, distribution = core.sinusoidal_to_harmonic(many, many, one, n_harmonics=5)
        return (
            synths.Sinusoidal(n_samples=50)(many, many),
            synths.TensorToAudio()(one),
            processors.Mix()(one, one, one),
            core.frequencies_critical_bands(many),
            amplitudes,
            distribution,
            *core.harmonic_to_sinusoidal(amplitudes, distribution, one),
        )

    sizes = [(50,), (4,), (4, 1), (4, 3), (4, 1), (4, 5), (4, 5), (4, 5)]
    found = backend.run(results)(one, many)
    assert [tuple(x.shape) for x in found] == [(batch, *size) for size in sizes]


# Conversions ----------------------------------------------------------------------------------------------------


def test_harmonics_become_sinusoids_and_harmonics_again():
    rng = np.random.default_rng(1)
    f0, amp, dist = rng.uniform(100.0, 300.0, (2, 5, 1)), rng.random((2, 5, 1)), rng.random((2, 5, 20))
    amps, freqs = core.harmonic_to_sinusoidal(amp, dist, f0)
    harm_amp, harm_dist = core.sinusoidal_to_harmonic(amps, freqs, f0, n_harmonics=20)
    np.testing.assert_allclose(harm_amp, amp)
    np.testing.assert_allclose(harm_dist, dist / dist.sum(-1, keepdims=True))


@pytest.mark.parametrize("f0_hz", [0.0, 1e-30, 9000.0])
def test_no_fundamental_has_no_harmonics(f0_hz, grad_backend):
    """Without a fundamental nothing can be normalized: results and gradients are zero."""
    backend = grad_backend
    freqs = np.asarray([[[0.0, 440.0, 20000.0]]])
    arrays = [backend.asarray(x, "float32") for x in (np.ones((1, 1, 3)), freqs, np.full((1, 1, 1), f0_hz))]
    weights = [backend.asarray(np.ones(shape), "float32") for shape in ((1, 1, 1), (1, 1, 100))]
    result = backend.value_and_grad(core.sinusoidal_to_harmonic, arrays, range(3), weights, backend.plain_mode)
    for x in (*result[0], *result[1]):
        np.testing.assert_allclose(backend.to_numpy(x), 0.0, atol=1e-20)  # exp(-100) of a sinusoid at 0 Hz


def test_the_table_of_all_weights_is_never_held():
    """Weights of 100 sinusoids x 100 harmonics in 500 frames would take 40 MB at once, and distances as much again."""
    freqs = np.random.default_rng(0).uniform(50, 8000, (1, 500, 100))
    tracemalloc.start()
    core.sinusoidal_to_harmonic(freqs, freqs, np.full((1, 500, 1), 100.0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6


def test_bad_conversions():
    with pytest.raises(ValueError, match="harmonic_width: got 0.0"):
        core.sinusoidal_to_harmonic(np.ones((1, 1, 1)), np.ones((1, 1, 1)), np.ones((1, 1, 1)), harmonic_width=0.0)
    with pytest.raises(ValueError, match="f0_hz: got shape"):
        core.harmonic_to_sinusoidal(np.ones((1, 1, 1)), np.ones((1, 1, 4)), np.ones((1, 1)))
    with pytest.raises(ValueError, match="scale: got 'erb'"):
        core.frequencies_critical_bands(np.ones((1, 1, 4)), scale="erb")
    with pytest.raises(ValueError, match="mfcc_bins: got 20, expected at most the 10 mel_bins"):
        spectral_ops.compute_mfcc(np.ones((1, 2000)), mel_bins=10, mfcc_bins=20)


@pytest.mark.parametrize("scale", ["bark", "mel"])
def test_critical_bands_stay_in_range_and_at_their_centres(scale):
    """Outputs of 0 give the centers (in the original, hz_min above them), and no output leaves the range."""
    to_scale = {"bark": core.hz_to_bark, "mel": core.hz_to_mel}[scale]
    centres = core.frequencies_critical_bands(np.zeros((1, 1, 21)), hz_min=100.0, scale=scale)[0, 0]
    evenly = np.linspace(*to_scale(np.asarray([100.0, 8000.0])), 21)
    np.testing.assert_allclose(to_scale(centres[1:-1]), evenly[1:-1], atol=1e-9)
    for extreme in (-1e4, 1e4):
        hz = core.frequencies_critical_bands(np.full((1, 1, 21), extreme), hz_min=100.0, scale=scale)
        assert hz.min() >= 100.0 and hz.max() <= 8000.0


def test_small_sines_have_the_slope_of_the_series(grad_backend):
    """The gradient of sinc, -pi^2 x / 3 near 0, has float32 precision; that of the quotient would be noise."""
    backend = grad_backend
    x = np.asarray([0.0, 1e-30, -1e-8, 1e-5, 1e-3, 0.02, -0.1, 0.159, 0.16])
    ones = [backend.asarray(np.ones(9), "float32")]
    _, grads = backend.value_and_grad(core.sinc, [backend.asarray(x, "float32")], (0,), ones, backend.plain_mode)
    y = np.pi * x.astype(np.float32).astype(np.float64)
    expected = np.pi * (-y / 3 + y**3 / 30 - y**5 / 840 + y**7 / 45360 - y**9 / 3991680)
    np.testing.assert_allclose(backend.to_numpy(grads[0]), expected, rtol=1e-5)


def test_sinusoids_many_widths_away_count_for_nothing():
    f0, freqs = np.full((1, 1, 1), 100.0), np.asarray([[[300.0, 10200.0]]])
    near = core.sinusoidal_to_harmonic(np.ones((1, 1, 1)), freqs[..., :1], f0, n_harmonics=2, harmonic_width=4.0)
    both = core.sinusoidal_to_harmonic(np.ones((1, 1, 2)), freqs, f0, n_harmonics=2, harmonic_width=4.0)
    for x, y in zip(both, near, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12)
