"""Passages of a recording that an instrument plays: frames with a pitch, without flicker.

All functions take the frames of one recording on the host, [frames].
"""

from __future__ import annotations

import numpy as np

__all__ = ["find_voiced", "hold_pitch", "hush"]

#: A voiced passage begins where the confidence exceeds the second value, and lasts while it exceeds the first.
CONFIDENCE = (0.3, 0.5)
#: Frames whose loudness is this far below the loudest ones count as silence, in dB.
SILENCE_DB = 50.0
#: Gaps of at most GAP frames are bridged, passages of fewer than SHORTEST frames are left out: 60 ms each.
GAP, SHORTEST = 15, 15
#: Change of pitch, in octaves, up to which the pitch glides over unvoiced frames.
GLIDE = 2.0 / 12.0
#: Difference of pitch, in octaves, from which a frame belongs to another note and does not take part in smoothing.
STEP = 0.6 / 12.0
#: Level of unvoiced frames relative to what they had, in dB.
HUSHED_DB = -120.0
#: Number of frames that are smoothed at a time, which bounds memory.
CHUNK = 2**16


def find_voiced(confidence: np.ndarray, loudness_db: np.ndarray) -> np.ndarray:
    """Find the frames with a pitch.

    The confidence is compared to two thresholds: it must exceed 0.5 once and 0.3 throughout a passage. Frames 50 dB
    below the 99 % quantile of the loudness are silent. Gaps of up to 60 ms are bridged, unless they are silent, and
    passages below 60 ms are left out.

    Parameters
    ----------
    confidence
        Confidence of the pitch, 0 to 1, [frames].
    loudness_db
        Loudness in dB, [frames].

    Returns
    -------
    voiced : array
        Booleans, [frames].

    See Also
    --------
    hold_pitch : The pitch of the other frames.

    Examples
    --------
    >>> confidence = np.repeat([0.1, 0.9, 0.4, 0.1, 0.4], 20)
    >>> find_voiced(confidence, np.full(100, -20.0)).nonzero()[0][[0, -1]]
    array([20, 59])
    """
    if len(confidence) == 0:
        return np.zeros(0, bool)
    low, high = CONFIDENCE
    loud = loudness_db > np.quantile(loudness_db, 0.99) - SILENCE_DB
    voiced = (confidence > low) & loud
    starts, stops = runs(voiced)
    sure = np.concatenate([[0], np.cumsum((confidence > high) & loud)])
    voiced = spans(starts, stops, sure[stops] > sure[starts], len(voiced))
    starts, stops = runs(~voiced & loud)  # a gap without silence
    inner = (starts > 0) & (stops < len(voiced))
    inner[inner] = voiced[starts[inner] - 1] & voiced[stops[inner]]
    voiced = voiced | spans(starts, stops, inner & (stops - starts <= GAP), len(voiced))
    starts, stops = runs(voiced)
    return spans(starts, stops, stops - starts >= SHORTEST, len(voiced))


def runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First frames of the runs of True, and the frames after their last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return edges[::2], edges[1::2]


def spans(starts: np.ndarray, stops: np.ndarray, chosen: np.ndarray, n_frames: int) -> np.ndarray:
    """True in the chosen runs, [frames]."""
    steps = np.zeros(n_frames + 1, np.int8)
    steps[starts[chosen]] += 1
    steps[stops[chosen]] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8) > 0


def hold_pitch(f0_hz: np.ndarray, voiced: np.ndarray, smoothing: int = 0) -> np.ndarray:
    """Replace the pitch of unvoiced frames, and smooth it without smearing steps.

    A tracker returns arbitrary pitches where there is none; an instrument would squeal. Between two voiced passages
    the pitch glides if it changes by at most two semitones; otherwise, unvoiced frames have the pitch of the nearest
    voiced frame. A moving median removes single errors. A moving average of those frames whose pitch differs by less
    than 0.6 semitones then removes jitter.

    Parameters
    ----------
    f0_hz
        Pitch in Hz, > 0, [frames].
    voiced
        True for frames with a pitch, [frames].
    smoothing
        Number of frames of the median and of the average; 0 or 1 for none.

    Returns
    -------
    f0_hz : array
        [frames]; unchanged if no frame is voiced.

    See Also
    --------
    find_voiced : Finds the voiced frames.
    hush : Makes unvoiced frames quiet.

    Examples
    --------
    >>> hold_pitch(np.asarray([440.0, 3000.0, 2000.0, 220.0]), np.asarray([True, False, False, True]))
    array([440., 440., 220., 220.])
    """
    before, after = neighbors(voiced)
    if len(before) == 0:
        return f0_hz
    frames, octaves = np.arange(len(f0_hz)), np.log2(np.asarray(f0_hz, np.float64))
    share = (frames - before) / np.maximum(after - before, 1)
    share = np.clip(share, 0.0, 1.0)  # outside of all passages both neighbors are the same
    low, high = octaves[before], octaves[after]
    held = np.where(np.abs(high - low) <= GLIDE, low + share * (high - low), np.where(share <= 0.5, low, high))
    if smoothing > 1:
        held = _smoothed(held, smoothing)
    same = (held == octaves) & voiced  # no rounding by the logarithm
    return np.where(same, f0_hz, np.exp2(held))


def neighbors(voiced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Last voiced frame up to each frame, and the first one from it on; empty if there is none."""
    places, frames = np.flatnonzero(voiced), np.arange(len(voiced))
    if len(places) == 0:
        return places, places
    before = np.maximum(np.searchsorted(places, frames, side="right") - 1, 0)
    after = np.minimum(np.searchsorted(places, frames), len(places) - 1)
    return places[before], places[after]


def _smoothed(x: np.ndarray, size: int) -> np.ndarray:
    """Moving median, then the moving average of values that are near."""
    half, pieces = size // 2, []
    padded = np.pad(x, (2 * half, 2 * half), mode="edge")
    for start in range(0, len(x), CHUNK):
        piece = padded[start : start + CHUNK + 4 * half]
        piece = np.median(np.lib.stride_tricks.sliding_window_view(piece, 2 * half + 1), axis=-1)
        windows = np.lib.stride_tricks.sliding_window_view(piece, 2 * half + 1)
        center = piece[half : len(piece) - half, np.newaxis]
        offsets = np.where(np.abs(windows - center) < STEP, windows - center, 0.0)
        near = np.sum(np.abs(windows - center) < STEP, axis=-1)
        pieces.append(center[:, 0] + np.sum(offsets, axis=-1) / near)
    return np.concatenate(pieces)


def hush(loudness_db: np.ndarray, voiced: np.ndarray, fade: int = 10) -> np.ndarray:
    """Lower the loudness of unvoiced frames by 120 dB, with fades.

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
        [frames].

    See Also
    --------
    hold_pitch : The pitch of unvoiced frames.

    Examples
    --------
    >>> hush(np.full(4, -20.0), np.asarray([True, False, False, False]), fade=2)
    array([ -20.,  -80., -140., -140.])
    """
    before, after = neighbors(voiced)
    if len(before) == 0:
        return loudness_db + HUSHED_DB
    frames = np.arange(len(loudness_db))
    distance = np.minimum(np.abs(frames - before), np.abs(after - frames))
    return loudness_db + HUSHED_DB * np.minimum(distance / fade, 1.0)
