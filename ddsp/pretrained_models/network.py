"""The CREPE network: 360 pitch activations of 1024 samples, as a few matrix products.

A convolution over the 1024 samples of a frame is a banded matrix. Cut into blocks of neighboring outputs, each block is
one dense product of a *slice* of the frame with a small matrix. No windows are copied, the zero padding of Keras
('same') is never multiplied, and the gradient is that of a matrix product. For a few frames, as in a stream, reading
these matrices would take longer than the products, so the windows are copied and multiplied by the kernel.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..core.padding import pad_checked
from ..extend import Array, Float, adapter_of, host_constant, kept_constant
from .weights import N_CONVS, load_weights

__all__: list[str] = []

SAMPLE_RATE: Final = 16_000
FRAME_SIZE: Final = 1024
_STRIDES = (4, 1, 1, 1, 1, 1)
_POSITIONS = (1024, 128, 64, 32, 16, 8)  # input positions of each convolution
_POOL = 2
_NORM_EPS = 1e-3  # Keras' default, not the 1e-5 of other libraries
# Columns of a block's matrix (positions times channels): close to the fastest in NumPy on one core, with few enough
# blocks for compilers. Layers 3 to 6 of the tiny model are one block each: their kernels span all positions.
_BLOCK_COLUMNS = (1024, 256, 1024, 1024, 1024, 1024)
_MAX_BLOCKS = 64
#: Largest number of frames whose windows are copied.
FEW_FRAMES = 4
# Variance below which a frame counts as constant. Inside the root the gradient stays finite on silence; at 1e-12
# (-120 dB) all audible frames are normalized to better than 1e-5.
_VARIANCE_FLOOR = 1e-12


def normalize_frames(frames: Float[Array, "*n size"]) -> Float[Array, "*n size"]:
    """Scale frames to zero mean and unit standard deviation, as CREPE expects them.

    Parameters
    ----------
    frames
        Audio frames of any scale, [..., size]; normalized over the last axis.

    Returns
    -------
    frames : array
        Shape and dtype of the input. A constant frame (silence) gives zeros and finite gradients.

    Notes
    -----
    The original divides by the standard deviation, or by 1e-8 if it is 0; its gradient on silence is NaN. Here 1e-12 is
    added to the variance.

    Examples
    --------
    >>> import numpy as np
    >>> normalize_frames(np.array([[1.0, 3.0], [5.0, 5.0]]))
    array([[-1.,  1.],
           [ 0.,  0.]])
    """
    xp = adapter_of(frames).xp
    centered = frames - xp.mean(frames, axis=-1, keepdims=True)
    variance = xp.mean(centered * centered, axis=-1, keepdims=True)
    return centered / xp.sqrt(variance + _VARIANCE_FLOOR)


def network(frames: Float[Array, "n 1024"], model_capacity: str, layer: str) -> Float[Array, "n depth"]:
    """Output of one layer for audio frames, flattened with the channel as the fastest index; see `PretrainedCREPE`."""
    b = adapter_of(frames)
    x = normalize_frames(frames)
    for i in range(1, N_CONVS + 1):
        for suffix, stage in _STAGES:
            x = stage(b, x, model_capacity, i)
            if layer == f"conv{i}{suffix}":
                return x
    return _classifier(b, x, model_capacity)


def _conv(b: Any, x: Array, model_capacity: str, layer: int) -> Array:
    """Convolution, bias and ReLU: [n, positions * channels in] -> [n, positions / stride * channels out]."""
    if (x.shape[0] or FEW_FRAMES + 1) <= FEW_FRAMES:
        y = _products_of_windows(b, x, model_capacity, layer)
    else:
        design, blocks = _conv_blocks(model_capacity, layer)
        matrix = b.constant(design, like=x)
        y = b.xp.concat([b.xp.matmul(x[:, p:q], matrix[r:s, :]) for p, q, r, s in blocks], axis=1)
    bias = b.constant(load_weights(model_capacity)[f"conv{layer}.bias"], like=x)
    y = b.xp.reshape(y, (-1, _POSITIONS[layer - 1] // _STRIDES[layer - 1], bias.shape[0])) + bias
    return _flat(b, b.xp.clip(y, 0.0, None))


def _products_of_windows(b: Any, x: Array, model_capacity: str, layer: int) -> Array:
    """The convolution of a few frames without bias, as a product of all windows with the kernel."""
    kernel = load_weights(model_capacity)[f"conv{layer}.kernel"]
    size, channels, _ = kernel.shape
    stride, left, right = _STRIDES[layer - 1], *_padding(size, layer)
    x = pad_checked(x, (left * channels, right * channels), axis=1)
    windows = b.frame_view(x, size * channels, stride * channels)
    if windows is None:  # rows of one stride are gathered, which compiles faster than slices
        n_out, n_rows = _POSITIONS[layer - 1] // stride, size // stride
        rows = b.xp.reshape(
            x[:, : (n_out + n_rows - 1) * stride * channels], (-1, n_out + n_rows - 1, stride * channels)
        )
        windows = b.xp.take(rows, b.constant(_row_numbers(n_out, n_rows), like=x), axis=1)
        windows = b.xp.reshape(windows, (-1, n_out, size * channels))
    return b.xp.matmul(windows, b.xp.reshape(b.constant(kernel, like=x), (size * channels, -1)))


@host_constant
def _row_numbers(n_out: int, n_rows: int) -> np.ndarray:
    """Rows of each window, one window after the other."""
    return (np.arange(n_out, dtype=np.int64)[:, np.newaxis] + np.arange(n_rows, dtype=np.int64)).ravel()


def _padding(size: int, layer: int) -> tuple[int, int]:
    """Zeros before and after the positions of a layer for a kernel of this size, as Keras adds them ('same')."""
    missing = size - _STRIDES[layer - 1]
    return missing // 2, missing - missing // 2  # an odd zero goes to the right


def _batch_norm(b: Any, x: Array, model_capacity: str, layer: int) -> Array:
    affine = b.constant(_norm_affine(model_capacity, layer), like=x)
    y = b.xp.reshape(x, (-1, x.shape[1] // affine.shape[1], affine.shape[1]))
    return _flat(b, y * affine[0, :] + affine[1, :])


def _max_pool(b: Any, x: Array, model_capacity: str, layer: int) -> Array:
    channels = load_weights(model_capacity)[f"conv{layer}.bias"].shape[0]
    y = b.xp.reshape(x, (-1, x.shape[1] // (_POOL * channels), _POOL, channels))
    # Not `max`, whose gradient divides by the number of largest elements: XLA may compute y again to count them, with
    # other rounding, and find none.
    return _flat(b, b.xp.maximum(y[:, :, 0, :], y[:, :, 1, :]))


_STAGES = (("", _conv), ("-BN", _batch_norm), ("-maxpool", _max_pool))
#: Layers whose output can be requested, in order from the input.
LAYERS: Final = (*(f"conv{i}{s}" for i in range(1, N_CONVS + 1) for s, _ in _STAGES), "classifier")


def _classifier(b: Any, x: Array, model_capacity: str) -> Array:
    weights = load_weights(model_capacity)
    kernel, bias = (b.constant(weights[f"classifier.{name}"], like=x) for name in ("kernel", "bias"))
    logits = b.xp.matmul(x, kernel) + bias
    return b.xp.exp(-b.xp.logaddexp(b.xp.zeros_like(logits), -logits))  # a sigmoid that never overflows


def _flat(b: Any, x: Array) -> Array:
    depth = 1
    for size in x.shape[1:]:
        depth *= size
    return b.xp.reshape(x, (-1, depth))


@kept_constant
def _conv_blocks(model_capacity: str, layer: int) -> tuple[np.ndarray, tuple[tuple[int, int, int, int], ...]]:
    """A convolution as products `x[:, p:q] @ matrix[r:s]`, one for each block of neighboring outputs."""
    kernel = load_weights(model_capacity)[f"conv{layer}.kernel"]
    size, channels_in, channels_out = kernel.shape
    positions, stride = _POSITIONS[layer - 1], _STRIDES[layer - 1]
    n_out = positions // stride
    left, _ = _padding(size, layer)
    block = 1
    while block < n_out and (2 * block * channels_out <= _BLOCK_COLUMNS[layer - 1] or block * _MAX_BLOCKS < n_out):
        block *= 2
    span = (block - 1) * stride + size  # input positions of a block
    matrix = np.zeros((span, channels_in, block, channels_out), dtype=np.float32)
    for i in range(block):
        matrix[i * stride : i * stride + size, :, i, :] = kernel
    first = [j * stride - left for j in range(0, n_out, block)]  # start of each block, before the cut at the edges
    cuts = [(max(f, 0), min(f + span, positions), f) for f in first]
    low, high = min(p - f for p, _, f in cuts), max(q - f for _, q, f in cuts)  # rows that any block uses
    matrix = np.ascontiguousarray(matrix[low:high].reshape((high - low) * channels_in, block * channels_out))
    c = channels_in
    return matrix, tuple((p * c, q * c, (p - f - low) * c, (q - f - low) * c) for p, q, f in cuts)


@kept_constant
def _norm_affine(model_capacity: str, layer: int) -> np.ndarray:
    """Batch normalization at inference as a factor and an offset per channel, [2, channels], float64."""
    weights = load_weights(model_capacity)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    gamma, beta, mean, variance = (weights[f"conv{layer}.{name}"].astype(np.float64) for name in names)
    factor = gamma / np.sqrt(variance + _NORM_EPS)
    return np.stack([factor, beta - factor * mean])
