"""Windows of recordings for training, drawn at random by the number of the step alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .dataset import Passage

__all__ = ["Augmentation", "draw_windows", "training_noise"]


class Augmentation(NamedTuple):
    """Random changes of the windows, so that the network plays what no recording has.

    Attributes
    ----------
    cents
        Standard deviation of the offset of the pitch in cents.
    gain_db
        Largest change of the level, of audio and loudness alike, in dB.
    semitones
        Standard deviation of the offset of the pitch that the decoder is given, in half of the windows, in semitones.
        The synthesizer plays the pitch of the recording. The decoder then changes smoothly from note to note, also
        where there is no note.

    See Also
    --------
    draw_windows : Applies it.
    """

    cents: float = 0.0
    gain_db: float = 0.0
    semitones: float = 0.0


def draw_windows(
    passages: Sequence[Passage],
    n_windows: int,
    n_frames: int,
    seed: int,
    step: int,
    augmentation: Augmentation = Augmentation(),  # noqa: B008
    part: slice = slice(None),
) -> dict[str, np.ndarray]:
    """Cut random windows out of passages.

    A passage is drawn by its length, and its beginning and its end are in as many windows as its middle: a window that
    would reach out of the passage, by at most a half, is moved to the edge. Passages shorter than a window are followed
    by silence. The result depends on the seed and the step alone, so a training run that is resumed draws what it would
    have drawn.

    Parameters
    ----------
    passages
        Passages with the same hop size.
    n_windows
        Number of windows.
    n_frames
        Number of frames of a window.
    seed
        Seed of the run, an integer >= 0.
    step
        Number of the step, an integer >= 0.
    augmentation
        Random changes.
    part
        Windows to return; the others are not read. With `slice(rank, None, n_processes)`, each of several processes
        gets its part of a batch.

    Returns
    -------
    windows : dict
        `audio` [n_windows, n_frames * hop_size], and `f0_hz`, `loudness_db` and `decoder_f0_hz` [n_windows, n_frames,
        1], float32; with `part`, these rows of them.

    Raises
    ------
    ValueError
        No passages.

    See Also
    --------
    training_noise : The noise of a step.

    Examples
    --------
    >>> passage = Passage("a", np.zeros(640), np.full(10, 440.0), np.full(10, -20.0))
    >>> {name: x.shape for name, x in draw_windows([passage], 2, 5, seed=0, step=0).items()}
    {'audio': (2, 320), 'f0_hz': (2, 5, 1), 'loudness_db': (2, 5, 1), 'decoder_f0_hz': (2, 5, 1)}
    """
    if not passages:
        raise ValueError("passages: got none, expected at least one")
    rng = np.random.default_rng((seed, step))
    lengths = np.asarray([len(passage.f0_hz) for passage in passages])
    chosen = rng.choice(len(passages), n_windows, p=lengths / lengths.sum())
    centers = rng.integers(lengths[chosen])
    starts = np.clip(centers - n_frames // 2, 0, np.maximum(lengths[chosen] - n_frames, 0))
    octaves = (augmentation.cents / 1200.0 * rng.standard_normal((n_windows, 1))[part]).astype(np.float32)
    gain_db = (augmentation.gain_db * rng.uniform(-1.0, 1.0, (n_windows, 1))[part]).astype(np.float32)
    moved = (augmentation.semitones * rng.standard_normal((n_windows, 1)) * (rng.random((n_windows, 1)) < 0.5))[part]
    windows = [_window(passages[i], int(start), n_frames) for i, start in zip(chosen[part], starts[part], strict=True)]
    if not windows:
        raise ValueError(f"part: got {part}, none of {n_windows} windows")
    audio, f0_hz, loudness_db = (np.stack(arrays).astype(np.float32) for arrays in zip(*windows, strict=True))
    f0_hz *= 2.0**octaves
    audio *= 10.0 ** (gain_db / 20.0)
    frames = {
        "f0_hz": f0_hz,
        "loudness_db": loudness_db + gain_db,
        "decoder_f0_hz": f0_hz * (2.0 ** (moved / 12.0)).astype(np.float32),
    }
    return {"audio": audio, **{name: x[:, :, None] for name, x in frames.items()}}


def _window(passage: Passage, start: int, n_frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Audio, pitch and loudness from a frame on; after the end silence, with the last pitch."""
    stop, hop = start + n_frames, len(passage.audio) // len(passage.f0_hz)
    missing = max(stop - len(passage.f0_hz), 0)
    return (
        np.pad(passage.audio[start * hop : stop * hop], (0, missing * hop)),
        np.pad(passage.f0_hz[start:stop], (0, missing), mode="edge"),
        np.pad(passage.loudness_db[start:stop], (0, missing), constant_values=-80.0),
    )


def training_noise(shape: tuple[int, int], seed: int, step: int) -> np.ndarray:
    """Noise of a step for `Instrument`, drawn on the host, so that it does not depend on the backend.

    Parameters
    ----------
    shape
        Shape of the audio, [batch, time].
    seed
        Seed of the run, an integer >= 0.
    step
        Number of the step, an integer >= 0.

    Returns
    -------
    noise : array
        Noise, uniform in [-1, 1), float32.

    See Also
    --------
    draw_windows : The windows of the step.

    Examples
    --------
    >>> training_noise((2, 3), seed=0, step=0).shape
    (2, 3)
    """
    rng = np.random.default_rng((seed, step, 1))
    return 2.0 * rng.random(shape, dtype=np.float32) - np.float32(1.0)
