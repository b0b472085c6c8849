"""The scales of hearing: Bark, mel and equivalent rectangular bandwidth."""

from __future__ import annotations

import math

from ..extend import Array, Float, checked, common_backend

__all__ = ["bark_to_hz", "erb_to_hz", "hz_to_bark", "hz_to_erb", "hz_to_mel", "mel_to_hz"]


@checked
def hz_to_bark(hz: Float[Array, ...]) -> Float[Array, ...]:
    """Critical-band rate in Bark: 26.81 hz / (1960 + hz) - 0.53 (Traunmueller, 1990).

    Parameters
    ----------
    hz : any shape, >= 0, in Hz.

    Returns
    -------
    Same shape and dtype, in Bark; -0.53 at 0 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_bark(np.asarray([0.0, 1000.0])).round(3)
    array([-0.53 ,  8.527])
    """
    common_backend(hz=hz)
    return 26.81 * hz / (1960.0 + hz) - 0.53


@checked
def bark_to_hz(bark: Float[Array, ...]) -> Float[Array, ...]:
    """Frequency of a critical-band rate; the inverse of `hz_to_bark`.

    Parameters
    ----------
    bark : any shape, in [-0.53, 26.28), in Bark.

    Returns
    -------
    Same shape and dtype, in Hz.

    Examples
    --------
    >>> import numpy as np
    >>> bark_to_hz(np.asarray([-0.53, 8.0])).round(1)
    array([  0. , 914.6])
    """
    common_backend(bark=bark)
    return 1960.0 * (bark + 0.53) / (26.28 - bark)


@checked
def hz_to_mel(hz: Float[Array, ...]) -> Float[Array, ...]:
    """Pitch in mel: 2595 log10(1 + hz / 700) (Young et al., The HTK Book, section 5.4).

    Parameters
    ----------
    hz : any shape, >= 0, in Hz.

    Returns
    -------
    Same shape and dtype, in mel.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_mel(np.asarray([0.0, 1000.0])).round(2)
    array([  0.  , 999.99])
    """
    return (2595.0 / math.log(10.0)) * common_backend(hz=hz).xp.log1p(hz / 700.0)


@checked
def mel_to_hz(mel: Float[Array, ...]) -> Float[Array, ...]:
    """Frequency of a pitch in mel; the inverse of `hz_to_mel`.

    Parameters
    ----------
    mel : any shape, >= 0, in mel.

    Returns
    -------
    Same shape and dtype, in Hz.

    Examples
    --------
    >>> import numpy as np
    >>> mel_to_hz(np.asarray([0.0, 1000.0])).round(2)
    array([   0.  , 1000.02])
    """
    return 700.0 * common_backend(mel=mel).xp.expm1(mel * (math.log(10.0) / 2595.0))


@checked
def hz_to_erb(hz: Float[Array, ...]) -> Float[Array, ...]:
    """Equivalent rectangular bandwidth at a frequency: 0.108 hz + 24.7 (Moore and Glasberg, 1996).

    Parameters
    ----------
    hz : any shape, >= 0, in Hz.

    Returns
    -------
    Same shape and dtype, a bandwidth in Hz.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_erb(np.asarray([1000.0]))
    array([132.7])
    """
    common_backend(hz=hz)
    return 0.108 * hz + 24.7


@checked
def erb_to_hz(erb: Float[Array, ...]) -> Float[Array, ...]:
    """Frequency whose equivalent rectangular bandwidth is given; the inverse of `hz_to_erb`.

    Parameters
    ----------
    erb : any shape, a bandwidth >= 24.7 in Hz.

    Returns
    -------
    Same shape and dtype, in Hz. The original lacks it.

    Examples
    --------
    >>> import numpy as np
    >>> erb_to_hz(np.asarray([132.7])).round(3)
    array([1000.])
    """
    common_backend(erb=erb)
    return (erb - 24.7) * (1.0 / 0.108)
