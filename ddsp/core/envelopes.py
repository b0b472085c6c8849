"""Envelopes of notes."""

from __future__ import annotations

import math

import numpy as np

from .. import design
from ..extend import Adapter, Array, Float, axis_size, checked, common_backend, integer, promote_half
from .phase import split_float
from .streaming import State, integer_zeros

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
    attack, decay, release = (_at_least(xp, x, min_time) for x in (attack, decay, release))

    since_off = _time_since(backend, note_off, n_frames, frame_rate)
    since_on = _time_since(backend, rest[0] if rest else xp.zeros_like(note_off), n_frames, frame_rate)
    on = xp.where(since_off > 0.0, note_off - rest[0] if rest else note_off, since_on)
    level = _level(xp, on, since_off, attack, decay, sustain, release, curve)
    return xp.astype(level[..., None], dtype)


def _level(
    xp: Array, on: Array, since_off: Array, attack: Array, decay: Array, sustain: Array, release: Array, curve: float
) -> Array:
    """The envelope of a note that has been held for a time `on` and was released `since_off` ago; 0 if it is held."""
    held = _ramp(xp, on / attack, curve) - (1.0 - sustain) * _ramp(xp, (on - attack) / decay, curve)
    return held * (1.0 - _ramp(xp, since_off / release, curve))


def _at_least(xp: Array, x: Array, least: float) -> Array:
    return xp.where(x < least, xp.full_like(x, least), x)


def init_gate(shape: tuple[int, ...], like: Array) -> State:
    """State of `gated_adsr_step` before the first frame, for times of this shape, [batch, 1] or [batch, voices, 1].

    'gate' is that of the last frame. 'since_on' and 'since_off' are the frames from the last start and end of a note to
    it, and so many before the first note that nothing sounds.
    """
    never = integer_zeros(shape, like) + int(MOST_FRAMES)
    return {"gate": integer_zeros(shape, like), "since_on": never, "since_off": never}


def gated_adsr_step(
    state: State,
    attack: Array,
    decay: Array,
    sustain: Array,
    release: Array,
    gate: Array,
    frame_rate: float,
    curve: float,
    min_time: float = 1e-3,
) -> tuple[Array, State]:
    """The next frames of `adsr`, of notes that sound while a gate is above 0.

    Parameters
    ----------
    state
        State of `init_gate` or of the previous step.
    attack, decay, sustain, release
        As in `adsr`, [..., 1].
    gate
        [..., frames, 1].
    frame_rate, curve, min_time
        As in `adsr`.

    Returns
    -------
    envelope : array
        [..., frames, 1].
    state : dict
        State for the frames that follow.
    """
    backend, n_frames = common_backend(attack=attack, gate=gate), axis_size(gate, -2)
    xp = backend.xp
    is_open = xp.astype(gate[..., 0] > 0.0, xp.int32)
    before = xp.concat([state["gate"] + 0 * is_open[..., :1], is_open[..., :-1]], axis=-1)
    numbers = backend.constant(np.arange(n_frames, dtype=np.int32), gate)
    since_on = _frames_since(xp, is_open > before, numbers, state["since_on"])
    since_off = _frames_since(xp, is_open < before, numbers, state["since_off"])
    held, released = is_open > 0, xp.zeros_like(since_off)
    # While a note is held, it is as if it had ended now.
    times = xp.where(held, since_on, since_on - since_off), xp.where(held, released, since_off)
    on, off = (xp.astype(x, attack.dtype) * (1.0 / frame_rate) for x in times)
    attack, decay, release = (_at_least(xp, x, min_time) for x in (attack, decay, release))
    level = _level(xp, on, off, attack, decay, sustain, release, curve)
    last = {"gate": is_open, "since_on": since_on, "since_off": since_off}
    return level[..., None], {name: x[..., -1:] for name, x in last.items()}


def _frames_since(xp: Array, happens: Array, numbers: Array, since: Array) -> Array:
    """Frames from the last event to each frame, [..., frames], at most `MOST_FRAMES`; `since` to the one before."""
    earlier = numbers[:, None] >= numbers  # [frame, event]
    places = xp.where(happens[..., None, :] & earlier, numbers, xp.full_like(numbers, -1))
    last = xp.max(places, axis=-1)
    found = xp.where(last < 0, since + 1 + numbers, numbers - last)
    return xp.clip(found, None, int(MOST_FRAMES))


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
