"""Removal of offset and drift, which are inaudible but would be analyzed as noise."""

from __future__ import annotations

import numpy as np

from ..extend import Array, Float, checked, common_backend, rank

__all__ = ["remove_offset"]

#: Length in seconds of each of the two running means that estimate the offset.
OFFSET_SECONDS = 0.1
#: A result below this fraction of the peak (the last of 24 bits) is rounding, and is set to 0.
ROUNDING = 2.0**-23
#: Number of samples that are processed at a time, which bounds memory.
CHUNK_SAMPLES = 2**20


@checked
def remove_offset(
    audio: Float[Array, " time"] | Float[Array, "batch time"], sample_rate: float = 16000
) -> Float[Array, "*batch time"]:
    """Remove the DC offset and slow drift of a recording.

    Subtracts the mean over 0.2 s around each sample, in a triangular window. This removes all of 0 Hz, 40 % of the
    amplitude at 5 Hz, and at most 5 % above 10 Hz. Computed on the host in float64, a chunk at a time.

    Parameters
    ----------
    audio
        Recordings, [time] or [batch, time].
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    audio : array
        Same shape, dtype, backend and device. Exactly 0 if the recording is constant.

    See Also
    --------
    analyze_recording : Mistakes an offset for noise around 0 Hz, so remove the offset first.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(16000) / 16000)
    >>> bool(np.abs(remove_offset(tone + 0.3) - tone).max() < 0.01)
    True
    """
    backend = common_backend(audio=audio)
    rank("audio", audio, (1, 2), "[time] or [batch, time]")
    host = backend.to_numpy(audio)
    sounds = [_without_offset(sound, sample_rate) for sound in np.atleast_2d(host)]
    return backend.constant(np.stack(sounds).reshape(host.shape), audio)


def _without_offset(audio: np.ndarray, sample_rate: float) -> np.ndarray:
    """`remove_offset` of one sound, [time]."""
    reach = round(OFFSET_SECONDS * sample_rate) // 2
    size, out = 2 * reach + 1, np.empty_like(audio)
    for start in range(0, len(audio), CHUNK_SAMPLES):
        stop = min(start + CHUNK_SAMPLES, len(audio))
        first, last = max(start - 2 * reach, 0), min(stop + 2 * reach, len(audio))
        missing = (2 * reach - (start - first), 2 * reach - (last - stop))
        slow = np.pad(audio[first:last].astype(np.float64), missing, mode="symmetric")
        for _ in range(2):
            total = np.cumsum(np.pad(slow, (1, 0)))
            slow = (total[size:] - total[:-size]) / size
        out[start:stop] = audio[start:stop] - slow
    return out if np.max(np.abs(out)) > ROUNDING * np.max(np.abs(audio)) else np.zeros_like(audio)
