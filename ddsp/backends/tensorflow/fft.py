"""`xp.fft` of the TensorFlow namespace: tf.signal transforms along any axis, with length and norm."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from .dtypes import DEFAULT_FLOAT, Function, convert, guard, require, tensor
from .manipulation import axes_of, cut, moveaxis, roll, shape_of

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]

_SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _complex(x: Any) -> tf.Tensor:
    x = tensor(x)
    return x if x.dtype.is_complex else convert(x, tf.complex128 if x.dtype == tf.float64 else tf.complex64)


def _last(x: tf.Tensor, axis: int, op: Function) -> tf.Tensor:
    """An op along the last axis, applied to another one."""
    return moveaxis(op(moveaxis(x, axis, -1)), -1, axis)


def _resized(x: tf.Tensor, n: Any) -> tf.Tensor:
    """Cut or zero-padded at the end of the last axis."""
    axis, size = x.shape.rank - 1, x.shape[-1]
    if n is None or size == n:
        return x
    if size is None or size > n:
        x = cut(x, axis, 0, n)
    if size is None or size < n:
        x = tf.pad(x, [[0, 0]] * axis + [[0, n - shape_of(x)[axis]]])
    return tf.ensure_shape(x, [*x.shape[:-1], n]) if size is None else x


def _scaled(x: tf.Tensor, n: Any, norm: str, inverse: bool) -> tf.Tensor:
    """tf.signal scales as "backward" does; the factor that makes it `norm`."""
    if norm not in _SWAPPED:
        raise ValueError(f"norm: got {norm!r}, expected one of {', '.join(_SWAPPED)}")
    if norm == "backward":
        return x
    power = (0.5 if norm == "ortho" else 1.0) * (1 if inverse else -1)
    factor = n**power if isinstance(n, int) else tf.cast(n, x.dtype.real_dtype) ** power
    return x * convert(factor, x.dtype)


def _transform(op: Function, inverse: bool, x: Any, n: Any, axis: int, norm: str) -> tf.Tensor:
    def along_last(x: tf.Tensor) -> tf.Tensor:
        x = _resized(x, n)
        return _scaled(op(x), shape_of(x)[-1], norm, inverse)

    return _last(_complex(x), axis, along_last)


def fft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """Discrete Fourier transform."""
    return _transform(tf.signal.fft, False, x, n, axis, norm)


def ifft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """Inverse discrete Fourier transform."""
    return _transform(tf.signal.ifft, True, x, n, axis, norm)


def rfft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """Fourier transform of a real signal, frequencies from 0 to half the rate."""

    def along_last(x: tf.Tensor) -> tf.Tensor:
        x = _resized(x, n)
        return _scaled(tf.signal.rfft(x), shape_of(x)[-1], norm, False)

    return _last(require("rfft", tensor(x), "real floating"), axis, along_last)


def irfft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """The real signal of length n (2 * (m - 1) unless told) of a half spectrum.

    The imaginary parts of 0 Hz and of Nyquist cannot matter, but some devices let them: they are set to zero.
    """

    def along_last(x: tf.Tensor) -> tf.Tensor:
        length = 2 * (shape_of(x)[-1] - 1) if n is None else n
        x = _resized(x, length // 2 + 1)
        k = tf.range(shape_of(x)[-1])
        free = (k == 0) | (2 * k == length)
        x = tf.complex(tf.math.real(x), tf.where(free, tf.zeros([], x.dtype.real_dtype), tf.math.imag(x)))
        return _scaled(tf.signal.irfft(x, [length]), length, norm, True)

    return _last(_complex(x), axis, along_last)


def hfft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """The real spectrum of a signal given by its first half, the other being its mirrored conjugate."""
    x = _complex(x)
    length = 2 * (shape_of(x)[axis] - 1) if n is None else n
    return irfft(tf.math.conj(x), n=length, axis=axis, norm=_SWAPPED.get(norm, norm))


def ihfft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """The first half of the signal that has a real spectrum."""
    return tf.math.conj(rfft(x, n=n, axis=axis, norm=_SWAPPED.get(norm, norm)))


def _over(x: tf.Tensor, s: Any, axes: Any) -> list[tuple[int, Any]]:
    """(axis, length) of a transform over several axes."""
    if axes is None:
        axes = range(-len(s), 0) if s is not None else None
    axes = axes_of(x, None if axes is None else tuple(axes))
    if s is not None and len(s) != len(axes):
        raise ValueError(f"s: got {len(s)} lengths, expected {len(axes)}, one for each axis")
    return list(zip(axes, s or [None] * len(axes), strict=True))


def fftn(x: Any, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> tf.Tensor:
    """Discrete Fourier transform over several axes."""
    x = _complex(x)
    for axis, n in _over(x, s, axes):
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def ifftn(x: Any, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> tf.Tensor:
    """Inverse discrete Fourier transform over several axes."""
    x = _complex(x)
    for axis, n in _over(x, s, axes):
        x = ifft(x, n=n, axis=axis, norm=norm)
    return x


def rfftn(x: Any, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> tf.Tensor:
    """Fourier transform of a real array over several axes, the last of them halved."""
    x = tensor(x)
    *others, (axis, n) = _over(x, s, axes)
    x = rfft(x, n=n, axis=axis, norm=norm)
    for axis, n in others:
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def irfftn(x: Any, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> tf.Tensor:
    """The real array of a spectrum whose last axis is halved."""
    x = _complex(x)
    *others, (axis, n) = _over(x, s, axes)
    for other, m in others:
        x = ifft(x, n=m, axis=other, norm=norm)
    return irfft(x, n=n, axis=axis, norm=norm)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """The frequencies of the bins of `fft`, in cycles per unit of d."""
    with tf.device(device or None):
        k = tf.range(n)
        k = tf.where(2 * k < n, k, k - n)
        return tf.cast(k, dtype or DEFAULT_FLOAT) / (n * d)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """The frequencies of the bins of `rfft`, in cycles per unit of d."""
    with tf.device(device or None):
        return tf.cast(tf.range(n // 2 + 1), dtype or DEFAULT_FLOAT) / (n * d)


def fftshift(x: Any, /, *, axes: Any = None) -> tf.Tensor:
    """The zero frequency moved to the middle."""
    x = tensor(x)
    axes = axes_of(x, axes)
    return roll(x, [shape_of(x)[a] // 2 for a in axes], axis=axes)


def ifftshift(x: Any, /, *, axes: Any = None) -> tf.Tensor:
    """`fftshift` undone."""
    x = tensor(x)
    axes = axes_of(x, axes)
    return roll(x, [-(shape_of(x)[a] // 2) for a in axes], axis=axes)


guard(globals())
