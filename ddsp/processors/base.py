"""Base class of the processors: frozen settings, and methods from inputs to controls and from controls to a signal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from ..core.streaming import State, init_hop, is_empty, no_samples
from ..extend import Array
from ..extend.replays import replayed
from ..extend.settings import plain_settings, shown
from .signatures import CallSignature, positional_names, takes_batch_of_state

__all__ = ["ParamSpec", "Processor"]


@dataclass(frozen=True)
class ParamSpec:
    """Name, shape and initial distribution of a trainable value.

    Parameters
    ----------
    name
        Keyword under which `get_controls` or a call takes the value.
    shape
        Shape of the value.
    init
        Function `init(rng, shape)` that draws initial values in float64 from a NumPy generator.

    See Also
    --------
    Processor : Lists these in `params`.
    """

    name: str
    shape: tuple[int, ...]
    init: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


@dataclass(frozen=True)
class Trainable:
    """Base class of processors and losses: settings, checked against their annotations, and trainable values."""

    #: True for modules of a framework with a call of their own, which return only the signal to a graph.
    overrides_call: ClassVar[bool] = False

    def __post_init__(self) -> None:
        plain_settings(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]  # otherwise dataclass writes its own
        cls.__signature__ = CallSignature()  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        """The call that constructs this object, with functions by name, the same in each process."""
        settings = (f"{field.name}={_shown(getattr(self, field.name))}" for field in fields(self))
        return f"{type(self).__qualname__}({', '.join(settings)})"

    def __reduce__(self) -> tuple:
        """Support for `pickle` and `copy`. The name of a class that `wrap` has replaced leads to the module class."""
        found = named(type(self))
        return _restored, (found if getattr(found, "plain_class", None) is type(self) else type(self), vars(self))

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values; none by default."""
        return ()

    def initial_params(self, seed: int = 0) -> dict[str, Any]:
        """Draw initial trainable values, the same for a seed in every framework.

        Parameters
        ----------
        seed
            Seed, an integer >= 0.

        Returns
        -------
        params : dict
            NumPy float64 arrays by name.

        Raises
        ------
        ValueError
            `seed` is not an integer >= 0.
        """
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f"seed: got {shown(seed)}, expected an integer of at least 0")
        rngs = np.random.default_rng(seed).spawn(len(self.params))
        return {spec.name: spec.init(rng, spec.shape) for spec, rng in zip(self.params, rngs, strict=True)}


@dataclass(frozen=True)
class Processor(Trainable):
    """Base class of synthesizers and effects.

    A subclass is a frozen dataclass of settings with two methods. `get_controls(inputs) -> dict` scales the outputs of
    a network to valid controls, and `get_signal(**controls)` computes the signal. A call does both.

    Trainable values are not attributes: `params` names them, and they are passed as keyword arguments. A processor that
    is called without them uses their initial values.

    Most processors also compute step by step, for sound in real time or of any length. A step takes the arguments of a
    call for the next frames or samples. Its state holds all that the future needs of the past, so the joined results of
    the steps and of `flush`, without the first `latency_samples`, are the result of one call, however the inputs are
    cut:

        state = synth.init_state(batch=1, like=f0_hz, hop_size=64)
        audio, state = synth.step(state, amplitudes, harmonic_distribution, f0_hz)  # k frames: 64 k samples
        audio, state = synth.flush(state)

    ![Network outputs, the controls that they are mapped to, and the audio](../figures/controls.png)

    See Also
    --------
    ProcessorGroup : Chain or graph of processors.
    ddsp.losses.Loss : Base class of losses.
    """

    #: Keyword arguments of `get_signal` and of `get_controls` that are not network outputs: random keys and noise.
    signal_inputs: ClassVar[tuple[str, ...]] = ()
    control_inputs: ClassVar[tuple[str, ...]] = ()
    #: Inputs of `get_controls` that have frames, [batch, frames, channels], and those that do not change over time. The
    #: others are signals, [batch, time].
    frame_inputs: ClassVar[tuple[str, ...]] = ()
    constant_inputs: ClassVar[tuple[str, ...]] = ()
    #: Whether the signal has frames, [batch, frames, channels], instead of samples.
    frame_signal: ClassVar[bool] = False
    #: Whether `get_controls` computes the signal, as a network does. Controls then depend on what was before.
    controls_are_signal: ClassVar[bool] = False
    #: Methods that take the trainable values as keyword arguments, besides the call. A module supplies the values.
    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls", "step")
    #: Methods that return a copy with other settings. Those of a module return a module with the same trained values.
    variants: ClassVar[tuple[str, ...]] = ()
    #: Methods that return a processor with this one as a setting. Those of a module return a module that contains it.
    containers: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in {"step", "step_signal"} & set(vars(cls)):
            setattr(cls, name, takes_batch_of_state(vars(cls)[name]))

    def get_controls(self, *args: Any, **kwargs: Any) -> dict[str, Array]:
        """Scale inputs, usually the outputs of a network, to the controls of `get_signal`.

        Parameters
        ----------
        *args, **kwargs
            Inputs of the subclass.

        Returns
        -------
        controls : dict
            Arrays by name.
        """
        raise TypeError(f"{type(self).__name__}: a processor must define get_controls")

    def get_signal(self, *args: Any, **kwargs: Any) -> Array:
        """Compute the signal from the controls.

        Parameters
        ----------
        *args, **kwargs
            Controls of the subclass.

        Returns
        -------
        signal : array
            Audio or another signal.
        """
        raise TypeError(f"{type(self).__name__}: a processor must define get_signal")

    def __call__(self, *args: Any, return_outputs_dict: bool = False, **kwargs: Any) -> Any:
        """Compute the signal from inputs.

        Parameters
        ----------
        *args, **kwargs
            The arguments of `get_controls`, and those of `get_signal` that are in `signal_inputs`.
        return_outputs_dict
            If True, return {'signal': ..., 'controls': {...}} instead of the signal alone.

        Returns
        -------
        signal : array
            The signal, or a dict if `return_outputs_dict`.
        """
        extra = {name: kwargs.pop(name) for name in self.signal_inputs if name in kwargs}
        controls = self.get_controls(*args, **kwargs)
        signal = self.get_signal(**controls, **extra)
        return {"signal": signal, "controls": controls} if return_outputs_dict else signal

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            Number of samples at the start of a stream, zeros, that a call does not return.
        """
        raise TypeError(self._cannot_stream())

    def init_state(self, *args: Any, **kwargs: Any) -> State:
        """State before the first step.

        Parameters
        ----------
        *args, **kwargs
            `batch`, the batch size, 1 by default; `like`, an array that gives backend, dtype and device, or a dict of
            example inputs by name, which also tells the number of channels; `hop_size`, samples a frame, 64 by default;
            `key`, a random key, where there is noise; and inputs that do not change, by name, where the subclass says
            so.

        Returns
        -------
        state : dict
            Arrays by name, nested for groups, [batch, ...]. Their shapes stay the same from step to step, except for a
            number of channels that `like` does not tell: it is 0 before the first step.
        """
        raise TypeError(self._cannot_stream())

    def step(self, state: State, *inputs: Any, **kwargs: Any) -> tuple[Array, State]:
        """Compute the signal of the next frames or samples.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        *inputs, **kwargs
            The arguments of `get_controls`, for the next frames or samples, any number of them.

        Returns
        -------
        signal : array
            [batch, frames * hop_size], or as many samples as the inputs have.
        state : dict
            State for what follows.
        """
        return replayed(self, self._step_of_inputs, state, inputs, kwargs)

    def _step_of_inputs(self, state: State, inputs: tuple, kwargs: dict[str, Any]) -> tuple[Array, State]:
        if any(is_empty(x) for x in (*inputs, *kwargs.values())):
            return no_samples(state), state
        return self.step_signal(state, **self.get_controls(*inputs, **kwargs))

    def step_signal(self, state: State, *args: Any, **kwargs: Any) -> tuple[Array, State]:
        """Compute the signal of the next frames or samples from their controls.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        *args, **kwargs
            Controls of the subclass.

        Returns
        -------
        signal : array
            The next part of the signal.
        state : dict
            State for what follows.
        """
        raise TypeError(self._cannot_stream())

    def flush(self, state: State) -> tuple[Array, State]:
        """Compute the rest of the signal after the last step, which latency has held back.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        signal : array
            The rest of the signal.
        state : dict
            State in which the stream has ended.
        """
        raise TypeError(self._cannot_stream())

    def _cannot_stream(self) -> str:
        return f"{type(self).__name__}: cannot be computed step by step, only by a call"

    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]:
        """Names of the inputs of `get_controls` that a graph can fill.

        Returns
        -------
        required : list
            Names of the inputs without a default.
        optional : list
            Names of the inputs with a default.
        """
        return positional_names(cls.get_controls)


@dataclass(frozen=True)
class SampleProcessor(Processor):
    """Base class of processors whose signal at a sample depends on the inputs at this sample alone.

    Its steps need no past: a step is a call, without latency.

    See Also
    --------
    Processor : Describes steps.
    """

    def latency_samples(self, hop_size: int = 64) -> int:
        return 0

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        return init_hop(batch, like, hop_size)

    def step_signal(self, state: State, *args: Any, **kwargs: Any) -> tuple[Array, State]:
        return self.get_signal(*args, **kwargs), state

    def flush(self, state: State) -> tuple[Array, State]:
        return no_samples(state), state


def named(cls: type) -> Any:
    """Object that the name of a class is bound to: the class, or the result of a decorator; None if there is none."""
    value: Any = sys.modules.get(cls.__module__)
    for part in cls.__qualname__.split("."):
        value = getattr(value, part, None)
    return value


def _restored(cls: Any, settings: dict[str, Any]) -> Any:
    plain = object.__new__(getattr(cls, "plain_class", cls))
    vars(plain).update(settings)
    return plain


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))}{',' * (len(value) == 1)})"
    return getattr(value, "__qualname__", repr(value)) if callable(value) else repr(value)
