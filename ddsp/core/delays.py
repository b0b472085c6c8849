"""Delay lines with a time-varying length."""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, promote_half, wide_phase
from .lookup import broadcast_batch, floor_index, gather_per_batch

__all__ = ["variable_length_delay"]


@checked
def variable_length_delay(
    phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    audio: Float[Array, "#batch time"],
    max_length: int = 512,
) -> Float[Array, "batch time"]:
    r"""Delay audio by a number of samples that varies from sample to sample.

    $$y[n] = x(n - \phi[n] \, L)$$

    phi is the `phase` and L the `max_length`. x is interpolated linearly between samples and is 0 before the first.

    ![Spectrograms of a flanger on noise, and of the vibrato of a tone](../figures/mod_delay.png)

    Parameters
    ----------
    phase
        Delay as a fraction of max_length, clipped to [0, 1], [batch, time] or [batch, time, 1]. May be float32 with
        audio of 16 bits.
    audio
        Audio, [batch, time].
    max_length
        Longest delay in samples, >= 1.

    Returns
    -------
    audio : array
        [batch, time], dtype of `audio`. float16 and bfloat16 are computed in float32. A NaN in
        `phase` affects its own sample only; a NaN in `audio` affects the samples that read it.

    Raises
    ------
    ValueError
        Shapes that do not fit.

    See Also
    --------
    ddsp.effects.ModDelay : Chorus, flanger and vibrato.
    linear_lookup : Interpolation in a periodic table.

    Notes
    -----
    The original treats the delay line as a periodic table: above phase 1 - 1 / max_length it fades back to no delay,
    which it reaches at phase 1. Outside of [0, 1] it is silent.

    Examples
    --------
    >>> import numpy as np
    >>> variable_length_delay(np.asarray([[0.0, 0.0, 1.0, 0.75]]), np.asarray([[1.0, 2.0, 3.0, 4.0]]), max_length=2)
    array([[1. , 2. , 1. , 2.5]])
    """
    backend = common_backend(audio=audio)
    xp, dtype = backend.xp, audio.dtype
    max_length = integer("max_length", max_length, 1)
    n_samples = axis_size(audio, 1)
    phase, audio = wide_phase("phase", phase, audio), promote_half(xp, audio)
    phase = phase if len(phase.shape) == 2 else phase[:, :, 0]
    phase, audio = broadcast_batch(xp, phase, audio), broadcast_batch(xp, audio, phase)
    delay = xp.clip(phase, 0.0, 1.0) * max_length
    lower, whole = floor_index(backend, delay, 0, max_length)
    place = backend.constant(design.integers(n_samples), audio) - whole
    places = xp.stack([place, place - 1], axis=1)  # [batch, 2, time]
    found = gather_per_batch(xp, audio, xp.clip(places, 0, None))
    found = xp.where(places < 0, xp.zeros_like(found), found)
    newer, older = found[:, 0, :], found[:, 1, :]
    return xp.astype(newer + (delay - lower) * (older - newer), dtype)
