"""Several processors wired to one dictionary of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..extend import Array, Key
from .base import Processor
from .graph import Graph

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
