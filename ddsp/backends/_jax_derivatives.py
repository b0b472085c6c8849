"""Hand-written gradients in JAX for reverse mode, with JAX's own derivatives in forward mode.

`jax.custom_vjp` has no forward mode. Here the derivative is a primitive that is linear in the tangents. Forward mode
evaluates the primitive, which differentiates f by JAX. Reverse mode transposes the primitive, which calls the
hand-written gradient and never traces the forward derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from ._differentiable import Differentiable

__all__ = ["differentiable", "is_zero"]


def differentiable(f: Differentiable) -> Callable:
    """Make a function of arrays use `f.gradient` in reverse mode."""
    run = jax.custom_jvp(f)

    def derivative(primals: tuple, tangents: tuple) -> tuple:
        result = run(*primals)
        wrt = tuple(i for i, t in enumerate(tangents) if not is_zero(t))
        found = _derivative.bind(result, *primals, *(tangents[i] for i in wrt), f=f, wrt=wrt)
        return result, found

    run.defjvp(derivative, symbolic_zeros=True)
    return run


def is_zero(tangent: Any) -> bool:
    """Test whether a tangent in a rule with `symbolic_zeros=True` is 0 by construction."""
    return type(tangent) is jax.custom_derivatives.SymbolicZero


def _evaluate(result: jax.Array, *arrays: jax.Array, f: Differentiable, wrt: tuple[int, ...]) -> jax.Array:
    """Directional derivative of f; `arrays` holds the arguments, then the tangents of those in `wrt`."""
    n = len(arrays) - len(wrt)
    args, tangents = arrays[:n], dict(zip(wrt, arrays[n:], strict=True))
    # Arguments without a gradient in `f.gradient` are constants.
    moving = [i for i in wrt if i < len(jax.eval_shape(f.gradient, result, result, *args))]
    if not moving:
        return jax.numpy.zeros_like(result)

    def of_moving(*values: jax.Array) -> jax.Array:
        changed = dict(zip(moving, values, strict=True))
        return f(*(changed.get(i, x) for i, x in enumerate(args)))

    return jax.jvp(of_moving, tuple(args[i] for i in moving), tuple(tangents[i] for i in moving))[1]


#: Operands: the result of f, its arguments, and the tangents of the arguments whose indices are in `wrt`.
_derivative = Primitive("derivative_by_hand")
_derivative.def_impl(jax.jit(_evaluate, static_argnames=("f", "wrt")))
_derivative.def_abstract_eval(lambda result, *_, f, wrt: result)
mlir.register_lowering(_derivative, mlir.lower_fun(_evaluate, multiple_results=False))


def _differentiate(primals: tuple, tangents: tuple, **params: Any) -> tuple:
    """Derivative of the primitive: the primitive itself if only the tangents vary, otherwise by JAX."""
    n = len(primals) - len(params["wrt"])
    value = _derivative.bind(*primals, **params)
    if all(type(t) is ad.Zero for t in tangents[:n]):
        return value, _derivative.bind(*primals[:n], *map(ad.instantiate_zeros, tangents[n:]), **params)
    moving = [i for i, t in enumerate(tangents) if type(t) is not ad.Zero]

    def of_moving(*values: jax.Array) -> jax.Array:
        changed = dict(zip(moving, values, strict=True))
        return _evaluate(*(changed.get(i, x) for i, x in enumerate(primals)), **params)

    return value, jax.jvp(of_moving, tuple(primals[i] for i in moving), tuple(tangents[i] for i in moving))[1]


def _transpose(cotangent: Any, *operands: Any, f: Differentiable, wrt: tuple[int, ...]) -> list[Any]:
    """Hand-written gradient for the tangents that are undefined primals."""
    n = len(operands) - len(wrt)
    zeros = [ad.Zero(x.aval) if ad.is_undefined_primal(x) else None for x in operands[n:]]
    if type(cotangent) is ad.Zero:
        return [None] * n + zeros
    found = f.gradient(cotangent, *operands[:n])
    return [None] * n + [
        zero if zero is None or i >= len(found) else found[i] for i, zero in zip(wrt, zeros, strict=True)
    ]


@dataclass(frozen=True)
class _Vmapped:
    """`f` vectorized over an outer axis; `axes` has the axis of each argument, or None if it is shared."""

    f: Differentiable
    axes: tuple[int | None, ...]

    def __call__(self, *args: jax.Array) -> jax.Array:
        return jax.vmap(self.f, self.axes)(*args)

    def gradient(self, cotangent: jax.Array, result: jax.Array, *args: jax.Array) -> tuple[jax.Array, ...]:
        return jax.vmap(self.f.gradient, (0, 0, *self.axes))(cotangent, result, *args)


def _batch(operands: tuple, axes: tuple, *, f: Differentiable, wrt: tuple[int, ...]) -> tuple[jax.Array, int]:
    n = len(operands) - len(wrt)
    if all(axis is None for axis in axes[:n]):  # many directions at one point
        evaluate = partial(_evaluate, f=f, wrt=wrt)
        return jax.vmap(evaluate, axes)(*operands), 0
    size = next(x.shape[axis] for x, axis in zip(operands, axes, strict=True) if axis is not None)

    def outermost(x: jax.Array, axis: int | None) -> jax.Array:
        if axis is None:
            return jax.numpy.broadcast_to(x, (size, *x.shape))
        return jax.numpy.moveaxis(x, axis, 0)

    shared = [1 <= i < n and i - 1 not in wrt and axis is None for i, axis in enumerate(axes)]
    moved = (x if same else outermost(x, axis) for x, axis, same in zip(operands, axes, shared, strict=True))
    mapped = _Vmapped(f, tuple(None if same else 0 for same in shared[1:n]))
    return _derivative.bind(*moved, f=mapped, wrt=wrt), 0


ad.primitive_jvps[_derivative] = _differentiate
ad.primitive_transposes[_derivative] = _transpose
batching.primitive_batchers[_derivative] = _batch
