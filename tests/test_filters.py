"""Filters in cases that are wrong in the original: delay, symmetry, gain, empty crops, edge sizes."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import core


@pytest.mark.parametrize("window_size", [0, 1, 2, 3, 7, 8, 65, 128, 257])
@pytest.mark.parametrize("n_bands", [2, 3, 33, 65])
def test_flat_filters_neither_delay_nor_damp(n_bands, window_size):
    """An impulse keeps its position and its level."""
    impulse = np.zeros((1, 301))
    impulse[0, 150] = 1.0
    for magnitudes in (np.ones((1, n_bands)), np.ones((1, 7, n_bands))):
        np.testing.assert_allclose(core.frequency_filter(impulse, magnitudes, window_size), impulse, atol=1e-12)


@pytest.mark.parametrize("window_size", [0, 5, 9, 12, 15, 16, 40])
@pytest.mark.parametrize("taps", [16, 17])
def test_windowed_responses_are_symmetric(taps, window_size):
    """Linear phase: the response is symmetric around its peak, which is at half its length."""
    distance = np.minimum(np.arange(taps), taps - np.arange(taps))
    response = core.apply_window_to_impulse_response(1.0 / (1.0 + distance), window_size)
    size = taps if window_size in (0, 40) or window_size > taps else window_size
    assert response.shape == (size,)
    centre = size // 2
    assert response[centre] == response.max() == 1.0
    after = response[centre:]
    before = response[centre::-1]
    shared = min(len(after), len(before))
    np.testing.assert_allclose(after[:shared], before[:shared], atol=1e-15)


def test_windows_that_fall_on_frames_do_not_move_the_sound():
    """One response for all frames or equal responses for each give the same audio, without jumps between frames."""
    rng = np.random.default_rng(0)
    audio, magnitudes = rng.standard_normal((2, 600)), rng.random((2, 33))
    frames = np.repeat(magnitudes[:, None], 10, axis=1)
    np.testing.assert_allclose(
        core.frequency_filter(audio, frames), core.frequency_filter(audio, magnitudes), atol=1e-12
    )


@pytest.mark.parametrize("n_samples", [1, 2, 64])
@pytest.mark.parametrize("taps", [1, 2, 65])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("delay", [-1, 3])
def test_no_crop_is_empty(n_samples, taps, padding, delay, backend):
    """Sizes of one sample, one and two taps, and sums that are powers of two."""
    rng = np.random.default_rng(0)
    audio, response = rng.standard_normal((2, n_samples)), rng.standard_normal((2, taps))
    out = core.fft_convolve(
        backend.asarray(audio, "float32"), backend.asarray(response, "float32"), padding, delay_compensation=delay
    )
    full = np.stack([np.convolve(a, r) for a, r in zip(audio, response, strict=True)])
    start = taps // 2 if delay < 0 else delay
    size = n_samples if padding == "same" else n_samples + taps - 1
    expected = np.pad(full, ((0, 0), (0, start + size)))[:, start : start + size]
    np.testing.assert_allclose(backend.to_numpy(out), expected, atol=1e-5)


def test_one_response_serves_the_batch():
    rng = np.random.default_rng(0)
    audio, response = rng.standard_normal((3, 50)), rng.standard_normal((1, 9))
    np.testing.assert_array_equal(
        core.fft_convolve(audio, response), core.fft_convolve(audio, np.repeat(response, 3, axis=0))
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(impulse_response=np.ones((3, 5))), "impulse_response: got .* a batch of 3, expected 2 or 1 as in audio"),
        (dict(impulse_response=np.ones((2, 5)), padding="full"), "padding: got 'full'"),
        (dict(impulse_response=np.ones((2, 37, 5))), "impulse_response: got 37 frames for 100 samples"),
        (dict(impulse_response=np.ones(5)), "impulse_response: got shape"),
    ],
)
def test_errors_name_the_argument(arguments, message):
    with pytest.raises(ValueError, match=message):
        core.fft_convolve(np.ones((2, 100)), **arguments)


# Sinc filters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("high_pass", [False, True])
@pytest.mark.parametrize("window_size", [1, 2, 5, 64, 257])
def test_sinc_filters_do_not_delay(window_size, high_pass):
    """The response to an impulse is symmetric around it, for constant and varying filters."""
    impulse = np.zeros((1, 601))
    impulse[0, 300] = 1.0
    for cutoff in (np.full((1, 1), 0.3), np.full((1, 1, 1), 0.3)):
        out = core.sinc_filter(impulse, cutoff, window_size, high_pass=high_pass)
        np.testing.assert_allclose(out, out[:, ::-1], atol=1e-12)
        assert np.argmax(np.abs(out)) == 300 or (window_size == 1 and high_pass)


@pytest.mark.parametrize("sample_rate", [8000, 48000, 96000])
def test_sinc_filters_pass_and_stop(sample_rate):
    """The gain is 0.5 at the cutoff, and 1 and 0 (-50 dB) a tenth of Nyquist away from it."""
    frequencies = np.asarray([0.0, 0.2, 0.3, 0.4, 1.0])
    cutoff = np.asarray([0.3 * sample_rate / 2])
    for high_pass, expected in ((False, [1, 1, 0.5, 0, 0]), (True, [0, 0, 0.5, 1, 1])):
        response = core.sinc_impulse_response(cutoff, 128, sample_rate, high_pass)
        n = np.arange(response.size) - response.size // 2
        gain = np.cos(np.pi * frequencies[:, None] * n) @ response
        np.testing.assert_allclose(gain, expected, atol=0.004)


def test_cutoffs_beyond_the_range():
    """With a cutoff of Nyquist or higher, everything passes; the original doubles aliased frequencies."""
    audio = np.random.default_rng(0).standard_normal((1, 200))
    for cutoff in (1.0, 1.3, 7.0):
        np.testing.assert_allclose(core.sinc_filter(audio, np.full((1, 1), cutoff)), audio, atol=1e-12)
        high = core.sinc_filter(audio, np.full((1, 1), cutoff), high_pass=True)
        np.testing.assert_allclose(high, 0.0, atol=1e-12)


def test_bad_cutoffs():
    audio = np.ones((2, 50))
    with pytest.raises(ValueError, match=r"cutoff_frequency: got shape \(2, 5\), expected \[batch, 1\]"):
        core.sinc_filter(audio, np.ones((2, 5)))
    with pytest.raises(ValueError, match="window_size: got 0"):
        core.sinc_filter(audio, np.ones((2, 1)), window_size=0)
    with pytest.raises(ValueError, match="51 frames for 50 samples"):
        core.sinc_filter(audio, np.ones((2, 51, 1)))


@pytest.mark.parametrize("batch", [0, 1])
def test_small_batches(batch, backend):
    audio, cutoff = (backend.asarray(np.ones((batch, *shape)), "float32") for shape in ((50,), (5, 1)))
    assert tuple(core.sinc_filter(audio, cutoff, window_size=8).shape) == (batch, 50)
    assert tuple(core.sinc_filter(audio, cutoff[:, 0, ...], window_size=8).shape) == (batch, 50)
