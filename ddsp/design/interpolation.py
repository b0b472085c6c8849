"""Where samples come from, and with what weights: resampling, mirror images, wavetables."""

from __future__ import annotations

import numpy as np

from ..extend import host_constant

__all__ = [
    "crossfade",
    "frame_spans",
    "harmonic_fades",
    "level_choice",
    "level_tops",
    "longer_spectrum",
    "mirror_indices",
    "resample_taps",
]

#: A harmonic fades out over the last tenth of the band below Nyquist. Counted in the number of harmonics that fit below
#: Nyquist, c = nyquist / f0, harmonic h is silent at c = h and whole from c = h * (1 + FADE) on.
FADE = 1.0 / 9.0


@host_constant
def mirror_indices(length: int, before: int, after: int, skip_end: bool) -> np.ndarray:
    """Element numbers of an axis that goes on as its mirror image at both ends."""
    skip = int(skip_end)
    inside = np.arange(length, dtype=np.int64)
    return np.concatenate([inside[skip : before + skip][::-1], inside, inside[::-1][skip : after + skip]])


@host_constant
def resample_taps(n_in: int, n_out: int, method: str, add_endpoint: bool) -> tuple[np.ndarray, np.ndarray]:
    """Frames to gather [taps, n_out] and their weights [taps, n_out], for each output sample.

    Positions are exact fractions, so a sample never falls into the wrong frame by rounding.
    """
    numerator, denominator = n_in, n_out
    if not add_endpoint:
        numerator, denominator = (n_in - 1, n_out) if method == "window" else (n_in - 1, max(n_out - 1, 1))
    places = np.arange(n_out, dtype=np.int64) * numerator
    frame, fraction = places // denominator, (places % denominator) / float(denominator)
    if method == "nearest":
        # Halves go up where the ends are aligned; otherwise a sample belongs to the frame that it lies in.
        offsets, weights = [np.int64(0)], [np.ones(n_out)]
        frame = frame if add_endpoint else (2 * places + denominator) // (2 * denominator)
    elif method == "cubic":
        offsets, weights = [np.int64(k) for k in (-1, 0, 1, 2)], _cubic_weights(fraction)
    else:
        fraction = crossfade(fraction) if method == "window" else fraction
        offsets, weights = [np.int64(0), np.int64(1)], [1.0 - fraction, fraction]
    indices = np.stack([np.clip(frame + offset, 0, n_in - 1) for offset in offsets])
    return indices, np.stack(weights)


def crossfade(fraction: np.ndarray) -> np.ndarray:
    """Weight of the later of two frames, whose Hann windows overlap by half: sin ** 2."""
    return np.sin(0.5 * np.pi * fraction) ** 2


def _cubic_weights(fraction: np.ndarray) -> list[np.ndarray]:
    """Keys' kernel with a = -0.75. The fraction is rounded to 1/1024, as in the table the original looks it up in."""
    t, a = np.round(fraction * 1024.0) / 1024.0, -0.75

    def near(x: np.ndarray) -> np.ndarray:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0

    def far(x: np.ndarray) -> np.ndarray:
        return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a

    return [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]


@host_constant
def frame_spans(n_frames: int, n_samples: int) -> np.ndarray:
    """The samples in which each frame is heard where frames are interpolated linearly, [frames, longest span].

    From the frame before to the frame after; shorter spans repeat their last sample.
    """
    bounds = -(-np.arange(-1, n_frames + 1, dtype=np.int64) * n_samples // n_frames)
    first = np.clip(bounds[:n_frames], 0, n_samples - 1)
    last = np.maximum(np.append(bounds[2:], n_samples)[:n_frames] - 1, first)
    longest = int((last - first).max()) + 1
    return np.minimum(first[:, np.newaxis] + np.arange(longest, dtype=np.int64), last[:, np.newaxis])


@host_constant
def longer_spectrum(n_wavetable: int, size: int) -> np.ndarray:
    """What makes the spectrum of a table that of the same period with at least as many samples, `size`."""
    gains = np.full(n_wavetable // 2 + 1, size / n_wavetable)
    if size > n_wavetable and n_wavetable % 2 == 0:
        gains[-1] *= 0.5  # in a longer table this harmonic counts on both sides of its spectrum
    return gains


@host_constant
def level_tops(n_wavetable: int, levels_per_octave: int) -> np.ndarray:
    """The highest harmonic of each level, from all that the table holds down to 0; a few levels for each octave."""
    most = n_wavetable // 2
    steps = np.arange(levels_per_octave * most.bit_length(), dtype=np.float64) / levels_per_octave
    tops = np.unique(np.append(np.round(2.0**steps), [0.0, most]))
    return tops[tops <= most][::-1].copy()


@host_constant
def level_choice(n_wavetable: int, levels_per_octave: int) -> tuple[np.ndarray, np.ndarray]:
    """For 0 ... n_wavetable harmonics below Nyquist: two levels [2, counts], and how to fade [2, counts].

    The first level is the richest that fits, the second the next. The weight of the first at c harmonics is
    (c - top) / width, limited to [0, 1]; top and width are the rows of the second array.
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
    """(a, b) for harmonics 0 ... n_wavetable // 2: its gain at c harmonics below Nyquist is a c + b within [0, 1]."""
    h = np.arange(n_wavetable // 2 + 1, dtype=np.float64)
    a = np.where(h > 0.0, 1.0 / (FADE * np.maximum(h, 1.0)), 0.0)
    return np.stack([a, np.where(h > 0.0, -1.0 / FADE, 1.0)])
