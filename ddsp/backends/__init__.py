"""Dispatch: the array library of the arguments computes the result.

There is no global setting and no environment variable. NumPy is always available. The other adapters load once their
framework has been imported, so importing this package imports no framework.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from ._adapter import Adapter
from ._differentiable import ByValue
from ._generic import generic_adapter
from ._host import keep_freed_memory, known_of_type
from ._recording import Recorded
from .numpy import adapter as numpy_adapter

__all__ = ["BACKENDS", "Adapter", "ByValue", "adapter_of", "array_inside", "is_number", "load"]

#: Backends with an adapter of their own, and what `pip install "ddsp-array[...]"` needs for each.
BACKENDS = ("numpy", "torch", "jax", "tensorflow")

_loaded: dict[str, Adapter] = {"numpy": numpy_adapter}

keep_freed_memory()


def load(name: str) -> Adapter:
    """Return the adapter of a backend by name, and import its framework if necessary.

    Parameters
    ----------
    name
        One of `BACKENDS`.

    Returns
    -------
    adapter : Adapter
        The adapter; the same object at each call.

    Raises
    ------
    ValueError
        The name is not one of `BACKENDS`.
    ImportError
        The framework is not installed, or it is installed and cannot be loaded, for example because a CUDA library is
        missing or versions do not fit. The message says what to install, or gives the reason.

    See Also
    --------
    adapter_of : The adapter of given arrays.
    """
    if name not in BACKENDS:
        raise ValueError(f"backend: got {name!r}, expected one of {', '.join(BACKENDS)}")
    if name not in _loaded:
        try:
            _loaded[name] = import_module(f"ddsp.backends.{name}").adapter
        except ModuleNotFoundError as error:
            raise ImportError(
                f'backend {name!r} is not installed ({error}): pip install "ddsp-array[{name}]"'
            ) from error
        except Exception as error:  # broken installations raise OSError, ValueError, AttributeError
            raise ImportError(f"backend {name!r} is installed and cannot be loaded: {error}") from error
    return _loaded[name]


def adapter_of(*arrays: Any, names: Sequence[str] = ()) -> Adapter:
    """Return the common adapter of some arrays.

    Parameters
    ----------
    *arrays
        Arrays of one library. None and Python numbers are ignored.
    names
        Argument names of the arrays, for error messages.

    Returns
    -------
    adapter : Adapter
        The adapter of their library.

    Raises
    ------
    TypeError
        An argument is a list or another object that is not an array, the arrays belong to two libraries, or none of the
        arguments is an array. The message begins with the name of the wrong argument if `names` are given.

    See Also
    --------
    ddsp.extend.common_backend : The same for keyword arguments, whose names appear in error messages.
    """
    found: Any = None
    first = 0
    for i, x in enumerate(arrays):
        if x is None or is_number(x):
            continue
        adapter = _adapter_of_one(x, names[i] if names else "")
        if found is None:
            found, first = adapter, i
        elif found is not adapter:
            if names:
                raise TypeError(
                    f"{names[i]}: got an array of {adapter.name} beside {names[first]} of {found.name}, expected "
                    "arrays of one library; convert one of them first"
                )
            raise TypeError(
                f"arrays of two backends in one call: {found.name} and {adapter.name}; convert one of them first"
            )
    if found is None:
        raise TypeError(
            f"{' or '.join(names) or 'arguments'}: expected at least one array (NumPy, PyTorch, JAX, TensorFlow or "
            "another array API library)"
        )
    return found


def is_number(x: Any) -> bool:
    """Test for a Python number.

    NumPy's float64 scalars derive from float, but are arrays without axes.

    Parameters
    ----------
    x
        Any object.

    Returns
    -------
    is_number : bool
        True for bool, int and float, False for NumPy scalars and everything else.
    """
    return isinstance(x, (bool, int, float)) and not isinstance(x, np.generic)


def array_inside(x: Any) -> Any:
    """Unwrap a `keras.Variable`, whatever backend Keras uses.

    Parameters
    ----------
    x
        A Keras variable or any other object.

    Returns
    -------
    array : Any
        The array of a variable, still connected to its gradient. Any other object is returned unchanged.
    """
    return x.value if _is_keras_variable(type(x)) else x


def _adapter_of_one(x: Any, name: str = "") -> Any:
    backend = _backend_of(type(x))
    if backend is not None:
        if not _loaded[backend].is_dense(x):
            raise TypeError(
                f"{name or 'argument'}: got a sparse or nested tensor, expected a dense one; "
                "use .to_dense() or torch.nested.to_padded_tensor first"
            )
        return _loaded[backend]
    if type(x) is Recorded:
        return x.adapter
    if _is_keras_variable(type(x)):
        return _adapter_of_one(x.value, name)
    try:
        return generic_adapter(x)
    except TypeError as error:
        raise TypeError(f"{name}: {error}" if name else str(error)) from None


@known_of_type
def _is_keras_variable(kind: type) -> bool:
    return "keras" in sys.modules and issubclass(kind, getattr(sys.modules["keras"], "Variable", ()))


@known_of_type  # otherwise torch.compile would guard the set of loaded adapters, and recompile when one is added
def _backend_of(kind: type) -> str | None:
    """Return the name of the backend that this array class belongs to, and load its adapter; None for other classes."""
    if issubclass(kind, (np.ma.MaskedArray, np.matrix)):
        return None
    for name in BACKENDS:
        if name in sys.modules and issubclass(kind, load(name).Array):
            return name
    return None
