"""Harmonic synthesis from controls at frames, of a whole sound or of one block of a stream."""

from __future__ import annotations

from ... import design
from ...extend import (
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
from ..hops import hops_for, hops_of
from ..oscillators import (
    get_harmonic_frequencies,
    harmonic_oscillator_bank,
    normalize_harmonics,
    remove_above_nyquist,
)
from ..resampling import METHODS, no_shorter, resample
from .forms import needs_free_partials
from .free import free_partials
from .rows import synthesize_frames
from .voices import fold_voices, sum_voices

__all__ = ["harmonic_synthesis", "streaming_harmonic_synthesis"]


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
    r"""Synthesize a harmonic tone, or several voices at once, from controls at frames.

    $$x[n] = a[n] \sum_{h=1}^{H} c_h[n] \sin(2 \pi h \phi[n]), \quad \phi[n] = \sum_{m \le n} f_0[m] / f_s$$

    f0 is interpolated linearly, amplitudes by `amp_resample_method`; both are held after the last frame. Harmonic h is
    silent while h |f0| >= sample_rate / 2 (Engel et al., 2020, "DDSP", section 3.2, arXiv:2001.04643). With a voice
    axis, the tones of all voices are added.

    ![A glide whose upper harmonics stop at Nyquist, and a chord](../figures/harmonic.png)

    Parameters
    ----------
    frequencies
        Fundamental frequency f0 in Hz, [batch, frames, 1]; for a chord [batch, voices, frames, 1]. All other controls
        then have a voice axis too, and a voice axis of 1 broadcasts.
    amplitudes
        Overall level a, linear, [batch, frames, 1].
    harmonic_shifts
        Relative shift of each partial, [batch, frames, harmonics]: its frequency is h f0 (1 + shift).
    harmonic_distribution
        Relative levels c_h, [batch, frames, harmonics], not normalized here. Without a distribution and without shifts
        the fundamental sounds alone.
    n_samples
        Length of the audio; it need not be a multiple of the number of frames.
    sample_rate
        In Hz.
    amp_resample_method
        How amplitudes are interpolated: a method of `resample`.

    Returns
    -------
    audio : array
        [batch, n_samples], same dtype; float16 and bfloat16 are computed in float32. NaN and infinity stay local: a
        frame that has one in f0, or in the amplitude of an audible partial, makes the samples between its neighboring
        frames NaN ('cubic': two frames to either side). Later phases are as if f0 had been 0 there. A silent partial
        contributes nothing, even if its amplitude is infinite.

    Raises
    ------
    ValueError
        Shapes, dtypes or options that do not fit.

    See Also
    --------
    plain_harmonic_synthesis : The same equation in ten lines.
    streaming_harmonic_synthesis : One block of a stream.
    ddsp.synths.Harmonic : Scales the outputs of a network first.
    oscillator_bank : Sinusoids with unrelated frequencies.

    Notes
    -----
    The phase does not drift, at any length; the original loses it within seconds. `ddsp.core.harmonic` shows how fewer
    sines than harmonics are computed.

    Examples
    --------
    >>> import numpy as np
    >>> f0, amplitude = np.full((1, 10, 1), 440.0), np.full((1, 10, 1), 0.5)
    >>> harmonic_synthesis(f0, amplitude, harmonic_distribution=np.ones((1, 10, 4)) / 4, n_samples=640).shape
    (1, 640)
    """
    controls = {
        "frequencies": frequencies,
        "amplitudes": amplitudes,
        "harmonic_shifts": harmonic_shifts,
        "harmonic_distribution": harmonic_distribution,
    }
    backend = common_backend(**controls)
    xp, dtype = backend.xp, frequencies.dtype
    rank("frequencies", frequencies, (3, 4), "[batch, frames, 1] or [batch, voices, frames, 1]")
    if len(frequencies.shape) == 4:
        folded, n_voices = fold_voices(xp, controls)
        audio = harmonic_synthesis(
            **folded, n_samples=n_samples, sample_rate=sample_rate, amp_resample_method=amp_resample_method
        )
        return sum_voices(xp, audio, n_voices)
    one_of("amp_resample_method", amp_resample_method, METHODS)
    n_samples = integer("n_samples", n_samples, 1)
    no_shorter("n_samples", n_samples, axis_size(amplitudes, 1), amp_resample_method)
    f0, amplitude, shifts, distribution = (None if x is None else promote_half(xp, x) for x in controls.values())
    amplitude = amplitude if distribution is None else amplitude * distribution
    if needs_free_partials(axis_size(f0, 1), n_samples, amp_resample_method, has_shifts=shifts is not None):
        partials = get_harmonic_frequencies(f0, axis_size(amplitude if shifts is None else shifts, 2))
        partials = partials if shifts is None else partials * (1.0 + shifts)
        amplitude = xp.zeros_like(partials) + amplitude
        hops = hops_of(xp, partials), hops_for(xp, amplitude, amp_resample_method)
        audio, _ = free_partials(backend, *hops, n_samples, sample_rate, amp_resample_method)
    else:
        settings = {"n_samples": n_samples, "sample_rate": sample_rate, "method": amp_resample_method}
        rows, segments, length, _ = design.row_shape(axis_size(f0, 1), n_samples)
        loops = rows * segments * length > backend.traits(f0).chunk_samples
        audio, _ = backend.outline_op(synthesize_frames, f0, amplitude, loops=loops, **settings)
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
    """Synthesize one block of a stream, and return the phase from which the next block continues.

    Parameters
    ----------
    frequencies
        Fundamental frequency in Hz, [batch, frames, 1].
    amplitudes
        Overall level, linear, [batch, frames, 1].
    harmonic_distribution
        Relative levels of the harmonics, [batch, frames, harmonics], scaled by `normalize_harmonics` to a sum of 1 over
        the harmonics below Nyquist.
    initial_phase
        Phase of the fundamental before the first sample, in cycles, [batch, 1, 1]; 0 by default. It may be float32 with
        float16 or bfloat16 controls, as the final phase is.
    n_samples
        Length of the block.
    sample_rate
        In Hz.
    amp_resample_method
        How amplitudes are interpolated: a method of `resample`.

    Returns
    -------
    audio : array
        [batch, n_samples], same dtype. NaN and infinity stay local, as in `harmonic_synthesis`.
    final_phase : array
        Phase of the last sample in cycles in [-0.5, 0.5], [batch, 1, 1], the initial phase of the next block. At least
        float32, so that a long stream keeps its phase.

    See Also
    --------
    harmonic_synthesis : A whole sound.

    Notes
    -----
    The last frame is held to the end of the block, as in `harmonic_synthesis` of the block alone. So the phase is
    continuous where blocks meet, but f0 and amplitudes do not move towards the first frame of the next block, as they
    would in one call for the whole. If a step of the level is audible, use more frames in a block, or one frame for
    each sample.

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
    if needs_free_partials(axis_size(f0, 1), n_samples, amp_resample_method):
        frequency, envelope = resample(f0, n_samples), resample(amplitude, n_samples, amp_resample_method)
        partials = get_harmonic_frequencies(frequency, axis_size(envelope, 2))
        envelope = remove_above_nyquist(partials, envelope, sample_rate)
        audio, phase = harmonic_oscillator_bank(frequency, envelope, start, sample_rate)
    else:
        audio, phase = synthesize_frames(backend, f0, amplitude, n_samples, sample_rate, amp_resample_method, start)
    return xp.astype(audio, dtype), phase
