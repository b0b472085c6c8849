"""Pitch and loudness of a recording at the frames of its controls, every 2 ms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..core.frame_padding import pad_or_trim_to_expected_length
from ..core.padding import pad_checked
from ..core.rates import resample_audio
from ..extend import Array, Float, checked, common_backend, integer
from ..pretrained_models.f0 import compute_f0
from ..spectral_ops import compute_loudness
from .frames import Progress, spread_frames

__all__ = ["hop_and_count", "place_pitch", "track_loudness", "track_pitch"]

#: Frames per second, twice the usual rate of networks. At this rate, with 129 noise bands, 200 steps of refinement
#: halve the loss; at 250 frames per second, with 65 bands, they reduce it by a third.
FRAME_RATE = 500
#: CREPE, whose windows are 64 ms long, runs on every 8th frame (62.5 per second). The phases of the harmonics correct
#: the frames in between.
CREPE_EVERY = 8
CREPE_RATE = 16000
#: A change of pitch by more than this ratio between two estimates (a semitone in 16 ms) is a jump.
JUMP = 2.0 ** (1.0 / 12.0)
#: Pitch of a sound that has none, in Hz.
UNVOICED_HZ = 100.0
#: Number of samples whose loudness is computed at a time, which bounds memory.
CHUNK_SAMPLES = 2**18


@checked
def hop_and_count(n_samples: int, sample_rate: float) -> tuple[int, int]:
    """Hop size and number of the frames of `analyze_recording`.

    Parameters
    ----------
    n_samples
        Length of the recording in samples.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    hop_size : int
        Samples per frame: 2 ms, rounded.
    n_frames : int
        Smallest number of frames that cover the recording.

    See Also
    --------
    track_pitch : Pitch at these frames.
    analyze_recording : Controls at these frames.

    Examples
    --------
    >>> hop_and_count(44100, 44100)
    (88, 502)
    """
    hop = max(round(sample_rate / FRAME_RATE), 1)
    return hop, -(-integer("n_samples", n_samples, 1) // hop)


@checked
def track_pitch(
    audio: Float[Array, "batch time"],
    sample_rate: float = 16000,
    model_capacity: str = "tiny",
    fmin: float | None = None,
    fmax: float | None = None,
    resample: Callable[[Array, float, float], Array] = resample_audio,
    progress: Progress | None = None,
) -> tuple[Float[Array, "batch frames 1"], Float[Array, "batch frames 1"]]:
    """Track the pitch of a recording with CREPE, at the frames of `analyze_recording`.

    CREPE estimates 62.5 values per second. Between them the pitch moves linearly in log frequency; a change by more
    than a semitone is a jump, placed half-way.

    ![Spectrogram of a flute phrase with its pitch, amplitude, confidence and loudness](../figures/analysis.png)

    Parameters
    ----------
    audio
        Recordings, [batch, time].
    sample_rate
        Sample rate in Hz.
    model_capacity
        Size of the network, 'tiny' to 'full', or the path of its weights, as in `ddsp.spectral_ops.compute_f0`.
    fmin
        Lowest pitch in Hz; None: 31.7 Hz, the limit of the network.
    fmax
        Highest pitch in Hz; None: 2006 Hz, the limit of the network.
    resample
        `resample(audio, from_rate, to_rate)`, which converts [batch, time] to the 16 kHz of CREPE.
    progress
        Function that is called with the completed fraction, 0 to 1.

    Returns
    -------
    f0_hz : array
        Pitch in Hz, > 0 in unvoiced frames too, [batch, frames, 1]; dtype, backend and device of the audio.
    confidence : array
        From 0 to 1, [batch, frames, 1]; above 0.5 a frame usually has a pitch.

    See Also
    --------
    place_pitch : The same for a pitch that is known at other times.
    analyze_recording : Uses the result.
    ddsp.spectral_ops.compute_f0 : CREPE at any frame rate.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(4000) / 16000).astype(np.float32)
    >>> f0_hz, confidence = track_pitch(tone[np.newaxis])
    >>> f0_hz.shape, bool(abs(f0_hz[0, 60, 0] - 440.0) < 3.0), bool(confidence[0, 60, 0] > 0.8)
    ((1, 125, 1), True, True)
    """
    hop, n_frames = hop_and_count(int(audio.shape[1]), sample_rate)
    low = resample(audio, sample_rate, CREPE_RATE)
    low = pad_checked(low, (0, CREPE_EVERY * CREPE_RATE // FRAME_RATE), axis=1)  # resampling may round a sample away
    rate = sample_rate / (CREPE_EVERY * hop)
    f0_hz, confidence = compute_f0(low, rate, model_capacity=model_capacity, fmin=fmin, fmax=fmax, progress=progress)
    f0_hz = spread_frames(f0_hz[:, :, None], CREPE_EVERY, n_frames, max_ratio=JUMP)
    return f0_hz, spread_frames(confidence[:, :, None], CREPE_EVERY, n_frames)


@checked
def place_pitch(
    times: Float[Array, " points"], f0_hz: Float[Array, " points"], n_samples: int, sample_rate: float
) -> tuple[Float[Array, "1 frames 1"], Float[Array, "1 frames 1"]]:
    """Interpolate a pitch track at arbitrary times to the frames of `analyze_recording`.

    The pitch is linear in log frequency between the times. Jumps by more than a semitone, and changes between voiced
    and unvoiced, are placed half-way. The first and the last value are held. Computed on the host.

    Parameters
    ----------
    times
        Times in seconds, increasing, [points], at least one.
    f0_hz
        Pitch in Hz, [points]. A value of 0 or less, or NaN, is unvoiced: it has confidence 0 and holds the last pitch.
    n_samples
        Length of the recording in samples.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    f0_hz : array
        Pitch in Hz, > 0, [1, frames, 1]; dtype, backend and device of the given one.
    confidence : array
        1 in voiced frames and 0 in others, [1, frames, 1].

    See Also
    --------
    track_pitch : The pitch of a recording.

    Examples
    --------
    >>> import numpy as np
    >>> f0_hz, confidence = place_pitch(np.asarray([0.0, 0.01]), np.asarray([200.0, 0.0]), 160, 16000)
    >>> f0_hz[0, :, 0], confidence[0, :, 0]
    (array([200., 200., 200., 200., 200.]), array([1., 1., 1., 0., 0.]))
    """
    backend = common_backend(times=times, f0_hz=f0_hz)
    hop, n_frames = hop_and_count(n_samples, sample_rate)
    at, hz = (backend.to_numpy(x).astype(np.float64) for x in (times, f0_hz))
    voiced = hz > 0.0
    held = np.maximum.accumulate(np.where(voiced, np.arange(len(hz)), np.argmax(voiced)))
    logs = np.log(hz[held] if voiced.any() else np.full(len(hz), UNVOICED_HZ))
    now = np.arange(n_frames) * (hop / sample_rate)
    after = np.clip(np.searchsorted(at, now), min(1, len(at) - 1), len(at) - 1)
    before = np.maximum(after - 1, 0)
    share = np.clip((now - at[before]) / np.maximum(at[after] - at[before], 1e-9), 0.0, 1.0)
    glides = (np.abs(logs[after] - logs[before]) <= np.log(JUMP)) & voiced[after] & voiced[before]
    found = interpolate_pitch(logs, before, after, share, glides)
    is_voiced = voiced[np.where(share < 0.5, before, after)]
    results = (np.exp(found), is_voiced.astype(np.float64))
    placed = [backend.constant(x.reshape(1, n_frames, 1), f0_hz) for x in results]
    return placed[0], placed[1]


def interpolate_pitch(
    pitch: np.ndarray, before: np.ndarray, after: np.ndarray, share: np.ndarray, glides: np.ndarray
) -> np.ndarray:
    """Pitch [..., frames] between the frames before and after: linear in glides, the nearer one's at jumps."""
    linear = (1.0 - share) * pitch[..., before] + share * pitch[..., after]
    return np.where(glides, linear, pitch[..., np.where(share < 0.5, before, after)])


@checked
def track_loudness(audio: Float[Array, "batch time"], sample_rate: float = 16000) -> Float[Array, "batch frames"]:
    """Compute the A-weighted loudness in dB at the frames of `analyze_recording`, in chunks that bound memory.

    ![Spectrogram of a flute phrase with its pitch, amplitude, confidence and loudness](../figures/analysis.png)

    Parameters
    ----------
    audio
        Recordings, [batch, time].
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    loudness_db : array
        [batch, frames], same dtype.

    See Also
    --------
    ddsp.spectral_ops.compute_loudness : Loudness at any frame rate.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 1000.0 * np.arange(4000) / 16000)[np.newaxis]
    >>> loud, soft = track_loudness(np.concatenate([tone, 0.1 * tone], axis=0))[:, 60]
    >>> round(float(loud - soft), 3)
    20.0
    """
    hop, n_frames = hop_and_count(int(audio.shape[1]), sample_rate)
    n_fft = 1 << max((2 * hop - 1).bit_length() + 2, 9)
    return loudness_in_chunks(audio, sample_rate, hop, n_frames, n_fft)


def loudness_in_chunks(
    audio: Array, sample_rate: float, hop: int, n_frames: int, n_fft: int, normalize: bool = False
) -> Array:
    """`compute_loudness` of `n_frames` frames, [batch, frames], a chunk at a time."""
    xp = common_backend(audio=audio).xp
    rate: Any = Fraction(sample_rate) / hop  # exact: compute_loudness finds this hop again
    more = -(-n_fft // hop)  # frames that a window reaches
    length, chunks = max(CHUNK_SAMPLES // hop, 1), []
    for start in range(0, n_frames, length):
        first, stop = max(start - more, 0), min(start + length, n_frames)
        piece = audio[:, first * hop : min((stop + more) * hop, int(audio.shape[1]))]
        found = compute_loudness(piece, sample_rate, rate, n_fft=n_fft, normalize=normalize)
        found = pad_or_trim_to_expected_length(found, min(stop + more, n_frames) - first)
        chunks.append(found[:, start - first : stop - first])
    return xp.concat(chunks, axis=1)
