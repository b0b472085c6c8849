"""Base class of networks over frames, which run on a whole sequence or on a few frames at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..extend import Array, adapter_of, common_backend
from ..processors.base import Processor

__all__ = ["Network", "State"]

#: Arrays by name: what a network remembers of earlier frames.
State = dict[str, Array]


@dataclass(frozen=True)
class Network(Processor):
    """Base class of networks over frames, with causal layers.

    A subclass defines `params`, `state_shapes` and `compute`. A call runs a whole sequence from the zero state;
    `step` runs the next frames from a given state, with the same result.

    See Also
    --------
    DilatedConvDecoder : A network of convolutions.
    RnnFcDecoder : A network with a recurrent layer.
    """

    @property
    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the arrays of the state, without the batch axis."""
        return {}

    def compute(self, state: State, inputs: list[Array], values: Mapping[str, Array]) -> tuple[Any, State]:
        """Compute the outputs of frames; the subclass defines it.

        Parameters
        ----------
        state
            Arrays by name, [batch, ...], in the shapes of `state_shapes`. A missing array counts as zeros.
        inputs
            Arrays, [batch, frames, channels].
        values
            All trainable values by name.

        Returns
        -------
        outputs : dict
            Arrays by name, [batch, frames, channels].
        state : dict
            State for the frames that follow.
        """
        raise TypeError(f"{type(self).__name__}: a network must define compute")

    def init_state(self, batch: int = 1, *, like: Array) -> State:
        """State before the first frame: zeros.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...].
        """
        backend = adapter_of(like)
        shapes = self.state_shapes.items()
        return {name: backend.constant(np.zeros((batch, *shape)), like) for name, shape in shapes}

    def step(self, state: State, *inputs: Array, **values: Array) -> tuple[dict[str, Array], State]:
        """Compute the outputs of the next frames.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        *inputs
            Inputs of the next frames, in the order of a call, [batch, frames, channels].
        **values
            Trainable values by name.

        Returns
        -------
        outputs : dict
            Arrays by name, [batch, frames, channels].
        state : dict
            State for the frames that follow.
        """
        given = [x for x in inputs if x is not None]
        return self.compute(state, given, self._complete(values, given[0]))

    def get_signal(self, **outputs: Array) -> dict[str, Array]:
        """Return the outputs of the network as they are, under their names.

        Parameters
        ----------
        **outputs
            Arrays by name.

        Returns
        -------
        outputs : dict
            The same arrays.
        """
        return outputs

    def _complete(self, values: Mapping[str, Array], like: Array) -> dict[str, Array]:
        """The trainable values, with initial values for those that are missing."""
        names = [spec.name for spec in self.params]
        if unknown := [name for name in values if name not in names]:
            raise TypeError(f"{unknown[0]}: got a value of this name, expected names among {names}")
        common_backend(inputs=like, **values)
        if len(values) == len(names):
            return dict(values)
        backend = adapter_of(like)
        initial = {name: backend.constant(value, like) for name, value in self.initial_params().items()}
        return initial | dict(values)
