"""Indices and weights of samples: resampling, reflections and wavetables."""

from __future__ import annotations

import numpy as np

from ..extend import host_constant

__all__ = [
    "crossfade",
    "cubic_weights",
    "frame_spans",
    "harmonic_fades",
    "level_choice",
    "level_tops",
    "longer_spectrum",
    "mirror_indices",
    "resample_taps",
]

#: A harmonic fades out over the last tenth of the band below Nyquist. In terms of the number of harmonics below
#: Nyquist, c = nyquist / f0, harmonic h has gain 0 at c = h and gain 1 from c = h * (1 + FADE).
FADE = 1.0 / 9.0


@host_constant
def mirror_indices(length: int, before: int, after: int, skip_end: bool) -> np.ndarray:
    """Indices of an axis that is extended by reflection at both ends.

    Parameters
    ----------
    length
        Number of elements of the axis.
    before, after
        Numbers of elements to add.
    skip_end
        If True, the end element is not repeated.

    Returns
    -------
    indices : array
        [before + length + after], int64.
    """
    skip = int(skip_end)
    inside = np.arange(length, dtype=np.int64)
    return np.concatenate([inside[skip : before + skip][::-1], inside, inside[::-1][skip : after + skip]])


@host_constant
def resample_taps(n_in: int, n_out: int, method: str, add_endpoint: bool) -> tuple[np.ndarray, np.ndarray]:
    """Frames to gather, and their weights, for each output sample.

    Positions are exact fractions, so rounding never assigns a sample to the wrong frame.

    Parameters
    ----------
    n_in, n_out
        Numbers of frames and of output samples.
    method
        'nearest', 'linear', 'cubic' or 'window', as in `ddsp.core.resample`.
    add_endpoint
        If True, hold the last frame for its whole length; if False, align the last frame with the last sample
        ('window': with the sample after it).

    Returns
    -------
    indices : array
        [taps, n_out], int64.
    weights : array
        [taps, n_out], float64.
    """
    numerator, denominator = n_in, n_out
    if not add_endpoint:
        numerator, denominator = (n_in - 1, n_out) if method == "window" else (n_in - 1, max(n_out - 1, 1))
    places = np.arange(n_out, dtype=np.int64) * numerator
    frame, fraction = places // denominator, (places % denominator) / float(denominator)
    if method == "nearest":
        # With aligned ends halves round up; otherwise a sample takes the frame in which it lies.
        offsets, weights = [np.int64(0)], [np.ones(n_out)]
        frame = frame if add_endpoint else (2 * places + denominator) // (2 * denominator)
    elif method == "cubic":
        offsets, weights = [np.int64(k) for k in (-1, 0, 1, 2)], cubic_weights(fraction)
    else:
        fraction = crossfade(fraction) if method == "window" else fraction
        offsets, weights = [np.int64(0), np.int64(1)], [1.0 - fraction, fraction]
    indices = np.stack([np.clip(frame + offset, 0, n_in - 1) for offset in offsets])
    return indices, np.stack(weights)


def crossfade(fraction: np.ndarray) -> np.ndarray:
    r"""Weight of the later of two frames whose Hann windows overlap by half.

    $$\sin^2(\pi u / 2)$$

    Parameters
    ----------
    fraction
        Position u between the frames, in [0, 1].

    Returns
    -------
    weight : array
        Shape of the input.
    """
    return np.sin(0.5 * np.pi * fraction) ** 2


def cubic_weights(fraction: np.ndarray) -> list[np.ndarray]:
    """Weights of four frames by Keys' kernel with a = -0.75.

    The fraction is rounded to 1/1024, as in the lookup table of the original.

    Parameters
    ----------
    fraction
        Position u between the second frame and the third, in [0, 1].

    Returns
    -------
    weights : list
        Four arrays of the shape of the input.
    """
    t, a = np.round(fraction * 1024.0) / 1024.0, -0.75

    def near(x: np.ndarray) -> np.ndarray:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0

    def far(x: np.ndarray) -> np.ndarray:
        return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a

    return [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]


@host_constant
def frame_spans(n_frames: int, n_samples: int) -> np.ndarray:
    """Samples that each frame influences when frames are interpolated linearly.

    A span extends from the previous frame to the next. Shorter spans repeat their last sample.

    Parameters
    ----------
    n_frames, n_samples
        Numbers of frames and of samples.

    Returns
    -------
    samples : array
        [n_frames, longest span], int64.
    """
    bounds = -(-np.arange(-1, n_frames + 1, dtype=np.int64) * n_samples // n_frames)
    first = np.clip(bounds[:n_frames], 0, n_samples - 1)
    last = np.maximum(np.append(bounds[2:], n_samples)[:n_frames] - 1, first)
    longest = int((last - first).max()) + 1
    return np.minimum(first[:, np.newaxis] + np.arange(longest, dtype=np.int64), last[:, np.newaxis])


@host_constant
def longer_spectrum(n_wavetable: int, size: int) -> np.ndarray:
    """Factors that convert the spectrum of a table to that of the same period with more samples.

    Parameters
    ----------
    n_wavetable
        Number of samples of the table.
    size
        Number of samples of the longer table, >= n_wavetable.

    Returns
    -------
    factors : array
        [n_wavetable // 2 + 1], float64.
    """
    gains = np.full(n_wavetable // 2 + 1, size / n_wavetable)
    if size > n_wavetable and n_wavetable % 2 == 0:
        gains[-1] *= 0.5  # in a longer table this harmonic is in both halves of the spectrum
    return gains


@host_constant
def level_tops(n_wavetable: int, levels_per_octave: int) -> np.ndarray:
    """Highest harmonic of each band-limited level of a table.

    Parameters
    ----------
    n_wavetable
        Number of samples of the table.
    levels_per_octave
        Number of levels for each octave of bandwidth.

    Returns
    -------
    tops : array
        [levels], float64, from n_wavetable // 2 down to 0.
    """
    most = n_wavetable // 2
    steps = np.arange(levels_per_octave * most.bit_length(), dtype=np.float64) / levels_per_octave
    tops = np.unique(np.append(np.round(2.0**steps), [0.0, most]))
    return tops[tops <= most][::-1].copy()


@host_constant
def level_choice(n_wavetable: int, levels_per_octave: int) -> tuple[np.ndarray, np.ndarray]:
    """Levels of a table, and their cross-fade, by the number of harmonics below Nyquist.

    The first level is the one with most harmonics that fits, the second the next one. For c harmonics the weight of the
    first is (c - top) / width, clipped to [0, 1].

    Parameters
    ----------
    n_wavetable
        Number of samples of the table.
    levels_per_octave
        Number of levels for each octave of bandwidth.

    Returns
    -------
    levels : array
        Two levels for each of 0 ... n_wavetable harmonics, [2, counts], int64.
    fades : array
        The values top and width, [2, counts], float64.
    """
    tops = level_tops(n_wavetable, levels_per_octave)
    gap = np.append(np.inf, tops[:-1] - tops[1:])
    width = np.where(tops > 0.0, np.minimum(gap, FADE * tops), 1.0)
    counts = np.arange(n_wavetable + 1, dtype=np.float64)
    level = np.sum(tops[:, np.newaxis] > counts, axis=0, dtype=np.int64)
    levels = np.stack([level, np.minimum(level + 1, len(tops) - 1)])
    return levels, np.stack([tops[level], width[level]])


@host_constant
def harmonic_fades(n_wavetable: int) -> np.ndarray:
    """Coefficients (a, b) of the fade of each harmonic: its gain is a c + b, clipped to [0, 1], for c harmonics below
    Nyquist.

    Parameters
    ----------
    n_wavetable
        Number of samples of the table.

    Returns
    -------
    coefficients : array
        [2, n_wavetable // 2 + 1], float64.
    """
    h = np.arange(n_wavetable // 2 + 1, dtype=np.float64)
    a = np.where(h > 0.0, 1.0 / (FADE * np.maximum(h, 1.0)), 0.0)
    return np.stack([a, np.where(h > 0.0, -1.0 / FADE, 1.0)])
