"""Elementwise functions of the TensorFlow namespace.

Most are TensorFlow ops under the standard's name. Three kinds are implemented here: functions that TensorFlow lacks,
functions whose kernels lack a dtype or are wrong for it (complex logarithms, in `complex_functions.py`), and functions
whose gradients are wrong under XLA (complex sqrt and reciprocal).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from .complex_functions import complex_expm1, complex_log, complex_log1p, complex_sqrt
from .dtypes import Function, convert, guard, operands, require, result_type, tensor

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "real",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
]


def _named(name: str, function: Function, doc: str) -> Function:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _unary(name: str, op: Function) -> Function:
    def function(x: Any, /) -> tf.Tensor:
        return op(tensor(x))

    return _named(name, function, f"The standard's `{name}`, elementwise.")


def _binary(name: str, op: Function) -> Function:
    def function(x1: Any, x2: Any, /) -> tf.Tensor:
        return op(*operands(x1, x2))

    return _named(name, function, f"The standard's `{name}`, elementwise, in the operands' common dtype.")


def _of_reals(op: Function, integer: Function = tf.identity) -> Function:
    """Make a rounding op: integers need no rounding, and complex numbers are rounded part by part."""

    def function(x: tf.Tensor) -> tf.Tensor:
        if x.dtype.is_complex:
            return tf.complex(op(tf.math.real(x)), op(tf.math.imag(x)))
        return op(x) if x.dtype.is_floating else integer(x)

    return function


def _test(op: Function, of_integer: Any, combine: Function = tf.logical_or) -> Function:
    """Make a test for special values: integers have none, and the results for complex parts are combined."""

    def function(x: tf.Tensor) -> tf.Tensor:
        if x.dtype.is_complex:
            return combine(op(tf.math.real(x)), op(tf.math.imag(x)))
        return op(x) if x.dtype.is_floating else tf.fill(tf.shape(x), of_integer)

    return function


def _by_kind(of_reals: Function, of_complex: Function) -> Function:
    def function(x: tf.Tensor) -> tf.Tensor:
        return of_complex(x) if x.dtype.is_complex else of_reals(x)

    return function


_log = _by_kind(tf.math.log, complex_log)


def _abs(x: tf.Tensor) -> tf.Tensor:
    return tf.identity(x) if x.dtype.is_unsigned else tf.abs(x)


def _sign(x: tf.Tensor) -> tf.Tensor:
    if x.dtype.is_unsigned:
        return tf.cast(x > 0, x.dtype)
    if x.dtype.is_complex:  # tf.sign has no gradient for complex numbers
        size = tf.abs(x)
        size = tf.where(size == 0, tf.constant(np.inf, size.dtype), size)
        return tf.complex(tf.math.real(x) / size + 0, tf.math.imag(x) / size + 0)  # -0 becomes 0
    return tf.sign(x)


def _signbit(x: tf.Tensor) -> tf.Tensor:
    if x.dtype.is_floating:  # read the bit itself, which -0.0 and NaN have as well
        return tf.bitcast(x, {2: tf.int16, 4: tf.int32, 8: tf.int64}[x.dtype.size]) < 0
    return x < 0


def _negative(x: tf.Tensor) -> tf.Tensor:
    return tf.zeros_like(x) - x if x.dtype.is_unsigned else tf.negative(x)


def _invert(x: tf.Tensor) -> tf.Tensor:
    return tf.logical_not(x) if x.dtype.is_bool else tf.bitwise.invert(x)


def _reciprocal(x: tf.Tensor) -> tf.Tensor:
    return tf.ones([], x.dtype) / require("reciprocal", x, "real floating", "complex floating")


def _scaled_log(name: str, base: float) -> Function:
    def function(x: tf.Tensor) -> tf.Tensor:
        y = _log(x)
        if not x.dtype.is_complex:
            return y / tf.constant(np.log(base), x.dtype)
        # Part by part: a complex quotient of infinity is NaN.
        return tf.complex(
            *(part / tf.constant(np.log(base), part.dtype) for part in (tf.math.real(y), tf.math.imag(y)))
        )

    return _unary(name, function)


abs = _unary("abs", _abs)
acos, acosh = _unary("acos", tf.math.acos), _unary("acosh", tf.math.acosh)
asin, asinh = _unary("asin", tf.math.asin), _unary("asinh", tf.math.asinh)
atan, atanh = _unary("atan", tf.math.atan), _unary("atanh", tf.math.atanh)
bitwise_invert = _unary("bitwise_invert", _invert)
ceil, floor = _unary("ceil", _of_reals(tf.math.ceil)), _unary("floor", _of_reals(tf.math.floor))
conj = _unary("conj", tf.math.conj)
cos, cosh = _unary("cos", tf.math.cos), _unary("cosh", tf.math.cosh)
exp, expm1 = _unary("exp", tf.math.exp), _unary("expm1", _by_kind(tf.math.expm1, complex_expm1))
imag, real = _unary("imag", tf.math.imag), _unary("real", tf.math.real)
isfinite = _unary("isfinite", _test(tf.math.is_finite, True, tf.logical_and))
isinf, isnan = _unary("isinf", _test(tf.math.is_inf, False)), _unary("isnan", _test(tf.math.is_nan, False))
log, log1p = _unary("log", _log), _unary("log1p", _by_kind(tf.math.log1p, complex_log1p))
log2, log10 = _scaled_log("log2", 2.0), _scaled_log("log10", 10.0)
logical_not = _unary("logical_not", tf.logical_not)
negative, positive = _unary("negative", _negative), _unary("positive", tf.identity)
reciprocal = _unary("reciprocal", _reciprocal)
round = _unary("round", _of_reals(tf.math.round))
sign, signbit = _unary("sign", _sign), _unary("signbit", _signbit)
sin, sinh = _unary("sin", tf.math.sin), _unary("sinh", tf.math.sinh)
sqrt, square = _unary("sqrt", _by_kind(tf.sqrt, complex_sqrt)), _unary("square", tf.math.square)
tan, tanh = _unary("tan", tf.math.tan), _unary("tanh", tf.math.tanh)
trunc = _unary("trunc", _of_reals(lambda x: tf.where(x < 0, tf.math.ceil(x), tf.math.floor(x))))


def _bits(of_bools: Function, of_integers: Function) -> Function:
    return lambda x1, x2: (of_bools if x1.dtype.is_bool else of_integers)(x1, x2)


def _divide(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    return tf.math.divide(require("divide", x1, "real floating", "complex floating"), x2)


def _remainder(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    if not x1.dtype.is_floating:
        return tf.math.floormod(x1, x2)
    # Mirror to a positive divisor and back, so that a zero takes the sign of the divisor.
    mirror = tf.where(x2 < 0, -tf.ones([], x2.dtype), tf.ones([], x2.dtype))
    return mirror * (tf.math.floormod(mirror * x1, mirror * x2) + tf.zeros([], x1.dtype))


def _floor_divide(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    if not x1.dtype.is_floating:
        return tf.math.floordiv(x1, x2)
    # floor(x1 / x2) would disagree with the remainder: 1 // 0.1 is 9, but 1 / 0.1 rounds to 10.
    whole = tf.math.round((x1 - tf.math.floormod(x1, x2)) / x2)
    whole = tf.where(whole == 0, _copysign(tf.zeros_like(whole), x1 / x2), whole)  # sign of a zero
    return tf.where(tf.math.is_finite(whole), whole, tf.math.floor(x1 / x2))


def _pow(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    if x1.dtype.is_unsigned:  # no unsigned kernels; a wrapped int64 power has the same low bits
        return tf.cast(tf.pow(tf.cast(x1, tf.int64), tf.cast(x2, tf.int64)), x1.dtype)
    return tf.pow(x1, x2)


def _copysign(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    return tf.where(_signbit(x1) == _signbit(x2), x1, -x1)


def _hypot(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    a, b = tf.abs(x1), tf.abs(x2)
    high = tf.maximum(a, b)
    plain = (high > 0) & tf.math.is_finite(high)  # otherwise the quotients and their gradients would be NaN
    one, scale = tf.ones_like(high), tf.stop_gradient(high)
    u, v = (tf.where(plain, part, one) / tf.where(plain, scale, one) for part in (a, b))
    infinite = tf.math.is_inf(a) | tf.math.is_inf(b)
    corner = tf.where(infinite, tf.constant(np.inf, high.dtype), high)
    return tf.where(plain, scale * tf.sqrt(tf.square(u) + tf.square(v)), corner)


def _logaddexp(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    swap = x1 < x2  # one condition for both, so that equal operands share the gradient
    high, low = tf.where(swap, x2, x1), tf.where(swap, x1, x2)
    same = tf.math.is_inf(low) & (low == high)
    gap = tf.where(same, tf.zeros_like(low), low) - tf.where(same, tf.zeros_like(low), high)
    return high + tf.math.softplus(gap)


add, subtract = _binary("add", tf.add), _binary("subtract", tf.subtract)
multiply, divide = _binary("multiply", tf.multiply), _binary("divide", _divide)
floor_divide, remainder = _binary("floor_divide", _floor_divide), _binary("remainder", _remainder)
pow, hypot = _binary("pow", _pow), _binary("hypot", _hypot)
atan2, copysign = _binary("atan2", tf.math.atan2), _binary("copysign", _copysign)
logaddexp, nextafter = _binary("logaddexp", _logaddexp), _binary("nextafter", tf.math.nextafter)
maximum, minimum = _binary("maximum", tf.maximum), _binary("minimum", tf.minimum)
equal, not_equal = _binary("equal", tf.equal), _binary("not_equal", tf.not_equal)
less, less_equal = _binary("less", tf.less), _binary("less_equal", tf.less_equal)
greater, greater_equal = _binary("greater", tf.greater), _binary("greater_equal", tf.greater_equal)
bitwise_and = _binary("bitwise_and", _bits(tf.logical_and, tf.bitwise.bitwise_and))
bitwise_or = _binary("bitwise_or", _bits(tf.logical_or, tf.bitwise.bitwise_or))
bitwise_xor = _binary("bitwise_xor", _bits(tf.math.logical_xor, tf.bitwise.bitwise_xor))
bitwise_left_shift = _binary("bitwise_left_shift", tf.bitwise.left_shift)
bitwise_right_shift = _binary("bitwise_right_shift", tf.bitwise.right_shift)
logical_and, logical_or = _binary("logical_and", tf.logical_and), _binary("logical_or", tf.logical_or)
logical_xor = _binary("logical_xor", tf.math.logical_xor)


def where(condition: Any, x1: Any, x2: Any, /) -> tf.Tensor:
    """Select x1 where the condition is true, x2 elsewhere."""
    return tf.where(tensor(condition), *operands(x1, x2))


def clip(x: Any, /, min: Any = None, max: Any = None) -> tf.Tensor:
    """Clip x to bounds, of which either may be None; the dtype of x is kept."""
    x = tensor(x)
    for op, bound in ((tf.maximum, min), (tf.minimum, max)):
        if bound is not None:
            dtype = result_type(x, bound)
            x = convert(op(convert(x, dtype), convert(bound, dtype)), x.dtype)
    return x


guard(globals())
