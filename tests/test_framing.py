"""Frame grids: all ops have the same frames, at the times given by the rates, for any rate and length."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from ddsp import core, design
from ddsp.core import frame
from ddsp.core.framing import hop_between
from ddsp.spectral_ops import (
    compute_f0,
    compute_loudness,
    compute_power,
    compute_rms_energy,
    get_framed_lengths,
    pad,
)

SAMPLE_RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)
#: Frame rates as decimal text, to avoid the rounding of floats such as 59.94.
FRAME_RATES = ("50", "60", "64", "100", "128", "172", "200", "250", "300", "441", "500", "31.25", "59.94", "86.1328125")


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
def test_frames_of_ten_minutes_are_on_time(sample_rate):
    n_samples = 600 * sample_rate
    for text in FRAME_RATES:
        hop = sample_rate / Fraction(text)
        assert hop_between(sample_rate, float(text)) == (hop.numerator, hop.denominator)
        n_frames = int(n_samples / hop) + 1
        assert get_framed_lengths(n_samples, 512, sample_rate / float(text)) == (n_frames, n_samples + 512)
        starts = design.frame_starts(n_frames, hop.numerator, hop.denominator)
        assert starts[-1] <= n_samples < starts[-1] + hop + 1
        for k in (0, 1, 2, 3, n_frames // 2, n_frames - 2, n_frames - 1):
            assert starts[k] == int(k * hop + Fraction(1, 2))


@pytest.mark.parametrize("sample_rate, frame_rate", [(44100, 250), (16000, 300), (11025, 59.94), (96000, 50)])
@pytest.mark.parametrize("padding", ["center", "same", "valid"])
def test_all_ops_count_the_same_frames(sample_rate, frame_rate, padding):
    for n_samples in (sample_rate // 2, sample_rate // 2 + 1, 1531):
        audio = np.zeros(n_samples, np.float32)
        options = {"sample_rate": sample_rate, "frame_rate": frame_rate, "padding": padding}
        wanted, _ = get_framed_lengths(n_samples, 512, sample_rate / frame_rate, padding)
        for op in (compute_loudness, compute_power, compute_rms_energy):
            assert op(audio, **options).shape == (wanted,), op.__name__
    if padding == "center":
        low = np.zeros(8000, np.float32)
        assert compute_f0(low, frame_rate)[0].shape == compute_power(low, 16000, frame_rate).shape


@pytest.mark.parametrize("sample_rate, frame_rate", [(44100, 250), (22050, 300), (8000, 59.94)])
def test_levels_do_not_drift(sample_rate, frame_rate):
    """A click at the time of a frame after 20 s is loudest in that frame."""
    k = int(20 * frame_rate)
    audio = np.zeros(sample_rate * 21, np.float32)
    audio[round(k * sample_rate / frame_rate)] = 1.0
    level = compute_loudness(audio, sample_rate, frame_rate, n_fft=512)
    assert np.argmax(level) == k
    frames = np.flatnonzero(compute_rms_energy(audio, sample_rate, frame_rate, frame_size=65))
    assert k in frames and np.all(np.abs(frames - k) <= 65 / 2 * frame_rate / sample_rate)


@pytest.mark.parametrize(
    "n_samples, frame_size, hop_size", [(50, 7, 7), (49, 7, 7), (3, 10, 2), (1, 1, 1), (30, 9, 4.5)]
)
@pytest.mark.parametrize("padding", ["center", "same", "valid"])
def test_lengths_pad_and_frame_agree(n_samples, frame_size, hop_size, padding):
    n_frames, padded_length = get_framed_lengths(n_samples, frame_size, hop_size, padding)
    padded = pad(np.arange(1.0, n_samples + 1), frame_size, hop_size, padding)
    assert padded.shape == (padded_length,)
    frames = frame(padded, frame_size, hop_size)
    assert frames.shape == (n_frames, frame_size)
    if padding == "center" and frame_size % 2 == 1 and hop_size == 7:
        np.testing.assert_array_equal(frames[:, frame_size // 2][:7], np.arange(1.0, n_samples + 1)[::7][:7])


def test_half_a_sample_goes_up():
    assert list(frame(np.arange(9.0), 1, 2.5)[:, 0]) == [0.0, 3.0, 5.0, 8.0]


def test_a_hop_longer_than_a_frame_leaves_samples_out():
    audio = np.random.default_rng(3).standard_normal((2, 4000))
    expected = [np.sqrt(np.mean(audio[:, start : start + 512] ** 2, axis=1)) for start in (0, 1920)]
    found = compute_rms_energy(audio, 96000, 50, padding="valid")
    np.testing.assert_allclose(found, np.stack(expected, axis=1), rtol=1e-12)


@pytest.mark.parametrize(
    "sample_rate, frame_rate, message",
    [
        (16000, 0, "frame_rate: got 0"),
        (16000, -3.0, "frame_rate: got -3.0"),
        (16000, float("nan"), "frame_rate: got nan"),
        (16000, True, "frame_rate: got True"),
        (16000, "250", "frame_rate: got '250'"),
        (16000, np.asarray([250]), "frame_rate: got"),
        (16000, 16001, "frame_rate: got 16001"),
        (0, 250, "sample_rate: got 0"),
        (float("inf"), 250, "sample_rate: got inf"),
        (None, 250, "sample_rate: got"),
    ],
)
@pytest.mark.parametrize("op", [compute_loudness, compute_power, compute_rms_energy])
def test_bad_rates(op, sample_rate, frame_rate, message):
    with pytest.raises(ValueError, match=message):
        op(np.zeros(640), sample_rate, frame_rate)


def test_bad_hops():
    for hop_size in (0, 0.5, -1, float("nan"), True, None, "2"):
        with pytest.raises(ValueError, match="hop_size: got"):
            frame(np.zeros(9), 2, hop_size)


@pytest.mark.parametrize(("mode", "most"), [("reflect", 2), ("symmetric", 3)])
def test_a_mirror_image_is_no_longer_than_what_it_mirrors(mode, most):
    x = np.asarray([[1.0, 2.0, 3.0]])
    found = core.pad_axis(x, (most, 0), axis=1, mode=mode)
    np.testing.assert_array_equal(found, np.pad(x, ((0, 0), (most, 0)), mode))
    with pytest.raises(ValueError, match="padding"):
        core.pad_axis(x, (most + 1, 0), axis=1, mode=mode)
