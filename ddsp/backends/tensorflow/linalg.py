"""`xp.linalg` of the TensorFlow namespace."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .dtypes import convert, finfo, guard, operands, require, tensor, wide
from .elementwise import sqrt
from .manipulation import axes_of, shape_of
from .reductions import sum as sum_over

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


class Eigh(NamedTuple):
    """Eigenvalues in ascending order, and eigenvectors as columns."""

    eigenvalues: tf.Tensor
    eigenvectors: tf.Tensor


class QR(NamedTuple):
    """Matrix with orthonormal columns, and an upper triangular matrix."""

    Q: tf.Tensor
    R: tf.Tensor


class Slogdet(NamedTuple):
    """Sign (or phase) of the determinant, and logarithm of its absolute value."""

    sign: tf.Tensor
    logabsdet: tf.Tensor


class SVD(NamedTuple):
    """Left vectors, singular values in descending order, and right vectors as rows."""

    U: tf.Tensor
    S: tf.Tensor
    Vh: tf.Tensor


def matmul(x1: Any, x2: Any, /) -> tf.Tensor:
    """Matrix product over the last two axes; a vector is a row on the left and a column on the right."""
    x1, x2 = operands(x1, x2)
    dtype = x1.dtype
    if dtype.is_integer and dtype not in (tf.int32, tf.int64):  # no kernels; int64 has the same low bits
        x1, x2 = tf.cast(x1, tf.int64), tf.cast(x2, tf.int64)
    row, column = x1.shape.rank == 1, x2.shape.rank == 1
    x1, x2 = x1[None, :] if row else x1, x2[:, None] if column else x2
    y = tf.cast(tf.matmul(x1, x2), dtype)
    axes = [-2] * row + [-1] * column
    return tf.squeeze(y, axes) if axes else y


def matrix_transpose(x: Any, /) -> tf.Tensor:
    """Swap the last two axes."""
    return tf.linalg.matrix_transpose(tensor(x))


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> tf.Tensor:
    """Sum of products over pairs of axes."""
    x1, x2 = operands(x1, x2)
    n = x1.shape.rank
    first, second = (range(n - axes, n), range(axes)) if isinstance(axes, int) else axes
    first, second = axes_of(x1, tuple(first)), axes_of(x2, tuple(second))
    kept1 = [a for a in range(n) if a not in first]
    kept2 = [a for a in range(x2.shape.rank) if a not in second]
    shape1, shape2 = shape_of(x1), shape_of(x2)
    rows, columns = [shape1[a] for a in kept1], [shape2[a] for a in kept2]
    size = math.prod(shape1[a] for a in first)  # not -1, which is ambiguous beside an empty axis
    left = tf.reshape(tf.transpose(x1, kept1 + first), [math.prod(rows), size])
    right = tf.reshape(tf.transpose(x2, second + kept2), [size, math.prod(columns)])
    return tf.reshape(matmul(left, right), rows + columns)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> tf.Tensor:
    """Sum of conj(x1) * x2 over an axis."""
    x1, x2 = operands(x1, x2)
    dtype = x1.dtype
    x1, x2 = (convert(x, wide(dtype)) for x in (x1, x2))
    return tf.cast(tf.reduce_sum(tf.math.conj(x1) * x2, axis), dtype)


def outer(x1: Any, x2: Any, /) -> tf.Tensor:
    """Outer product of two vectors."""
    x1, x2 = operands(x1, x2)
    return x1[:, None] * x2[None, :]


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> tf.Tensor:
    """Cross product along an axis of length 3."""
    x1, x2 = operands(x1, x2)
    a, b = (tf.unstack(x, axis=axis) for x in (x1, x2))
    if len(a) != 3 or len(b) != 3:
        raise ValueError(f"axis: got {axis}, expected an axis of length 3")
    parts = [a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3] for i in range(3)]
    return tf.stack(parts, axis)


def diagonal(x: Any, /, *, offset: int = 0) -> tf.Tensor:
    """Diagonal of the last two axes, `offset` columns to the right."""
    x = tensor(x)
    rows, cols = shape_of(x)[-2:]
    if not isinstance(rows, int) or not isinstance(cols, int):
        raise ValueError(f"x: got shape {x.shape}, expected a matrix of known size")
    n = max(0, min(rows, cols - offset) if offset >= 0 else min(rows + offset, cols))
    start = offset if offset >= 0 else -offset * cols
    flat = tf.reshape(x, [*shape_of(x)[:-2], rows * cols])
    return tf.gather(flat, start + np.arange(n) * (cols + 1), axis=x.shape.rank - 2)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> tf.Tensor:
    """Sum of the diagonal."""
    return sum_over(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def cholesky(x: Any, /, *, upper: bool = False) -> tf.Tensor:
    """Cholesky factor of a positive definite matrix."""
    y = tf.linalg.cholesky(tensor(x))
    return tf.linalg.adjoint(y) if upper else y


def det(x: Any, /) -> tf.Tensor:
    """Determinant. Not under XLA, which lacks the op."""
    return tf.linalg.det(tensor(x))


def slogdet(x: Any, /) -> Slogdet:
    """Sign of the determinant and logarithm of its absolute value. Not under XLA, which lacks the op."""
    x = tensor(x)
    sign, logabs = tf.linalg.slogdet(x)
    return Slogdet(sign, tf.math.real(logabs))


def inv(x: Any, /) -> tf.Tensor:
    """Inverse matrix. Under XLA, for real matrices only."""
    return tf.linalg.inv(tensor(x))


def solve(x1: Any, x2: Any, /) -> tf.Tensor:
    """Solution y of x1 @ y = x2, where x2 is a vector or a stack of matrices. Under XLA, for real matrices only."""
    x1, x2 = operands(x1, x2)
    vector = x2.shape.rank == 1
    x2 = x2[:, None] if vector else x2
    batch = tf.broadcast_static_shape(x1.shape[:-2], x2.shape[:-2])
    if x1.shape[:-2] != batch or x2.shape[:-2] != batch:
        lead = tf.broadcast_dynamic_shape(tf.shape(x1)[:-2], tf.shape(x2)[:-2])
        x1 = tf.broadcast_to(x1, tf.concat([lead, tf.shape(x1)[-2:]], 0))
        x2 = tf.broadcast_to(x2, tf.concat([lead, tf.shape(x2)[-2:]], 0))
    y = tf.linalg.solve(x1, x2)
    return tf.squeeze(y, [-1]) if vector else y


def eigh(x: Any, /) -> Eigh:
    """Eigenvalues and eigenvectors of a Hermitian matrix."""
    values, vectors = tf.linalg.eigh(tensor(x))
    return Eigh(tf.math.real(values), vectors)


def eigvalsh(x: Any, /) -> tf.Tensor:
    """Eigenvalues of a Hermitian matrix."""
    return tf.math.real(tf.linalg.eigvalsh(tensor(x)))


def qr(x: Any, /, *, mode: str = "reduced") -> QR:
    """QR decomposition."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"mode: got {mode!r}, expected 'reduced' or 'complete'")
    q, r = tf.linalg.qr(tensor(x), full_matrices=mode == "complete")
    return QR(q, r)


def svd(x: Any, /, *, full_matrices: bool = True) -> SVD:
    """Singular value decomposition."""
    s, u, v = tf.linalg.svd(tensor(x), full_matrices=full_matrices)
    return SVD(u, tf.math.real(s), tf.linalg.adjoint(v))


def svdvals(x: Any, /) -> tf.Tensor:
    """Singular values."""
    return tf.math.real(tf.linalg.svd(tensor(x), compute_uv=False))


def pinv(x: Any, /, *, rtol: Any = None) -> tf.Tensor:
    """Pseudo-inverse. Singular values below rtol times the largest count as 0."""
    x = tensor(x)
    u, s, vh = svd(x, full_matrices=False)
    keep = s > _cutoff(x, s, rtol)
    inverse = tf.where(keep, 1 / tf.where(keep, s, tf.ones_like(s)), tf.zeros_like(s))
    return tf.matmul(tf.linalg.adjoint(vh) * convert(inverse, x.dtype)[..., None, :], u, adjoint_b=True)


def _cutoff(x: tf.Tensor, s: tf.Tensor, rtol: Any) -> tf.Tensor:
    if rtol is None:
        rtol = tf.cast(tf.reduce_max(shape_of(x)[-2:]), s.dtype) * finfo(x).eps
    rtol = convert(rtol, s.dtype)
    return rtol[..., None] * tf.reduce_max(s, -1, keepdims=True)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> tf.Tensor:
    """Number of singular values above rtol times the largest."""
    x = tensor(x)
    s = svdvals(x)
    return tf.reduce_sum(tf.cast(s > _cutoff(x, s, rtol), tf.int32), -1)


def matrix_power(x: Any, n: int, /) -> tf.Tensor:
    """Integer power of a matrix by repeated squaring; powers of the inverse for negative n."""
    x = tensor(x)
    if n == 0:
        return tf.eye(x.shape[-1], batch_shape=shape_of(x)[:-2], dtype=x.dtype)
    x, n, power = (inv(x) if n < 0 else x), abs(n), None
    while n:
        if n % 2:
            power = x if power is None else matmul(power, x)
        n //= 2
        x = matmul(x, x) if n else x
    return power


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> tf.Tensor:
    """p-norm over axes, including p = 0 and infinity.

    The gradient is NaN at 0. To avoid it, write the norm out with a small constant under the root.
    """
    x = require("vector_norm", tensor(x), "real floating", "complex floating")
    axes, dtype = axes_of(x, axis), x.dtype.real_dtype
    return tf.cast(_norm(tf.abs(convert(x, wide(x.dtype))), axes, keepdims, ord), dtype)


def _norm(size: tf.Tensor, axes: list[int], keepdims: bool, ord: Any) -> tf.Tensor:
    if ord == np.inf:
        return tf.maximum(tf.reduce_max(size, axes, keepdims), 0)  # the norm of an empty vector is 0
    if ord == -np.inf:
        return tf.reduce_min(size, axes, keepdims)
    if ord == 0:
        return tf.reduce_sum(tf.cast(size != 0, size.dtype), axes, keepdims)
    if ord == 1:
        return tf.reduce_sum(size, axes, keepdims)
    if ord == 2:
        return sqrt(tf.reduce_sum(tf.square(size), axes, keepdims))
    return tf.reduce_sum(size**ord, axes, keepdims) ** (1.0 / ord)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> tf.Tensor:
    """Matrix norm of the last two axes: 'fro', 'nuc', 1, -1, 2, -2, inf or -inf."""
    x = require("matrix_norm", tensor(x), "real floating", "complex floating")
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in ("nuc", 2, -2):
        values = svdvals(x)
        op = {"nuc": tf.reduce_sum, 2: tf.reduce_max, -2: tf.reduce_min}[ord]
    elif ord in (1, -1, np.inf, -np.inf):
        values = sum_over(tf.abs(x), axis=-2 if ord in (1, -1) else -1)
        op = tf.reduce_max if ord > 0 else tf.reduce_min
    else:
        raise ValueError(f"ord: got {ord!r}, expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf")
    y = op(values, -1)
    return y[..., None, None] if keepdims else y


guard(globals())
