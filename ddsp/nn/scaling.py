"""Scaling of pitch and loudness to the range of a network's inputs."""

from __future__ import annotations

from .. import core
from ..core.decibels import DB_RANGE
from ..extend import Array, Float, checked, common_backend

__all__ = ["scale_f0_hz", "scale_loudness_db"]

#: Largest MIDI note.
MIDI_RANGE = 127.0


@checked
def scale_f0_hz(f0_hz: Float[Array, ...]) -> Float[Array, ...]:
    r"""Scale a pitch to 0 ... 1: the MIDI note divided by 127.

    $$y = \frac{69 + 12 \log_2(f_0 / 440)}{127}$$

    Parameters
    ----------
    f0_hz
        Pitch in Hz, any shape.

    Returns
    -------
    f0_scaled : array
        Shape of `f0_hz`; 0 for 0 Hz, and 1 for 12.5 kHz.

    See Also
    --------
    ddsp.core.hz_to_midi : The note.

    Examples
    --------
    >>> import numpy as np
    >>> scale_f0_hz(np.asarray([440.0])).round(3)
    array([0.543])
    """
    common_backend(f0_hz=f0_hz)
    return core.hz_to_midi(f0_hz) / MIDI_RANGE


@checked
def scale_loudness_db(loudness_db: Float[Array, ...], range_db: float = DB_RANGE) -> Float[Array, ...]:
    r"""Scale a level in dB to 0 ... 1.

    $$y = L / R + 1$$

    Parameters
    ----------
    loudness_db
        Level L, -range_db to about 0, any shape.
    range_db
        Dynamic range R in dB, > 0.

    Returns
    -------
    loudness_scaled : array
        Shape of `loudness_db`; 1 for 0 dB and 0 for -range_db.

    Raises
    ------
    ValueError
        A range that is not positive.

    See Also
    --------
    ddsp.spectral_ops.compute_loudness : The level.

    Examples
    --------
    >>> import numpy as np
    >>> scale_loudness_db(np.asarray([0.0, -20.0, -80.0]))
    array([1.  , 0.75, 0.  ])
    """
    common_backend(loudness_db=loudness_db)
    return loudness_db / range_db + 1.0
