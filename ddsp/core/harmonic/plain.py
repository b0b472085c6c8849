"""Harmonic synthesis as the textbook has it: the definition that the faster forms are tested against."""

from __future__ import annotations

import math

from ... import design
from ...extend import Array, Float, axis_size, checked, common_backend, integer, one_of
from ..phase import plain_phase, wrap_cycles
from ..resampling import METHODS, no_shorter, resample

__all__ = ["plain_harmonic_synthesis"]


@checked
def plain_harmonic_synthesis(
    f0_hz: Float[Array, "#batch frames 1"],
    amplitudes: Float[Array, "#batch frames harmonics"],
    n_samples: int = 64000,
    sample_rate: float = 16000,
    method: str = "window",
    initial_phase: float = 0.0,
) -> tuple[Float[Array, "batch time"], Float[Array, "batch 1 1"]]:
    r"""Add up harmonics, one sine each: harmonic synthesis in ten lines.

    $$x[n] = \sum_{h=1}^{H} a_h[n] \sin(2 \pi h \phi[n]), \quad \phi[n] = \phi_0 + \sum_{m \le n} f_0[m] / f_s$$

    Harmonic h is silent while h |f0| >= sample_rate / 2 (Engel et al., 2020, "DDSP", section 3.2, arXiv:2001.04643).

    Parameters
    ----------
    f0_hz
        Fundamental frequency in Hz, [batch, frames, 1], interpolated linearly.
    amplitudes
        Linear amplitude of each harmonic, [batch, frames, harmonics].
    n_samples
        Length of the audio.
    sample_rate
        In Hz.
    method
        Interpolation of the amplitudes: a method of `resample`.
    initial_phase
        Phase of the fundamental before the first sample, in cycles.

    Returns
    -------
    audio : array
        [batch, n_samples], dtype of the inputs.
    final_phase : array
        Phase of the fundamental at the last sample, in cycles in [-0.5, 0.5], [batch, 1, 1].

    See Also
    --------
    harmonic_synthesis : The same sum, faster, with an exact phase in float32.

    Notes
    -----
    Exact in float64. In float32 the running sum of the frequency loses the phase within seconds, and at h |f0| equal to
    Nyquist rounding decides whether a harmonic is silent: `harmonic_synthesis` has neither fault.

    Examples
    --------
    >>> import numpy as np
    >>> audio, phase = plain_harmonic_synthesis(np.full((1, 10, 1), 440.0), np.ones((1, 10, 4)) / 4, n_samples=640)
    >>> audio.shape, phase.shape
    ((1, 640), (1, 1, 1))
    """
    backend = common_backend(f0_hz=f0_hz, amplitudes=amplitudes)
    xp = backend.xp
    one_of("method", method, METHODS)
    n_samples = integer("n_samples", n_samples, 1)
    no_shorter("n_samples", n_samples, axis_size(amplitudes, 1), method)

    f0 = resample(f0_hz, n_samples)
    a = resample(amplitudes, n_samples, method)
    h = backend.constant(design.harmonic_numbers(axis_size(amplitudes, 2)), f0)
    a = xp.where(h * xp.abs(f0) < sample_rate / 2.0, a, xp.zeros_like(a))
    # h is a whole number, so the phase may be wrapped first.
    phase = wrap_cycles(xp, initial_phase + plain_phase(f0, 1.0 / sample_rate))
    audio = xp.sum(a * xp.sin(2.0 * math.pi * h * phase), axis=2)
    return audio, phase[:, -1:, :]
