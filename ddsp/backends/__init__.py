"""Dispatch: the arrays that go in choose the library that computes.

No global and no environment variable. NumPy is always there; the other adapters load when their framework is seen
in the process, so importing this package imports no framework.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from ._adapter import Adapter, ByValue
from ._generic import generic_adapter
from ._host import keep_freed_memory, known_of_type
from .numpy import adapter as numpy_adapter

__all__ = ["BACKENDS", "Adapter", "ByValue", "adapter_of", "array_inside", "is_number", "load"]

#: Backends with an adapter of their own, and what `pip install "ddsp-array[...]"` needs for each.
BACKENDS = ("numpy", "torch", "jax", "tensorflow")

_loaded: dict[str, Adapter] = {"numpy": numpy_adapter}

keep_freed_memory()


def load(name: str) -> Adapter:
    """The adapter of a backend by name, importing its framework if need be.

    Raises
    ------
    ValueError : the name is none of `BACKENDS`.
    ImportError : the framework is not installed, and the message says what to install; or it is and cannot be loaded
        (a missing library of CUDA, versions that do not fit), and the message has the reason.
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
    """The one adapter that all arrays belong to; None and Python numbers among them are passed over.

    Raises
    ------
    TypeError : a list or another object that is no array, or arrays of two libraries in one call. With the `names` of
        the arrays, the message begins with that of the wrong one.
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
    """A Python number. (NumPy's own float64 scalars derive from float, but are arrays without axes.)"""
    return isinstance(x, (bool, int, float)) and not isinstance(x, np.generic)


def array_inside(x: Any) -> Any:
    """The array of a `keras.Variable`, whichever library Keras runs on, with its gradient; all else as it is."""
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
    if _is_keras_variable(type(x)):
        return _adapter_of_one(x.value, name)
    try:
        return generic_adapter(x)
    except TypeError as error:
        raise TypeError(f"{name}: {error}" if name else str(error)) from None


@known_of_type
def _is_keras_variable(kind: type) -> bool:
    return "keras" in sys.modules and issubclass(kind, getattr(sys.modules["keras"], "Variable", ()))


@known_of_type  # or torch.compile would hold on to which adapters are loaded, and trace again when one is added
def _backend_of(kind: type) -> str | None:
    """The backend with an adapter of its own whose arrays are of this class; its adapter is loaded then."""
    if issubclass(kind, (np.ma.MaskedArray, np.matrix)):
        return None
    for name in BACKENDS:
        if name in sys.modules and issubclass(kind, load(name).Array):
            return name
    return None
