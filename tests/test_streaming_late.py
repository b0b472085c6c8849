"""Groups in which frames come late: nodes behind features begin when the first frame is there."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import nn, synths
from ddsp.processors import Add, Mix, ProcessorGroup
from ddsp.processors.late_start import MAX_UNROLLED, step_from_start
from ddsp.streaming import Loudness, YinPitch

from .cases import normal, uniform
from .streams import cuts_of

HOP, FRAMES = 40, 14
SPLITS = (("amplitudes", 1), ("harmonic_distribution", 4), ("noise_magnitudes", 9))
DECODER = nn.RnnFcDecoder(SPLITS, channels=4, rnn_channels=4, layers_per_stack=1, name="decoder")
F0 = "yin_pitch/signal/f0_hz"
#: The loudness comes two hops late, the pitch none. A network that remembers, a phase and noise begin with the
#: loudness; the pitch and the dry path wait.
GROUP = ProcessorGroup(
    dag=[
        (Loudness(8000, HOP, n_fft=200), ["audio"]),
        (Add(name="quieter"), ["loudness/signal", "offset"]),
        (DECODER, ["pitch", "quieter/signal"]),
        (YinPitch(8000, HOP, fmin=150.0, fmax=900.0), ["audio"]),
        (synths.Harmonic(FRAMES * HOP), [f"decoder/signal/{name}" for name, _ in SPLITS[:2]] + [F0]),
        (synths.FilteredNoise(FRAMES * HOP, window_size=16), ["decoder/controls/noise_magnitudes"]),
        (Add(name="wet"), ["harmonic/signal", "filtered_noise/signal"]),
        (Add(name="sum"), ["wet/signal", "audio"]),
    ]
)
INPUTS = {
    "audio": normal("audio", 2, FRAMES * HOP),
    "pitch": uniform("pitch", 0.0, 1.0, 2, FRAMES, 1),
    "offset": np.full((2, FRAMES, 1), 0.5),
}


def play(inputs, cuts, like=None, step=GROUP.step):
    """The joined steps and the rest, without the latency, before which there are zeros."""
    state = GROUP.init_state(2, like=inputs if like is None else like, hop_size=HOP, key=3)
    signals, frames = [], next(iter(inputs.values())).shape[1] // HOP
    for start, stop in zip([0, *cuts], [*cuts, frames], strict=True):
        block = {
            name: x[:, start * HOP : stop * HOP] if name == "audio" else x[:, start:stop] for name, x in inputs.items()
        }
        signal, state = step(state, block)
        signals.append(np.asarray(signal))
    joined = np.concatenate([*signals, np.asarray(GROUP.flush(state)[0])], axis=1)
    latency = GROUP.latency_samples(HOP)
    assert not joined[:, :latency].any()
    return joined[:, latency:]


@settings(max_examples=15, deadline=None, derandomize=True)
@given(cuts=cuts_of(FRAMES), examples=st.booleans())
def test_steps_are_the_call(cuts, examples):
    found = play(INPUTS, cuts, None if examples else INPUTS["audio"])
    np.testing.assert_allclose(found, GROUP(INPUTS, key=3), rtol=0, atol=1e-12)


def test_a_stream_that_ends_before_its_frames_begin():
    short = {name: x[:, : HOP if name == "audio" else 1] for name, x in INPUTS.items()}
    group = ProcessorGroup(dag=[*GROUP.dag[:4], (synths.Harmonic(HOP), GROUP.dag[4][1])])
    state = group.init_state(2, like=short, hop_size=HOP)
    first, state = group.step(state, short)
    rest, _ = group.flush(state)
    found = np.concatenate([first, rest], axis=1)[:, group.latency_samples(HOP) :]
    np.testing.assert_allclose(found, group(short), rtol=0, atol=1e-12)


def test_compiled():
    """A compiler does not know when the stream begins: in a step of one frame, of some, and of many, a loop."""
    backend = require_backend("jax")
    group = ProcessorGroup(dag=GROUP.dag[:3])
    inputs = {name: backend.asarray(x, "float32") for name, x in INPUTS.items()}
    state, step, signals = group.init_state(2, like=inputs, hop_size=HOP), backend.jax.jit(group.step), []
    for start, stop in [(0, 1), (1, 3), (3, FRAMES)]:
        block = {name: x[:, start * x.shape[1] // FRAMES : stop * x.shape[1] // FRAMES] for name, x in inputs.items()}
        signal, state = step(state, block)
        signals.append(signal["harmonic_distribution"])
    assert FRAMES - 3 > MAX_UNROLLED
    expected = group(INPUTS)["harmonic_distribution"]
    found = np.concatenate(signals, axis=1)
    np.testing.assert_allclose(found[:, 2:], expected[:, :-2], rtol=0, atol=1e-4)
    assert not found[:, :2].any()


@pytest.mark.parametrize("name", ["numpy", "array_api_strict"])
@pytest.mark.parametrize("waiting", [0, 1, 5, 12])
def test_a_step_begins_within_its_frames(waiting, name):
    """Numbers of `array_api_strict` are not read, so it goes frame by frame, here by a loop."""
    xp, n = import_module(name), 12

    def step(state, x, samples):
        sums = xp.cumulative_sum(x, axis=1) + state["sum"]
        return {"sums": sums, "samples": samples + 1.0}, {"sum": sums[:, -1:, :]}

    x, samples = normal("x", 2, n, 1), normal("samples", 2, 3 * n)
    started = np.broadcast_to((np.arange(n) >= waiting).astype(float), (2, n)).copy()
    arrays = [xp.asarray(a) for a in (x, samples, started)]
    signal, state = step_from_start(step, {"sum": xp.ones((2, 1, 1))}, arrays[:2], arrays[2])
    sums = 1.0 + np.cumsum(x * started[:, :, None], axis=1)
    np.testing.assert_allclose(np.asarray(signal["sums"]), sums * started[:, :, None], atol=1e-14)
    np.testing.assert_allclose(np.asarray(state["sum"]), sums[:, -1:], atol=1e-14)
    np.testing.assert_allclose(np.asarray(signal["samples"]), (samples + 1.0) * np.repeat(started, 3, axis=1))


def test_controls_of_nodes_in_time():
    """The audio that a feature reads is a control of it, which is not late; nor is that of a node without latency."""
    group = ProcessorGroup(
        dag=[
            (YinPitch(8000, HOP, fmin=150.0, fmax=900.0), ["audio"]),
            (Loudness(8000, HOP, n_fft=200), ["yin_pitch/controls/audio"]),
            (DECODER, ["pitch", "loudness/signal"]),
            (Add(name="sum"), ["decoder/controls/amplitudes", "yin_pitch/signal/confidence"]),
            (Mix(), ["audio", "audio", "sum/signal"]),
            (Add(name="last"), ["mix/signal", "yin_pitch/controls/audio"]),
        ]
    )
    state = group.init_state(2, like=INPUTS, hop_size=HOP)
    assert group.latency_samples(HOP) == 3 * HOP
    signal, state = group.step(state, INPUTS)
    found = np.concatenate([signal, group.flush(state)[0]], axis=1)[:, 3 * HOP :]
    np.testing.assert_allclose(found, group(INPUTS), rtol=0, atol=1e-12)
