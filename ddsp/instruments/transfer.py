"""Timbre transfer: an instrument plays the melody and the dynamics of a recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..extend import Adapter
from .files import TrainedInstrument
from .matching import match_loudness, match_octave, split_level, tune
from .playing import play
from .voicing import CONFIDENCE, find_voiced, hold_pitch, hush

__all__ = ["Score", "TransferSettings", "play_score", "score_of"]


@dataclass(frozen=True)
class TransferSettings:
    """Settings of a timbre transfer.

    Parameters
    ----------
    transpose
        Semitones by which the melody moves, in addition to the octaves.
    octave
        Octaves by which the melody moves; None: with `match`, such that it lies in the range of the instrument.
    loudness_shift
        Change of the loudness in dB, after matching.
    match
        If True, octave and loudness of the recording are moved to the range of the instrument.
    tuning
        Strength of the correction to the nearest note, 0 to 1.
    smoothing
        Number of frames over which the pitch is smoothed, as in `hold_pitch`; 0 for none.

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
        Loudness in dB that the instrument plays, [frames].
    gain
        Linear gain of its sound, [frames].
    voiced
        True for frames with a pitch, [frames].
    octaves
        Octaves by which the melody was moved, without the transposition.
    semitones
        How far the melody was moved in all.
    loudness_moved_db
        Change of the median loudness of the voiced frames in dB.

    See Also
    --------
    score_of : Makes it from the features of a recording.
    """

    f0_hz: np.ndarray
    loudness_db: np.ndarray
    gain: np.ndarray
    voiced: np.ndarray
    octaves: int
    semitones: float
    loudness_moved_db: float


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

    Raises
    ------
    ValueError
        Statistics without what the settings need.

    See Also
    --------
    play_score : Plays it.

    Examples
    --------
    >>> frames = np.ones(100)
    >>> features = {"f0_hz": 221.0 * frames, "confidence": frames, "loudness_db": -20.0 * frames}
    >>> score = score_of(features, {}, TransferSettings(octave=1, match=False, tuning=1.0))
    >>> float(score.f0_hz[50]), score.semitones
    (440.0, 12.0)
    """
    f0_hz, confidence, loudness_db = (
        np.asarray(features[name], np.float64).reshape(-1) for name in ("f0_hz", "confidence", "loudness_db")
    )
    needed = {"pitch_midi": settings.match and settings.octave is None, "loudness_db": settings.match}
    missing = [name for name, wanted in needed.items() if wanted and statistics.get(name) is None]
    if missing:
        raise ValueError(f"statistics: got none of {' and '.join(missing)}, expected them, or match=False")
    voiced = find_voiced(confidence, loudness_db)
    f0_hz = hold_pitch(f0_hz, voiced & (confidence > CONFIDENCE[0]), settings.smoothing)
    octaves = settings.octave or 0
    if needed["pitch_midi"]:
        octaves = match_octave(f0_hz, voiced, statistics)
    semitones = 12.0 * octaves + settings.transpose
    f0_hz = tune(f0_hz * 2.0 ** (semitones / 12.0), settings.tuning, voiced)
    wanted_db = match_loudness(loudness_db, voiced, statistics) if settings.match else loudness_db
    wanted_db = wanted_db + settings.loudness_shift
    moved_db = float(np.median(wanted_db[voiced]) - np.median(loudness_db[voiced])) if voiced.any() else 0.0
    played_db, gain = split_level(hush(wanted_db, voiced), statistics)
    pitch, level, gain = (x.astype(np.float32) for x in (f0_hz, played_db, gain))
    return Score(pitch, level, gain, voiced, octaves, semitones, moved_db)


def play_score(
    trained: TrainedInstrument,
    score: Score,
    reverb: bool = True,
    seed: int = 0,
    backend: Adapter | None = None,
    compiled: bool = False,
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
    compiled
        If True, compile with the compiler of the backend, as in `play`.

    Yields
    ------
    audio : array
        NumPy array, float32, [time], at the sample rate of the instrument.

    See Also
    --------
    score_of : Makes the score.
    """
    instrument = trained.instrument if reverb else trained.instrument.dry()
    features = (score.f0_hz, score.loudness_db)
    return play(instrument, trained.values, *features, seed, backend, gain=score.gain, compiled=compiled)
