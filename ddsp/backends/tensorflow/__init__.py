"""Adapter of TensorFlow, eager and in `tf.function`, with or without `jit_compile`. The batch size may be unknown."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from .._adapter import Adapter
from .._differentiable import Differentiable
from .._host import leaves_of, loop, map_tree, seeds, valid_key
from .._noise import HOST_NOISE, SEEDED_NOISE, bits_of
from .._traits import Traits, eager_traits
from . import namespace as xp

__all__ = ["TensorFlow", "adapter"]

ARRAYS = (tf.Tensor, tf.Variable)  # symbolic tensors of a graph are instances of tf.Tensor
#: Number of steps above which tracing a loop takes less time than running it eagerly.
LONG_SCAN = 200


def _sizes(shape: tuple[Any, ...], like: tf.Tensor) -> list[Any]:
    """Replace a leading None by the batch size of `like`, which is known only when the graph runs."""
    return [tf.shape(like)[0] if i == 0 and n is None else n for i, n in enumerate(shape)]


def _key(key: Any) -> Any:
    key = valid_key(key, (*ARRAYS, tf.random.Generator), "a seed tensor of shape [2], a tf.random.Generator or None")
    if isinstance(key, ARRAYS) and (not key.dtype.is_integer or not key.shape.is_compatible_with((2,))):
        raise ValueError(f"key: got {key.dtype.name} of shape {key.shape}, expected two integers, int32 or int64")
    return key


def _draw(draw: str, key: Any, shape: tuple[Any, ...], like: tf.Tensor) -> tf.Tensor:
    size, key = _sizes(shape, like), _key(key)
    if key is None:
        return getattr(tf.random, draw)(size, dtype=like.dtype)
    if isinstance(key, tf.random.Generator):
        return getattr(key, draw)(size, dtype=like.dtype)
    if isinstance(key, int):
        return _seeded(draw, key, size, like)
    # An explicit algorithm, because the automatic choice depends on the device and on XLA.
    return getattr(tf.random, f"stateless_{draw}")(size, key, dtype=like.dtype, alg="philox")


def _seeded(draw: str, seed: int, size: list[Any], like: tf.Tensor) -> tf.Tensor:
    """Noise of an int seed: from the host in eager mode, and in a graph in operations, which XLA fuses."""
    if tf.executing_eagerly():
        return tf.constant(HOST_NOISE[draw](seed, tuple(size), bits_of(xp, like.dtype)), like.dtype)
    items, time = (size[0], math.prod(size[1:])) if len(size) > 1 else (1, math.prod(size))
    numbers = tf.range(items, dtype=tf.int32)[:, None], tf.range(time, dtype=tf.int32)
    return tf.reshape(SEEDED_NOISE[draw](xp, seed, *numbers, like.dtype), size)


def _scan_in_graph(step: Callable, init: Any, xs: Any, length: int) -> tuple[Any, Any]:
    """Scan by a while loop. The step is traced once, as a graph, which gives the shapes of the loop variables."""
    shapes = (map_tree(tf.TensorSpec.from_tensor, init), map_tree(lambda x: tf.TensorSpec(x.shape[1:], x.dtype), xs))
    traced = tf.function(step, autograph=False).get_concrete_function(*shapes)
    queues = map_tree(lambda x: tf.TensorArray(x.dtype, length, element_shape=x.shape[1:]).unstack(x), xs)
    outputs = [tf.TensorArray(y.dtype, length, element_shape=y.shape) for y in leaves_of(traced.structured_outputs[1])]

    def body(i: tf.Tensor, carry: Any, outputs: list[tf.TensorArray]) -> tuple[Any, ...]:
        carry, y = traced(carry, map_tree(lambda queue: queue.read(i), queues))
        return i + 1, carry, [ta.write(i, leaf) for ta, leaf in zip(outputs, leaves_of(y), strict=True)]

    # XLA can differentiate a loop only if its length has a known bound.
    _, carry, outputs = tf.while_loop(
        lambda i, *_: i < length, body, (tf.constant(0), init, outputs), maximum_iterations=length
    )
    stacked = iter([ta.stack() for ta in outputs])
    return carry, map_tree(lambda _: next(stacked), traced.structured_outputs[1])


class TensorFlow(Adapter):
    """Adapter of TensorFlow."""

    name = "tensorflow"
    Array = ARRAYS
    xp = xp

    def constant(self, array: np.ndarray, like: tf.Tensor) -> tf.Tensor:
        return tf.constant(array, dtype=like.dtype if array.dtype.kind == "f" else None)

    def to_numpy(self, array: tf.Tensor) -> np.ndarray:
        return np.array(array)

    def stop_gradient(self, array: tf.Tensor) -> tf.Tensor:
        return tf.stop_gradient(array)

    @tf.autograph.experimental.do_not_convert
    def with_gradient(self, f: Differentiable, isolate: bool = False) -> Callable:
        """Differentiate by the hand-written gradient; in a graph, XLA compiles both, since TensorFlow does not fuse."""

        def compiled(g: Callable) -> Callable:
            return g if tf.executing_eagerly() else tf.function(g, jit_compile=True, autograph=False)

        @tf.custom_gradient
        def run(*args: tf.Tensor) -> tuple[tf.Tensor, Callable]:
            def gradients(cotangent: tf.Tensor) -> list:
                found = list(compiled(f.gradient)(cotangent, result, *args))
                return found + [None] * (len(args) - len(found))

            result = compiled(f)(*args)
            return result, gradients

        return run

    def leading_bits(self, x: tf.Tensor, dropped: int) -> tf.Tensor:
        bits = tf.bitcast(x, tf.int64 if x.dtype == tf.float64 else tf.int32)
        return tf.bitcast(tf.bitwise.bitwise_and(bits, tf.constant(-(2**dropped), bits.dtype)), x.dtype)

    def traits(self, like: tf.Tensor) -> Traits:
        if not tf.executing_eagerly():
            return Traits(max_fused_ops=3000, chunk_samples=2**12, polynomial_sine=True)
        return eager_traits(on_cpu="GPU" not in like.device)

    def _draw(self, draw: str, key: Any, shape: tuple[Any, ...], like: tf.Tensor) -> tf.Tensor:
        return _draw(draw, key, shape, like)

    def split(self, key: Any, n: int) -> list[Any]:
        key = _key(key)
        if key is None or isinstance(key, int):
            return seeds(key, n)
        if isinstance(key, tf.random.Generator):
            # `Generator.split` creates variables, which a traced function may do only once.
            return tf.unstack(tf.transpose(key.make_seeds(n)))
        return tf.unstack(tf.random.split(key, n))

    @tf.autograph.experimental.do_not_convert
    def scan(self, step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
        length = leaves_of(xs)[0].shape[0]
        if length is None:
            raise ValueError("xs: the length of the leading axis must be known while a graph is traced")
        if tf.executing_eagerly() and length > LONG_SCAN:
            run = tf.function(lambda init, xs: _scan_in_graph(step, init, xs, length), autograph=False)
            return run(init, xs)
        if tf.executing_eagerly() or length == 1:
            return loop(xp, step, init, xs)
        return _scan_in_graph(step, init, xs, length)

    @tf.autograph.experimental.do_not_convert
    def skip_unless(self, condition: tf.Tensor, f: Callable, otherwise: Any, *operands: Any) -> Any:
        return tf.cond(condition, lambda: f(*operands), lambda: otherwise)

    def value_and_grad(self, f: Callable) -> Callable:
        @tf.autograph.experimental.do_not_convert
        def both(params: Any, *args: Any) -> tuple[tf.Tensor, Any]:
            params = map_tree(tf.identity, params)
            leaves = leaves_of(params)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(leaves)
                value = f(params, *args)
            grads = tape.gradient(value, leaves, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            dense = iter([tf.convert_to_tensor(g) for g in grads])  # the gradient of a gather is sparse
            return value, map_tree(lambda _: next(dense), params)

        return both

    def jit(self, f: Callable, fused: bool = False) -> Callable:
        return tf.function(f, autograph=False, jit_compile=fused or None)


adapter = TensorFlow()
