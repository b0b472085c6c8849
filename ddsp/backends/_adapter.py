"""What the library asks of an array library beyond the array API standard: the base class of the adapters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from ._host import loop, seeds, valid_key

__all__ = ["Adapter", "ByValue", "Differentiable", "Traits"]

Tree = Any  # an array, or a nest of dicts, lists and tuples of arrays


class Differentiable(Protocol):
    """A function of arrays with a gradient written by hand."""

    def __call__(self, *args: Any) -> Any:
        """Compute the result, one array."""

    def gradient(self, cotangent: Any, result: Any, *args: Any) -> tuple[Any, ...]:
        """Gradients of sum(cotangent * result) for the first arguments; the arguments that follow are constants."""


class ByValue:
    """Equality by class and fields, for `@dataclass(frozen=True, eq=False)`.

    Dynamo (before torch 2.13) hashes and compares objects made during tracing before they have fields.
    """

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and vars(self) == vars(other))

    def __hash__(self) -> int:
        return hash(type(self))


class Traits(NamedTuple):
    """What pays in the current mode: eager, compiled, on a CPU or on an accelerator.

    Attributes
    ----------
    max_fused_ops
        Largest number of elementwise operations that a compiler fuses into one loop before compiling takes too long;
        0 if every operation is a pass over memory of its own.
    chunk_samples
        Number of samples whose intermediate results fit into a CPU's cache, or a bound of the memory where there is no
        such cache. Of the whole batch without fusion; of one item, and in the gradient alone, with it.
    polynomial_sine
        Whether a polynomial is faster than the library's sine.
    """

    max_fused_ops: int = 0
    chunk_samples: int = 2**14
    polynomial_sine: bool = False


#: Samples of a chunk on an accelerator, which wants large arrays, not short loops.
LARGE_CHUNK = 2**18


class Adapter:
    """One array library, seen through the operations that the array API standard leaves out.

    The methods here serve any array API library (CuPy, array-api-strict, Dask): noise comes from the host, and there is
    no autodiff. The adapters of NumPy, PyTorch, JAX and TensorFlow override what their library does better.
    `CONTRIBUTING.md` shows how to add an adapter. Every function above this layer finds its adapter in its first line
    and uses `xp` from there on.

    Attributes
    ----------
    name
        The name that users know: "numpy", "torch", "jax", "tensorflow", or the name of the namespace.
    Array
        The classes of this library's arrays, tracers included, for `isinstance`.
    xp
        The array API namespace (2024.12), with `xp.fft`.
    """

    name: str
    Array: tuple[type, ...]
    xp: Any

    def constant(self, array: np.ndarray, like: Any) -> Any:
        """Convert a host array to this library, on the device of `like`; floats take the dtype of `like`."""
        import array_api_compat

        device = array_api_compat.device(like)
        if array.dtype.kind == "f":
            return self.xp.asarray(array, dtype=like.dtype, device=device)
        return self.xp.asarray(array, device=device)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Copy an array to the host, without its gradient."""
        import array_api_compat

        home = array_api_compat.device(self.xp.empty(0))  # the library's default device, which NumPy can read
        return np.array(array_api_compat.to_device(array, home))

    def stop_gradient(self, array: Any) -> Any:
        """The same values, constant for differentiation."""
        return array

    def with_gradient(self, f: Differentiable, isolate: bool = False) -> Callable:
        """`f`, differentiated by its own `gradient` instead of by the library.

        `f` is hashable and equal to any object that computes the same, so that a library may compile it once.
        `isolate=True` prevents fusion with the surrounding code.
        """
        return f

    def traits(self, like: Any) -> Traits:
        """What pays for arrays like this one, in the mode that is running."""
        on_cpu = "cpu" in str(getattr(like, "device", "cpu")).lower()  # Dask's arrays have no device
        return Traits() if on_cpu else Traits(chunk_samples=LARGE_CHUNK)

    def frame_view(self, audio: Any, frame_size: int, hop_size: int) -> Any:
        """`ddsp.core.frame` as a view of the audio, to be read at once and never written; None without views."""
        return None

    def concrete_nonzero(self, condition: Any) -> Any:
        """Indices of the true elements of a condition with one axis; None where values cannot be read."""
        return None

    def mean_over_chunks(self, f: Callable, *arrays: Any, numbers: tuple = ()) -> Any:
        """Compute `f(*arrays, *numbers)` as the mean of f over chunks of the leading axis, if that is faster.

        f is hashable, equal to any object that computes the same, and a mean over the leading axis. Python numbers that
        change between calls are arguments, so that nothing compiles again. A chunk stays in the cache of a CPU, and
        what its gradient needs is not kept: gradients are found along with the values, in float32 at least.
        """
        return f(*arrays, *numbers)

    def is_dense(self, x: Any) -> bool:
        """Whether an array stores its elements one by one; sparse and nested tensors lack ops or give other results."""
        return True

    def uniform(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        """Noise uniform in [0, 1). `key`: int seed, the library's own key or generator, or None for its global one."""
        return self.constant(np.random.default_rng(_seed(key)).random(shape), like)

    def normal(self, key: Any, shape: tuple[int, ...], like: Any) -> Any:
        """Gaussian noise of mean 0 and deviation 1; `key` as for `uniform`."""
        return self.constant(np.random.default_rng(_seed(key)).standard_normal(shape), like)

    def split(self, key: Any, n: int) -> list[Any]:
        """Make n independent keys from one; None gives n times None."""
        return seeds(_seed(key), n)

    def scan(self, step: Callable, init: Tree, xs: Tree) -> tuple[Tree, Tree]:
        """Fold `step(carry, x) -> (carry, y)` over the leading axis of `xs`; returns the last carry and stacked ys."""
        return loop(self.xp, step, init, xs)

    def value_and_grad(self, f: Callable) -> Callable:
        """`g(params, *args) -> (f(params, *args), gradient)` for a scalar f, the gradient a nest like `params`."""
        raise RuntimeError(f"{self.name} has no automatic differentiation here: use PyTorch, JAX or TensorFlow arrays")

    def jit(self, f: Callable) -> Callable:
        """`f`, compiled."""
        return f


def _seed(key: Any) -> int | None:
    return valid_key(key, (), "or None")
