"""Ratios between the energy of a target and the energy of the error of audio."""

from __future__ import annotations

import math
from typing import Any

from .. import core
from ..extend import Array, Float, checked_with, common_backend, floor_for, promote_half

__all__ = ["error_to_signal_ratio", "si_sdr"]


#: Smallest mean square of a target that errors are divided by: -80 dB; in float16, which overflows at 65504, -40 dB.
QUIET, QUIET_HALF = 1e-8, 1e-4


#: Added to the mean squares under a logarithm: -120 dB; in float16 -80 dB, so that the gradient does not overflow.
EPS, EPS_HALF = 1e-12, 1e-8


def flat_pair(target_audio: Array, audio: Array) -> tuple[Array, Array]:
    """Both signals as [batch, time], in at least float32.

    Parameters
    ----------
    target_audio, audio
        Audio, [batch, time] or [batch, time, 1].

    Returns
    -------
    target : array
        [batch, time].
    value : array
        [batch, time].
    """
    xp = common_backend(target_audio=target_audio, audio=audio).xp
    pair = (target_audio, audio)
    target, value = (promote_half(xp, x[:, :, 0] if len(x.shape) == 3 else x) for x in pair)
    return target, value


def floored_power(target: Array, dtype: Any) -> Array:
    """Mean square of each example, [batch], at least the floor for audio of this dtype."""
    xp = common_backend(target=target).xp
    square, least = xp.mean(target * target, axis=1), floor_for(xp, dtype, QUIET, QUIET_HALF)
    return xp.where(square < least, xp.full_like(square, least), square)


@checked_with(wide=False)
def si_sdr(
    target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    zero_mean: bool = True,
) -> Float[Array, " batch"]:
    r"""Scale-invariant signal-to-distortion ratio in dB.

    $$10 \log_{10} \frac{\lVert a s \rVert^2}{\lVert x - a s \rVert^2}$$

    s is the target, x the audio and a = <x, s> / <s, s> the best gain of the target (Le Roux, Wisdom, Erdogan, Hershey,
    2019, "SDR - half-baked or well done?").

    Parameters
    ----------
    target_audio, audio
        Audio, [batch, time] or [batch, time, 1].
    zero_mean
        If True, subtract the mean of each signal first.

    Returns
    -------
    ratio : array
        [batch] in dB, dtype of the inputs; higher is better. float16 and bfloat16 are computed in float32.

    See Also
    --------
    SISDRLoss : The negative of this ratio as a loss.
    error_to_signal_ratio : A ratio that depends on the level.

    Notes
    -----
    1e-12 (-120 dB; in float16 1e-8) is added to the mean squares of s, a s and x - a s. An exact copy therefore has a
    finite ratio, 120 dB plus its own level, and two silent signals have 0 dB. The gradient is finite everywhere. It is
    0 if the audio is silent or orthogonal to the target: there each direction is as good as its opposite.

    Examples
    --------
    >>> import numpy as np
    >>> target, error = np.asarray([[1.0, -1.0, 1.0, -1.0]]), np.asarray([[0.1, 0.1, -0.1, -0.1]])
    >>> si_sdr(target, 5.0 * (target + error)).round(6)
    array([20.])
    """
    xp = common_backend(target_audio=target_audio, audio=audio).xp
    target, value = flat_pair(target_audio, audio)
    eps = floor_for(xp, audio.dtype, EPS, EPS_HALF)
    if zero_mean:
        target, value = (x - xp.mean(x, axis=1, keepdims=True) for x in (target, value))
    scale = xp.mean(value * target, axis=1, keepdims=True) / (xp.mean(target * target, axis=1, keepdims=True) + eps)
    wanted = scale * target
    signal, distortion = (xp.mean(x * x, axis=1) + eps for x in (wanted, value - wanted))
    return xp.astype((10.0 / math.log(10.0)) * (xp.log(signal) - xp.log(distortion)), audio.dtype)


@checked_with(wide=False)
def error_to_signal_ratio(
    target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    pre_emphasis: float = 0.0,
) -> Float[Array, " batch"]:
    r"""Energy of the error relative to the energy of the target: 0 for an exact copy, 1 for silence.

    $$\frac{\lVert s - x \rVert^2}{\lVert s \rVert^2}$$

    s is the target, x the audio (Wright and Valimaki, 2019, "Perceptual loss function for neural modelling of audio
    systems").

    Parameters
    ----------
    target_audio, audio
        Audio, [batch, time] or [batch, time, 1].
    pre_emphasis
        Coefficient c of the filter y[n] = x[n] - c x[n - 1] that both signals pass first (x[-1] = 0); 0 for no filter.
        With c > 0 low frequencies count less. Wright and Valimaki use 0.85 at 44.1 kHz.

    Returns
    -------
    ratio : array
        [batch], >= 0, dtype of the inputs. float16 and bfloat16 are computed in float32. A target whose mean square is
        below 1e-8 (-80 dB) counts as 1e-8; in float16, whose largest number is 65504, below 1e-4.

    See Also
    --------
    ESRLoss : This ratio as a loss.
    si_sdr : A ratio that does not depend on the level.

    Examples
    --------
    >>> import numpy as np
    >>> error_to_signal_ratio(np.ones((1, 4)), np.full((1, 4), 0.5))
    array([0.25])
    """
    xp = common_backend(target_audio=target_audio, audio=audio).xp
    target, value = flat_pair(target_audio, audio)
    if pre_emphasis != 0.0:
        late = (core.pad_axis(x, (1, 0), axis=1)[:, :-1] for x in (target, value))
        target, value = (x - pre_emphasis * before for x, before in zip((target, value), late, strict=True))
    error = target - value
    return xp.astype(xp.mean(error * error, axis=1) / floored_power(target, audio.dtype), audio.dtype)
