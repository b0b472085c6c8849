"""Perceptual frequency scales: Bark, mel and equivalent rectangular bandwidth."""

from __future__ import annotations

import math

from ..design.frequency_scales import bandwidth_of, bark_of, hz_of_bark, hz_of_log_mel, log_mel
from ..extend import Array, Float, checked, common_backend

__all__ = ["bark_to_hz", "erb_to_hz", "hz_to_bark", "hz_to_erb", "hz_to_mel", "mel_to_hz"]


@checked
def hz_to_bark(hz: Float[Array, ...]) -> Float[Array, ...]:
    r"""Convert a frequency to the critical-band rate in Bark.

    $$26.81 \, f / (1960 + f) - 0.53$$

    Traunmueller, 1990, "Analytical expressions for the tonotopic sensory scale".

    ![The Bark and mel scales, equivalent rectangular bandwidths, and the A-weighting](../figures/hearing_scales.png)

    Parameters
    ----------
    hz
        Frequency in Hz, >= 0, any shape.

    Returns
    -------
    bark : array
        Critical-band rate in Bark, -0.53 at 0 Hz. Shape and dtype of the input.

    See Also
    --------
    bark_to_hz : The inverse.
    hz_to_mel : The mel scale.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_bark(np.asarray([0.0, 1000.0])).round(3)
    array([-0.53 ,  8.527])
    """
    common_backend(hz=hz)
    return bark_of(hz)


@checked
def bark_to_hz(bark: Float[Array, ...]) -> Float[Array, ...]:
    r"""Convert a critical-band rate in Bark to a frequency.

    $$1960 \, (b + 0.53) / (26.28 - b)$$

    Parameters
    ----------
    bark
        Critical-band rate in Bark, in [-0.53, 26.28), any shape.

    Returns
    -------
    hz : array
        Frequency in Hz. Shape and dtype of the input.

    See Also
    --------
    hz_to_bark : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> bark_to_hz(np.asarray([-0.53, 8.0])).round(1)
    array([  0. , 914.6])
    """
    common_backend(bark=bark)
    return hz_of_bark(bark)


@checked
def hz_to_mel(hz: Float[Array, ...]) -> Float[Array, ...]:
    r"""Convert a frequency to a pitch in mel.

    $$2595 \log_{10}(1 + f / 700)$$

    Young et al., "The HTK Book", section 5.4.

    ![The Bark and mel scales, equivalent rectangular bandwidths, and the A-weighting](../figures/hearing_scales.png)

    Parameters
    ----------
    hz
        Frequency in Hz, >= 0, any shape.

    Returns
    -------
    mel : array
        Pitch in mel. Shape and dtype of the input.

    See Also
    --------
    mel_to_hz : The inverse.
    ddsp.spectral_ops.compute_mel : A spectrogram on this scale.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_mel(np.asarray([0.0, 1000.0])).round(2)
    array([  0.  , 999.99])
    """
    return (2595.0 / math.log(10.0)) * log_mel(common_backend(hz=hz).xp, hz)


@checked
def mel_to_hz(mel: Float[Array, ...]) -> Float[Array, ...]:
    r"""Convert a pitch in mel to a frequency.

    $$700 \, (10^{m / 2595} - 1)$$

    Parameters
    ----------
    mel
        Pitch in mel, >= 0, any shape.

    Returns
    -------
    hz : array
        Frequency in Hz. Shape and dtype of the input.

    See Also
    --------
    hz_to_mel : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> mel_to_hz(np.asarray([0.0, 1000.0])).round(2)
    array([   0.  , 1000.02])
    """
    return hz_of_log_mel(common_backend(mel=mel).xp, mel * (math.log(10.0) / 2595.0))


@checked
def hz_to_erb(hz: Float[Array, ...]) -> Float[Array, ...]:
    r"""Equivalent rectangular bandwidth at a frequency.

    $$0.108 \, f + 24.7$$

    Moore and Glasberg, 1996, "A revision of Zwicker's loudness model".

    ![The Bark and mel scales, equivalent rectangular bandwidths, and the A-weighting](../figures/hearing_scales.png)

    Parameters
    ----------
    hz
        Frequency in Hz, >= 0, any shape.

    Returns
    -------
    erb : array
        Bandwidth in Hz. Shape and dtype of the input.

    See Also
    --------
    erb_to_hz : The inverse.
    frequencies_critical_bands : Frequencies that move within such bands.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_erb(np.asarray([1000.0]))
    array([132.7])
    """
    common_backend(hz=hz)
    return bandwidth_of(hz)


@checked
def erb_to_hz(erb: Float[Array, ...]) -> Float[Array, ...]:
    """Frequency with a given equivalent rectangular bandwidth.

    $$(erb - 24.7) / 0.108$$

    Parameters
    ----------
    erb
        Bandwidth in Hz, >= 24.7, any shape.

    Returns
    -------
    hz : array
        Frequency in Hz. Shape and dtype of the input.

    See Also
    --------
    hz_to_erb : The inverse.

    Notes
    -----
    The original does not have this function.

    Examples
    --------
    >>> import numpy as np
    >>> erb_to_hz(np.asarray([132.7])).round(3)
    array([1000.])
    """
    common_backend(erb=erb)
    return (erb - 24.7) * (1.0 / 0.108)
