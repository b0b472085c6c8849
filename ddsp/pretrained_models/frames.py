"""The network over many frames of audio: where they start, and in chunks, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from .. import _checks
from .._types import Array, Float
from ..backends import adapter_of
from ..backends._host import host_constant
from ..core.math import pad_axis
from .network import FRAME_SIZE, LAYERS, network
from .weights import CAPACITIES

__all__ = ["PADDINGS", "activations_and_power", "frame_starts", "pad_and_count"]

PADDINGS: Final = ("center", "same", "valid")
#: Frames that go through the network at a time: few enough for the caches, enough for BLAS.
_CHUNK = 128

Hop = tuple[int, int]  # samples between frames, an exact fraction for any frame rate


def pad_and_count(audio: Float[Array, "batch time"], hop: Hop, padding: str) -> tuple[Array, int]:
    """Audio padded with zeros for frames of 1024 samples, and their number.

    Frame k starts at sample k * hop of the result, rounded to the nearest. 'center': its middle lies at k * hop of the
    audio. 'same': it starts there, as many frames as hops have begun. 'valid': the same, whole frames only. The numbers
    are those of `spectral_ops.get_framed_lengths`, and go on without drift where the hop is no whole number.

    Raises
    ------
    ValueError : an unknown padding, or audio too short for one frame.
    """
    _checks.one_of("padding", padding, PADDINGS)
    n_samples, shortest = audio.shape[1], FRAME_SIZE if padding == "valid" else 1
    if n_samples is None or n_samples < shortest:
        raise ValueError(f"audio: got {n_samples} samples, expected at least {shortest} with padding={padding!r}")
    numerator, denominator = hop
    if padding == "center":
        half = FRAME_SIZE // 2
        return pad_axis(audio, (half, half), axis=1), n_samples * denominator // numerator + 1
    if padding == "same":
        return pad_axis(audio, (0, FRAME_SIZE), axis=1), -(-n_samples * denominator // numerator)
    return audio, (n_samples - FRAME_SIZE) * denominator // numerator + 1


def activations_and_power(
    audio: Float[Array, "batch time"], n_frames: int, hop: Hop, model_capacity: str, layer: str
) -> tuple[Float[Array, "batch n_frames depth"], Float[Array, "batch n_frames"]]:
    """Activations of a layer, and mean square, of the frames of 1024 samples that start at k * hop, rounded."""
    b = adapter_of(audio)
    chunk = max(_CHUNK // (audio.shape[0] or 1), 1)
    n_chunks = -(-n_frames // chunk)
    plan = _stretches(int(audio.shape[1]), n_frames, *hop, n_chunks)
    stretches, starts = (b.constant(c, like=audio) for c in plan)
    audio = b.xp.reshape(b.xp.take(audio, b.xp.reshape(stretches, (-1,)), axis=1), (-1, *stretches.shape))
    step = _STEPS.get((model_capacity, layer)) or _chunk_step(model_capacity, layer)
    if n_chunks == 1:
        return step((), (audio[:, 0, :], starts[0, :]))[1]
    _, chunks = b.scan(step, (), (b.xp.permute_dims(audio, (1, 0, 2)), starts))
    y, power = (_join(b.xp, x) for x in chunks)
    return y[:, :n_frames, :], power[:, :n_frames]


@host_constant
def frame_starts(n_frames: int, numerator: int, denominator: int, n_chunks: int) -> np.ndarray:
    """First samples of frames, [n_chunks, frames of a chunk], the last one repeated where chunks come out uneven."""
    size = -(-n_frames // n_chunks)
    frames = [min(k, n_frames - 1) for k in range(n_chunks * size)]
    # Python integers: a frame rate such as 300.3 has a denominator that would overflow 64 bits.
    starts = [(2 * k * numerator + denominator) // (2 * denominator) for k in frames]
    return np.asarray(starts, dtype=np.int64).reshape(n_chunks, size)


@host_constant
def _stretches(
    n_samples: int, n_frames: int, numerator: int, denominator: int, n_chunks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Samples that the frames of each chunk cover, [n_chunks, length], and where in them each frame starts."""
    starts = frame_starts(n_frames, numerator, denominator, n_chunks)
    length = int(np.max(starts[:, -1] - starts[:, 0])) + FRAME_SIZE
    begins = np.minimum(starts[:, :1], n_samples - length)
    return begins + np.arange(length, dtype=np.int64), starts - begins


def _chunk_step(model_capacity: str, layer: str) -> Callable:
    """A step of `scan` over chunks of frames, which carries nothing."""

    def step(carry: tuple, chunk: tuple[Array, Array]) -> tuple[tuple, tuple[Array, Array]]:
        audio, starts = chunk
        b = adapter_of(audio)
        n_frames = starts.shape[0]
        samples = b.xp.expand_dims(starts, axis=1) + b.constant(np.arange(FRAME_SIZE, dtype=np.int64), like=audio)
        frames = b.xp.take(audio, b.xp.reshape(samples, (-1,)), axis=1)
        frames = b.xp.reshape(frames, (-1, FRAME_SIZE))
        power = b.xp.mean(frames * frames, axis=1)
        y = network(frames, model_capacity, layer)
        return carry, (b.xp.reshape(y, (-1, n_frames, y.shape[1])), b.xp.reshape(power, (-1, n_frames)))

    return step


#: JAX without jit compiles a step again unless it is the very same object: hence one for each model and layer.
_STEPS = {(capacity, layer): _chunk_step(capacity, layer) for capacity in CAPACITIES for layer in LAYERS}


def _join(xp: Any, chunks: Array) -> Array:
    """[n_chunks, batch, frames, ...] -> [batch, n_chunks * frames, ...]."""
    n_chunks, _, n_frames, *rest = chunks.shape
    swapped = xp.permute_dims(chunks, (1, 0, *range(2, len(chunks.shape))))
    return xp.reshape(swapped, (-1, n_chunks * n_frames, *rest))
