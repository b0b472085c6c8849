"""Streams as objects: blocks of any length over processors that work in hops."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsp.backends._host import map_tree
from ddsp.effects import Reverb
from ddsp.processors import Add, Mix, ProcessorGroup
from ddsp.streaming import Loudness, Rebuffer, Stream

from .cases import normal
from .streams import own, spoil

HOP = 8
few = settings(max_examples=20, deadline=None, derandomize=True)
blocks = st.lists(st.integers(0, 4 * HOP), min_size=1, max_size=12)


def processed(stream, signals, lengths, *held):
    """The joined blocks, and the rest, without the latency."""
    found, start = [], 0
    for n in lengths:
        blocks = [own(x[:, start : start + n]) for x in signals]
        found.append(stream.process(*blocks, *held))
        map_tree(spoil, blocks)
        assert found[-1].shape[1] == n
        start += n
    return np.concatenate([*found, stream.flush()], axis=1)[:, stream.latency_samples :]


@few
@given(lengths=blocks)
def test_rebuffered_signals(lengths):
    x, ir = normal("x", 2, sum(lengths) + 1), normal("ir", 1, 20)
    stream = Rebuffer(Reverb(), 2, like=x, hop_size=HOP, ir=ir)
    found = processed(stream, [x[:, :-1]], lengths)
    np.testing.assert_allclose(found, Reverb()(x, ir)[:, :-1], atol=1e-13)


@few
@given(lengths=st.lists(st.sampled_from([4, 12, 20]), min_size=1, max_size=8))
def test_rebuffered_group_with_held_frames(lengths):
    """Blocks of multiples of 4 wait for at most another 4 samples."""
    group = ProcessorGroup(dag=[(Mix(), ["x", "y", "level"]), (Add(), ["mix/signal", "x"])])
    x, y, level = normal("x", 1, sum(lengths)), normal("y", 1, sum(lengths)), normal("level", 1, 1, 1)
    stream = Rebuffer(group, like={"x": x, "y": y, "level": level}, hop_size=HOP, block_size=4)
    assert stream.latency_samples == 4 + HOP
    found, start = [], 0
    for n in lengths:
        part = slice(start, start + n)
        found.append(stream.process({"x": x[:, part], "y": y[:, part], "level": level}))
        start += n
    found = np.concatenate([*found, stream.flush()], axis=1)[:, stream.latency_samples :]
    np.testing.assert_allclose(found, group({"x": x, "y": y, "level": level}), atol=1e-14)


def test_stream_keeps_the_state():
    x, ir = normal("x", 1, 3 * HOP), normal("ir", 1, 20)
    stream = Stream(Reverb(), like=x, hop_size=HOP, ir=ir)
    found = np.concatenate([*(stream.process(block) for block in np.split(x, 3, axis=1)), stream.flush()], axis=1)
    np.testing.assert_allclose(found, Reverb()(x, ir), atol=1e-13)


def test_frames_alone_need_the_length_of_the_block():
    class Level(Mix):
        frame_inputs = ("signal_one", "signal_two", "nn_out_mix_level")

    stream = Rebuffer(Level(), like=np.zeros(1), hop_size=HOP)
    with pytest.raises(ValueError, match="n_samples: got None, expected the length of the block"):
        stream.process(np.zeros((1, 1, 1)))


def test_frames_cannot_be_rebuffered():
    with pytest.raises(TypeError, match="processor: got loudness, whose signal has frames, expected one with samples"):
        Rebuffer(Loudness(), like=np.zeros(1), hop_size=64)


def test_streams_of_modules(grad_backend):
    """The trained impulse response of a module is taken once, when the stream starts."""
    x = normal("x", 1, 20)
    with grad_backend.scope("float32"):
        module = import_module(f"ddsp.{grad_backend.name}").effects.TrainableReverb(reverb_length=12)
        array = grad_backend.asarray(x, "float32")
        stream = Rebuffer(module, like=array, hop_size=HOP)
        found = [grad_backend.to_numpy(stream.process(block)) for block in (array[:, :3], array[:, 3:])]
        expected = grad_backend.to_numpy(module(array))
    found = np.concatenate(found, axis=1)[:, stream.latency_samples :]
    np.testing.assert_allclose(found, expected[:, : found.shape[1]], atol=1e-6)
