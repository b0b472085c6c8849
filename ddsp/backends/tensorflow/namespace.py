"""An array API namespace (2024.12) for TensorFlow, which has none: plain tf ops on plain tf.Tensors.

No wrapper class, no NumPy mode of TensorFlow, nothing switched in the user's process. All functions work eagerly and in
`tf.function`, with unknown dimensions where they can mean something, and with `jit_compile=True`, except where XLA has
no such op: lengths that depend on data (nonzero, unique_*), det and slogdet, inv and solve of complex matrices. Beside
the standard: a None in the shape of `reshape` or `broadcast_to` keeps the input's own unknown dimension, and negative
indices count from the end.
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
