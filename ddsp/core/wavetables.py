"""Wavetable synthesis: one period of a waveform, read at the phase of an oscillator."""

from __future__ import annotations

from .. import design
from ..extend import Adapter, Array, Float, axis_size, checked, common_backend, integer, promote_half, wide_phase
from .band_limiting import band_limited_wavetables, cut_frames, lengthened, level_rows
from .lookup import floor_index, read_rows, serve_batch, take_flat
from .padding import pad_checked
from .phase import block_phase, from_blocks
from .resample import no_shorter, resample

__all__ = ["harmonic_distribution_to_wavetable", "linear_lookup", "wavetable_synthesis"]


@checked
def linear_lookup(
    phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    wavetables: Float[Array, "#batch n_wavetable"]
    | Float[Array, "#batch 1 n_wavetable"]
    | Float[Array, "#batch time n_wavetable"],
) -> Float[Array, "batch time"]:
    """Read periodic tables at a phase, with linear interpolation between neighbours.

    Parameters
    ----------
    phase : in cycles, in [0, 1], [batch, time] or [batch, time, 1]. 1 is the first sample of the table again.
    wavetables : one table, [batch, n_wavetable] or [batch, 1, n_wavetable], or one at each time,
        [batch, time, n_wavetable].

    Returns
    -------
    [batch, time], same dtype; float16 and bfloat16 are computed in float32. A phase outside [0, 1] gives 0, but for a
    linear fade over one sample of the table: wrap it before.

    Raises
    ------
    ValueError : shapes that do not fit.

    Notes
    -----
    Same values as the original, which weighs every sample of the table at every time; here two are gathered.

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
    phase, tables = serve_batch(xp, phase, tables[:, :, 0]), serve_batch(xp, tables, phase)
    n_rows, size = axis_size(tables, 1), axis_size(tables, 2)
    place = phase * size
    lower, index = floor_index(backend, place, -1, size)
    neighbours = xp.stack([(index + size) % size, (index + 1) % size], axis=1)  # [batch, 2, time]
    if n_rows > 1:
        neighbours = neighbours + size * backend.constant(design.integers(n_rows), phase)
    found = take_flat(xp, xp.reshape(tables, (-1, n_rows * size)), neighbours)
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
    """One period of a sum of cosines: table[n] = sum_h a_h cos(2 pi h n / n_wavetable).

    Parameters
    ----------
    harmonic_distribution : amplitudes a_h of harmonics 1 ... H, linear, [..., harmonics].
    n_wavetable : samples of the table, at least 2 * harmonics.

    Returns
    -------
    [..., n_wavetable], same dtype; float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError : the table is too short for the harmonics.

    Notes
    -----
    As in the original, a harmonic at exactly half the table's length counts half.

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
    """Audio of an oscillator that reads a table.

    out[n] = amplitude[n] table(sum_{m < n} f0[m] / sample_rate), the table read with linear interpolation. The first
    sample is at phase 0. f0 and tables are linear between frames, amplitudes cross-fade with Hann windows.

    Parameters
    ----------
    frequencies : fundamental in Hz, [batch, frames, 1].
    amplitudes : linear, [batch, frames, 1]; their number of frames is free.
    wavetables : one period, [batch, n_wavetable], or one for each of any number of frames,
        [batch, frames, n_wavetable]. A batch of 1 serves all.
    n_samples : length of the audio; it need not be a multiple of any number of frames.
    sample_rate : in Hz.
    band_limit : let only harmonics below half the sample rate sound; each fades out over the last tenth of the band.
        One table is cut into the levels of `band_limited_wavetables`, chosen sample by sample; tables of frames are
        cut at the highest f0 that they meet. Tables are then lengthened by their spectra, to 32 times their samples or
        8192, so that linear interpolation adds no images: below -70 dB in all, for any table of up to 512 samples and,
        of longer ones, for 200 equally strong harmonics or any number that fall as 1 / h. Without it, harmonics above
        half the sample rate alias, and short tables have images: -31 dB with 64 samples and 1 / h.

    Returns
    -------
    [batch, n_samples], same dtype; float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError : shapes or dtypes that do not fit.

    Notes
    -----
    The phase does not drift, at any length. Two samples of each table are gathered, where the original weighs all of
    them at every sample of the audio: memory does not grow with samples times n_wavetable.

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
    f0, tables = serve_batch(xp, f0, tables[:, :, 0]), serve_batch(xp, tables, f0[:, :, 0])
    tables, rows, weights = _rows(backend, tables, f0, n_samples, sample_rate, band_limit)
    audio = read_rows(backend, tables, rows, weights, _phase_before(backend, f0, n_samples, sample_rate))
    return xp.astype(resample(amplitude, n_samples, "window")[:, :, 0] * audio, dtype)


def _phase_before(backend: Adapter, f0_hz: Array, n_samples: int, sample_rate: float) -> Array:
    """Phase of an oscillator that starts at 0 with the first sample, in cycles in [-0.5, 0.5], [batch, n_samples]."""
    blocks = block_phase(backend, f0_hz, n_samples, 1.0 / sample_rate)
    phase = from_blocks(backend, blocks, axis_size(f0_hz, 1), n_samples)[:, :, 0]
    return backend.xp.concat([backend.xp.zeros_like(phase[:, :1]), phase[:, :-1]], axis=1)


def _rows(
    backend: Adapter, tables: Array, f0_hz: Array, n_samples: int, sample_rate: float, band_limit: bool
) -> tuple[Array, Array, Array]:
    """Tables, and which of their rows with which weights make the table of each sample, as `read_rows` takes them."""
    if band_limit and axis_size(tables, 1) == 1:
        f0 = resample(f0_hz, n_samples)[:, :, 0]
        levels = lengthened(backend, band_limited_wavetables(tables[:, 0, :]))
        return (levels, *level_rows(backend, f0, axis_size(tables, 2), sample_rate))
    if band_limit:
        tables = lengthened(backend, cut_frames(backend, tables, f0_hz, n_samples, sample_rate))
    n_frames = axis_size(tables, 1)
    taps = design.resample_taps(n_frames, n_samples, "linear" if n_frames > 1 else "nearest", True)
    rows, weights = (backend.constant(x, f0_hz)[None, ...] for x in taps)
    return tables, rows, weights
