"""Delay lines whose length changes from sample to sample."""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, promote_half, wide_phase
from .lookup import floor_index, serve_batch, take_flat

__all__ = ["variable_length_delay"]


@checked
def variable_length_delay(
    phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    audio: Float[Array, "#batch time"],
    max_length: int = 512,
) -> Float[Array, "batch time"]:
    """Delay audio by a fraction of max_length samples, another one at each sample.

    out[n] = audio(n - phase[n] max_length), with linear interpolation between samples, and silence before the first.

    Parameters
    ----------
    phase : delay as a fraction of max_length, in [0, 1], [batch, time] or [batch, time, 1]; beyond, the nearer end. It
        may be float32 beside audio of 16 bits.
    audio : [batch, time].
    max_length : the longest delay, in samples, >= 1.

    Returns
    -------
    [batch, time], the dtype of audio; float16 and bfloat16 are computed in float32. A delay that is NaN gives NaN at
    its own sample, NaN in the audio where it is read.

    Raises
    ------
    ValueError : shapes that do not fit.

    Notes
    -----
    The original treats the delay line as a periodic table: above phase 1 - 1 / max_length it fades back to no delay at
    all, which it reaches at phase 1. Outside [0, 1] it is silent.

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
    phase, audio = serve_batch(xp, phase, audio), serve_batch(xp, audio, phase)
    delay = xp.clip(phase, 0.0, 1.0) * max_length
    lower, whole = floor_index(backend, delay, 0, max_length)
    place = backend.constant(design.integers(n_samples), audio) - whole
    places = xp.stack([place, place - 1], axis=1)  # [batch, 2, time]
    found = take_flat(xp, audio, xp.clip(places, 0, None))
    found = xp.where(places < 0, xp.zeros_like(found), found)
    newer, older = found[:, 0, :], found[:, 1, :]
    return xp.astype(newer + (delay - lower) * (older - newer), dtype)
