"""Warnings about a recording and its resynthesis, one line each."""

from __future__ import annotations

import numpy as np

from ..analysis import strongest_tones

__all__ = [
    "ACTIVE_DB",
    "QUIET",
    "TRACKED",
    "about_peak",
    "about_pitch",
    "about_result",
    "about_samples",
    "about_share",
]

#: Linear peaks below QUIET are very quiet (-60 dB of full scale); above LOUD, they are not normal audio levels (30 dB).
QUIET, LOUD = 1e-3, 32.0
#: Warn of a constant offset above OFFSET_SHARE of the audio's root mean square, or of a moving offset whose root mean
#: square is above MOVING_SHARE of it (drums have 0.2 in their first period). Both must exceed OFFSET.
OFFSET_SHARE, MOVING_SHARE, OFFSET = 0.1, 0.3, 1e-4
#: Frames further than this below the loudest frame, in dB, are not active.
ACTIVE_DB = 50.0
#: Shares of active frames with a pitch below which the sound has no pitch or is mostly unpitched. (Speech has half.)
HARDLY, FEW = 0.02, 0.45
#: CREPE's range in Hz.
TRACKED = (32.7, 1975.0)
#: A frame is a tone if this share of its energy is near its strongest frequency.
TONE_SHARE = 0.25
#: Share of active frames that may have a tone out of range without a warning.
FEW_OUTSIDE = 0.1
#: Largest number of windows that are searched for tones.
LOOKS = 200
#: Spectral convergence above which a result is far from the recording.
FAR = 0.35


def about_samples(audio: np.ndarray, offset: np.ndarray) -> list[str]:
    """Collect warnings about silence, an unusual level and an offset.

    Parameters
    ----------
    audio
        Samples after subtraction of the offset, [time].
    offset
        The offset that was subtracted, [time].

    Returns
    -------
    warnings : list
        Lines of text.
    """
    peak, mean = float(np.max(np.abs(audio), initial=0.0)), float(np.mean(offset, dtype=np.float64))
    if peak == 0.0:
        constant = f" (a constant of {mean:.3f})" if abs(mean) > OFFSET else ""
        return [f"the recording is silent{constant}"]
    found = []
    level, moving = (float(np.sqrt(np.mean(np.square(x / peak)))) * peak for x in (audio, offset))
    if abs(mean) > max(OFFSET, OFFSET_SHARE * level):
        found.append(f"an offset (DC) of {mean:.3f} is removed")
    elif moving > max(OFFSET, MOVING_SHARE * level):
        low, high = float(np.min(offset)), float(np.max(offset))
        found.append(f"an offset (DC) that varies from {low:.3f} to {high:.3f} is removed")
    return found + about_peak(peak)


def about_peak(peak: float) -> list[str]:
    """Warn of a recording that is silent, or has an unusual level.

    Parameters
    ----------
    peak
        Largest magnitude of the samples.

    Returns
    -------
    warnings : list
        No line or one line of text.
    """
    if peak == 0.0:
        return ["the recording is silent"]
    if peak < QUIET:
        return [f"the recording is very quiet: its peak is at {20.0 * np.log10(peak):.0f} dBFS"]
    if peak > LOUD:
        return [f"the recording is far above full scale: its peak is {peak:.4g}; the file may store integers as floats"]
    return []


def about_share(voiced: np.ndarray, loudness_db: np.ndarray) -> list[str]:
    """Warn of a recording with little pitch, in which an instrument rests.

    Parameters
    ----------
    voiced
        True for frames with a pitch, [frames].
    loudness_db
        Loudness in dB, [frames].

    Returns
    -------
    warnings : list
        No line or one line of text.
    """
    share = float(np.mean(voiced[loudness_db > float(np.max(loudness_db)) - ACTIVE_DB]))
    if share < HARDLY:
        return ["no pitch found: the instrument is silent"]
    if share < FEW:
        return [f"mostly unpitched: {100.0 * share:.0f} % of the sound has a pitch; the instrument rests elsewhere"]
    return []


def about_pitch(
    audio: np.ndarray,
    sample_rate: float,
    voiced: np.ndarray,
    loudness_db: np.ndarray,
    tracked: tuple[float, float] | None,
    harmonic_share: float,
) -> list[str]:
    """Collect warnings about a pitch track: no pitch, little pitch, or tones out of the tracker's range.

    Parameters
    ----------
    audio
        Audio, [time], not silent.
    sample_rate
        Sample rate in Hz.
    voiced
        True for frames with a pitch, [frames].
    loudness_db
        Loudness in dB, [frames].
    tracked
        Range of the tracker in Hz; None if the pitch was read from a file.
    harmonic_share
        Share of the harmonics in the energy of the result. Above 0.5, there is no warning of a missing pitch, because
        the harmonics of a pitch just out of range may explain the whole sound.

    Returns
    -------
    warnings : list
        Lines of text.
    """
    active = loudness_db > float(np.max(loudness_db)) - ACTIVE_DB
    share = float(np.mean(voiced[active]))
    found = []
    if tracked is not None and share < 1.0 - FEW_OUTSIDE:
        part, tone = _tones_outside(audio, sample_rate, voiced, active, tracked)
        if part > FEW_OUTSIDE:
            where = "above" if tone > tracked[1] else "below"
            found.append(
                f"{100.0 * part:.0f} % of the sound is a tone near {tone:.0f} Hz, {where} the range of the pitch "
                f"tracker ({tracked[0]:g} to {tracked[1]:g} Hz)"
            )
    if harmonic_share > 0.5:
        return found
    if share < HARDLY:
        found.append("no pitch found: the resynthesis is only filtered noise")
    elif share < FEW:
        found.append(
            f"mostly unpitched: {100.0 * share:.0f} % of the sound has a pitch; the rest is resynthesized as noise"
        )
    return found


def _tones_outside(
    audio: np.ndarray, sample_rate: float, voiced: np.ndarray, active: np.ndarray, tracked: tuple[float, float]
) -> tuple[float, float]:
    """Share of the active frames whose strongest tone is out of range, and the median of these tones in Hz."""
    frames = np.flatnonzero(active & ~voiced)
    frames = frames[:: max(len(frames) // LOOKS, 1)]
    centers = (frames * (len(audio) / len(voiced))).astype(int).tolist()
    tones, near = strongest_tones(audio, centers, sample_rate)
    outside = (near > TONE_SHARE) & ((tones < tracked[0]) | (tones > tracked[1])) & (tones > 0.0)
    part = float(np.mean(outside)) * float(np.sum(active & ~voiced)) / float(np.sum(active))
    return part, float(np.median(tones[outside])) if outside.any() else 0.0


def about_result(convergence: float | None, already: bool) -> list[str]:
    """Warn of a resynthesis that is far from its recording.

    Parameters
    ----------
    convergence
        Spectral convergence of the result; None if it is undefined.
    already
        True if a warning about the pitch explains the result already.

    Returns
    -------
    warnings : list
        No line or one line of text.
    """
    if convergence is None or convergence <= FAR or already:
        return []
    return [
        f"the resynthesis is far from the recording (spectral convergence {convergence:.2f}): the pitch "
        "may be wrong, or several pitches may sound at the same time"
    ]
