"""Frames without drift: framing, overlap-add and cropping.

Frame k is at the time k / frame_rate, that is, at sample k * hop, rounded to the nearest sample (halves up) for each k
by itself. The hop, sample_rate / frame_rate samples, is an exact fraction, so errors do not accumulate.
"""

from __future__ import annotations

from typing import Any

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, rank
from .padding import pad_checked
from .streaming import State, broadcast_batch, delay_step, zeros

__all__ = ["center_crop", "frame", "overlap_and_add"]

#: Samples between frames as a fraction in lowest terms: numerator, denominator.
Hop = tuple[int, int]

#: Largest number of slices from which frames are concatenated; otherwise they are gathered.
MAX_SLICES = 32


def hop_between(sample_rate: float, frame_rate: float) -> Hop:
    """Hop in samples, sample_rate / frame_rate > 0, as an exact fraction; ValueError if it is below one sample."""
    if not frame_rate <= sample_rate:
        raise ValueError(f"frame_rate: got {frame_rate}, expected at most the sample_rate of {sample_rate}")
    return design.ratio(sample_rate, frame_rate)


def hop_of(hop_size: float) -> Hop:
    """Hop in samples as an exact fraction; ValueError if it is below one sample."""
    if not 1 <= hop_size < 2**31:
        raise ValueError(f"hop_size: got {hop_size}, expected at least one sample, and less than 2**31")
    return design.ratio(hop_size)


@checked
def frame(
    audio: Float[Array, " time"] | Float[Array, "batch time"], frame_size: int, hop_size: float
) -> Float[Array, "... frames frame_size"]:
    r"""Cut audio into overlapping frames; frame k starts at sample k * hop_size.

    $$y[k, n] = x[k \cdot hop\_size + n]$$

    Parameters
    ----------
    audio
        Audio, [time] or [batch, time].
    frame_size
        Frame size in samples, >= 1.
    hop_size
        Hop in samples, >= 1, not necessarily a whole number. k * hop_size is rounded to the nearest sample for each k,
        so there is no drift: 44100 / 250 is the exact fraction 882 / 5.

    Returns
    -------
    frames : array
        [..., frames, frame_size], dtype of `audio`. Contains all whole frames: 1 + floor((time - frame_size) /
        hop_size), or none.

    See Also
    --------
    overlap_and_add : The transpose.
    ddsp.spectral_ops.pad : Padding, so that frames cover the ends.
    ddsp.spectral_ops.stft : Windowed frames and their FFT.

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
    return frame_by_hop(audio, integer("frame_size", frame_size, 1), hop_of(hop_size))


def frame_by_hop(audio: Array, frame_size: int, hop: Hop) -> Array:
    """`frame` for an exact hop."""
    backend = common_backend(audio=audio)
    xp = backend.xp
    n_frames = design.number_of_frames(axis_size(audio, -1), frame_size, *hop, "valid")
    if n_frames == 0:
        return xp.repeat(audio[..., :0, None], frame_size, axis=-1)
    fits = hop[1] == 1 and frame_size % hop[0] == 0  # a whole hop, and a frame of whole hops
    if fits or hop[1] * -(-frame_size // hop[0]) <= MAX_SLICES:
        return _frames_by_slices(audio, frame_size, hop, n_frames)
    starts = backend.constant(design.frame_starts(n_frames, *hop), audio)
    samples = xp.expand_dims(starts, axis=1) + backend.constant(design.integers(frame_size), audio)
    lead = () if len(audio.shape) == 1 else (-1,)
    frames = xp.take(audio, xp.reshape(samples, (-1,)), axis=-1)
    return xp.reshape(frames, (*lead, n_frames, frame_size))


def _frames_by_slices(audio: Array, frame_size: int, hop: Hop, n_frames: int) -> Array:
    """Frames without a gather, with a gradient without a scatter.

    The pattern of starts repeats after `denominator` frames, `numerator` samples later. The frames of each of these
    phases have a whole hop, so each frame is a row of adjacent blocks.
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


def frames_late(after: int, hop_size: int) -> int:
    """Latency in hops of frames that have `after` >= 1 samples from the start of their own hop on."""
    return -(-after // hop_size) - 1


def init_framing(batch: int, like: Any, before: int, after: int, hop_size: int) -> State:
    """State of `frame_step` before the first hop: silence, and no frame yet.

    A frame has `before` samples before its hop, and `after` >= 1 from the start of the hop on. For a centered frame,
    `before` is frame_size // 2.
    """
    late = frames_late(after, hop_size)
    return {"past": zeros((batch, late * hop_size + before), like), "started": zeros((batch, late), like)}


def frame_step(state: State, audio: Array, hop_size: int) -> tuple[Array, Array, State]:
    """Join the next hops to the samples before them that their frames need.

    Frame k of the stream belongs to sample k * hop_size. It is returned `frames_late` hops later, with the hop in which
    it ends.

    Parameters
    ----------
    state
        State of `init_framing` or of the previous step.
    audio
        The next samples, [batch, k * hop_size].
    hop_size
        Samples a hop.

    Returns
    -------
    samples : array
        [batch, time], of which `frame_by_hop` cuts k frames.
    started : array
        1 for each of these frames, or 0 if it is before the start of the stream, [batch, k].
    state : dict
        State for the samples that follow.
    """
    xp, n_samples = common_backend(audio=audio).xp, axis_size(audio, 1)
    if n_samples % hop_size:
        raise ValueError(f"audio: got {n_samples} samples, expected a multiple of the hop_size of {hop_size}")
    audio = broadcast_batch(audio, state["past"])
    samples = xp.concat([state["past"], audio], axis=1)
    started, flags = delay_step(state["started"], xp.ones_like(audio[:, : n_samples // hop_size]))
    return samples, started, {"past": samples[:, n_samples:], "started": flags}


@checked
def overlap_and_add(frames: Float[Array, "batch frames frame_size"], hop_size: int) -> Float[Array, "batch time"]:
    r"""Add up frames, each hop_size samples after the previous one: the transpose of `frame`.

    $$y[n] = \sum_k x[k, n - k \cdot hop\_size]$$

    ![Hann windows whose sum is 1 where they overlap](../figures/overlap.png)

    Parameters
    ----------
    frames
        Frames, [batch, frames, frame_size].
    hop_size
        Hop in samples, >= 1.

    Returns
    -------
    audio : array
        [batch, (frames - 1) * hop_size + frame_size], dtype of the input.

    See Also
    --------
    frame : Cuts audio into frames.

    Examples
    --------
    >>> import numpy as np
    >>> overlap_and_add(np.ones((1, 3, 4)), 2)
    array([[1., 1., 2., 2., 2., 2., 1., 1.]])
    """
    common_backend(frames=frames)
    return add_frames(frames, integer("hop_size", hop_size, 1))


def add_frames(frames: Array, hop_size: int, before: Array | None = None) -> Array:
    """`overlap_and_add`, onto what earlier frames have left, [batch, time].

    Frames are added from the oldest to the newest one. So a stream has the sums of a whole sound, bit by bit.
    """
    xp, n_frames, frame_size = common_backend(frames=frames).xp, axis_size(frames, 1), axis_size(frames, 2)
    size = (n_frames - 1) * hop_size + frame_size
    if before is not None:
        size = max(size, axis_size(before, 1))
    if n_frames == 1:
        only = pad_checked(frames[:, 0, :], (0, size - frame_size), axis=1)
        return only if before is None else pad_checked(before, (0, size - axis_size(before, 1)), axis=1) + only
    n_parts, n_hops = -(-frame_size // hop_size), -(-size // hop_size)
    frames = pad_checked(frames, (0, n_parts * hop_size - frame_size), axis=2)
    parts = xp.unstack(xp.reshape(frames, (-1, n_frames, n_parts, hop_size)), axis=2)
    shifted = [pad_checked(part, (i, n_hops - n_frames - i), axis=1) for i, part in enumerate(parts)][::-1]
    if before is not None:
        padded = pad_checked(before, (0, n_hops * hop_size - axis_size(before, 1)), axis=1)
        shifted.insert(0, xp.reshape(padded, (-1, n_hops, hop_size)))
    total = sum(shifted[1:], start=shifted[0])
    return xp.reshape(total, (-1, n_hops * hop_size))[:, :size]


@checked
def center_crop(audio: Float[Array, "batch time ..."], frame_size: int) -> Float[Array, "batch cropped"]:
    """Remove half a frame from both ends: the inverse of 'center' padding.

    For odd frame sizes one sample of the padding remains at the end.

    Parameters
    ----------
    audio
        Audio, [batch, time].
    frame_size
        Frame size in samples, >= 1. frame_size // 2 samples are removed from each end.

    Returns
    -------
    audio : array
        [batch, time - 2 * (frame_size // 2)], dtype of the input.

    Raises
    ------
    ValueError
        Audio that is not longer than the removed samples.

    See Also
    --------
    ddsp.spectral_ops.pad : The padding.
    ddsp.processors.Crop : Cropping as a processor.

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
