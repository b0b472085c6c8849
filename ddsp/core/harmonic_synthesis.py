"""The harmonic synthesizer: from controls at frames to audio, as a whole or block by block."""

from __future__ import annotations

import math

from ..extend import (
    Adapter,
    Array,
    Float,
    axis_size,
    checked,
    checked_with,
    common_backend,
    integer,
    one_of,
    promote_half,
    rank,
    wide_phase,
)
from .harmonic_bank import harmonic_bank
from .oscillators import (
    get_harmonic_frequencies,
    harmonic_oscillator_bank,
    normalize_harmonics,
    over_partials,
    remove_above_nyquist,
)
from .phase import block_phase, from_blocks
from .resample import METHODS, no_shorter, resample

__all__ = ["free_partials", "harmonic_synthesis", "streaming_harmonic_synthesis"]

#: Fewest samples a frame for which the harmonic bank's matrix products pay.
LEAST_HOP = 8


@checked
def harmonic_synthesis(
    frequencies: Float[Array, "#batch *#voices frames 1"],
    amplitudes: Float[Array, "#batch *#voices frames 1"],
    harmonic_shifts: Float[Array, "#batch *#voices frames harmonics"] | None = None,
    harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"] | None = None,
    n_samples: int = 64000,
    sample_rate: float = 16000,
    amp_resample_method: str = "window",
) -> Float[Array, "batch time"]:
    """Audio of a harmonic tone, or of several voices at once, from controls at frames.

    out[n] = sum_h a_h[n] sin(2 pi h phase[n]), with phase the running sum of f0 / sample_rate (Engel et al., 2020,
    section 3.2). f0 is linear between frames and the last frame is held; a_h = amplitude * distribution_h. With a voice
    axis the result is the sum of the voices' tones.

    Parameters
    ----------
    frequencies : fundamental in Hz, [batch, frames, 1]; for a chord [batch, voices, frames, 1], and the same axis in
        all other controls, where 1 voice serves all.
    amplitudes : linear, [batch, frames, 1].
    harmonic_shifts : relative shift of each partial, [batch, frames, harmonics]; its frequency is h * f0 * (1 + shift).
    harmonic_distribution : weight of each harmonic, [batch, frames, harmonics]. Without it, and without shifts, there
        is the fundamental alone.
    n_samples : length of the audio; it need not be a multiple of the number of frames.
    sample_rate : in Hz.
    amp_resample_method : how amplitudes are interpolated, one of `resample`'s methods.

    Returns
    -------
    [batch, n_samples], same dtype; float16 and bfloat16 are computed in float32. A partial is muted, sample by sample,
    where its frequency reaches half the sample rate. NaN and infinity stay where they are: a frame that has one in f0
    or in the amplitude of a partial that is not muted gives NaN between the frames beside it ('cubic': two frames
    away), and later phases are as if f0 had been 0 there. A muted partial counts for nothing, even if it is infinite.

    Raises
    ------
    ValueError : shapes, dtypes or options that do not fit.

    Notes
    -----
    The phase does not drift, at any length; the original loses it within seconds. Harmonics cost far fewer than one
    sine each (see `ddsp.core.harmonic_bank`).

    Examples
    --------
    >>> import numpy as np
    >>> f0, amplitude = np.full((1, 10, 1), 440.0), np.full((1, 10, 1), 0.5)
    >>> harmonic_synthesis(f0, amplitude, harmonic_distribution=np.ones((1, 10, 4)) / 4, n_samples=640).shape
    (1, 640)
    """
    controls = {"frequencies": frequencies, "amplitudes": amplitudes, "harmonic_shifts": harmonic_shifts,
                "harmonic_distribution": harmonic_distribution}  # fmt: skip
    backend = common_backend(**controls)
    xp, dtype = backend.xp, frequencies.dtype
    rank("frequencies", frequencies, (3, 4), "[batch, frames, 1] or [batch, voices, frames, 1]")
    if len(frequencies.shape) == 4:
        folded, n_voices = _fold_voices(xp, controls)
        audio = harmonic_synthesis(
            **folded, n_samples=n_samples, sample_rate=sample_rate, amp_resample_method=amp_resample_method
        )
        return xp.sum(xp.reshape(audio, (-1, n_voices, axis_size(audio, 1))), axis=1)
    one_of("amp_resample_method", amp_resample_method, METHODS)
    n_samples = integer("n_samples", n_samples, 1)
    no_shorter("n_samples", n_samples, axis_size(amplitudes, 1), amp_resample_method)
    f0, amplitude, shifts, distribution = (None if x is None else promote_half(xp, x) for x in controls.values())
    amplitude = amplitude if distribution is None else amplitude * distribution
    if shifts is None and amp_resample_method != "cubic" and n_samples >= LEAST_HOP * axis_size(f0, 1):
        audio, _ = harmonic_bank(backend, f0, amplitude, n_samples, sample_rate, amp_resample_method)
    else:
        partials = get_harmonic_frequencies(f0, axis_size(amplitude if shifts is None else shifts, 2))
        partials = partials if shifts is None else partials * (1.0 + shifts)
        amplitude = xp.zeros_like(partials) + amplitude
        audio = free_partials(backend, partials, amplitude, n_samples, sample_rate, amp_resample_method)
    return xp.astype(audio, dtype)


@checked_with(wide=False)
def streaming_harmonic_synthesis(
    frequencies: Float[Array, "#batch frames 1"],
    amplitudes: Float[Array, "#batch frames 1"],
    harmonic_distribution: Float[Array, "#batch frames harmonics"] | None = None,
    initial_phase: Float[Array, "#batch 1 1"] | None = None,
    n_samples: int = 64000,
    sample_rate: float = 16000,
    amp_resample_method: str = "linear",
) -> tuple[Float[Array, "batch time"], Float[Array, "batch 1 1"]]:
    """`harmonic_synthesis` of one block of a stream, with the phase that the next block goes on from.

    Parameters
    ----------
    frequencies, amplitudes, n_samples, sample_rate, amp_resample_method : as in `harmonic_synthesis`.
    harmonic_distribution : weight of each harmonic, [batch, frames, harmonics]; scaled to a sum of 1 over the harmonics
        below Nyquist, as by `normalize_harmonics`.
    initial_phase : phase of the fundamental before the first sample, in cycles, [batch, 1, 1]; 0 by default. Beside
        float16 and bfloat16 it may be float32, as the final phase is.

    Returns
    -------
    audio : [batch, n_samples], same dtype.
    final_phase : [batch, 1, 1], in cycles in [-0.5, 0.5]: the initial phase of the block that follows, never less than
        float32, or a stream would lose its place.

    Notes
    -----
    The last frame is held to the end of the block, as in `harmonic_synthesis` of the block alone: the phase goes on
    without a step where blocks meet, but f0 and amplitudes do not move towards the next block's first frame, as they
    do in one call for the whole. Give a block more frames than it needs, or one frame for each sample, where a step of
    the level can be heard.

    The original's phase is in radians and grows without bound, so a long stream loses its precision.

    Examples
    --------
    >>> import numpy as np
    >>> f0, amplitude = np.full((1, 10, 1), 100.0), np.full((1, 10, 1), 0.5)
    >>> audio, phase = streaming_harmonic_synthesis(f0, amplitude, n_samples=640)
    >>> following, phase = streaming_harmonic_synthesis(f0, amplitude, initial_phase=phase, n_samples=640)
    """
    controls = {"frequencies": frequencies, "amplitudes": amplitudes, "harmonic_distribution": harmonic_distribution}
    backend = common_backend(**controls)
    xp, dtype = backend.xp, frequencies.dtype
    one_of("amp_resample_method", amp_resample_method, METHODS)
    n_samples = integer("n_samples", n_samples, 1)
    no_shorter("n_samples", n_samples, axis_size(amplitudes, 1), amp_resample_method)
    f0, amplitude, distribution = (None if x is None else promote_half(xp, x) for x in controls.values())
    start = wide_phase("initial_phase", initial_phase, frequencies)
    if distribution is not None:
        amplitude = amplitude * normalize_harmonics(distribution, f0, sample_rate)
    if amp_resample_method != "cubic" and n_samples >= LEAST_HOP * axis_size(f0, 1):
        audio, phase = harmonic_bank(backend, f0, amplitude, n_samples, sample_rate, amp_resample_method, start)
    else:
        frequency, envelope = resample(f0, n_samples), resample(amplitude, n_samples, amp_resample_method)
        partials = get_harmonic_frequencies(frequency, axis_size(envelope, 2))
        envelope = remove_above_nyquist(partials, envelope, sample_rate)
        audio, phase = harmonic_oscillator_bank(frequency, envelope, start, sample_rate)
    return xp.astype(audio, dtype), phase


def _fold_voices(xp: Array, controls: dict[str, Array]) -> tuple[dict[str, Array], int]:
    """[batch, voices, frames, channels] -> [batch * voices, frames, channels], and the number of voices."""
    given = {name: x for name, x in controls.items() if x is not None}
    n_voices = integer("voices", max(axis_size(x, 1) for x in given.values()), 1)
    # Added to every control, so that where one has a batch or voice axis of 1, it is repeated.
    zeros = sum(xp.zeros_like(x[:, :, :1, :1]) for x in given.values())
    folded = {name: xp.reshape(x + zeros, (-1, axis_size(x, 2), axis_size(x, 3))) for name, x in given.items()}
    return folded, n_voices


def free_partials(
    backend: Adapter, frequencies: Array, amplitudes: Array, n_samples: int, sample_rate: float, method: str
) -> Array:
    """Audio of partials [batch, frames, partials] with frequencies of their own, in groups, to bound the memory."""
    xp, n_frames = backend.xp, axis_size(frequencies, 1)

    def some(part: slice) -> Array:
        frequency = frequencies[:, :, part]
        turns = from_blocks(backend, block_phase(backend, frequency, n_samples, 1.0 / sample_rate), n_frames, n_samples)
        envelope = resample(amplitudes[:, :, part], n_samples, method)
        envelope = remove_above_nyquist(resample(frequency, n_samples), envelope, sample_rate)
        return envelope * xp.sin(2.0 * math.pi * turns)

    return over_partials(xp, some, axis_size(frequencies, 2), True)
