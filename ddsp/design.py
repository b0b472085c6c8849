"""Constants designed on the host: NumPy float64, cached by their static arguments, never traced.

Each function is a `host_constant`: it takes sizes and options, and its result becomes an array of the caller's
library through the adapter's `constant`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .backends._host import host_constant

__all__ = [
    "a_weighting", "advance_constants", "block_blend", "block_indices", "block_ramps", "block_shape",
    "critical_bands", "crossfade", "dct_matrix", "fast_fft_size", "frame_indices", "frame_spans",
    "frequency_sampling", "hamming",
    "hann", "harmonic_fades", "integers", "level_choice", "level_tops", "linspace", "mel_matrix", "mirror_indices",
    "powers", "ramp_parts", "resample_taps", "zero_phase_window",
]  # fmt: skip


@host_constant
def linspace(start: float, stop: float, n: int) -> np.ndarray:
    """n values from start to stop, both included."""
    return np.linspace(start, stop, n, dtype=np.float64)


@host_constant
def powers(base: float, n: int) -> np.ndarray:
    """base ** 0 ... base ** (n - 1)."""
    return base ** np.arange(n, dtype=np.float64)


@host_constant
def integers(n: int) -> np.ndarray:
    """0 ... n - 1."""
    return np.arange(n, dtype=np.int64)


@host_constant
def hann(size: int) -> np.ndarray:
    """Hann window: periodic for even sizes (halves shifted by size / 2 sum to 1), symmetric for odd ones."""
    period = max(size - size % 2, 1)
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size, dtype=np.float64) / period) if size > 1 else np.ones(1)


@host_constant
def hamming(size: int) -> np.ndarray:
    """Hamming window of an odd size, symmetric."""
    return np.hamming(size)


@host_constant
def zero_phase_window(ir_size: int, window_size: int) -> np.ndarray:
    """The Hann window of window_size taps with its peak at sample 0 of ir_size samples, circular, zeros elsewhere."""
    distance = np.arange(ir_size, dtype=np.float64)
    distance = np.minimum(distance, ir_size - distance)
    if window_size == 1:
        return np.where(distance == 0.0, 1.0, 0.0)
    window = 0.5 + 0.5 * np.cos(2.0 * np.pi * distance / (window_size - window_size % 2))
    return np.where(distance <= window_size // 2, window, 0.0)


@host_constant
def frequency_sampling(n_frequencies: int, window_size: int, fft_size: int) -> np.ndarray:
    """From magnitudes to the (real) response of their windowed filter at the bins of an FFT, [n_frequencies, bins]."""
    taps = 2 * (n_frequencies - 1)
    windowed = np.fft.irfft(np.eye(n_frequencies), n=taps) * zero_phase_window(taps, window_size)
    before = window_size // 2
    gap = np.zeros((n_frequencies, fft_size - window_size))
    circle = np.concatenate([windowed[:, : window_size - before], gap, windowed[:, taps - before :]], axis=1)
    return np.fft.rfft(circle).real


@host_constant
def fast_fft_size(size: int) -> int:
    """Least number >= size without a prime factor above 5."""
    best = 1 << (size - 1).bit_length()
    for odd in (5**five * 3**three for five in range(14) for three in range(21)):
        best = min(best, odd << (-(-size // odd) - 1).bit_length())
    return best


@host_constant
def frame_indices(n_frames: int, frame_size: int, hop_size: int) -> np.ndarray:
    """Sample numbers of overlapping frames, flat: frame k holds k * hop_size + (0 ... frame_size - 1)."""
    starts = np.arange(n_frames, dtype=np.int64)[:, np.newaxis] * hop_size
    return (starts + np.arange(frame_size, dtype=np.int64)).ravel()


@host_constant
def mirror_indices(length: int, before: int, after: int, skip_end: bool) -> np.ndarray:
    """Element numbers of an axis that goes on as its mirror image at both ends."""
    skip = int(skip_end)
    inside = np.arange(length, dtype=np.int64)
    return np.concatenate([inside[skip : before + skip][::-1], inside, inside[::-1][skip : after + skip]])


@host_constant
def mel_matrix(n_mels: int, n_bins: int, sample_rate: float, lo_hz: float, hi_hz: float) -> np.ndarray:
    """Triangular mel filters [n_bins, n_mels]: HTK scale, peaks of 1, no area normalisation, DC bin left out."""

    def mel(hz: np.ndarray | float) -> np.ndarray:
        return 1127.0 * np.log1p(np.asarray(hz, dtype=np.float64) / 700.0)

    bins = mel(np.linspace(0.0, sample_rate / 2.0, n_bins, dtype=np.float64)[1:])[:, np.newaxis]
    edges = np.linspace(mel(lo_hz), mel(hi_hz), n_mels + 2, dtype=np.float64)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - lower) / (centre - lower), (upper - bins) / (upper - centre))
    return np.concatenate([np.zeros((1, n_mels)), np.maximum(triangles, 0.0)])


@host_constant
def dct_matrix(n_in: int, n_out: int) -> np.ndarray:
    """The first n_out cosines of the discrete cosine transform II, [n_in, n_out], all scaled by sqrt(2 / n_in)."""
    places = (np.arange(n_in, dtype=np.float64) + 0.5)[:, np.newaxis] * (np.pi / n_in)
    return np.sqrt(2.0 / n_in) * np.cos(places * np.arange(n_out, dtype=np.float64))


@host_constant
def critical_bands(n: int, hz_min: float, hz_max: float, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Centres of n bands, evenly spaced in 'bark' or 'mel', and their equivalent rectangular bandwidths, in Hz.

    The formulas of `ddsp.core.hearing`.
    """
    if scale == "bark":
        low, high = (26.81 * hz / (1960.0 + hz) - 0.53 for hz in (hz_min, hz_max))
        bark = np.linspace(low, high, n, dtype=np.float64)
        centres = 1960.0 * (bark + 0.53) / (26.28 - bark)
    else:
        low, high = (np.log1p(hz / 700.0) for hz in (hz_min, hz_max))
        centres = 700.0 * np.expm1(np.linspace(low, high, n, dtype=np.float64))
    return centres, 0.108 * centres + 24.7


@host_constant
def a_weighting(n_bins: int, sample_rate: float) -> np.ndarray:
    """A-weighting of power at the n_bins frequencies of a real FFT, linear; below -80 dB it stays at -80 dB.

    IEC 61672-1:2013, annex E; 0 Hz, where the curve is minus infinity in dB, gets the floor.
    """
    f2 = np.linspace(0.0, sample_rate / 2.0, n_bins, dtype=np.float64) ** 2
    c = np.asarray([12194.217, 20.598997, 107.65265, 737.86223], dtype=np.float64) ** 2
    gain = c[0] * f2**2 / ((f2 + c[0]) * (f2 + c[1]) * np.sqrt((f2 + c[2]) * (f2 + c[3])))
    db = 2.0 + 20.0 * np.log10(np.maximum(gain, 1e-300))
    return 10.0 ** (np.maximum(db, -80.0) / 10.0)


# Interpolation of frames ----------------------------------------------------------------------------------------


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


# Band-limited wavetables ----------------------------------------------------------------------------------------

#: A harmonic fades out over the last tenth of the band below Nyquist. Counted in the number of harmonics that fit below
#: Nyquist, c = nyquist / f0, harmonic h is silent at c = h and whole from c = h * (1 + FADE) on.
FADE = 1.0 / 9.0


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


# Blocks of samples inside frames --------------------------------------------------------------------------------

#: Longest block. Phase inside a block is a plain float32 quadratic, so its error grows with the length.
MAX_BLOCK = 64


@host_constant
def block_shape(n_frames: int, n_samples: int) -> tuple[int, int, int, bool]:
    """Blocks for n_samples that run through n_frames: (rows, blocks a row, samples a block, even).

    Even blocks: a row is a frame, the blocks fill it exactly, a reshape lays samples out. Otherwise a row is one
    block, which holds up to MAX_BLOCK samples of one frame, and `block_indices` says which.
    """
    if n_samples % n_frames == 0:
        hop = n_samples // n_frames
        length = max(d for d in range(1, min(hop, MAX_BLOCK) + 1) if hop % d == 0)
        if 4 * length >= min(hop, MAX_BLOCK):
            return n_frames, hop // length, length, True
    firsts, length = _uneven_blocks(n_frames, n_samples)
    return len(firsts), 1, length, False


def _uneven_blocks(n_frames: int, n_samples: int) -> tuple[np.ndarray, int]:
    """First sample of each block, and the length of the longest."""
    bounds = -(-np.arange(n_frames + 1, dtype=np.int64) * n_samples // n_frames)  # ceil: first sample of each frame
    starts = [np.arange(a, b, MAX_BLOCK, dtype=np.int64) for a, b in pairwise(bounds)]
    firsts = np.concatenate(starts)
    return firsts, int(np.diff(np.append(firsts, n_samples)).max())


@host_constant
def block_indices(n_frames: int, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """For uneven blocks: the frame of each block, and the place of each sample in the flat [blocks * length] layout."""
    firsts, length = _uneven_blocks(n_frames, n_samples)
    sample = np.arange(n_samples, dtype=np.int64)
    block = np.searchsorted(firsts, sample, side="right") - 1
    return firsts * n_frames // n_samples, block * length + sample - firsts[block]


@host_constant
def block_ramps(n_frames: int, n_samples: int) -> tuple[np.ndarray, ...]:
    """Sums of a frequency that is linear between frames, a + d * ramp, over the samples of each block.

    Returns (count, ramp_sum) of the whole block, [rows, blocks], and (count, ramp_sum, ramp) for each sample of it,
    [rows, blocks, length]: the running sums include the sample itself. rows is 1 where all frames are alike.
    """
    _, per_row, length, even = block_shape(n_frames, n_samples)
    inside = np.arange(length, dtype=np.int64)
    if even:
        # Everything in units of 1 / denominator of a frame, as integers: exact.
        step, denominator = 1, per_row * length
        first = (np.arange(per_row, dtype=np.int64) * length)[np.newaxis, :]
        counts = np.full((1, per_row), length, dtype=np.int64)
    else:
        firsts, _ = _uneven_blocks(n_frames, n_samples)
        step, denominator = n_frames, n_samples
        first = (firsts * n_frames % n_samples)[:, np.newaxis]
        counts = np.diff(np.append(firsts, n_samples))[:, np.newaxis]
    count = np.broadcast_to(inside + 1, (*first.shape, length))
    sums = first[..., np.newaxis] * count + step * (inside * (inside + 1) // 2)
    ramp = (first[..., np.newaxis] + step * inside) / float(denominator)
    block_sum = first * counts + step * (counts * (counts - 1) // 2)
    scale = 1.0 / denominator
    return counts.astype(np.float64), block_sum * scale, count.astype(np.float64), sums * scale, ramp


@host_constant
def ramp_parts(n_frames: int, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """The ramp of `block_ramps` as a number of 12 significant bits, and the rest, [rows or 1, samples of a row]."""
    ramp = block_ramps(n_frames, n_samples)[4]
    first, second, rest = _short_parts(ramp.reshape(ramp.shape[0], -1))
    return first, second + rest


@host_constant
def block_blend(n_frames: int, n_samples: int, method: str) -> np.ndarray:
    """Weight of the later frame at each sample of a row, [rows or 1, samples], for resampling with two taps."""
    ramp = block_ramps(n_frames, n_samples)[4]
    blend = {"nearest": 0.0 * ramp, "linear": ramp, "window": crossfade(ramp)}[method]
    return blend.reshape(blend.shape[0], -1)


@host_constant
def advance_constants(n_frames: int, n_samples: int, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """What a frame's frequency and its slope contribute to the advance over a block, as exact sums of short numbers.

    `scale` turns the frequency into cycles a sample. Each of the two arrays is [3, rows, blocks]: two parts of 12
    significant bits, whose float32 products with another 12-bit number are exact, and a small rest.
    """
    count, ramp_sum = block_ramps(n_frames, n_samples)[:2]
    return _short_parts(count * scale), _short_parts(ramp_sum * scale)


def _short_parts(rest: np.ndarray) -> np.ndarray:
    parts = []
    for _ in range(2):
        mantissa, exponent = np.frexp(rest)
        parts.append(np.ldexp(np.round(np.ldexp(mantissa, 12)), exponent - 12))
        rest = rest - parts[-1]  # exact: the part is the leading bits of the rest
    return np.stack([*parts, rest])
