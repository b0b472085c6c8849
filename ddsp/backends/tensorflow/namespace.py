"""An array API namespace (2024.12) for TensorFlow, which has none of its own.

Functions apply tf ops to plain tf.Tensors. There is no wrapper class, TensorFlow's NumPy mode is not used, and no
setting of the process changes. All functions work eagerly, in `tf.function`, and with `jit_compile=True`. Dimensions
may be unknown unless a function needs their value. XLA does not compile lengths that depend on data (nonzero,
unique_*), det and slogdet, nor inv and solve for complex matrices. Two extensions of the standard: None in the shape of
`reshape` or `broadcast_to` keeps an unknown dimension of the input, and negative indices count from the end.
"""

from __future__ import annotations

from . import (
    fft,  # noqa: F401
    linalg,  # noqa: F401
)
from .creation import *  # noqa: F403
from .dtypes import *  # noqa: F403
from .dtypes import NamespaceInfo
from .elementwise import *  # noqa: F403
from .linalg import matmul, matrix_transpose, tensordot, vecdot  # noqa: F401
from .manipulation import *  # noqa: F403
from .reductions import *  # noqa: F403

__array_api_version__ = "2024.12"


def __array_namespace_info__() -> NamespaceInfo:
    """The standard's inspection interface."""
    return NamespaceInfo()
