"""How many harmonics of a fundamental are audible, that is below Nyquist, at each sample."""

from __future__ import annotations

from typing import NamedTuple

from ...extend import Adapter, Array
from ..phase import split_float


class F0Ramp(NamedTuple):
    """f0 in rows of samples, start + change * (ramp_high + ramp_low), in Hz.

    Attributes
    ----------
    start, change
        f0 at the start of each row's frame, and its change to the next frame, [batch, rows, 1].
    ramp_high, ramp_low
        How far each sample is towards the next frame, 12 leading bits and the rest, [1, rows or 1, samples].
    """

    start: Array
    change: Array
    ramp_high: Array
    ramp_low: Array

    def pick(self, backend: Adapter, rows: Array) -> F0Ramp:
        """The ramps of some rows, by `pick_rows`."""
        return F0Ramp(*(pick_rows(backend, x, rows) for x in self))


def audible_harmonics(backend: Adapter, f0: F0Ramp, nyquist: float, n_harmonics: int) -> Array:
    """Number of harmonics below Nyquist at each sample, [batch, rows, samples], a float of at most n_harmonics + 1.

    A harmonic that is muted one sample early or late clicks, so the sample at which it crosses Nyquist must not depend
    on rounding: f0 is kept as a sum of two numbers, and compared by exact products.
    """
    xp = backend.xp
    high, low = split_float(backend, f0.change)
    step, small = high * f0.ramp_high, high * f0.ramp_low + low * (f0.ramp_high + f0.ramp_low)
    f0_hz = f0.start + step
    rounded = f0_hz - f0.start
    small = small + ((f0.start - (f0_hz - rounded)) + (step - rounded))  # what the sum lost (Knuth's two-sum)
    small = xp.where(f0_hz < 0.0, -small, small)
    f0_hz = xp.abs(f0_hz)
    # Only the harmonic nearest to Nyquist is in doubt.
    nearest = xp.clip(xp.round(nyquist / xp.clip(f0_hz, 1e-3, None)), None, n_harmonics + 1.0)
    high, low = split_float(backend, f0_hz)
    above = ((nearest * high - nyquist) + nearest * low) + nearest * small
    return xp.where(above < 0.0, nearest, nearest - 1.0)


def audible_at_ends(backend: Adapter, f0: F0Ramp, nyquist: float, n_harmonics: int) -> Array:
    """Number of audible harmonics at the first and at the last sample of each row, [batch, rows, 2]."""
    xp = backend.xp
    ramps = (xp.concat([x[..., :1], x[..., -1:]], axis=2) for x in (f0.ramp_high, f0.ramp_low))
    n_audible = audible_harmonics(backend, F0Ramp(f0.start, f0.change, *ramps), nyquist, n_harmonics)
    return xp.clip(n_audible, None, float(n_harmonics))


def crossed_rows(backend: Adapter, f0: F0Ramp, nyquist: float, n_harmonics: int) -> tuple[Array, Array]:
    """Whether a harmonic crosses Nyquist in each row, [batch, rows, 1], and `audible_at_ends`."""
    ends = audible_at_ends(backend, f0, nyquist, n_harmonics)
    # f0 is linear in a row, so its magnitude is largest at one of the ends, and smallest there too unless f0 passes 0.
    return (ends[..., :1] != ends[..., 1:]) | (f0.start * (f0.start + f0.change) < 0.0), ends


def pick_rows(backend: Adapter, x: Array, rows: Array) -> Array:
    """[batch, rows, n] -> [1, picked rows, n], by indices into batch and rows as one axis; [1, 1, n] stays."""
    n = x.shape[0] * x.shape[1]
    return x if n == 1 else backend.xp.take(backend.xp.reshape(x, (1, n, -1)), rows % n, axis=1)


def put_rows(backend: Adapter, x: Array, chosen: Array, picked: Array) -> Array:
    """x with `picked`, [1, picked rows, n], in the rows that are `chosen`, [batch, rows, 1]."""
    xp = backend.xp
    places = xp.cumulative_sum(xp.astype(xp.reshape(chosen, (-1,)), xp.int64)) - 1
    picked = xp.take(picked, xp.clip(places, 0, None), axis=1)
    return xp.where(chosen, xp.reshape(picked, x.shape), x)
