"""Processors wired into a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ._processor import Processor
from ._types import Array, Key
from .backends import adapter_of

__all__ = ["Node", "ProcessorGroup", "nested_lookup"]

#: A processor (every one has a `name` among its settings), and the key of each of its inputs.
Node = tuple[Any, Sequence[str]]


def nested_lookup(key: str, nested: Mapping[str, Any]) -> Any:
    """The value at 'a/b/c' of nested dictionaries.

    Raises
    ------
    KeyError : a part of the key is not there; the message lists what is.

    Examples
    --------
    >>> nested_lookup("a/b", {"a": {"b": 1}})
    1
    """
    value: Any = nested
    for part in key.split("/"):
        if not isinstance(value, Mapping) or part not in value:
            there = sorted(value) if isinstance(value, Mapping) else "an array"
            raise KeyError(f"{key!r}: no {part!r} there, only {there}")
        value = value[part]
    return value


@dataclass(frozen=True)
class ProcessorGroup(Processor):
    """A chain or graph of processors, run in the order of a list.

    Parameters
    ----------
    dag : a list of (processor, [input keys]). A key names an entry of the dictionary that the group is called with
        ('amplitudes'), or an output of a node that comes before: 'harmonic/signal', 'reverb/controls/ir'. The
        signal of the last node is the signal of the group.
    name : the group's name.

    Raises
    ------
    ValueError : no nodes, two of one name, a wrong number of inputs, or a key of a node that is not there or comes
        later (a cycle always has one); the message names the node.

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

    dag: Sequence[Node]
    name: str = "processor_group"

    signal_inputs: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "dag", tuple((processor, tuple(keys)) for processor, keys in self.dag))
        if not self.dag:
            raise ValueError("dag: got no nodes, expected at least one (processor, [input keys])")
        names = [processor.name for processor, _ in self.dag]
        for i, (processor, keys) in enumerate(self.dag):
            if processor.name in names[:i]:
                raise ValueError(f"dag: two nodes are named {processor.name!r}; give one another name=")
            _check_node(processor, keys, names[:i], names[i:])

    def initial_params(self, seed: int = 0) -> dict[str, Any]:
        """Initial trainable values of the nodes that have some, by the name of the node."""
        return {p.name: p.initial_params(seed) for p, _ in self.dag if p.initial_params(seed)}

    def get_controls(self, inputs: Mapping[str, Array], *, key: Key = None, noise: Any = None, **params: Any) -> dict:
        """Run all nodes.

        Parameters
        ----------
        inputs : arrays by key.
        key : random key, split among the nodes that need noise.
        noise : {node name: noise}, instead of a key.
        **params : trainable values by the name of the node, each a dict by name.

        Returns
        -------
        The inputs, and for each node its name with {'signal': ..., 'controls': {...}}; 'out' is the last of them.
        """
        outputs = dict(inputs)
        nodes = [processor.name for processor, _ in self.dag if _needs_key(processor)]
        keys = dict(zip(nodes, _keys(inputs, key, len(nodes)), strict=True))
        for processor, input_keys in self.dag:
            arguments = [nested_lookup(k, outputs) for k in input_keys]
            extra = dict(params.get(processor.name, {}))
            if processor.name in nodes:
                drawn = (noise or {}).get(processor.name)
                extra |= {"key": keys[processor.name]} if drawn is None else {"noise": drawn}
            outputs[processor.name] = processor(*arguments, return_outputs_dict=True, **extra)
        outputs["out"] = outputs[self.dag[-1][0].name]
        return outputs

    def get_signal(self, **outputs: Any) -> Array:
        """The signal of the last node, from what `get_controls` returns."""
        return outputs["out"]["signal"]


def _needs_key(processor: Processor) -> bool:
    """Groups hand a key on to their nodes."""
    if isinstance(processor, ProcessorGroup):
        return any(_needs_key(p) for p, _ in processor.dag)
    return "key" in processor.signal_inputs + processor.control_inputs


def _keys(inputs: Mapping[str, Array], key: Key, n: int) -> list[Key]:
    return adapter_of(*inputs.values()).split(key, n) if n else []


def _check_node(processor: Any, keys: Sequence[str], before: Sequence[str], later: Sequence[str]) -> None:
    needed, optional = processor.input_names()
    where = f"dag: node {processor.name!r}"
    if not len(needed) <= len(keys) <= len(needed) + len(optional):
        raise ValueError(
            f"{where} got {len(keys)} input keys {list(keys)}, expected one for each of {needed + optional}"
        )
    for key in keys:
        first, *rest = key.split("/")
        if first in before and (not rest or rest[0] not in ("signal", "controls")):
            raise ValueError(f"{where} reads {key!r}, expected '{first}/signal' or '{first}/controls/...'")
        if first in later:
            raise ValueError(
                f"{where} reads {key!r} of a node that does not come before it (a cycle, or a wrong order)"
            )
        if rest and first not in before:
            raise ValueError(
                f"{where} reads {key!r}, but no node is named {first!r}; the nodes before it: {list(before)}"
            )
