"""Conversion between decibels, powers and amplitudes."""

from __future__ import annotations

import math

from ..extend import Array, Float, checked, common_backend, promote_half

__all__ = ["amplitude_to_db", "db_to_amplitude", "db_to_power", "power_to_db"]


#: Default dynamic range of levels in dB.
DB_RANGE = 80.0


#: Smallest power in float32 and in float64 with a finite logarithm and gradient.
LEAST_POWER, LEAST_POWER_64 = 1e-37, 1e-300


@checked
def power_to_db(power: Float[Array, ...], ref_db: float = 0.0, range_db: float = DB_RANGE) -> Float[Array, ...]:
    r"""Convert a power to a level in dB.

    $$\max(10 \log_{10}(power) - ref\_db, \; -range\_db)$$

    Parameters
    ----------
    power
        Power, >= 0, any shape.
    ref_db
        Level that is returned as 0 dB, of any sign.
    range_db
        Dynamic range below `ref_db`, > 0.

    Returns
    -------
    db : array
        Level in dB, at least -range_db. Shape and dtype of the input. A power of 0 gives the floor with gradient 0. NaN
        stays NaN. float16 and bfloat16 are computed in float32.

    See Also
    --------
    db_to_power : The inverse.
    amplitude_to_db : The level of an amplitude.

    Notes
    -----
    The original floors the power at -range_db and does not consider `ref_db`, so a negative `ref_db` raises its floor.

    Examples
    --------
    >>> import numpy as np
    >>> power_to_db(np.asarray([1.0, 0.01, 0.0]))
    array([  0., -20., -80.])
    """
    xp, dtype = common_backend(power=power).xp, power.dtype
    power = promote_half(xp, power)
    least = max(10.0 ** ((ref_db - range_db) / 10.0), LEAST_POWER_64 if power.dtype == xp.float64 else LEAST_POWER)
    quiet = power < least
    db = (10.0 / math.log(10.0)) * xp.log(xp.where(quiet, xp.full_like(power, least), power)) - ref_db
    return xp.astype(xp.where(quiet | (db < -range_db), xp.full_like(db, -range_db), db), dtype)


@checked
def amplitude_to_db(amplitude: Float[Array, ...], ref_db: float = 0.0, range_db: float = DB_RANGE) -> Float[Array, ...]:
    r"""Convert an amplitude to a level in dB.

    $$\max(20 \log_{10} |amplitude| - ref\_db, \; -range\_db)$$

    Parameters
    ----------
    amplitude
        Linear amplitude, any shape.
    ref_db
        Level that is returned as 0 dB, of any sign.
    range_db
        Dynamic range below `ref_db`, > 0.

    Returns
    -------
    db : array
        Level in dB, at least -range_db. Shape and dtype of the input. float16 and bfloat16 are computed in float32.

    See Also
    --------
    db_to_amplitude : The inverse.
    power_to_db : The level of a power.

    Examples
    --------
    >>> import numpy as np
    >>> amplitude_to_db(np.asarray([1.0, 0.1]))
    array([  0., -20.])
    """
    xp, dtype = common_backend(amplitude=amplitude).xp, amplitude.dtype
    amplitude = promote_half(xp, amplitude)
    return xp.astype(power_to_db(amplitude * amplitude, ref_db, range_db), dtype)


@checked
def db_to_power(db: Float[Array, ...]) -> Float[Array, ...]:
    """Convert a level in dB to a power.

    $$10^{db / 10}$$

    Parameters
    ----------
    db
        Level in dB, any shape.

    Returns
    -------
    power : array
        Linear power. Shape and dtype of the input.

    See Also
    --------
    power_to_db : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> db_to_power(np.asarray([0.0, 20.0])).round(6)
    array([  1., 100.])
    """
    return common_backend(db=db).xp.exp(db * (math.log(10.0) / 10.0))


@checked
def db_to_amplitude(db: Float[Array, ...]) -> Float[Array, ...]:
    """Convert a level in dB to an amplitude.

    $$10^{db / 20}$$

    Parameters
    ----------
    db
        Level in dB, any shape.

    Returns
    -------
    amplitude : array
        Linear amplitude. Shape and dtype of the input.

    See Also
    --------
    amplitude_to_db : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> db_to_amplitude(np.asarray([0.0, 20.0])).round(6)
    array([ 1., 10.])
    """
    common_backend(db=db)
    return db_to_power(db / 2.0)
