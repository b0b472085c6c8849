"""Groups step by step: their branches are delayed to meet, whatever their latencies are.

A node is computed when all of its inputs are there, so it works as late as its latest input, `Timing.late`. An input
that comes earlier is delayed, so dry and wet signals are aligned. A node with frames starts at the first frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..core.streaming import State, delay_step, example_array, hop_size_of, is_empty, zeros
from ..extend import Array, adapter_of
from .graph import Node, nested_lookup
from .late_start import step_from_start

__all__: list[str] = []


class Input(NamedTuple):
    """One input of a node in a stream.

    Attributes
    ----------
    key
        Where it is read.
    name
        Argument of the node's `get_controls`.
    delay
        Samples, or frames if `framewise`, by which it is delayed. None if it does not change over time.
    framewise
        Whether it has frames instead of samples.
    """

    key: str
    name: str
    delay: int | None
    framewise: bool


class Timing(NamedTuple):
    """When a node is computed.

    Attributes
    ----------
    inputs
        The inputs of the node.
    late
        Samples by which the node's inputs are late.
    latency
        Samples by which its signal is later.
    waits
        Frames before its first one; 0 for a node without frames.
    framewise
        Those of 'signal' and 'controls' that have frames instead of samples.
    """

    inputs: tuple[Input, ...]
    late: int
    latency: int
    waits: int
    framewise: tuple[str, ...]


def timings(dag: Sequence[Node], hop_size: int) -> dict[str, Timing]:
    """Timing of each node by name."""
    found: dict[str, Timing] = {}
    for node, keys in dag:
        needed, optional = node.input_names()
        names = [*needed, *optional][: len(keys)]
        arrivals = {name: _arrival(key, found) for name, key in zip(names, keys, strict=True)}
        late = max((arrivals[name] for name in names if name not in node.constant_inputs), default=0)
        # A node for samples, such as a sum, may also be given frames.
        of_frames = not node.frame_inputs and any(_has_frames(key, found) for key in keys)
        in_frames = of_frames or node.frame_signal or any(name in node.frame_inputs for name in names)
        if in_frames:
            late = -(-late // hop_size) * hop_size  # a whole number of frames
        inputs = []
        for name, key in zip(names, keys, strict=True):
            framewise, wait = of_frames or name in node.frame_inputs, late - arrivals[name]
            delay = wait // hop_size if framewise else wait
            inputs.append(Input(key, name, None if name in node.constant_inputs else delay, framewise))
        outputs = ["signal"] * (of_frames or node.frame_signal) + ["controls"] * node.controls_are_signal
        waits = late // hop_size if in_frames else 0
        found[node.name] = Timing(tuple(inputs), late, node.latency_samples(hop_size), waits, tuple(outputs))
    return found


def _has_frames(key: str, found: Mapping[str, Timing]) -> bool:
    """Whether a key reads frames of a node."""
    first, *rest = key.split("/")
    return first in found and bool(rest) and rest[0] in found[first].framewise


def _arrival(key: str, found: Mapping[str, Timing]) -> int:
    """Samples by which what is read at a key is late."""
    first, *rest = key.split("/")
    if first not in found:
        return 0
    return found[first].late + (found[first].latency if rest[:1] == ["signal"] else 0)


def init_delays(timed: Mapping[str, Timing], batch: int, like: Any) -> State:
    """Delays of the inputs that wait for others, by 'node.input', and of the starts of nodes or signals, by 'node'.

    Frames have no channels before the first step, unless `like` holds examples.
    """
    examples = like if isinstance(like, Mapping) else {}
    delays = {}
    for node, timing in timed.items():
        for x in timing.inputs:
            if x.delay:
                channels = tuple(examples[x.key].shape[2:]) if x.key in examples else (0,) * x.framewise
                delays[f"{node}.{x.name}"] = zeros((batch, x.delay, *channels), like)
        if timing.waits:
            delays[node] = zeros((batch, timing.waits), like)
        elif timing.late and timing.latency:
            delays[node] = zeros((batch, timing.late + timing.latency), like)
    return delays


def constants_of(timing: Timing, like: Any) -> dict[str, Array]:
    """The inputs of a node that do not change over time, from the example inputs of the group."""
    found = {}
    for x in timing.inputs:
        if x.delay is None:
            key = x.key.removeprefix("inputs/")
            if not isinstance(like, Mapping) or key not in like:
                raise ValueError(f"like: got no {key!r}, expected a dict with this input, which a stream takes once")
            found[x.name] = like[key]
    return found


def examples_of(timing: Timing, like: Any) -> Any:
    """What `init_state` of a node takes as `like`: its inputs among those of the group, or any array."""
    examples = like if isinstance(like, Mapping) else {}
    found = {x.name: examples[x.key] for x in timing.inputs if x.delay is not None and x.key in examples}
    return found or example_array(like)


class Run:
    """One step over the nodes of a group, or the end of its stream; `state` is the state after it.

    Parameters
    ----------
    timed
        Timing of each node by name.
    state
        State of the group before it.
    params
        Trainable values, or a module of a framework to call instead, by the name of the node.
    """

    def __init__(self, timed: Mapping[str, Timing], state: State, params: Mapping[str, Any]):
        self.timed, self.params = timed, params
        self.state = {**state, "nodes": dict(state["nodes"])}
        self.delays = dict(state.get("delays", {}))
        if self.delays:
            self.state["delays"] = self.delays

    def step(self, node: Any, outputs: Mapping[str, Any], read: bool) -> dict[str, Any]:
        """The node's signal for the next inputs, and its controls if they are read."""
        arguments = []
        for given in self._moving(node):
            x, place = nested_lookup(given.key, outputs), f"{node.name}.{given.name}"
            if place in self.delays:
                if given.framewise and len(x.shape) < 3:
                    name = f"{node.name}/{given.name}"
                    raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected frames, which wait for late inputs")
                x, self.delays[place] = delay_step(self.delays[place], x)
            arguments.append(x)
        return self._computed(node, arguments, read)

    def flush(self, node: Any, rests: Mapping[str, Any], read: bool) -> dict[str, Any]:
        """The rest of the node's signal: for what is still in its delays and in `rests`, and what itself held back."""
        found: dict[str, Any] = {"controls": {}}
        if self.timed[node.name].late:
            arguments = []
            for given in self._moving(node):
                past = self.delays.get(f"{node.name}.{given.name}")
                rest = _rest_of(given.key, rests)
                arguments.append(_joined([x for x in (past, rest) if x is not None]))
            found = self._computed(node, arguments, read)
        called, _ = self._called(node)
        rest, self.state["nodes"][node.name] = called.flush(self.state["nodes"][node.name])
        parts = [found["signal"]] if "signal" in found else []
        if isinstance(rest, Mapping):
            rest = {name: _joined([*(part[name] for part in parts), x]) for name, x in rest.items()}
            return {"signal": rest, "controls": rest if node.controls_are_signal else found["controls"]}
        return {**found, "signal": _joined([*parts, self._from_start(node, rest)])}

    def _computed(self, node: Any, arguments: list[Array], read: bool) -> dict[str, Any]:
        called, extra = self._called(node)
        step, state = partial(called.step, **extra), self.state["nodes"][node.name]
        if self.timed[node.name].waits:
            signal, state = step_from_start(step, state, arguments, self._started(node, arguments))
        else:
            signal, state = step(state, *arguments)
        self.state["nodes"][node.name] = state
        if node.controls_are_signal:
            return {"signal": signal, "controls": signal}
        signal = self._from_start(node, signal)
        return {"signal": signal, "controls": called.get_controls(*arguments, **extra) if read else {}}

    def _started(self, node: Any, arguments: list[Array]) -> Array:
        """1 for each frame of the step, [batch, frames], or 0 if it is before the first one."""
        first, past = self._moving(node)[0], self.delays[node.name]
        n_frames = arguments[0].shape[1] // (1 if first.framewise else hop_size_of(self.state))
        started, self.delays[node.name] = delay_step(past, zeros((past.shape[0], n_frames), past) + 1.0)
        return started

    def _from_start(self, node: Any, signal: Array) -> Array:
        """Zeros instead of what a node that looks ahead, such as a linear-phase filter, has before its inputs begin."""
        if self.timed[node.name].waits or node.name not in self.delays:
            return signal
        xp, flat = adapter_of(signal).xp, signal[(slice(None), slice(None), *[0] * (len(signal.shape) - 2))]
        started, self.delays[node.name] = delay_step(self.delays[node.name], xp.ones_like(flat))
        started = started[(slice(None), slice(None), *[None] * (len(signal.shape) - 2))]
        return xp.where(started > 0, signal, xp.zeros_like(signal))

    def _moving(self, node: Any) -> list[Input]:
        return [x for x in self.timed[node.name].inputs if x.delay is not None]

    def _called(self, node: Any) -> tuple[Any, dict[str, Any]]:
        """The node, or the module that stands for it, and the trainable values that its step takes."""
        given = self.params.get(node.name, {})
        if callable(given):
            return given, {}
        return node, dict(given) if "step" in node.trained_methods else {}


def _rest_of(key: str, rests: Mapping[str, Any]) -> Array | None:
    """What is still to come of an input; None for inputs of the group and for controls of a node that is not late."""
    try:
        return nested_lookup(key, rests)
    except KeyError:
        return None


def _joined(parts: list[Array]) -> Array:
    """Parts of a signal, one after the other. One without samples may lack channels."""
    parts = [x for x in parts if not is_empty(x)] or parts[:1]
    return adapter_of(*parts).xp.concat(parts, axis=1)
