"""Envelopes of notes."""

from __future__ import annotations

import math

from .. import design
from ..extend import Adapter, Array, Float, axis_size, checked, common_backend, integer, promote_half
from .phase import split_float

__all__ = ["adsr"]


@checked
def adsr(
    attack: Float[Array, "*#batch 1"],
    decay: Float[Array, "*#batch 1"],
    sustain: Float[Array, "*#batch 1"],
    release: Float[Array, "*#batch 1"],
    note_off: Float[Array, "*#batch 1"],
    note_on: Float[Array, "*#batch 1"] | None = None,
    n_frames: int = 1000,
    frame_rate: float = 250.0,
    curve: float = 0.0,
    min_time: float = 1e-3,
) -> Float[Array, "... frames 1"]:
    r"""Compute an attack, decay, sustain and release envelope.

    $$held(t) = ramp(t / attack) - (1 - sustain) \, ramp((t - attack) / decay)$$

    $$out(t) = held(\min(t, t_{off})) \, (1 - ramp((t - t_{off}) / release))$$

    t is the time since note-on and t_off the time of note-off. ramp(u) rises from 0 to 1 with u and is constant
    outside. The release starts from the level at note-off, also during attack or decay.

    Roads, "The Computer Music Tutorial", 1996, chapter on synthesis; as a differentiable layer: Turian et al., "One
    billion audio sounds from GPU-enabled modular synthesis", DAFx 2021, and Masuda and Saito, "Synthesizer sound
    matching with differentiable DSP", ISMIR 2021.

    ![Envelopes with linear and curved ramps](../figures/adsr.png)

    Parameters
    ----------
    attack, decay, release
        Durations in seconds, [batch, 1] or [batch, voices, 1]; shapes broadcast.
    sustain
        Level in [0, 1], of the same shapes.
    note_off, note_on
        Times in seconds from the first frame. `note_on` is 0 by default and may be negative, for a note that is already
        sounding. A note that ends before it starts is silent. The time since either is counted in whole frames and a
        fraction, so notes late in a recording are as exact as early ones.
    n_frames
        Length of the envelope in frames.
    frame_rate
        Frame rate in Hz. With the sample rate, frames are samples.
    curve
        Curvature of the ramps, >= 0. ramp(u) = u for 0; otherwise (1 - exp(-curve u)) / (1 - exp(-curve)), fast at
        first and slow at the end, like a charging capacitor. Analog synthesizers have about 5.
    min_time
        Shortest attack, decay and release in seconds, > 0. Shorter ones are replaced and have no gradient.

    Returns
    -------
    envelope : array
        [batch, n_frames, 1] or [batch, voices, n_frames, 1], the shape of other controls, dtype of the inputs. float16
        and bfloat16 are computed in float32. All arguments have a gradient; it is piecewise smooth in the times. A NaN
        affects only the frames of its note that depend on it.

    Raises
    ------
    ValueError
        An argument whose last axis is not of size 1, curve < 0, or min_time <= 0.

    See Also
    --------
    ddsp.synths.ADSR : The envelope as a processor.

    Examples
    --------
    >>> import numpy as np
    >>> attack, decay, sustain, release, note_off = np.asarray([[[2.0]], [[2.0]], [[0.5]], [[2.0]], [[6.0]]])
    >>> adsr(attack, decay, sustain, release, note_off, n_frames=10, frame_rate=1.0)[0, :, 0]
    array([0.  , 0.5 , 1.  , 0.75, 0.5 , 0.5 , 0.5 , 0.25, 0.  , 0.  ])
    """
    given = {"attack": attack, "decay": decay, "sustain": sustain, "release": release, "note_off": note_off}
    given = given if note_on is None else {**given, "note_on": note_on}
    backend = common_backend(**given)
    xp, dtype = backend.xp, attack.dtype
    for name, x in given.items():
        if len(x.shape) < 2 or axis_size(x, -1) != 1:
            raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected [batch, 1] or [batch, voices, 1]")
    if curve < 0.0:
        raise ValueError(f"curve: got {curve!r}, expected a number >= 0")
    if min_time <= 0.0:
        raise ValueError(f"min_time: got {min_time!r}, expected seconds > 0")
    n_frames = integer("n_frames", n_frames, 1)
    attack, decay, sustain, release, note_off, *rest = (promote_half(xp, x) for x in given.values())
    attack, decay, release = (xp.where(x < min_time, xp.full_like(x, min_time), x) for x in (attack, decay, release))

    since_off = _time_since(backend, note_off, n_frames, frame_rate)
    since_on = _time_since(backend, rest[0] if rest else xp.zeros_like(note_off), n_frames, frame_rate)
    on = xp.where(since_off > 0.0, note_off - rest[0] if rest else note_off, since_on)
    held = _ramp(xp, on / attack, curve) - (1.0 - sustain) * _ramp(xp, (on - attack) / decay, curve)
    level = held * (1.0 - _ramp(xp, since_off / release, curve))
    return xp.astype(level[..., None], dtype)


#: Largest time in frames that is counted exactly.
MOST_FRAMES = 2.0**30


def _time_since(backend: Adapter, start: Array, n_frames: int, frame_rate: float) -> Array:
    """Seconds from `start`, [..., 1], to each frame, [..., n_frames].

    In float32 the difference of two large times loses its last digits. The start is therefore counted in frames, as an
    exact sum of products of short numbers: whole frames, which are subtracted as integers, and the remaining fractions.
    """
    xp = backend.xp
    sane = xp.abs(start) < MOST_FRAMES / max(frame_rate, 1.0)
    known = backend.stop_gradient(xp.where(sane, start, xp.zeros_like(start)))
    first, second, rest = design.short_terms(frame_rate)
    high, low = split_float(backend, known)
    products = (high * first, high * second, low * first)
    whole, fraction = 0, low * second + known * rest
    for product in products:
        nearest = xp.round(product)
        whole, fraction = whole + xp.astype(nearest, xp.int32), fraction + (product - nearest)
    numbers = backend.constant(design.integers(n_frames), start)
    frames = xp.astype(numbers - xp.astype(whole, numbers.dtype), start.dtype) - fraction
    # The start itself carries the gradient, and values that are too large, infinite or NaN.
    return frames * (1.0 / frame_rate) - xp.where(sane, start - known, start)


def _ramp(xp: Array, u: Array, curve: float) -> Array:
    """Ramp from 0 to 1 for u from 0 to 1, constant outside."""
    u = xp.clip(u, 0.0, 1.0)
    return u if curve == 0.0 else xp.expm1(-curve * u) / math.expm1(-curve)
