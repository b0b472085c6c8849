"""Band-limited wavetables: tables without the harmonics above Nyquist."""

from __future__ import annotations

from .. import design
from ..extend import Adapter, Array, Float, axis_size, checked, common_backend, integer, promote_half
from .lookup import floor_index
from .resampling import resample

__all__ = ["band_limited_wavetables"]

#: Levels for each octave of bandwidth: a level lacks at most 14 percent of the harmonics below Nyquist.
LEVELS_PER_OCTAVE = 8
#: Largest number of tables to which fewer tables are interpolated before they are band-limited to f0.
MAX_ROWS = 512
#: Tables are lengthened before they are read, by this factor, but to no more than this number of samples.
DENSITY, DENSE = 32, 8192


@checked
def band_limited_wavetables(
    wavetables: Float[Array, "batch n_wavetable"], levels_per_octave: int = LEVELS_PER_OCTAVE
) -> Float[Array, "batch levels n_wavetable"]:
    """Make copies of a table with progressively fewer harmonics: the mip-map levels of wavetable synthesizers.

    ![Spectrograms of a rising sawtooth: with aliases, and band-limited](../figures/wavetable.png)

    Parameters
    ----------
    wavetables
        One period of the waveform, [batch, n_wavetable].
    levels_per_octave
        Number of levels for each octave of bandwidth, >= 1. Level 0 has the table's n_wavetable // 2 harmonics. Each
        further level has about 2 ** (-1 / levels_per_octave) times as many, rounded, down to 1 harmonic and finally 0.

    Returns
    -------
    tables : array
        [batch, levels, n_wavetable], dtype of the input. The mean value is in every level. float16 and bfloat16 are
        computed in float32.

    Raises
    ------
    ValueError
        Not two axes, or an empty table.

    See Also
    --------
    wavetable_synthesis : Reads such tables with `band_limit=True`.
    harmonic_distribution_to_wavetable : Makes a table of harmonic amplitudes.

    Examples
    --------
    >>> import numpy as np
    >>> band_limited_wavetables(np.asarray([[1.0, 0.0, 0.0, 0.0]])).round(3) + 0.0
    array([[[ 1.  ,  0.  ,  0.  ,  0.  ],
            [ 0.75,  0.25, -0.25,  0.25],
            [ 0.25,  0.25,  0.25,  0.25]]])
    """
    backend = common_backend(wavetables=wavetables)
    xp = backend.xp
    size = integer("n_wavetable", axis_size(wavetables, 1), 1)
    tops = design.level_tops(size, integer("levels_per_octave", levels_per_octave, 1))
    tables = promote_half(xp, wavetables)
    tops = backend.constant(tops, tables)[:, None]
    kept = backend.constant(design.linspace(0.0, size // 2, size // 2 + 1), tables) <= tops
    gains = xp.astype(kept, tables.dtype)
    return xp.astype(_with_gains(backend, tables[:, None, :], gains, size), wavetables.dtype)


def lengthened(backend: Adapter, tables: Float[Array, "... n_wavetable"]) -> Float[Array, "... longer"]:
    """Tables with more samples of the same harmonics, so that linear interpolation causes no audible images.

    Harmonic h of a table of N samples, read with linear interpolation, has images of (h / N) ** 2 of its size.
    """
    size = axis_size(tables, -1)
    longer = max(size, min(DENSITY * size, DENSE))
    ones = backend.constant(design.linspace(1.0, 1.0, size // 2 + 1), tables)
    return tables if longer == size else _with_gains(backend, tables, ones, longer)


def _with_gains(backend: Adapter, tables: Array, gains: Array, size: int) -> Array:
    """Tables of `size` samples, with harmonics 0, 1, ... multiplied by gains [..., n_wavetable // 2 + 1]."""
    n_wavetable = axis_size(tables, -1)
    spectrum = backend.xp.fft.rfft(tables)
    gains = gains * backend.constant(design.longer_spectrum(n_wavetable, size), tables)
    return backend.xp.fft.irfft(spectrum * backend.xp.astype(gains, spectrum.dtype), n=size)


def harmonics_below_nyquist(xp: Array, f0_hz: Array, n_wavetable: int, sample_rate: float) -> Array:
    """Number of harmonics below Nyquist, nyquist / |f0|, as a real number, at most n_wavetable."""
    nyquist = sample_rate / 2.0
    least = nyquist / n_wavetable
    f0 = xp.abs(f0_hz)
    return nyquist / xp.where(f0 < least, xp.full_like(f0, least), f0)


def level_rows(
    backend: Adapter, f0_hz: Float[Array, "batch time"], n_wavetable: int, sample_rate: float
) -> tuple[Array, Array]:
    """Indices of the two levels of a table to read at each sample, and their weights: [batch, 2, time] each.

    A level whose highest harmonic reaches Nyquist has the weight 0; it fades out as f0 rises.
    """
    xp = backend.xp
    levels, fades = (backend.constant(x, f0_hz) for x in design.level_choice(n_wavetable, LEVELS_PER_OCTAVE))
    count = harmonics_below_nyquist(xp, f0_hz, n_wavetable, sample_rate)
    _, index = floor_index(backend, count, 0, n_wavetable)
    flat, n_times = xp.reshape(index, (-1,)), axis_size(f0_hz, 1)

    def at_samples(x: Array) -> Array:  # [counts] -> [batch, time]
        return xp.reshape(xp.take(x, flat, axis=0), (-1, n_times))

    weight = xp.clip((count - at_samples(fades[0, :])) / at_samples(fades[1, :]), 0.0, 1.0)
    rows = xp.stack([at_samples(levels[0, :]), at_samples(levels[1, :])], axis=1)
    return rows, xp.stack([weight, 1.0 - weight], axis=1)


def cut_frames(
    backend: Adapter, tables: Float[Array, "batch frames n_wavetable"], f0_hz: Array, n_samples: int, sample_rate: float
) -> Float[Array, "batch rows n_wavetable"]:
    """Band-limit each table to the highest f0 of its frame. May return more frames than it is given."""
    xp = backend.xp
    n_frames = axis_size(tables, 1)
    # For a multiple of the frames, later interpolation between the new frames gives the same values.
    n_rows = n_frames * -(-min(axis_size(f0_hz, 1), MAX_ROWS) // n_frames)
    tables = resample(tables, n_rows) if n_rows > n_frames else tables
    spans = design.frame_spans(n_rows, n_samples)
    f0 = size_of_f0(xp, resample(f0_hz, n_samples)[:, :, 0])
    f0 = xp.take(f0, backend.constant(spans.reshape(-1), f0_hz), axis=1)
    return cut_below(backend, tables, xp.max(xp.reshape(f0, (-1, *spans.shape)), axis=2), sample_rate)


def size_of_f0(xp: Array, f0_hz: Array) -> Array:
    """|f0|, 0 if it is not finite: a NaN in f0 must not spread to other samples of its table."""
    f0 = xp.abs(f0_hz)
    return xp.where(xp.isfinite(f0), f0, xp.zeros_like(f0))


def cut_below(
    backend: Adapter,
    tables: Float[Array, "batch frames n_wavetable"],
    highest_hz: Float[Array, "batch frames"],
    sample_rate: float,
) -> Float[Array, "batch frames n_wavetable"]:
    """Mute the harmonics of each table that reach half the sample rate at an f0 of `highest_hz`."""
    xp, size = backend.xp, axis_size(tables, 2)
    fades = backend.constant(design.harmonic_fades(size), highest_hz)
    count = harmonics_below_nyquist(xp, highest_hz, size, sample_rate)[:, :, None]
    gains = xp.clip(count * fades[0, :] + fades[1, :], 0.0, 1.0)
    return _with_gains(backend, tables, gains, size)
