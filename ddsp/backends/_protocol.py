"""What a backend must offer: fourteen members, satisfied by a module or an object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

__all__ = ["Adapter", "ByValue", "Differentiable", "Shortcuts"]

Tree = Any  # an array, or a nest of dicts, lists and tuples of arrays


class Differentiable(Protocol):
    """A function of arrays that knows its gradient."""

    def __call__(self, *args: Any) -> Any:
        """The result, one array."""

    def gradient(self, cotangent: Any, result: Any, *args: Any) -> tuple[Any, ...]:
        """Gradients of sum(cotangent * result) for the first arguments; those that follow count as constant."""


class ByValue:
    """Equal to an object of the same class and the same fields; for `@dataclass(frozen=True, eq=False)`.

    Dynamo (of torch before 2.13) hashes and compares objects that are made while it traces before they have fields.
    """

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and vars(self) == vars(other))

    def __hash__(self) -> int:
        return hash(type(self))


class Shortcuts(Protocol):
    """What an adapter may have besides: faster ways to results that the library gets without them."""

    def frames(self, audio: Any, frame_size: int, hop_size: int) -> Any:
        """`ddsp.core.frame` as a view of the audio, to be read at once and never written."""

    def where_true(self, condition: Any) -> Any:
        """Numbers of the true elements of a condition of one axis; None where a compiler knows no values."""

    def mean_of_parts(self, f: Callable, size: int, *arrays: Any, numbers: tuple = ()) -> Any:
        """`f(*arrays, *numbers)` as the mean of f of parts of the leading axis, of `size` items each.

        f is hashable, equal to what computes the same, and a mean over that axis; Python numbers that change from call
        to call are arguments, so that nothing compiles again. Parts stay in the cache of a CPU, and what their
        gradients need is never kept. Gradients are found along with the values, in float32 at least. Where that gains
        nothing, it is `f(*arrays, *numbers)`.
        """


class Adapter(Protocol):
    """One array library, seen through the few things the array API standard leaves out.

    `CONTRIBUTING.md` tells how to add one. Every function above this layer finds its adapter on line one and
    then uses `xp` alone.
    """

    #: The name users know: "numpy", "torch", "jax", "tensorflow", or that of a generic namespace.
    name: str
    #: The classes whose instances are arrays of this library, for isinstance (tracers included).
    Array: tuple[type, ...]
    #: The array API namespace (2024.12), with `xp.fft`.
    xp: Any

    def constant(self, array: np.ndarray, like: Any) -> Any:
        """A host array as one of this library's, on `like`'s device; floats take its dtype, integers keep theirs."""

    def to_numpy(self, array: Any) -> np.ndarray:
        """Copy an array to the host, without its gradient."""

    def stop_gradient(self, array: Any) -> Any:
        """The same values, constant for differentiation."""

    def with_gradient(self, f: Differentiable, alone: bool = False) -> Callable:
        """`f` of arrays, differentiated by its own `gradient` instead of by the library.

        It is hashable, and equal to what computes the same: a library may compile it once for all. `alone` keeps a
        compiler from merging it with what stands around it.
        """

    def fusion(self) -> int:
        """How many elementwise steps in `f` of `with_gradient` a compiler makes one loop of; 0: each is a loop itself.

        Beyond that number compiling takes too long.
        """

    def uniform(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        """Noise uniform in [0, 1). `key`: int seed, the library's own key or generator, or None for its global one."""

    def normal(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        """Gaussian noise of mean 0 and deviation 1; `key` as for `uniform`."""

    def split(self, key: Any, n: int) -> list[Any]:
        """Make n independent keys from one; None gives n times None."""

    def scan(self, step: Callable, init: Tree, xs: Tree) -> tuple[Tree, Tree]:
        """Fold `step(carry, x) -> (carry, y)` over the leading axis of `xs`; returns the last carry and stacked ys."""

    def value_and_grad(self, f: Callable) -> Callable:
        """`g(params, *args) -> (f(params, *args), gradient)` for a scalar f, the gradient a nest like `params`."""

    def jit(self, f: Callable) -> Callable:
        """`f`, compiled."""
