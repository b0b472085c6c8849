"""jax.numpy, with one function whose gradient differs from that of the other libraries."""

from __future__ import annotations

from typing import Any

import jax
from jax.numpy import *  # noqa: F403
from jax.numpy import __array_namespace_info__, where  # noqa: F401


def clip(x: jax.Array, /, min: Any = None, max: Any = None) -> jax.Array:  # type: ignore[no-redef]
    """As jax.numpy's, but at a bound itself all of the gradient passes, not half of it."""
    x = x if min is None else where(x < min, min, x)
    return x if max is None else where(x > max, max, x)
