"""Frame grids that do not drift: cutting signals into frames, overlap-add, and making lengths fit.

Frame k belongs to the time k / frame_rate. Its sample, k * hop, is rounded to the nearest (halves go up), each k on its
own: the hop, sample_rate / frame_rate samples, is an exact fraction, so errors do not add up.
"""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_of, axis_size, checked, common_backend, integer, one_of, rank
from .padding import pad_checked

__all__ = [
    "PADDINGS",
    "Hop",
    "center_crop",
    "frame",
    "frame_by_hop",
    "get_framed_lengths",
    "hop_between",
    "overlap_and_add",
    "pad",
    "pad_by_hop",
    "pad_or_trim_to_expected_length",
]

#: Samples between frames as a fraction in lowest terms: numerator, denominator.
Hop = tuple[int, int]

PADDINGS = ("center", "same", "valid")
#: Frames are put together from so many slices at most; more of them are gathered.
MAX_SLICES = 32


def hop_between(sample_rate: float, frame_rate: float) -> Hop:
    """Samples between frames, sample_rate / frame_rate > 0, as an exact fraction; ValueError if below one sample."""
    if not frame_rate <= sample_rate:
        raise ValueError(f"frame_rate: got {frame_rate}, expected at most the sample_rate of {sample_rate}")
    return design.ratio(sample_rate, frame_rate)


def _hop_of(hop_size: float) -> Hop:
    if not 1 <= hop_size < 2**31:
        raise ValueError(f"hop_size: got {hop_size}, expected at least one sample, and less than 2**31")
    return design.ratio(hop_size)


@checked
def frame(
    audio: Float[Array, " time"] | Float[Array, "batch time"], frame_size: int, hop_size: float
) -> Float[Array, "... frames frame_size"]:
    """Cut the last axis into overlapping frames; frame k starts at sample k * hop_size.

    Parameters
    ----------
    audio : [time] or [batch, time].
    frame_size : >= 1, in samples.
    hop_size : >= 1, in samples, whole or not. k * hop_size is rounded to the nearest sample for each k, so there is no
        drift: 44100 / 250 is taken as the fraction 882 / 5.

    Returns
    -------
    [..., frames, frame_size], same dtype, as many whole frames as fit: 1 + floor((time - frame_size) / hop_size), or
    none.

    Examples
    --------
    >>> import numpy as np
    >>> frame(np.arange(5.0), 3, 2)
    array([[0., 1., 2.],
           [2., 3., 4.]])
    >>> frame(np.arange(9.0), 1, 2.5)[:, 0]
    array([0., 3., 5., 8.])
    """
    common_backend(audio=audio)
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    return frame_by_hop(audio, integer("frame_size", frame_size, 1), _hop_of(hop_size))


def frame_by_hop(audio: Array, frame_size: int, hop: Hop) -> Array:
    """`frame` by an exact hop."""
    backend = common_backend(audio=audio)
    xp = backend.xp
    n_frames = design.number_of_frames(axis_size(audio, -1), frame_size, *hop, "valid")
    if n_frames == 0:
        return xp.repeat(audio[..., :0, None], frame_size, axis=-1)
    fits = hop[1] == 1 and frame_size % hop[0] == 0  # whole hops, and whole hops in a frame
    if fits or hop[1] * -(-frame_size // hop[0]) <= MAX_SLICES:
        return _frames_by_slices(audio, frame_size, hop, n_frames)
    starts = backend.constant(design.frame_starts(n_frames, *hop), audio)
    samples = xp.expand_dims(starts, axis=1) + backend.constant(design.integers(frame_size), audio)
    lead = () if len(audio.shape) == 1 else (-1,)
    frames = xp.take(audio, xp.reshape(samples, (-1,)), axis=-1)
    return xp.reshape(frames, (*lead, n_frames, frame_size))


def _frames_by_slices(audio: Array, frame_size: int, hop: Hop, n_frames: int) -> Array:
    """Frames without a gather, and with a gradient without a scatter.

    The first samples repeat after `denominator` frames, `numerator` samples later. Each of these phases has frames at a
    whole hop, which are neighbouring blocks of that many samples side by side.
    """
    xp = common_backend(audio=audio).xp
    period, n_phases = hop
    lead = () if len(audio.shape) == 1 else (-1,)
    n_hops, n_periods = -(-frame_size // period), -(-n_frames // n_phases)
    n_blocks = n_periods + n_hops - 1
    starts = [(2 * k * period + n_phases) // (2 * n_phases) for k in range(n_phases)]
    missing = starts[-1] + n_blocks * period - axis_size(audio, -1)
    audio = pad_checked(audio, (0, max(missing, 0)), axis=-1)
    phases = []
    for start in starts:
        blocks = xp.reshape(audio[..., start : start + n_blocks * period], (*lead, n_blocks, period))
        widths = [min(period, frame_size - i * period) for i in range(n_hops)]
        parts = [blocks[..., i : i + n_periods, :width] for i, width in enumerate(widths)]
        phases.append(parts[0] if n_hops == 1 else xp.concat(parts, axis=-1))
    frames = phases[0]
    if n_phases > 1:
        frames = xp.reshape(xp.stack(phases, axis=-2), (*lead, n_periods * n_phases, frame_size))
    return frames[..., :n_frames, :]


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
    xp = common_backend(frames=frames).xp
    hop_size = integer("hop_size", hop_size, 1)
    n_frames, frame_size = axis_size(frames, 1), axis_size(frames, 2)
    if n_frames == 1:
        return frames[:, 0, :]
    n_parts = -(-frame_size // hop_size)
    frames = pad_checked(frames, (0, n_parts * hop_size - frame_size), axis=2)
    parts = xp.unstack(xp.reshape(frames, (-1, n_frames, n_parts, hop_size)), axis=2)
    shifted = [pad_checked(part, (i, n_parts - 1 - i), axis=1) for i, part in enumerate(parts)]
    total = sum(shifted[1:], start=shifted[0])
    flat = xp.reshape(total, (-1, (n_frames + n_parts - 1) * hop_size))
    return flat[:, : (n_frames - 1) * hop_size + frame_size]


@checked
def center_crop(audio: Float[Array, "batch time ..."], frame_size: int) -> Float[Array, "batch cropped"]:
    """Cut half a frame off both ends: what 'center' padding had added. (Of odd frames, all but the last sample of it.)

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
    common_backend(audio=audio)
    cut, time = integer("frame_size", frame_size, 1) // 2, axis_size(audio, 1)
    if time <= 2 * cut:
        raise ValueError(f"frame_size: got {frame_size}, expected less than the {time} samples of audio")
    return audio[:, cut : time - cut, ...]


@checked
def get_framed_lengths(input_length: int, frame_size: int, hop_size: float, padding: str = "center") -> tuple[int, int]:
    """How many frames a signal gives, and its length once padded for them.

    Parameters
    ----------
    input_length, frame_size : in samples.
    hop_size : in samples, whole or not, as in `ddsp.core.frame`: sample_rate / frame_rate.
    padding : 'center' pads half a frame of zeros at both ends, so that frame k is centered on sample k * hop_size:
        1 + floor(input_length / hop_size) frames. 'same' pads the end, so that frame k starts there:
        ceil(input_length / hop_size) frames. 'valid' pads nothing: 1 + floor((input_length - frame_size) / hop_size)
        frames, none if the signal is shorter than a frame.

    Returns
    -------
    n_frames, padded_length : what `ddsp.core.frame` and `pad` give.

    Examples
    --------
    >>> get_framed_lengths(16000, 512, 64)
    (251, 16512)
    >>> get_framed_lengths(44100, 512, 44100 / 250)
    (251, 44612)
    """
    one_of("padding", padding, PADDINGS)
    input_length, frame_size = integer("input_length", input_length, 0), integer("frame_size", frame_size, 1)
    hop = _hop_of(hop_size)
    n_frames = design.number_of_frames(input_length, frame_size, *hop, padding)
    return n_frames, input_length + sum(_ends(input_length, frame_size, hop, padding))


def _ends(n_samples: int, frame_size: int, hop: Hop, padding: str) -> tuple[int, int]:
    """Samples that padding adds before and after."""
    if padding == "center":
        return frame_size // 2, frame_size - frame_size // 2
    if padding == "valid":
        return 0, 0
    n_frames = design.number_of_frames(n_samples, frame_size, *hop, "same")
    # Up to the sample after the last start, if that is a fraction. A hop longer than a frame may leave samples over.
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
    """Pad a signal for framing; `get_framed_lengths` gives the sizes.

    Parameters
    ----------
    x : any shape; time is `axis`, or the only axis.
    frame_size, hop_size : in samples, hop_size <= frame_size, whole or not.
    padding : 'center', 'same' or 'valid' (no padding). 'center' adds frame_size // 2 samples before, and the rest of
        frame_size after.
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
    common_backend(x=x)
    one_of("padding", padding, PADDINGS)
    frame_size, hop = integer("frame_size", frame_size, 1), _hop_of(hop_size)
    if padding != "valid" and hop[0] > frame_size * hop[1]:
        raise ValueError(f"hop_size: got {hop_size}, expected at most the frame_size of {frame_size}")
    axis = 0 if len(x.shape) == 1 else axis_of(x, axis)
    ends = _ends(axis_size(x, axis), frame_size, hop, padding)
    return pad_checked(x, ends, axis=axis, mode=mode, constant_values=constant_values)


def pad_by_hop(audio: Array, frame_size: int, hop: Hop, padding: str) -> Array:
    """Audio [..., time] with zeros for frames by an exact hop, which may be longer than a frame."""
    one_of("padding", padding, PADDINGS)
    return pad_checked(audio, _ends(axis_size(audio, -1), frame_size, hop, padding), axis=-1)


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
    common_backend(vector=vector)
    length, expected_len = axis_size(vector, -1), int(expected_len)
    if abs(length - expected_len) > len_tolerance:
        raise ValueError(f"vector: got length {length}, expected {expected_len} give or take {len_tolerance}")
    if length < expected_len:
        return pad_checked(vector, (0, expected_len - length), axis=-1, constant_values=pad_value)
    return vector[..., :expected_len]
