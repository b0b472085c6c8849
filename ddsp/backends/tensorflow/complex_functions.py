"""Functions of complex numbers whose TensorFlow kernels or gradients are wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

__all__ = ["complex_expm1", "complex_log", "complex_log1p", "complex_sqrt"]


@tf.custom_gradient
def complex_sqrt(x: tf.Tensor) -> Any:
    """Square root with its own gradient, since XLA's lacks a conjugate.

    The gradient calls this function, so that second derivatives are correct as well.
    """
    return tf.sqrt(x), lambda upstream: upstream / tf.math.conj(2 * complex_sqrt(x))


@tf.custom_gradient
def complex_log(x: tf.Tensor) -> Any:
    """Logarithm by parts.

    TensorFlow's kernel (2.21, CPU) gives NaN in arrays of 8 or more elements if |x|^2 overflows or underflows.
    """
    re, im = tf.abs(tf.math.real(x)), tf.abs(tf.math.imag(x))
    high, low = tf.maximum(re, im), tf.minimum(re, im)
    one = tf.ones_like(high)
    # log|x| without cancellation near |x| = 1, and without squares of large or small numbers.
    near = (high > 0.5) & (high < 2.0)
    quotient = low / tf.where(high > 0, high, one)  # 0 / 0 is 0
    square = tf.where(near, (high - one) * (high + one) + tf.square(low), tf.square(quotient))
    size = 0.5 * tf.math.log1p(square) + tf.where(near, 0.0 * one, tf.math.log(high))
    size = tf.where(tf.math.is_inf(re) | tf.math.is_inf(im), tf.constant(np.inf, high.dtype), size)
    return tf.complex(size, tf.math.angle(x)), lambda upstream: upstream / tf.math.conj(x)


@tf.custom_gradient
def complex_expm1(x: tf.Tensor) -> Any:
    """exp(x) - 1; TensorFlow's kernel gives NaN at all infinities."""
    y = tf.exp(x)
    far = tf.complex(tf.math.real(y) - 1, tf.math.imag(y))
    value = tf.where(tf.math.is_finite(tf.math.real(x)), tf.math.expm1(x), far)
    value = tf.complex(tf.math.real(value) + 0, tf.math.imag(value))  # -0 becomes 0
    return value, lambda upstream: upstream * tf.math.conj(tf.exp(x))


@tf.custom_gradient
def complex_log1p(x: tf.Tensor) -> Any:
    """log(1 + x); TensorFlow's kernel loses half of the digits for small x."""
    re, im = tf.math.real(x), tf.math.imag(x)
    shifted, small = tf.complex(1 + re, im), (tf.abs(re) < 0.5) & (tf.abs(im) < 0.5)
    square = tf.where(small, re * (2 + re) + tf.square(im), tf.zeros_like(re))
    size = tf.where(small, 0.5 * tf.math.log1p(square), tf.math.real(complex_log(shifted)))
    return tf.complex(size, tf.math.angle(shifted)), lambda upstream: upstream / tf.math.conj(1 + x)
