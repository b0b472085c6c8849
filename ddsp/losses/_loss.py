"""What a loss is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .._processor import ParamSpec
from .._types import Array

__all__ = ["Loss"]


@dataclass(frozen=True)
class Loss:
    """The base of losses: frozen settings, and a call that returns a scalar."""

    params: ClassVar[tuple[ParamSpec, ...]] = ()

    def get_losses_dict(self, *args: Any, **kwargs: Any) -> dict[str, Array]:
        """The loss of some inputs, under its name."""
        return {self.name: self(*args, **kwargs)}  # type: ignore[attr-defined, operator]
