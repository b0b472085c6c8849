"""Several processors wired to one dictionary of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.streaming import State, check_batch, example_array, init_hop, is_empty, no_samples
from ..extend import Array, Key, adapter_of
from ..extend.replays import replayed
from .base import Processor
from .graph import Graph, draws
from .group_steps import Run, Timing, constants_of, examples_of, init_delays, timings

__all__ = ["ProcessorGroup"]


@dataclass(frozen=True)
class ProcessorGroup(Graph, Processor):
    """Chain or graph of processors, run in the order of a list.

    ![The graph of a group: four inputs and four nodes](../figures/group.png)

    Parameters
    ----------
    dag
        List of (processor, [input keys]). A key names an entry of the group's input dictionary ('amplitudes'), or an
        output of an earlier node ('harmonic/signal', 'reverb/controls/ir'). The signal of the last node is the signal
        of the group.
    name
        Name of the group.

    Raises
    ------
    ValueError
        No nodes, two nodes with the same name, a wrong number of inputs, or a key of a node that does not exist or
        comes later (a cycle always has one). The message names the node.

    See Also
    --------
    ddsp.losses.LossGroup : Losses wired in the same way.

    Examples
    --------
    >>> import numpy as np
    >>> from ddsp.synths import Harmonic, FilteredNoise
    >>> from ddsp.processors import Add
    >>> group = ProcessorGroup(dag=[
    ...     (Harmonic(n_samples=640), ["amplitudes", "harmonic_distribution", "f0_hz"]),
    ...     (FilteredNoise(n_samples=640), ["magnitudes"]),
    ...     (Add(), ["harmonic/signal", "filtered_noise/signal"]),
    ... ])
    >>> frames = np.zeros((1, 10, 1))
    >>> inputs = {"amplitudes": frames, "harmonic_distribution": np.zeros((1, 10, 4)), "f0_hz": frames + 440.0,
    ...           "magnitudes": np.zeros((1, 10, 65))}
    >>> group(inputs, key=0).shape
    (1, 640)
    """

    name: str = "processor_group"

    signal_inputs: ClassVar[tuple[str, ...]] = ()
    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls", "init_state", "step", "flush")
    nested_inputs: ClassVar[bool] = False

    def get_controls(self, inputs: Mapping[str, Array], *, key: Key = None, noise: Any = None, **params: Any) -> dict:
        """Run all nodes.

        Parameters
        ----------
        inputs
            Arrays by key.
        key
            Random key, split among the nodes that draw random numbers.
        noise
            Noise by the name of the node, instead of a key.
        **params
            Trainable values by the name of the node, each a dict by name.

        Returns
        -------
        outputs : dict
            The inputs, and for each node its name with {'signal': ..., 'controls': {...}}. 'out' is the output of the
            last node.
        """
        return self.run(inputs, key, noise, params)

    def get_signal(self, outputs: Mapping[str, Any] | None = None, **more: Any) -> Array:
        """Select the signal of the last node from the outputs of `get_controls`.

        Parameters
        ----------
        outputs
            The dictionary that `get_controls` returns.
        **more
            The same dictionary as keywords.

        Returns
        -------
        signal : array
            Signal of the last node.
        """
        return {**(outputs or {}), **more}["out"]["signal"]

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: the longest sum of latencies on a path to the last node.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            Number of samples at the start of a stream, zeros, that a call does not return.
        """
        last = self._timings(hop_size)[self.dag[-1][0].name]
        return last.late + last.latency

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64, key: Key = None, **params: Any) -> State:
        """State before the first step: that of each node, and delays for inputs that wait for later ones.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device, or a dict of example inputs by key. It must hold the inputs that
            do not change over time, such as an impulse response.
        hop_size
            Samples a frame.
        key
            Random key, split among the nodes that draw random numbers.
        **params
            Trainable values by the name of the node, each a dict by name.

        Returns
        -------
        state : dict
            'nodes', the states by the name of the node, 'hop', and 'delays', if there are any.
        """
        timed, nodes = self._timings(hop_size), {}
        drawing = [node.name for node, _ in self.dag if draws(node)]
        split = adapter_of(example_array(like)).split(key, len(drawing)) if drawing else []
        keys = dict(zip(drawing, split, strict=True))
        for name, node in self.nodes.items():
            given = params.get(name, {})
            called, extra = (given, {}) if callable(given) else (node, dict(given))
            extra = extra if "init_state" in node.trained_methods else {}
            extra |= constants_of(timed[name], like) | ({"key": keys[name]} if name in keys else {})
            nodes[name] = called.init_state(batch, like=examples_of(timed[name], like), hop_size=hop_size, **extra)
        delays = init_delays(timed, batch, like)
        return init_hop(batch, like, hop_size) | {"nodes": nodes} | ({"delays": delays} if delays else {})

    def step(self, state: State, inputs: Mapping[str, Array], **params: Any) -> tuple[Array, State]:
        """Compute the signal of the next frames or samples.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        inputs
            Arrays by key, for the next frames, and for as many hops of samples.
        **params
            Trainable values by the name of the node, each a dict by name.

        Returns
        -------
        signal : array
            Signal of the last node.
        state : dict
            State for what follows.
        """
        return replayed(self, self._step_of_nodes, state, inputs, params)

    def _step_of_nodes(
        self, state: State, inputs: Mapping[str, Array], params: Mapping[str, Any]
    ) -> tuple[Array, State]:
        check_batch(state, inputs)
        if any(is_empty(x) for x in inputs.values()):
            return no_samples(state), state
        run = Run(self._timings(state["hop"].shape[1]), state, params)
        outputs: dict[str, Any] = {"inputs": inputs, **inputs}
        for node, _ in self.dag:
            outputs[node.name] = run.step(node, outputs, self._read(node.name))
        return outputs[self.dag[-1][0].name]["signal"], run.state

    def flush(self, state: State, **params: Any) -> tuple[Array, State]:
        """Compute the rest of the signal, node by node.

        Parameters
        ----------
        state
            State of the last step.
        **params
            Trainable values by the name of the node, each a dict by name.

        Returns
        -------
        signal : array
            The rest of the signal of the last node.
        state : dict
            State in which the stream has ended.
        """
        run = Run(self._timings(state["hop"].shape[1]), state, params)
        rests: dict[str, Any] = {}
        for node, _ in self.dag:
            rests[node.name] = run.flush(node, rests, self._read(node.name))
        return rests[self.dag[-1][0].name]["signal"], run.state

    def _timings(self, hop_size: int) -> dict[str, Timing]:
        return timings(self.dag, hop_size)

    def _read(self, name: str) -> bool:
        """Whether a node reads controls of the node of this name."""
        return any(key.startswith(f"{name}/controls/") for _, keys in self.dag for key in keys)
