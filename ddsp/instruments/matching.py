"""Fitting pitch and loudness of a recording to an instrument: octave, level, tuning.

All functions take the frames of one recording on the host, [frames].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core import hz_to_midi, midi_to_hz

__all__ = ["match_loudness", "match_octave", "split_level", "tune"]

#: Octaves that `match_octave` tries.
OCTAVES = range(-5, 6)
#: Mean distance from the range of an instrument, in semitones, that counts as none.
TOLERATED = 0.25
#: Limits of the factor by which `match_loudness` changes the dynamics.
SPREAD = (0.5, 1.5)
#: Levels in dB below the 5 % and above the 95 % quantile of the recordings that an instrument plays.
BELOW_DB, ABOVE_DB = 6.0, 3.0
#: Distance in semitones at which `tune` leaves a note.
HYSTERESIS = 0.7


def match_octave(f0_hz: np.ndarray, voiced: np.ndarray, statistics: Mapping[str, Any]) -> int:
    """Number of octaves by which a melody must move to lie within the range of an instrument.

    The pitches of the voiced frames should lie between the 5 % and 95 % quantiles of the recordings that the
    instrument was trained on; the octave with the smallest mean distance is chosen, and a mean of up to a fourth of a
    semitone counts as none. Of several octaves with no distance, the smallest move is chosen, and of two equal moves
    that whose median is nearer to the median of the recordings.

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
    1
    """
    if not np.any(voiced):
        return 0
    notes, known = hz_to_midi(np.asarray(f0_hz, np.float64)[voiced]), statistics["pitch_midi"]

    def distance(octaves: int) -> tuple[float, int, float]:
        moved = notes + 12.0 * octaves
        outside = float(np.mean(np.maximum(np.maximum(known["5"] - moved, moved - known["95"]), 0.0)))
        return max(outside - TOLERATED, 0.0), abs(octaves), round(abs(float(np.median(moved)) - known["50"]), 3)

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
    return np.minimum(known["50"] + factor * (loudness_db - median), known["95"] + ABOVE_DB)


def tune(f0_hz: np.ndarray, strength: float = 1.0, voiced: np.ndarray | None = None) -> np.ndarray:
    """Move a pitch towards the nearest note of the equal temperament with A4 = 440 Hz.

    A note lasts until the pitch is more than 0.7 semitones away from it, so a pitch half-way between two notes does
    not make them alternate. Each voiced passage begins with the nearest note.

    Parameters
    ----------
    f0_hz
        Pitch in Hz, > 0, [frames].
    strength
        0 leaves the pitch unchanged, 1 moves it to the note.
    voiced
        True for frames with a pitch, [frames]; None for a single passage.

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
    if len(f0_hz) == 0 or strength == 0.0:
        return f0_hz
    notes: np.ndarray = hz_to_midi(np.asarray(f0_hz, np.float64))
    begins = np.zeros(len(notes), bool) if voiced is None else np.diff(voiced, prepend=False) & voiced
    begins[0] = True
    nearest, current, chosen = np.round(notes), 0.0, np.empty_like(notes)
    for i in range(len(notes)):
        if begins[i] or abs(notes[i] - current) > HYSTERESIS:
            current = nearest[i]
        chosen[i] = current
    return midi_to_hz(notes + strength * (chosen - notes))


def split_level(loudness_db: np.ndarray, statistics: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Split a loudness into one that an instrument knows, and a gain.

    A network was not trained on levels far from those of its recordings, and may play anything there. From 6 dB below
    the 5 % quantile of the recordings to 3 dB above the 95 % quantile, the instrument plays the loudness; beyond
    these limits its sound is attenuated or amplified instead.

    Parameters
    ----------
    loudness_db
        Loudness in dB, [frames].
    statistics
        Statistics of the recordings. Without `loudness_db`, the limits are -80 and 0 dB.

    Returns
    -------
    loudness_db : array
        Loudness in dB between the limits, [frames].
    gain : array
        Linear gain, [frames].

    See Also
    --------
    play : Takes both.

    Examples
    --------
    >>> split_level(np.asarray([-60.0, -20.0]), {"loudness_db": {"5": -34.0, "95": -10.0}})
    (array([-40., -20.]), array([0.1, 1. ]))
    """
    inside = np.clip(loudness_db, *loudness_limits(statistics))
    return inside, 10.0 ** ((loudness_db - inside) / 20.0)


def loudness_limits(statistics: Mapping[str, Any]) -> tuple[float, float]:
    """The lowest and the highest loudness in dB that an instrument with these statistics plays."""
    known = statistics.get("loudness_db")
    return (-80.0, 0.0) if known is None else (known["5"] - BELOW_DB, known["95"] + ABOVE_DB)
