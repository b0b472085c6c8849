"""What a loss is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..extend import Array
from ..processors.base import Trainable, positional_names

__all__ = ["Loss"]


@dataclass(frozen=True)
class Loss(Trainable):
    """The base of losses: frozen settings, `name` among them, and a call that returns a scalar."""

    def get_losses_dict(self, *args: Any, **kwargs: Any) -> dict[str, Array]:
        """The loss of some inputs, under its name."""
        return {self.name: self(*args, **kwargs)}  # type: ignore[attr-defined, operator]

    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]:
        """Names of the inputs of the call: those it needs, and those that have a default."""
        return positional_names(cls.__call__)
