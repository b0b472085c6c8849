"""Fitting pitch and loudness of a recording to an instrument: octave, level, silence between notes, tuning.

All functions take the frames of one recording on the host, [frames].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core import hz_to_midi, midi_to_hz

__all__ = ["hold_pitch", "hush", "match_loudness", "match_octave", "tune"]

#: Octaves that `match_octave` tries.
OCTAVES = range(-5, 6)
#: Limits of the factor by which `match_loudness` changes the dynamics.
SPREAD = (0.5, 1.5)
#: Level of unvoiced frames relative to what they had, in dB.
HUSHED_DB = -40.0


def match_octave(f0_hz: np.ndarray, voiced: np.ndarray, statistics: Mapping[str, Any]) -> int:
    """Number of octaves by which a melody must move to lie within the range of an instrument.

    The pitches of the voiced frames should lie between the 5 % and 95 % quantiles of the recordings that the
    instrument was trained on; the octave with the smallest mean distance is chosen. Of several with no distance, that
    whose median is nearest to the median of the recordings.

    Parameters
    ----------
    f0_hz
        Pitch in Hz, [frames].
    voiced
        True for frames with a pitch, [frames].
    statistics
        Statistics of the recordings, with `pitch_midi`.

    Returns
    -------
    octaves : int
        The move in octaves; 0 if no frame is voiced.

    See Also
    --------
    match_loudness : The same for the level.

    Examples
    --------
    >>> flute = {"pitch_midi": {"5": 60.0, "50": 76.0, "95": 96.0}}
    >>> match_octave(np.full(10, 220.0), np.full(10, True), flute)
    2
    """
    if not np.any(voiced):
        return 0
    notes, known = hz_to_midi(np.asarray(f0_hz, np.float64)[voiced]), statistics["pitch_midi"]

    def distance(octaves: int) -> tuple[float, float]:
        moved = notes + 12.0 * octaves
        outside = np.maximum(np.maximum(known["5"] - moved, moved - known["95"]), 0.0)
        return round(float(np.mean(outside)), 3), abs(float(np.median(moved)) - known["50"])

    return min(OCTAVES, key=distance)


def match_loudness(loudness_db: np.ndarray, voiced: np.ndarray, statistics: Mapping[str, Any]) -> np.ndarray:
    r"""Move the loudness of a recording to the range of an instrument.

    $$y = m' + r (L - m), \quad r = \frac{q'_{95} - q'_5}{q_{95} - q_5}$$

    m is the median and q are quantiles of the voiced frames, and the primed ones those of the recordings that the
    instrument was trained on. The factor r of the dynamics is limited to 0.5 ... 1.5, and the result to 3 dB above the
    95 % quantile of the recordings.

    Parameters
    ----------
    loudness_db
        Loudness in dB, [frames].
    voiced
        True for frames with a pitch, [frames].
    statistics
        Statistics of the recordings, with `loudness_db`.

    Returns
    -------
    loudness_db : array
        [frames]; unchanged if no frame is voiced.

    See Also
    --------
    match_octave : The same for the pitch.

    Examples
    --------
    >>> flute = {"loudness_db": {"5": -30.0, "50": -15.0, "95": -10.0}}
    >>> match_loudness(np.asarray([-60.0, -40.0, -40.0]), np.full(3, True), flute).round(8)
    array([-37.22222222, -15.        , -15.        ])
    """
    if not np.any(voiced):
        return loudness_db
    known = statistics["loudness_db"]
    low, median, high = np.quantile(loudness_db[voiced], (0.05, 0.5, 0.95))
    factor = np.clip((known["95"] - known["5"]) / max(high - low, 1e-3), *SPREAD)
    return np.minimum(known["50"] + factor * (loudness_db - median), known["95"] + 3.0)


def hold_pitch(f0_hz: np.ndarray, voiced: np.ndarray, smoothing: int = 0) -> np.ndarray:
    """Replace the pitch of unvoiced frames by that of the nearest voiced frame, and smooth it.

    A tracker returns arbitrary pitches where there is none; an instrument would squeal.

    Parameters
    ----------
    f0_hz
        Pitch in Hz, [frames].
    voiced
        True for frames with a pitch, [frames].
    smoothing
        Number of frames of a moving median, which removes single errors and keeps steps; 0 or 1 for none.

    Returns
    -------
    f0_hz : array
        [frames]; unchanged if no frame is voiced.

    See Also
    --------
    hush : Makes unvoiced frames quiet.

    Examples
    --------
    >>> hold_pitch(np.asarray([440.0, 3000.0, 2000.0, 220.0]), np.asarray([True, False, False, True]))
    array([440., 440., 220., 220.])
    """
    places = np.flatnonzero(voiced)
    if len(places) == 0:
        return f0_hz
    frames = np.arange(len(f0_hz))
    after = np.searchsorted(places, frames).clip(max=len(places) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(places[before] - frames) <= np.abs(places[after] - frames)
    held = f0_hz[places[np.where(nearer, before, after)]]
    if smoothing < 2:
        return held
    padded = np.pad(held, (smoothing // 2, (smoothing - 1) // 2), mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, smoothing), axis=-1).astype(held.dtype)


def hush(loudness_db: np.ndarray, voiced: np.ndarray, fade: int = 5) -> np.ndarray:
    """Lower the loudness of unvoiced frames by 40 dB, with fades.

    Parameters
    ----------
    loudness_db
        Loudness in dB, [frames].
    voiced
        True for frames with a pitch, [frames].
    fade
        Number of frames of a fade, at both sides of a voiced passage, inside the unvoiced one.

    Returns
    -------
    loudness_db : array
        [frames], at least -80 dB.

    See Also
    --------
    hold_pitch : The pitch of unvoiced frames.

    Examples
    --------
    >>> hush(np.full(4, -20.0), np.asarray([True, False, False, False]), fade=2)
    array([-20., -40., -60., -60.])
    """
    places, frames = np.flatnonzero(voiced), np.arange(len(loudness_db))
    if len(places) == 0:
        return np.maximum(loudness_db + HUSHED_DB, -80.0)
    after = np.searchsorted(places, frames).clip(max=len(places) - 1)
    distance = np.minimum(np.abs(places[np.maximum(after - 1, 0)] - frames), np.abs(places[after] - frames))
    return np.maximum(loudness_db + HUSHED_DB * np.minimum(distance / fade, 1.0), -80.0)


def tune(f0_hz: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Move a pitch towards the nearest note of the equal temperament with A4 = 440 Hz.

    Parameters
    ----------
    f0_hz
        Pitch in Hz, > 0, [frames].
    strength
        0 leaves the pitch unchanged, 1 moves it to the note.

    Returns
    -------
    f0_hz : array
        [frames].

    Raises
    ------
    ValueError
        A strength outside 0 ... 1.

    See Also
    --------
    hold_pitch : Removes errors first.

    Examples
    --------
    >>> tune(np.asarray([445.0])), tune(np.asarray([445.0]), strength=0.0)
    (array([440.]), array([445.]))
    """
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength: got {strength}, expected 0 to 1")
    notes = hz_to_midi(f0_hz)
    return midi_to_hz(notes + strength * (np.round(notes) - notes))
