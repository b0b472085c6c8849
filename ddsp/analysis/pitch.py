"""A fundamental made exact: a tracker's pitch, corrected by how fast the phases of the harmonics turn against it."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from .. import design
from .._checks import floats
from .._types import Array
from ..core.math import pad_axis
from .projection import harmonic_amplitudes, hop_of

__all__ = ["refine_f0"]

#: Harmonics that are listened to. More would be surer in a clean tone, and wrong in an inharmonic one.
HARMONICS = 12
#: Frames over which the turning of the phases is averaged.
SMOOTHING = 5
#: Frames this far below the loudest, in power, keep the tracker's pitch.
QUIET = 1e-7


def refine_f0(
    audio: Float[Array, "batch time"],
    f0_hz: Float[Array, "batch frames 1"],
    sample_rate: float,
    iterations: int = 3,
    max_cents: float = 100.0,
) -> Float[Array, "batch frames 1"]:
    """Correct a fundamental by the phases of its harmonics.

    Where f0 is exact, the amplitudes a - i b of `harmonic_amplitudes` keep their phase. An error df turns that of
    harmonic h by 2 pi h df a second, so df = sum_h p_h h d_h / sum_h p_h h^2, with d_h the turning of harmonic h in Hz,
    and p_h its power: the weighted least squares of Flanagan and Golden's phase vocoder (1966) over harmonics.

    Parameters
    ----------
    audio : [batch, time], a whole number of samples for each frame.
    f0_hz : the pitch to start from, within about 100 cents of the truth, [batch, frames, 1].
    sample_rate : in Hz.
    iterations : >= 0; each makes the windows follow the pitch better.
    max_cents : the largest change of any frame, in cents.

    Returns
    -------
    [batch, frames, 1] in Hz, same dtype. Silent frames stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440.0 * np.arange(16000) / 16000)[np.newaxis]
    >>> refine_f0(tone, np.full((1, 250, 1), 444.0), 16000)[0, 100:103, 0].round(2)
    array([440., 440., 440.])
    """
    backend = floats(audio=audio, f0_hz=f0_hz)
    xp = backend.xp
    frame_rate = sample_rate / hop_of(audio, f0_hz)
    widest = 2.0 ** (max_cents / 1200.0)
    refined = f0_hz
    for _ in range(iterations if int(f0_hz.shape[1]) > 1 else 0):
        cosine, sine = harmonic_amplitudes(audio, refined, HARMONICS, sample_rate)
        ratio = (refined + _turning(cosine, sine, frame_rate)) / f0_hz
        refined = f0_hz * xp.clip(ratio, 1.0 / widest, widest)
    return refined


def _turning(cosine: Array, sine: Array, frame_rate: float) -> Array:
    """Hz by which the harmonics, taken together, run ahead of h f0: [batch, frames, 1]."""
    backend = floats(cosine=cosine, sine=sine)
    xp = backend.xp
    a, a_next, b, b_next = cosine[:, :-1, :], cosine[:, 1:, :], sine[:, :-1, :], sine[:, 1:, :]
    re, im = _smooth(xp, a_next * a + b_next * b), _smooth(xp, a_next * b - b_next * a)
    turning = xp.atan2(im, re) * (frame_rate / (2.0 * math.pi))
    power = xp.sqrt(re * re + im * im)
    numbers = backend.constant(design.linspace(1.0, HARMONICS, HARMONICS), power)
    weight = xp.sum(power * numbers * numbers, axis=2, keepdims=True)
    floor = QUIET * xp.max(weight, axis=1, keepdims=True) + 1e-20
    between = xp.sum(power * numbers * turning, axis=2, keepdims=True) / (weight + floor)
    # From the middles between frames to the frames.
    return 0.5 * (xp.concat([between[:, :1, :], between], axis=1) + xp.concat([between, between[:, -1:, :]], axis=1))


def _smooth(xp: Array, x: Array) -> Array:
    """Weighted mean over neighbouring frames, with half a Hann window to either side."""
    window = np.hanning(SMOOTHING + 2)[1:-1]
    padded = pad_axis(x, (SMOOTHING // 2, SMOOTHING // 2), axis=1)
    n_frames = int(x.shape[1])
    return sum(float(w) * padded[:, i : i + n_frames, :] for i, w in enumerate(window / window.sum()))
