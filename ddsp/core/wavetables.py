"""Wavetable synthesis: one period of a waveform, read at the phase of an oscillator."""

from __future__ import annotations

from .. import design
from ..extend import (
    Adapter,
    Array,
    Float,
    axis_size,
    checked,
    common_backend,
    integer,
    promote_half,
    unchecked,
    wide_phase,
)
from .band_limiting import band_limited_wavetables, cut_frames, lengthened, level_rows
from .hops import Hops, hops_of, rows_to_samples
from .lookup import broadcast_batch, floor_index, gather_per_batch, read_rows
from .padding import pad_checked
from .phase import Phase, row_phase
from .resampling import no_shorter, resample
from .streaming import delay_step

__all__ = ["harmonic_distribution_to_wavetable", "linear_lookup", "wavetable_synthesis"]


@checked
def linear_lookup(
    phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    wavetables: Float[Array, "#batch n_wavetable"]
    | Float[Array, "#batch 1 n_wavetable"]
    | Float[Array, "#batch time n_wavetable"],
) -> Float[Array, "batch time"]:
    r"""Read periodic tables at a phase, with linear interpolation.

    $$y[n] = table(\phi[n] \cdot n\_wavetable)$$

    Parameters
    ----------
    phase
        Phase phi in cycles, in [0, 1], [batch, time] or [batch, time, 1]. Phase 1 is the first sample of the table
        again.
    wavetables
        One table, [batch, n_wavetable] or [batch, 1, n_wavetable], or one for each sample, [batch, time, n_wavetable].

    Returns
    -------
    audio : array
        [batch, time], dtype of `wavetables`. float16 and bfloat16 are computed in float32. Outside of [0, 1] the result
        fades to 0 within one sample of the table, so wrap the phase first.

    Raises
    ------
    ValueError
        Shapes that do not fit.

    See Also
    --------
    wavetable_synthesis : Computes the phase from f0.

    Notes
    -----
    The values are those of the original, which weights all samples of the table at every time. Here two are gathered.

    Examples
    --------
    >>> import numpy as np
    >>> linear_lookup(np.asarray([[0.0, 0.125, 0.875, 1.0]]), np.asarray([[0.0, 1.0, 0.0, -1.0]]))
    array([[ 0. ,  0.5, -0.5,  0. ]])
    """
    backend = common_backend(wavetables=wavetables)
    xp, dtype = backend.xp, wavetables.dtype
    phase, tables = wide_phase("phase", phase, wavetables), promote_half(xp, _tables(wavetables))
    phase = phase if len(phase.shape) == 2 else phase[:, :, 0]
    phase, tables = broadcast_batch(xp, phase, tables[:, :, 0]), broadcast_batch(xp, tables, phase)
    n_rows, size = axis_size(tables, 1), axis_size(tables, 2)
    place = phase * size
    lower, index = floor_index(backend, place, -1, size)
    neighbors = xp.stack([(index + size) % size, (index + 1) % size], axis=1)  # [batch, 2, time]
    if n_rows > 1:
        neighbors = neighbors + size * backend.constant(design.integers(n_rows), phase)
    found = gather_per_batch(xp, xp.reshape(tables, (-1, n_rows * size)), neighbors)
    fraction, nothing = place - lower, xp.zeros_like(place)
    left = xp.where((lower < 0.0) | (lower > size), nothing, 1.0 - fraction)
    right = xp.where((lower < -1.0) | (lower > size - 1.0), nothing, fraction)
    return xp.astype(left * found[:, 0, :] + right * found[:, 1, :], dtype)


def _tables(wavetables: Array) -> Array:
    """Tables as [batch, frames, n_wavetable]."""
    return wavetables[:, None, :] if len(wavetables.shape) == 2 else wavetables


@checked
def harmonic_distribution_to_wavetable(
    harmonic_distribution: Float[Array, "... harmonics"], n_wavetable: int = 2048
) -> Float[Array, "... n_wavetable"]:
    r"""Make a table with one period of a sum of cosines.

    $$table[n] = \sum_{h=1}^{H} a_h \cos(2 \pi h n / n\_wavetable)$$

    Parameters
    ----------
    harmonic_distribution
        Linear amplitudes a of harmonics 1 ... H, [..., harmonics].
    n_wavetable
        Number of samples of the table, at least 2 * harmonics.

    Returns
    -------
    table : array
        [..., n_wavetable], dtype of the input. float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError
        The table is too short for the harmonics.

    See Also
    --------
    wavetable_synthesis : Reads the table.
    harmonic_synthesis : Harmonics without a table.

    Notes
    -----
    As in the original, a harmonic at exactly half the length of the table counts half.

    Examples
    --------
    >>> import numpy as np
    >>> harmonic_distribution_to_wavetable(np.asarray([[[1.0]]]), 4).round(6) + 0.0
    array([[[ 1.,  0., -1.,  0.]]])
    """
    xp = common_backend(harmonic_distribution=harmonic_distribution).xp
    n_harmonics = axis_size(harmonic_distribution, -1)
    n_wavetable = integer("n_wavetable", n_wavetable, 1)
    if n_harmonics > n_wavetable // 2:
        raise ValueError(f"n_wavetable: got {n_wavetable}, expected at least twice the {n_harmonics} harmonics")
    spectrum = promote_half(xp, harmonic_distribution)
    spectrum = pad_checked(spectrum, (1, n_wavetable // 2 - n_harmonics), axis=-1) * (n_wavetable / 2.0)
    complex_dtype = xp.complex128 if spectrum.dtype == xp.float64 else xp.complex64
    table = xp.fft.irfft(xp.astype(spectrum, complex_dtype), n=n_wavetable)
    return xp.astype(table, harmonic_distribution.dtype)


@checked
def wavetable_synthesis(
    frequencies: Float[Array, "#batch frames 1"],
    amplitudes: Float[Array, "#batch amplitude_frames 1"],
    wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch table_frames n_wavetable"],
    n_samples: int = 64000,
    sample_rate: float = 16000,
    band_limit: bool = False,
) -> Float[Array, "batch n_samples"]:
    r"""Synthesize audio with a wavetable oscillator.

    $$y[n] = a[n] \, table(\phi[n]), \quad \phi[n] = \sum_{m < n} f_0[m] / f_s$$

    The table is interpolated linearly; the first sample has phase 0. f0 and tables are interpolated linearly between
    frames, amplitudes cross-fade with Hann windows (Shan et al., 2022, "Differentiable wavetable synthesis").

    ![Spectrograms of a rising sawtooth: with aliases, and band-limited](../figures/wavetable.png)

    Parameters
    ----------
    frequencies
        Fundamental frequency in Hz, [batch, frames, 1].
    amplitudes
        Linear amplitudes, [batch, frames, 1]; the number of frames may differ from that of `frequencies`.
    wavetables
        One period of the waveform, [batch, n_wavetable], or one for each of any number of frames, [batch, frames,
        n_wavetable]. A batch of 1 broadcasts.
    n_samples
        Length of the audio in samples, not necessarily a multiple of a number of frames.
    sample_rate
        Sample rate in Hz.
    band_limit
        If True, mute harmonics above half the sample rate; each fades out over the last tenth of the band. One table is
        split into the levels of `band_limited_wavetables`, selected at each sample. Tables of frames are band-limited
        to the highest f0 of their frame. Tables are then resampled through their spectra to 32 times their samples, at
        most 8192, to suppress the images of linear interpolation: in total below -70 dB for any table of up to 512
        samples, and for longer ones with 200 equally strong harmonics or any number that falls as 1 / h. If False,
        harmonics above half the sample rate alias, and short tables have images: -31 dB with 64 samples and 1 / h.

    Returns
    -------
    audio : array
        [batch, n_samples], dtype of the inputs. float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.

    See Also
    --------
    linear_lookup : The interpolation.
    band_limited_wavetables : The levels of a table.
    ddsp.synths.Wavetable : The synthesis as a processor.

    Notes
    -----
    The phase does not drift at any length. Two samples of each table are gathered; the original weights all of them at
    every sample of the audio. Memory therefore does not grow with samples times n_wavetable.

    Examples
    --------
    >>> import numpy as np
    >>> sine = np.asarray([[0.0, 1.0, 0.0, -1.0]])
    >>> wavetable_synthesis(np.full((1, 1, 1), 2000.0), np.ones((1, 1, 1)), sine, n_samples=5)
    array([[0. , 0.5, 1. , 0.5, 0. ]])
    """
    backend = common_backend(frequencies=frequencies, amplitudes=amplitudes, wavetables=wavetables)
    xp, dtype = backend.xp, wavetables.dtype
    tables = _tables(wavetables)
    n_samples = integer("n_samples", n_samples, 1)
    no_shorter("n_samples", n_samples, axis_size(amplitudes, 1), "window")
    f0, amplitude, tables = (promote_half(xp, x) for x in (frequencies, amplitudes, tables))
    f0, tables = broadcast_batch(xp, f0, tables[:, :, 0]), broadcast_batch(xp, tables, f0[:, :, 0])
    if band_limit and axis_size(tables, 1) == 1:
        rows, weights = level_rows(backend, resample(f0, n_samples)[:, :, 0], axis_size(tables, 2), sample_rate)
        tables = table_levels(backend, tables)
    else:
        if band_limit:
            tables = lengthened(backend, cut_frames(backend, tables, f0, n_samples, sample_rate))
        rows, weights = frame_rows(backend, axis_size(tables, 1), n_samples, f0)
    phase, *_ = phase_before(backend, hops_of(xp, f0), n_samples, sample_rate)
    audio = read_rows(backend, tables, rows, weights, phase)
    return xp.astype(resample(amplitude, n_samples, "window")[:, :, 0] * audio, dtype)


def phase_before(
    backend: Adapter,
    f0_hz: Hops,
    n_samples: int,
    sample_rate: float,
    initial: Phase | None = None,
    before: Float[Array, "batch 1"] | None = None,
) -> tuple[Float[Array, "batch n_samples"], Phase, Float[Array, "batch 1"]]:
    """Phase of an oscillator, exclusive: phase 0 at the first sample, in cycles in [-0.5, 0.5].

    Parameters
    ----------
    initial
        Phase at the last sample before, exact; None for 0.
    before
        The same as it was computed at that sample; None for 0.

    Returns
    -------
    phase : array
        Of each sample.
    last : Phase
        Inclusive phase at the last sample: that of the next one.
    before : array
        The same as it was computed at the last sample.
    """
    rows, last = row_phase(backend, f0_hz, n_samples, 1.0 / sample_rate, initial)
    phase = rows_to_samples(backend, rows, axis_size(f0_hz.start, 1), n_samples)[:, :, 0]
    delayed, before = delay_step(backend.xp.zeros_like(phase[:, :1]) if before is None else before, phase)
    return delayed, last, before


def table_levels(backend: Adapter, tables: Float[Array, "batch 1 n_wavetable"]) -> Array:
    """The levels of one table, [batch, levels, longer], from which `level_rows` selects."""
    return lengthened(backend, unchecked(band_limited_wavetables)(tables[:, 0, :]))


def frame_rows(backend: Adapter, n_frames: int, n_samples: int, like: Array) -> tuple[Array, Array]:
    """Tables of frames to read at each sample, and their weights, in the form of `read_rows`."""
    taps = design.resample_taps(n_frames, n_samples, "linear" if n_frames > 1 else "nearest", True)
    rows, weights = (backend.constant(x, like)[None, ...] for x in taps)
    return rows, weights
