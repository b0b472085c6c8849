"""Features of audio that control an instrument: pitch, confidence and loudness, usually 250 times per second."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..analysis import spread_frames
from ..analysis.frames import Progress
from ..analysis.tracking import JUMP, loudness_in_chunks
from ..core.padding import pad_checked
from ..extend import Array, Float, checked, common_backend, integer, rank
from ..pretrained_models.f0 import compute_f0
from ..streaming.spectra import LOUDNESS_SECONDS
from .octaves import double_high_pitches

__all__ = ["compute_features"]

#: Frames per second, unless a hop size is given.
FRAME_RATE = 250
#: Pitch estimates per second. The pitch of the frames between them is interpolated: on a flute it differs from an
#: estimate in every frame by 0.3 cents in the median, and CREPE takes a fourth of the time.
PITCH_RATE = 62.5


def hop_and_count(n_samples: int, sample_rate: float, hop_size: int | None) -> tuple[int, int]:
    """Samples per frame, 4 ms by default, and the number of frames that cover the audio."""
    hop = max(round(sample_rate / FRAME_RATE), 1) if hop_size is None else integer("hop_size", hop_size, 1)
    return hop, -(-n_samples // hop)


def frames_per_pitch(sample_rate: float, hop: int) -> int:
    """Frames from one estimate of the pitch to the next."""
    return max(round(sample_rate / hop / PITCH_RATE), 1)


@checked
def compute_features(
    audio: Float[Array, "batch time"],
    sample_rate: int = 16000,
    hop_size: int | None = None,
    model_capacity: str = "tiny",
    progress: Progress | None = None,
) -> dict[str, Float[Array, "batch frames 1"]]:
    """Compute the features that control an instrument: pitch, its confidence, and loudness.

    Pitch and confidence are those of CREPE, estimated about 62.5 times per second. Between two estimates the pitch
    moves linearly in log frequency; a change by more than a semitone is a jump, placed half-way. Tones just above
    CREPE's limit of 2006 Hz, which it reports an octave too low, are recognized by their spectrum. The loudness is
    A-weighted, in frames of 64 ms.

    ![Spectrogram of a flute phrase with its pitch, amplitude, confidence and loudness](../figures/analysis.png)

    Parameters
    ----------
    audio
        Audio, [batch, time].
    sample_rate
        Sample rate in Hz.
    hop_size
        Samples per frame; None for 4 ms, rounded: 64 at 16 kHz. Frame k is centered at sample k * hop_size.
    model_capacity
        Size of the network, 'tiny' to 'full', or the path of its weights, as in `ddsp.pretrained_models.compute_f0`.
    progress
        Function that is called with the completed fraction of the pitch, 0 to 1; not in compiled code.

    Returns
    -------
    features : dict
        Arrays [batch, ceil(time / hop_size), 1], in the dtype, backend and device of the audio:
        `f0_hz`, the pitch in Hz, > 0 in unvoiced frames too;
        `confidence`, from 0 to 1, above 0.5 in frames that usually have a pitch;
        `loudness_db`, the A-weighted level relative to a mean square of 1, at least -80 dB.

    Raises
    ------
    ValueError
        No samples, or an unknown capacity.
    ImportError
        Missing h5py or weights. The message says how to install them.

    See Also
    --------
    ddsp.pretrained_models.compute_f0 : The pitch at any frame rate.
    ddsp.spectral_ops.compute_loudness : The loudness at any frame rate.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(4000) / 16000).astype(np.float32)
    >>> features = compute_features(tone[np.newaxis])
    >>> {name: (x.shape, round(float(x[0, 30, 0]), 1)) for name, x in features.items()}
    {'f0_hz': ((1, 63, 1), 440.2), 'confidence': ((1, 63, 1), 0.9), 'loudness_db': ((1, 63, 1), -13.1)}
    """
    xp = common_backend(audio=audio).xp
    rank("audio", audio, 2, "[batch, time]")
    hop, n_frames = hop_and_count(int(audio.shape[1]), sample_rate, hop_size)
    every = frames_per_pitch(sample_rate, hop)
    padded = pad_checked(audio, (0, every * hop), axis=1)  # for an estimate after the last frame
    pitch_rate: Any = Fraction(sample_rate) / (every * hop)  # exact: compute_f0 finds this hop again
    f0_hz, confidence = compute_f0(
        padded, pitch_rate, sample_rate=sample_rate, model_capacity=model_capacity, progress=progress
    )
    f0_hz, confidence = double_high_pitches(padded, f0_hz, confidence, sample_rate, every * hop)
    n_fft = max(round(LOUDNESS_SECONDS * sample_rate), 1)
    loudness_db = loudness_in_chunks(audio, sample_rate, hop, n_frames, n_fft, normalize=True)
    return {
        "f0_hz": spread_frames(xp.expand_dims(f0_hz, axis=-1), every, n_frames, max_ratio=JUMP),
        "confidence": spread_frames(xp.expand_dims(confidence, axis=-1), every, n_frames),
        "loudness_db": xp.expand_dims(loudness_db, axis=-1),
    }
