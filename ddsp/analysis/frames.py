"""Frames of a sound, a chunk at a time: memory stays bounded whatever the length."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..core.padding import pad_checked
from ..extend import Adapter, Array, Float, adapter_of, checked, common_backend, rank

__all__ = [
    "chunk_frames",
    "hop_of",
    "joined",
    "over_chunks",
    "over_frames",
    "over_pieces",
    "part_of",
    "smooth_energy",
    "spread_frames",
    "to_chunks",
    "top_of_chunks",
]

#: Called with the fraction that is done, 0 to 1.
Progress = Callable[[float], None]
#: Floats in the largest array of a chunk.
CHUNK_SIZE = 2**20
#: Samples of a chunk of frames that go through tables of sinusoids together: few enough for the caches of a CPU.
CHUNK_SAMPLES = 6144
#: Samples of the pieces that long sounds and large batches are cut into, and how many seconds more each one sees at
#: both ends: more than any window or smoothing reaches.
PIECE_SAMPLES, MARGIN = 2**19, 0.4
#: Seconds to either side over which the energy of a frame is averaged.
ENERGY_SECONDS = 0.02


def hop_of(audio: Array, f0_hz: Array) -> int:
    """Samples a frame; ValueError unless frames of one length cover the audio and every pitch is above 0 Hz.

    The shapes of the analysis depend on the pitch, so its values are read anyway.
    """
    rank("audio", audio, 2, "[batch, time]")
    rank("f0_hz", f0_hz, 3, "[batch, frames, 1]")
    n_samples, n_frames = int(audio.shape[1]), int(f0_hz.shape[1])
    if n_samples % n_frames:
        raise ValueError(
            f"audio: got {n_samples} samples for {n_frames} frames of f0_hz, expected a whole number of samples for "
            "each frame; pad the audio with zeros"
        )
    good = np.isfinite(pitch := adapter_of(f0_hz).to_numpy(f0_hz)) & (pitch > 0.0)
    if not good.all():
        at = tuple(int(i) for i in np.argwhere(~good)[0])
        raise ValueError(f"f0_hz: got {pitch[at]:g} at {list(at)}, expected > 0 Hz, in unvoiced frames too")
    return n_samples // n_frames


def over_frames(backend: Adapter, step: Callable, carry: tuple[Array, ...], frames: np.ndarray, size: int) -> Array:
    """Apply a step of `scan` to frames by their numbers; [batch, frames, ...] in the order of the numbers.

    Parameters
    ----------
    step : `step(carry, numbers) -> (carry, [batch, numbers, ...])`. It must be the same object at every call: JAX
        compiles a new one again.
    carry : arrays that every step sees; the last one tells the dtype.
    frames : at least one.
    size : floats that a step needs for a frame.
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
    """Frames of a chunk of about `CHUNK_SAMPLES`."""
    return min(max(CHUNK_SAMPLES // hop, 1), n_frames)


def to_chunks(x: Array, size: int) -> Array:
    """[batch, frames, ...] -> [batch * chunks, size, ...]; zeros fill the last chunk of each sound."""
    padded = pad_checked(x, (0, -int(x.shape[1]) % size), axis=1)
    return adapter_of(x).xp.reshape(padded, (-1, size, *(int(n) for n in x.shape[2:])))


def top_of_chunks(x: np.ndarray, size: int) -> np.ndarray:
    """Largest value of each chunk of [batch, frames, 1], [batch * chunks]."""
    padded = np.pad(x[:, :, 0], ((0, 0), (0, -x.shape[1] % size)), mode="edge")
    return padded.reshape(-1, size).max(axis=1)


def over_chunks(
    backend: Adapter, step_of: Callable, carry: tuple[Array, ...], kinds: np.ndarray, places: np.ndarray
) -> Array:
    """Apply to each chunk the step of `scan` of its kind; [chunks, ...] in the order of the chunks.

    Parameters
    ----------
    step_of : `step_of(*kind)` is `step(carry, place) -> (carry, result)`, the same object for the same kind: JAX
        compiles a new one again.
    carry : arrays that every step sees; the last one tells the dtype.
    kinds, places : of the chunks, integers, [chunks, ...].
    """
    parts, order = [], []
    for kind in np.unique(kinds, axis=0):
        some = np.flatnonzero(np.all(kinds == kind, axis=1))
        _, part = backend.scan(step_of(*kind.tolist()), carry, backend.constant(places[some], carry[-1]))
        parts.append(part)
        order.append(some)
    if len(parts) == 1:
        return parts[0]
    inverse = backend.constant(np.argsort(np.concatenate(order)), carry[-1])
    return backend.xp.take(backend.xp.concat(parts, axis=0), inverse, axis=0)


def over_pieces(
    f: Callable, audio: Array, frames: tuple[Array, ...], sample_rate: float, progress: Progress | None = None
) -> list[list[list[Array]]]:
    """Results of `f(audio, *frames)` for groups of sounds, and for each of them for pieces in order of time.

    Parameters
    ----------
    f : to a tuple of arrays [batch, frames, ...], whose frames depend on 0.4 s around them at most.
    frames : arrays [batch, frames, 1].
    progress : called with the fraction that is done, after each piece.
    """
    (n_batch, n_samples), n_frames = (int(n) for n in audio.shape), int(frames[0].shape[1])
    hop = n_samples // n_frames
    some = min(max(PIECE_SAMPLES // n_samples, 1), n_batch)
    length = n_frames if n_samples <= PIECE_SAMPLES else max(PIECE_SAMPLES // hop, 1)
    margin = math.ceil(MARGIN * sample_rate / hop)
    found: list[list[list[Array]]] = []
    for b in range(0, n_batch, some):
        found.append([])
        for start in range(0, n_frames, length):
            stop = min(start + length, n_frames)
            first, last = max(start - margin, 0), min(stop + margin, n_frames)
            pieces = (x[b : b + some, first:last, :] for x in frames)
            result = f(audio[b : b + some, first * hop : last * hop], *pieces)
            found[-1].append([x[:, start - first : stop - first, ...] for x in result])
            if progress is not None:
                progress((b + min(some, n_batch - b) * stop / n_frames) / n_batch)
    return found


def part_of(progress: Progress | None, start: float, whole: float, share: float = 1.0) -> Progress | None:
    """What tells the progress of a stage as that of a whole: of `share` after `start`, in the same unit as `whole`."""
    return None if progress is None else lambda done: progress((start + share * done) / whole)


def joined(backend: Adapter, found: list[list[list[Array]]]) -> tuple[Array, ...]:
    """The arrays of the pieces of `over_pieces`, as of whole sounds in one batch.

    The lists of the pieces are emptied, array by array, so that long results are not in memory twice.
    """

    def one(parts: list[Array], axis: int) -> Array:
        return parts[0] if len(parts) == 1 else backend.xp.concat(parts, axis=axis)

    whole = []
    for _ in range(len(found[0][0])):
        whole.append(one([one([piece.pop(0) for piece in pieces], 1) for pieces in found], 0))
    return tuple(whole)


def smooth_energy(audio: Array, n_frames: int, sample_rate: float) -> Array:
    """Mean square over 20 ms to either side of each frame, [batch, frames, 1]; zeros beyond the ends."""
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
    values : [batch, coarse, 1]; > 0 if `max_ratio` is given.
    factor : >= 1.
    n_frames : frames of the result, at most coarse * factor; frame k * factor is the coarse frame k.
    max_ratio : for pitch: a change by more than this ratio is a jump, made at once half-way; less is a glide, linear in
        log frequency. None: everything is linear.

    Returns
    -------
    [batch, n_frames, 1], same dtype.

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
