"""Cutting signals into frames, laying frames over one another, and making lengths fit."""

from __future__ import annotations

from .. import design
from .._checks import axis_size, checked, floats, integer, one_of, rank
from .._types import Array, Float
from .math import pad_axis

__all__ = [
    "center_crop", "frame", "get_framed_lengths", "overlap_and_add", "pad", "pad_or_trim_to_expected_length",
]  # fmt: skip


@checked
def frame(
    audio: Float[Array, " time"] | Float[Array, "batch time"], frame_size: int, hop_size: int
) -> Float[Array, "... frames frame_size"]:
    """Cut the last axis into overlapping frames; frame k starts at sample k * hop_size.

    Parameters
    ----------
    audio : [time] or [batch, time].
    frame_size, hop_size : >= 1, in samples.

    Returns
    -------
    [..., frames, frame_size], same dtype, as many whole frames as fit: 1 + (time - frame_size) // hop_size, or none.

    Examples
    --------
    >>> import numpy as np
    >>> frame(np.arange(5.0), 3, 2)
    array([[0., 1., 2.],
           [2., 3., 4.]])
    """
    backend = floats(audio=audio)
    xp = backend.xp
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    frame_size, hop_size = integer("frame_size", frame_size, 1), integer("hop_size", hop_size, 1)
    n_frames = max(1 + (axis_size(audio, -1) - frame_size) // hop_size, 0)
    lead = () if len(audio.shape) == 1 else (-1,)
    if n_frames == 0:
        return xp.repeat(audio[..., :0, None], frame_size, axis=-1)
    if frame_size % hop_size == 0:
        # Whole hops: frames are neighbouring blocks side by side. No gather, and a gradient without scatter.
        n_hops = frame_size // hop_size
        blocks = xp.reshape(audio[..., : (n_frames + n_hops - 1) * hop_size], (*lead, n_frames + n_hops - 1, hop_size))
        neighbours = xp.stack([blocks[..., i : i + n_frames, :] for i in range(n_hops)], axis=-2)
        return xp.reshape(neighbours, (*lead, n_frames, frame_size))
    indices = backend.constant(design.frame_indices(n_frames, frame_size, hop_size), audio)
    return xp.reshape(xp.take(audio, indices, axis=-1), (*lead, n_frames, frame_size))


@checked
def overlap_and_add(frames: Float[Array, "batch frames frame_size"], hop_size: int) -> Float[Array, "batch time"]:
    """Add up frames, each hop_size samples after the one before: the transpose of `frame`.

    Parameters
    ----------
    frames : [batch, frames, frame_size].
    hop_size : >= 1, in samples.

    Returns
    -------
    [batch, (frames - 1) * hop_size + frame_size], same dtype.

    Examples
    --------
    >>> import numpy as np
    >>> overlap_and_add(np.ones((1, 3, 4)), 2)
    array([[1., 1., 2., 2., 2., 2., 1., 1.]])
    """
    xp = floats(frames=frames).xp
    n_frames, frame_size = axis_size(frames, 1), axis_size(frames, 2)
    if n_frames == 1:
        return frames[:, 0, :]
    n_parts = -(-frame_size // hop_size)
    frames = pad_axis(frames, (0, n_parts * hop_size - frame_size), axis=2)
    parts = xp.unstack(xp.reshape(frames, (-1, n_frames, n_parts, hop_size)), axis=2)
    shifted = [pad_axis(part, (i, n_parts - 1 - i), axis=1) for i, part in enumerate(parts)]
    total = sum(shifted[1:], start=shifted[0])
    flat = xp.reshape(total, (-1, (n_frames + n_parts - 1) * hop_size))
    return flat[:, : (n_frames - 1) * hop_size + frame_size]


@checked
def center_crop(audio: Float[Array, "batch time ..."], frame_size: int) -> Float[Array, "batch cropped"]:
    """Cut half a frame off both ends: what 'center' padding had added.

    Parameters
    ----------
    audio : [batch, time].
    frame_size : >= 1, in samples; frame_size // 2 are cut off each end.

    Returns
    -------
    [batch, time - 2 * (frame_size // 2)], same dtype.

    Raises
    ------
    ValueError : audio is no longer than what is to be cut.

    Examples
    --------
    >>> import numpy as np
    >>> center_crop(np.arange(6.0)[None], 4)
    array([[2., 3.]])
    """
    floats(audio=audio)
    cut, time = integer("frame_size", frame_size, 1) // 2, axis_size(audio, 1)
    if time <= 2 * cut:
        raise ValueError(f"frame_size: got {frame_size}, expected less than the {time} samples of audio")
    return audio[:, cut : time - cut, ...]


@checked
def get_framed_lengths(input_length: int, frame_size: int, hop_size: int, padding: str = "center") -> tuple[int, int]:
    """How many frames a signal gives, and its length once padded for them.

    Parameters
    ----------
    input_length, frame_size, hop_size : in samples.
    padding : 'center' pads both ends, so that frame k is centred on sample k * hop_size; 'same' pads the end, so that
        there are ceil(input_length / hop_size) frames; 'valid' pads nothing.

    Returns
    -------
    n_frames, padded_length

    Examples
    --------
    >>> get_framed_lengths(16000, 512, 64)
    (251, 16512)
    """
    one_of("padding", padding, ("center", "same", "valid"))
    if padding == "same":
        n_frames = -(-input_length // hop_size)
        return n_frames, (n_frames - 1) * hop_size + frame_size
    padded_length = input_length + (frame_size if padding == "center" else 0)
    return (padded_length - frame_size) // hop_size + 1, padded_length


@checked
def pad(
    x: Float[Array, ...],
    frame_size: int,
    hop_size: int,
    padding: str = "center",
    axis: int = 1,
    mode: str = "constant",
    constant_values: float = 0.0,
) -> Float[Array, ...]:
    """Pad a signal for framing; `get_framed_lengths` gives the sizes.

    Parameters
    ----------
    x : any shape; time is `axis`, or the only axis.
    frame_size, hop_size : in samples, hop_size <= frame_size.
    padding : 'center', 'same' or 'valid' (no padding).
    axis : the axis of time.
    mode, constant_values : as in `ddsp.core.pad_axis`.

    Returns
    -------
    Same dtype, longer along `axis`.

    Raises
    ------
    ValueError : an unknown padding, or a hop longer than the frame.

    Examples
    --------
    >>> import numpy as np
    >>> pad(np.ones((1, 4)), 4, 2).shape
    (1, 8)
    """
    floats(x=x)
    one_of("padding", padding, ("center", "same", "valid"))
    if padding == "valid":
        return x
    if hop_size > frame_size:
        raise ValueError(f"hop_size: got {hop_size}, expected at most the frame_size of {frame_size}")
    axis = 0 if len(x.shape) == 1 else axis
    if padding == "center":
        ends = (frame_size // 2, frame_size // 2)
    else:
        length = axis_size(x, axis)
        # A hop that skips to the last frame may leave more samples than the frames need.
        ends = (0, max(get_framed_lengths(length, frame_size, hop_size, padding)[1] - length, 0))
    return pad_axis(x, ends, axis=axis, mode=mode, constant_values=constant_values)


@checked
def pad_or_trim_to_expected_length(
    vector: Float[Array, " time"] | Float[Array, "batch time"],
    expected_len: int,
    pad_value: float = 0.0,
    len_tolerance: int = 20,
) -> Float[Array, "... expected"]:
    """Make a feature as long as it should be, where rounding left it a few frames off.

    Parameters
    ----------
    vector : [time] or [batch, time].
    expected_len : the length wanted.
    pad_value : what is added at the end.
    len_tolerance : the largest difference of lengths that is taken for rounding.

    Returns
    -------
    [..., expected_len], same dtype.

    Raises
    ------
    ValueError : the lengths differ by more than the tolerance.

    Examples
    --------
    >>> import numpy as np
    >>> pad_or_trim_to_expected_length(np.ones(3), 4)
    array([1., 1., 1., 0.])
    """
    floats(vector=vector)
    length, expected_len = axis_size(vector, -1), int(expected_len)
    if abs(length - expected_len) > len_tolerance:
        raise ValueError(f"vector: got length {length}, expected {expected_len} give or take {len_tolerance}")
    if length < expected_len:
        return pad_axis(vector, (0, expected_len - length), axis=-1, constant_values=pad_value)
    return vector[..., :expected_len]
