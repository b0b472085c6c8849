"""Processors: their base, the simple ones, and graphs of them."""

from __future__ import annotations

from dataclasses import dataclass

from ._checks import floats
from ._processor import ParamSpec, Processor
from ._types import Array, Float
from .graph import ProcessorGroup

__all__ = ["Add", "ParamSpec", "Processor", "ProcessorGroup"]


@dataclass(frozen=True)
class Add(Processor):
    """The sum of two signals.

    Examples
    --------
    >>> import numpy as np
    >>> Add()(np.ones((1, 2)), np.ones((1, 2)))
    array([[2., 2.]])
    """

    name: str = "add"

    def get_controls(
        self, signal_one: Float[Array, "batch time"], signal_two: Float[Array, "batch time"]
    ) -> dict[str, Array]:
        """The two signals, unchanged; shapes [batch, time], one dtype."""
        floats(signal_one=signal_one, signal_two=signal_two)
        return {"signal_one": signal_one, "signal_two": signal_two}

    def get_signal(
        self, signal_one: Float[Array, "batch time"], signal_two: Float[Array, "batch time"]
    ) -> Float[Array, "batch time"]:
        """signal_one + signal_two."""
        return signal_one + signal_two
