"""Distances between waveforms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .. import core
from ..extend import Array, Float, checked, checked_with, common_backend, floor_for, promote_half
from ._loss import Loss

__all__ = ["DCLoss", "ESRLoss", "LogCoshLoss", "SISDRLoss", "error_to_signal_ratio", "flat_pair", "si_sdr"]

#: The least mean square of a target that errors are divided by: -80 dB. float16 ends at 65504: -40 dB.
QUIET, QUIET_HALF = 1e-8, 1e-4
#: Added to the mean squares under a logarithm: -120 dB; in float16 -80 dB, for the slope.
EPS, EPS_HALF = 1e-12, 1e-8


def flat_pair(target_audio: Array, audio: Array) -> tuple[Array, Array]:
    """Both as [batch, time], at least float32."""
    xp = common_backend(target_audio=target_audio, audio=audio).xp
    pair = (target_audio, audio)
    target, value = (promote_half(xp, x[:, :, 0] if len(x.shape) == 3 else x) for x in pair)
    return target, value


def _mean(values: Array, weights: Array | float | None) -> Array:
    """Weighted mean of [batch, 1] or [batch, time]."""
    xp = common_backend(values=values).xp
    values, weights = promote_half(xp, values), promote_half(xp, weights)
    common_backend(values=values, weights=weights)
    return xp.mean(values if weights is None else values * weights)


def _like(audio: Array, value: Array) -> Array:
    """A value in the dtype of audio."""
    return common_backend(audio=audio).xp.astype(value, audio.dtype)


def _power(target: Array, dtype: Any) -> Array:
    """Mean square of each example, [batch], at least that of a very quiet one for audio of this dtype."""
    xp = common_backend(target=target).xp
    square, least = xp.mean(target * target, axis=1), floor_for(xp, dtype, QUIET, QUIET_HALF)
    return xp.where(square < least, xp.full_like(square, least), square)


@checked_with(wide=False)
def si_sdr(
    target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    zero_mean: bool = True,
) -> Float[Array, " batch"]:
    """Scale-invariant signal-to-distortion ratio, in dB: how much of the audio is the target at some level.

    With s the target, x the audio and a = <x, s> / <s, s>: 10 log10(||a s||^2 / ||x - a s||^2).

    Parameters
    ----------
    target_audio, audio : [batch, time] or [batch, time, 1].
    zero_mean : take the mean of each away first.

    Returns
    -------
    [batch], same dtype (float16 and bfloat16 are computed in float32), in dB; higher is better. 1e-12 (-120 dB; in
    float16 1e-8) is added to the mean squares of s, a s and x - a s: so an exact copy has a finite ratio (120 dB plus
    its own level), two silences 0 dB. The gradient is finite everywhere; where the audio is silent or orthogonal to the
    target it is 0, for no direction is better than its opposite.

    Notes
    -----
    Le Roux, Wisdom, Erdogan, Hershey, 'SDR - half-baked or well done?', 2019.

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
    """Energy of the error relative to the target's: ||s - x||^2 / ||s||^2, 1 for silence, 0 for a copy.

    Parameters
    ----------
    target_audio, audio : [batch, time] or [batch, time, 1].
    pre_emphasis : c of the filter y[n] = x[n] - c x[n - 1] that both go through first (x[-1] = 0); 0 for none. With
        c > 0 low frequencies count less: Wright and Valimaki take 0.85 at 44.1 kHz.

    Returns
    -------
    [batch], same dtype, >= 0. A target whose mean square is below 1e-8 (-80 dB) counts as 1e-8; in float16, which ends
    at 65504, below 1e-4. float16 and bfloat16 are computed in float32.

    Notes
    -----
    Wright and Valimaki, 'Perceptual loss function for neural modelling of audio systems', 2019.

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
    return xp.astype(xp.mean(error * error, axis=1) / _power(target, audio.dtype), audio.dtype)


@dataclass(frozen=True)
class SISDRLoss(Loss):
    """Negative `si_sdr` in dB, averaged over the batch: waveforms that agree but for their level.

    Parameters
    ----------
    zero_mean : take the means away first.
    weight : multiplies the loss.
    name : the key in `get_losses_dict`.

    Notes
    -----
    A gradient step from silence leads nowhere: start from audio, or add a `SpectralLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> target, error = np.asarray([[1.0, -1.0, 1.0, -1.0]]), np.asarray([[0.1, 0.1, -0.1, -0.1]])
    >>> float(SISDRLoss()(target, 5.0 * (target + error)).round(6))
    -20.0
    """

    zero_mean: bool = True
    weight: float = 1.0
    name: str = "si_sdr_loss"

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | float | None = None,
    ) -> Float[Array, ""]:
        """The loss, a scalar; `weights` [batch, 1] multiplies the ratio of each example."""
        common_backend(target_audio=target_audio, audio=audio, weights=weights)
        ratio = si_sdr(target_audio, audio, self.zero_mean)[:, None]
        return _like(audio, -self.weight * _mean(ratio, weights))


@dataclass(frozen=True)
class ESRLoss(Loss):
    """`error_to_signal_ratio`, averaged over the batch.

    Parameters
    ----------
    pre_emphasis : c of the filter y[n] = x[n] - c x[n - 1]; 0 for none.
    weight : multiplies the loss.
    name : the key in `get_losses_dict`.

    Examples
    --------
    >>> import numpy as np
    >>> float(ESRLoss()(np.ones((1, 4)), np.zeros((1, 4))))
    1.0
    """

    pre_emphasis: float = 0.0
    weight: float = 1.0
    name: str = "esr_loss"

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | float | None = None,
    ) -> Float[Array, ""]:
        """The loss, a scalar; `weights` [batch, 1] multiplies the ratio of each example."""
        common_backend(target_audio=target_audio, audio=audio, weights=weights)
        ratio = error_to_signal_ratio(target_audio, audio, self.pre_emphasis)[:, None]
        return _like(audio, self.weight * _mean(ratio, weights))


@dataclass(frozen=True)
class DCLoss(Loss):
    """Difference of the means, squared, relative to the target's power: mean(s - x)^2 / mean(s^2).

    Parameters
    ----------
    weight : multiplies the loss.
    name : the key in `get_losses_dict`.

    Notes
    -----
    Wright and Valimaki, 'Perceptual loss function for neural modelling of audio systems', 2019: it goes with an
    `ESRLoss`, whose pre-emphasis hardly sees 0 Hz. A target whose mean square is below 1e-8 (float16: 1e-4) counts as
    that.

    Examples
    --------
    >>> import numpy as np
    >>> float(DCLoss()(np.ones((1, 4)), np.full((1, 4), 0.5)))
    0.25
    """

    weight: float = 1.0
    name: str = "dc_loss"

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | float | None = None,
    ) -> Float[Array, ""]:
        """The loss, a scalar; `weights` [batch, 1] multiplies the ratio of each example."""
        xp = common_backend(target_audio=target_audio, audio=audio, weights=weights).xp
        target, value = flat_pair(target_audio, audio)
        offset = xp.mean(target - value, axis=1)
        ratio = (offset * offset / _power(target, audio.dtype))[:, None]
        return _like(audio, self.weight * _mean(ratio, weights))


@dataclass(frozen=True)
class LogCoshLoss(Loss):
    """Mean of log(cosh(a (s - x))) / a: quadratic for small differences, absolute for large ones.

    Parameters
    ----------
    a : > 0, sharpness: half a square times a below 1 / a, straight above.
    weight : multiplies the loss.
    name : the key in `get_losses_dict`.

    Notes
    -----
    Chen et al., 'Log hyperbolic cosine loss improves variational auto-encoder', 2019. It neither overflows nor loses
    the digits of small differences.

    Examples
    --------
    >>> import numpy as np
    >>> float(LogCoshLoss()(np.zeros((1, 2)), np.asarray([[100.0, -100.0]])).round(4))
    99.3069
    """

    a: float = 1.0
    weight: float = 1.0
    name: str = "log_cosh_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.a > 0.0:
            raise ValueError(f"a: got {self.a}, expected more than 0")

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | Float[Array, "#batch time"] | float | None = None,
    ) -> Float[Array, ""]:
        """The loss, a scalar; `weights`, [batch, 1] or [batch, time], multiplies the value of each sample."""
        xp = common_backend(target_audio=target_audio, audio=audio, weights=weights).xp
        target, value = flat_pair(target_audio, audio)
        x = self.a * (target - value)
        size = xp.abs(x)
        small = size < 1.0
        # cosh x = 1 + 2 sinh(x / 2)^2, which keeps what the other form would lose in the difference of its terms.
        half = xp.sinh(0.5 * xp.where(small, x, xp.zeros_like(x)))
        large = size + core.softplus(-2.0 * size) - math.log(2.0)
        values = xp.where(small, xp.log1p(2.0 * half * half), large)
        return _like(audio, self.weight / self.a * _mean(values, weights))
