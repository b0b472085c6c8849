"""Delay lines with a time-varying length."""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, promote_half, wide_phase
from .lookup import floor_index, gather_per_batch
from .padding import pad_checked
from .streaming import broadcast_batch

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
    xp, dtype = common_backend(audio=audio).xp, audio.dtype
    max_length = integer("max_length", max_length, 1)
    phase, audio = wide_phase("phase", phase, audio), promote_half(xp, audio)
    phase = phase if len(phase.shape) == 2 else phase[:, :, 0]
    delay = xp.clip(phase, 0.0, 1.0) * max_length
    return xp.astype(varying_delay_step(silence(audio, delay, max_length + 1), delay, audio)[0], dtype)


def silence(audio: Array, other: Array, n_samples: int) -> Array:
    """Zeros, [batch, n_samples], for two arrays [batch or 1, time]."""
    first = audio[:, :1] + other[:, :1]
    return pad_checked(common_backend(audio=audio).xp.zeros_like(first), (n_samples - 1, 0), axis=1)


def varying_delay_step(past: Array, delay: Array, audio: Array) -> tuple[Array, Array]:
    """Delay the next samples of audio by a number of samples for each.

    Parameters
    ----------
    past
        The last samples, [batch, longest delay + 1]; zeros at first.
    delay
        Delay in samples, from 0 to the longest delay, [batch or 1, time].
    audio
        The next samples, [batch or 1, time]. All arrays have one dtype, float32 or float64.

    Returns
    -------
    delayed : array
        [batch, time].
    past : array
        The last samples now, of the shape of `past`.
    """
    backend = common_backend(audio=audio, delay=delay)
    xp, n_past, n_samples = backend.xp, axis_size(past, 1), axis_size(audio, 1)
    delay, audio = broadcast_batch(delay, past), xp.concat([past, broadcast_batch(audio, past)], axis=1)
    lower, whole = floor_index(backend, delay, 0, n_past - 1)
    place = backend.constant(design.integers(n_samples), audio) + n_past - whole
    found = gather_per_batch(xp, audio, xp.stack([place, place - 1], axis=1))
    newer, older = found[:, 0, :], found[:, 1, :]
    return newer + (delay - lower) * (older - newer), audio[:, n_samples:]
