"""Envelopes of notes."""

from __future__ import annotations

import math

from .. import design
from .._checks import at_least_float32, axis_size, checked, floats, integer
from .._types import Array, Float

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
    """Attack, decay, sustain, release: the level of a note from 0 up to 1, down to the sustain level, and back to 0.

    With t the time since note-on, t_off that of note-off, and ramp(u) going from 0 to 1 as u does, held at both ends,

        held(t) = ramp(t / attack) - (1 - sustain) ramp((t - attack) / decay)
        out(t)  = held(min(t, t_off)) (1 - ramp((t - t_off) / release))

    so the release starts from whatever level note-off finds, during attack or decay as well (Roads, "The Computer Music
    Tutorial", 1996, chapter on synthesis; as a layer to learn: Turian et al., "One billion audio sounds from
    GPU-enabled modular synthesis", DAFx 2021, and Masuda and Saito, "Synthesizer sound matching with differentiable
    DSP", ISMIR 2021).

    Parameters
    ----------
    attack, decay, release : in seconds, [batch, 1] or [batch, voices, 1]; shapes that broadcast will do.
    sustain : level, in [0, 1].
    note_off, note_on : in seconds from the first frame; note_on is 0 by default and may be negative, for a note that is
        under way. A note that ends before it starts is silent.
    n_frames : length of the envelope.
    frame_rate : in Hz; with the sample rate, frames are samples.
    curve : the ramps' bend, >= 0. ramp(u) = u for 0; otherwise (1 - exp(-curve u)) / (1 - exp(-curve)), quick at first
        and slow at last, as a capacitor charges; 5 is about what analogue synthesizers do.
    min_time : > 0, in seconds: shorter attacks, decays and releases take this long. They have no gradient.

    Returns
    -------
    [batch, n_frames, 1] or [batch, voices, n_frames, 1], like other controls; same dtype. float16 and bfloat16 are
    computed in float32. All arguments have a gradient, piecewise smooth in the times.

    Raises
    ------
    ValueError : an argument without the last axis of 1; curve < 0; min_time <= 0.

    Examples
    --------
    >>> import numpy as np
    >>> attack, decay, sustain, release, note_off = np.asarray([[[2.0]], [[2.0]], [[0.5]], [[2.0]], [[6.0]]])
    >>> adsr(attack, decay, sustain, release, note_off, n_frames=10, frame_rate=1.0)[0, :, 0]
    array([0.  , 0.5 , 1.  , 0.75, 0.5 , 0.5 , 0.5 , 0.25, 0.  , 0.  ])
    """
    given = {"attack": attack, "decay": decay, "sustain": sustain, "release": release, "note_off": note_off}
    given = given if note_on is None else {**given, "note_on": note_on}
    backend = floats(**given)
    xp, dtype = backend.xp, attack.dtype
    for name, x in given.items():
        if len(x.shape) < 2 or axis_size(x, -1) != 1:
            raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected [batch, 1] or [batch, voices, 1]")
    if curve < 0.0:
        raise ValueError(f"curve: got {curve!r}, expected a number >= 0")
    if min_time <= 0.0:
        raise ValueError(f"min_time: got {min_time!r}, expected seconds > 0")
    n_frames = integer("n_frames", n_frames, 1)
    attack, decay, sustain, release, note_off, *rest = (at_least_float32(xp, x) for x in given.values())
    attack, decay, release = (xp.where(x < min_time, xp.full_like(x, min_time), x) for x in (attack, decay, release))

    time = backend.constant(design.linspace(0.0, (n_frames - 1) / frame_rate, n_frames), attack)
    if rest:
        time, note_off = time - rest[0], note_off - rest[0]
    note_off = xp.where(note_off < 0.0, xp.zeros_like(note_off), note_off)
    on = xp.minimum(time, note_off)
    held = _ramp(xp, on / attack, curve) - (1.0 - sustain) * _ramp(xp, (on - attack) / decay, curve)
    level = held * (1.0 - _ramp(xp, (time - note_off) / release, curve))
    return xp.astype(level[..., None], dtype)


def _ramp(xp: Array, u: Array, curve: float) -> Array:
    """From 0 to 1 as u goes from 0 to 1, and held outside."""
    u = xp.clip(u, 0.0, 1.0)
    return u if curve == 0.0 else xp.expm1(-curve * u) / math.expm1(-curve)
