"""Timbre transfer: an instrument plays the melody and the dynamics of a recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..extend import Adapter
from .files import TrainedInstrument
from .matching import hold_pitch, hush, match_loudness, match_octave, tune
from .playing import play

__all__ = ["Score", "TransferSettings", "play_score", "score_of"]

#: Confidence of the tracker above which a frame has a pitch.
VOICED = 0.5
#: Frames whose loudness is this far below the loudest ones count as silence, in dB.
SILENCE_DB = 50.0


@dataclass(frozen=True)
class TransferSettings:
    """Settings of a timbre transfer.

    Parameters
    ----------
    transpose
        Semitones by which the melody moves, in addition to the octaves.
    octave
        Octaves by which the melody moves; None: such that it lies in the range of the instrument.
    loudness_shift
        Change of the loudness in dB, after matching.
    match
        If True, the loudness of the recording is moved to the range of the instrument.
    tuning
        Strength of the correction to the nearest note, 0 to 1.
    smoothing
        Number of frames of the moving median of the pitch; 0 for none.

    See Also
    --------
    score_of : Uses them.

    Examples
    --------
    >>> TransferSettings(transpose=7.0).octave is None
    True
    """

    transpose: float = 0.0
    octave: int | None = None
    loudness_shift: float = 0.0
    match: bool = True
    tuning: float = 0.0
    smoothing: int = 9


class Score(NamedTuple):
    """Melody and dynamics for an instrument to play.

    Attributes
    ----------
    f0_hz
        Pitch in Hz, > 0, [frames].
    loudness_db
        Loudness in dB, [frames].
    voiced
        True for frames with a pitch, [frames].
    semitones
        How far the melody was moved.

    See Also
    --------
    score_of : Makes it from the features of a recording.
    """

    f0_hz: np.ndarray
    loudness_db: np.ndarray
    voiced: np.ndarray
    semitones: float


def score_of(
    features: Mapping[str, np.ndarray],
    statistics: Mapping[str, Any],
    settings: TransferSettings = TransferSettings(),
) -> Score:
    """Fit the pitch and the loudness of a recording to an instrument.

    Parameters
    ----------
    features
        `f0_hz`, `confidence` and `loudness_db` of the recording, as from `compute_features`, NumPy arrays, [1, frames,
        1] or [frames].
    statistics
        Statistics of the recordings of the instrument.
    settings
        Settings.

    Returns
    -------
    score : Score
        What to play.

    See Also
    --------
    play_score : Plays it.
    """
    f0_hz, confidence, loudness_db = (
        np.asarray(features[name], np.float64).reshape(-1) for name in ("f0_hz", "confidence", "loudness_db")
    )
    voiced = (confidence > VOICED) & (loudness_db > np.max(loudness_db) - SILENCE_DB)
    f0_hz = hold_pitch(f0_hz, voiced, settings.smoothing)
    octave = match_octave(f0_hz, voiced, statistics) if settings.octave is None else settings.octave
    semitones = 12.0 * octave + settings.transpose
    f0_hz = f0_hz * 2.0 ** (semitones / 12.0)
    if settings.tuning:
        f0_hz = tune(f0_hz, settings.tuning)
    if settings.match:
        loudness_db = match_loudness(loudness_db, voiced, statistics)
    return Score(f0_hz, hush(loudness_db + settings.loudness_shift, voiced), voiced, semitones)


def play_score(
    trained: TrainedInstrument, score: Score, reverb: bool = True, seed: int = 0, backend: Adapter | None = None
) -> Iterator[np.ndarray]:
    """Play a score chunk by chunk, in constant memory.

    Parameters
    ----------
    trained
        The instrument.
    score
        What to play.
    reverb
        If False, without the reverb of the instrument.
    seed
        Seed of the noise, an integer >= 0.
    backend
        Adapter of the backend that computes; None for NumPy.

    Yields
    ------
    audio : array
        NumPy array, float32, [time], at the sample rate of the instrument.

    See Also
    --------
    score_of : Makes the score.
    """
    instrument = trained.instrument if reverb else trained.instrument.dry()
    return play(instrument, trained.values, score.f0_hz, score.loudness_db, seed, backend)
