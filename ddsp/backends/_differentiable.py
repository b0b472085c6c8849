"""Functions with a hand-written gradient, as `Adapter.with_gradient` takes them."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["ByValue", "Differentiable"]


class Differentiable(Protocol):
    """A function of arrays with a hand-written gradient."""

    def __call__(self, *args: Any) -> Any:
        """Compute the result, a single array."""

    def gradient(self, cotangent: Any, result: Any, *args: Any) -> tuple[Any, ...]:
        """Compute the gradients of sum(cotangent * result) with respect to the leading arguments.

        Arguments beyond the number of returned gradients are constants.
        """


class ByValue:
    """Equality by class and fields, for classes with `@dataclass(frozen=True, eq=False)`.

    The generated methods of a dataclass fail in Dynamo before torch 2.13: it hashes and compares objects made during
    tracing before their fields are set.
    """

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and vars(self) == vars(other))

    def __hash__(self) -> int:
        return hash(type(self))
