"""Graphs of processors and losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..extend import Key, adapter_of

__all__: list[str] = []

#: A processor or loss, each with a setting `name`, and the keys of its inputs.
Node = tuple[Any, Sequence[str]]
#: Reserved keys, which cannot be names of nodes.
RESERVED = ("inputs", "out")


def nested_lookup(key: str, nested: Mapping[str, Any]) -> Any:
    """Look up 'a/b/c' in nested dictionaries.

    Parameters
    ----------
    key
        Path with slashes.
    nested
        Nested dictionaries.

    Returns
    -------
    value : object
        The value at the path.

    Raises
    ------
    KeyError
        A part of the path does not exist. The message lists what exists.

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
class Graph:
    """List of nodes, checked at construction and run in order; base class of groups of processors and of losses.

    Parameters
    ----------
    dag
        List of (processor or loss, [input keys]). A key names an entry of the graph's input dictionary ('amplitudes' or
        'inputs/amplitudes'), or an output of an earlier node ('harmonic/signal').
    name
        Name of the graph.

    Raises
    ------
    ValueError
        No nodes, two nodes with the same name, a wrong number of inputs, or a key of a later node (a cycle always has
        one). The message names the node.

    See Also
    --------
    ProcessorGroup : Graph of processors.
    ddsp.losses.LossGroup : Graph of losses.

    Examples
    --------
    Nodes are attributes:

    >>> from ddsp.processors import Add
    >>> Graph([(Add(name="sum"), ["a", "b"])]).sum
    Add(name='sum')
    """

    dag: Sequence[Node]
    name: str = "graph"

    #: True if inputs may be nested dictionaries. A key whose first part is not a node is then a path in the inputs.
    nested_inputs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "dag", tuple((node, tuple(keys)) for node, keys in self.dag))
        if not self.dag:
            raise ValueError("dag: got no nodes, expected at least one (processor, [input keys])")
        names = [node.name for node, _ in self.dag]
        for i, (node, keys) in enumerate(self.dag):
            if node.name in names[:i]:
                raise ValueError(f"dag: two nodes are named {node.name!r}; set a different name= for one of them")
            if node.name in RESERVED:
                raise ValueError(f"dag: a node is named {node.name!r}, which is reserved for the graph")
            _check_arity(node, keys)
            for key in keys:
                self._check_key(node.name, key, names[:i], names[i:])

    def _check_key(self, name: str, key: str, before: Sequence[str], later: Sequence[str]) -> None:
        first, *rest = key.split("/")
        where = f"dag: node {name!r} reads {key!r}"
        if first in later:
            raise ValueError(f"{where} of a node that does not come before it (a cycle, or a wrong order)")
        if (
            first in before
            and hasattr(self.nodes[first], "get_signal")
            and (rest or [""])[0] not in ("signal", "controls")
        ):
            raise ValueError(f"{where}, expected '{first}/signal' or '{first}/controls/...'")
        if rest and first not in (*before, "inputs") and not self.nested_inputs:
            raise ValueError(f"{where}, but no node is named {first!r}; the nodes before it: {list(before)}")

    @property
    def nodes(self) -> dict[str, Any]:
        """Nodes by name, in their order. Each node is also an attribute of the graph."""
        return {node.name: node for node, _ in self.__dict__.get("dag", ())}  # dag is not yet set during unpickling

    def __getattr__(self, name: str) -> Any:
        if name in self.nodes:
            return self.nodes[name]
        raise AttributeError(f"{type(self).__name__} has no attribute or node {name!r}, only {list(self.nodes)}")

    def initial_params(self, seed: int = 0) -> dict[str, Any]:
        """Initial trainable values, by the name of the node.

        Parameters
        ----------
        seed
            Seed of the random initial values, an integer >= 0.

        Returns
        -------
        params : dict
            For each node with trainable values, a dict of values by name.
        """
        found = {node.name: node.initial_params(seed) for node, _ in self.dag}
        return {name: params for name, params in found.items() if params}

    def run(self, inputs: Mapping[str, Any], key: Key, noise: Any, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run all nodes in order.

        Parameters
        ----------
        inputs
            Arrays by key.
        key
            Random key, split among the nodes that draw random numbers.
        noise
            Noise by the name of the node, instead of a key.
        params
            Trainable values by the name of the node, each a dict by name.

        Returns
        -------
        outputs : dict
            The inputs, and the output of each node under its name: {'signal': ..., 'controls': {...}} of a processor,
            {name: value} of a loss. 'out' is the output of the last node.
        """
        drawing = [node.name for node, _ in self.dag if draws(node)]
        _check_by_name("inputs", inputs, None)
        _check_by_name("noise", {} if noise is None else noise, drawing)
        _check_by_name("params", params, list(self.nodes))
        outputs = {"inputs": inputs, **inputs}
        split = adapter_of(*_arrays(inputs)).split(key, len(drawing)) if drawing else []
        keys = dict(zip(drawing, split, strict=True))
        for node, input_keys in self.dag:
            arguments = [_read(node.name, k, outputs) for k in input_keys]
            given = params.get(node.name, {})  # trainable values, or a module of a framework to call instead
            called, extra = (given, {}) if callable(given) else (node, dict(given))
            if node.name in drawing:
                drawn = (noise or {}).get(node.name)
                extra |= {"key": keys[node.name]} if drawn is None else {"noise": drawn}
            if not hasattr(node, "get_losses_dict"):
                outputs[node.name] = _signal_and_controls(called, arguments, extra)
            elif called is node:
                outputs[node.name] = node.get_losses_dict(*arguments, **extra)
            else:
                value = called(*arguments, **extra)
                outputs[node.name] = value if isinstance(value, dict) else {node.name: value}
        outputs["out"] = outputs[self.dag[-1][0].name]
        return outputs

    def edges(self) -> list[tuple[str, str, str]]:
        """List the edges of the graph: (source, node, what is read) for each input key.

        Returns
        -------
        edges : list
            Tuples of the node or input that is read, the node that reads it, and the output that is read.

        Examples
        --------
        >>> from ddsp.processors import Add
        >>> Graph([(Add(), ["a", "b"]), (Add(name="more"), ["add/signal", "b"])]).edges()
        [('a', 'add', ''), ('b', 'add', ''), ('add', 'more', 'signal'), ('b', 'more', '')]
        """
        found = []
        for node, keys in self.dag:
            for key in keys:
                first, _, rest = key.partition("/")
                is_node = first in self.nodes
                found.append((first, node.name, rest) if is_node else (key.removeprefix("inputs/"), node.name, ""))
        return found

    def to_dot(self) -> str:
        r"""Describe the graph in the DOT language of Graphviz.

        Inputs are ellipses, nodes are boxes, and arrows are labeled with the output that they carry.

        Returns
        -------
        dot : str
            Text for Graphviz.

        Examples
        --------
        >>> from ddsp.processors import Add
        >>> print(Graph([(Add(), ["a", "b"])], name="sum").to_dot())
        digraph "sum" {
          rankdir=LR;
          "add" [shape=box, label="add\nAdd"];
          "a" [shape=ellipse];
          "b" [shape=ellipse];
          "a" -> "add";
          "b" -> "add";
        }
        """
        inputs = dict.fromkeys(source for source, _, _ in self.edges() if source not in self.nodes)
        lines = [f'"{name}" [shape=box, label="{name}\\n{type(node).__name__}"];' for name, node in self.nodes.items()]
        lines += [f'"{name}" [shape=ellipse];' for name in inputs]
        for source, target, what in self.edges():
            lines.append(f'"{source}" -> "{target}"' + (f' [label="{what}"];' if what else ";"))
        return "\n  ".join([f'digraph "{self.name}" {{', "rankdir=LR;", *lines]) + "\n}"


def _signal_and_controls(called: Any, arguments: Sequence[Any], extra: Mapping[str, Any]) -> Any:
    """Output of a processor. A module that overrides its call may return only the signal; its controls are empty."""
    if not getattr(called, "overrides_call", False):
        return called(*arguments, return_outputs_dict=True, **extra)
    signal = called(*arguments, **extra)
    return signal if isinstance(signal, Mapping) else {"signal": signal, "controls": {}}


def _check_by_name(name: str, given: Any, allowed: Sequence[str] | None) -> None:
    """Raise an error unless `given` is a dict whose keys are allowed; None allows all keys."""
    if not isinstance(given, Mapping):
        whose = "by key" if allowed is None else f"by the name of the node, of {list(allowed)}"
        raise TypeError(f"{name}: got a {type(given).__name__}, expected a dict {whose}")
    unknown = [key for key in given if allowed is not None and key not in allowed]
    if unknown:
        raise TypeError(f"{name}: got {unknown}, expected names among {list(allowed or ())}")


def draws(node: Any) -> bool:
    """True if a node takes a random key. Groups pass their key on to their nodes."""
    if isinstance(node, Graph):
        return any(draws(inner) for inner in node.nodes.values())
    return "key" in (*getattr(node, "signal_inputs", ()), *getattr(node, "control_inputs", ()))


def _arrays(nested: Mapping[str, Any]) -> list[Any]:
    return [x for v in nested.values() for x in (_arrays(v) if isinstance(v, Mapping) else [v])]


def _read(name: str, key: str, outputs: Mapping[str, Any]) -> Any:
    try:
        return nested_lookup(key, outputs)
    except KeyError as error:
        raise KeyError(f"node {name!r} reads {error.args[0]}") from None


def _check_arity(node: Any, keys: Sequence[str]) -> None:
    needed, optional = node.input_names()
    if not len(needed) <= len(keys) <= len(needed) + len(optional):
        raise ValueError(
            f"dag: node {node.name!r} got {len(keys)} input keys {list(keys)}, "
            f"expected one for each of {needed + optional}"
        )
