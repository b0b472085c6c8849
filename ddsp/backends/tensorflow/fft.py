"""`xp.fft` of the TensorFlow namespace: tf.signal transforms with arguments for axis, length and norm."""

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
    """Apply an op of the last axis along another axis."""
    return moveaxis(op(moveaxis(x, axis, -1)), -1, axis)


def _resized(x: tf.Tensor, n: Any) -> tf.Tensor:
    """Truncate or zero-pad the last axis at its end."""
    axis, size = x.shape.rank - 1, x.shape[-1]
    if n is None or size == n:
        return x
    if size is None or size > n:
        x = cut(x, axis, 0, n)
    if size is None or size < n:
        x = tf.pad(x, [[0, 0]] * axis + [[0, n - shape_of(x)[axis]]])
    return tf.ensure_shape(x, [*x.shape[:-1], n]) if size is None else x


def _scaled(x: tf.Tensor, n: Any, norm: str, inverse: bool) -> tf.Tensor:
    """Change the scaling of tf.signal, which is "backward", to `norm`."""
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
    """Fourier transform of a real signal, at frequencies from 0 to Nyquist."""

    def along_last(x: tf.Tensor) -> tf.Tensor:
        x = _resized(x, n)
        return _scaled(tf.signal.rfft(x), shape_of(x)[-1], norm, False)

    return _last(require("rfft", tensor(x), "real floating"), axis, along_last)


def irfft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """Real signal of length n, by default 2 * (m - 1), from a half spectrum of length m.

    The imaginary parts at 0 Hz and Nyquist must not matter, but they do on some devices, so they are set to zero.
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
    """Real spectrum of a Hermitian signal, given by its first half."""
    x = _complex(x)
    length = 2 * (shape_of(x)[axis] - 1) if n is None else n
    return irfft(tf.math.conj(x), n=length, axis=axis, norm=_SWAPPED.get(norm, norm))


def ihfft(x: Any, /, *, n: Any = None, axis: int = -1, norm: str = "backward") -> tf.Tensor:
    """First half of the Hermitian signal that has the given real spectrum."""
    return tf.math.conj(rfft(x, n=n, axis=axis, norm=_SWAPPED.get(norm, norm)))


def _over(x: tf.Tensor, s: Any, axes: Any) -> list[tuple[int, Any]]:
    """List the pairs (axis, length) of a transform over several axes."""
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
    """Fourier transform of a real array over several axes; the last one has the half spectrum."""
    x = tensor(x)
    *others, (axis, n) = _over(x, s, axes)
    x = rfft(x, n=n, axis=axis, norm=norm)
    for axis, n in others:
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def irfftn(x: Any, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> tf.Tensor:
    """Real array of a spectrum whose last axis has the half spectrum."""
    x = _complex(x)
    *others, (axis, n) = _over(x, s, axes)
    for other, m in others:
        x = ifft(x, n=m, axis=other, norm=norm)
    return irfft(x, n=n, axis=axis, norm=norm)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Frequencies of the bins of `fft`, in cycles per unit of d."""
    with tf.device(device or None):
        k = tf.range(n)
        k = tf.where(2 * k < n, k, k - n)
        return tf.cast(k, dtype or DEFAULT_FLOAT) / (n * d)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> tf.Tensor:
    """Frequencies of the bins of `rfft`, in cycles per unit of d."""
    with tf.device(device or None):
        return tf.cast(tf.range(n // 2 + 1), dtype or DEFAULT_FLOAT) / (n * d)


def fftshift(x: Any, /, *, axes: Any = None) -> tf.Tensor:
    """Move the zero frequency to the center."""
    x = tensor(x)
    axes = axes_of(x, axes)
    return roll(x, [shape_of(x)[a] // 2 for a in axes], axis=axes)


def ifftshift(x: Any, /, *, axes: Any = None) -> tf.Tensor:
    """Invert `fftshift`."""
    x = tensor(x)
    axes = axes_of(x, axes)
    return roll(x, [-(shape_of(x)[a] // 2) for a in axes], axis=axes)


guard(globals())
