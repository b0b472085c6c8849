"""Base class of networks over frames, which run on a whole sequence or on a few frames at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..extend import Array, adapter_of, common_backend, integer
from ..extend.settings import shown
from ..processors.base import Processor

__all__ = ["Network"]

#: Arrays by name: what a network remembers of earlier frames.
State = dict[str, Array]


@dataclass(frozen=True)
class Network(Processor):
    """Base class of networks over frames, with causal layers.

    A subclass defines `params`, `input_sizes`, `state_shapes`, `get_controls` and `compute`. A call runs a whole
    sequence from the zero state; `step` runs the next frames from a given state, with the same result.

    See Also
    --------
    DilatedConvDecoder : A network of convolutions.
    RnnFcDecoder : A network with a recurrent layer.
    """

    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls", "step")

    @property
    def input_sizes(self) -> dict[str, int]:
        """Names and numbers of channels of the inputs."""
        return {}

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
            Arrays, [batch, frames, channels], in the order of `input_sizes`.
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

        Raises
        ------
        ValueError
            A negative batch size.
        """
        backend, batch = adapter_of(like, names=("like",)), integer("batch", batch, 0)
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

        Raises
        ------
        TypeError
            Another number of inputs, or a name that is neither in the state nor among the trainable values.
        ValueError
            An input, a state or a trainable value of the wrong shape.
        """
        if not isinstance(state, Mapping) or (unknown := [name for name in state if name not in self.state_shapes]):
            found = unknown if isinstance(state, Mapping) else shown(state)
            raise TypeError(f"state: got {found}, expected a dict with names among {list(self.state_shapes)}")
        given = [x for x in inputs if x is not None]
        self._check_inputs(given)
        return self.compute(dict(state), given, self._complete(values, given[0]))

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

    def _check_inputs(self, inputs: list[Array]) -> None:
        """Check the number of inputs, and the channels of each."""
        sizes = self.input_sizes
        if len(inputs) != len(sizes):
            raise TypeError(f"inputs: got {len(inputs)} arrays, expected {len(sizes)}: {', '.join(sizes)}")
        common_backend(**dict(zip(sizes, inputs, strict=True)))
        for (name, size), x in zip(sizes.items(), inputs, strict=True):
            if len(x.shape) != 3 or x.shape[2] != size:
                raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected [batch, frames, {size}]")

    def _complete(self, values: Mapping[str, Array], like: Array) -> dict[str, Array]:
        """The trainable values, with initial values for those that are missing."""
        shapes = {spec.name: spec.shape for spec in self.params}
        common_backend(inputs=like, **values)
        for name, value in values.items():
            if name not in shapes:
                raise TypeError(f"{name}: got a value of this name, expected names among {list(shapes)}")
            if tuple(getattr(value, "shape", ())) != shapes[name]:
                raise ValueError(f"{name}: got {_shape(value)}, expected an array of shape {shapes[name]}")
        if len(values) == len(shapes):
            return dict(values)
        backend = adapter_of(like)
        initial = {name: backend.constant(value, like) for name, value in self.initial_params().items()}
        return initial | dict(values)


def _shape(value: Any) -> str:
    return f"shape {tuple(value.shape)}" if hasattr(value, "shape") else shown(value)
