"""Padding and trimming for frames: the number of frames, and the samples to add at the ends."""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_of, axis_size, checked, common_backend, integer, one_of, unchecked
from .framing import Hop, hop_of
from .padding import pad_axis, pad_checked

__all__ = ["get_framed_lengths", "pad", "pad_or_trim_to_expected_length"]


PADDINGS = ("center", "same", "valid")


@checked
def get_framed_lengths(input_length: int, frame_size: int, hop_size: float, padding: str = "center") -> tuple[int, int]:
    """Compute the number of frames of a signal and its padded length.

    Parameters
    ----------
    input_length, frame_size
        Lengths in samples.
    hop_size
        Hop in samples, sample_rate / frame_rate, not necessarily a whole number; as in `ddsp.core.frame`.
    padding
        'center' pads half a frame of zeros at both ends, so that frame k is centered on sample k * hop_size: 1 +
        floor(input_length / hop_size) frames. 'same' pads the end, so that frame k starts there: ceil(input_length /
        hop_size) frames. 'valid' does not pad: 1 + floor((input_length - frame_size) / hop_size) frames, none if the
        signal is shorter than a frame.

    Returns
    -------
    n_frames : int
        Number of frames of `ddsp.core.frame`.
    padded_length : int
        Number of samples that `pad` returns.

    See Also
    --------
    pad : The padding.
    frame : The frames.

    Examples
    --------
    >>> get_framed_lengths(16000, 512, 64)
    (251, 16512)
    >>> get_framed_lengths(44100, 512, 44100 / 250)
    (251, 44612)
    """
    one_of("padding", padding, PADDINGS)
    input_length, frame_size = integer("input_length", input_length, 0), integer("frame_size", frame_size, 1)
    hop = hop_of(hop_size)
    n_frames = design.number_of_frames(input_length, frame_size, *hop, padding)
    return n_frames, input_length + sum(_ends(input_length, frame_size, hop, padding))


def _ends(n_samples: int, frame_size: int, hop: Hop, padding: str) -> tuple[int, int]:
    """Numbers of samples that padding adds before and after."""
    if padding == "center":
        return frame_size // 2, frame_size - frame_size // 2
    if padding == "valid":
        return 0, 0
    n_frames = design.number_of_frames(n_samples, frame_size, *hop, "same")
    # The last start is rounded up. A hop longer than a frame may leave samples without a frame.
    return 0, max(-(-(n_frames - 1) * hop[0] // hop[1]) + frame_size - n_samples, 0)


@checked
def pad(
    x: Float[Array, ...],
    frame_size: int,
    hop_size: float,
    padding: str = "center",
    axis: int = 1,
    mode: str = "constant",
    constant_values: float = 0.0,
) -> Float[Array, ...]:
    """Pad a signal for framing.

    Parameters
    ----------
    x
        Signal of any shape. Time is `axis`, or the only axis.
    frame_size, hop_size
        Frame size and hop in samples, hop_size <= frame_size. The hop is not necessarily a whole number.
    padding
        'center', 'same' or 'valid' (no padding), as in `get_framed_lengths`. 'center' adds frame_size // 2 samples
        before, and the rest of frame_size after.
    axis
        The axis of time.
    mode
        'constant', 'reflect' or 'symmetric', as in `ddsp.core.pad_axis`.
    constant_values
        The constant of mode 'constant'.

    Returns
    -------
    x : array
        Dtype of the input, longer along `axis`.

    Raises
    ------
    ValueError
        Unknown `padding`, or a hop longer than the frame.

    See Also
    --------
    get_framed_lengths : The sizes.
    pad_axis : Padding by given numbers of samples.

    Examples
    --------
    >>> import numpy as np
    >>> pad(np.ones((1, 4)), 4, 2).shape
    (1, 8)
    """
    common_backend(x=x)
    one_of("padding", padding, PADDINGS)
    frame_size, hop = integer("frame_size", frame_size, 1), hop_of(hop_size)
    if padding != "valid" and hop[0] > frame_size * hop[1]:
        raise ValueError(f"hop_size: got {hop_size}, expected at most the frame_size of {frame_size}")
    axis = 0 if len(x.shape) == 1 else axis_of(x, axis)
    ends = _ends(axis_size(x, axis), frame_size, hop, padding)
    return unchecked(pad_axis)(x, ends, axis=axis, mode=mode, constant_values=constant_values)


def pad_by_hop(audio: Array, frame_size: int, hop: Hop, padding: str) -> Array:
    """Audio [..., time] zero-padded for frames with an exact hop, which may be longer than a frame."""
    one_of("padding", padding, PADDINGS)
    return pad_checked(audio, _ends(axis_size(audio, -1), frame_size, hop, padding), axis=-1)


@checked
def pad_or_trim_to_expected_length(
    vector: Float[Array, " time"] | Float[Array, "batch time"],
    expected_len: int,
    pad_value: float = 0.0,
    len_tolerance: int = 20,
) -> Float[Array, "... expected"]:
    """Pad or trim a feature to the expected length, if rounding left it a few frames off.

    Parameters
    ----------
    vector
        Feature, [time] or [batch, time].
    expected_len
        Length of the result.
    pad_value
        Value of the padding at the end.
    len_tolerance
        Largest accepted difference of the lengths.

    Returns
    -------
    vector : array
        [..., expected_len], dtype of the input.

    Raises
    ------
    ValueError
        The lengths differ by more than `len_tolerance`.

    See Also
    --------
    get_framed_lengths : The number of frames.

    Examples
    --------
    >>> import numpy as np
    >>> pad_or_trim_to_expected_length(np.ones(3), 4)
    array([1., 1., 1., 0.])
    """
    common_backend(vector=vector)
    length, expected_len = axis_size(vector, -1), int(expected_len)
    if abs(length - expected_len) > len_tolerance:
        raise ValueError(f"vector: got length {length}, expected {expected_len} give or take {len_tolerance}")
    if length < expected_len:
        return pad_checked(vector, (0, expected_len - length), axis=-1, constant_values=pad_value)
    return vector[..., :expected_len]
