"""Base class of the losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..backends._host import LeftToPython
from ..extend import Array
from ..processors.base import Trainable
from ..processors.signatures import positional_names

__all__ = ["Loss"]


@dataclass(frozen=True)
class Loss(LeftToPython, Trainable):
    """Base class of the losses: a frozen dataclass of settings whose call returns a scalar.

    One of the settings is `name`, the key of the loss in a dictionary of losses. A new loss is a subclass, decorated
    with `dataclass(frozen=True)`, that defines `__call__`.

    See Also
    --------
    LossGroup : Several losses of one dictionary of outputs.
    ddsp.processors.Processor : Base class of synthesizers and effects.
    """

    def get_losses_dict(self, *args: Any, **kwargs: Any) -> dict[str, Array]:
        """Compute the loss and return it under its name.

        Parameters
        ----------
        *args, **kwargs
            The arguments of the call.

        Returns
        -------
        losses : dict
            `{name: loss}`.
        """
        return {self.name: self(*args, **kwargs)}  # type: ignore[attr-defined, operator]

    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]:
        """Names of the arguments of the call that a graph can fill.

        Returns
        -------
        required : list
            Names of the arguments without a default.
        optional : list
            Names of the arguments with a default.
        """
        return positional_names(cls.__call__)
