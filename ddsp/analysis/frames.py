"""Processing of a sound in chunks of frames, so that memory is bounded at any length."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..core.padding import pad_checked
from ..extend import Adapter, Array, Float, adapter_of, checked, common_backend, rank

__all__ = ["spread_frames"]

#: Function that is called with the completed fraction, 0 to 1.
Progress = Callable[[float], None]
#: Floats in the largest array of a chunk.
CHUNK_SIZE = 2**20
#: Samples in a chunk of frames that shares tables of sinusoids: few enough for the caches of a CPU.
CHUNK_SAMPLES = 6144
#: Samples in a piece of a long sound or large batch, and seconds of context at both ends of each piece:
#: more than the reach of any window or smoothing.
PIECE_SAMPLES, MARGIN = 2**19, 0.4
#: Seconds to either side over which the energy of a frame is averaged.
ENERGY_SECONDS = 0.02


def hop_size(audio: Array, f0_hz: Array) -> int:
    """Samples per frame; ValueError unless frames of equal length cover the audio and all pitches are above 0 Hz.

    Reading the values costs nothing more: the shapes of the analysis depend on the pitch anyway.
    """
    rank("audio", audio, 2, "[batch, time]")
    rank("f0_hz", f0_hz, 3, "[batch, frames, 1]")
    n_samples, n_frames = int(audio.shape[1]), int(f0_hz.shape[1])
    if n_samples % n_frames:
        raise ValueError(
            f"audio: got {n_samples} samples for {n_frames} frames of f0_hz, expected a multiple of the "
            "number of frames; pad the audio with zeros"
        )
    good = np.isfinite(pitch := adapter_of(f0_hz).to_numpy(f0_hz)) & (pitch > 0.0)
    if not good.all():
        at = tuple(int(i) for i in np.argwhere(~good)[0])
        raise ValueError(f"f0_hz: got {pitch[at]:g} at {list(at)}, expected > 0 Hz, also in unvoiced frames")
    return n_samples // n_frames


def over_frames(backend: Adapter, step: Callable, carry: tuple[Array, ...], frames: np.ndarray, size: int) -> Array:
    """Apply a step of `scan` to frame numbers; returns [batch, frames, ...] in the order of the numbers.

    Parameters
    ----------
    step
        `step(carry, numbers) -> (carry, [batch, numbers, ...])`. Pass the same object at every call, because JAX
        compiles every new object again.
    carry
        Arrays that every step reads. The dtype is that of the last one.
    frames
        Frame numbers, at least one.
    size
        Number of floats that a step needs for each frame.
    """
    xp = backend.xp
    chunk = min(max(CHUNK_SIZE // size, 1), len(frames))
    n_chunks = -(-len(frames) // chunk)
    chunk = -(-len(frames) // n_chunks)
    padded = np.concatenate([frames, np.repeat(frames[-1:], n_chunks * chunk - len(frames))])
    _, parts = backend.scan(step, carry, backend.constant(padded.reshape(n_chunks, chunk), carry[-1]))
    parts = xp.moveaxis(parts, 0, 1)
    return xp.reshape(parts, (-1, n_chunks * chunk, *(int(n) for n in parts.shape[3:])))[:, : len(frames), ...]


def chunk_frames(n_frames: int, hop: int) -> int:
    """Number of frames in a chunk of about `CHUNK_SAMPLES`."""
    return min(max(CHUNK_SAMPLES // hop, 1), n_frames)


def to_chunks(x: Array, size: int) -> Array:
    """[batch, frames, ...] -> [batch * chunks, size, ...]; the last chunk of each sound is zero-padded."""
    padded = pad_checked(x, (0, -int(x.shape[1]) % size), axis=1)
    return adapter_of(x).xp.reshape(padded, (-1, size, *(int(n) for n in x.shape[2:])))


def top_of_chunks(x: np.ndarray, size: int) -> np.ndarray:
    """Largest value in each chunk of [batch, frames, 1], [batch * chunks]."""
    padded = np.pad(x[:, :, 0], ((0, 0), (0, -x.shape[1] % size)), mode="edge")
    return padded.reshape(-1, size).max(axis=1)


def over_chunks(
    backend: Adapter, step_of: Callable, carry: tuple[Array, ...], kinds: np.ndarray, places: np.ndarray
) -> Array:
    """Apply to each chunk the step of `scan` for its kind; returns [chunks, ...] in the order of the chunks.

    Parameters
    ----------
    step_of
        `step_of(*kind)` is `step(carry, place) -> (carry, result)`. It must return the same object for the same kind,
        because JAX compiles every new object again.
    carry
        Arrays that every step reads. The dtype is that of the last one.
    kinds, places
        Integers for each chunk, [chunks, ...].
    """
    parts, order = [], []
    for kind in np.unique(kinds, axis=0):
        group = np.flatnonzero(np.all(kinds == kind, axis=1))
        _, part = backend.scan(step_of(*kind.tolist()), carry, backend.constant(places[group], carry[-1]))
        parts.append(part)
        order.append(group)
    if len(parts) == 1:
        return parts[0]
    inverse = backend.constant(np.argsort(np.concatenate(order)), carry[-1])
    return backend.xp.take(backend.xp.concat(parts, axis=0), inverse, axis=0)


def over_pieces(
    f: Callable, audio: Array, frames: tuple[Array, ...], sample_rate: float, progress: Progress | None = None
) -> list[list[list[Array]]]:
    """Apply `f(audio, *frames)` to pieces of sounds; returns, for each group of sounds, results in order of time.

    Parameters
    ----------
    f
        Function to a tuple of arrays [batch, frames, ...], whose frames depend on at most 0.4 s around them.
    frames
        Arrays [batch, frames, 1].
    progress
        Function that is called with the completed fraction after each piece.
    """
    (n_batch, n_samples), n_frames = (int(n) for n in audio.shape), int(frames[0].shape[1])
    hop = n_samples // n_frames
    n_sounds = min(max(PIECE_SAMPLES // n_samples, 1), n_batch)
    length = n_frames if n_samples <= PIECE_SAMPLES else max(PIECE_SAMPLES // hop, 1)
    margin = math.ceil(MARGIN * sample_rate / hop)
    found: list[list[list[Array]]] = []
    for b in range(0, n_batch, n_sounds):
        found.append([])
        for start in range(0, n_frames, length):
            stop = min(start + length, n_frames)
            first, last = max(start - margin, 0), min(stop + margin, n_frames)
            pieces = (x[b : b + n_sounds, first:last, :] for x in frames)
            result = f(audio[b : b + n_sounds, first * hop : last * hop], *pieces)
            found[-1].append([x[:, start - first : stop - first, ...] for x in result])
            if progress is not None:
                progress((b + min(n_sounds, n_batch - b) * stop / n_frames) / n_batch)
    return found


def part_of(progress: Progress | None, start: float, whole: float, share: float = 1.0) -> Progress | None:
    """Progress of a stage as progress of the whole: the stage takes `share` after `start`, in units of `whole`."""
    return None if progress is None else lambda done: progress((start + share * done) / whole)


def joined(backend: Adapter, found: list[list[list[Array]]]) -> tuple[Array, ...]:
    """Concatenate the results of `over_pieces` to arrays of whole sounds in one batch.

    The lists of pieces are emptied array by array, so that long results are never in memory twice.
    """

    def one(parts: list[Array], axis: int) -> Array:
        return parts[0] if len(parts) == 1 else backend.xp.concat(parts, axis=axis)

    whole = []
    for _ in range(len(found[0][0])):
        whole.append(one([one([piece.pop(0) for piece in pieces], 1) for pieces in found], 0))
    return tuple(whole)


def smooth_energy(audio: Array, n_frames: int, sample_rate: float) -> Array:
    """Mean square over 20 ms to either side of each frame, [batch, frames, 1]; the audio is zero beyond its ends."""
    xp = adapter_of(audio).xp
    hop = int(audio.shape[1]) // n_frames
    energy = xp.mean(xp.reshape(audio * audio, (-1, n_frames, hop)), axis=2, keepdims=True)
    reach = max(round(ENERGY_SECONDS * sample_rate / hop), 1)
    padded = pad_checked(energy, (reach, reach), axis=1)
    return sum(padded[:, i : i + n_frames, :] for i in range(2 * reach + 1)) * (1.0 / (2 * reach + 1))


@checked
def spread_frames(
    values: Float[Array, "batch coarse 1"], factor: int, n_frames: int, max_ratio: float | None = None
) -> Float[Array, "batch frames 1"]:
    """Interpolate a pitch or confidence track to `factor` times its frame rate.

    Parameters
    ----------
    values
        Track, [batch, coarse, 1]; > 0 if `max_ratio` is given.
    factor
        Ratio of the frame rates, >= 1.
    n_frames
        Number of frames of the result, at most coarse * factor. Frame k * factor is the coarse frame k.
    max_ratio
        For pitch: a change by more than this ratio is a jump, placed half-way between two frames. A smaller change is a
        glide, linear in log frequency. None: all changes are linear.

    Returns
    -------
    values : array
        [batch, n_frames, 1], dtype of the input.

    See Also
    --------
    ddsp.core.resample : Interpolation without jumps.
    analyze : Takes a track of the resulting rate.

    Examples
    --------
    >>> import numpy as np
    >>> spread_frames(np.asarray([[[100.0], [200.0]]]), 4, 7, max_ratio=1.1)[0, :, 0].round()
    array([100., 100., 200., 200., 200., 200., 200.])
    """
    backend = common_backend(values=values)
    xp = backend.xp
    values = values if max_ratio is None else xp.log(values)
    change = xp.concat([values[:, 1:, :], values[:, -1:, :]], axis=1) - values
    place = backend.constant(np.arange(factor, dtype=np.float64) / factor, values)
    share = place + xp.zeros_like(change)
    if max_ratio is not None:
        share = xp.where(xp.abs(change) > math.log(max_ratio), xp.round(place + 1e-6) + 0.0 * share, share)
    fine = xp.reshape(values + share * change, (-1, int(values.shape[1]) * factor, 1))[:, :n_frames, :]
    return fine if max_ratio is None else xp.exp(fine)
