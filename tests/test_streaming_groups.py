"""Simple processors and groups step by step: the joined steps are the result of one call."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings

from conftest import require_backend
from ddsp.core.streaming import delay_step, init_hop, zeros
from ddsp.effects import Reverb
from ddsp.extend import adapter_of
from ddsp.processors import Add, Crop, Mix, Processor, ProcessorGroup
from ddsp.synths import TensorToAudio

from .cases import normal
from .streams import cuts_of, stream

HOP, FRAMES = 8, 12
TIME = HOP * FRAMES
few = settings(max_examples=15, deadline=None, derandomize=True)


@few
@given(cuts=cuts_of(TIME))
@pytest.mark.parametrize(
    "processor, inputs",
    [
        (Add(), [normal("a", 2, TIME), normal("b", 2, TIME)]),
        (Add(), [normal("a", 2, TIME), normal("b", 1, TIME)]),
        (TensorToAudio(), [normal("a", 2, TIME, 1)]),
        *((Crop(frame_size=11, crop_location=place), [normal("a", 2, TIME)]) for place in ("front", "center", "back")),
    ],
    ids=lambda x: repr(x) if hasattr(x, "name") else "",
)
def test_blocks_of_any_length(processor, inputs, cuts):
    np.testing.assert_array_equal(stream(processor, inputs, cuts), processor(*inputs))


@few
@given(cuts=cuts_of(FRAMES))
@pytest.mark.parametrize("channels", [(), (2,)], ids=["mono", "stereo"])
def test_mix(channels, cuts):
    signals = [normal(name, 2, FRAMES, HOP, *channels) for name in "ab"]
    level = normal("level", 2, FRAMES, 1)
    inputs = [x.reshape(2, TIME, *channels) for x in signals]
    state, mixed = Mix().init_state(2, like=level, hop_size=HOP), []
    for start, stop in zip([0, *cuts], [*cuts, FRAMES], strict=True):
        samples = slice(start * HOP, stop * HOP)
        signal, state = Mix().step(state, *(x[:, samples] for x in inputs), level[:, start:stop])
        mixed.append(signal)
    mixed.append(Mix().flush(state)[0])
    found = np.concatenate(mixed, axis=1)[:, Mix().latency_samples(HOP) :]
    np.testing.assert_allclose(found, Mix()(*inputs, level), rtol=0, atol=1e-15)


@dataclass(frozen=True)
class LookAhead(Processor):
    """The difference to the sample six samples ahead, or to 0."""

    name: str = "look_ahead"

    def get_controls(self, audio):
        return {"audio": audio}

    def get_signal(self, audio):
        return audio - np.pad(audio, ((0, 0), (0, 6)))[:, 6:]

    def latency_samples(self, hop_size=64):
        return 6

    def init_state(self, batch=1, *, like, hop_size=64):
        return init_hop(batch, like, hop_size) | {"past": zeros((batch, 6), like)}

    def step_signal(self, state, audio):
        late, past = delay_step(state["past"], audio)
        return late - audio, {**state, "past": past}

    def flush(self, state):
        return state["past"], state


@few
@given(cuts=cuts_of(FRAMES))
def test_paths_meet_in_a_group(cuts):
    """The dry path waits for the wet one, and a level for frames waits for both: a whole number of frames."""
    group = ProcessorGroup(
        dag=[
            (LookAhead(name="one"), ["x"]),
            (LookAhead(name="two"), ["one/signal"]),
            (Add(name="sum"), ["two/signal", "x"]),
            (Mix(), ["sum/signal", "one/signal", "level"]),
            (Add(name="last"), ["mix/signal", "sum/controls/signal_two"]),
        ]
    )
    x, level = normal("x", 2, TIME), normal("level", 2, FRAMES, 1)
    assert group.latency_samples(HOP) == 2 * HOP + HOP  # 12 samples late, 16 with the level, and a hop of its own
    state = group.init_state(2, like=x, hop_size=HOP)
    signals = []
    for start, stop in zip([0, *cuts], [*cuts, FRAMES], strict=True):
        inputs = {"x": x[:, start * HOP : stop * HOP], "level": level[:, start:stop]}
        signal, state = group.step(state, inputs)
        signals.append(signal)
    signals.append(group.flush(state)[0])
    found = np.concatenate(signals, axis=1)[:, group.latency_samples(HOP) :]
    np.testing.assert_allclose(found, group({"x": x, "level": level}), atol=1e-14)


DAG = [(Crop(4, "front"), ["x"]), (Add(name="sum"), ["crop/signal", "y"]), (Mix(), ["sum/signal", "y", "level"])]
STREAMED = {"x": normal("x", 1, TIME), "y": normal("y", 1, TIME), "level": normal("level", 1, FRAMES, 1)}


def joined(group, step, array):
    """The joined steps of one frame."""
    state = group.init_state(like={name: array(x) for name, x in STREAMED.items()}, hop_size=HOP)
    signals = []
    for frame in range(FRAMES):
        block = {name: np.split(x, FRAMES, axis=1)[frame] for name, x in STREAMED.items()}
        signal, state = step(state, {name: array(x) for name, x in block.items()})
        signals.append(np.asarray(signal))
    return np.concatenate(signals, axis=1)


def test_modules_step_as_the_plain_group(grad_backend):
    plain = ProcessorGroup(dag=DAG)
    module = import_module(f"ddsp.{grad_backend.name}").ProcessorGroup(dag=DAG)
    with grad_backend.scope("float64"):
        found = joined(module, grad_backend.run(module.step), grad_backend.asarray)
    np.testing.assert_allclose(found, joined(plain, plain.step, np.asarray), atol=1e-14)


def test_steps_in_a_scan():
    """A state keeps its shapes if `like` holds examples of all inputs, so that lax.scan can carry it."""
    backend, group = require_backend("jax"), ProcessorGroup(dag=DAG)
    with backend.scope("float64"):
        arrays = {name: backend.asarray(x) for name, x in STREAMED.items()}
        blocks = {name: np.moveaxis(x.reshape(1, FRAMES, -1), 1, 0) for name, x in STREAMED.items()}
        blocks["level"] = blocks["level"][..., None]
        blocks = {name: backend.asarray(x) for name, x in blocks.items()}
        adapter = adapter_of(arrays["x"])
        state = group.init_state(like=arrays, hop_size=HOP)
        _, signals = adapter.scan(lambda state, block: group.step(state, block)[::-1], state, blocks)
        found = np.moveaxis(backend.to_numpy(signals), 0, 1).reshape(1, -1)
    np.testing.assert_allclose(found, joined(group, group.step, np.asarray), atol=1e-14)


def test_dry_and_wet_paths_with_a_reverb():
    """The response is an input that a stream takes once, with the examples; steps ignore it."""
    group = ProcessorGroup(
        dag=[(Reverb(), ["x", "ir"]), (LookAhead(), ["reverb/signal"]), (Add(), ["look_ahead/signal", "x"])]
    )
    x, ir = normal("x", 2, TIME), normal("ir", 1, 20)
    with pytest.raises(ValueError, match="like: got no 'ir', expected a dict with this input"):
        group.init_state(2, like=x)
    state = group.init_state(2, like={"x": x, "ir": ir}, hop_size=HOP)
    signals = []
    for block in np.split(x, [3, 3, 40], axis=1):
        signal, state = group.step(state, {"x": block, "ir": ir})
        signals.append(signal)
    found = np.concatenate([*signals, group.flush(state)[0]], axis=1)
    np.testing.assert_allclose(found[:, 6:], group({"x": x, "ir": ir}), atol=1e-12)
