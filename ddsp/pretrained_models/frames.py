"""The network applied to many frames, in chunks that bound the memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import design, extend
from ..core.frame_padding import PADDINGS, pad_by_hop
from ..core.framing import Hop
from ..core.rates import resample_audio
from ..extend import Array, Float, adapter_of, host_constant
from .network import FRAME_SIZE, LAYERS, SAMPLE_RATE, network
from .weights import CAPACITIES

__all__: list[str] = []

#: Frames per chunk: few enough for the caches, enough for BLAS.
_CHUNK = 128
#: Chunks between two calls of `progress`.
_TOLD = 4


def pad_and_count(
    audio: Float[Array, "batch time"], hop: Hop, padding: str, sample_rate: float = SAMPLE_RATE
) -> tuple[Array, int, Hop]:
    """Audio at 16 kHz, padded with zeros for frames of 1024 samples; the number of frames, and their hop at 16 kHz.

    `hop` counts samples at the rate of the audio. The number of frames is that of `spectral_ops.get_framed_lengths` at
    that rate.

    Raises
    ------
    ValueError
        An unknown padding, audio too short for one frame, or a rate that cannot be converted.
    """
    extend.one_of("padding", padding, PADDINGS)
    n_samples = extend.axis_size(audio, 1)
    # Lengths of audio, frame and hop in a unit of which a sample at either rate is a whole multiple.
    up, down = design.ratio(SAMPLE_RATE, sample_rate)
    n_frames = design.number_of_frames(n_samples * up, FRAME_SIZE * down, hop[0] * up, hop[1], padding)
    shortest = -(-FRAME_SIZE * down // up) if padding == "valid" else 1
    if n_samples < shortest:
        raise ValueError(f"audio: got {n_samples} samples, expected at least {shortest} with padding={padding!r}")
    audio = resample_audio(audio, sample_rate, SAMPLE_RATE)
    hop = design.ratio(hop[0] * up, hop[1] * down)
    return pad_by_hop(audio, FRAME_SIZE, hop, padding), n_frames, hop


def activations_and_power(
    audio: Float[Array, "batch time"],
    n_frames: int,
    hop: Hop,
    model_capacity: str,
    layer: str,
    progress: Callable[[float], None] | None = None,
) -> tuple[Float[Array, "batch n_frames depth"], Float[Array, "batch n_frames"]]:
    """Activations of a layer and mean square of the frames of 1024 samples that start at k * hop, rounded.

    `progress` is called with the processed fraction. Without it all chunks are one loop, which compiles.
    """
    b = adapter_of(audio)
    chunk = max(_CHUNK // (audio.shape[0] or 1), 1)
    n_chunks = -(-n_frames // chunk)
    plan = _stretches(int(audio.shape[1]), n_frames, *hop, n_chunks)
    stretches, starts = (b.constant(c, like=audio) for c in plan)
    audio = b.xp.reshape(b.xp.take(audio, b.xp.reshape(stretches, (-1,)), axis=1), (-1, *stretches.shape))
    step = _STEPS.get((model_capacity, layer)) or _chunk_step(model_capacity, layer)
    if n_chunks == 1:
        return step((), (audio[:, 0, :], starts[0, :]))[1]
    audio = b.xp.permute_dims(audio, (1, 0, 2))
    n_told, groups = n_chunks if progress is None else _TOLD, []
    for i in range(0, n_chunks, n_told):
        groups.append(b.scan(step, (), (audio[i : i + n_told, ...], starts[i : i + n_told, ...]))[1])
        if progress is not None:
            progress(min((i + n_told) / n_chunks, 1.0))
    y, power = groups[0] if len(groups) == 1 else [b.xp.concat(x, axis=0) for x in zip(*groups, strict=True)]
    y = b.xp.reshape(b.xp.permute_dims(y, (1, 0, 2, 3)), (-1, n_chunks * y.shape[2], y.shape[3]))
    power = b.xp.reshape(b.xp.permute_dims(power, (1, 0, 2)), (-1, n_chunks * power.shape[2]))
    return y[:, :n_frames, :], power[:, :n_frames]


@host_constant
def _stretches(
    n_samples: int, n_frames: int, numerator: int, denominator: int, n_chunks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Samples that the frames of each chunk cover, [n_chunks, length], and the start of each frame among them."""
    size = -(-n_frames // n_chunks)
    frames = np.minimum(np.arange(n_chunks * size), n_frames - 1)  # the last one repeated, if chunks are uneven
    starts = design.frame_starts(n_frames, numerator, denominator)[frames].reshape(n_chunks, size)
    length = int(np.max(starts[:, -1] - starts[:, 0])) + FRAME_SIZE
    begins = np.minimum(starts[:, :1], n_samples - length)
    return begins + np.arange(length, dtype=np.int64), starts - begins


def _chunk_step(model_capacity: str, layer: str) -> Callable:
    """Step function of a `scan` over chunks of frames, with an empty carry."""

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


#: One step object for each model and layer: JAX without jit compiles every new object again.
_STEPS = {(capacity, layer): _chunk_step(capacity, layer) for capacity in CAPACITIES for layer in LAYERS}
