"""Base class of networks over frames, which run on a whole sequence or on a few frames at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.streaming import State, broadcast_batch, check_batch, init_hop, is_empty, zeros
from ..extend import Array, adapter_of, common_backend
from ..extend.settings import shown
from ..processors.base import Processor

__all__ = ["Network"]


@dataclass(frozen=True)
class Network(Processor):
    """Base class of networks over frames, with causal layers.

    A subclass defines `params`, `input_sizes`, `output_sizes`, `state_shapes`, `get_controls` and `compute`. A call
    runs a whole sequence from the zero state; `step` runs the next frames from a given state, with the same result and
    without latency. Both return a dict of frames, so a decoder is a node of a `ProcessorGroup` in a stream too.

    See Also
    --------
    DilatedConvDecoder : A network of convolutions.
    RnnFcDecoder : A network with a recurrent layer.
    """

    frame_signal: ClassVar[bool] = True
    controls_are_signal: ClassVar[bool] = True
    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls", "step")

    @property
    def input_sizes(self) -> dict[str, int]:
        """Names and numbers of channels of the inputs."""
        return {}

    @property
    def output_sizes(self) -> dict[str, int]:
        """Names and numbers of channels of the outputs."""
        return {}

    @property
    def frame_inputs(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the inputs: all of them have frames."""
        return tuple(self.input_sizes)

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

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the outputs of steps are late: none, because the layers are causal.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            0.
        """
        return 0

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first frame: zeros.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device, or a dict of example inputs by name.
        hop_size
            Samples a frame, for the other nodes of a stream.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...]: those of `state_shapes`, and 'hop'.

        Raises
        ------
        ValueError
            A negative batch size, or a hop of no samples.
        """
        state = init_hop(batch, like, hop_size)
        return state | {name: zeros((batch, *shape), like) for name, shape in self.state_shapes.items()}

    def step(self, state: State, *inputs: Array, **values: Array) -> tuple[dict[str, Array], State]:
        """Compute the outputs of the next frames.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step. A missing array counts as zeros.
        *inputs
            Inputs of the next frames, in the order of a call, [batch, frames, channels], any number of frames.
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
        known = [*self.state_shapes, "hop"]
        if not isinstance(state, Mapping) or (unknown := [name for name in state if name not in known]):
            found = unknown if isinstance(state, Mapping) else shown(state)
            raise TypeError(f"state: got {found}, expected a dict with names among {known}")
        given = [x for x in inputs if x is not None]
        self._check_inputs(given)
        if "hop" in state:
            check_batch(state, dict(zip(self.input_sizes, given, strict=True)))
            given = [broadcast_batch(x, state["hop"]) for x in given]
        if self.output_sizes and is_empty(given[0]):
            return self._no_frames(given[0]), dict(state)
        outputs, after = self.compute(dict(state), given, self._complete(values, given[0]))
        return outputs, after | ({"hop": state["hop"]} if "hop" in state else {})

    def step_signal(self, state: State, **outputs: Array) -> tuple[dict[str, Array], State]:
        """Return the outputs of the next frames as they are, under their names, as `get_signal` does.

        Parameters
        ----------
        state
            State after these frames.
        **outputs
            Arrays by name.

        Returns
        -------
        outputs : dict
            The same arrays.
        state : dict
            The same state.
        """
        return outputs, state

    def flush(self, state: State) -> tuple[dict[str, Array], State]:
        """Outputs of no frames, because steps are not late.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        outputs : dict
            Arrays by name, [batch, 0, channels].
        state : dict
            The same state.
        """
        hop = state["hop"]
        return self._no_frames(adapter_of(hop).xp.sum(hop, axis=2)[:, :, None]), state

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

    def _no_frames(self, like: Array) -> dict[str, Array]:
        """Outputs of no frames, with the batch of `like`, [batch, frames, channels]."""
        return {name: like[:, :0, :1] + zeros((1, 1, size), like) for name, size in self.output_sizes.items()}

    def _check_inputs(self, inputs: list[Array]) -> None:
        """Check the number of inputs, and the channels of each."""
        sizes = self.input_sizes
        if len(inputs) != len(sizes):
            raise TypeError(f"inputs: got {len(inputs)} arrays, expected {len(sizes)}: {', '.join(sizes)}")
        common_backend(**dict(zip(sizes, inputs, strict=True)))
        for (name, size), x in zip(sizes.items(), inputs, strict=True):
            if len(x.shape) != 3 or x.shape[2] != size:
                raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected [batch, frames, {size}]")
            first, n_frames = next(iter(sizes)), inputs[0].shape[1]
            if None not in (n_frames, x.shape[1]) and x.shape[1] != n_frames:
                raise ValueError(f"{name}: got {x.shape[1]} frames, expected {n_frames}, those of {first}")

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
