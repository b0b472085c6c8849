"""Banks of sinusoidal oscillators, harmonic and free."""

from __future__ import annotations

import math

from jaxtyping import Float

from .. import design
from .._checks import at_least_float32, axis_size, floats, integer, one_of, rank, same_batch
from .._types import Array
from .harmonic_bank import harmonic_bank
from .math import safe_divide
from .phase import block_phase, from_blocks, sample_phase, wrap
from .resample import METHODS, resample

__all__ = [
    "get_harmonic_frequencies", "harmonic_oscillator_bank", "harmonic_synthesis", "normalize_harmonics",
    "oscillator_bank", "remove_above_nyquist",
]  # fmt: skip

#: Partials that are summed at a time where there is no harmonic structure to use.
PARTIALS_AT_ONCE = 8
#: Fewest samples a frame for which the harmonic bank's matrix products pay.
LEAST_HOP = 8


def remove_above_nyquist(
    frequency_envelopes: Float[Array, "batch time sinusoids"],
    amplitude_envelopes: Float[Array, "batch time sinusoids"],
    sample_rate: float = 16000,
) -> Float[Array, "batch time sinusoids"]:
    """Set amplitudes to 0 where the frequency reaches half the sample rate.

    Parameters
    ----------
    frequency_envelopes : in Hz.
    amplitude_envelopes : any unit, of a shape that broadcasts with the frequencies.
    sample_rate : in Hz.

    Returns
    -------
    The amplitudes, same dtype. At exactly sample_rate / 2 they are 0; frequencies get no gradient.

    Examples
    --------
    >>> import numpy as np
    >>> remove_above_nyquist(np.asarray([[[100.0, 8000.0]]]), np.ones((1, 1, 2)))
    array([[[1., 0.]]])
    """
    xp = floats(frequency_envelopes=frequency_envelopes, amplitude_envelopes=amplitude_envelopes).xp
    below = xp.abs(frequency_envelopes) < sample_rate / 2.0
    return xp.where(below, amplitude_envelopes, xp.zeros_like(amplitude_envelopes))


def get_harmonic_frequencies(
    frequencies: Float[Array, "batch time 1"], n_harmonics: int
) -> Float[Array, "batch time harmonics"]:
    """Integer multiples 1 ... n_harmonics of a fundamental.

    Parameters
    ----------
    frequencies : fundamental in Hz, [batch, time, 1].
    n_harmonics : >= 1.

    Returns
    -------
    [batch, time, n_harmonics], in Hz, same dtype.

    Examples
    --------
    >>> import numpy as np
    >>> get_harmonic_frequencies(np.asarray([[[110.0]]]), 3)
    array([[[110., 220., 330.]]])
    """
    backend = floats(frequencies=frequencies)
    n_harmonics = integer("n_harmonics", n_harmonics, 1)
    return frequencies * backend.constant(design.linspace(1.0, n_harmonics, n_harmonics), frequencies)


def normalize_harmonics(
    harmonic_distribution: Float[Array, "batch time harmonics"],
    f0_hz: Float[Array, "batch time 1"] | None = None,
    sample_rate: float | None = None,
) -> Float[Array, "batch time harmonics"]:
    """Scale a harmonic distribution to a sum of 1, leaving out what lies above Nyquist.

    Parameters
    ----------
    harmonic_distribution : >= 0, linear, [batch, time, harmonics].
    f0_hz : fundamental in Hz, [batch, time, 1]; with sample_rate, harmonics at half of it and above become 0 first.
    sample_rate : in Hz.

    Returns
    -------
    Same shape and dtype. Where nothing is left to normalise, all zeros.

    Examples
    --------
    >>> import numpy as np
    >>> normalize_harmonics(np.ones((1, 1, 4)), np.asarray([[[3000.0]]]), 16000)
    array([[[0.5, 0.5, 0. , 0. ]]])
    """
    xp = floats(harmonic_distribution=harmonic_distribution, f0_hz=f0_hz).xp
    if f0_hz is not None and sample_rate is not None:
        frequencies = get_harmonic_frequencies(f0_hz, axis_size(harmonic_distribution, -1))
        harmonic_distribution = remove_above_nyquist(frequencies, harmonic_distribution, sample_rate)
    return safe_divide(harmonic_distribution, xp.sum(harmonic_distribution, axis=-1, keepdims=True))


def oscillator_bank(
    frequency_envelopes: Float[Array, "batch time sinusoids"],
    amplitude_envelopes: Float[Array, "batch time sinusoids"],
    sample_rate: float = 16000,
    sum_sinusoids: bool = True,
) -> Float[Array, "batch time ..."]:
    """Audio of free sinusoids, from frequency and amplitude at every sample.

    out[n] = sum_k a_k[n] sin(2 pi sum_{m <= n} f_k[m] / sample_rate)

    Parameters
    ----------
    frequency_envelopes : in Hz, [batch, time, sinusoids].
    amplitude_envelopes : linear, same shape; muted where the frequency reaches half the sample rate.
    sample_rate : in Hz.
    sum_sinusoids : add the sinusoids up.

    Returns
    -------
    [batch, time], or [batch, time, sinusoids] without the sum. Same dtype; float16 and bfloat16 are computed in
    float32.

    Notes
    -----
    The phase does not drift (see `ddsp.core.phase`), so the original's `use_angular_cumsum` is gone.

    Examples
    --------
    >>> import numpy as np
    >>> oscillator_bank(np.full((1, 3, 1), 4000.0), np.ones((1, 3, 1))).round(3)
    array([[ 1.,  0., -1.]])
    """
    backend = floats(frequency_envelopes=frequency_envelopes, amplitude_envelopes=amplitude_envelopes)
    xp, dtype = backend.xp, frequency_envelopes.dtype
    rank("frequency_envelopes", frequency_envelopes, 3, "[batch, time, sinusoids]")
    rank("amplitude_envelopes", amplitude_envelopes, 3, "[batch, time, sinusoids]")
    same_batch(frequency_envelopes=frequency_envelopes, amplitude_envelopes=amplitude_envelopes)
    frequency, amplitude = (at_least_float32(xp, x) for x in (frequency_envelopes, amplitude_envelopes))
    amplitude = remove_above_nyquist(frequency, amplitude, sample_rate)

    def some(part: slice) -> Array:
        turns = sample_phase(frequency[:, :, part], 1.0 / sample_rate)
        return amplitude[:, :, part] * xp.sin(2.0 * math.pi * turns)

    return xp.astype(_over_partials(xp, some, axis_size(frequency, 2), sum_sinusoids), dtype)


def harmonic_oscillator_bank(
    frequency: Float[Array, "batch time 1"],
    amplitude_envelopes: Float[Array, "batch time harmonics"],
    initial_phase: Float[Array, "batch 1 1"] | None = None,
    sample_rate: float = 16000,
) -> tuple[Float[Array, "batch time"], Float[Array, "batch 1 1"]]:
    """Audio of harmonics, from the fundamental and amplitudes at every sample, with the phase to go on from.

    Parameters
    ----------
    frequency : fundamental in Hz, [batch, time, 1].
    amplitude_envelopes : linear, [batch, time, harmonics]. Nothing is muted: see `remove_above_nyquist`.
    initial_phase : phase of the fundamental before the first sample, in cycles, [batch, 1, 1]; 0 by default.
    sample_rate : in Hz.

    Returns
    -------
    audio : [batch, time], same dtype.
    final_phase : [batch, 1, 1], in cycles in [-0.5, 0.5]: the initial phase of the block that follows.

    Notes
    -----
    The original's phases are in radians and grow without bound.

    Examples
    --------
    >>> import numpy as np
    >>> audio, phase = harmonic_oscillator_bank(np.full((1, 3, 1), 4000.0), np.ones((1, 3, 1)))
    >>> audio.round(3), phase
    (array([[ 1.,  0., -1.]]), array([[[-0.25]]]))
    """
    backend = floats(frequency=frequency, amplitude_envelopes=amplitude_envelopes, initial_phase=initial_phase)
    xp, dtype = backend.xp, frequency.dtype
    rank("frequency", frequency, 3, "[batch, time, 1]")
    rank("amplitude_envelopes", amplitude_envelopes, 3, "[batch, time, harmonics]")
    amplitude = at_least_float32(xp, amplitude_envelopes)
    phase = sample_phase(at_least_float32(xp, frequency), 1.0 / sample_rate)
    if initial_phase is not None:
        phase = wrap(xp, phase + wrap(xp, at_least_float32(xp, initial_phase)))
    n_harmonics = axis_size(amplitude, 2)
    numbers = backend.constant(design.linspace(1.0, n_harmonics, n_harmonics), phase)

    def some(part: slice) -> Array:
        return amplitude[:, :, part] * xp.sin(2.0 * math.pi * wrap(xp, phase * numbers[part]))

    audio = _over_partials(xp, some, n_harmonics, True)
    return xp.astype(audio, dtype), xp.astype(phase[:, -1:, :1], dtype)


def harmonic_synthesis(
    frequencies: Float[Array, "batch frames 1"],
    amplitudes: Float[Array, "batch frames 1"],
    harmonic_shifts: Float[Array, "batch frames harmonics"] | None = None,
    harmonic_distribution: Float[Array, "batch frames harmonics"] | None = None,
    n_samples: int = 64000,
    sample_rate: float = 16000,
    amp_resample_method: str = "window",
) -> Float[Array, "batch time"]:
    """Audio of a harmonic tone, from its controls at frames.

    out[n] = sum_h a_h[n] sin(2 pi h phase[n]), with phase the running sum of f0 / sample_rate (Engel et al., 2020,
    section 3.2). f0 is linear between frames and the last frame is held; a_h = amplitude * distribution_h.

    Parameters
    ----------
    frequencies : fundamental in Hz, [batch, frames, 1].
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
    where its frequency reaches half the sample rate.

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
    backend = floats(**controls)
    xp, dtype = backend.xp, frequencies.dtype
    _check_controls(controls, amp_resample_method)
    n_samples = integer("n_samples", n_samples, 1)
    f0, amplitude, shifts, distribution = (None if x is None else at_least_float32(xp, x) for x in controls.values())
    amplitude = amplitude if distribution is None else amplitude * distribution
    hop = n_samples / axis_size(f0, 1)
    if shifts is None and amp_resample_method != "cubic" and hop >= LEAST_HOP:
        audio = harmonic_bank(backend, f0, amplitude, n_samples, sample_rate, amp_resample_method)
    else:
        partials = get_harmonic_frequencies(f0, axis_size(amplitude if shifts is None else shifts, 2))
        partials = partials if shifts is None else partials * (1.0 + shifts)
        amplitude = xp.zeros_like(partials) + amplitude
        audio = _free_partials(backend, partials, amplitude, n_samples, sample_rate, amp_resample_method)
    return xp.astype(audio, dtype)


def _check_controls(controls: dict[str, Array], method: str) -> None:
    one_of("amp_resample_method", method, METHODS)
    given = {name: x for name, x in controls.items() if x is not None}
    for name, x in given.items():
        rank(name, x, 3, "[batch, frames, channels]")
    frames = {name: axis_size(x, 1) for name, x in given.items()}
    if len(set(frames.values())) > 1:
        raise ValueError(f"numbers of frames differ: {frames}; expected one number")
    if axis_size(controls["frequencies"], 2) != 1:
        raise ValueError(f"frequencies: got shape {tuple(controls['frequencies'].shape)}, expected [batch, frames, 1]")
    same_batch(**given)


def _free_partials(
    backend: Array, frequencies: Array, amplitudes: Array, n_samples: int, sample_rate: float, method: str
) -> Array:
    """Audio of partials [batch, frames, partials] with frequencies of their own, in groups, to bound the memory."""
    xp, n_frames = backend.xp, axis_size(frequencies, 1)

    def some(part: slice) -> Array:
        frequency = frequencies[:, :, part]
        turns = from_blocks(backend, block_phase(backend, frequency, n_samples, 1.0 / sample_rate), n_frames, n_samples)
        envelope = resample(amplitudes[:, :, part], n_samples, method)
        envelope = remove_above_nyquist(resample(frequency, n_samples), envelope, sample_rate)
        return envelope * xp.sin(2.0 * math.pi * turns)

    return _over_partials(xp, some, axis_size(frequencies, 2), True)


def _over_partials(xp: Array, some: Array, n_partials: int, add: bool) -> Array:
    """Evaluate `some(slice)` of the partials group by group; add the partials up, or put them side by side."""
    groups = [slice(i, min(i + PARTIALS_AT_ONCE, n_partials)) for i in range(0, n_partials, PARTIALS_AT_ONCE)]
    if not add:
        return xp.concat([some(group) for group in groups], axis=2)
    total = None
    for group in groups:
        audio = xp.sum(some(group), axis=2)
        total = audio if total is None else total + audio
    return total
