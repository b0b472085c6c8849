"""What a processor is: settings frozen in an object, turning inputs into controls and controls into a signal."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from ..extend import Array
from ..extend.settings import plain_settings, shown
from .signatures import CallSignature

__all__ = ["ParamSpec", "Processor", "Trainable", "named", "positional_names"]


@dataclass(frozen=True)
class ParamSpec:
    """A trainable value of a processor: its name, shape, and how its initial values are drawn.

    Parameters
    ----------
    name : the keyword under which `get_controls` takes it.
    shape : its shape.
    init : `init(rng, shape)` gives the initial values as float64, from a NumPy generator.
    """

    name: str
    shape: tuple[int, ...]
    init: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


@dataclass(frozen=True)
class Trainable:
    """What may have trainable values: processors and losses. Settings are held to their annotations."""

    #: Whether a module of a framework has a call of its own, so that a graph asks it for the signal alone.
    overrides_call: ClassVar[bool] = False

    def __post_init__(self) -> None:
        plain_settings(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]  # or dataclass writes another
        cls.__signature__ = CallSignature()  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        """The call that makes this object, functions by name: the same in each process."""
        settings = (f"{field.name}={_shown(getattr(self, field.name))}" for field in fields(self))
        return f"{type(self).__qualname__}({', '.join(settings)})"

    def __reduce__(self) -> tuple:
        """For `pickle` and `copy`. A name that `wrap` of a door was bound to leads to the module's class."""
        found = named(type(self))
        return _restored, (found if getattr(found, "plain_class", None) is type(self) else type(self), vars(self))

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """The trainable values; none by default."""
        return ()

    def initial_params(self, seed: int = 0) -> dict[str, Any]:
        """Initial trainable values by name, NumPy float64; the same for a seed wherever they are then trained."""
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f"seed: got {shown(seed)}, expected an integer of at least 0")
        rngs = np.random.default_rng(seed).spawn(len(self.params))
        return {spec.name: spec.init(rng, spec.shape) for spec, rng in zip(self.params, rngs, strict=True)}


@dataclass(frozen=True)
class Processor(Trainable):
    """The base of synthesizers and effects.

    A subclass is a frozen dataclass of settings with two methods: `get_controls(inputs) -> dict` scales the outputs of
    a network to valid controls, `get_signal(**controls)` computes the signal. Calling the processor does both.

    Trainable values are no attributes: they are named by `params` and arrive as keyword arguments. A processor called
    without them uses their initial values.
    """

    #: Keyword arguments that no network gives, random keys and noise: of `get_signal`, and of `get_controls`.
    signal_inputs: ClassVar[tuple[str, ...]] = ()
    control_inputs: ClassVar[tuple[str, ...]] = ()

    def get_controls(self, *args: Any, **kwargs: Any) -> dict[str, Array]:
        """Turn inputs, mostly a network's outputs, into the controls that `get_signal` takes."""
        raise TypeError(f"{type(self).__name__}: a processor must define get_controls")

    def get_signal(self, *args: Any, **kwargs: Any) -> Array:
        """Compute the signal from the controls."""
        raise TypeError(f"{type(self).__name__}: a processor must define get_signal")

    def __call__(self, *args: Any, return_outputs_dict: bool = False, **kwargs: Any) -> Any:
        """The signal of some inputs.

        Parameters
        ----------
        *args, **kwargs : the arguments of `get_controls`, and of `get_signal` those in `signal_inputs`.
        return_outputs_dict : return {'signal': ..., 'controls': {...}} instead of the signal alone.
        """
        extra = {name: kwargs.pop(name) for name in self.signal_inputs if name in kwargs}
        controls = self.get_controls(*args, **kwargs)
        signal = self.get_signal(**controls, **extra)
        return {"signal": signal, "controls": controls} if return_outputs_dict else signal

    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]:
        """Names of the inputs of `get_controls`: those it needs, and those that have a default."""
        return positional_names(cls.get_controls)


def named(cls: type) -> Any:
    """What the name of a class is bound to: the class itself, or what a decorator made of it; None if nothing is."""
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


def positional_names(method: Callable) -> tuple[list[str], list[str]]:
    """Names of a method's arguments that a graph can fill: those it needs, and those that have a default."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [p for p in list(inspect.signature(method).parameters.values())[1:] if p.kind in positional]
    needed = [p.name for p in parameters if p.default is p.empty]
    return needed, [p.name for p in parameters if p.default is not p.empty]
