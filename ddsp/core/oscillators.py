"""Banks of sinusoidal oscillators: harmonics of one fundamental, and unrelated sinusoids."""

from __future__ import annotations

import math
from collections.abc import Callable

from .. import design
from ..extend import (
    Array,
    Float,
    axis_size,
    checked,
    checked_with,
    common_backend,
    floor_for,
    integer,
    promote_half,
    wide_phase,
)
from .math import safe_divide
from .phase import phase_of, sample_phase, wrap_cycles

__all__ = [
    "get_harmonic_frequencies",
    "harmonic_oscillator_bank",
    "normalize_harmonics",
    "oscillator_bank",
    "remove_above_nyquist",
]

#: Partials that are summed at a time if there is no harmonic structure to use.
PARTIALS_AT_ONCE = 8


@checked
def remove_above_nyquist(
    frequency_envelopes: Float[Array, "*#shape"],
    amplitude_envelopes: Float[Array, "*#shape"],
    sample_rate: float = 16000,
) -> Float[Array, "batch time sinusoids"]:
    """Set amplitudes to 0 where the magnitude of the frequency reaches half the sample rate.

    ![A glide whose upper harmonics stop at Nyquist, and a chord](../figures/harmonic.png)

    Parameters
    ----------
    frequency_envelopes
        In Hz. The sign does not count: -9000 Hz is muted at 16 kHz.
    amplitude_envelopes
        Any unit; the shape broadcasts with that of the frequencies.
    sample_rate
        In Hz.

    Returns
    -------
    amplitude_envelopes : array
        Same dtype. 0 at |frequency| >= sample_rate / 2 and at NaN frequencies, even where the amplitude is infinite or
        NaN. Frequencies get no gradient.

    See Also
    --------
    normalize_harmonics : Scales the amplitudes that are left.

    Examples
    --------
    >>> import numpy as np
    >>> remove_above_nyquist(np.asarray([[[100.0, 8000.0]]]), np.ones((1, 1, 2)))
    array([[[1., 0.]]])
    """
    xp = common_backend(frequency_envelopes=frequency_envelopes, amplitude_envelopes=amplitude_envelopes).xp
    below = xp.abs(frequency_envelopes) < sample_rate / 2.0
    return xp.where(below, amplitude_envelopes, xp.zeros_like(amplitude_envelopes))


@checked
def get_harmonic_frequencies(
    frequencies: Float[Array, "batch ... 1"], n_harmonics: int
) -> Float[Array, "batch ... harmonics"]:
    """Integer multiples 1 ... n_harmonics of a fundamental.

    Parameters
    ----------
    frequencies
        Fundamental frequency in Hz, [batch, time, 1], or with a voice axis as well.
    n_harmonics
        Number of harmonics, >= 1.

    Returns
    -------
    frequencies : array
        [batch, time, n_harmonics], in Hz, same dtype.

    See Also
    --------
    remove_above_nyquist : Mutes the harmonics that would alias.

    Examples
    --------
    >>> import numpy as np
    >>> get_harmonic_frequencies(np.asarray([[[110.0]]]), 3)
    array([[[110., 220., 330.]]])
    """
    backend = common_backend(frequencies=frequencies)
    n_harmonics = integer("n_harmonics", n_harmonics, 1)
    return frequencies * backend.constant(design.harmonic_numbers(n_harmonics), frequencies)


@checked_with(wide=False)
def normalize_harmonics(
    harmonic_distribution: Float[Array, "#batch *#axes harmonics"],
    f0_hz: Float[Array, "#batch *#axes 1"] | None = None,
    sample_rate: float | None = None,
) -> Float[Array, "batch ... harmonics"]:
    """Scale a harmonic distribution to a sum of 1 over the harmonics below Nyquist.

    Parameters
    ----------
    harmonic_distribution
        Linear levels >= 0, [batch, time, harmonics], or with a voice axis as well.
    f0_hz
        Fundamental frequency in Hz, [batch, time, 1]. With f0_hz and sample_rate, harmonics at sample_rate / 2 and
        above are set to 0 first.
    sample_rate
        In Hz.

    Returns
    -------
    harmonic_distribution : array
        Same shape and dtype; float16 and bfloat16 are computed in float32. All zeros if no harmonic is left. A harmonic
        above Nyquist contributes nothing, even if its level is infinite or NaN.

    See Also
    --------
    ddsp.synths.Harmonic : Normalizes its controls with this function.

    Examples
    --------
    >>> import numpy as np
    >>> normalize_harmonics(np.ones((1, 1, 4)), np.asarray([[[3000.0]]]), 16000)
    array([[[0.5, 0.5, 0. , 0. ]]])
    """
    xp, dtype = common_backend(harmonic_distribution=harmonic_distribution, f0_hz=f0_hz).xp, harmonic_distribution.dtype
    harmonic_distribution, f0_hz = (promote_half(xp, x) for x in (harmonic_distribution, f0_hz))
    if f0_hz is not None and sample_rate is not None:
        frequencies = get_harmonic_frequencies(f0_hz, axis_size(harmonic_distribution, -1))
        harmonic_distribution = remove_above_nyquist(frequencies, harmonic_distribution, sample_rate)
    total = xp.sum(harmonic_distribution, axis=-1, keepdims=True)
    return xp.astype(safe_divide(harmonic_distribution, total, floor_for(xp, dtype, 1e-7, 2.0**-14)), dtype)


@checked
def oscillator_bank(
    frequency_envelopes: Float[Array, "#batch time sinusoids"],
    amplitude_envelopes: Float[Array, "#batch time sinusoids"],
    sample_rate: float = 16000,
    sum_sinusoids: bool = True,
) -> Float[Array, "batch time ..."]:
    r"""Synthesize sinusoids with unrelated frequencies, given frequency and amplitude at every sample.

    $$x[n] = \sum_k a_k[n] \sin\left(2 \pi \sum_{m \le n} f_k[m] / f_s\right)$$

    ![Partials of a bell, and surrogates with the widths of their resonances](../figures/sinusoids.png)

    Parameters
    ----------
    frequency_envelopes
        In Hz, [batch, time, sinusoids].
    amplitude_envelopes
        Linear, same shape; muted where the frequency reaches half the sample rate.
    sample_rate
        In Hz.
    sum_sinusoids
        Add the sinusoids up.

    Returns
    -------
    audio : array
        [batch, time], or [batch, time, sinusoids] without the sum. Same dtype; float16 and bfloat16 are computed in
        float32. A sample with a frequency of NaN or infinity is NaN; later phases are as if that frequency had been
        0 Hz. A muted sinusoid contributes nothing, even if its amplitude is infinite.

    See Also
    --------
    harmonic_oscillator_bank : Harmonics of one fundamental.
    ddsp.synths.Sinusoidal : Scales the outputs of a network first.

    Notes
    -----
    The phase does not drift, so the original's argument `use_angular_cumsum` is gone.

    Examples
    --------
    >>> import numpy as np
    >>> oscillator_bank(np.full((1, 3, 1), 4000.0), np.ones((1, 3, 1))).round(3)
    array([[ 1.,  0., -1.]])
    """
    backend = common_backend(frequency_envelopes=frequency_envelopes, amplitude_envelopes=amplitude_envelopes)
    xp, dtype = backend.xp, frequency_envelopes.dtype
    frequency, amplitude = (promote_half(xp, x) for x in (frequency_envelopes, amplitude_envelopes))
    amplitude = remove_above_nyquist(frequency, amplitude, sample_rate)

    def render_group(group: slice) -> Array:
        cycles, _ = sample_phase(frequency[:, :, group], 1.0 / sample_rate)
        return amplitude[:, :, group] * xp.sin(2.0 * math.pi * cycles)

    return xp.astype(sum_in_groups(xp, render_group, axis_size(frequency, 2), sum_sinusoids), dtype)


@checked_with(wide=False)
def harmonic_oscillator_bank(
    frequency: Float[Array, "#batch time 1"],
    amplitude_envelopes: Float[Array, "#batch time harmonics"],
    initial_phase: Float[Array, "#batch 1 1"] | None = None,
    sample_rate: float = 16000,
) -> tuple[Float[Array, "batch time"], Float[Array, "batch 1 1"]]:
    r"""Synthesize harmonics, given the fundamental and their amplitudes at every sample.

    $$x[n] = \sum_{h=1}^{H} a_h[n] \sin(2 \pi h \phi[n]), \quad \phi[n] = \phi_0 + \sum_{m \le n} f_0[m] / f_s$$

    ![A glide whose upper harmonics stop at Nyquist, and a chord](../figures/harmonic.png)

    Parameters
    ----------
    frequency
        Fundamental frequency in Hz, [batch, time, 1].
    amplitude_envelopes
        Linear, [batch, time, harmonics]. Harmonics above Nyquist alias: `remove_above_nyquist` mutes them.
    initial_phase
        Phase of the fundamental before the first sample, in cycles, [batch, 1, 1]; 0 by default. It may be float32 with
        float16 or bfloat16 controls, as the final phase is.
    sample_rate
        In Hz.

    Returns
    -------
    audio : array
        [batch, time], same dtype; float16 and bfloat16 are computed in float32. A sample with a frequency of NaN or
        infinity is NaN.
    final_phase : array
        Phase of the last sample in cycles in [-0.5, 0.5], [batch, 1, 1], the initial phase of the next block. At least
        float32, so that a long stream keeps its phase. Frequencies of NaN or infinity count as 0 Hz.

    See Also
    --------
    harmonic_synthesis : The same from controls at frames, much faster.

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
    backend = common_backend(frequency=frequency, amplitude_envelopes=amplitude_envelopes)
    xp, dtype = backend.xp, frequency.dtype
    initial_phase = wide_phase("initial_phase", initial_phase, frequency)
    amplitude, frequency = promote_half(xp, amplitude_envelopes), promote_half(xp, frequency)
    initial = None
    if initial_phase is not None:  # a batch of 1 broadcasts
        initial = phase_of(backend, initial_phase + xp.zeros_like(frequency[:, :1, :]))
        frequency = frequency + xp.zeros_like(initial_phase)
    phase, last = sample_phase(frequency, 1.0 / sample_rate, initial)
    n_harmonics = axis_size(amplitude, 2)
    numbers = backend.constant(design.harmonic_numbers(n_harmonics), phase)

    def render_group(group: slice) -> Array:
        return amplitude[:, :, group] * xp.sin(2.0 * math.pi * wrap_cycles(xp, phase * numbers[group]))

    audio = sum_in_groups(xp, render_group, n_harmonics)
    return xp.astype(audio, dtype), last.cycles


def sum_in_groups(xp: Array, render_group: Callable[[slice], Array], n_partials: int, add: bool = True) -> Array:
    """Render partials group by group, which bounds the memory, and add them up; `add=False` concatenates them."""
    if not add:
        return xp.concat([render_group(group) for group in partial_slices(n_partials)], axis=2)
    total = None
    for group in partial_slices(n_partials):
        audio = xp.sum(render_group(group), axis=2)
        total = audio if total is None else total + audio
    return total


def partial_slices(n_partials: int) -> list[slice]:
    """Slices of `PARTIALS_AT_ONCE` partials; the last may be shorter."""
    return [slice(i, min(i + PARTIALS_AT_ONCE, n_partials)) for i in range(0, n_partials, PARTIALS_AT_ONCE)]
