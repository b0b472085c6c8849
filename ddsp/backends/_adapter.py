"""Base class of the adapters: operations that the library needs beyond the array API standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._differentiable import Differentiable
from ._eager import EagerCalls
from ._host import loop
from ._random import RandomNumbers
from ._traits import Traits, eager_traits

__all__ = ["Adapter"]

Tree = Any  # an array, or nested dicts, lists and tuples of arrays


class Adapter(EagerCalls, RandomNumbers):
    """Interface to one array library: its namespace, and operations that the array API standard lacks.

    The methods of this class work with any array API library (CuPy, array-api-strict, Dask): noise is drawn on the
    host, and there is no automatic differentiation. The adapters of NumPy, PyTorch, JAX and TensorFlow override methods
    for which their library has something better. `CONTRIBUTING.md` shows how to add an adapter. An op looks up its
    adapter in its first line and uses only `xp` and the adapter after that.

    Attributes
    ----------
    name
        Name of the library in options and error messages: "numpy", "torch", "jax", "tensorflow", or the name of the
        namespace.
    Array
        Classes of the library's arrays, including tracers, for `isinstance`.
    xp
        Array API namespace (version 2024.12), including `xp.fft`.
    """

    name: str
    Array: tuple[type, ...]
    xp: Any

    def constant(self, array: np.ndarray, like: Any) -> Any:
        """Convert a host array to this library.

        Parameters
        ----------
        array
            NumPy array of any shape.
        like
            Array of this library that gives the device, and the dtype if `array` is floating-point.

        Returns
        -------
        constant : array
            The same values as an array of this library. Integers and booleans keep their kind.
        """
        import array_api_compat

        device = array_api_compat.device(like)
        return self.xp.asarray(array, dtype=like.dtype if array.dtype.kind == "f" else None, device=device)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Copy an array to the host, without its gradient.

        Parameters
        ----------
        array
            Array of this library.

        Returns
        -------
        copy : array
            NumPy array of the same shape and values.
        """
        import array_api_compat

        home = array_api_compat.device(self.xp.empty(0))  # the default device, whose arrays NumPy can read
        return np.array(array_api_compat.to_device(array, home))

    def stop_gradient(self, array: Any) -> Any:
        """Treat an array as a constant in differentiation.

        Parameters
        ----------
        array
            Array of this library.

        Returns
        -------
        constant : array
            The same values with a gradient of zero.
        """
        return array

    def with_gradient(self, f: Differentiable, isolate: bool = False) -> Callable:
        """Differentiate a function by its hand-written gradient instead of by autodiff.

        Parameters
        ----------
        f
            Function with a method `gradient`; hashable, and equal to any that computes the same, to be compiled once.
        isolate
            If True, prevent the compiler from fusing f with the surrounding code.

        Returns
        -------
        function : Callable
            The same function of arrays, differentiated by `f.gradient`.
        """
        return f

    def traits(self, like: Any) -> Traits:
        """Return the performance limits for arrays like this one, in the current mode.

        Parameters
        ----------
        like
            Array of this library, on the device in question.

        Returns
        -------
        traits : Traits
            Limits for fusion and chunks.
        """
        return eager_traits(on_cpu="cpu" in str(getattr(like, "device", "cpu")).lower())  # Dask's have no device

    def outline(self, f: Callable, *arrays: Any, **settings: Any) -> tuple[Any, ...]:
        """Call a function of many operations on small arrays, which torch.compile shall not look into.

        PyTorch may also call it with NumPy's adapter, whose operations take less time. So its results may depend on
        exactly rounded operations alone: sums of two, products, quotients, comparisons, and sums of integers.

        Parameters
        ----------
        f
            Function of a module, called as f(adapter, *arrays, **settings). It returns a tuple of arrays.
        *arrays
            Arrays of this library, floating-point or integer.
        **settings
            Numbers, strings or None.

        Returns
        -------
        results : tuple
            What f returns.
        """
        return f(self, *arrays, **settings)

    def outline_op(self, f: Callable, *arrays: Any, loops: bool = False, **settings: Any) -> tuple[Any, ...]:
        """Call a whole op in a form that torch.compile traces faster, or not at all.

        A compiled op runs faster than one that is not traced, so the latter is only used in `ddsp.torch.compile_less`.

        Parameters
        ----------
        f
            Function of a module, called as f(adapter, *arrays, **settings). It returns a tuple of arrays.
        *arrays
            Arrays of this library, floating-point or integer.
        loops
            Whether f or its gradient calls `scan`.
        **settings
            Numbers, strings, None, or tuples of these.

        Returns
        -------
        results : tuple
            What f returns.
        """
        return f(self, *arrays, **settings)

    def leading_bits(self, x: Any, dropped: int) -> Any:
        """Drop the last bits of the significand, for exact products.

        A fused multiply-add may change what arithmetic finds here, Veltkamp's splitting, in its last bit. Libraries
        that can read floats as integers find the same bits under every compiler.

        Parameters
        ----------
        x
            Floating-point array of this library, without a gradient.
        dropped
            Number of bits to drop, of the 24 of float32 or the 53 of float64.

        Returns
        -------
        high : array
            The leading bits of x. `x - high` is exact.
        """
        scaled = (2.0**dropped + 1.0) * x
        return scaled - (scaled - x)

    def materialize(self, x: Any) -> Any:
        """Store an array that several later operations use; a compiler might compute it again for each of them.

        Parameters
        ----------
        x
            Array of this library.

        Returns
        -------
        x : array
            The same array.
        """
        return x

    def frame_view(self, audio: Any, frame_size: int, hop_size: int) -> Any:
        """Compute `ddsp.core.frame` as a view of the audio, if the library has views.

        Parameters
        ----------
        audio
            Audio, [..., time].
        frame_size, hop_size
            Length of each frame, and distance between the starts of frames, in samples.

        Returns
        -------
        frames : array
            [..., frames, frame_size]; None without views. Read it immediately and never write to it.
        """
        return None

    def mean_over_chunks(self, f: Callable, *arrays: Any, numbers: tuple = ()) -> Any:
        """Compute f(*arrays, *numbers) as a mean over chunks of the leading axis, if that is faster.

        A chunk fits in the cache of a CPU. Gradients are computed together with the values, in float32 or wider, so no
        intermediate result is stored for them.

        Parameters
        ----------
        f
            Function whose result is a mean over the leading axis; hashable, and equal to any that computes the same.
        *arrays
            Arrays with a common leading axis.
        numbers
            Further arguments of f: Python numbers that change between calls. As arguments, they cause no recompilation.

        Returns
        -------
        mean : array
            Scalar.
        """
        return f(*arrays, *numbers)

    def is_dense(self, x: Any) -> bool:
        """Test whether an array is dense. Sparse and nested tensors lack ops or give other results.

        Parameters
        ----------
        x
            Array of this library.

        Returns
        -------
        is_dense : bool
            False for sparse and nested tensors.
        """
        return True

    def scan(self, step: Callable, init: Tree, xs: Tree) -> tuple[Tree, Tree]:
        """Fold a function over the leading axis of arrays.

        Parameters
        ----------
        step
            Function `step(carry, x) -> (carry, y)`.
        init
            First carry: an array, or nested dicts, lists and tuples of arrays.
        xs
            Arrays with a common leading axis, nested likewise. `step` gets one slice of each.

        Returns
        -------
        carry : Tree
            Last carry.
        ys : Tree
            Outputs of all steps, stacked along a new leading axis.
        """
        return loop(self.xp, step, init, xs)

    def skip_unless(self, condition: Any, f: Callable, otherwise: Any, *operands: Any) -> Any:
        """Compute a function of arrays, unless its result is not needed and a compiled program can skip it.

        Parameters
        ----------
        condition
            Boolean scalar: whether the result is needed.
        f
            Function that returns one array.
        otherwise
            Array in the shape of the result.
        *operands
            Arguments of f, arrays of this library.

        Returns
        -------
        result : array
            Result of f; if the condition does not hold, this or `otherwise`.
        """
        return f(*operands)

    def value_and_grad(self, f: Callable) -> Callable:
        """Return a function that computes f and its gradient.

        Parameters
        ----------
        f
            Function `f(params, *args)` with a scalar result.

        Returns
        -------
        function : Callable
            `g(params, *args) -> (f(params, *args), gradient)`. The gradient has the structure of `params`.

        Raises
        ------
        RuntimeError
            The library has no automatic differentiation.
        """
        raise RuntimeError(f"{self.name} has no automatic differentiation here: use PyTorch, JAX or TensorFlow arrays")

    def jit(self, f: Callable, fused: bool = False) -> Callable:
        """Compile a function.

        Parameters
        ----------
        f
            Function of arrays, or of nested containers of arrays.
        fused
            If True, compile for many calls of the same shapes: by XLA in TensorFlow, which else fuses no operations.

        Returns
        -------
        function : Callable
            The compiled function, or f itself without a compiler.
        """
        return f
