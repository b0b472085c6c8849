"""jax.numpy with four functions replaced.

The gradient of `clip` follows the other libraries. `argsort`, `take` and `reshape` accept arrays whose leading axis,
the batch, is sharded over an Explicit axis of a mesh.
"""

from __future__ import annotations

import builtins
from typing import Any

import jax
import jax.numpy as jnp
from jax.numpy import *  # noqa: F403
from jax.numpy import __array_namespace_info__, where  # noqa: F401


def clip(x: jax.Array, /, min: Any = None, max: Any = None) -> jax.Array:  # type: ignore[no-redef]
    """Clip as in jax.numpy, but pass the whole gradient at a bound, not half of it."""
    x = x if min is None else where(x < min, min, x)
    return x if max is None else where(x > max, max, x)


def _spec(x: jax.Array) -> tuple:
    """Explicit mesh axes over which the axes of an array are sharded; empty without sharding."""
    if not hasattr(jax, "typeof"):  # before JAX 0.6
        return ()
    spec = getattr(getattr(jax.typeof(x), "sharding", None), "spec", ())
    return tuple(spec) if builtins.any(spec) else ()


def _sharded(x: jax.Array, *spec: Any) -> jax.sharding.NamedSharding:
    """Sharding over these axes of the mesh of x, which need not be set by `jax.set_mesh`."""
    return jax.sharding.NamedSharding(jax.typeof(x).sharding.mesh, jax.sharding.PartitionSpec(*spec))


def argsort(x: jax.Array, /, **kwargs: Any) -> jax.Array:  # type: ignore[no-redef]
    """Sort as in jax.numpy, but never differentiate: JAX's rule uses an array with another sharding than x."""
    return jnp.argsort(jax.lax.stop_gradient(x), **kwargs)


def take(x: jax.Array, indices: jax.Array, /, *, axis: int | None = None) -> jax.Array:  # type: ignore[no-redef]
    """Take as in jax.numpy; elements of an x with one axis get the sharding of the indices."""
    if x.ndim == 1 and (spec := _spec(indices)):
        return x.at[indices].get(mode="fill", out_sharding=_sharded(indices, *spec))
    return jnp.take(x, indices, axis=axis)


def reshape(x: jax.Array, /, shape: Any, *, copy: bool | None = None) -> jax.Array:  # type: ignore[no-redef]
    """Reshape as in jax.numpy; a batch that is merged with other axes stays sharded if no shard is split."""
    spec = _spec(x)
    if not spec or x.size == 0:
        return jnp.reshape(x, shape, copy=copy)
    shape = jax.eval_shape(lambda y: jnp.reshape(y, shape), jax.ShapeDtypeStruct(x.shape, x.dtype)).shape
    if shape[:1] == x.shape[:1]:
        return jnp.reshape(x, shape, copy=copy)
    if shape and shape[0] % x.shape[0] == 0 and spec[0] is not None and not builtins.any(spec[1:]):
        return jax.lax.reshape(x, shape, out_sharding=_sharded(x, spec[0]))
    return jnp.reshape(jax.sharding.reshard(x, _sharded(x)), shape, copy=copy)
