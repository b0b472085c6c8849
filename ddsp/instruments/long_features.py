"""Features of audio of any length in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..backends import load
from ..extend import Adapter
from .features import compute_features, frames_per_pitch, hop_and_count

__all__ = ["compute_long_features"]

#: Length of a piece whose features are computed at once, and of the context on either side, in seconds. The context
#: exceeds the reach of all windows, and that of a decision of the pitch tracker.
PIECE, CONTEXT = 60.0, 4.0


def compute_long_features(
    blocks: Iterable[np.ndarray],
    sample_rate: int = 16000,
    hop_size: int | None = None,
    model_capacity: str = "tiny",
    backend: Adapter | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, np.ndarray]:
    """Compute the features of audio that arrives in blocks, in constant memory but for the features themselves.

    Audio of up to a minute has the features of `compute_features`. Longer audio is cut into pieces of a minute with
    4 s of context on either side, and the features differ by rounding, except for the pitch of unvoiced frames.

    Parameters
    ----------
    blocks
        Consecutive pieces of a recording, of any lengths, NumPy arrays, [time].
    sample_rate
        Sample rate in Hz.
    hop_size
        Samples per frame, as in `compute_features`.
    model_capacity
        Size of the network, as in `compute_features`.
    backend
        Adapter of the backend that computes, `ddsp.backends.load(name)`; None for NumPy.
    progress
        Function that is called with the number of samples whose features are computed.

    Returns
    -------
    features : dict
        `f0_hz`, `confidence` and `loudness_db`, NumPy arrays, float32, [ceil(time / hop_size)].

    Raises
    ------
    ValueError
        No samples.

    See Also
    --------
    compute_features : The same for short sounds, in batches and with gradients.

    Examples
    --------
    >>> blocks = (np.zeros(1000, np.float32) for _ in range(4))
    >>> compute_long_features(blocks)["loudness_db"].shape
    (63,)
    """
    adapter = load("numpy") if backend is None else backend
    hop, _ = hop_and_count(0, sample_rate, hop_size)
    step = frames_per_pitch(sample_rate, hop)  # pieces begin with an estimate of the pitch
    size, context = (max(round(seconds * sample_rate / hop / step), 1) * step for seconds in (PIECE, CONTEXT))
    found: dict[str, list[np.ndarray]] = {"f0_hz": [], "confidence": [], "loudness_db": []}
    done = 0
    for audio, before, n_samples in _pieces(blocks, size * hop, context * hop):

        def within(share: float, first: int = done, n: int = n_samples) -> None:
            if progress is not None:
                progress(first + round(share * n))

        array = adapter.xp.asarray(audio[np.newaxis])
        features = compute_features(array, sample_rate, hop, model_capacity, within)
        first, stop = before // hop, -(-(before + n_samples) // hop)
        for name, parts in found.items():  # copies, so that the arrays of the piece are released
            parts.append(np.array(adapter.to_numpy(features[name])[0, first:stop, 0], np.float32))
        done += n_samples
    if not done:
        raise ValueError("blocks: got no samples, expected at least one")
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _pieces(blocks: Iterable[np.ndarray], size: int, context: int) -> Iterator[tuple[np.ndarray, int, int]]:
    """Yield audio with context, the number of samples of context before the piece, and the length of the piece."""
    waiting: list[np.ndarray] = []
    before, there = 0, 0
    for block in blocks:
        waiting.append(np.asarray(block, np.float32))
        there += len(block)
        if there < before + size + context:
            continue
        audio = np.concatenate(waiting)
        while len(audio) >= before + size + context:
            yield audio[: before + size + context], before, size
            audio, before = audio[before + size - context :], context
        waiting, there = [audio.copy()], len(audio)
    if there > before:
        yield np.concatenate(waiting), before, there - before
