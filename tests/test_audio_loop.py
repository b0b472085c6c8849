"""Blocks in real time: order, drop-outs, the end of a sound, errors; and sample rates of streams."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsp.core import resample_audio
from ddsp.streaming import AtRate, AudioLoop, Resampler

from .cases import normal

N, RATE = 4, 8000


def block(number):
    return np.full((N, 2), [number + 1.0, 0.0], np.float32)  # its mean is (number + 1) / 2


def called(loop, number, status=None):
    """What the callback plays for a recorded block."""
    played = np.full((N, 2), np.nan, np.float32)
    loop.callback(block(number), played, N, None, status)
    assert np.all(played == played[0, 0])
    return float(played[0, 0])


@pytest.mark.parametrize("ahead", [1, 3])
def test_blocks_are_played_in_order(ahead):
    loop, x = AudioLoop(lambda x: 2.0 * x, N, RATE, ahead), normal("x", 10, N).astype(np.float32)
    found = np.concatenate(list(loop.simulate(x)))
    assert loop.latency_samples == ahead * N
    np.testing.assert_array_equal(found, np.concatenate([np.zeros(ahead * N), 2.0 * x.ravel()])[: found.size])
    figures = loop.figures()
    assert (figures.n_blocks, figures.dropouts) == (10, 0) and 0.0 < figures.mean_load <= figures.worst_load
    assert figures.input_peak == np.abs(x).max() and figures.output_peak == 2.0 * np.abs(x).max()
    assert loop.figures().input_peak == 0.0  # since the figures before


def test_a_late_block_is_left_out():
    """The others are played at their times."""
    loop = AudioLoop(lambda x: x, N, RATE, ahead=2)
    assert [called(loop, 0), called(loop, 1), called(loop, 2)] == [0.0, 0.0, 0.0]  # block 0 was due at the third
    assert loop.figures().dropouts == 1
    loop.work()
    assert [called(loop, 3), called(loop, 4)] == [1.0, 1.5] and loop.figures().dropouts == 1
    called(loop, 5, status="overflow")
    assert loop.figures().dropouts == 2  # an error of the device, and block 3 was not computed
    loop.callback(block(0), np.zeros((1, 1)), 1)  # of another size
    assert loop.figures().dropouts == 3


def test_a_worker_that_is_far_behind_leaves_blocks_out():
    found = []
    loop = AudioLoop(lambda x: found.append(float(x[0])) or x, N, RATE, ahead=2)
    for number in range(50):
        called(loop, number)
    loop.work()
    assert found == [(number + 1) / 2 for number in range(50 - 17, 50)] and loop.figures().n_blocks == 50


def test_a_simulation_counts_blocks_that_would_be_late(monkeypatch):
    """Blocks of 1 ms, computed in 0.5 ms, and two of them in 3.9 ms: the two and those after them, by its clock."""
    clock = [0.0]
    monkeypatch.setattr("ddsp.streaming.audio_loop.time.perf_counter", lambda: clock[0])

    def process(x):
        clock[0] += 0.0039 if x[0] in (5.0, 6.0) else 0.0005
        return x

    loop = AudioLoop(process, 8, 8000, ahead=2)
    list(loop.simulate(np.repeat(np.arange(20.0, dtype=np.float32)[:, None], 8, axis=1)))
    figures = loop.figures()
    # Block n is due at n + 3 ms. Block 5 is there at 9.9 ms, 6 at 13.8, and so on: 15 at 18.3, 16 at 18.8.
    assert figures.late == len(range(5, 16)) and figures.dropouts == 0
    assert figures.worst_load == pytest.approx(3.9) and figures.mean_load == pytest.approx((18 * 0.5 + 7.8) / 20)


def test_the_end_of_a_sound_is_faded():
    loop = AudioLoop(lambda x: np.ones(N, np.float32), N, 1000, ahead=1)
    blocks = []
    for number, played in enumerate(loop.simulate(np.zeros((20, N), np.float32))):
        blocks.append(played)
        if number == 3:
            loop.fade_out()
        if loop.is_silent:
            break
    sound = np.concatenate(blocks)[N:]
    fade = np.linspace(1.0, 0.0, 30)  # 30 ms
    np.testing.assert_allclose(sound[:12], 1.0)
    np.testing.assert_allclose(sound[12:42], fade, atol=1e-6)
    assert len(sound) < 60 and np.all(sound[42:] == 0.0)


def test_sound_of_a_file_and_a_recording():
    """A source takes the place of the microphone, and what is computed is recorded, also its fade."""
    kept: list = []
    numbers = iter(range(1, 100))
    loop = AudioLoop(lambda x: 2.0 * x, N, 1000, 1, lambda: np.full(N, next(numbers), np.float32), kept.append)
    played = [block.copy() for block in loop.simulate(np.full((6, N), 9.0, np.float32))]
    assert [block[0] for block in played] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0] and len(kept) == 6
    loop.fade_out()
    list(loop.simulate(np.zeros((9, N), np.float32)))
    assert kept[5][0] == 12.0 and 0.0 < kept[8][0] < 18.0 and kept[-1][-1] == 0.0


def test_the_worker_runs_in_a_thread():
    loop = AudioLoop(lambda x: x, N, RATE)
    with loop.running():
        for number in range(3):
            called(loop, number)
        wait_for(lambda: loop.figures().n_blocks == 3)
    assert not loop.has_failed

    def fail(x):
        raise ValueError("no sound")

    loop = AudioLoop(fail, N, RATE)
    with pytest.raises(ValueError, match="no sound"), loop.running():
        called(loop, 0)
        wait_for(lambda: loop.has_failed)
        assert called(loop, 1) == called(loop, 2) == 0.0


def wait_for(condition):
    end = time.monotonic() + 10.0
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)
    assert condition()


@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda: AudioLoop(abs, 0, RATE), "block_size: got 0"), (lambda: AudioLoop(abs, N, RATE, 0), "ahead: got 0")],
)
def test_bad_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# Sample rates -----------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    rates=st.sampled_from([(48000, 16000), (16000, 48000), (44100, 16000), (3, 2), (5, 5), (1000, 44100)]),
    lengths=st.lists(st.integers(0, 400), max_size=6).map(lambda x: [1, *x]),
)
def test_a_stream_has_the_samples_of_a_whole_sound(rates, lengths):
    x = normal("x", sum(lengths))
    converter = Resampler(*rates)
    found = [converter.process(part) for part in np.split(x, np.cumsum(lengths)[:-1])]
    held = -(-len(x) * rates[1] // rates[0]) - sum(map(len, found))
    assert held <= converter.held_seconds * rates[1] + 1
    found = np.concatenate([*found, converter.flush()])
    np.testing.assert_allclose(found, resample_audio(x, *rates), rtol=0, atol=1e-13)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    rates=st.sampled_from([(48000, 16000), (44100, 16000), (16000, 48000), (22050, 44100), (8000, 8000)]),
    lengths=st.lists(st.integers(0, 400), min_size=1, max_size=8),
)
def test_a_function_at_another_rate(rates, lengths):
    """As many samples as each block has; in all, the function of the converted sound."""
    x = normal("x", sum(lengths) + 2000)
    outer = AtRate(lambda audio: 0.5 * audio, *rates)
    found = [outer.process(part) for part in np.split(x, np.cumsum(lengths))]
    assert [len(part) for part in found] == [*lengths, 2000]
    found, late = np.concatenate(found), outer.latency_samples
    assert late == 0 if rates[0] == rates[1] else late <= 0.0125 * max(rates) * rates[0] / min(rates) + 2
    expected = resample_audio(resample_audio(x, *rates) * 0.5, *rates[::-1])
    np.testing.assert_allclose(found[late:], expected[: len(found) - late], rtol=0, atol=1e-12)
    assert not np.any(found[:late])


def test_a_short_filter():
    """Measured: 1.1e-3 dB up to 0.84 of the lower Nyquist frequency, 8 kHz, and -76.03 dB above it."""
    converter = Resampler(48000, 16000, 32)
    assert converter.held_seconds == 0.002
    gains = []
    for f in (100.0, 3000.0, 6700.0, 8010.0, 8500.0, 20000.0):
        tone = np.exp(2j * np.pi * f * np.arange(6000) / 48000)
        parts = [Resampler(48000, 16000, 32).process(x) for x in (tone.real, tone.imag)]
        gains.append(20.0 * np.log10(np.abs(parts[0] + 1j * parts[1])[100]))
    assert max(map(abs, gains[:3])) < 2e-3 and max(gains[3:]) < -76.0


def test_dtype_and_error():
    converter = Resampler(48000, 16000)
    blocks = [converter.process(np.ones(600, np.float32)), converter.flush()]
    assert [x.dtype for x in blocks] == [np.float32] * 2
    with pytest.raises(ValueError, match="from_rate, to_rate: got 48000 and 1"):
        Resampler(48000, 1)
    with pytest.raises(ValueError, match="width: got 0"):
        Resampler(48000, 16000, 0)
